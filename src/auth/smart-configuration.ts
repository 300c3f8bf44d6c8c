// Where clients find how to get a token: SMART's discovery document.
// https://hl7.org/fhir/smart-app-launch/conformance.html#using-well-known
import { tokenEndpointOf } from './access-token.js';
import { ASSERTION_ALGS } from './client-keys.js';
import { PROOF_ALGS } from './dpop-proof.js';
import { PERSON_GRANT } from './person-assertion.js';

const AUTHENTICATION = {
  token_endpoint_auth_methods_supported: ['private_key_jwt'],
  token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGS,
};

const SCOPES_AND_BINDING = {
  scopes_supported: ['system/*.cruds', 'system/*.rs', 'user/*.cruds', 'patient/*.rs'],
  dpop_signing_alg_values_supported: PROOF_ALGS,
  // SMART asks for this list even where there is no authorization endpoint.
  code_challenge_methods_supported: ['S256'],
  capabilities: ['client-confidential-asymmetric', 'permission-v2', 'permission-patient', 'permission-user'],
};

/** The document of the service at this base address, which gives tokens itself. */
export function smartConfiguration(baseUrl: string): Record<string, unknown> {
  return {
    issuer: baseUrl,
    jwks_uri: `${baseUrl}/oauth/jwks`,
    token_endpoint: tokenEndpointOf(baseUrl),
    grant_types_supported: ['client_credentials', PERSON_GRANT],
    ...AUTHENTICATION,
    ...SCOPES_AND_BINDING,
  };
}

/** The document of a service that takes tokens of an outside issuer. How clients prove themselves there, that issuer tells. */
export function outsideConfiguration(elsewhere: { issuer: string; tokenEndpoint: string; jwksUri?: string }): Record<string, unknown> {
  return {
    issuer: elsewhere.issuer,
    ...(elsewhere.jwksUri !== undefined && { jwks_uri: elsewhere.jwksUri }),
    token_endpoint: elsewhere.tokenEndpoint,
    grant_types_supported: ['client_credentials'],
    ...AUTHENTICATION,
    ...SCOPES_AND_BINDING,
  };
}
