// The memory of proofs of possession that were used: each is good for one request, whichever process it reaches.
// https://www.rfc-editor.org/rfc/rfc9449#section-11.1
import type { Queryable } from './pool.js';

/** Forgotten per remembered proof: more than one, so that the table shrinks again after a burst. */
const FORGET_AT_ONCE = 20;

/**
 * Remembers that the proof was used. `proof` is 32 bytes that no other proof has. False when it was used before, in whichever
 * process. Forgets some whose time `expires` lies before `forgetBefore`.
 */
export async function rememberProof(db: Queryable, proof: Buffer, expires: Date, forgetBefore: Date): Promise<boolean> {
  // SKIP LOCKED: two processes that forget at the same time must not wait for, or deadlock with, each other.
  const result = await db.query({
    name: 'proof_remember',
    text: `WITH forgotten AS (
             DELETE FROM used_proof WHERE proof IN (
               SELECT proof FROM used_proof WHERE expires < $3 ORDER BY expires LIMIT ${FORGET_AT_ONCE} FOR UPDATE SKIP LOCKED))
           INSERT INTO used_proof (proof, expires) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
    values: [proof, expires, forgetBefore],
  });
  return result.rowCount === 1;
}
