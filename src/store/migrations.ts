// Brings the schema up to date: plain SQL files, forward only, each once, in the order of their names.
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Kysely, type Migration, type MigrationProvider, Migrator, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import type { ConnectionSettings } from './connection-settings.js';
import { CONNECT_TIMEOUT_MS, outliveBrokenConnections } from './pool.js';
import { ensureServiceRole } from './roles.js';
import { StartError } from './start-error.js';

/** At the same depth from src and from dist. */
export const MIGRATIONS_DIRECTORY = fileURLToPath(new URL('../../migrations', import.meta.url));

/** Session lock held while migrating, any number nobody else uses: several processes may start at once. */
const MIGRATION_LOCK = '5312807113';

/**
 * Applies every migration that is missing, all in one transaction, as the owner, while other starting processes wait; then the
 * service's role has its rights.
 * Returns the names applied. Throws StartError when the database cannot be reached or a migration fails.
 */
export async function migrate(connection: ConnectionSettings, directory = MIGRATIONS_DIRECTORY): Promise<string[]> {
  const lock = new pg.Client({ ...connection, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, application_name: 'izp-migrations' });
  // A broken connection shows in the queries below; without a listener it would end the process.
  lock.on('error', () => {});
  try {
    await lock.connect();
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const applied = await migrateAlone(connection, directory);
    await ensureServiceRole(lock, applied.length > 0);
    return applied;
  } catch (error) {
    throw error instanceof StartError ? error : new StartError(`The database cannot be reached: ${reasonOf(error)}.`, error);
  } finally {
    // Ends the session and with it the lock.
    await lock.end().catch(() => undefined);
  }
}

async function migrateAlone(connection: ConnectionSettings, directory: string): Promise<string[]> {
  const pool = new pg.Pool({ ...connection, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, max: 2, application_name: 'izp-migrations' });
  outliveBrokenConnections(pool);
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    const { error, results = [] } = await new Migrator({ db, provider: sqlFiles(directory) }).migrateToLatest();
    if (error) {
      const failed = results.find((result) => result.status === 'Error');
      throw new StartError(`Migration ${failed?.migrationName ?? 'check'} failed: ${reasonOf(error)}.`, error);
    }
    return results.map((result) => result.migrationName);
  } finally {
    await db.destroy();
  }
}

function sqlFiles(directory: string): MigrationProvider {
  return {
    async getMigrations() {
      const files = (await readdir(directory)).filter((name) => name.endsWith('.sql'));
      const migrations = await Promise.all(
        files.map(async (file): Promise<[string, Migration]> => {
          const text = await readFile(join(directory, file), 'utf8');
          return [basename(file, '.sql'), { up: async (db) => void (await sql.raw(text).execute(db)) }];
        }),
      );
      return Object.fromEntries(migrations);
    },
  };
}

/** One line. A refused connection can be an AggregateError without a message of its own. */
function reasonOf(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return (first instanceof Error ? first.message || first.name : String(first)).split('\n')[0] as string;
}
