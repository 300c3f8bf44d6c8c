// Database transactions that either happen or do not: commits are checked, conflicts are run again.
// https://www.postgresql.org/docs/18/mvcc-serialization-failure-handling.html
import { setTimeout as delay } from 'node:timers/promises';
import type { ClientBase, PoolClient } from 'pg';
import { FhirError } from '../fhir/errors.js';
import { asUnavailable, troubleOf } from './database-errors.js';
import type { Database } from './pool.js';

/** A client between BEGIN and COMMIT. */
export type Transaction = ClientBase;

export interface TransactionOptions {
  readOnly?: boolean;
  /** `read committed` unless said otherwise; read-only transactions see one moment (`repeatable read`). */
  isolation?: 'read committed' | 'repeatable read' | 'serializable';
}

/** How long a transaction is run again, in ms: with conflicts longer than two waits for a lock, without a database as long as a restart. */
const PATIENCE_MS = { conflict: 12_000, broken: 4_000, overload: 0 };
/** Pauses double from the first to the longest, in ms, each shortened at random so that two that collided do not meet again. */
const FIRST_PAUSE_MS = 4;
const LONGEST_PAUSE_MS = 250;

/**
 * Runs `work` between BEGIN and COMMIT and resolves with its result once the commit is certain. On a serialization failure,
 * a deadlock, a lock timeout or a connection lost before the commit, `work` runs again from the start: it must have no other
 * effects. What `work` throws rolls back and is passed on. Throws FhirError 'unavailable' when patience runs out, or when the
 * connection was lost during COMMIT and nobody can know: the caller may send the request again under its idempotency key.
 */
export async function inTransaction<T>(
  database: Database,
  work: (tx: Transaction) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const begin = beginOf(options);
  const started = Date.now();
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const attempt = await attemptOnce(database, begin, work);
    if ('value' in attempt) return attempt.value;
    const trouble = troubleOf(attempt.error);
    // Writing where the caller asked for reading only is a fault of the service, not of a primary that became a standby.
    if (options.readOnly && (attempt.error as { code?: unknown }).code === '25006') throw attempt.error;
    if (attempt.inDoubt || trouble === undefined || Date.now() - started >= PATIENCE_MS[trouble]) throw asUnavailable(attempt.error);
    await delay(pause * Math.random());
  }
}

type Attempt<T> = { value: T } | { error: unknown; inDoubt: boolean };

async function attemptOnce<T>(database: Database, begin: string, work: (tx: Transaction) => Promise<T>): Promise<Attempt<T>> {
  let client: PoolClient | undefined;
  let committing = false;
  try {
    client = await database.pool.connect();
    await client.query(begin);
    const value = await work(client);
    committing = true;
    const { command } = await client.query('COMMIT');
    // After an error that `work` swallowed, PostgreSQL answers COMMIT with ROLLBACK and calls it a success.
    if (command !== 'COMMIT') throw new FhirError('internal', '', { cause: new Error(`COMMIT was answered with ${command}`) });
    client.release();
    return { value };
  } catch (error) {
    const broken = troubleOf(error) === 'broken';
    if (client) await giveBack(client, broken);
    return { error, inDoubt: committing && broken };
  }
}

async function giveBack(client: PoolClient, broken: boolean): Promise<void> {
  const clean =
    !broken &&
    (await client.query('ROLLBACK').then(
      () => true,
      () => false,
    ));
  // A connection in an unknown state is thrown away.
  client.release(!clean);
}

function beginOf({ readOnly, isolation = readOnly ? 'repeatable read' : 'read committed' }: TransactionOptions): string {
  return `BEGIN ISOLATION LEVEL ${isolation.toUpperCase()}${readOnly ? ' READ ONLY' : ''}`;
}
