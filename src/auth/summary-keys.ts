// Signing and checking the offline summary: ES256, keys of its own beside those of tokens, public halves at a well-known address.
// https://www.rfc-editor.org/rfc/rfc7515
import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from 'jose';
import { KEYS_RELOAD_MS, type KeyKind } from './signing-keys.js';

/** Days a replaced key stays: what it signed last is valid for 90, and one more for clocks. */
const KEEP_DAYS = 92;
const DAY_MS = 86_400_000;
/** Enough of the thumbprint to tell own keys apart; every character is one more in the code. */
const KID_LENGTH = 8;
/** Clocks of phones and laptops differ from the service's, in seconds. */
const CLOCK_TOLERANCE = 300;

export const SUMMARY_KEYS: KeyKind = {
  alg: 'ES256',
  crv: 'P-256',
  prefix: 'summary',
  kidLength: KID_LENGTH,
  keepReplaced: KEEP_DAYS * DAY_MS + 2 * KEYS_RELOAD_MS,
};

export type CheckedSummary =
  | { ok: true; claims: unknown }
  | { ok: false; reason: 'unreadable' | 'unknown-key' | 'wrong-signature' | 'expired' | 'not-yet-valid' };

/** Holds a JWS to the public keys, without network. `type` is the typ it must have, `now` epoch milliseconds. */
export async function checkSummary(
  jws: string,
  jwks: JSONWebKeySet,
  { type, now }: { type: string; now: number },
): Promise<CheckedSummary> {
  try {
    const { payload } = await jwtVerify(jws, createLocalJWKSet(jwks), {
      algorithms: [SUMMARY_KEYS.alg],
      typ: type,
      currentDate: new Date(now),
      clockTolerance: CLOCK_TOLERANCE,
      requiredClaims: ['iat', 'exp', 'iss'],
    });
    if ((payload.iat as number) * 1000 > now + CLOCK_TOLERANCE * 1000) return { ok: false, reason: 'not-yet-valid' };
    return { ok: true, claims: payload };
  } catch (error) {
    if (error instanceof errors.JWTExpired) return { ok: false, reason: 'expired' };
    if (error instanceof errors.JWKSNoMatchingKey) return { ok: false, reason: 'unknown-key' };
    if (error instanceof errors.JWSSignatureVerificationFailed) return { ok: false, reason: 'wrong-signature' };
    return { ok: false, reason: 'unreadable' };
  }
}
