// Transactions under real conflicts, locks, pools and point reads.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import t from 'tap';
import { lockAll } from '../../src/store/locks.js';
import { migrate } from '../../src/store/migrations.js';
import { type Database, openDatabase } from '../../src/store/pool.js';
import { readResource, storeVersions } from '../../src/store/resources.js';
import { inTransaction } from '../../src/store/transaction.js';
import { createDatabase } from '../harness/database.js';
import { refusalKind } from '../harness/refusal-kind.js';
import { newVersion, openTestDatabase } from '../harness/versions.js';
import { everything } from '../harness/visibility.js';

const { database, testDatabase } = await openTestDatabase(t);
await testDatabase.pool.query('CREATE TABLE counter (name text PRIMARY KEY, value integer NOT NULL); GRANT ALL ON counter TO izp_service');
const counterOf = async (name: string) => (await database.pool.query('SELECT value FROM counter WHERE name = $1', [name])).rows[0]?.value;
const setCounters = (...names: string[]) =>
  database.pool.query('INSERT INTO counter SELECT name, 0 FROM unnest($1::text[]) AS name ON CONFLICT (name) DO UPDATE SET value = 0', [
    names,
  ]);

t.test('two transactions that deadlock both come to their end', async (t) => {
  await setCounters('a', 'b');
  let attempts = 0;
  let arrived = 0;
  let meet: () => void = () => {};
  const met = new Promise<void>((resolve) => {
    meet = resolve;
  });
  const add = (first: string, second: string) =>
    inTransaction(database, async (tx) => {
      attempts++;
      await tx.query('UPDATE counter SET value = value + 1 WHERE name = $1', [first]);
      if (++arrived === 2) meet();
      await met;
      await tx.query('UPDATE counter SET value = value + 1 WHERE name = $1', [second]);
    });
  await Promise.all([add('a', 'b'), add('b', 'a')]);
  t.equal(attempts, 3, 'PostgreSQL broke one off, and it ran again');
  t.strictSame([await counterOf('a'), await counterOf('b')], [2, 2]);
});

t.test('serialization failures are run again until every increment is counted', async (t) => {
  await setCounters('s');
  let attempts = 0;
  const add = () =>
    inTransaction(
      database,
      async (tx) => {
        attempts++;
        const { rows } = await tx.query("SELECT value FROM counter WHERE name = 's'");
        await tx.query("UPDATE counter SET value = $1 WHERE name = 's'", [rows[0].value + 1]);
      },
      { isolation: 'serializable' },
    );
  await Promise.all(Array.from({ length: 25 }, add));
  t.equal(await counterOf('s'), 25);
  t.ok(attempts > 25, 'some had to run again, or this tested nothing');
});

t.test('what the work throws rolls back and is passed on, without another try', async (t) => {
  await setCounters('r');
  let attempts = 0;
  const failure = new Error('no');
  await t.rejects(
    inTransaction(database, async (tx) => {
      attempts++;
      await tx.query("UPDATE counter SET value = 9 WHERE name = 'r'");
      throw failure;
    }),
    failure,
  );
  t.equal(attempts, 1);
  t.equal(await counterOf('r'), 0);
  t.equal(database.pool.idleCount, database.pool.totalCount, 'every connection is back');
});

t.test('a COMMIT that PostgreSQL turned into a ROLLBACK is not taken for a success', async (t) => {
  await setCounters('c');
  const kind = await refusalKind(
    inTransaction(database, async (tx) => {
      await tx.query("UPDATE counter SET value = 1 WHERE name = 'c'");
      await tx.query('SELECT 1 / 0').catch(() => undefined);
    }),
  );
  t.equal(kind, 'internal');
  t.equal(await counterOf('c'), 0);
});

t.test('a connection lost before the commit is replaced and the work runs again, once counted', async (t) => {
  await setCounters('l');
  let attempts = 0;
  await inTransaction(database, async (tx) => {
    attempts++;
    await tx.query("UPDATE counter SET value = value + 1 WHERE name = 'l'");
    if (attempts === 1) {
      const { rows } = await tx.query('SELECT pg_backend_pid() AS pid');
      await testDatabase.pool.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
      await tx.query('SELECT 1');
    }
  });
  t.equal(attempts, 2);
  t.equal(await counterOf('l'), 1);
});

