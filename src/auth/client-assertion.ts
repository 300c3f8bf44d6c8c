// Authenticates a client by the assertion it signed (private_key_jwt).
// https://www.rfc-editor.org/rfc/rfc7523#section-2.2, https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html
import { decodeJwt, type JWTPayload } from 'jose';
import { type Client, findClient } from '../store/clients.js';
import { OauthError } from './oauth-error.js';
import { type AssertionDeps, type AssertionWords, requireShort, takeAssertion } from './signed-assertion.js';

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** What the database can hold, and a log may show, of a client id. */
const CLIENT_ID = /^[!-~]{1,128}$/;

const WORDS: AssertionWords = {
  name: 'client assertion',
  refused: (description, cause) => new OauthError('invalid_client', description, cause),
  // One text for unknown, revoked and badly signed: a stranger learns nothing about who is registered.
  notAuthentic: 'The client is unknown or its assertion is not signed with a key registered for it (RS384, ES384 or EdDSA).',
};

/**
 * The registered, unrevoked client that signed the assertion, and its claims. `audiences` are the names this token endpoint answers to.
 * Throws OauthError invalid_client; `seen` is told of a registered client before its proof is known to be good.
 */
export async function authenticateClient(
  assertion: string,
  audiences: string[],
  deps: AssertionDeps,
  seen: (client: Client) => void,
): Promise<{ client: Client; claims: JWTPayload }> {
  requireShort(assertion, WORDS);
  const claimed = claimedClient(assertion);
  const client = await findClient(deps.db, claimed);
  if (client) seen(client);
  if (!client || client.revoked) throw WORDS.refused(WORDS.notAuthentic);
  return { client, claims: await takeAssertion(assertion, client, audiences, deps, WORDS) };
}

/** The client the assertion says it comes from, not proven yet. */
function claimedClient(assertion: string): string {
  let claims: JWTPayload;
  try {
    claims = decodeJwt(assertion);
  } catch {
    throw WORDS.refused('The client assertion is not a JWT.');
  }
  const { iss, sub } = claims;
  if (typeof iss !== 'string' || iss !== sub || !CLIENT_ID.test(iss)) {
    throw WORDS.refused('The client assertion must name the client id as both iss and sub.');
  }
  return iss;
}
