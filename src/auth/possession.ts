// Tokens bound to a key: taken only from whoever proves to hold it, by DPoP or by the client certificate of the connection.
// https://www.rfc-editor.org/rfc/rfc9449#section-7, https://www.rfc-editor.org/rfc/rfc8705#section-3
import { FhirError } from '../fhir/errors.js';
import { judgeProof, type ProofDeps } from './dpop-proof.js';
import { proofInvalid, tokenInvalid } from './token-refusal.js';

/** What a token is bound to: a key by its JWK thumbprint, a client certificate by the SHA-256 of its DER form, or both. */
export interface Binding {
  jkt?: string;
  certificate?: string;
}

/** What a request brings besides its token. */
export interface Possession {
  method: string;
  /** Path and query as they were sent. */
  path: string;
  /** The DPoP header. */
  proof?: string;
  /** SHA-256, base64url, of the client certificate of the connection, when it is one of an accepted authority. */
  certificate?: string;
}

export interface PossessionDeps extends ProofDeps {
  /** The service's own address as clients see it, without a slash at the end. */
  baseUrl: () => string;
}

/** The binding of a `cnf` claim; undefined for a token that is not bound. Throws for one bound to what this service cannot check. */
export function bindingOf(cnf: unknown): Binding | undefined {
  if (cnf === undefined) return undefined;
  const known: Binding = {};
  for (const [name, value] of Object.entries(typeof cnf === 'object' && cnf !== null ? cnf : {})) {
    if (typeof value !== 'string' || value === '') throw tokenInvalid('bound to what is no thumbprint');
    if (name === 'jkt') known.jkt = value;
    else if (name === 'x5t#S256') known.certificate = value;
    else throw tokenInvalid('bound in an unknown way');
  }
  // Taken as plain bearer, a bound token would serve its thief as well.
  if (known.jkt === undefined && known.certificate === undefined) throw tokenInvalid('bound in an unknown way');
  return known;
}

/** Returns when the request proves what the token asks for. Throws FhirError 'unauthenticated', or 'unavailable'. */
export async function requirePossession(
  binding: Binding,
  isDpop: boolean,
  token: string,
  sent: Possession,
  deps: PossessionDeps,
): Promise<void> {
  if (binding.certificate !== undefined && binding.certificate !== sent.certificate) throw tokenInvalid('without its client certificate');
  if (binding.jkt === undefined) {
    if (isDpop) throw tokenInvalid('DPoP without a bound key');
    return;
  }
  if (!isDpop) throw proofInvalid('bound token as bearer', 'invalid_token');
  const request = { method: sent.method, url: `${deps.baseUrl()}${sent.path}`, token };
  const verdict = await judgeProof(sent.proof, request, deps, binding.jkt).catch((error: unknown) => {
    throw new FhirError('unavailable', '', { cause: error });
  });
  if (verdict.fault !== undefined) throw proofInvalid(verdict.fault, 'invalid_dpop_proof');
}
