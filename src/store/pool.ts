// The service's connections to PostgreSQL: a pool for transactions and searches, and a few kept apart for point reads and the audit.
import pg from 'pg';
import type { ConnectionSettings } from './connection-settings.js';
import { asUnavailable, troubleOf } from './database-errors.js';
import { NearReader } from './near-reader.js';
import { PointReader } from './point-reader.js';
import { ReconnectingClient } from './reconnecting-client.js';
import { asServiceRole } from './roles.js';
import { StartError } from './start-error.js';

/** A pool, or a client inside the caller's transaction. */
export type Queryable = pg.Pool | pg.ClientBase;

/** No single statement of the service takes this long unless something is wrong, in ms. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** A writer that waited this long for another lets go and tries again, in ms. */
const LOCK_TIMEOUT_MS = 5_000;
/** A transaction whose process hangs must not hold its locks for ever, in ms. */
const IDLE_TRANSACTION_TIMEOUT_MS = 30_000;
/** A database that takes the connection and says nothing is out of reach after this, in ms. */
export const CONNECT_TIMEOUT_MS = 5_000;
/** Point reads and audit writes take under a millisecond; one that takes this long hangs on a dead network, in ms. */
const POINT_TIMEOUT_MS = 3_000;
const READ_ATTEMPTS = 2;
/** Connections for emergency answers that must be computed anew, broken glass, and looking up clients: rare and short, so two do. */
const RESERVED_POOL = 2;

export interface PoolSizes {
  /** Connections for transactions and searches. */
  pool: number;
  /** Pipelined connections for point reads, and as many for searches within one patient's record. */
  points: number;
}

export interface Database {
  /** For transactions (see inTransaction) and for statements that must not be repeated. */
  readonly pool: pg.Pool;
  /** Reads of one row by its key. */
  readonly points: PointReader;
  /** Searches within one patient's record. */
  readonly nearReads: NearReader;
  /** The audit writer's own connection. */
  readonly audit: ReconnectingClient;
  /** The same database over connections that emergency answers, and knowing who asks for one, have for themselves. */
  readonly emergency: Database;
  /** One statement that may safely run twice, outside a transaction. Throws 'unavailable' when the database cannot answer. */
  read<R extends pg.QueryResultRow>(statement: pg.QueryConfig): Promise<R[]>;
  /** Lets go of all connections after what is under way has ended. */
  close(): Promise<void>;
}

/**
 * Plans of prepared statements are kept, also those made while the tables were small and reading them whole was cheapest. All
 * that the service asks has its index; where there is none the table is read nevertheless.
 */
const ALWAYS_BY_INDEX = '-c enable_seqscan=off';

/**
 * Statements of these connections find few rows by a key whatever is bound in them, so one plan does for all values. Left to choose,
 * the database guesses that a plan for the values at hand is cheaper, and plans anew for each answer: ten times the cost of the card.
 */
const ONE_PLAN_PER_STATEMENT = '-c plan_cache_mode=force_generic_plan';

/** Connects as the service's role, whoever logs in, and returns when the database has answered once. Throws StartError when it does not. */
export async function openDatabase(connection: ConnectionSettings, sizes: PoolSizes): Promise<Database> {
  const asService = asServiceRole(connection);
  const shared = {
    ...asService,
    options: `${asService.options} ${ALWAYS_BY_INDEX}`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
    keepAlive: true,
  };
  const pool = new pg.Pool({ ...shared, max: sizes.pool, statement_timeout: STATEMENT_TIMEOUT_MS, application_name: 'izp' });
  outliveBrokenConnections(pool);
  const options = `${shared.options} ${ONE_PLAN_PER_STATEMENT}`;
  const point = { ...shared, options, statement_timeout: POINT_TIMEOUT_MS, query_timeout: POINT_TIMEOUT_MS };
  const points = new PointReader({ ...point, application_name: 'izp-points' }, sizes.points);
  const nearReads = new NearReader({ ...point, application_name: 'izp-near' }, sizes.points);
  const audit = new ReconnectingClient({ ...point, application_name: 'izp-audit' });
  const reserved = new pg.Pool({
    ...shared,
    max: RESERVED_POOL,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'izp-emergency',
  });
  outliveBrokenConnections(reserved);
  const reservedPoints = new PointReader({ ...point, application_name: 'izp-emergency-points' }, 1);
  try {
    await pool.query('SELECT 1');
  } catch (error) {
    await pool.end();
    const first = error instanceof AggregateError ? error.errors[0] : error;
    throw new StartError(`The database cannot be reached: ${first instanceof Error ? first.message : 'unknown reason'}.`, error);
  }
  const close = async () => {
    await Promise.all([pool.end(), reserved.end(), points.close(), reservedPoints.close(), nearReads.close(), audit.close()]);
  };
  const emergency: Database = {
    pool: reserved,
    points: reservedPoints,
    nearReads,
    audit,
    get emergency() {
      return emergency;
    },
    read: (statement) => repeatable(reserved, statement),
    close,
  };
  return { pool, points, nearReads, audit, emergency, read: (statement) => repeatable(pool, statement), close };
}

/**
 * Without a listener a connection that breaks would end the process: an idle one, and one that is lent out and between two
 * statements. Its next use shows that it is broken.
 */
export function outliveBrokenConnections(pool: pg.Pool): void {
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
}

async function repeatable<R extends pg.QueryResultRow>(pool: pg.Pool, statement: pg.QueryConfig): Promise<R[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return (await pool.query<R>(statement)).rows;
    } catch (error) {
      // A restart of the database leaves broken connections in the pool, each found out by its first use.
      if (attempt > READ_ATTEMPTS * (pool.totalCount + 1) || troubleOf(error) !== 'broken') throw asUnavailable(error);
    }
  }
}
