// The database is killed in the middle of transactions, whole and connection by connection: nothing is half done, nothing acknowledged
// is lost, nobody is told anything but "not now", and the service goes on by itself.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import t from 'tap';
import { migrate } from '../../src/store/migrations.js';
import { startOwnServer } from '../harness/database.js';
import { type Cluster, startCluster } from './cluster.js';
import { carePlan, directive } from './plan-storms.js';
import { recompute } from './recompute.js';
import { createPatient, observation } from './storms.js';

const OWN = 'https://crash.example/ids';
/** Longer than any patience of the service, in ms. */
const RECOVERY_MS = 20_000;

const server = await startOwnServer(t, { settings: { max_connections: '120' } });
await migrate(server.connection);
const dataDir = await mkdtemp(join(tmpdir(), 'izp-crash-'));
const cluster = await startCluster({ connection: server.connection, dataDir, size: 2, env: { LOG_LEVEL: 'silent' } });
t.teardown(async () => {
  await cluster.stop();
  await rm(dataDir, { recursive: true, force: true });
});

interface Load {
  /** Bundles that were acknowledged, by name. */
  acknowledged: Set<string>;
  sent: number;
  statuses: Map<number, number>;
  stop(): Promise<void>;
}

const ENTRIES = 6;

/** Clients post bundles of six resources that share a name, each under its own key, and send those that failed again under the same key. */
function startLoad(cluster: Cluster, patients: string[], run: string): Load {
  const load: Load = { acknowledged: new Set(), sent: 0, statuses: new Map(), stop: async () => {} };
  let isOver = false;
  const client = async (patient: string, number: number) => {
    for (let n = 0; !isOver; n++) {
      const name = `${run}-${number}-${n}`;
      const resources = [
        ...Array.from({ length: ENTRIES - 2 }, (_, i) => ({
          ...observation(patient, name),
          identifier: [{ system: OWN, value: `${name}-${i}` }],
        })),
        carePlan(patient, name),
        directive(patient, name, n % 2 === 0 ? 'permit' : 'deny'),
      ] as { resourceType: string }[];
      const body = {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: resources.map((resource) => ({ resource, request: { method: 'POST', url: resource.resourceType } })),
      };
      for (const until = Date.now() + RECOVERY_MS; Date.now() < until; ) {
        const answer = await cluster.ask('POST', '', { body, headers: { 'idempotency-key': name } });
        load.sent++;
        load.statuses.set(answer.status, (load.statuses.get(answer.status) ?? 0) + 1);
        if (answer.status === 200) {
          load.acknowledged.add(name);
          break;
        }
        await delay(50);
      }
    }
  };
  const clients = Promise.all(patients.map(client));
  load.stop = async () => {
    isOver = true;
    await clients;
  };
  return load;
}

/** A connection of the test's own, once the server takes one. */
async function connect(): Promise<pg.Client> {
  for (const until = Date.now() + RECOVERY_MS; ; await delay(50)) {
    const client = new pg.Client(server.connection);
    client.on('error', () => {});
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (Date.now() > until) throw error;
    }
  }
}

/** How many of a bundle's observations are there, by its name. */
async function stored(run: string): Promise<Map<string, number>> {
  const client = await connect();
  const { rows } = await client.query<{ name: string; n: number }>(
    `SELECT content::jsonb ->> 'valueString' AS name, count(*)::integer AS n FROM resource
      WHERE type = 'Observation' AND content::jsonb ->> 'valueString' LIKE $1 GROUP BY 1`,
    [`${run}-%`],
  );
  await client.end();
  return new Map(rows.map(({ name, n }) => [name, n]));
}

async function checkAll(t: typeof import('tap').default, load: Load, run: string): Promise<void> {
  const there = await stored(run);
  t.ok(load.acknowledged.size > 10, `${load.acknowledged.size} bundles were acknowledged`);
  t.strictSame(
    [...load.acknowledged].filter((name) => there.get(name) !== ENTRIES - 2),
    [],
    'every acknowledged bundle is there, whole and once',
  );
  t.strictSame(
    [...there].filter(([, n]) => n !== ENTRIES - 2),
    [],
    'none is there in part',
  );
  t.strictSame(
    [...load.statuses.keys()].filter((status) => status !== 200 && status !== 503),
    [],
    'done, or not now',
  );
  t.strictSame((await recompute(server.connection)).wrong, []);
}

t.test('connections are ended at random', async (t) => {
  const patients = await Promise.all(Array.from({ length: 6 }, () => createPatient(cluster)));
  const load = startLoad(cluster, patients, 'ended');
  const client = await connect();
  let ended = 0;
  for (let n = 0; n < 40; n++) {
    await delay(60);
    const { rowCount } = await client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'izp%' AND pid <> pg_backend_pid() ORDER BY (state = 'idle'), random() LIMIT 2",
    );
    ended += rowCount ?? 0;
  }
  await client.end();
  await load.stop();
  t.ok(ended >= 40, `${ended} connections were ended`);
  await checkAll(t as never, load, 'ended');
});

t.test('one backend is killed, so that PostgreSQL ends all of them and recovers', async (t) => {
  const patients = await Promise.all(Array.from({ length: 6 }, () => createPatient(cluster)));
  const load = startLoad(cluster, patients, 'backend');
  for (let n = 0; n < 2; n++) {
    await delay(800);
    const client = await connect();
    const { rows } = await client.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE application_name = 'izp' AND state <> 'idle' LIMIT 1",
    );
    await client.end().catch(() => undefined);
    if (rows[0]) process.kill(rows[0].pid, 'SIGKILL');
  }
  await delay(800);
  await load.stop();
  await checkAll(t as never, load, 'backend');
});

t.test('the whole server is killed twice, and comes back', async (t) => {
  const patients = await Promise.all(Array.from({ length: 6 }, () => createPatient(cluster)));
  const load = startLoad(cluster, patients, 'server');
  for (let n = 0; n < 2; n++) {
    await delay(1_000);
    process.kill(server.pid() as number, 'SIGKILL');
    await delay(1_500);
  }
  await load.stop();
  await checkAll(t as never, load, 'server');
  const card = await cluster.ask('GET', `Patient/${patients[0]}/$acp-summary`);
  t.equal(card.status, 200, 'reads are back as well');
});
