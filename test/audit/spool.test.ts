// When the database takes no audit, reads are answered once their events are on disk, and every one of them comes into the log later.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { uuidv7 } from 'uuidv7';
import { AuditWriter } from '../../src/audit/audit-writer.js';
import { configurationEvent } from '../../src/audit/configuration-event.js';
import { AuditSpool } from '../../src/audit/spool.js';
import { insertAuditEvents } from '../../src/store/audit-events.js';
import { isRefusedData } from '../../src/store/database-errors.js';
import { ensureServiceRole } from '../../src/store/roles.js';
import { createDatabase, type TestDatabase } from '../harness/database.js';
import { runs } from '../harness/programs.js';
import { refusalKind } from '../harness/refusal-kind.js';
import { startService } from '../harness/service.js';
import { openTestDatabase } from '../harness/versions.js';

const { database, testDatabase } = await openTestDatabase(t);
const newFolder = async (t: Tap) => {
  const folder = await mkdtemp(join(tmpdir(), 'izp-spool-'));
  t.teardown(() => rm(folder, { recursive: true }));
  return folder;
};
type Tap = { teardown(handler: () => unknown): void };

const event = (which: string) =>
  configurationEvent({ action: 'U', what: 'test', which }, undefined, { id: uuidv7(), recorded: new Date() });
const written = async (on: TestDatabase = testDatabase) =>
  (await on.pool.query("SELECT details->>'which' AS which FROM audit_event WHERE interaction = 'configuration' ORDER BY seq")).rows.map(
    (row) => row.which,
  );
const shut = (on: TestDatabase = testDatabase) => on.pool.query('REVOKE INSERT ON audit_event FROM izp_service');
const reopen = async (on: TestDatabase = testDatabase) => {
  const client = await on.pool.connect();
  await ensureServiceRole(client, true);
  client.release();
};
async function until(condition: () => Promise<boolean>, ms = 10_000): Promise<boolean> {
  for (const end = Date.now() + ms; Date.now() < end; await delay(50)) if (await condition()) return true;
  return false;
}

t.test('what the database does not take is on disk, readable by the owner only, and comes into the log in order', async (t) => {
  const folder = join(await newFolder(t), 'spool');
  const told: string[] = [];
  const writer = new AuditWriter(database.audit, new AuditSpool(folder), (message) => told.push(message));
  await writer.write([event('before')]);
  t.strictSame(await readdir(folder).catch(() => 'none'), 'none', 'nothing is made before it is needed');
  await shut();
  for (const which of ['a', 'b', 'c']) await writer.write([event(which), event(`${which}2`)]);
  const [file, ...others] = await readdir(folder);
  t.strictSame(others, []);
  t.equal((await stat(join(folder, file as string))).mode & 0o777, 0o600);
  t.equal((await stat(folder)).mode & 0o777, 0o700);
  t.equal((await readFile(join(folder, file as string), 'utf8')).split('\n').length, 7);
  t.strictSame(await written(), ['before']);
  await reopen();
  t.ok(await until(async () => (await written()).length === 7));
  t.strictSame(await written(), ['before', 'a', 'a2', 'b', 'b2', 'c', 'c2']);
  t.ok(await until(async () => (await readdir(folder)).length === 0));
  await delay(50);
  await writer.write([event('after')]);
  t.equal((await written()).at(-1), 'after');
  t.strictSame(told, ['the audit is spooled: the database does not take it', 'the spooled audit was written to the database']);
  await writer.close();
});

t.test('a lock on the log, a full disk and both', async (t) => {
  const parent = await newFolder(t);
  const tiny = new AuditWriter(database.audit, new AuditSpool(join(parent, 'tiny'), 700));
  const none = new AuditWriter(database.audit, new AuditSpool(join(parent, 'file')));
  await writeFile(join(parent, 'file'), '');
  const holder = await testDatabase.pool.connect();
  await holder.query('BEGIN; LOCK TABLE audit_event IN SHARE MODE');
  const kinds = await Promise.all([refusalKind(tiny.write([event('fits')])), refusalKind(none.write([event('no folder')]))]);
  t.strictSame(kinds, ['nothing', 'unavailable']);
  t.equal(await refusalKind(tiny.write([event('too much')])), 'unavailable', 'the bound is kept');
  await holder.query('ROLLBACK');
  holder.release();
  t.ok(await until(async () => (await written()).includes('fits')));
  await delay(1_100);
  t.equal(
    await refusalKind(none.write([event('again')])),
    'nothing',
    'a spool that does not work is no reason to refuse when the database does',
  );
  t.notOk((await written()).includes('too much'));
  await Promise.all([tiny.close(), none.close()]);
});

