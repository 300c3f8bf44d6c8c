// What administrators do with the registry of clients, in the words of the error table. Who may is decided before (requirePolicy).
import type { readClientDocument } from '../auth/client-document.js';
import { changeClient, registerClient } from '../auth/client-registry.js';
import { FhirError } from '../fhir/errors.js';
import { type Client, findClient, listClients, revokeClient } from '../store/clients.js';
import { asUnavailable } from '../store/database-errors.js';
import type { Database } from '../store/pool.js';

type Document = ReturnType<typeof readClientDocument>;

/** Every registered client, revoked ones included. */
export function allClients({ pool }: Database): Promise<Client[]> {
  return listClients(pool).catch(unavailable);
}

/** Throws 'not-found'. */
export async function oneClient({ pool }: Database, clientId: string): Promise<Client> {
  const client = await findClient(pool, clientId).catch(unavailable);
  if (!client) throw new FhirError('not-found', 'There is no client of this id.');
  return client;
}

/** Registers it. Throws 'duplicate', or 'unprocessable-content' with what is wrong with it. `now` in epoch milliseconds. */
export async function addClient(database: Database, client: Document, now: () => number): Promise<Client> {
  if (await findClient(database.pool, client.clientId).catch(unavailable))
    throw new FhirError('duplicate', 'A client of this id is registered already.', { expression: 'clientId' });
  if (client.revoked) throw unfit('A client is registered first and revoked later.');
  const fault = await registerClient(database.pool, client, now).catch(unavailable);
  if (fault !== undefined) throw unfit(fault);
  return oneClient(database, client.clientId);
}

/** Replaces it when it is at one of the versions. Throws 'not-found', 'precondition-failed', or 'unprocessable-content'. */
export async function alterClient(
  database: Database,
  clientId: string,
  versions: readonly string[],
  wanted: Document,
  now: () => number,
): Promise<Client> {
  const current = await oneClient(database, clientId);
  if (!versions.includes(String(current.version))) throw stale();
  const verdict = await changeClient(database.pool, current, wanted, now).catch(unavailable);
  if ('fault' in verdict) throw unfit(verdict.fault);
  if ('isStale' in verdict) throw stale();
  return oneClient(database, clientId);
}

/** Revokes it, once and for all. Throws 'not-found'. */
export async function shutOutClient(database: Database, clientId: string, now: () => number): Promise<Client> {
  const isKnown = await revokeClient(database.pool, clientId, new Date(now())).catch(unavailable);
  if (!isKnown) throw new FhirError('not-found', 'There is no client of this id.');
  return oneClient(database, clientId);
}

function unfit(fault: string): FhirError {
  return new FhirError('unprocessable-content', fault);
}

function stale(): FhirError {
  return new FhirError('precondition-failed', 'The client was changed since it was read: read it again and repeat the change.', {
    expression: 'http.if-match',
  });
}

function unavailable(error: unknown): never {
  throw asUnavailable(error);
}
