// Fills a migrated, empty database: kinds of plans made by the service itself, then copies of them for each patient, indexes last.
import { fork } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Filling } from './fill.js';
import type { Population } from './patient-values.js';
import { makePlans, type PlansToMake } from './plans.js';
import { indexesOf } from './tables.js';
import { type PlanTemplate, shareOf } from './template.js';

export type Generation = Population & PlansToMake;

export interface Told {
  step(name: string): void;
  progress(done: number): void;
}

export interface Generated {
  resources: number;
  rows: Record<string, number>;
  bytes: number;
  /** Of the processes that stamp. */
  cpuSeconds: number;
}

/** One process per processor of two: the tables are shared out among them, the database's own processes run beside. */
const WORKERS = 2;
/** Connections that make indexes, one each at a time. */
const INDEX_MAKERS = 2;
/** Enough for the sorts of a country's indexes not to go over the disk more than once. */
const INDEX_MEMORY = '512MB';

/** `connection` is the owner's, and may switch off triggers: rows are written as they are. */
export async function generate(connection: pg.ClientConfig, about: Generation, told: Told): Promise<Generated> {
  told.step(`making ${about.kinds} kinds of plans`);
  const made = await makePlans(about);
  const plans: PlanTemplate[] = [];
  try {
    for await (const plan of made.plans) plans.push(plan);
  } finally {
    await made.stop();
  }
  const client = new pg.Client(connection);
  await client.connect();
  const folder = await mkdtemp(join(tmpdir(), 'izp-fill-'));
  try {
    const bytes = bytesOf([...plans, ...Object.values(made.directory)]);
    const tables = [...bytes.keys()];
    await requireEmpty(client, tables);
    const indexes = await indexesOf(client, tables);
    for (const statement of indexes.drop) await client.query(statement);
    told.step(`writing ${about.patients} patients`);
    const { seed, patients, demoShare } = about;
    const filling = { connection, seed, patients, demoShare, directory: made.directory };
    const shares = shared(bytes);
    const done = shares.map(() => 0);
    const finished = await Promise.all(
      shares.map(async (share, i) => {
        const job: Filling = { ...filling, tables: share, plans: plans.map((plan) => shareOf(plan, share)) };
        const file = join(folder, `${i}.json`);
        await writeFile(file, JSON.stringify(job));
        return work(file, (count) => {
          done[i] = count;
          told.progress(Math.min(...done));
        });
      }),
    );
    told.step(`making ${indexes.create.length} indexes`);
    await makeIndexes(connection, indexes.create);
    for (const statement of indexes.attach) await client.query(statement);
    told.step('looking at what there is');
    // As autovacuum would leave them: it would begin with all of them as soon as a service starts.
    await client.query('VACUUM (ANALYZE)');
    const rows: Record<string, number> = Object.assign({}, ...finished.map((one) => one.rows));
    const size = await client.query<{ bytes: string }>('SELECT pg_database_size(current_database()) AS bytes');
    return {
      resources: rows.resource as number,
      rows,
      bytes: Number(size.rows[0]?.bytes),
      cpuSeconds: finished.reduce((sum, one) => sum + one.cpuSeconds, 0),
    };
  } finally {
    await client.end();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Bytes of one of each template, by table; tables without rows are left out. */
function bytesOf(templates: PlanTemplate[]): Map<string, number> {
  const bytes = new Map<string, number>();
  for (const { tables } of templates) {
    for (const [table, { parts }] of Object.entries(tables)) {
      const size = parts.reduce((sum, part) => sum + part.length, 0);
      if (size > 0) bytes.set(table, (bytes.get(table) ?? 0) + size);
    }
  }
  return bytes;
}

/** Tables for each worker, about as many bytes for each. */
function shared(bytes: Map<string, number>): string[][] {
  const shares = Array.from({ length: WORKERS }, () => ({ size: 0, tables: [] as string[] }));
  for (const [table, size] of [...bytes].sort(([, a], [, b]) => b - a)) {
    const least = shares.reduce((a, b) => (b.size < a.size ? b : a));
    least.size += size;
    least.tables.push(table);
  }
  return shares.map(({ tables }) => tables);
}

interface Finished {
  rows: Record<string, number>;
  cpuSeconds: number;
}

function work(file: string, progress: (done: number) => void): Promise<Finished> {
  const child = fork(fileURLToPath(new URL('worker.ts', import.meta.url)), [file], { execArgv: ['--import=tsx'] });
  return new Promise((resolve, reject) => {
    let finished: Finished | undefined;
    child.on('message', (message: { done: number } | Finished) => {
      if ('done' in message) progress(message.done);
      else finished = message;
    });
    child.once('exit', (code) => (code === 0 && finished ? resolve(finished) : reject(new Error(`a worker ended with ${code}`))));
  });
}

async function makeIndexes(connection: pg.ClientConfig, statements: string[]): Promise<void> {
  const left = [...statements];
  await Promise.all(
    Array.from({ length: INDEX_MAKERS }, async () => {
      const client = new pg.Client(connection);
      await client.connect();
      await client.query(`SET maintenance_work_mem = '${INDEX_MEMORY}'`);
      for (let statement = left.shift(); statement !== undefined; statement = left.shift()) await client.query(statement);
      await client.end();
    }),
  );
}

async function requireEmpty(client: pg.Client, tables: string[]): Promise<void> {
  for (const table of tables) {
    const { rowCount } = await client.query(`SELECT FROM ${table} LIMIT 1`);
    if (rowCount)
      throw new Error(`The database holds records already (${table}): generate into a fresh one, before a service starts on it.`);
  }
}
