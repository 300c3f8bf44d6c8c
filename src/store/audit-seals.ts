// The audit log as the sealer and the verifier read it: ranges of its numbers, hashed inside the database.
import type { ClientBase } from 'pg';

/** One seal: a range of the log's numbers, what it held, and the seal before. Times in whole milliseconds, hashes SHA-256. */
export interface AuditSeal {
  number: number;
  /** Of the canonical text. */
  version: number;
  firstSeq: bigint;
  lastSeq: bigint;
  events: number;
  firstRecorded: Date;
  lastRecorded: Date;
  eventsHash: Buffer;
  previousHash: Buffer;
  hash: Buffer;
  sealed: Date;
  keyId: string;
  signature: Buffer;
}

/** What a range holds now. */
export interface RangeContent {
  events: number;
  hash: Buffer;
}

export const CANONICAL_VERSION = 1;

/**
 * The text of a row, version 1. Every value as its number of characters, a colon and its characters, `-` for none, in this order for
 * ever: what a later column holds needs a version of its own. Nothing in it depends on a setting of the session: times are
 * milliseconds since 1970, jsonb has one text.
 */
const CANONICAL_1 = [
  'seq::text',
  'id::text',
  '(extract(epoch FROM recorded) * 1000)::bigint::text',
  ...['patient_id', 'action', 'interaction', 'outcome', 'client_id', 'organization_ura', 'organization_type'],
  ...['user_id', 'user_role', 'purpose', 'policy', 'consent'],
  "CASE WHEN emergency THEN 't' ELSE 'f' END",
  ...['reason', 'entity', 'request_id', 'correlation_id', 'aorta_initial_request_id', 'aorta_request_id'],
  'details::text',
]
  .map((value) => `coalesce(length(${value})::text || ':' || ${value}, '-')`)
  .join(" || ',' || ");

/** SHA-256 over the SHA-256 of each row's text, in the order of their numbers. Of no rows: over nothing. */
export const EVENTS_HASH = `sha256(coalesce(string_agg(sha256(convert_to(${CANONICAL_1}, 'UTF8')), ''::bytea ORDER BY seq, id), ''::bytea))`;

/** A lock until the end of the transaction that one sealer, or one that drops what is old, has. False when another has it. */
export async function lockSeals(tx: ClientBase, wait = false): Promise<boolean> {
  const text = wait
    ? "SELECT true AS locked FROM (SELECT pg_advisory_xact_lock(hashtextextended('audit_seal', 0))) AS lock"
    : "SELECT pg_try_advisory_xact_lock(hashtextextended('audit_seal', 0)) AS locked";
  return (await tx.query<{ locked: boolean }>(text)).rows[0]?.locked === true;
}

export async function lastSeal(tx: ClientBase): Promise<AuditSeal | undefined> {
  const { rows } = await tx.query<SealRow>('SELECT * FROM audit_seal ORDER BY number DESC LIMIT 1');
  return rows[0] && sealOf(rows[0]);
}

/** The highest number given out so far, also to transactions that are under way; 0 when there is none. */
export async function lastNumber(tx: ClientBase): Promise<bigint> {
  const { rows } = await tx.query<{ last: string }>('SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS last FROM audit_event_seq');
  return BigInt(rows[0]?.last ?? 0);
}

/**
 * The transactions, in any session of any role, that may be writing to the log now; with `among` only those of them, and prepared
 * ones, which have a new name from then on.
 */
export async function writersOf(tx: ClientBase, among?: string[]): Promise<string[]> {
  const { rows } = await tx.query<{ virtualtransaction: string }>(
    `SELECT DISTINCT virtualtransaction FROM pg_locks
     WHERE locktype = 'relation' AND granted AND mode NOT IN ('AccessShareLock', 'RowShareLock', 'ShareUpdateExclusiveLock')
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND relation IN (SELECT 'audit_event'::regclass UNION ALL SELECT inhrelid FROM pg_inherits WHERE inhparent = 'audit_event'::regclass)
       AND ($1::text[] IS NULL OR virtualtransaction = ANY ($1) OR virtualtransaction LIKE '-1/%')`,
    [among ?? null],
  );
  return rows.map((row) => row.virtualtransaction);
}

