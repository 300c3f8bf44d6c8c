// openapi.yaml is what the registries say, passes the linter, and names every address the service has and no other.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import type { RouteOptions } from 'fastify';
import t from 'tap';
import { openapiYaml, ownSearchParameters } from '../../scripts/write-openapi.mjs';
import { buildApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import type { HttpMethod } from '../../src/fhir/exchange.js';
import { FHIR_PATH } from '../../src/http/fhir-address.js';
import { INTERACTION_ROUTES, LOG_ROUTES } from '../../src/http/interactions.js';
import { documentedPath, openapiDocument, operationAddresses } from '../../src/http/openapi.js';
import { route } from '../../src/http/router.js';
import { OPERATIONS } from '../../src/operations/index.js';
import { registerSearchParameter } from '../../src/search/parameters.js';
import { SOFTWARE_VERSION } from '../../src/start/version.js';

const FILE = fileURLToPath(new URL('../../openapi.yaml', import.meta.url));
/** Fastify's own routes for FHIR: one handler for everything below the base. */
const CATCH_ALL = [FHIR_PATH, `${FHIR_PATH}/*`];

/** What the recommended rules ask and these addresses cannot have: the rule, and where. */
const EXEMPT: Record<string, RegExp> = {
  // Open addresses without parameters refuse nothing.
  'operation-4xx-response':
    /~1afgemeld|~1\.well-known~1(openid-configuration|izp-summary-keys)|\/(health~1\w+|oauth~1jwks|~1fhir~1R4~1\.well-known~1smart-configuration)\/get|paths\/~1(health|oauth)/,
  // The log has neither operations nor history, so nobody asks which of the two AuditEvent/$validate is.
  'no-ambiguous-paths': /paths\/~1fhir~1R4~1\{type\}~1(\$validate|_history|_search)$/,
  // A BSN may not stand in a URL, a resource does not fit in one: the address says so to whoever tries.
  // And the way to the issuer and back leads on.
  'operation-2xx-response':
    /paths\/~1(plan|mijn|gesprek|werklijst~1\w+)\/post|~1aanmelden|~1oauth~1(authorize\/post|end-session)|(Patient~1\$acp-summary|\{type\}~1\$validate|QuestionnaireResponse~1\$extract)\/get/,
};

// As the service does at start.
for (const definition of ownSearchParameters()) registerSearchParameter(definition);

const paths = openapiDocument(SOFTWARE_VERSION).paths as Record<string, Record<string, unknown>>;
const documented = Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`));

/** Every route Fastify is given, HEAD and OPTIONS apart: they follow from the others. */
async function fastifyRoutes(): Promise<RouteOptions[]> {
  const routes: RouteOptions[] = [];
  const { subscribe, unsubscribe } = await import('node:diagnostics_channel');
  const listen = (message: unknown) =>
    (message as { fastify: ReturnType<typeof buildApp> }).fastify.addHook('onRoute', (options) => void routes.push(options));
  subscribe('fastify.initialization', listen);
  // No request is made, so nothing of what a route works with is needed.
  const app = buildApp({
    isReady: async () => true,
    limits: loadConfig({}),
    door: { database: {} },
    context: {},
    issuer: { demo: {} },
    pages: {},
    logger: undefined,
  } as never);
  unsubscribe('fastify.initialization', listen);
  await app.ready();
  await app.close();
  return routes;
}

t.test('openapi.yaml is what the code says: run scripts/write-openapi.mjs after a change', async (t) => {
  t.equal(readFileSync(FILE, 'utf8'), openapiYaml(openapiDocument(SOFTWARE_VERSION)));
});

t.test('openapi.yaml passes the linter', async (t) => {
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintFromString({ source: readFileSync(FILE, 'utf8'), absoluteRef: FILE, config });
  const told = problems.map(({ ruleId, message, location }) => ({ ruleId, message, at: location[0]?.pointer ?? '' }));
  t.strictSame(
    told.filter(({ ruleId, at }) => !EXEMPT[ruleId]?.test(at)),
    [],
  );
});

t.test('every route of Fastify is documented, and says who may call it and where its audit comes from', async (t) => {
  const routes = await fastifyRoutes();
  t.ok(routes.length > 8, 'the routes were seen');
  for (const { method, url, config } of routes) {
    t.ok(config?.access, `${method} ${url} states config.access`);
    t.ok(config?.audit, `${method} ${url} states config.audit`);
    if (CATCH_ALL.includes(url) || method === 'HEAD') continue;
    t.ok(documented.includes(addressOf(method, url)), `${method} ${url} is documented`);
  }
  const own = routes.map(({ method, url }) => addressOf(method, url));
  const neither = documented.filter((address) => !address.includes(` ${FHIR_PATH}`) && !own.includes(address));
  t.strictSame(neither, [], 'nothing is documented that no route serves');
});

/** As it is documented: Fastify writes a parameter as :name. */
function addressOf(method: string | string[], url: string): string {
  return `${method} ${url.replace(/:(\w+)/g, '{$1}')}`;
}

t.test('every interaction and operation is documented, and nothing that the router does not know', async (t) => {
  const known = [
    ...INTERACTION_ROUTES.map((one) => `${one.method} ${documentedPath(one)}`),
    ...LOG_ROUTES.map((one) => `${one.method} ${FHIR_PATH}/${one.path.join('/').replace(':id', '{id}')}`),
    ...OPERATIONS.flatMap((one) => operationAddresses(one).flatMap(({ path }) => one.methods.map((method) => `${method} ${path}`))),
  ];
  const fhir = documented.filter((address) => address.includes(` ${FHIR_PATH}`) && !address.includes('.well-known'));
  t.strictSame(fhir.sort(), [...new Set(known)].sort());
  for (const address of fhir) {
    const [method, path] = address.split(' ') as [HttpMethod, string];
    const segments = path.slice(FHIR_PATH.length).split('/').filter(Boolean);
    const filled = segments.map((part) => ({ '{type}': 'Goal', '{id}': 'x', '{vid}': '1' })[part] ?? part);
    t.doesNotThrow(() => route(method, filled), `${address} is routed`);
  }
});
