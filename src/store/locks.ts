// Locks on names (a search's criteria, a patient) that last until the transaction ends.
import { createHash } from 'node:crypto';
import type { Transaction } from './transaction.js';

/**
 * Takes all locks in one statement, in one order for everybody, so that two transactions cannot wait for each other here.
 * Those of `shared` go together with each other and wait for exclusive ones.
 */
export async function lockAll(tx: Transaction, names: string[], shared: string[] = []): Promise<void> {
  const isShared = new Map<bigint, boolean>(shared.map((name) => [keyOf(name), true]));
  for (const name of names) isShared.set(keyOf(name), false);
  const keys = [...isShared.keys()].sort((a, b) => (a < b ? -1 : 1));
  if (keys.length === 0) return;
  await tx.query({
    name: 'lock_all',
    text: `SELECT CASE WHEN shared THEN pg_advisory_xact_lock_shared(key) ELSE pg_advisory_xact_lock(key) END
             FROM unnest($1::bigint[], $2::boolean[]) AS wanted(key, shared)`,
    values: [keys.map(String), keys.map((key) => isShared.get(key))],
  });
}

/** Takes those of the locks that can be had without waiting, and returns the others. For locks wanted late, out of the order of `lockAll`. */
export async function tryLocks(tx: Transaction, names: string[], mode: 'exclusive' | 'shared' = 'exclusive'): Promise<string[]> {
  if (names.length === 0) return [];
  const lock = mode === 'shared' ? 'pg_try_advisory_xact_lock_shared' : 'pg_try_advisory_xact_lock';
  const { rows } = await tx.query<{ taken: boolean }>({
    name: `try_locks_${mode}`,
    text: `SELECT ${lock}(key) AS taken FROM unnest($1::bigint[]) WITH ORDINALITY AS wanted(key, place) ORDER BY place`,
    values: [names.map((name) => String(keyOf(name)))],
  });
  return names.filter((_, i) => !rows[i]?.taken);
}

/** 64 bits of a hash: two names that meet by chance wait for each other, which is harmless. */
function keyOf(name: string): bigint {
  return createHash('sha256').update(name).digest().readBigInt64BE(0);
}