export interface NextRange extends RangeContent {
  firstRecorded: Date;
  lastRecorded: Date;
  /** Of the last of the events. */
  lastSeq: bigint;
}

/** The first `limit` events after one number up to another. Undefined when there are none. */
export async function nextRange(tx: ClientBase, after: bigint, upTo: bigint, limit: number): Promise<NextRange | undefined> {
  const { rows } = await tx.query(
    `SELECT count(*)::int AS events, min(recorded) AS first, max(recorded) AS last, max(seq) AS seq, ${EVENTS_HASH} AS hash
     FROM (SELECT * FROM audit_event WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3) AS range`,
    [after, upTo, limit],
  );
  const [{ events, first, last, seq, hash }] = rows;
  return events === 0 ? undefined : { events, hash, firstRecorded: first, lastRecorded: last, lastSeq: BigInt(seq) };
}

export async function insertSeal(tx: ClientBase, seal: AuditSeal): Promise<void> {
  await tx.query(
    `INSERT INTO audit_seal (number, version, first_seq, last_seq, events, first_recorded, last_recorded, events_hash, previous_hash, hash, sealed, key_id, signature)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      ...[seal.number, seal.version, seal.firstSeq, seal.lastSeq, seal.events, seal.firstRecorded, seal.lastRecorded],
      ...[seal.eventsHash, seal.previousHash, seal.hash, seal.sealed, seal.keyId, seal.signature],
    ],
  );
}

/** Seals after a number, in order, each with what its range holds now. */
export async function sealsWithContent(tx: ClientBase, after: number, limit: number): Promise<(AuditSeal & { now: RangeContent })[]> {
  const { rows } = await tx.query<SealRow & { now_events: number; now_hash: Buffer }>(
    `SELECT s.*, now_events, now_hash FROM (SELECT * FROM audit_seal WHERE number > $1 ORDER BY number LIMIT $2) AS s
     CROSS JOIN LATERAL (SELECT count(*)::int AS now_events, ${EVENTS_HASH} AS now_hash FROM audit_event
                         WHERE seq BETWEEN s.first_seq AND s.last_seq) AS content
     ORDER BY s.number`,
    [after, limit],
  );
  return rows.map((row) => ({ ...sealOf(row), now: { events: row.now_events, hash: row.now_hash } }));
}

/** Events outside every seal: numbers that were never given, and those after the last seal. */
export async function unsealedEvents(tx: ClientBase, head: bigint): Promise<{ strange: number; waiting: number; oldest: Date | null }> {
  const { rows } = await tx.query(
    `SELECT count(*) FILTER (WHERE seq < 1)::int AS strange, count(*) FILTER (WHERE seq > $1)::int AS waiting,
            min(recorded) FILTER (WHERE seq > $1) AS oldest
     FROM audit_event WHERE seq < 1 OR seq > $1`,
    [head],
  );
  return rows[0];
}

/** Events with a number that the sequence has not come to. */
export async function eventsBeyond(tx: ClientBase, last: bigint): Promise<number> {
  const { rows } = await tx.query<{ n: number }>('SELECT count(*)::int AS n FROM audit_event WHERE seq > $1', [last]);
  return rows[0]?.n ?? 0;
}

interface SealRow {
  number: string;
  version: number;
  first_seq: string;
  last_seq: string;
  events: string;
  first_recorded: Date;
  last_recorded: Date;
  events_hash: Buffer;
  previous_hash: Buffer;
  hash: Buffer;
  sealed: Date;
  key_id: string;
  signature: Buffer;
}

function sealOf(row: SealRow): AuditSeal {
  return {
    number: Number(row.number),
    version: row.version,
    firstSeq: BigInt(row.first_seq),
    lastSeq: BigInt(row.last_seq),
    events: Number(row.events),
    firstRecorded: row.first_recorded,
    lastRecorded: row.last_recorded,
    eventsHash: row.events_hash,
    previousHash: row.previous_hash,
    hash: row.hash,
    sealed: row.sealed,
    keyId: row.key_id,
    signature: row.signature,
  };
}
