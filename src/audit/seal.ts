// Seals the audit log in batches: each seal holds the hash of a range of events and of the seal before it, signed with a key from
// outside the database. A changed, missing or added event, or a missing seal, breaks the chain.
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type AuditSeal,
  CANONICAL_VERSION,
  insertSeal,
  lastNumber,
  lastSeal,
  lockSeals,
  nextRange,
  writersOf,
} from '../store/audit-seals.js';
import type { Database } from '../store/pool.js';
import { inTransaction, type Transaction } from '../store/transaction.js';
import type { SealKeys } from './seal-keys.js';

/** Before the first seal. */
export const NO_HASH: Buffer = Buffer.alloc(32);
/** Events under one seal at most: what the database hashes in some hundredths of a second. */
const MAX_EVENTS = 10_000;
/** Longer than a statement or an idle transaction of the service may last, in ms. */
const SETTLE_PATIENCE_MS = 45_000;
const SETTLE_PAUSE_MS = 50;

/** What is hashed and signed: all that the seal says but its hash and signature. */
export function sealText(seal: Omit<AuditSeal, 'hash' | 'signature'>): string {
  const { number, version, firstSeq, lastSeq, events, firstRecorded, lastRecorded, eventsHash, previousHash, sealed, keyId } = seal;
  return [
    ...['izp-audit-seal', number, version, firstSeq, lastSeq, events, firstRecorded.getTime(), lastRecorded.getTime()],
    ...[eventsHash.toString('hex'), previousHash.toString('hex'), sealed.getTime(), keyId],
  ].join('\n');
}

export function sealHash(seal: Omit<AuditSeal, 'hash' | 'signature'>): Buffer {
  return createHash('sha256').update(sealText(seal)).digest();
}

export interface SealerDeps {
  database: Database;
  keys: SealKeys;
  /** Epoch milliseconds. */
  clock: () => number;
}

/**
 * Seals every event whose place in the order is settled. Resolves with how many: 0 when there are none, when another process is at
 * it, or when a writer takes too long (the next call goes on). Throws when the log was sealed with a key that is not among `keys`.
 */
export async function sealAudit(deps: SealerDeps): Promise<number> {
  return inTransaction(deps.database, async (tx) => {
    if (!(await lockSeals(tx))) return 0;
    const settled = await settledNumber(tx);
    if (settled === undefined) return 0;
    let head = await lastSeal(tx);
    if (head && !deps.keys.keyIds.includes(head.keyId))
      throw new Error(`the audit log was sealed with the key ${head.keyId}, which is not here`);
    let events = 0;
    for (;;) {
      const seal = await nextSeal(tx, head, settled, deps);
      if (!seal) return events;
      await insertSeal(tx, seal);
      events += seal.events;
      head = seal;
    }
  });
}

async function nextSeal(
  tx: Transaction,
  head: AuditSeal | undefined,
  settled: bigint,
  { keys, clock }: SealerDeps,
): Promise<AuditSeal | undefined> {
  const before = head?.lastSeq ?? 0n;
  const range = await nextRange(tx, before, settled, MAX_EVENTS);
  if (!range || keys.keyId === undefined) return undefined;
  const seal = {
    number: (head?.number ?? 0) + 1,
    version: CANONICAL_VERSION,
    firstSeq: before + 1n,
    lastSeq: range.events < MAX_EVENTS ? settled : range.lastSeq,
    events: range.events,
    firstRecorded: range.firstRecorded,
    lastRecorded: range.lastRecorded,
    eventsHash: range.hash,
    previousHash: head?.hash ?? NO_HASH,
    sealed: new Date(clock()),
    keyId: keys.keyId,
  };
  const hash = sealHash(seal);
  return { ...seal, hash, signature: keys.sign(hash) };
}

/**
 * A number up to which nothing can be added any more. Undefined when a writer takes too long.
 *
 * Why it is exact. A number is taken from the sequence (which keeps none in reserve) while the statement that writes the row runs, and
 * that statement locked the table, or the partition, before it started; PostgreSQL holds that lock until the transaction has ended.
 * So, for the number M that the sequence has come to: whoever has taken a number up to M, and is not done, holds the lock now. All
 * locks are visible to every role, other roles' and prepared transactions' too, which is not so of pg_stat_activity. Once every
 * transaction that was seen with the lock after M was read has let go, each number up to M is in a row that is committed, or never
 * will be: a transaction is visible to new snapshots before it lets go of its locks. And each statement here has a new snapshot.
 * Transactions that come later take numbers above M and are not waited for, so the log is never held up.
 */
async function settledNumber(tx: Transaction): Promise<bigint | undefined> {
  const number = await lastNumber(tx);
  let writers = await writersOf(tx);
  for (const until = Date.now() + SETTLE_PATIENCE_MS; writers.length > 0; writers = await writersOf(tx, writers)) {
    if (Date.now() > until) return undefined;
    await delay(SETTLE_PAUSE_MS);
  }
  return number;
}
