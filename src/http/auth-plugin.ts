// Who sent this request: asked by every route but the open ones.
import { createHash } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import type { FastifyRequest } from 'fastify';
import type { Possession } from '../auth/possession.js';
import type { Principal } from '../auth/principal.js';
import type { TokenVerifier } from '../auth/verify-token.js';

/** The caller by the request's access token. Throws FhirError 'unauthenticated' (401, with WWW-Authenticate), or 'unavailable'. */
export function authenticate(request: FastifyRequest, verifier: TokenVerifier): Promise<Principal> {
  return verifier.verify(request.headers.authorization, () => possessionOf(request));
}

function possessionOf(request: FastifyRequest): Possession {
  const proof = request.headers.dpop;
  return {
    method: request.method,
    path: request.raw.url ?? '',
    proof: typeof proof === 'string' ? proof : proof?.join(),
    certificate: clientCertificate(request),
  };
}

/** SHA-256 of the client certificate (RFC 8705), when the connection has one that an accepted authority gave. */
function clientCertificate({ raw: { socket } }: FastifyRequest): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { raw } = socket.getPeerCertificate();
  return raw && createHash('sha256').update(raw).digest('base64url');
}
