// FHIR over HTTP: Fastify in, FhirRequest and FhirResponse, Fastify out. Bodies stay text until here, answers leave as text:
// Fastify's own schemas would drop modifierExtension and rewrite what is sent.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DoorDeps } from '../access/session.js';
import { Session } from '../access/session.js';
import { asFhirError, FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse, HttpMethod } from '../fhir/exchange.js';
import { parseJson, writeJson } from '../fhir/json.js';
import type { InteractionContext } from '../interactions/context.js';
import type { Authenticate } from './authenticate.js';
import { sendFailure } from './failure.js';
import { answerFormat, bodyFormat, CONTENT_TYPE, type Format } from './negotiation.js';
import { dispatch, route } from './router.js';
import { traceOf } from './trace.js';
import { fromXml, toXml } from './xml.js';

export interface FhirPluginOptions {
  door: DoorDeps;
  context: InteractionContext;
  authenticate: Authenticate;
}

/** The path of the FHIR base, as the national exchange writes it. */
export const FHIR_PATH = '/fhir/R4';

/** Serves every FHIR address below FHIR_PATH. Routes are not Fastify's: one router serves HTTP and bundle entries. */
export function registerFhir(app: FastifyInstance, options: FhirPluginOptions): void {
  const handler = (request: FastifyRequest, reply: FastifyReply) => answer(request, reply, options);
  for (const url of [FHIR_PATH, `${FHIR_PATH}/*`]) {
    app.route({
      method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      url,
      handler,
      config: { access: 'token', audit: 'session' },
    });
  }
}

async function answer(request: FastifyRequest, reply: FastifyReply, options: FhirPluginOptions): Promise<FastifyReply> {
  let format: Format = 'json';
  let pretty = false;
  try {
    const { path, query } = addressOf(request);
    pretty = query.some(([name, value]) => name === '_pretty' && value === 'true');
    format = answerFormat(query.find(([name]) => name === '_format')?.[1], request.headers.accept);
    const response = await respond(request, path, query, options);
    return send(reply, response, format, pretty);
  } catch (error) {
    return sendFailure(request, reply, asFhirError(error), format, pretty);
  }
}

async function respond(
  request: FastifyRequest,
  path: string[],
  query: [string, string][],
  options: FhirPluginOptions,
): Promise<FhirResponse> {
  if (path.length === 1 && path[0] === 'metadata') {
    const { run } = route(request.method as HttpMethod, path);
    return run(options.context, undefined as never, undefined as never);
  }
  const principal = await options.authenticate(request);
  const found = route(request.method as HttpMethod, path);
  request.fhirInteraction = found.code;
  const session = new Session(options.door, principal, { ...traceOf(request.headers), requestId: request.id, interaction: found.code });
  try {
    const response = await dispatch(options.context, session, fhirRequest(request, path, query, found.code));
    await session.settle('success');
    return response;
  } catch (error) {
    const refusal = asFhirError(error);
    await session.settle(
      refusal.status === 403 ? 'denied' : refusal.kind === 'not-found' || refusal.kind === 'gone' ? 'empty' : 'error',
      refusal.kind,
    );
    throw refusal;
  }
}

/** Decoded once, here: a type written as %24match is an operation, not an id. */
function addressOf(request: FastifyRequest): { path: string[]; query: [string, string][] } {
  const [raw, ...rest] = (request.raw.url ?? '').split('?') as [string, ...string[]];
  try {
    const path = raw
      .slice(FHIR_PATH.length)
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent);
    return { path, query: [...new URLSearchParams(rest.join('?'))] };
  } catch {
    throw new FhirError('bad-parameter', 'The address holds a malformed percent-escape.', { expression: 'http.path' });
  }
}

function fhirRequest(request: FastifyRequest, path: string[], query: [string, string][], code: string): FhirRequest {
  const method = request.method as HttpMethod;
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
  const made: FhirRequest = { method, path, query, headers };
  const body = request.body as string | undefined;
  if (body === undefined || body === '' || method === 'GET' || method === 'DELETE') return made;
  const contentType = request.headers['content-type'];
  if (contentType?.toLowerCase().startsWith('application/x-www-form-urlencoded')) {
    if (code !== 'search-type' && !code.startsWith('$')) {
      throw new FhirError('unsupported-media-type', 'Only _search and operations take form fields.', { expression: 'http.content-type' });
    }
    return { ...made, query: [...query, ...new URLSearchParams(body)] };
  }
  if (code === 'search-type') {
    throw new FhirError('unsupported-media-type', '_search takes its parameters as application/x-www-form-urlencoded.', {
      expression: 'http.content-type',
    });
  }
  const format = bodyFormat(contentType, method === 'PATCH');
  return { ...made, body: format === 'json' ? parseJson(body) : fromXml(body) };
}

export function send(reply: FastifyReply, response: FhirResponse, format: Format, pretty: boolean): FastifyReply {
  reply.code(response.status).headers(response.headers);
  if (!response.headers['cache-control']) reply.header('cache-control', 'no-store');
  const text = response.text ?? (response.resource ? writeJson(response.resource) : undefined);
  if (text === undefined || response.status === 304) return reply.send();
  reply.header('content-type', CONTENT_TYPE[format]);
  if (format === 'xml') return reply.send(toXml(text, pretty));
  return reply.send(pretty ? writeJson(parseJson(text), 2) : text);
}
