// Authenticates a client by the assertion it signed (private_key_jwt): right key, meant for us, short-lived, used once.
// https://www.rfc-editor.org/rfc/rfc7523#section-3, https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html
import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import { type Client, findClient, type Queryable, rememberAssertion } from '../store/clients.js';
import { ASSERTION_ALGS, type ClientKeys } from './client-keys.js';
import { OauthError } from './oauth-error.js';

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Characters of an assertion. A real one has under 1,500; more is refused before it is decoded. */
export const MAX_ASSERTION_CHARS = 8_192;

/** Seconds from now that an assertion may live: SMART's limit. */
export const ASSERTION_MAX_SECONDS = 300;

/** Seconds another system's clock may differ from ours. */
export const CLOCK_SKEW_SECONDS = 10;

/** Milliseconds a used assertion is remembered after its end: more than the clocks of our processes can differ. */
const REMEMBER_LONGER_MS = 600_000;

/** What the database can hold, and a log may show, of a client id and a jti. */
const CLIENT_ID = /^[!-~]{1,128}$/;
const JTI = /^[ -~]{1,255}$/;

export interface AssertionDeps {
  db: Queryable;
  clientKeys: ClientKeys;
  /** Epoch milliseconds. */
  clock: () => number;
}

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
  if (assertion.length > MAX_ASSERTION_CHARS) throw refused(`The client assertion is longer than ${MAX_ASSERTION_CHARS} characters.`);
  const claimed = claimedClient(assertion);
  const client = await findClient(deps.db, claimed);
  if (client) seen(client);
  // One text for unknown, revoked and badly signed: a stranger learns nothing about who is registered.
  if (!client || client.revoked) throw refused(NOT_AUTHENTIC);

  const claims = await verify(assertion, client, audiences, deps);
  const expires = claims.exp as number;
  const fresh = await rememberAssertion(
    deps.db,
    client.clientId,
    claims.jti as string,
    new Date(expires * 1000),
    new Date(deps.clock() - REMEMBER_LONGER_MS),
  );
  if (!fresh) throw refused('The client assertion was used before: its jti must be new each time.');
  return { client, claims };
}

const NOT_AUTHENTIC = 'The client is unknown or its assertion is not signed with a key registered for it (RS384, ES384 or EdDSA).';

function refused(description: string, cause?: unknown): OauthError {
  return new OauthError('invalid_client', description, cause);
}

/** The client the assertion says it comes from, not proven yet. */
function claimedClient(assertion: string): string {
  let claims: JWTPayload;
  try {
    claims = decodeJwt(assertion);
  } catch {
    throw refused('The client assertion is not a JWT.');
  }
  const { iss, sub } = claims;
  if (typeof iss !== 'string' || iss !== sub || !CLIENT_ID.test(iss)) {
    throw refused('The client assertion must name the client id as both iss and sub.');
  }
  return iss;
}

async function verify(assertion: string, client: Client, audiences: string[], deps: AssertionDeps): Promise<JWTPayload> {
  const now = deps.clock();
  let claims: JWTPayload;
  try {
    const options = { algorithms: ASSERTION_ALGS, clockTolerance: CLOCK_SKEW_SECONDS, currentDate: new Date(now) };
    claims = (await jwtVerify(assertion, deps.clientKeys(client), options)).payload;
  } catch (error) {
    throw refused(descriptionOf(error), error instanceof errors.JOSEError ? error.code : error);
  }
  // An audience that also names a stranger would let that stranger use the assertion here.
  const aud = typeof claims.aud === 'string' ? [claims.aud] : (claims.aud ?? []);
  if (aud.length === 0 || !aud.every((value) => audiences.includes(value))) {
    throw refused('The aud of the client assertion must be the URL of this token endpoint.');
  }
  const nowSeconds = now / 1000;
  const latestStart = nowSeconds + CLOCK_SKEW_SECONDS;
  if (claims.exp === undefined) throw refused('The client assertion has no exp.');
  if (claims.exp > latestStart + ASSERTION_MAX_SECONDS || (claims.iat !== undefined && claims.exp - claims.iat > ASSERTION_MAX_SECONDS)) {
    throw refused(`The client assertion lives longer than ${ASSERTION_MAX_SECONDS} seconds.`);
  }
  if (claims.iat !== undefined && claims.iat > latestStart) throw refused('The client assertion is from the future (iat).');
  if (typeof claims.jti !== 'string' || !JTI.test(claims.jti)) {
    throw refused('The client assertion needs a jti of 1 to 255 printable ASCII characters.');
  }
  return claims;
}

function descriptionOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The client assertion has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.claim === 'nbf' ? 'The client assertion is not valid yet (nbf).' : 'A time of the client assertion is not a number.';
  }
  if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError) || error.code === 'ERR_JOSE_GENERIC') {
    return 'The keys of the client cannot be read from its registered URL.';
  }
  return NOT_AUTHENTIC;
}
