// Registering a system that may ask for tokens.
// https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html#registering-a-client-communicating-public-keys
import { type Client, insertClient, type NewClient, type Queryable, replaceClient } from '../store/clients.js';
import { faultOfJwks } from './client-keys.js';
import { isPolicy, POLICIES } from './policies.js';
import { isPurpose, PURPOSES } from './purposes.js';
import { parseScope } from './scopes.js';

/** Loopback addresses, the only ones whose keys may be fetched without TLS. */
const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** What is wrong with a client that somebody wants to register, as one English sentence; undefined when nothing is. */
export function faultOfClient(client: NewClient): string | undefined {
  if (!/^[!-~]{1,128}$/.test(client.clientId)) return 'A client id is 1 to 128 printable ASCII characters without spaces.';
  if ((client.jwks === undefined) === (client.jwksUrl === undefined)) return 'Give either the key set or the URL where it is published.';
  if (client.jwksUrl !== undefined && !isKeyUrl(client.jwksUrl)) return 'The URL of the key set is not an https URL.';
  const keyFault = client.jwks && faultOfJwks(client.jwks);
  if (keyFault) return `The keys cannot be registered: ${keyFault}.`;
  if (client.organizationUra !== undefined && !/^\d{8}$/.test(client.organizationUra)) return 'A URA has eight digits.';
  if (client.scopes.length === 0 || !client.scopes.every(parseScope)) return 'A client needs scopes of the form system/Consent.rs.';
  if (client.scopes.some((text) => parseScope(text)?.context === 'patient') && !client.vouchesForPatients)
    return 'Scopes of the form patient/Consent.rs are for clients that vouch for patients.';
  if (!client.policies.every(isPolicy)) return `The access policies of a client are out of ${POLICIES.join(', ')}.`;
  if (client.purposes.length === 0 || !client.purposes.every(isPurpose)) return `A client needs purposes out of ${PURPOSES.join(', ')}.`;
  return undefined;
}

/** True for an https URL, or http on this machine. */
export function isKeyUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname));
}

/** Registers the client. Gives what is wrong with it, an id taken before included; undefined when it is registered. */
export async function registerClient(db: Queryable, client: NewClient, clock: () => number): Promise<string | undefined> {
  const fault = faultOfClient(client);
  if (fault !== undefined) return fault;
  return (await insertClient(db, client, new Date(clock()))) ? undefined : `A client ${client.clientId} is registered already.`;
}

/** What became of a change: the version it made, why it was not made, or that somebody else's change came first. */
export type ChangeVerdict = { version: number } | { fault: string } | { isStale: true };

/**
 * Puts `wanted` in the place of the client as it was read. Whoever is revoked stays so: a system that was shut out comes back under
 * another id, with keys nobody has seen.
 */
export async function changeClient(
  db: Queryable,
  current: Client,
  wanted: NewClient & { revoked?: boolean },
  clock: () => number,
): Promise<ChangeVerdict> {
  if (wanted.clientId !== current.clientId) return { fault: 'The client id of a registered client stays as it is.' };
  if (wanted.revoked !== undefined && wanted.revoked !== current.revoked)
    return { fault: 'Revoking is a request of its own, and a revoked client stays out: register another.' };
  const fault = faultOfClient(wanted);
  if (fault !== undefined) return { fault };
  const isReplaced = await replaceClient(db, wanted, current.version, new Date(clock()));
  return isReplaced ? { version: current.version + 1 } : { isStale: true };
}
