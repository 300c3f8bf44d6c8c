// The long run behind the concurrency tests: three processes on one durable database, the full figures. Ends with 1 if anything was wrong.
// `npm run soak`, or a part of it: `npm run soak -- --scale 0.1`, `npm run soak -- --only search,plan`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ConnectionSettings } from '../src/store/connection-settings.js';
import { startEmbeddedDatabase } from '../src/store/embedded/embedded-database.js';
import { migrate } from '../src/store/migrations.js';
import { type Cluster, startCluster } from '../test/concurrency/cluster.js';
import { walkPages } from '../test/concurrency/page-walk.js';
import { onePlan, overlapping } from '../test/concurrency/plan-storms.js';
import { recompute } from '../test/concurrency/recompute.js';
import { conditionalCreates, contendedUpdates, writeThenSearch } from '../test/concurrency/storms.js';

const PARTS = ['creates', 'updates', 'search', 'pages', 'plan', 'bundles'] as const;
type Part = (typeof PARTS)[number];

const { values } = parseArgs({ options: { scale: { type: 'string', default: '1' }, only: { type: 'string', default: PARTS.join() } } });
const wanted = values.only.split(',') as Part[];
if (!wanted.every((part) => PARTS.includes(part))) throw new Error(`--only takes ${PARTS.join(', ')}.`);
const scale = Number(values.scale);
if (!(scale > 0 && scale <= 10)) throw new Error('--scale is a number above 0, at most 10.');
const scaled = (figure: number) => Math.max(1, Math.round(figure * scale));

interface Line {
  what: string;
  rounds: number;
  duplicates?: number;
  lost?: number;
  stale?: number;
  gaps?: number;
  /** Answers that no client may get, and whatever else was wrong. */
  wrong: string[];
  seconds: number;
}

const CLIENTS = 32;
const lines: Line[] = [];

/** What follows from the record is compared at the end, whatever ran. */
async function part(name: Part, what: string, work: () => Promise<Omit<Line, 'what' | 'seconds'>>): Promise<void> {
  if (wanted.includes(name)) await run(what, work);
}

async function run(what: string, work: () => Promise<Omit<Line, 'what' | 'seconds'>>): Promise<void> {
  const started = Date.now();
  const line = { what, ...(await work()), seconds: Math.round((Date.now() - started) / 1000) };
  lines.push(line);
  const { rounds, duplicates = '-', lost = '-', stale = '-', gaps = '-', wrong, seconds } = line;
  console.log(
    `${what}: rounds ${rounds}, duplicates ${duplicates}, lost ${lost}, stale ${stale}, gaps ${gaps}, wrong ${wrong.length}, ${seconds} s`,
  );
  for (const text of wrong.slice(0, 5)) console.log(`  ${text.slice(0, 300)}`);
}

async function soak(cluster: Cluster, connection: ConnectionSettings): Promise<void> {
  for (const inTransaction of [false, true]) {
    await part('creates', `${CLIENTS} clients, the same If-None-Exist create${inTransaction ? ', inside transactions' : ''}`, async () => {
      const { rounds, duplicates, lost, refused } = await conditionalCreates(cluster, {
        clients: CLIENTS,
        rounds: scaled(1_000),
        inTransaction,
      });
      return { rounds, duplicates, lost, wrong: refused };
    });
  }
  await part('updates', 'contended updates with If-Match', async () => {
    const { updates, lost, gaps, refused } = await contendedUpdates(cluster, { clients: 8, updates: scaled(10_000) });
    return { rounds: updates, lost, gaps, wrong: refused };
  });
  await part('search', 'write on one process, search on another', async () => {
    const { rounds, stale, refused } = await writeThenSearch(cluster, { clients: 12, rounds: scaled(100_000) });
    return { rounds, stale, wrong: refused };
  });
  await part('pages', 'walks over rows of one moment by 1, 7 and 50, at rest and while others write', async () => {
    const { pages, duplicates, lost, wrong } = await walkPages(cluster, connection, { rows: scaled(10_000), counts: [1, 7, 50] });
    return { rounds: pages, duplicates, lost, wrong };
  });
  await part('plan', 'four organisations, one plan', async () => {
    const all = { rounds: scaled(50), lost: 0, wrong: [] as string[] };
    for (let round = 0; round < all.rounds; round++) {
      const { lost, wrong } = await onePlan(cluster, { posts: 36 });
      all.lost += lost.length;
      all.wrong.push(...wrong);
    }
    return all;
  });
  await part('bundles', 'bundles over the same patients, practitioners and devices', async () => {
    const all = { rounds: 0, lost: 0, wrong: [] as string[] };
    for (let seed = 1; seed <= scaled(20); seed++) {
      const { requests, lost, wrong } = await overlapping(cluster, { clients: 12, bundles: 150, seed });
      all.rounds += requests;
      all.lost += lost.length;
      all.wrong.push(...wrong);
    }
    return all;
  });
}

const dataDir = await mkdtemp(join(tmpdir(), 'izp-soak-'));
const database = await startEmbeddedDatabase({ dataDir, settings: { max_connections: '200' } });
let cluster: Cluster | undefined;
const stop = async () => {
  await cluster?.stop();
  await database.stop();
  await rm(dataDir, { recursive: true, force: true });
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop().then(() => process.exit(130)));
try {
  await migrate(database.connection);
  cluster = await startCluster({ connection: database.connection, dataDir });
  await soak(cluster, database.connection);
  await run('plans, cards, history and events against a fresh computation', async () => {
    const { patients, wrong } = await recompute(database.connection);
    return { rounds: patients, wrong };
  });
  if (cluster.log() !== '') console.log(cluster.log().slice(0, 2_000));
} finally {
  await stop();
}
process.exit(
  lines.some(({ duplicates = 0, lost = 0, stale = 0, gaps = 0, wrong }) => duplicates + lost + stale + gaps + wrong.length > 0) ? 1 : 0,
);
