// The description of every address in OpenAPI 3.1, made from the registries that route the requests: interactions, operations,
// resource types, search parameters, error kinds. openapi.yaml is this, written out. https://spec.openapis.org/oas/v3.1.1
import type { ErrorKind } from '../fhir/errors.js';
import type { HttpMethod } from '../fhir/exchange.js';
import { SERVED_TYPES } from '../fhir/resource-types.js';
import { OPERATIONS } from '../operations/index.js';
import type { Operation, OperationLevel } from '../operations/operation.js';
import { searchParametersOf } from '../search/parameters.js';
import { FHIR_PATH } from './fhir-address.js';
import { INTERACTION_ROUTES, type InteractionRoute } from './interactions.js';
import { CARD_SCHEMAS } from './openapi-card.js';
import { CLIENT_SCHEMAS, clientPaths } from './openapi-clients.js';
import { refusals } from './openapi-errors.js';
import { SUMMARY_PARAMETERS } from './openapi-examples.js';
import {
  type AnswerText,
  type Body,
  FORM_REFUSALS,
  INTERACTION_TEXTS,
  type InteractionText,
  MODE,
  SEARCH_FORM,
} from './openapi-interactions.js';
import { LOG_SCHEMAS, logPaths } from './openapi-log.js';
import { PAGE_SCHEMAS, PAGE_SECURITY, pagePaths } from './openapi-pages.js';
import { CORRELATION, HEADERS, headerRef, PARAMETERS, parameterRef } from './openapi-parameters.js';
import { PLAIN_SCHEMAS, plainPaths } from './openapi-routes.js';
import { FHIR_SCHEMAS, TOKEN_SCHEMAS } from './openapi-schemas.js';
import { WORKLIST_SCHEMAS, worklistPaths } from './openapi-worklists.js';

type Json = Record<string, unknown>;

const DESCRIPTION = `Record service for proactive care planning (PZP) and the individual care plan (IZP) of palliative patients in the Netherlands.

- FHIR R4 at ${FHIR_PATH}, JSON and XML. Every GET answers HEAD as well; OPTIONS answers 204 with \`Allow\`. A method an address does not take is 405 with \`Allow\`.
- Every refusal is an OperationOutcome, also for requests that cannot be read as HTTP (400), are too slow (408) or have headers that are too long (431).
- A BSN never stands in a URL.
- Limits per client, and per address for what is refused before: \`RateLimit\` and \`RateLimit-Policy\` on every answer that was counted, 429 with \`Retry-After\` above them.
- What each interaction does and does not do is in docs/api.md.`;

/** The document for this version of the software; the same for the same code. */
export function openapiDocument(version: string): Json {
  return {
    openapi: '3.1.1',
    info: {
      title: 'izp-record-service',
      version,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The address this service is reached at.' }],
    security: [{ bearer: [] }],
    tags: [
      { name: 'Critical moment', description: 'The one answer, in one call.' },
      { name: 'FHIR', description: 'https://hl7.org/fhir/R4/http.html' },
      { name: 'Worklists', description: 'Whom of its patients an organisation has to do something for.' },
      { name: 'Pages', description: 'For people, in Dutch: who is signed in has a session behind a cookie.' },
      { name: 'Log', description: 'Who saw or changed what.' },
      { name: 'Identity', description: 'Tokens: SMART Backend Services.' },
      { name: 'Administration', description: 'Who may ask for tokens.' },
      { name: 'Health', description: 'For balancers.' },
    ],
    paths: sortedByName({
      ...fhirPaths(),
      ...operationPaths(),
      ...plainPaths(),
      ...logPaths(),
      ...worklistPaths(),
      ...clientPaths(),
      ...pagePaths(),
    }),
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'From /oauth/token; five minutes.' },
        ...PAGE_SECURITY,
      },
      parameters: PARAMETERS,
      headers: HEADERS,
      schemas: {
        ...FHIR_SCHEMAS,
        SearchForm: SEARCH_FORM_SCHEMA,
        ...CARD_SCHEMAS,
        ...TOKEN_SCHEMAS,
        ...PLAIN_SCHEMAS,
        ...LOG_SCHEMAS,
        ...WORKLIST_SCHEMAS,
        ...CLIENT_SCHEMAS,
        ...PAGE_SCHEMAS,
      },
    },
    'x-search-parameters': Object.fromEntries(
      SERVED_TYPES.map((type) => [
        type,
        searchParametersOf(type)
          .map((parameter) => `${parameter.code} (${parameter.type})`)
          .join(', '),
      ]),
    ),
  };
}

const SEARCH_FORM_SCHEMA = {
  type: 'object',
  description: 'The parameters of the search, as in a query.',
  additionalProperties: { type: 'string' },
};

