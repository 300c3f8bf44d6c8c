// Drops whole months of the audit log whose time has passed, and leaves a signed note of what was dropped. The seals stay.
import { createHash } from 'node:crypto';
import {
  type AuditRetention,
  auditPartitions,
  dropPartition,
  partitionContent,
  remaindersOutside,
  retentionsOf,
  type SealRemainder,
} from '../store/audit-retention.js';
import { lastSeal, lockSeals } from '../store/audit-seals.js';
import type { Transaction } from '../store/transaction.js';
import type { SealKeys } from './seal-keys.js';

/** The law's least (NEN 7513): nothing younger is ever dropped, whatever is configured. */
export const LEAST_RETENTION_YEARS = 5;

/** The moment so many calendar years before another, UTC. */
export function yearsBefore(moment: Date, years: number): Date {
  const earlier = new Date(moment);
  earlier.setUTCFullYear(moment.getUTCFullYear() - years);
  return earlier;
}

/** What is signed of a drop: the drop, and what it left of the seals over its edges. */
export function retentionHash(drop: Omit<AuditRetention, 'signature'>, left: SealRemainder[]): Buffer {
  const { number, first, until, dropped, events, keyId } = drop;
  const lines = left.map(({ seal, events, hash }) => `${seal} ${events} ${hash.toString('hex')}`);
  const text = ['izp-audit-retention', number, first.getTime(), until.getTime(), dropped.getTime(), events, keyId, ...lines].join('\n');
  return createHash('sha256').update(text).digest();
}

export interface Dropped {
  month: string;
  events: number;
}

/**
 * Drops every month that ended at least `years` (5 or more) before `now`, in the caller's transaction as the owner of the tables.
 * The log must have been verified. Stops, with the month in `waiting`, at one with events that are not sealed yet.
 */
export async function retainAudit(
  tx: Transaction,
  { keys, years, now }: { keys: SealKeys; years: number; now: Date },
): Promise<{ dropped: Dropped[]; waiting?: string }> {
  if (!(years >= LEAST_RETENTION_YEARS)) throw new RangeError(`The audit log is kept for ${LEAST_RETENTION_YEARS} years at least.`);
  await lockSeals(tx, true);
  const head = await lastSeal(tx);
  const horizon = yearsBefore(now, years);
  const dropped: Dropped[] = [];
  let number = (await retentionsOf(tx)).length;
  for (const partition of await auditPartitions(tx)) {
    if (partition.until > horizon) break;
    const month = partition.first.toISOString().slice(0, 7);
    const { events, lastSeq } = await partitionContent(tx, partition);
    if (lastSeq > (head?.lastSeq ?? 0n)) return { dropped, waiting: month };
    const left = await remaindersOutside(tx, partition);
    const drop = { number: ++number, first: partition.first, until: partition.until, dropped: now, events, keyId: keys.keyId ?? '' };
    await dropPartition(tx, partition, { ...drop, signature: keys.sign(retentionHash(drop, left)) }, left);
    dropped.push({ month, events });
  }
  return { dropped };
}
