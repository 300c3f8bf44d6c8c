// FHIR over HTTP: Fastify in, FhirRequest and FhirResponse, Fastify out. Bodies stay text until here, answers leave as text:
// Fastify's own schemas would drop modifierExtension and rewrite what is sent.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DoorDeps } from '../access/session.js';
import { Session } from '../access/session.js';
import { asFhirError, FhirError } from '../fhir/errors.js';
import type { FhirResponse, HttpMethod } from '../fhir/exchange.js';
import { parseStoredJson, writeJson } from '../fhir/json.js';
import type { InteractionContext } from '../interactions/context.js';
import { inPlace } from './admission.js';
import type { Authenticate } from './authenticate.js';
import { emergencyDoor, isEmergencyAddress } from './emergency-address.js';
import { sendFailure } from './failure.js';
import { FHIR_PATH, type FhirAddress, fhirAddress, refuseBsnInUrl } from './fhir-address.js';
import { fhirRequest, formFields } from './fhir-body.js';
import { type AnswerFormat, answerFormat, CONTENT_TYPE, type Format, failureFormat } from './negotiation.js';
import { allowedMethods, dispatch, prints, route } from './router.js';
import { correlationOf } from './trace.js';
import { toXml } from './xml.js';

export interface FhirPluginOptions {
  door: DoorDeps;
  context: InteractionContext;
  authenticate: Authenticate;
}

/** Serves every FHIR address below FHIR_PATH. Routes are not Fastify's: one router serves HTTP and bundle entries. */
export function registerFhir(app: FastifyInstance, options: FhirPluginOptions): void {
  const urgent = { ...options, door: emergencyDoor(options.door) };
  const handler = (request: FastifyRequest, reply: FastifyReply) =>
    inPlace(request, () => answer(request, reply, isEmergencyAddress(request.raw.url) ? urgent : options));
  for (const url of [FHIR_PATH, `${FHIR_PATH}/*`]) {
    // Every method there is: the router refuses with Allow what an address does not take.
    app.route({ method: app.supportedMethods, url, handler, config: { access: 'token', audit: 'session' } });
  }
}

async function answer(request: FastifyRequest, reply: FastifyReply, options: FhirPluginOptions): Promise<FastifyReply> {
  const style = { format: failureFormat([], request.headers.accept), pretty: false };
  try {
    const address = fhirAddress(request.raw.url ?? '');
    const asked = [...address.query, ...(formFields(request) ?? [])];
    style.format = failureFormat(asked, request.headers.accept);
    style.pretty = isPretty(asked);
    const wanted = answerFormat(asked, request.headers.accept, prints(address.path));
    if (wanted !== 'pdf') style.format = wanted;
    const response = await respond(request, address, options, wanted);
    return send(reply, response, style.format, style.pretty);
  } catch (error) {
    return sendFailure(request, reply, asFhirError(error), style.format, style.pretty);
  }
}

function isPretty(query: [string, string][]): boolean {
  const asked = query.find(([name]) => name === '_pretty')?.[1] ?? 'false';
  if (asked === 'true' || asked === 'false') return asked === 'true';
  throw new FhirError('bad-parameter', '_pretty is true or false.', { expression: '_pretty' });
}

async function respond(
  request: FastifyRequest,
  address: FhirAddress,
  options: FhirPluginOptions,
  wanted: AnswerFormat,
): Promise<FhirResponse> {
  const { path } = address;
  const method = request.method as HttpMethod | 'OPTIONS' | 'TRACE';
  if (path.length === 1 && path[0] === 'metadata' && method !== 'OPTIONS') {
    const { run } = route(method as HttpMethod, path);
    return run(options.context, undefined as never, fhirRequest(request, address, 'capabilities'));
  }
  const principal = await options.authenticate(request);
  if (method === 'OPTIONS') return { status: 204, headers: { allow: allowedMethods(path) } };
  const found = route(method as HttpMethod, path);
  request.fhirInteraction = found.code;
  const session = new Session(options.door, principal, {
    ...correlationOf(request.headers),
    requestId: request.id,
    interaction: found.code,
  });
  return session.audited(async () => {
    refuseBsnInUrl(address.query);
    const asked = fhirRequest(request, address, found.code);
    return dispatch(options.context, session, wanted === 'pdf' ? { ...asked, wants: 'pdf' } : asked, found);
  });
}

export function send(reply: FastifyReply, response: FhirResponse, format: Format, pretty: boolean): FastifyReply {
  if (response.file) return sendFile(reply, response, response.file);
  const text = response.text ?? (response.resource ? writeJson(response.resource) : undefined);
  // Made before anything is set: what cannot be written in this format is refused like anything else.
  const body = text === undefined || response.status === 304 ? undefined : written(text, format, pretty);
  reply.code(response.status).headers(response.headers);
  if (!response.headers['cache-control']) reply.header('cache-control', 'no-store');
  if (body === undefined) return reply.send();
  return reply.header('content-type', CONTENT_TYPE[format]).send(body);
}

/** For a reader to show, and to keep under a name that tells nothing of the patient. */
function sendFile(reply: FastifyReply, { status, headers }: FhirResponse, file: NonNullable<FhirResponse['file']>): FastifyReply {
  return reply
    .code(status)
    .headers({ 'cache-control': 'no-store', ...headers, 'content-disposition': `inline; filename="${file.name}"` })
    .header('content-type', file.type)
    .send(Buffer.from(file.bytes));
}

function written(text: string, format: Format, pretty: boolean): string {
  if (format === 'xml') return toXml(text, pretty);
  return pretty ? writeJson(parseStoredJson(text), 2) : text;
}
