// Codes of the demo issuer: each is good for one token request, whichever process it reaches.
// https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
import type { Queryable } from './pool.js';

/** Forgotten per new code: more than one, so that the table shrinks again. */
const FORGET_AT_ONCE = 20;

/** Stores what the code, known by the 32 bytes of its hash, was given for; forgets some that nobody asked for in time. */
export async function insertAuthorizationCode(db: Queryable, code: Buffer, granted: object, now: Date, expires: Date): Promise<void> {
  await db.query({
    name: 'authorization_code_insert',
    text: `WITH forgotten AS (
             DELETE FROM authorization_code WHERE code IN (
               SELECT code FROM authorization_code WHERE expires < $3 ORDER BY expires LIMIT ${FORGET_AT_ONCE} FOR UPDATE SKIP LOCKED))
           INSERT INTO authorization_code (code, granted, expires) VALUES ($1, $2, $4)`,
    values: [code, JSON.stringify(granted), now, expires],
  });
}

/** Uses the code up, whatever becomes of the request that brought it; undefined when there is none, or its time is over. */
export async function takeAuthorizationCode<T>(db: Queryable, code: Buffer, now: Date): Promise<T | undefined> {
  const { rows } = await db.query<{ granted: T; expires: Date }>({
    name: 'authorization_code_take',
    text: 'DELETE FROM authorization_code WHERE code = $1 RETURNING granted, expires',
    values: [code],
  });
  const [row] = rows;
  return row && row.expires > now ? row.granted : undefined;
}
