// What of the audit log was dropped because its time had passed, and what is left of the seals over its edges. Written as the owner.
import pg from 'pg';
import { EVENTS_HASH, type RangeContent } from './audit-seals.js';
import type { Transaction } from './transaction.js';

/** One month that was dropped: recorded from `first` to before `until`. */
export interface AuditRetention {
  number: number;
  first: Date;
  until: Date;
  /** When it was dropped. */
  dropped: Date;
  events: number;
  keyId: string;
  signature: Buffer;
}

/** What a seal's range still holds after the drop. */
export interface SealRemainder extends RangeContent {
  seal: number;
}

export interface AuditPartition {
  name: string;
  first: Date;
  until: Date;
}

const RETENTIONS = `SELECT number::int, first, until, dropped, events::int, key_id AS "keyId", signature FROM audit_retention ORDER BY number`;

export async function retentionsOf(tx: Transaction): Promise<AuditRetention[]> {
  return (await tx.query<AuditRetention>(RETENTIONS)).rows;
}

/** By the drop that left them, in the order of seals. */
export async function remaindersOf(tx: Transaction, retention: number): Promise<SealRemainder[]> {
  const { rows } = await tx.query<SealRemainder>(
    'SELECT seal::int, events::int, events_hash AS hash FROM audit_seal_remainder WHERE retention = $1 ORDER BY seal',
    [retention],
  );
  return rows;
}

/** The log's months, oldest first; the default partition is none. */
export async function auditPartitions(tx: Transaction): Promise<AuditPartition[]> {
  const { rows } = await tx.query<{ name: string; month: string }>(
    `SELECT relname::text AS name, substring(relname FROM '\\d{4}_\\d{2}$') AS month FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
     WHERE inhparent = 'audit_event'::regclass AND relname ~ '^audit_event_\\d{4}_\\d{2}$' ORDER BY relname`,
  );
  return rows.map(({ name, month }) => {
    const [year, ofYear] = month.split('_').map(Number) as [number, number];
    return { name, first: new Date(Date.UTC(year, ofYear - 1)), until: new Date(Date.UTC(year, ofYear)) };
  });
}

/** How many events a month has, and the highest of their numbers (0 when there are none). */
export async function partitionContent(tx: Transaction, { name }: AuditPartition): Promise<{ events: number; lastSeq: bigint }> {
  const { rows } = await tx.query(`SELECT count(*)::int AS events, coalesce(max(seq), 0) AS last FROM ${pg.escapeIdentifier(name)}`);
  return { events: rows[0].events, lastSeq: BigInt(rows[0].last) };
}

/** Of every seal whose events reach over an edge of the months given, what its range holds outside the last of them. */
export async function remaindersOutside(tx: Transaction, dropped: AuditPartition): Promise<SealRemainder[]> {
  const { rows } = await tx.query<SealRemainder>(
    `SELECT s.number::int AS seal, content.events, content.hash
     FROM audit_seal AS s CROSS JOIN LATERAL (
       SELECT count(*)::int AS events, ${EVENTS_HASH} AS hash FROM audit_event
       WHERE seq BETWEEN s.first_seq AND s.last_seq AND NOT (recorded >= $1 AND recorded < $2)) AS content
     WHERE s.first_recorded < $2 AND s.last_recorded >= $1 AND NOT (s.first_recorded >= $1 AND s.last_recorded < $2)
     ORDER BY s.number`,
    [dropped.first, dropped.until],
  );
  return rows;
}

/** Drops the month and notes that it was. The log cannot be written for the moment this takes. */
export async function dropPartition(tx: Transaction, { name }: AuditPartition, drop: AuditRetention, left: SealRemainder[]): Promise<void> {
  await tx.query(
    'INSERT INTO audit_retention (number, first, until, dropped, events, key_id, signature) VALUES ($1, $2, $3, $4, $5, $6, $7)',
    [...[drop.number, drop.first, drop.until, drop.dropped, drop.events, drop.keyId, drop.signature]],
  );
  for (const { seal, events, hash } of left)
    await tx.query('INSERT INTO audit_seal_remainder (retention, seal, events, events_hash) VALUES ($1, $2, $3, $4)', [
      ...[drop.number, seal, events, hash],
    ]);
  await tx.query(`DROP TABLE ${pg.escapeIdentifier(name)}`);
}
