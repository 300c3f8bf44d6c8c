// From the Authorization header to the principal: a token of a known issuer, for us, in time, of a client still welcome, and from
// whoever holds the key it is bound to.
// https://www.rfc-editor.org/rfc/rfc6750, https://www.rfc-editor.org/rfc/rfc9449#section-7
import { hash } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { FhirError } from '../fhir/errors.js';
import type { ClientStatus, ClientStatusLookup } from './client-status.js';
import { grantedPolicies, type Issuer, type IssuerTerms, type OpaqueIssuer } from './issuer.js';
import { type Binding, bindingOf, type Possession, type PossessionDeps, requirePossession } from './possession.js';
import type { Principal } from './principal.js';
import { readToken } from './read-token.js';
import { countingScopes } from './scopes.js';
import { tokenInvalid, tokenMissing } from './token-refusal.js';

/** Characters of an Authorization header; a token has about 900. */
export const MAX_AUTHORIZATION_CHARS = 8_192;

/** Verified tokens remembered, about 1 kB each. The oldest go first and are verified anew when they return. */
const MAX_REMEMBERED_TOKENS = 10_000;

/** Milliseconds a token is taken without looking at its signature, or asking its issuer, again: a withdrawn key or token is out this soon. */
const REVERIFY_AFTER_MS = 60_000;

export interface TokenVerifier {
  /**
   * The principal of an Authorization header. `sent` gives the rest of the request, and is asked for tokens bound to a key alone.
   * Throws FhirError 'unauthenticated' (with WWW-Authenticate), or 'unavailable'.
   */
  verify(authorization: string | undefined, sent: () => Possession): Promise<Principal>;
}

export interface TokenVerifierDeps {
  issuers: readonly Issuer[];
  /** The one issuer that is asked about tokens which are not JWTs. */
  opaque?: OpaqueIssuer;
  /** Epoch milliseconds. */
  clock: () => number;
  clientStatus: ClientStatusLookup;
  possession: PossessionDeps;
}

interface Verified {
  principal: Omit<Principal, 'policies' | 'onProfileErrors'>;
  /** Where the issuer's configuration names them; otherwise the client must be in our registry. */
  policies: readonly string[] | undefined;
  binding: Binding | undefined;
  /** Epoch milliseconds until which it is taken without verifying again. */
  until: number;
  /** The whole principal, as long as the registry says the same of its client. */
  whole?: { status: ClientStatus | undefined; principal: Principal };
}

/** Verifies access tokens; each is verified once and then remembered by its hash until it expires. */
export function createTokenVerifier({ issuers, opaque, clock, clientStatus, possession }: TokenVerifierDeps): TokenVerifier {
  const remembered = new Map<string, Verified>();
  const underWay = new Map<string, Promise<Verified>>();

  async function verifyAnew(digest: string, token: string): Promise<Verified> {
    const entry = await verifyToken(token, issuers, opaque, clock());
    if (remembered.size >= MAX_REMEMBERED_TOKENS) remembered.delete(remembered.keys().next().value as string);
    remembered.set(digest, entry);
    return entry;
  }

  /** Requests that bring one new token at the same time wait for one verification. */
  function verified(token: string): Verified | Promise<Verified> {
    const digest = hash('sha256', token, 'base64');
    const known = remembered.get(digest);
    if (known && clock() < known.until) return known;
    remembered.delete(digest);
    if (!TOKEN.test(token)) throw tokenInvalid('malformed');
    let verifying = underWay.get(digest);
    if (!verifying) {
      verifying = verifyAnew(digest, token).finally(() => underWay.delete(digest));
      underWay.set(digest, verifying);
    }
    return verifying;
  }

  return {
    async verify(authorization, sent) {
      const { isDpop, token } = presentedToken(authorization);
      const entry = await verified(token);
      if (entry.binding) await requirePossession(entry.binding, isDpop, token, sent(), possession);
      else if (isDpop) throw tokenInvalid('DPoP without a bound key');
      return wholePrincipal(entry, entry.policies ? undefined : await registered(entry.principal.clientId, clientStatus));
    },
  };
}