/** `/fhir/R4/{type}/{id}` of a route. */
export function documentedPath(route: Pick<InteractionRoute, 'path'>): string {
  return [FHIR_PATH, ...route.path.map((segment) => (segment.startsWith(':') ? `{${segment.slice(1)}}` : segment))].join('/');
}

/** Addresses of an operation, one for each level and type. */
export function operationAddresses(operation: Operation): { level: OperationLevel; path: string }[] {
  return operation.levels.flatMap((level): { level: OperationLevel; path: string }[] =>
    level === 'system'
      ? [{ level, path: `${FHIR_PATH}/$${operation.name}` }]
      : placesOf(operation).map((type) => ({
          level,
          path: `${FHIR_PATH}/${type}${level === 'instance' ? '/{id}' : ''}/$${operation.name}`,
        })),
  );
}

/** Its types, or all of them as one parameter. */
function placesOf({ types }: Operation): readonly string[] {
  return isOfEveryType(types) ? ['{type}'] : types;
}

function isOfEveryType(types: readonly string[]): boolean {
  return SERVED_TYPES.every((type) => types.includes(type));
}

function fhirPaths(): Record<string, Json> {
  const paths: Record<string, Json> = {};
  for (const route of INTERACTION_ROUTES) {
    const path = documentedPath(route);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: interaction(route) };
  }
  return paths;
}

/** One line on what a request of this route does. */
export function interactionSummary(route: InteractionRoute): string {
  const { isForm, isConditional } = formOf(route);
  const summary = INTERACTION_TEXTS[route.code]?.summary ?? '';
  if (isConditional) return CONDITIONAL_SUMMARIES[route.code] ?? summary;
  return isForm ? `${summary}, by form` : summary;
}

const CONDITIONAL_SUMMARIES: Record<string, string> = {
  update: 'Update the resource that the criteria match, or create one',
  patch: 'Change a part of the resource that the criteria match',
  delete: 'Delete the resource that the criteria match',
};

function formOf(route: InteractionRoute): { isForm: boolean; isConditional: boolean } {
  return {
    isForm: route.code === 'search-type' && route.method === 'POST',
    isConditional: CONDITIONAL_SUMMARIES[route.code] !== undefined && !route.path.includes(':id'),
  };
}

function interaction(route: InteractionRoute): Json {
  const text = INTERACTION_TEXTS[route.code];
  if (!text) throw new Error(`openapi says nothing of the interaction ${route.code}`);
  const { isForm, isConditional } = formOf(route);
  const asked = isConditional ? ['criteria', ...text.parameters] : text.parameters;
  // Criteria match what is there: nothing deleted is met.
  const kinds = isConditional ? text.refusals.filter((kind) => kind !== 'gone') : text.refusals;
  const refused = isForm ? [...kinds, ...FORM_REFUSALS] : kinds;
  const isOpen = route.code === 'capabilities';
  const body = isForm ? SEARCH_FORM : text.body;
  return {
    operationId: operationIdOf(route, isForm, isConditional),
    tags: ['FHIR'],
    ...(isOpen && { security: [] }),
    summary: interactionSummary(route),
    description: text.description,
    parameters: [
      ...route.path.filter((segment) => segment.startsWith(':')).map((segment) => parameterRef(segment.slice(1))),
      ...asked.map((name) => (name === 'mode' ? MODE : parameterRef(name))),
      ...CORRELATION.map(parameterRef),
    ],
    ...(body && { requestBody: requestBody(body) }),
    responses: { ...answers(text), ...refusals(refused, isOpen ? ['not-acceptable', 'internal'] : undefined) },
  };
}

function operationIdOf(route: InteractionRoute, isForm: boolean, isConditional: boolean): string {
  const name = route.code.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return `${isConditional ? 'conditional' : ''}${isConditional ? name[0]?.toUpperCase() + name.slice(1) : name}${isForm ? 'ByForm' : ''}`;
}

function answers({ answers: texts }: Pick<InteractionText, 'answers'>): Json {
  return Object.fromEntries(Object.entries(texts).map(([status, text]) => [status, answer(text)]));
}

function answer({ description, schema, headers, example, prints }: AnswerText): Json {
  const names = [schema ?? []].flat();
  const references = names.map((name) => ({ $ref: `#/components/schemas/${name}` }));
  return {
    description,
    headers: Object.fromEntries(['X-Request-Id', ...headers].map((name) => [name, headerRef(name)])),
    ...(names.length > 0 && {
      content: {
        'application/fhir+json': {
          schema: references.length === 1 ? references[0] : { anyOf: references },
          ...(example !== undefined && { example }),
        },
        'application/fhir+xml': { schema: { $ref: '#/components/schemas/Xml' } },
        ...(prints && { 'application/pdf': { schema: { type: 'string', format: 'binary' } } }),
      },
    }),
  };
}

