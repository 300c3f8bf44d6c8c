// The database server that all test files of a run share: a process of its own that ends when nobody has held a lease for a while.
// A lease is an open connection to its socket, so a test process that dies gives it back by dying.
import { rm, unlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { type EmbeddedDatabase, startEmbeddedDatabase } from '../../src/store/embedded/embedded-database.js';
import { lockInstance } from '../../src/store/embedded/instance-lock.js';

/** Long enough for the next test file of a run to start, in ms. */
const IDLE_MS = 15_000;

const home = process.argv[2] as string;

async function start(): Promise<EmbeddedDatabase> {
  const options = { dataDir: join(home, 'data'), durable: false, settings: { max_connections: '300', autovacuum: 'off' } };
  try {
    return await startEmbeddedDatabase(options);
  } catch (error) {
    // Nothing here is worth a repair: after a crash without flushes the files may be beyond it.
    console.error(`starting with an empty directory: ${(error as Error).message}`);
    await rm(join(home, 'data'), { recursive: true, force: true });
    return startEmbeddedDatabase(options);
  }
}

/** Test databases of runs that ended without dropping them, and templates of older migrations. */
async function dropLeftovers(connection: EmbeddedDatabase['connection']): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  const { rows } = await client.query<{ datname: string }>(
    "SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%' OR datname LIKE 'template\\_%'",
  );
  for (const { datname } of rows) await client.query(`DROP DATABASE ${pg.escapeIdentifier(datname)} WITH (FORCE)`);
  await client.end();
}

const lock = await lockInstance(join(home, 'server.lock'));
const database = await start();
await dropLeftovers(database.connection);

let leases = 0;
let idle = setTimeout(stop, IDLE_MS);
const server = createServer((lease) => {
  leases++;
  clearTimeout(idle);
  lease.on('error', () => {});
  lease.on('close', () => {
    leases--;
    clearTimeout(idle);
    if (leases === 0) idle = setTimeout(stop, IDLE_MS);
  });
  lease.write(`${JSON.stringify(database.connection)}\n`);
  lease.resume();
});
await unlink(join(home, 'lease.sock')).catch(() => undefined);
server.listen(join(home, 'lease.sock'));

async function stop(): Promise<void> {
  server.close();
  await database.stop();
  lock.release();
}
