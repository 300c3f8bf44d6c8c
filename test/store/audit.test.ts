// The audit: written before the answer, in batches, each event once, never changed, and not to be stopped by what a caller sends.
import t from 'tap';
import { uuidv7 } from 'uuidv7';
import { AuditWriter } from '../../src/audit/audit-writer.js';
import { type AuditEvent, ensureAuditPartitions, insertAuditEvents, type StatementRunner } from '../../src/store/audit-events.js';
import { asServiceRole } from '../../src/store/roles.js';
import { inTransaction } from '../../src/store/transaction.js';
import { refusalKind } from '../harness/refusal-kind.js';
import { MOMENT, openTestDatabase } from '../harness/versions.js';

const { database, testDatabase } = await openTestDatabase(t);

function event(fields: Partial<AuditEvent> = {}): AuditEvent {
  return {
    id: uuidv7(),
    recorded: MOMENT,
    patientId: 'p1',
    action: 'R',
    interaction: 'read',
    outcome: 'success',
    clientId: 'ambulance',
    organizationUra: '22222222',
    organizationType: 'AMB',
    userId: 'u1',
    userRole: '30.000',
    purpose: 'ETREAT',
    policy: 'emergency',
    consent: 'Consent/x/_history/2',
    emergency: true,
    reason: 'n/a',
    entity: 'Patient/p1',
    requestId: 'r1',
    correlationId: 'c1',
    aortaInitialRequestId: 'a1',
    aortaRequestId: 'a2',
    details: { entities: ['Patient/p1'], count: 1 },
    ...fields,
  };
}

/** The audit connection with its statements counted. */
function counted(runner: StatementRunner): StatementRunner & { statements: number } {
  return {
    statements: 0,
    query(statement) {
      this.statements++;
      return runner.query(statement);
    },
  };
}

const count = async (where: string, values: unknown[] = []) =>
  (await database.pool.query(`SELECT count(*)::integer AS n FROM audit_event WHERE ${where}`, values)).rows[0].n as number;

t.test('keeps every field', async (t) => {
  const one = event();
  await new AuditWriter(database.audit).write([one]);
  const { rows } = await database.pool.query('SELECT * FROM audit_event WHERE id = $1', [one.id]);
  const { seq, ...kept } = rows[0];
  t.match(seq, /^[1-9]\d*$/);
  t.strictSame(kept, {
    id: one.id,
    recorded: MOMENT,
    patient_id: 'p1',
    action: 'R',
    interaction: 'read',
    outcome: 'success',
    client_id: 'ambulance',
    organization_ura: '22222222',
    organization_type: 'AMB',
    user_id: 'u1',
    user_role: '30.000',
    purpose: 'ETREAT',
    policy: 'emergency',
    consent: 'Consent/x/_history/2',
    emergency: true,
    reason: 'n/a',
    entity: 'Patient/p1',
    request_id: 'r1',
    correlation_id: 'c1',
    aorta_initial_request_id: 'a1',
    aorta_request_id: 'a2',
    details: { entities: ['Patient/p1'], count: 1 },
  });
});

t.test('the events of one turn go in one statement, and none is acknowledged before its commit', async (t) => {
  const client = counted(database.audit);
  const writer = new AuditWriter(client);
  const patientId = 'turn';
  const seen = await Promise.all(
    Array.from({ length: 60 }, async () => {
      const one = event({ patientId });
      await writer.write([one]);
      return count('id = $1', [one.id]);
    }),
  );
  t.equal(client.statements, 1);
  t.ok(seen.every((n) => n === 1));
  t.equal(await count('patient_id = $1', [patientId]), 60);
});

t.test('what arrives while a batch is being written makes the next, up to a size', async (t) => {
  const client = counted(database.audit);
  const writer = new AuditWriter(client);
  const writes: Promise<void>[] = [];
  for (let turn = 0; turn < 50; turn++) {
    writes.push(writer.write([event({ patientId: 'stream' }), event({ patientId: 'stream' })]));
    await new Promise(setImmediate);
  }
  await Promise.all(writes);
  t.equal(await count("patient_id = 'stream'"), 100);
  t.ok(client.statements <= 50);
  client.statements = 0;
  await Promise.all(Array.from({ length: 1200 }, () => writer.write([event({ patientId: 'flood' })])));
  t.equal(client.statements, 3);
  t.equal(await count("patient_id = 'flood'"), 1200);
});

