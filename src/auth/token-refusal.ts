// The 401s of a protected address, each with the challenges of the schemes it takes.
// https://www.rfc-editor.org/rfc/rfc6750#section-3, https://www.rfc-editor.org/rfc/rfc9449#section-7.1
import { FhirError } from '../fhir/errors.js';
import { PROOF_ALGS } from './dpop-proof.js';

const BEARER = 'Bearer realm="izp"';
const DPOP = 'DPoP realm="izp"';
const ALGS = `algs="${PROOF_ALGS.join(' ')}"`;

const INVALID_TOKEN = 'The access token is expired, revoked, malformed, or invalid for other reasons.';
const INVALID_PROOF = 'The access token is bound to a key, and the request does not prove that its sender holds it.';

export function tokenMissing(): FhirError {
  return new FhirError('unauthenticated', 'An access token is required: Authorization: Bearer <token>, or DPoP <token> with a proof.', {
    headers: { 'WWW-Authenticate': `${BEARER}, ${DPOP}, ${ALGS}` },
  });
}

/** One sentence for every fault (RFC 6750's own); `reason` is for the log and holds nothing of the token. */
export function tokenInvalid(reason: string): FhirError {
  return new FhirError('unauthenticated', INVALID_TOKEN, {
    headers: { 'WWW-Authenticate': `${BEARER}, error="invalid_token", error_description="${INVALID_TOKEN}"` },
    cause: reason,
  });
}

/** For a bound token without what it is bound to. `error` is `invalid_token` where no proof was tried. */
export function proofInvalid(reason: string, error: 'invalid_token' | 'invalid_dpop_proof'): FhirError {
  return new FhirError('unauthenticated', INVALID_PROOF, {
    headers: { 'WWW-Authenticate': `${DPOP}, error="${error}", error_description="${INVALID_PROOF}", ${ALGS}` },
    cause: reason,
  });
}
