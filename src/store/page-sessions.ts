// Sessions of people at the pages. A row is found by the hash of a cookie; the cookie itself is nowhere but in the browser.
import type { Queryable } from './pool.js';

export interface PageSessionRow {
  issuer: string;
  subject: string;
  issuerSession: string | null;
  person: Record<string, unknown>;
  idToken: string | null;
}

export interface Moments {
  created: Date;
  expires: Date;
}

/** Forgotten per new session: more than one, so that the table shrinks again after a busy time. */
const FORGET_AT_ONCE = 20;

const COLUMNS = `issuer, subject, issuer_session AS "issuerSession", person, id_token AS "idToken"`;

/** Stores it under the 32 bytes of `id`, and forgets some that ended. */
export async function insertPageSession(db: Queryable, id: Buffer, row: PageSessionRow, { created, expires }: Moments): Promise<void> {
  await db.query({
    name: 'page_session_insert',
    text: `WITH forgotten AS (
             DELETE FROM page_session WHERE id IN (
               SELECT id FROM page_session WHERE expires < $6 ORDER BY expires LIMIT ${FORGET_AT_ONCE} FOR UPDATE SKIP LOCKED))
           INSERT INTO page_session (id, issuer, subject, issuer_session, person, created, last_seen, expires, id_token)
           VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8)`,
    values: [id, row.issuer, row.subject, row.issuerSession, JSON.stringify(row.person), created, expires, row.idToken],
  });
}

export interface Seen {
  now: Date;
  /** Sessions not seen since then have ended. */
  idleSince: Date;
  /** Only a session last seen before then is noted as seen again: not every request is worth a write. */
  noteBefore: Date;
}

/** The session as long as it lives; seeing it keeps it alive. */
export async function seePageSession(db: Queryable, id: Buffer, { now, idleSince, noteBefore }: Seen): Promise<PageSessionRow | undefined> {
  const { rows } = await db.query<PageSessionRow>({
    name: 'page_session_see',
    text: `WITH seen AS (
             UPDATE page_session SET last_seen = $2 WHERE id = $1 AND expires > $2 AND last_seen > $3 AND last_seen < $4)
           SELECT ${COLUMNS} FROM page_session WHERE id = $1 AND expires > $2 AND last_seen > $3`,
    values: [id, now, idleSince, noteBefore],
  });
  return rows[0];
}

/** Ends it; gives what it was. */
export async function deletePageSession(db: Queryable, id: Buffer): Promise<PageSessionRow | undefined> {
  const { rows } = await db.query<PageSessionRow>({
    name: 'page_session_delete',
    text: `DELETE FROM page_session WHERE id = $1 RETURNING ${COLUMNS}`,
    values: [id],
  });
  return rows[0];
}

/** Whose sessions an issuer ended: all of a person, one of its own sessions, or both. */
export interface EndedAtIssuer {
  subject?: string;
  issuerSession?: string;
}

/** Ends them; gives what they were. None where neither person nor session is named. */
export async function deletePageSessionsOf(
  db: Queryable,
  issuer: string,
  { subject, issuerSession }: EndedAtIssuer,
): Promise<PageSessionRow[]> {
  const { rows } = await db.query<PageSessionRow>({
    name: 'page_sessions_delete',
    text: `DELETE FROM page_session WHERE issuer = $1 AND num_nonnulls($2::text, $3::text) > 0
             AND ($2::text IS NULL OR subject = $2) AND ($3::text IS NULL OR issuer_session = $3) RETURNING ${COLUMNS}`,
    values: [issuer, subject ?? null, issuerSession ?? null],
  });
  return rows;
}
