// Fills a database with made-up plans: see options.ts for the command line.
import pg from 'pg';
import { startEmbeddedDatabase } from '../../src/store/embedded/embedded-database.js';
import { migrate } from '../../src/store/migrations.js';
import { openDatabase } from '../../src/store/pool.js';
import { letServiceLogIn } from '../../src/store/roles.js';
import { writeSetting } from '../../src/store/settings.js';
import { databaseCpuMs } from '../suite/service-process.js';
import { generate } from './generate.js';
import { readOptions } from './options.js';

/** What is loaded at once needs no log: it is there when the transaction ends, or it is not. */
const LOADING = {
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '4GB',
  // Only the machine's own fall while it is loading could tear a page: then one generates anew. It ends with a checkpoint.
  full_page_writes: 'off',
  checkpoint_timeout: '30min',
  autovacuum: 'off',
  shared_buffers: '512MB',
  max_parallel_maintenance_workers: '1',
};

const BAR = 40;

const options = readOptions(process.argv.slice(2));
const embedded =
  options.databaseUrl === undefined ? await startEmbeddedDatabase({ dataDir: options.dataDir, settings: LOADING }) : undefined;
const connection = embedded?.connection ?? { connectionString: options.databaseUrl };
const started = performance.now();
const seconds = () => Math.round((performance.now() - started) / 1000);
try {
  await migrate(connection);
  if (embedded) await letServiceLogIn(embedded.connection);
  let writing = 0;
  const generated = await generate(connection, options, {
    step: (name) => process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}${seconds()} s: ${name}\n`),
    progress(done) {
      writing ||= performance.now();
      const share = done / options.patients;
      const rate = Math.round(done / ((performance.now() - writing) / 1000));
      if (process.stderr.isTTY)
        process.stderr.write(`\r[${'#'.repeat(Math.round(share * BAR)).padEnd(BAR)}] ${done} of ${options.patients}, ${rate} a second`);
    },
  });
  // The rules of these records were derived with them: the service need not begin with all of them.
  const database = await openDatabase(connection, { pool: 1, points: 1 });
  await writeSetting(database, 'access-rules-derived', true);
  await database.close();
  if (embedded) await checkpoint(embedded.connection);
  const ms = embedded && (await databaseCpuMs(embedded.pid() as number));
  const databaseSeconds = ms === undefined ? '' : ` and ${(ms / 1000).toFixed(1)} s in the database`;
  const total = (performance.now() - started) / 1000;
  for (const [table, rows] of Object.entries(generated.rows)) process.stdout.write(`${table} ${rows.toLocaleString('en')}\n`);
  process.stdout.write(
    `${options.patients.toLocaleString('en')} patients, ${generated.resources.toLocaleString('en')} resources, ` +
      `${(generated.bytes / 1e9).toFixed(2)} GB, ${total.toFixed(1)} s, ${Math.round(options.patients / total)} patients a second, ` +
      `processor time ${generated.cpuSeconds.toFixed(1)} s for stamping${databaseSeconds}\n`,
  );
} finally {
  await embedded?.stop();
}

/** Everything is on disk when this ends. */
async function checkpoint(connection: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  await client.query('CHECKPOINT');
  await client.end();
}
