// The access token this service gives and takes: a JWT for its own FHIR base.
// https://www.rfc-editor.org/rfc/rfc9068

/** The header's typ: no other JWT, a client assertion least of all, passes for an access token. */
export const ACCESS_TOKEN_TYPE = 'at+jwt';

/** Seconds a token lives: SMART's advice for backend services, and the longest a mistake lasts. */
export const TOKEN_SECONDS = 300;

/** Claims of the token; names of the Dutch networks' tokens where they have one. */
export interface AccessTokenClaims {
  iss: string;
  aud: string;
  sub: string;
  client_id: string;
  /** SMART v2 scopes, separated by spaces. */
  scope: string;
  jti: string;
  /** Seconds since 1970. */
  iat: number;
  exp: number;
  purpose_of_use: string;
  organization_ura?: string;
  organization_name?: string;
  organization_type?: string;
  user_id?: string;
  user_role?: string;
  /** Id of the patient whom the token of a person is about. */
  patient?: string;
  /** `Patient/id` or `RelatedPerson/id`: the person themselves. */
  fhirUser?: string;
  /** Thumbprint of the key whose holder alone may use the token (RFC 9449). */
  cnf?: { jkt: string };
}

/** The address of the FHIR API of the service at this base address: the audience of its tokens. */
export function fhirBaseOf(baseUrl: string): string {
  return `${baseUrl}/fhir/R4`;
}

/** The address of the token endpoint of the service at this base address: the audience of clients' assertions. */
export function tokenEndpointOf(baseUrl: string): string {
  return `${baseUrl}/oauth/token`;
}
