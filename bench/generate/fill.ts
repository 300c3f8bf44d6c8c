// Stamps out the rows of some tables and streams them into the database, one COPY per table, with as little in memory as goes on.
import { once } from 'node:events';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { organizations, type Population, patientValues } from './patient-values.js';
import { random, seedOf } from './random.js';
import { columnsOf } from './tables.js';
import { asBytes, type PlanTemplate, planAsBytes, stamp, withDigests } from './template.js';
import { type Kind, listOf, STAND_INS } from './variables.js';

export interface Filling extends Population {
  connection: pg.ClientConfig;
  tables: string[];
  directory: Record<Kind, PlanTemplate>;
  plans: PlanTemplate[];
}

/** Patients stamped before their rows are handed over: some 100 kB each. */
const CHUNK = 32;

/** Resolves with the rows of each table when all are committed. Each table must be empty; its rows are frozen, for they are committed together. */
export async function fill(
  { connection, tables, directory, plans, ...population }: Filling,
  progress: (done: number) => void,
): Promise<Record<string, number>> {
  const { seed, patients } = population;
  const sinks = await Promise.all(tables.map((table) => openSink(connection, table)));
  const write = async (rows: string[]) => {
    await Promise.all(sinks.map(({ stream }, i) => stream.write(Buffer.from(rows[i] as string, 'latin1')) || once(stream, 'drain')));
  };
  const kinds = plans.map(planAsBytes);
  for (const { kind, values } of organizations(population)) {
    const template = planAsBytes(directory[kind]);
    const list = withDigests(template, listOf({ ...STAND_INS, ...values }).map(asBytes));
    await write(tables.map((table) => stamp(template.tables[table] ?? NOTHING, list)));
  }
  for (let n = 0; n < patients; n += CHUNK) {
    const rows = tables.map(() => '');
    for (let i = n; i < Math.min(n + CHUNK, patients); i++) {
      const plan = kinds[planOf(seed, i, kinds.length)] as PlanTemplate;
      const list = withDigests(plan, listOf(patientValues(population, i, plan.gender)).map(asBytes));
      for (const [t, table] of tables.entries()) rows[t] += stamp(plan.tables[table] ?? NOTHING, list);
    }
    await write(rows);
    progress(Math.min(n + CHUNK, patients));
  }
  const rows = await Promise.all(sinks.map((sink) => sink.commit()));
  return Object.fromEntries(tables.map((table, i) => [table, rows[i] as number]));
}

const NOTHING = { parts: [''], places: [] };

/** Which of the kinds of plans the nth patient has. */
export function planOf(seed: number, n: number, kinds: number): number {
  return random(seedOf(seed, 'plan', n)).whole(0, kinds - 1);
}

/** Begins by emptying the empty table: what is written then needs no log where the server keeps a minimal one. */
async function openSink(connection: pg.ClientConfig, table: string) {
  const client = new pg.Client(connection);
  await client.connect();
  // The guards of append-only tables refuse TRUNCATE, also of nothing.
  await client.query(`SET session_replication_role = replica; BEGIN; TRUNCATE ${table}`);
  const stream = client.query(copyFrom(`COPY ${table} (${await columnsOf(client, table)}) FROM STDIN (FREEZE)`));
  const failed = once(stream, 'finish').catch((error) => {
    throw new Error(`COPY ${table}: ${error.message}`, { cause: error });
  });
  failed.catch(() => {});
  return {
    stream,
    async commit() {
      stream.end();
      await failed;
      await client.query('COMMIT');
      await client.end();
      return stream.rowCount;
    },
  };
}