t.test('nothing to write is nothing to wait for', async (t) => {
  const client = counted(database.audit);
  await new AuditWriter(client).write([]);
  t.equal(client.statements, 0);
});

t.test('an event that cannot be kept fails alone', async (t) => {
  const writer = new AuditWriter(database.audit);
  const kinds = await Promise.all(
    ['success', 'nonsense', 'success'].map((outcome) =>
      refusalKind(writer.write([event({ patientId: 'alone', outcome: outcome as 'success' })])),
    ),
  );
  t.strictSame(kinds, ['nothing', 'unavailable', 'nothing']);
  t.equal(await count("patient_id = 'alone'"), 2);
});

t.test('characters PostgreSQL cannot keep do not stop the audit', async (t) => {
  const one = event({ requestId: 'a\u0000b\ud800c\\u0000d', userId: 'é🚑' });
  await new AuditWriter(database.audit).write([one]);
  const { rows } = await database.pool.query('SELECT request_id, user_id FROM audit_event WHERE id = $1', [one.id]);
  t.strictSame(rows[0], { request_id: 'a\ufffdb\ufffdc\\u0000d', user_id: 'é🚑' });
});

t.test('a connection that breaks is replaced, and nothing is written twice', async (t) => {
  const writer = new AuditWriter(database.audit);
  await writer.write([event()]);
  const { rows } = await testDatabase.pool.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'izp-audit' AND datname = current_database()",
  );
  t.equal(rows.length, 1);
  await Promise.all(Array.from({ length: 5 }, () => writer.write([event({ patientId: 'broken' })])));
  t.equal(await count("patient_id = 'broken'"), 5);

  // The answer to a commit gets lost: the same events are sent again.
  let lost = true;
  const forgetful: StatementRunner = {
    async query(statement) {
      const result = await database.audit.query(statement);
      if (lost) {
        lost = false;
        throw new Error('Connection terminated unexpectedly');
      }
      return result;
    },
  };
  await new AuditWriter(forgetful).write([event({ patientId: 'lost' })]);
  t.equal(await count("patient_id = 'lost'"), 1);
});

t.test('when the events cannot be written the caller learns it', async (t) => {
  const dead: StatementRunner = { query: () => Promise.reject(new Error('Connection terminated')) };
  const started = Date.now();
  t.equal(await refusalKind(new AuditWriter(dead).write([event()])), 'unavailable');
  t.ok(Date.now() - started < 5_000);
});

t.test('closing waits for what is being written', async (t) => {
  const writer = new AuditWriter(database.audit);
  const written = writer.write([event({ patientId: 'closing' })]);
  await writer.close();
  t.equal(await count("patient_id = 'closing'"), 1);
  await written;
});

t.test("a write's own events come and go with its transaction", async (t) => {
  await inTransaction(database, (tx) => insertAuditEvents(tx, [event({ patientId: 'own' })]));
  t.equal(await count("patient_id = 'own'"), 1);
  await inTransaction(database, async (tx) => {
    await insertAuditEvents(tx, [event({ patientId: 'undone' })]);
    throw new Error('no');
  }).catch(() => undefined);
  t.equal(await count("patient_id = 'undone'"), 0);
});

t.test('the log is append-only, in every partition', async (t) => {
  await ensureAuditPartitions(database.pool, MOMENT);
  await database.pool.query(
    "INSERT INTO audit_event (id, recorded, action, interaction, outcome) VALUES (gen_random_uuid(), '2026-04-02', 'R', 'read', 'success')",
  );
  const { rows } = await database.pool.query<{ name: string }>(
    "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'audit_event'::regclass",
  );
  const tables = ['audit_event', ...rows.map((row) => row.name)];
  t.ok(tables.length >= 4);
  for (const table of tables) {
    await t.rejects(testDatabase.pool.query(`TRUNCATE ${table}`), /append-only/, `TRUNCATE ${table}`);
    const { rowCount } = await testDatabase.pool.query(`SELECT FROM ${table} LIMIT 1`);
    if (!rowCount) continue;
    await t.rejects(testDatabase.pool.query(`UPDATE ${table} SET outcome = 'empty'`), /append-only/, `UPDATE ${table}`);
    await t.rejects(testDatabase.pool.query(`DELETE FROM ${table}`), /append-only/, `DELETE FROM ${table}`);
  }
});