t.test('an event that the database refuses is refused, not spooled', async (t) => {
  const folder = await newFolder(t);
  const writer = new AuditWriter(database.audit, new AuditSpool(folder));
  t.equal(await refusalKind(writer.write([{ ...event('wrong'), outcome: 'nonsense' as 'success' }])), 'unavailable');
  t.strictSame(await readdir(folder), []);
  await writer.close();
});

t.test('files of runs that are gone are replayed, once, with what a crash cut off put aside', async (t) => {
  const folder = await newFolder(t);
  const earlier = new AuditSpool(folder);
  const [one, two] = [event('crash-1'), event('crash-2')];
  await earlier.append([one]);
  await earlier.append([two]);
  await earlier.close();
  const [name] = await readdir(folder);
  const refused = JSON.stringify({ ...event('refused'), outcome: 'nonsense' });
  await appendFile(join(folder, name as string), `${refused}\n${JSON.stringify(event('cut off')).slice(0, 100)}`);
  const alive = `spool-${String(Date.now()).padStart(15, '0')}-${hostname()}-${process.ppid}-${'0'.repeat(36)}.jsonl`;
  await writeFile(join(folder, alive), `${JSON.stringify(event('of another process'))}\n`);
  await insertAuditEvents(database.pool, [one]);
  const spool = new AuditSpool(folder);
  const failing = () => Promise.reject(new Error('Connection terminated'));
  await t.rejects(spool.replay(failing, isRefusedData));
  t.equal((await readdir(folder)).length, 2, 'nothing is let go before it is written');
  t.strictSame(await spool.replay((events) => insertAuditEvents(database.pool, events, true), isRefusedData), { events: 3, refused: 2 });
  t.strictSame((await readdir(folder)).sort(), ['refused.jsonl', alive], 'what another process may still write to stays');
  t.equal((await readFile(join(folder, 'refused.jsonl'), 'utf8')).trim().split('\n').length, 2);
  t.strictSame((await written()).slice(-2), ['crash-1', 'crash-2']);
});

t.test('reads are answered meanwhile, and a process killed between spool and log loses nothing', async (t) => {
  const own = await createDatabase(t);
  const dataDir = await newFolder(t);
  const first = await startService(t, { database: own, dataDir });
  const patient = (await first.post('Patient', { resourceType: 'Patient', name: [{ family: 'A' }] })).json.id;
  const token = await first.token('gp');
  await first.close();

  const told = JSON.stringify({ connection: own.connection, dataDir, base: `${first.base}/fhir/R4`, env: {} });
  const child = spawn(process.execPath, [...runs('test/concurrency/service-process.ts'), told], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  const base = `http://127.0.0.1:${String(line).trim()}/fhir/R4`;
  await shut(own);
  const requestId = uuidv7();
  const headers = { authorization: `Bearer ${token}`, 'x-request-id': requestId };
  const answer = await fetch(`${base}/Patient/${patient}`, { headers });
  t.equal(answer.status, 200);
  const write = await fetch(`${base}/Patient`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/fhir+json' },
    body: '{"resourceType":"Patient"}',
  });
  t.equal(write.status, 503, 'a write has its audit in its own transaction or is not made');
  child.kill('SIGKILL');
  await once(child, 'exit');
  t.equal((await readdir(join(dataDir, 'spool'))).length, 1);

  await reopen(own);
  const rows = async () =>
    (await own.pool.query('SELECT patient_id, action, outcome FROM audit_event WHERE request_id = $1 ORDER BY seq', [requestId])).rows;
  t.strictSame(await rows(), []);
  await startService(t, { database: own, dataDir });
  t.match(await rows(), [{ patient_id: patient, action: 'R', outcome: 'success' }, { outcome: 'error' }]);
  t.strictSame(await readdir(join(dataDir, 'spool')), []);
});
