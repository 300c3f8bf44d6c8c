// The client's side of the token endpoint: sign an assertion, ask for a token.
// https://hl7.org/fhir/smart-app-launch/backend-services.html#obtain-access-token
import { importJWK, type JWK, SignJWT } from 'jose';
import { tokenEndpointOf } from './access-token.js';
import { ASSERTION_TYPE } from './client-assertion.js';
import { PERSON_GRANT, type Person } from './person-assertion.js';
import type { TokenResponse } from './token-endpoint.js';

/** Seconds the assertion lives: one request, and some difference between two clocks. */
const ASSERTION_SECONDS = 60;

/** Milliseconds to wait for the answer. */
const ANSWER_TIMEOUT_MS = 10_000;

export interface TokenRequest {
  /** Address of the service, without a slash at the end. */
  baseUrl: string;
  clientId: string;
  /** With kid and alg. */
  privateJwk: JWK;
  /** SMART v2 scopes separated by spaces; everything the client holds when left out. */
  scope?: string;
  purpose?: string;
  userId?: string;
  userRole?: string;
  /** The patient or representative whom the client vouches for; then the token is theirs. */
  person?: Person;
}

export interface RequestTokenDeps {
  fetch: typeof globalThis.fetch;
  clock: () => number;
  newId: () => string;
}

/** The refusal of a token endpoint, in its own words. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
}

/** Gets an access token. Throws TokenRefused when the endpoint says no, and what `fetch` throws when it does not answer. */
export async function requestToken(request: TokenRequest, deps: RequestTokenDeps): Promise<TokenResponse> {
  const endpoint = tokenEndpointOf(request.baseUrl);
  const { person, userId, userRole } = request;
  const form = new URLSearchParams({
    grant_type: person ? PERSON_GRANT : 'client_credentials',
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: await signed(request, { user_id: userId, user_role: userRole }, endpoint, deps),
  });
  if (person) form.set('assertion', await signed(request, { sub: person.fhirUser, patient: person.patientId }, endpoint, deps));
  if (request.scope !== undefined) form.set('scope', request.scope);
  if (request.purpose !== undefined) form.set('purpose', request.purpose);
  const response = await deps.fetch(endpoint, { method: 'POST', body: form, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  const answer = (await response.json().catch(() => ({}))) as Partial<TokenResponse> & { error?: string; error_description?: string };
  if (response.ok && typeof answer.access_token === 'string') return answer as TokenResponse;
  throw new TokenRefused(answer.error ? `${answer.error}: ${answer.error_description ?? ''}` : `status ${response.status}`);
}

/** An assertion of the client, about itself unless the claims name somebody else as `sub`. */
async function signed(
  { clientId, privateJwk }: TokenRequest,
  claims: Record<string, string | undefined>,
  audience: string,
  deps: RequestTokenDeps,
): Promise<string> {
  const issued = Math.floor(deps.clock() / 1000);
  return new SignJWT({ sub: clientId, ...claims })
    .setProtectedHeader({ alg: privateJwk.alg ?? '', kid: privateJwk.kid, typ: 'JWT' })
    .setIssuer(clientId)
    .setAudience(audience)
    .setJti(deps.newId())
    .setIssuedAt(issued)
    .setExpirationTime(issued + ASSERTION_SECONDS)
    .sign(await importJWK(privateJwk));
}
