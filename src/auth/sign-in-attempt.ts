// What a browser carries from leaving for the issuer until it comes back: sealed, so that nobody reads or makes one, and not for long.
// https://www.rfc-editor.org/rfc/rfc7519#section-11.2
import { EncryptJWT, errors, jwtDecrypt } from 'jose';

/** Seconds somebody may take to sign in at the issuer. */
export const ATTEMPT_SECONDS = 600;

const ALG = { alg: 'dir', enc: 'A256GCM' } as const;

export interface SignInAttempt {
  state: string;
  nonce: string;
  verifier: string;
  /** Path of this service to go to afterwards. */
  returnTo: string;
}

/** `key` has 32 bytes; `clock` gives epoch milliseconds. */
export async function sealAttempt(attempt: SignInAttempt, key: Uint8Array, clock: () => number): Promise<string> {
  const issued = Math.floor(clock() / 1000);
  return new EncryptJWT({ ...attempt })
    .setProtectedHeader(ALG)
    .setIssuedAt(issued)
    .setExpirationTime(issued + ATTEMPT_SECONDS)
    .encrypt(key);
}

/** The attempt with that state; undefined for any other, one that took too long, or none at all. */
export async function openAttempt(
  sealed: string | undefined,
  state: string,
  key: Uint8Array,
  clock: () => number,
): Promise<SignInAttempt | undefined> {
  if (sealed === undefined) return undefined;
  try {
    const { payload } = await jwtDecrypt<SignInAttempt>(sealed, key, {
      keyManagementAlgorithms: [ALG.alg],
      contentEncryptionAlgorithms: [ALG.enc],
      requiredClaims: ['exp'],
      currentDate: new Date(clock()),
    });
    const { nonce, verifier, returnTo } = payload;
    return payload.state === state ? { state, nonce, verifier, returnTo } : undefined;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}