t.test('a read-only transaction sees one moment and cannot write', async (t) => {
  await setCounters('m');
  const seen = await inTransaction(
    database,
    async (tx) => {
      const before = (await tx.query("SELECT value FROM counter WHERE name = 'm'")).rows[0].value;
      await database.pool.query("UPDATE counter SET value = 5 WHERE name = 'm'");
      return [before, (await tx.query("SELECT value FROM counter WHERE name = 'm'")).rows[0].value];
    },
    { readOnly: true },
  );
  t.strictSame(seen, [0, 0]);
  const writing = inTransaction(database, (tx) => tx.query("UPDATE counter SET value = 1 WHERE name = 'm'"), { readOnly: true });
  await t.rejects(writing, /read-only/);
});

t.test('two that create the same resource at once: the second sees the first and goes on from there', async (t) => {
  const put = (content: string) =>
    inTransaction(database, async (tx) => {
      const { rows } = await tx.query("SELECT version FROM resource WHERE type = 'Goal' AND id = 'put' FOR UPDATE");
      const version = (rows[0]?.version ?? 0) + 1;
      await storeVersions(tx, [newVersion({ type: 'Goal', id: 'put', version, content })]);
      return version;
    });
  const versions = await Promise.all(Array.from({ length: 20 }, (_, i) => put(String(i))));
  t.strictSame(
    versions.sort((a, b) => a - b),
    Array.from({ length: 20 }, (_, i) => i + 1),
    'no version is lost and none is written twice',
  );
});

t.test('locks are taken in one order whatever order they are named in, and each once', async (t) => {
  const names = Array.from({ length: 12 }, (_, i) => `lock-${i}`);
  let inside = 0;
  let most = 0;
  let attempts = 0;
  const hold = (list: string[]) =>
    inTransaction(database, async (tx) => {
      attempts++;
      await lockAll(tx, list);
      most = Math.max(most, ++inside);
      await delay(2);
      inside--;
    });
  await Promise.all(Array.from({ length: 20 }, (_, i) => hold(i % 2 ? names : [...names, ...names].reverse())));
  t.equal(most, 1);
  t.equal(attempts, 20, 'nobody deadlocked');
});

t.test('locks on different names do not wait for each other, and end with the transaction', async (t) => {
  await inTransaction(database, async (tx) => {
    await lockAll(tx, ['one']);
    await inTransaction(database, (other) => lockAll(other, ['two']));
    const { rows } = await database.pool.query("SELECT count(*)::integer AS held FROM pg_locks WHERE locktype = 'advisory'");
    t.equal(rows[0].held, 1);
  });
  await inTransaction(database, (tx) => lockAll(tx, ['one', 'two']));
  await inTransaction(database, (tx) => lockAll(tx, []));
});

t.test('point reads under way at the same time each get their own answer', async (t) => {
  const ids = Array.from({ length: 40 }, (_, i) => `point-${i}`);
  await inTransaction(database, (tx) =>
    storeVersions(
      tx,
      ids.map((id) => newVersion({ id })),
    ),
  );
  const answers = await Promise.all(
    Array.from({ length: 2000 }, (_, i) => readResource(database, 'Observation', ids[i % 40] as string, everything)),
  );
  t.ok(answers.every((answer, i) => answer?.id === ids[i % 40]));
});

t.test('a point read whose statement fails leaves the others alone', async (t) => {
  // The first round prepares the statements; from then on those of one turn go to the database as one.
  for (let round = 0; round < 3; round++) {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 200 }, (_, i) => {
        if (i % 5 === 0) return database.points.read('SELECT 1 / $1::integer AS n', ['0']);
        if (i % 5 === 1) return database.points.read(`SELECT $1 AS n, 'more' AS more FROM generate_series(1, 3)`, [String(i)]);
        return database.points.read<{ n: string }>('SELECT $1 AS n', [String(i)]);
      }),
    );
    for (const [i, outcome] of outcomes.entries()) {
      const n = String(i);
      const row = { n, more: 'more' };
      const right = i % 5 === 1 ? [row, row, row] : [{ n }];
      if (i % 5 === 0) t.match(outcome, { status: 'rejected', reason: /division by zero|unavailable/i });
      else t.strictSame(outcome, { status: 'fulfilled', value: right });
    }
  }
});

