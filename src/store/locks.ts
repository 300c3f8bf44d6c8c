// Locks on names (a search's criteria, a patient) that last until the transaction ends.
import { createHash } from 'node:crypto';
import type { Transaction } from './transaction.js';

/** Takes all locks in one statement, in one order for everybody, so that two transactions cannot wait for each other here. */
export async function lockAll(tx: Transaction, names: string[]): Promise<void> {
  const keys = [...new Set(names.map(keyOf))].sort((a, b) => (a < b ? -1 : 1));
  if (keys.length === 0) return;
  await tx.query({
    name: 'lock_all',
    text: 'SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS key',
    values: [keys.map(String)],
  });
}

/** 64 bits of a hash: two names that meet by chance wait for each other, which is harmless. */
function keyOf(name: string): bigint {
  return createHash('sha256').update(name).digest().readBigInt64BE(0);
}
