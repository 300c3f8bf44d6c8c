// Which records are due by the years they must be kept after their last change: for who runs the service. Ids and days, no content.
import type { Principal } from '../auth/principal.js';
import type { Database } from '../store/pool.js';
import { type DueRecord, recordsUnchangedSince } from '../store/retention.js';
import { requirePolicy } from './require-policy.js';

/** WGBO, article 7:454 of the Dutch civil code: from the last change on. */
export const RETENTION_YEARS = 20;

/** At most `count` of them by id, after the id `after`. Throws 'forbidden' for callers without the policy admin. */
export async function recordsDue(
  { database, now }: { database: Database; now(): number },
  principal: Principal,
  { after, count }: { after: string; count: number },
): Promise<DueRecord[]> {
  requirePolicy(principal, 'admin');
  const before = new Date(now());
  before.setUTCFullYear(before.getUTCFullYear() - RETENTION_YEARS);
  return recordsUnchangedSince(database, before, after, count);
}
