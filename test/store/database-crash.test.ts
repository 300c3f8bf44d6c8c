// The database killed under the service: what was acknowledged is there, what was under way is whole or absent, and reads go on.
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { asFhirError, FhirError } from '../../src/fhir/errors.js';
import { serversOn } from '../../src/store/embedded/orphan.js';
import { lockAll } from '../../src/store/locks.js';
import { migrate } from '../../src/store/migrations.js';
import { openDatabase } from '../../src/store/pool.js';
import { loadResources, readResource, storeVersions } from '../../src/store/resources.js';
import { inTransaction } from '../../src/store/transaction.js';
import { startOwnServer } from '../harness/database.js';
import { refusalKind } from '../harness/refusal-kind.js';
import { newVersion } from '../harness/versions.js';
import { everything } from '../harness/visibility.js';

/** As a client would: again for as long as the answer is 503. A restart on a busy machine may outlast the store's own patience. */
async function whenAvailable<T>(action: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof FhirError) || error.kind !== 'unavailable') throw error;
    }
  }
}

/** Workers look for their postmaster at least this often, in ms, with room for a busy machine. */
const WORKERS_GONE_MS = 10_000;

t.test('when the database is killed, reads and transactions under way are finished after its restart', async (t) => {
  const crashes: string[] = [];
  const server = await startOwnServer(t, { onCrash: (message) => crashes.push(message) });
  await migrate(server.connection);
  const db = await openDatabase(server.connection, { pool: 6, points: 2 });
  t.teardown(() => db.close());
  await inTransaction(db, (tx) => storeVersions(tx, [newVersion({ id: 'survivor' })]));
  await Promise.all(Array.from({ length: 6 }, () => db.read({ text: 'SELECT 1' })));

  process.kill(server.pid() as number, 'SIGKILL');
  const answers = Promise.all(
    Array.from({ length: 50 }, () => whenAvailable(() => readResource(db, 'Observation', 'survivor', everything))),
  );
  const written = whenAvailable(() =>
    inTransaction(db, async (tx) => {
      // Of a commit in doubt the client cannot know: it looks first.
      if ((await loadResources(tx, ['Observation/after'])).length === 0) await storeVersions(tx, [newVersion({ id: 'after' })]);
    }),
  );
  t.ok(
    (await answers).every((answer) => answer?.id === 'survivor'),
    'never an empty answer in place of an error',
  );
  await written;
  t.match(await db.read({ text: "SELECT id FROM resource WHERE id = 'after'" }), [{ id: 'after' }]);
  t.match(crashes[0], /started again/);

  await server.stop();
  const [read, search, write] = await Promise.all([
    refusalKind(readResource(db, 'Observation', 'survivor', everything)),
    refusalKind(db.read({ text: 'SELECT 1' })),
    inTransaction(db, (tx) => lockAll(tx, ['x'])).catch(asFhirError),
  ]);
  t.strictSame([read, search, write?.kind], ['unavailable', 'unavailable', 'unavailable'], 'no answer is an error, never an empty answer');
});

t.test('a commit that is killed halfway is either whole or not there', async (t) => {
  const server = await startOwnServer(t);
  await migrate(server.connection);
  const db = await openDatabase(server.connection, { pool: 6, points: 1 });
  t.teardown(() => db.close());
  const acknowledged: number[] = [];
  let running = true;
  t.teardown(() => {
    running = false;
  });
  const writing = Promise.all(
    Array.from({ length: 4 }, async (_, lane) => {
      for (let i = lane; running && i < 4000; i += 4) {
        const pair = [newVersion({ id: `k${i}-a` }), newVersion({ id: `k${i}-b` })];
        const kind = await refusalKind(inTransaction(db, (tx) => storeVersions(tx, pair)));
        if (kind === 'nothing') acknowledged.push(i);
      }
    }),
  );
  for (let kill = 0; kill < 2; kill++) {
    await delay(300);
    const pid = server.pid() as number;
    process.kill(pid, 'SIGKILL');
    while (server.pid() === undefined || server.pid() === pid) await delay(20);
  }
  await delay(300);
  running = false;
  await writing;
  const rows = await db.read<{ n: string; parts: number }>({
    text: `SELECT substring(id from 'k(\\d+)-') AS n, count(*)::integer AS parts FROM resource JOIN resource_history USING (type, id) GROUP BY 1`,
  });
  const found = new Map(rows.map((row) => [Number(row.n), row.parts]));
  t.ok(acknowledged.length > 20);
  t.ok(
    acknowledged.every((i) => found.get(i) === 2),
    'everything acknowledged is there',
  );
  t.ok(
    [...found.values()].every((parts) => parts === 2),
    'nothing is there by half',
  );
});

t.test('stopped, or left by its service, while it is starting again, it does not stay behind', async (t) => {
  const server = await startOwnServer(t);
  const pid = server.pid() as number;
  const databaseDir = join(await realpath(server.dataDir), 'postgres');
  process.kill(pid, 'SIGKILL');
  const starting = async () => (await serversOn(databaseDir)).some((other) => other !== pid);
  while (!(await starting())) await delay(1);
  await server.stop();
  // Workers of the killed postmaster notice its death by themselves, a moment later; a server started again would stay.
  const until = Date.now() + WORKERS_GONE_MS;
  while ((await serversOn(databaseDir)).length > 0 && Date.now() < until) await delay(50);
  t.strictSame(await serversOn(databaseDir), []);
});