function requestBody({ content, required }: Body): Json {
  return {
    required,
    content: Object.fromEntries(
      Object.entries(content).map(([type, { schema, example }]) => [
        type,
        { schema: { $ref: `#/components/schemas/${schema}` }, ...(example !== undefined && { example }) },
      ]),
    ),
  };
}

function operationPaths(): Record<string, Json> {
  return Object.fromEntries(
    OPERATIONS.flatMap((operation) =>
      operationAddresses(operation).map(({ level, path }) => [
        path,
        Object.fromEntries(
          operation.methods.map((method) => [method.toLowerCase(), operationText(operation, level, method, typeIn(operation, path))]),
        ),
      ]),
    ),
  );
}

function operationBody({ name, types, takesResource }: Operation): Body {
  // Where a resource is the body itself, it need not be a Parameters resource.
  const resource =
    isOfEveryType(types) || takesResource
      ? { schema: 'SentResource' }
      : { schema: 'Parameters', ...(name === 'acp-summary' && { example: SUMMARY_PARAMETERS }) };
  return {
    required: false,
    content: {
      'application/fhir+json': resource,
      'application/fhir+xml': { schema: 'Xml' },
      'application/x-www-form-urlencoded': { schema: 'SearchForm' },
    },
  };
}

/** Schema of an operation's answer where it is more than any resource. */
const RESULTS: Record<string, string> = {
  'acp-summary': 'DocumentBundle',
  document: 'DocumentBundle',
  'offline-summary': 'Parameters',
  validate: 'OperationOutcome',
  erase: 'OperationOutcome',
};

/** The type in the address of an operation on several, to tell their names apart. */
function typeIn({ types }: Operation, path: string): string {
  return types.length > 1 && !isOfEveryType(types) ? (types.find((type) => path.split('/').includes(type)) ?? '') : '';
}

function operationText(operation: Operation, level: OperationLevel, method: HttpMethod, type: string): Json {
  const inputs = operation.parameters.filter(({ use }) => use === 'in');
  const name = operation.name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const levelName = `${level[0]?.toUpperCase()}${level.slice(1)}`;
  const ofEveryType = isOfEveryType(operation.types);
  const headers = operation.versioned ? ['ETag', 'Cache-Control'] : ['Cache-Control'];
  const result: AnswerText = {
    description: operation.parameters.find(({ use }) => use === 'out')?.documentation ?? 'Done.',
    schema: RESULTS[operation.name] ?? 'SentResource',
    headers,
    prints: operation.prints,
  };
  const needsBody = operation.bodyAtTypeLevel && level === 'type' && method === 'GET';
  const unchanged: AnswerText = { description: 'Unchanged since the version the client has.', headers };
  const kinds: ErrorKind[] = ['bad-parameter', 'unknown-parameter', 'forbidden'];
  // A GET that is always refused finds nothing; at an address with {type} there may be no such type.
  if (!needsBody || ofEveryType) kinds.push('not-found');
  if (ofEveryType && level === 'instance') kinds.push('gone');
  if (!needsBody) kinds.push(...(operation.refusals ?? []));
  if (method === 'POST') kinds.push('bad-syntax', 'too-large', 'unsupported-media-type');
  return {
    operationId: `${name}${type}${levelName}${method === 'GET' ? '' : `By${method[0]}${method.slice(1).toLowerCase()}`}`,
    tags: operation.versioned ? ['FHIR', 'Critical moment'] : ['FHIR'],
    summary: operation.title,
    description: `Parameters: ${inputs.map((input) => `\`${input.name}\` (${input.type}): ${input.documentation}`).join(' ')}`,
    parameters: [
      ...(ofEveryType ? [parameterRef('type')] : []),
      ...(level === 'instance' ? [parameterRef('id')] : []),
      ...(method === 'GET'
        ? inputs
            .filter(isSimple)
            .map((input) => ({ name: input.name, in: 'query', description: input.documentation, schema: { type: 'string' } }))
        : []),
      ...[...(operation.versioned ? ['ifNoneMatch'] : []), 'format', 'pretty', ...CORRELATION].map(parameterRef),
    ],
    ...(method === 'POST' && { requestBody: requestBody(operationBody(operation)) }),
    responses: {
      ...(needsBody ? {} : answers({ answers: { 200: result, ...(operation.versioned && { 304: unchanged }) } })),
      ...refusals(kinds),
    },
  };
}

/** A primitive type: it can stand in a query. */
function isSimple({ type }: { type: string }): boolean {
  return /^[a-z]/.test(type);
}

function sortedByName<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
