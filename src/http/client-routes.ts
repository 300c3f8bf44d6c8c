// The registry of clients over HTTP, for callers with the policy admin: list, add, show, change, revoke. Nothing in it is secret, all of it is audited.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { addClient, allClients, alterClient, oneClient, shutOutClient } from '../access/client-administration.js';
import { requirePolicy } from '../access/require-policy.js';
import { type DoorDeps, Session } from '../access/session.js';
import { clientDocument, readClientDocument } from '../auth/client-document.js';
import { Wrong } from '../auth/file-fields.js';
import { asFhirError, FhirError } from '../fhir/errors.js';
import { etag, versionsOfEtag } from '../fhir/exchange.js';
import type { Authenticate } from './authenticate.js';
import { sendFailure } from './failure.js';
import { traceOf } from './trace.js';

export const CLIENTS_PATH = '/v1/admin/clients';
export const CLIENT_PATH = `${CLIENTS_PATH}/:clientId`;

interface Administration {
  door: DoorDeps;
  session: Session;
  request: FastifyRequest;
  reply: FastifyReply;
  /** Of the address; empty for the list. */
  clientId: string;
}

type Client = Awaited<ReturnType<typeof oneClient>>;

/** Gives what is answered as JSON. */
type Handler = (administration: Administration) => Promise<unknown>;

/** FHIR's word for the access, or the change, in the audit. */
const READING = 'client-registry';
const CHANGING = 'configuration';

export function registerClients(app: FastifyInstance, door: DoorDeps, authenticate: Authenticate): void {
  const route = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, interaction: string, handler: Handler) =>
    app.route({
      method,
      url,
      config: { access: 'token', audit: 'session' },
      handler: (request, reply) => answer(request, reply, door, authenticate, interaction, handler),
    });
  route('GET', CLIENTS_PATH, READING, list);
  route('POST', CLIENTS_PATH, CHANGING, add);
  route('GET', CLIENT_PATH, READING, show);
  route('PUT', CLIENT_PATH, CHANGING, change);
  route('DELETE', CLIENT_PATH, CHANGING, revoke);
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  door: DoorDeps,
  authenticate: Authenticate,
  interaction: string,
  handler: Handler,
): Promise<FastifyReply> {
  reply.header('cache-control', 'no-store');
  try {
    const principal = await authenticate(request);
    request.fhirInteraction = interaction;
    const session = new Session(door, principal, { ...traceOf(request.headers), requestId: request.id, interaction });
    const clientId = (request.params as { clientId?: string }).clientId ?? '';
    const body = await session.audited(async () => {
      requirePolicy(principal, 'admin');
      return handler({ door, session, request, reply, clientId });
    });
    return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(body));
  } catch (error) {
    return sendFailure(request, reply, asFhirError(error));
  }
}

async function list({ door, session }: Administration): Promise<unknown> {
  const clients = await allClients(door.database);
  session.note({ action: 'R', outcome: 'success' });
  return { clients: clients.map(clientDocument) };
}

async function show(administration: Administration): Promise<unknown> {
  const { door, clientId } = administration;
  return told(administration, 'R', await oneClient(door.database, clientId));
}

async function add(administration: Administration): Promise<unknown> {
  const { door, reply, request } = administration;
  const client = await addClient(door.database, documentOf(request), door.now);
  reply.code(201).header('location', `${CLIENTS_PATH}/${encodeURIComponent(client.clientId)}`);
  return told(administration, 'C', client);
}

async function change(administration: Administration): Promise<unknown> {
  const { door, request, clientId } = administration;
  const held = request.headers['if-match'];
  if (held === undefined)
    throw new FhirError('precondition-required', 'Changing a client needs If-Match with the ETag it was read with.', {
      expression: 'http.if-match',
    });
  return told(administration, 'U', await alterClient(door.database, clientId, versionsOfEtag(held), documentOf(request), door.now));
}

/** Without If-Match: shutting somebody out must never fail because somebody else changed a name. */
async function revoke(administration: Administration): Promise<unknown> {
  const { door, clientId } = administration;
  return told(administration, 'D', await shutOutClient(door.database, clientId, door.now));
}

function told({ session, reply }: Administration, action: 'R' | 'C' | 'U' | 'D', client: Client): unknown {
  session.note({ action, outcome: 'success', pointer: `Client/${client.clientId}` });
  reply.header('etag', etag(client.version));
  return clientDocument(client);
}

function documentOf(request: FastifyRequest) {
  if (!/^application\/json *(?:;|$)/i.test(request.headers['content-type'] ?? ''))
    throw new FhirError('unsupported-media-type', 'A client comes as application/json.', { expression: 'http.content-type' });
  let document: unknown;
  try {
    document = JSON.parse(String(request.body ?? ''));
  } catch {
    throw new FhirError('bad-syntax', 'The body is not JSON.');
  }
  try {
    return readClientDocument(document);
  } catch (error) {
    throw error instanceof Wrong ? new FhirError('unprocessable-content', error.message) : error;
  }
}