/** One object for all requests of the token, so that what follows from it is worked out once; frozen, because they share it. */
function wholePrincipal(entry: Verified, status: ClientStatus | undefined): Principal {
  if (entry.whole?.status === status && entry.whole) return entry.whole.principal;
  const registry = status && { onProfileErrors: status.onProfileErrors };
  const policies = Object.freeze([...(entry.policies ?? status?.policies ?? [])]) as string[];
  const principal = Object.freeze({ ...entry.principal, policies, ...registry });
  entry.whole = { status, principal };
  return principal;
}

/** RFC 6750's b64token. */
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

/** The token of a Bearer or DPoP header. Another scheme counts as no token at all. */
function presentedToken(authorization: string | undefined): { isDpop: boolean; token: string } {
  if (authorization === undefined) throw tokenMissing();
  if (authorization.length > MAX_AUTHORIZATION_CHARS) throw tokenInvalid('oversize');
  const scheme = /^(?:Bearer|DPoP)(?= |$)/i.exec(authorization)?.[0];
  if (scheme === undefined) throw tokenMissing();
  return { isDpop: scheme.length === 'DPoP'.length, token: authorization.slice(scheme.length).trim() };
}

async function registered(clientId: string, clientStatus: ClientStatusLookup): Promise<ClientStatus> {
  const status = await clientStatus(clientId).catch((error: unknown) => {
    throw new FhirError('unavailable', '', { cause: error });
  });
  if (!status || status.revoked) throw tokenInvalid('client revoked');
  return status;
}

async function verifyToken(token: string, issuers: readonly Issuer[], opaque: OpaqueIssuer | undefined, now: number): Promise<Verified> {
  const { claims, issuer, expires } = await readToken(token, issuers, opaque, now);
  const principal = principalOf(claims, issuer);
  const scopes = scopesOf(claims, issuer.claims.scope);
  return {
    principal,
    policies: issuer.grants && grantedPolicies(issuer.grants, principal.clientId, scopes),
    binding: bindingOf(claims.cnf),
    until: Math.min(expires ?? Number.POSITIVE_INFINITY, now + REVERIFY_AFTER_MS),
  };
}

/** Who the claims of an issuer name. Throws FhirError 'unauthenticated' when they name no client. */
export function principalOf(
  claims: JWTPayload,
  { claims: names, defaultPurpose }: Pick<IssuerTerms, 'claims' | 'defaultPurpose'>,
): Omit<Principal, 'policies'> {
  const text = (name: string): string | undefined => {
    const value = claimAt(claims, name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const clientId = text(names.clientId);
  const purpose = text(names.purpose) ?? defaultPurpose;
  if (clientId === undefined || purpose === undefined) throw tokenInvalid('client or purpose missing');
  const person = { userId: text(names.userId), patientId: text(names.patientId), fhirUser: text(names.fhirUser) };
  return {
    clientId,
    organizationUra: text(names.organizationUra),
    organizationName: text(names.organizationName),
    organizationType: text(names.organizationType),
    ...person,
    userRole: text(names.userRole),
    purpose,
    scopes: countingScopes(scopesOf(claims, names.scope), person),
  };
}

/** A list, or one text separated by spaces: issuers write scopes both ways. */
function scopesOf(claims: JWTPayload, name: string): string[] {
  const value = claimAt(claims, name);
  const texts = Array.isArray(value) ? value : [value];
  return texts.flatMap((text) => (typeof text === 'string' ? text.split(' ').filter((scope) => scope !== '') : []));
}

/** The claim of that name; where there is none, dots in the name lead into objects: subject.organization_id. */
function claimAt(claims: JWTPayload, name: string): unknown {
  if (Object.hasOwn(claims, name) || !name.includes('.')) return claims[name];
  return name
    .split('.')
    .reduce<unknown>(
      (at, part) => (typeof at === 'object' && at !== null && Object.hasOwn(at, part) ? (at as JWTPayload)[part] : undefined),
      claims,
    );
}
