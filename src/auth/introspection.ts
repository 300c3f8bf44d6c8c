// Asks an issuer what an opaque token is worth. We prove who we are by a signed assertion, never by a shared secret.
// https://www.rfc-editor.org/rfc/rfc7662, https://www.rfc-editor.org/rfc/rfc7523#section-2.2
import { type CryptoKey, type JWTPayload, SignJWT } from 'jose';
import { ASSERTION_TYPE } from './client-assertion.js';

/** Milliseconds to wait for the answer: a request must not hang on another system. */
const ANSWER_TIMEOUT_MS = 3_000;

/** Seconds our assertion lives: one request, and some difference between two clocks. */
const ASSERTION_SECONDS = 60;

/** Characters of an answer. A real one has under 2,000. */
const MAX_ANSWER_CHARS = 65_536;

export interface IntrospectionClient {
  endpoint: string;
  /** The audience of our assertion: the issuer's name or its token endpoint, as the issuer wants it. */
  audience: string;
  /** Who we are at that issuer. */
  clientId: string;
  key: { privateKey: CryptoKey; alg: string; kid?: string };
}

export interface IntrospectionDeps {
  fetch: typeof globalThis.fetch;
  /** Epoch milliseconds. */
  clock: () => number;
  newId: () => string;
}

/** Gives the claims of an active token, undefined for any other. The function throws a plain Error when the issuer cannot be asked. */
export function createIntrospection(
  client: IntrospectionClient,
  { fetch, clock, newId }: IntrospectionDeps,
): (token: string) => Promise<JWTPayload | undefined> {
  async function assertion(): Promise<string> {
    const issued = Math.floor(clock() / 1000);
    return new SignJWT({})
      .setProtectedHeader({ alg: client.key.alg, kid: client.key.kid, typ: 'JWT' })
      .setIssuer(client.clientId)
      .setSubject(client.clientId)
      .setAudience(client.audience)
      .setJti(newId())
      .setIssuedAt(issued)
      .setExpirationTime(issued + ASSERTION_SECONDS)
      .sign(client.key.privateKey);
  }

  return async (token) => {
    const body = new URLSearchParams({
      token,
      token_type_hint: 'access_token',
      client_id: client.clientId,
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: await assertion(),
    });
    const response = await fetch(client.endpoint, {
      method: 'POST',
      body,
      headers: { accept: 'application/json' },
      // A redirect would carry the token to somebody else.
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    // Also when it refuses us: that says nothing about the caller's token.
    if (response.status !== 200) throw new Error(`introspection answers ${response.status}`);
    const text = await response.text();
    if (text.length > MAX_ANSWER_CHARS) throw new Error('introspection answers too much');
    return activeClaims(text);
  };
}

function activeClaims(text: string): JWTPayload | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    // The parser's own error would quote the answer.
    throw new Error('introspection answers no JSON');
  }
  const claims = typeof answer === 'object' && answer !== null ? (answer as JWTPayload & { active?: unknown }) : {};
  if (typeof claims.active !== 'boolean') throw new Error('introspection does not say whether the token is active');
  return claims.active ? claims : undefined;
}
