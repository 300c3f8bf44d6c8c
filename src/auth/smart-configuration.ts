// What a client needs to know before it asks for a token.
// https://hl7.org/fhir/smart-app-launch/conformance.html#using-well-known
import { tokenEndpointOf } from './access-token.js';
import { ASSERTION_ALGS } from './client-keys.js';

/** The discovery document of the service at this base address. */
export function smartConfiguration(baseUrl: string): Record<string, unknown> {
  return {
    issuer: baseUrl,
    jwks_uri: `${baseUrl}/oauth/jwks`,
    token_endpoint: tokenEndpointOf(baseUrl),
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGS,
    scopes_supported: ['system/*.cruds', 'system/*.rs'],
    // SMART asks for this list even where there is no authorization endpoint.
    code_challenge_methods_supported: ['S256'],
    capabilities: ['client-confidential-asymmetric', 'permission-v2'],
  };
}
