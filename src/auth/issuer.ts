// Whose tokens are taken, and how each is read. Outside issuers differ in claim names, key sets and clocks.
import type { JWTVerifyGetKey } from 'jose';
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

export interface Issuer {
  /** The iss claim. */
  readonly issuer: string;
  /** The aud claim the token must have. */
  readonly audience: string;
  /** Signature algorithms taken from this issuer; asymmetric ones only. */
  readonly algorithms: readonly string[];
  /** Finds the key a token names: jose's createRemoteJWKSet, or our own. */
  readonly keys: JWTVerifyGetKey;
  readonly claims: ClaimNames;
  /** Seconds its clock may differ from ours. */
  readonly clockSkewSeconds: number;
  /** The header's typ, where the issuer sets one. */
  readonly tokenType?: string;
  /** Seconds since iat after which a token is refused whatever its exp says. */
  readonly maxAgeSeconds?: number;
  /** Access policies of all its clients. Left out, each client must be in our own registry, which names its policies. */
  readonly policies?: readonly string[];
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
