// A PostgreSQL database of one's own per test, real and migrated, in about 30 ms.
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { lstat, mkdir, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { ConnectionSettings } from '../../src/store/connection-settings.js';
import { type EmbeddedDatabase, type EmbeddedOptions, startEmbeddedDatabase } from '../../src/store/embedded/embedded-database.js';
import { MIGRATIONS_DIRECTORY, migrate } from '../../src/store/migrations.js';
import { outliveBrokenConnections } from '../../src/store/pool.js';
import { runs } from './programs.js';

/** A first start compiles the server's code and creates the database; a machine under load may need most of this, in ms. */
const SERVER_PATIENCE_MS = 60_000;
/** A server that is shutting down still holds the lock for a moment, so a start is tried again after this, in ms. */
const RESPAWN_MS = 4_000;
const POLL_MS = 50;

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** The part of tap's test that is used here. */
export interface Teardown {
  teardown(handler: () => unknown): void;
}

export interface TestDatabase {
  connection: ConnectionSettings;
  name: string;
  /** A plain pool on it, made when first asked for. */
  readonly pool: pg.Pool;
  /** Ends the pool and drops the database, whoever is still connected. */
  drop(): Promise<void>;
}

/**
 * A fresh database with all migrations applied (or none, with `empty`). Dropped when the test `t` ends; without `t` by `drop`.
 */
export async function createDatabase(t?: Teardown, options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const server = await sharedServer();
  const template = options.empty ? 'template0' : await ensureTemplate(server);
  const name = `test_${process.pid}_${randomBytes(6).toString('hex')}`;
  await onServer(server, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`));
  const connection = { ...server, database: name };
  let pool: pg.Pool | undefined;
  const drop = async () => {
    const ending = pool?.end();
    pool = undefined;
    await ending;
    await onServer(server, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  };
  t?.teardown(drop);
  return {
    connection,
    name,
    get pool() {
      if (!pool) {
        pool = new pg.Pool(connection);
        outliveBrokenConnections(pool);
      }
      return pool;
    },
    drop,
  };
}

/** A server of one's own, for tests that stop, kill or wear it out. Flushes to disk unless `durable` is false. */
export async function startOwnServer(
  t: Teardown,
  options: Omit<EmbeddedOptions, 'dataDir'> = {},
): Promise<EmbeddedDatabase & { dataDir: string }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'izp-own-'));
  const server = await startEmbeddedDatabase({ dataDir, ...options });
  t.teardown(async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  return { ...server, dataDir };
}

async function onServer<T>(server: ConnectionSettings, action: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(server);
  client.on('error', () => {});
  await client.connect();
  try {
    return await action(client);
  } finally {
    await client.end();
  }
}

let template: Promise<string> | undefined;

function ensureTemplate(server: ConnectionSettings): Promise<string> {
  template ??= makeTemplate(server);
  return template;
}

/** The migrated database that others are copied from, one per content of the migrations folder. */
async function makeTemplate(server: ConnectionSettings): Promise<string> {
  const hash = createHash('sha256');
  for (const file of (await readdir(MIGRATIONS_DIRECTORY)).sort())
    hash.update(file).update(await readFile(join(MIGRATIONS_DIRECTORY, file)));
  const name = `template_${hash.digest('hex').slice(0, 16)}`;
  await onServer(server, async (client) => {
    // Test files start side by side: one makes it, the others wait. The session's end gives the lock back.
    await client.query('SELECT pg_advisory_lock(1)');
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount) return;
    await client.query(`DROP DATABASE IF EXISTS ${name}_draft WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${name}_draft TEMPLATE template0`);
    await migrate({ ...server, database: `${name}_draft` });
    await client.query(`ALTER DATABASE ${name}_draft RENAME TO ${name}`);
  });
  return name;
}

let shared: Promise<ConnectionSettings> | undefined;

/** The run's shared server, started when none is there. This process holds a lease on it until it ends. */
function sharedServer(): Promise<ConnectionSettings> {
  shared ??= leaseServer();
  return shared;
}

async function leaseServer(): Promise<ConnectionSettings> {
  const home = await serverHome();
  let respawnAt = 0;
  for (const until = Date.now() + SERVER_PATIENCE_MS; Date.now() < until; await delay(POLL_MS)) {
    const server = await lease(join(home, 'lease.sock'));
    if (server) return server;
    if (Date.now() < respawnAt) continue;
    respawnAt = Date.now() + RESPAWN_MS;
    await spawnServer(home);
  }
  throw new Error(`The test database did not start. ${await readFile(join(home, 'server.log'), 'utf8')}`);
}

/** One fixed directory per checkout and user, which nobody else can have prepared. */
async function serverHome(): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const key = createHash('sha256').update(REPOSITORY).digest('hex').slice(0, 12);
  const home = join(tmpdir(), `izp-test-${key}-${uid}`);
  await mkdir(home, { mode: 0o700 }).catch(() => undefined);
  const found = await lstat(home);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0)
    throw new Error(`${home} is not a private directory of this user.`);
  return home;
}

function lease(path: string): Promise<ConnectionSettings | undefined> {
  return new Promise((resolve) => {
    const socket: Socket = connect(path);
    socket.setEncoding('utf8');
    socket.once('error', () => resolve(undefined));
    socket.once('close', () => resolve(undefined));
    let text = '';
    socket.on('data', (part: string) => {
      text += part;
      if (!text.endsWith('\n')) return;
      socket.unref();
      resolve(JSON.parse(text) as ConnectionSettings);
    });
  });
}

/** Outlives this process and its terminal. Without the bookkeeping that tap adds to NODE_OPTIONS. */
async function spawnServer(home: string): Promise<void> {
  const log = await open(join(home, 'server.log'), 'w', 0o600);
  const program = runs('test/harness/database-server.ts');
  const child = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, ...program, home], {
    cwd: REPOSITORY,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  child.unref();
  await log.close();
}
