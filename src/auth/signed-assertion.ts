// A JWT that a client signed for this token endpoint: right key, meant for us, short-lived, used once.
// https://www.rfc-editor.org/rfc/rfc7523#section-3
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { type Client, type Queryable, rememberAssertion } from '../store/clients.js';
import { ASSERTION_ALGS, type ClientKeys } from './client-keys.js';
import type { OauthError } from './oauth-error.js';

/** Characters of an assertion. A real one has under 1,500; more is refused before it is decoded. */
export const MAX_ASSERTION_CHARS = 8_192;

/** Seconds from now that an assertion may live: SMART's limit. */
export const ASSERTION_MAX_SECONDS = 300;

/** Seconds another system's clock may differ from ours. */
export const CLOCK_SKEW_SECONDS = 10;

/** Milliseconds a used assertion is remembered after its end: more than the clocks of our processes can differ. */
const REMEMBER_LONGER_MS = 600_000;

/** What the database can hold, and a log may show, of a jti. */
const JTI = /^[ -~]{1,255}$/;

export interface AssertionDeps {
  db: Queryable;
  clientKeys: ClientKeys;
  /** Epoch milliseconds. */
  clock: () => number;
}

/** What the assertion is called in refusals, how a refusal is made, and the one text for a signature that does not fit. */
export interface AssertionWords {
  name: string;
  refused(description: string, cause?: unknown): OauthError;
  notAuthentic: string;
}

/** Throws when the text is too long to be looked at. */
export function requireShort(assertion: string, words: AssertionWords): void {
  if (assertion.length > MAX_ASSERTION_CHARS) throw words.refused(`The ${words.name} is longer than ${MAX_ASSERTION_CHARS} characters.`);
}

/** The claims of an assertion signed by the client; from now on it is used up. `audiences` are the names this token endpoint answers to. */
export async function takeAssertion(
  assertion: string,
  client: Client,
  audiences: string[],
  deps: AssertionDeps,
  words: AssertionWords,
): Promise<JWTPayload> {
  const claims = await verify(assertion, client, audiences, deps, words);
  const fresh = await rememberAssertion(
    deps.db,
    client.clientId,
    claims.jti as string,
    new Date((claims.exp as number) * 1000),
    new Date(deps.clock() - REMEMBER_LONGER_MS),
  );
  if (!fresh) throw words.refused(`The ${words.name} was used before: its jti must be new each time.`);
  return claims;
}

async function verify(assertion: string, client: Client, audiences: string[], deps: AssertionDeps, words: AssertionWords) {
  const { name, refused } = words;
  const now = deps.clock();
  let claims: JWTPayload;
  try {
    const options = { algorithms: ASSERTION_ALGS, clockTolerance: CLOCK_SKEW_SECONDS, currentDate: new Date(now) };
    claims = (await jwtVerify(assertion, deps.clientKeys(client), options)).payload;
  } catch (error) {
    throw refused(descriptionOf(error, words), error instanceof errors.JOSEError ? error.code : error);
  }
  // An audience that also names a stranger would let that stranger use the assertion here.
  const aud = typeof claims.aud === 'string' ? [claims.aud] : (claims.aud ?? []);
  if (aud.length === 0 || !aud.every((value) => audiences.includes(value))) {
    throw refused(`The aud of the ${name} must be the URL of this token endpoint.`);
  }
  const latestStart = now / 1000 + CLOCK_SKEW_SECONDS;
  if (claims.exp === undefined) throw refused(`The ${name} has no exp.`);
  if (claims.exp > latestStart + ASSERTION_MAX_SECONDS || (claims.iat !== undefined && claims.exp - claims.iat > ASSERTION_MAX_SECONDS)) {
    throw refused(`The ${name} lives longer than ${ASSERTION_MAX_SECONDS} seconds.`);
  }
  if (claims.iat !== undefined && claims.iat > latestStart) throw refused(`The ${name} is from the future (iat).`);
  if (typeof claims.jti !== 'string' || !JTI.test(claims.jti)) {
    throw refused(`The ${name} needs a jti of 1 to 255 printable ASCII characters.`);
  }
  return claims;
}

function descriptionOf(error: unknown, { name, notAuthentic }: AssertionWords): string {
  if (error instanceof errors.JWTExpired) return `The ${name} has expired.`;
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.claim === 'nbf' ? `The ${name} is not valid yet (nbf).` : `A time of the ${name} is not a number.`;
  }
  if (!(error instanceof errors.JOSEError)) return 'The keys of the client cannot be read from its registered URL.';
  return notAuthentic;
}
