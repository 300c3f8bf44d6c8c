// Registering a system that may ask for tokens.
// https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html#registering-a-client-communicating-public-keys
import { insertClient, type NewClient, type Queryable } from '../store/clients.js';
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
