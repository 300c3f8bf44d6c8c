// `npm run audit:verify` and `audit:retain`: beside a running database, without one, and through a URL.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import t from 'tap';
import { uuidv7 } from 'uuidv7';
import { configurationEvent } from '../../src/audit/configuration-event.js';
import { sealAudit } from '../../src/audit/seal.js';
import { ensureSealKeys, sealKeyFile } from '../../src/audit/seal-keys.js';
import { auditCommand } from '../../src/cli/audit-command.js';
import { loadConfig } from '../../src/config.js';
import { ensureAuditPartitions, insertAuditEvents } from '../../src/store/audit-events.js';
import { migrate } from '../../src/store/migrations.js';
import { openDatabase } from '../../src/store/pool.js';
import { createDatabase, startOwnServer } from '../harness/database.js';
import { startService } from '../harness/service.js';

const server = await startOwnServer(t, { durable: false });
await migrate(server.connection);
const config = loadConfig({ DATA_DIR: server.dataDir, AUDIT_RETENTION_YEARS: '6' });
const database = await openDatabase(server.connection, { pool: 3, points: 1 });
const old = new Date('2019-03-15T00:00:00.000Z');
const NOW = new Date('2025-04-02T00:00:00.000Z');
const run = (...args: string[]) => auditCommand(args, { config, now: () => NOW });
const added = (recorded: Date) => configurationEvent({ action: 'C', what: 'client', which: 'gp' }, undefined, { id: uuidv7(), recorded });

const keys = await ensureSealKeys(sealKeyFile(config));
const seal = () => sealAudit({ database, keys, clock: () => NOW.getTime() });

t.test('tells the head of a whole log, and finds it again', async (t) => {
  await ensureAuditPartitions(database.pool, old);
  await insertAuditEvents(database.pool, [added(old), added(NOW)]);
  await seal();
  const { output, faults } = await run('verify');
  t.strictSame(faults, []);
  t.match(output, ['2 events under 1 seals, 0 waiting for one.', `Keys: ${keys.keyId}`, /^Head: [0-9a-f]{64}$/, 'The log is whole.']);
  const head = (output[2] as string).slice(6);
  t.strictSame((await run('verify', '--expect', head, '--unsealed-minutes', '5')).faults, []);
  t.match((await run('verify', '--expect', '00')).faults, [/the head 00 is not in the chain/]);
});

t.test('says how it is used, and that without a key nothing can be said', async (t) => {
  const keyless = { ...config, auditSealKeyFile: '/nowhere' };
  await t.rejects(auditCommand(['verify'], { config: keyless, now: () => NOW }), { name: 'StartError' });
  for (const args of [[], ['mend'], ['verify', 'more'], ['verify', '--unsealed-minutes', 'x'], ['verify', '--fast']])
    t.match(await run(...args), { output: [], faults: [/^Usage/] }, args.join(' '));
});

t.test('drops what is older than the years set, notes it in the log, and the log is still whole', async (t) => {
  t.strictSame(await run('retain'), { output: ['Dropped 2019-03: 1 events.'], faults: [] });
  t.strictSame(await run('retain'), { output: ['No month is wholly older than 6 years.'], faults: [] });
  const { rows } = await database.pool.query("SELECT details FROM audit_event WHERE action = 'D'");
  t.match(rows, [{ details: { configuration: 'audit-log', years: 6, months: [{ month: '2019-03', events: 1 }] } }]);
  await seal();
  t.strictSame((await run('verify')).faults, []);
});

t.test('drops nothing from a log that is not whole', async (t) => {
  const owner = await openOwner();
  await owner.query("BEGIN; SET LOCAL session_replication_role = 'replica'; DELETE FROM audit_event WHERE action = 'D'; COMMIT");
  await owner.end();
  t.match(await run('retain'), { output: [], faults: [/1 of 1 events are missing/, /^Nothing was dropped/] });
  t.match((await run('verify')).output.join(), /Head/);
});

t.test('through a URL, as owner or as the service', async (t) => {
  const own = await createDatabase(t);
  const { host, user } = own.connection;
  const url = `postgres://${user}@localhost/${own.name}?host=${encodeURIComponent(host as string)}`;
  const there = { ...config, databaseUrl: url };
  t.match(await auditCommand(['verify'], { config: there, now: () => NOW }), { faults: [], output: [/^0 events/] });
});

t.test('a running service seals by itself, and shuts down in the middle of it without harm', async (t) => {
  const own = await createDatabase(t);
  const dataDir = t.testdir();
  const service = await startService(t, { database: own, dataDir });
  t.equal((await service.get('Patient/nobody')).status, 404);
  const url = `postgres://${own.connection.user}@localhost/${own.name}?host=${encodeURIComponent(own.connection.host as string)}`;
  const there = { ...config, databaseUrl: url, dataDir };
  const verify = async () => (await auditCommand(['verify'], { config: there, now: () => new Date() })).output[0] as string;
  for (const until = Date.now() + 20_000; Date.now() < until; await delay(250)) if (!(await verify()).startsWith('0 events')) break;
  t.match(await verify(), /^[1-9]\d* events under [1-9]/);
  await service.close();
  t.match(await auditCommand(['verify'], { config: there, now: () => new Date() }), { faults: [] });
});

t.test('starts the embedded database when it does not run', async (t) => {
  await database.close();
  await server.stop();
  t.match((await run('verify')).faults, [/missing/]);
});

t.test('less than five years is no setting', async (t) => {
  t.throws(() => loadConfig({ AUDIT_RETENTION_YEARS: '4' }), /AUDIT_RETENTION_YEARS must be a whole number from 5/);
});

async function openOwner() {
  const client = new pg.Client(server.connection);
  await client.connect();
  return client;
}
