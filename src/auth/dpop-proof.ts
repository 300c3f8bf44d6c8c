// Proof that whoever sends a request holds a private key: a JWT made for this one request (DPoP).
// https://www.rfc-editor.org/rfc/rfc9449#section-4
import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, errors, type JWK, type JWTPayload, jwtVerify } from 'jose';
import type { Queryable } from '../store/pool.js';
import { rememberProof } from '../store/used-proofs.js';

/** Signature algorithms of a proof; asymmetric ones only. */
export const PROOF_ALGS: readonly string[] = ['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'PS256', 'PS384', 'RS256', 'RS384'];

/** Characters of a proof. A real one has under 1,000; more is refused before it is decoded. */
export const MAX_PROOF_CHARS = 8_192;

/** Seconds a proof is good for after it was made: one request on a slow line, and clocks that differ. */
export const PROOF_SECONDS = 60;

/** Seconds a proof may seem to come from the future, because its maker's clock is ahead of ours. */
export const PROOF_AHEAD_SECONDS = 10;

/** Milliseconds a used proof is remembered after its end: more than the clocks of our processes can differ. */
const REMEMBER_LONGER_MS = 600_000;

const MAX_JTI_CHARS = 255;

export interface ProofDeps {
  db: Queryable;
  /** Epoch milliseconds. */
  clock: () => number;
}

/** The request that brings the proof. */
export interface ProvedRequest {
  method: string;
  /** As clients see it; query and fragment do not count. */
  url: string;
  /** The access token that comes with it; none at the token endpoint. */
  token?: string;
}

/** Thumbprint of the key that made the proof (RFC 7638, SHA-256), or what is wrong with it in a word for the log. */
export type ProofVerdict = { jkt: string; fault?: undefined } | { fault: string };

/**
 * Judges the DPoP header of a request; a good proof is used up by it. `expected` is the thumbprint the token is bound to.
 * Throws only when the memory of used proofs cannot be asked.
 */
export async function judgeProof(
  proof: string | undefined,
  request: ProvedRequest,
  deps: ProofDeps,
  expected?: string,
): Promise<ProofVerdict> {
  // Several headers reach us joined by a comma, which no JWT has.
  if (proof === undefined) return { fault: 'no proof' };
  if (proof.length > MAX_PROOF_CHARS) return { fault: 'oversize proof' };
  const now = deps.clock();
  let payload: JWTPayload;
  let jkt: string;
  try {
    const verified = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: [...PROOF_ALGS],
      clockTolerance: PROOF_AHEAD_SECONDS,
      requiredClaims: ['iat', 'jti', 'htm', 'htu'],
      currentDate: new Date(now),
    });
    payload = verified.payload;
    jkt = await calculateJwkThumbprint(verified.protectedHeader.jwk as JWK);
  } catch (error) {
    return { fault: error instanceof errors.JOSEError ? error.code : 'unreadable proof' };
  }
  const fault = faultOfClaims(payload, request, now);
  if (fault !== undefined) return { fault };
  if (expected !== undefined && jkt !== expected) return { fault: 'proof of another key' };
  const expires = new Date(((payload.iat as number) + PROOF_SECONDS) * 1000);
  const fresh = await rememberProof(deps.db, sha256(`${jkt}.${payload.jti}`), expires, new Date(now - REMEMBER_LONGER_MS));
  return fresh ? { jkt } : { fault: 'proof used before' };
}

function faultOfClaims({ htm, htu, iat = 0, jti, ath }: JWTPayload, request: ProvedRequest, now: number): string | undefined {
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI_CHARS) return 'proof without a usable jti';
  if (htm !== request.method) return 'proof for another method';
  if (typeof htu !== 'string' || addressOf(htu) === undefined || addressOf(htu) !== addressOf(request.url))
    return 'proof for another address';
  if (iat > now / 1000 + PROOF_AHEAD_SECONDS) return 'proof from the future';
  if (iat < now / 1000 - PROOF_SECONDS) return 'proof too old';
  if (request.token !== undefined && ath !== sha256(request.token).toString('base64url')) return 'proof for another token';
  return undefined;
}

/** Scheme, host and path, written one way; undefined for what is no address. */
function addressOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { origin, pathname } = new URL(text);
  return `${origin}${pathname}`;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
