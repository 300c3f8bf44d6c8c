// Who sent this request: asked by every route but the open ones.
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../auth/principal.js';
import type { TokenVerifier } from '../auth/verify-token.js';

/** The caller by the request's bearer token. Throws FhirError 'unauthenticated' (401, with WWW-Authenticate), or 'unavailable'. */
export function authenticate(request: FastifyRequest, verifier: TokenVerifier): Promise<Principal> {
  return verifier.verify(request.headers.authorization);
}
