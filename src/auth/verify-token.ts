// From the Authorization header to the principal: a bearer token of a known issuer, for us, in time, of a client still welcome.
// https://www.rfc-editor.org/rfc/rfc6750
import { createHash } from 'node:crypto';
import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import { FhirError } from '../fhir/errors.js';
import type { ClientStatus, ClientStatusLookup } from './client-status.js';
import type { Issuer } from './issuer.js';
import type { Principal } from './principal.js';
import { countingScopes } from './scopes.js';

/** Characters of an Authorization header; a token has about 900. */
export const MAX_AUTHORIZATION_CHARS = 8_192;

/** Verified tokens remembered, about 1 kB each. The oldest go first and are verified anew when they return. */
const MAX_REMEMBERED_TOKENS = 10_000;

/** Milliseconds a verified token is taken without looking at its signature again: a withdrawn key is out this soon. */
const REVERIFY_AFTER_MS = 60_000;

export interface TokenVerifier {
  /** The principal of an Authorization header. Throws FhirError 'unauthenticated' (with WWW-Authenticate), or 'unavailable'. */
  verify(authorization: string | undefined): Promise<Principal>;
}

export interface TokenVerifierDeps {
  issuers: readonly Issuer[];
  /** Epoch milliseconds. */
  clock: () => number;
  clientStatus: ClientStatusLookup;
}

interface Verified {
  principal: Omit<Principal, 'policies' | 'onProfileErrors'>;
  issuer: Issuer;
  /** Epoch milliseconds until which it is taken without verifying again. */
  until: number;
}

/** Verifies access tokens; each is verified once and then remembered by its hash until it expires. */
export function createTokenVerifier({ issuers, clock, clientStatus }: TokenVerifierDeps): TokenVerifier {
  const remembered = new Map<string, Verified>();

  async function verified(token: string): Promise<Verified> {
    const hash = createHash('sha256').update(token).digest('base64');
    const known = remembered.get(hash);
    if (known && clock() < known.until) return known;
    remembered.delete(hash);
    const entry = await verifyToken(token, issuers, clock());
    if (remembered.size >= MAX_REMEMBERED_TOKENS) remembered.delete(remembered.keys().next().value as string);
    remembered.set(hash, entry);
    return entry;
  }

  return {
    async verify(authorization) {
      const { principal, issuer } = await verified(bearerToken(authorization));
      if (issuer.policies) return { ...principal, policies: [...issuer.policies] };
      const { policies, onProfileErrors } = await registered(principal.clientId, clientStatus);
      return { ...principal, policies: [...policies], onProfileErrors };
    },
  };
}

/** The token of a Bearer header. Another scheme than Bearer counts as no token at all. */
function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined) throw tokenMissing();
  if (authorization.length > MAX_AUTHORIZATION_CHARS) throw tokenInvalid('oversize');
  if (!/^Bearer(?: |$)/i.test(authorization)) throw tokenMissing();
  const token = authorization.slice('Bearer'.length).trim();
  if (!/^[A-Za-z0-9\-._~+/]+=*$/.test(token)) throw tokenInvalid('malformed');
  return token;
}

async function registered(clientId: string, clientStatus: ClientStatusLookup): Promise<ClientStatus> {
  const status = await clientStatus(clientId).catch((error: unknown) => {
    throw new FhirError('unavailable', '', { cause: error });
  });
  if (!status || status.revoked) throw tokenInvalid('client revoked');
  return status;
}

async function verifyToken(token: string, issuers: readonly Issuer[], now: number): Promise<Verified> {
  const issuer = issuerOf(token, issuers);
  let claims: JWTPayload;
  try {
    const { payload } = await jwtVerify(token, issuer.keys, {
      issuer: issuer.issuer,
      audience: issuer.audience,
      algorithms: [...issuer.algorithms],
      typ: issuer.tokenType,
      clockTolerance: issuer.clockSkewSeconds,
      maxTokenAge: issuer.maxAgeSeconds,
      requiredClaims: ['exp', issuer.claims.clientId],
      currentDate: new Date(now),
    });
    claims = payload;
  } catch (error) {
    if (isTokenFault(error)) throw tokenInvalid(error.code);
    throw new FhirError('unavailable', '', { cause: error });
  }
  // Taken as plain bearer, a token bound to a key (DPoP, mutual TLS) would serve its thief as well.
  if (claims.cnf !== undefined) throw tokenInvalid('bound to a key');
  const principal = principalOf(claims, issuer);
  const expires = ((claims.exp as number) + issuer.clockSkewSeconds) * 1000;
  return { principal, issuer, until: Math.min(expires, now + REVERIFY_AFTER_MS) };
}

/** The issuer the token says it comes from, not proven yet. */
function issuerOf(token: string, issuers: readonly Issuer[]): Issuer {
  let claimed: string | undefined;
  try {
    claimed = decodeJwt(token).iss;
  } catch {
    throw tokenInvalid('not a JWT');
  }
  const issuer = issuers.find((candidate) => candidate.issuer === claimed);
  if (!issuer) throw tokenInvalid('unknown issuer');
  return issuer;
}

/** True when the token is to blame; false when its issuer's keys cannot be had. */
function isTokenFault(error: unknown): error is errors.JOSEError {
  return error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout) && error.code !== 'ERR_JOSE_GENERIC';
}

function principalOf(claims: JWTPayload, { claims: names }: Issuer): Omit<Principal, 'policies'> {
  const text = (name: string): string | undefined => {
    const value = claims[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const clientId = text(names.clientId);
  const purpose = text(names.purpose);
  if (clientId === undefined || purpose === undefined) throw tokenInvalid('client or purpose missing');
  const person = { userId: text(names.userId), patientId: text(names.patientId), fhirUser: text(names.fhirUser) };
  const scopes = (text(names.scope) ?? '').split(' ').filter((scope) => scope !== '');
  return {
    clientId,
    organizationUra: text(names.organizationUra),
    organizationName: text(names.organizationName),
    organizationType: text(names.organizationType),
    ...person,
    userRole: text(names.userRole),
    purpose,
    scopes: countingScopes(scopes, person),
  };
}

const REALM = 'Bearer realm="izp"';

function tokenMissing(): FhirError {
  return new FhirError('unauthenticated', 'An access token is required: Authorization: Bearer <token>.', {
    headers: { 'WWW-Authenticate': REALM },
  });
}

/** One sentence for every fault (RFC 6750's own); `reason` is for the log and holds nothing of the token. */
function tokenInvalid(reason: string): FhirError {
  const text = 'The access token is expired, revoked, malformed, or invalid for other reasons.';
  return new FhirError('unauthenticated', text, {
    headers: { 'WWW-Authenticate': `${REALM}, error="invalid_token", error_description="${text}"` },
    cause: reason,
  });
}