t.test('point reads of one turn are one transaction of the database, and each sees what was committed before it', async (t) => {
  const ask = (i: number) => database.points.read<Record<string, string>>('SELECT $1 AS i, pg_current_xact_id()::text AS x', [String(i)]);
  for (let i = 0; i < 4; i++) await ask(i);
  const turn = await Promise.all(Array.from({ length: 40 }, (_, i) => ask(i)));
  t.strictSame(
    turn.map(([row]) => row?.i),
    Array.from({ length: 40 }, (_, i) => String(i)),
  );
  t.ok(new Set(turn.map(([row]) => row?.x)).size <= 2, 'one for each of two connections');
  await setCounters('seen');
  const read = async () => (await database.points.read<{ value: string }>('SELECT value FROM counter WHERE name = $1', ['seen']))[0]?.value;
  const flow = Array.from({ length: 50 }, () => read());
  await database.pool.query("UPDATE counter SET value = 1 WHERE name = 'seen'");
  t.equal(await read(), 1);
  await Promise.all(flow);
});

t.test('point reads whose connections are cut under them are all answered', async (t) => {
  const ask = (i: number) => database.points.read('SELECT $1 AS n FROM (SELECT pg_sleep(0.002) OFFSET 0) AS s', [String(i)]);
  for (let i = 0; i < 4; i++) await ask(i);
  const asked = Array.from({ length: 100 }, (_, i) => ask(i));
  await delay(20);
  const cut = await testDatabase.pool.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'izp-points'");
  t.ok(cut.rows.length >= 2);
  for (const [i, answer] of asked.entries()) t.strictSame(await answer, [{ n: String(i) }]);
});

t.test('a read goes on when a migration elsewhere changed the table under its prepared statement', async (t) => {
  await testDatabase.pool.query('CREATE TABLE shape (a integer); INSERT INTO shape VALUES (1); GRANT ALL ON shape TO izp_service');
  const read = () => database.points.read('SELECT * FROM shape', []);
  for (let i = 0; i < 4; i++) await read();
  await testDatabase.pool.query('ALTER TABLE shape ADD b integer DEFAULT 2');
  t.strictSame(
    await Promise.all(Array.from({ length: 10 }, read)),
    Array.from({ length: 10 }, () => [{ a: 1, b: 2 }]),
  );
});

t.test('a hung statement is given up and does not block the next', async (t) => {
  const hanging = database.points.read('SELECT pg_sleep($1::integer)', ['60']);
  t.equal(await refusalKind(hanging), 'unavailable');
  t.strictSame(await database.points.read('SELECT 1 AS n', []), [{ n: 1 }]);
});

t.test('three processes that start at once migrate once', async (t) => {
  const empty = await createDatabase(t, { empty: true });
  const applied = await Promise.all([migrate(empty.connection), migrate(empty.connection), migrate(empty.connection)]);
  t.equal(applied.filter((names) => names.length > 0).length, 1);
  t.ok(applied.some((names) => names[0] === '0001_record'));
  t.strictSame(await migrate(empty.connection), []);
});

t.test('an unreachable database is one clear line', async (t) => {
  const nowhere = { connectionString: 'postgres://izp:secret@127.0.0.1:1/izp' };
  for (const attempt of [openDatabase(nowhere, { pool: 1, points: 1 }), migrate(nowhere)]) {
    const error = await (attempt as Promise<unknown>).then(
      () => new Error('reached'),
      (thrown: Error) => thrown,
    );
    t.match(error, { name: 'StartError', message: /^The database cannot be reached: .*ECONNREFUSED/ });
    t.notMatch(error.message, /secret|\n/);
  }
});

t.test('what was asked in the turn of the closing is answered', async (t) => {
  const own: Database = await openDatabase(testDatabase.connection, { pool: 2, points: 1 });
  await own.points.read('SELECT 8 AS n', []);
  const points = Array.from({ length: 3 }, () => own.points.read('SELECT 8 AS n', []));
  await own.close();
  for (const point of points) t.strictSame(await point, [{ n: 8 }]);
});

t.test('closing waits for what is under way', async (t) => {
  const own: Database = await openDatabase(testDatabase.connection, { pool: 2, points: 1 });
  const slow = own.pool.query('SELECT pg_sleep(0.2), 7 AS n');
  const point = own.points.read('SELECT 8 AS n', []);
  await delay(20);
  await own.close();
  t.equal((await slow).rows[0].n, 7);
  t.strictSame(await point, [{ n: 8 }]);
  const client = new pg.Client(testDatabase.connection);
  await client.connect();
  const left = await client.query(
    "SELECT count(*)::integer AS n FROM pg_stat_activity WHERE application_name = 'izp-points' AND datname = current_database()",
  );
  t.ok(left.rows[0].n <= 2, 'only the connections of the database the other tests use');
  await client.end();
});