t.test('the service has no right to change the log, to choose a place in it, to reach its parts or to make tables', async (t) => {
  const asService = (text: string) => t.rejects(database.pool.query(text), { code: '42501' }, text);
  t.equal((await database.pool.query('SELECT current_user AS name')).rows[0].name, 'izp_service');
  await ensureAuditPartitions(database.pool, MOMENT);
  const { rows } = await testDatabase.pool.query<{ name: string }>(
    "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'audit_event'::regclass",
  );
  for (const table of ['audit_event', 'audit_seal', 'audit_retention', ...rows.map((row) => row.name)]) {
    await asService(`UPDATE ${table} SET ${table === 'audit_retention' ? 'events' : table === 'audit_seal' ? 'events' : 'outcome'} = NULL`);
    await asService(`DELETE FROM ${table}`);
    await asService(`TRUNCATE ${table}`);
    await asService(`ALTER TABLE ${table} DISABLE TRIGGER ALL`);
    await asService(`DROP TABLE ${table}`);
  }
  for (const { name } of rows) await asService(`SELECT FROM ${name}`);
  await asService(
    "INSERT INTO audit_event (id, recorded, action, interaction, outcome, seq) VALUES (gen_random_uuid(), now(), 'R', 'read', 'success', 1)",
  );
  await asService("SELECT setval('audit_event_seq', 1)");
  await asService('SELECT FROM kysely_migration');
  await asService('CREATE TABLE mine (a integer)');
  await asService('DROP FUNCTION ensure_audit_partitions');
});

t.test('the service log in of a URL keeps what the URL says', (t) => {
  t.strictSame(asServiceRole({ host: '/run', user: 'izp' }), { host: '/run', user: 'izp', options: '-c role=izp_service' });
  t.equal(asServiceRole({ connectionString: 'postgres://a:b@c/d' }).connectionString, 'postgres://a:b@c/d');
  const { connectionString } = asServiceRole({ connectionString: 'postgres://a:b@c/d?options=-c%20geqo%3Doff' });
  t.equal(new URL(connectionString as string).searchParams.get('options'), '-c geqo=off -c role=izp_service');
  t.end();
});

t.test('partitions are made ahead, by several processes at once, over the turn of the year, and again without harm', async (t) => {
  const december = new Date('2030-12-31T23:59:59.999Z');
  await Promise.all(Array.from({ length: 6 }, () => ensureAuditPartitions(database.pool, december)));
  const partitionOf = async (recorded: string) => {
    const id = uuidv7();
    await insertAuditEvents(database.pool, [event({ id, recorded: new Date(recorded) })]);
    return (await database.pool.query('SELECT tableoid::regclass::text AS name FROM audit_event WHERE id = $1', [id])).rows[0].name;
  };
  t.equal(await partitionOf('2030-12-01T00:00:00.000Z'), 'audit_event_2030_12');
  t.equal(await partitionOf('2030-12-31T23:59:59.999Z'), 'audit_event_2030_12');
  t.equal(await partitionOf('2031-01-01T00:00:00.000Z'), 'audit_event_2031_01');
  t.equal(await partitionOf('2031-02-28T12:00:00.000Z'), 'audit_event_2031_02');
  t.equal(await partitionOf('2031-03-01T00:00:00.000Z'), 'audit_event_default', 'never lost, also beyond the partitions');
  await ensureAuditPartitions(database.pool, new Date('2031-03-05T00:00:00Z'));
  t.equal(await partitionOf('2031-03-02T00:00:00.000Z'), 'audit_event_default', 'a month begun in the default partition stays there');
  t.equal(await partitionOf('2031-04-02T00:00:00.000Z'), 'audit_event_2031_04');
});
