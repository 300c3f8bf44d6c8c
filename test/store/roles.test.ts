// The service is another role than the owner: after an upgrade, after a restore on another server, and when it logs in by itself.
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import t from 'tap';
import { ensureAuditPartitions } from '../../src/store/audit-events.js';
import { MIGRATIONS_DIRECTORY, migrate } from '../../src/store/migrations.js';
import { openDatabase } from '../../src/store/pool.js';
import { letServiceLogIn, SERVICE_ROLE } from '../../src/store/roles.js';
import { createDatabase, startOwnServer } from '../harness/database.js';

const SIZES = { pool: 2, points: 1 };

t.test('a database from before the roles and the chain is brought along with its log', async (t) => {
  const { pool } = await createDatabase(t, { empty: true });
  const earlier = await mkdtemp(join(tmpdir(), 'izp-earlier-'));
  t.teardown(() => rm(earlier, { recursive: true }));
  for (const file of (await readdir(MIGRATIONS_DIRECTORY)).filter((name) => name < '0007'))
    await cp(join(MIGRATIONS_DIRECTORY, file), join(earlier, file));
  // As the version before did it: migrations only, partitions and rows made by the owner.
  for (const file of (await readdir(earlier)).sort()) await pool.query(await readFile(join(earlier, file), 'utf8'));
  await pool.query("SELECT ensure_audit_partitions('2026-03-01')");
  await pool.query(
    `INSERT INTO audit_event (id, recorded, action, interaction, outcome)
     SELECT gen_random_uuid(), '2026-02-20'::timestamptz + n * interval '1 day', 'R', 'read', 'success' FROM generate_series(1, 30) AS n`,
  );
  for (const file of (await readdir(MIGRATIONS_DIRECTORY)).filter((name) => name >= '0007').sort())
    await pool.query(await readFile(join(MIGRATIONS_DIRECTORY, file), 'utf8'));
  const { rows } = await pool.query('SELECT count(DISTINCT seq)::int AS n, min(seq)::int AS first, max(seq)::int AS last FROM audit_event');
  t.strictSame(rows[0], { n: 30, first: 1, last: 30 });
});

t.test('on a server that never knew the role, as after a restore, the next start makes it and gives it its rights', async (t) => {
  const server = await startOwnServer(t, { durable: false });
  await migrate(server.connection);
  const admin = await openAdmin(server.connection);
  await admin.query(`DROP OWNED BY ${SERVICE_ROLE}`);
  await admin.query(`DROP ROLE ${SERVICE_ROLE}`);
  await t.rejects(openDatabase(server.connection, SIZES), { name: 'StartError', message: /izp_service/ });
  t.strictSame(await migrate(server.connection), [], 'nothing to migrate');
  const database = await openDatabase(server.connection, SIZES);
  t.equal((await database.pool.query('SELECT count(*)::int AS n FROM resource')).rows[0].n, 0);
  await database.close();

  await t.rejects(openDatabase({ ...server.connection, user: SERVICE_ROLE }, SIZES), {
    name: 'StartError',
    message: /not permitted to log in/,
  });
  await letServiceLogIn(server.connection);
  await letServiceLogIn(server.connection);
  const own = await openDatabase({ ...server.connection, user: SERVICE_ROLE }, SIZES);
  t.teardown(() => own.close());
  t.strictSame((await own.pool.query('SELECT session_user, current_user')).rows[0], {
    session_user: SERVICE_ROLE,
    current_user: SERVICE_ROLE,
  });
  await t.rejects(own.pool.query('SET ROLE izp'), { code: '42501' }, 'there is no way back to the owner');
  await ensureAuditPartitions(own.pool, new Date('2031-05-01T00:00:00Z'));
  const { rows } = await admin.query(
    "SELECT tableowner, has_table_privilege('izp_service', 'audit_event_2031_05', 'SELECT') AS reads FROM pg_tables WHERE tablename = 'audit_event_2031_05'",
  );
  t.strictSame(rows, [{ tableowner: 'izp', reads: false }]);
  await own.pool.query('CREATE TEMP TABLE audit_event (a int)').catch(() => undefined);
  await ensureAuditPartitions(own.pool, new Date('2032-05-01T00:00:00Z'));
  t.equal(
    (
      await admin.query(
        "SELECT FROM pg_inherits WHERE inhrelid = 'audit_event_2032_05'::regclass AND inhparent = 'public.audit_event'::regclass",
      )
    ).rowCount,
    1,
  );
  await admin.end();
});

async function openAdmin(connection: pg.ClientConfig) {
  const client = new pg.Client(connection);
  await client.connect();
  return client;
}
