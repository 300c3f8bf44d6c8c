// What an access token says, once it is known to be genuine, for us and in time: by its signature, or by asking its issuer.
// https://www.rfc-editor.org/rfc/rfc9068#section-4, https://www.rfc-editor.org/rfc/rfc7662#section-2.2
import { decodeJwt, type JWTPayload, jwtVerify } from 'jose';
import { FhirError } from '../fhir/errors.js';
import type { Issuer, IssuerTerms, OpaqueIssuer } from './issuer.js';
import { isTokenFault } from './key-sets.js';
import { tokenInvalid } from './token-refusal.js';

export interface ReadToken {
  claims: JWTPayload;
  issuer: IssuerTerms;
  /** Epoch milliseconds of its end, the issuer's clock skew added; undefined where an issuer that is asked each time gives none. */
  expires: number | undefined;
}

/** Throws FhirError 'unauthenticated', or 'unavailable' when the issuer's keys, or the issuer, cannot be reached. `now` in epoch ms. */
export async function readToken(
  token: string,
  issuers: readonly Issuer[],
  opaque: OpaqueIssuer | undefined,
  now: number,
): Promise<ReadToken> {
  const claimed = claimedIssuer(token);
  const issuer = claimed === undefined ? undefined : issuers.find((candidate) => candidate.issuer === claimed.iss);
  if (issuer) return verified(token, issuer, now);
  // A token of a stranger is not shown to the issuer we ask.
  if (opaque && (claimed === undefined || claimed.iss === opaque.issuer)) return introspected(token, opaque, now);
  throw tokenInvalid(claimed === undefined ? 'not a JWT' : 'unknown issuer');
}

/** Who the token says it comes from, not proven yet; undefined for a token that is no JWT. */
function claimedIssuer(token: string): { iss: string | undefined } | undefined {
  try {
    return { iss: decodeJwt(token).iss };
  } catch {
    return undefined;
  }
}

async function verified(token: string, issuer: Issuer, now: number): Promise<ReadToken> {
  try {
    const { payload } = await jwtVerify(token, issuer.keys, {
      issuer: issuer.issuer,
      audience: issuer.audience,
      algorithms: [...issuer.algorithms],
      typ: issuer.tokenType,
      clockTolerance: issuer.clockSkewSeconds,
      maxTokenAge: issuer.maxAgeSeconds,
      requiredClaims: ['exp'],
      currentDate: new Date(now),
    });
    return { claims: payload, issuer, expires: ((payload.exp as number) + issuer.clockSkewSeconds) * 1000 };
  } catch (error) {
    if (isTokenFault(error)) throw tokenInvalid(error.code);
    throw new FhirError('unavailable', '', { cause: error });
  }
}

async function introspected(token: string, issuer: OpaqueIssuer, now: number): Promise<ReadToken> {
  const claims = await issuer.introspect(token).catch((error: unknown) => {
    throw new FhirError('unavailable', '', { cause: error });
  });
  if (!claims) throw tokenInvalid('inactive');
  const { iss, aud, exp, nbf } = claims;
  if (iss !== undefined && iss !== issuer.issuer) throw tokenInvalid('introspected: another issuer');
  if (aud !== undefined && ![aud].flat().includes(issuer.audience)) throw tokenInvalid('introspected: another audience');
  const seconds = now / 1000;
  if (exp !== undefined && !(typeof exp === 'number' && exp + issuer.clockSkewSeconds > seconds))
    throw tokenInvalid('introspected: expired');
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf - issuer.clockSkewSeconds <= seconds))
    throw tokenInvalid('introspected: not valid yet');
  return { claims, issuer, expires: exp === undefined ? undefined : (exp + issuer.clockSkewSeconds) * 1000 };
}
