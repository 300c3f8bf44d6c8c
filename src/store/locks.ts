// Locks on names (a search's criteria, a patient) that last until the transaction ends.
import { createHash } from 'node:crypto';
import type { Transaction } from './transaction.js';

/**
 * Takes all locks in one statement, in one order for everybody, so that two transactions cannot wait for each other here.
 * `shared` locks go together with each other and wait for exclusive ones.
 */
export async function lockAll(tx: Transaction, names: string[], mode: 'exclusive' | 'shared' = 'exclusive'): Promise<void> {
  const keys = keysOf(names);
  if (keys.length === 0) return;
  const lock = mode === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock';
  await tx.query({ name: `lock_all_${mode}`, text: `SELECT ${lock}(key) FROM unnest($1::bigint[]) AS key`, values: [keys.map(String)] });
}

/** Takes those of the locks that nobody holds, without waiting, and tells which. For locks wanted late, out of the order of `lockAll`. */
export async function tryLocks(tx: Transaction, names: string[]): Promise<string[]> {
  if (names.length === 0) return [];
  const { rows } = await tx.query<{ taken: boolean }>({
    name: 'try_locks',
    text: 'SELECT pg_try_advisory_xact_lock(key) AS taken FROM unnest($1::bigint[]) WITH ORDINALITY AS wanted(key, place) ORDER BY place',
    values: [names.map((name) => String(keyOf(name)))],
  });
  return names.filter((_, i) => rows[i]?.taken);
}

function keysOf(names: string[]): bigint[] {
  return [...new Set(names.map(keyOf))].sort((a, b) => (a < b ? -1 : 1));
}

/** 64 bits of a hash: two names that meet by chance wait for each other, which is harmless. */
function keyOf(name: string): bigint {
  return createHash('sha256').update(name).digest().readBigInt64BE(0);
}
