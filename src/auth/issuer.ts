// Whose tokens are taken, and how each is read. Outside issuers differ in claim names, key sets and clocks.
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { ACCESS_TOKEN_TYPE, fhirBaseOf, TOKEN_SECONDS } from './access-token.js';
import { SIGNING_ALG, type SigningKeys } from './signing-keys.js';

/** Per field of the principal the claim that holds it. */
export interface ClaimNames {
  clientId: string;
  scope: string;
  purpose: string;
  organizationUra: string;
  organizationName: string;
  organizationType: string;
  userId: string;
  userRole: string;
  patientId: string;
  fhirUser: string;
}

/** The names this service writes itself. */
export const OWN_CLAIM_NAMES: ClaimNames = {
  clientId: 'client_id',
  scope: 'scope',
  purpose: 'purpose_of_use',
  organizationUra: 'organization_ura',
  organizationName: 'organization_name',
  organizationType: 'organization_type',
  userId: 'user_id',
  userRole: 'user_role',
  patientId: 'patient',
  fhirUser: 'fhirUser',
};

/** The names of RFC 7662 answers in the Dutch networks, where they differ from ours. */
export const INTROSPECTION_CLAIM_NAMES: ClaimNames = { ...OWN_CLAIM_NAMES, organizationType: 'organization_facility_type' };

/** How the claims of an issuer's tokens are read, and what its clients may. */
export interface IssuerTerms {
  /** The iss claim. */
  readonly issuer: string;
  /** The aud claim the token must have. */
  readonly audience: string;
  readonly claims: ClaimNames;
  /** Seconds its clock may differ from ours. */
  readonly clockSkewSeconds: number;
  /** The purpose of use of tokens that name none. */
  readonly defaultPurpose?: string;
  /** What its clients may. Left out, each client must be in our own registry, which names its policies. */
  readonly grants?: Grants;
}

/** Access policies of an outside issuer's clients. */
export interface Grants {
  /** Of every client that is not named itself. */
  readonly policies: readonly string[];
  /** Of these clients instead. */
  readonly byClient: Readonly<Record<string, readonly string[]>>;
  /** Besides, of tokens with these scopes. */
  readonly byScope: Readonly<Record<string, readonly string[]>>;
}

/** An issuer whose tokens are JWTs that we verify. */
export interface Issuer extends IssuerTerms {
  /** Signature algorithms taken from this issuer; asymmetric ones only. */
  readonly algorithms: readonly string[];
  /** Finds the key a token names: of the issuer's key set, or our own. */
  readonly keys: JWTVerifyGetKey;
  /** The header's typ, where the issuer sets one. */
  readonly tokenType?: string;
  /** Seconds since iat after which a token is refused whatever its exp says. */
  readonly maxAgeSeconds?: number;
}

/** An issuer whose tokens only it can read. */
export interface OpaqueIssuer extends IssuerTerms {
  /** The claims of an active token, undefined for any other. Throws when the issuer cannot be asked. */
  introspect(token: string): Promise<JWTPayload | undefined>;
}

/** The policies of one token, without repeats. */
export function grantedPolicies({ policies, byClient, byScope }: Grants, clientId: string, scopes: readonly string[]): string[] {
  const named = Object.hasOwn(byClient, clientId) ? byClient[clientId] : policies;
  const scoped = scopes.flatMap((scope) => (Object.hasOwn(byScope, scope) ? (byScope[scope] ?? []) : []));
  return [...new Set([...(named ?? []), ...scoped])];
}

/** This service as its own issuer. `baseUrl` is asked at each token: it is known only once the service listens. */
export function ownIssuer(baseUrl: () => string, keys: SigningKeys): Issuer {
  return {
    get issuer() {
      return baseUrl();
    },
    get audience() {
      return fhirBaseOf(baseUrl());
    },
    algorithms: [SIGNING_ALG],
    keys: keys.resolve,
    claims: OWN_CLAIM_NAMES,
    clockSkewSeconds: PROCESS_SKEW_SECONDS,
    tokenType: ACCESS_TOKEN_TYPE,
    maxAgeSeconds: TOKEN_SECONDS,
  };
}

/** Seconds the clocks of our own processes may differ: a token of one host must not come from the future of the next. */
const PROCESS_SKEW_SECONDS = 2;
