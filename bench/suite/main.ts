// The benchmark: its own service, its own database, and each scenario beside its floor, turn by turn, in one run.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startFloor, startLoadClient } from './child.js';
import { CONVERSATION_SIZE } from './conversations.js';
import { prepareDataDirectory } from './data-directory.js';
import { explain } from './explain.js';
import { readKeys } from './keys.js';
import { type Bench, measure } from './measure.js';
import { openWalks, underLoad } from './memory.js';
import { readOptions } from './options.js';
import { answerHeaders, prepareFloor } from './prepare-floor.js';
import { keyOf, machine, type Result, type Round, resultOf, tableOf } from './report.js';
import type { Scenario, Scene } from './scenario.js';
import { history } from './scenarios/history.js';
import { SCENARIOS } from './scenarios.js';
import { startServiceProcess } from './service-process.js';

/** Patients that the reading scenarios ask about in turn. */
const ASKED = 1_000;
/** Before the rounds, so that compilers and caches are warm, in seconds: after one a seventh of the time still went into compiling. */
const WARM_UP_SECONDS = 4;
const BASELINE = fileURLToPath(new URL('../../bench/baseline.json', import.meta.url));

const options = readOptions(process.argv.slice(2));
const scenarios = SCENARIOS.filter(({ name, fullOnly }) =>
  options.only.length > 0 ? options.only.includes(name) : options.full || options.explain || !fullOnly,
);
if (scenarios.length === 0) throw new Error(`--only takes names of ${SCENARIOS.map(({ name }) => name).join(', ')}.`);

const data = await prepareDataDirectory(options);
try {
  const service = await startServiceProcess(data.path, options.profile);
  const database = new pg.Client(service.connection);
  try {
    await database.connect();
    await prepareFloor(database);
    let used = 0;
    const scene: Scene = {
      service,
      database,
      keys: await readKeys(database, ASKED),
      token: service.token,
      fresh: () => used++,
    };
    await (options.explain ? explain(scene, [...scenarios, history]) : run(scene));
  } finally {
    await database.end();
    await service.stop();
  }
} finally {
  await data.remove();
}

async function run(scene: Scene): Promise<void> {
  const { database, service } = scene;
  await database.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  const bench: Bench = { scene, floor: await startFloor(service.connection), client: startLoadClient(), second: startLoadClient() };
  try {
    const named = SCENARIOS.filter(({ name }) => ['card', 'summary', 'read', 'unchanged', 'query2'].includes(name));
    bench.floor.answerWith(await answerHeaders(scene, bench.client, named));
    const results = await measureAll(bench);
    const walks = options.full ? { rssWithOpenWalks: await openWalks(bench) } : {};
    const memory = await underLoad(bench, options.memoryMinutes, (mb) => process.stderr.write(`\rrss ${mb} MB `));
    await tell(scene, results, { ...walks, ...(memory.length > 0 && { rssUnderLoad: memory }) });
  } finally {
    bench.client.stop();
    bench.second.stop();
    bench.floor.stop();
  }
}

async function measureAll(bench: Bench): Promise<Result[]> {
  const turns = scenarios.flatMap((scenario) => clientsOf(scenario).map((clients) => ({ scenario, clients, rounds: [] as Round[] })));
  for (const { scenario, clients } of turns) await measure(bench, scenario, clients, WARM_UP_SECONDS);
  for (let round = 1; round <= options.rounds; round++) {
    for (const { scenario, clients, rounds } of turns) {
      process.stderr.write(`\rround ${round} of ${options.rounds}: ${scenario.name} with ${clients} clients`.padEnd(60));
      rounds.push(await measure(bench, scenario, clients, options.seconds));
    }
  }
  process.stderr.write('\n');
  return turns.map(({ scenario, clients, rounds }) => resultOf(scenario, clients, rounds));
}

function clientsOf({ clients }: Scenario): readonly number[] {
  if (typeof clients === 'number') return [Math.min(clients, options.clients)];
  return options.full && clients !== undefined ? clients : [options.clients];
}

async function tell({ database, service }: Scene, results: Result[], memory: object): Promise<void> {
  const { rows } = await database.query<{ size: string; patients: string }>(
    'SELECT pg_size_pretty(pg_database_size(current_database())) AS size, (SELECT count(*) FROM emergency_card) AS patients',
  );
  const about = {
    ...machine(),
    patients: Number(rows[0]?.patients),
    conversationSize: CONVERSATION_SIZE,
    rounds: options.rounds,
    seconds: options.seconds,
    startMs: service.startMs,
    databaseSize: rows[0]?.size,
    ...memory,
  };
  const baseline = await readFile(BASELINE, 'utf8').then(JSON.parse, () => ({ results: [] }));
  const before = new Map((baseline.results as Result[]).map((result) => [keyOf(result), result]));
  process.stdout.write(`\n${tableOf(results, before)}\n\n${results.map(({ name, title }) => `${name}: ${title}`).join('\n')}\n`);
  for (const { name, kinds } of results) {
    const parts = Object.entries(kinds ?? {}).map(
      ([kind, { p50, p99, answers }]) => `${kind} ${answers}: ${p50.toFixed(1)}, ${p99.toFixed(1)}`,
    );
    if (parts.length > 0) process.stdout.write(`${name}, p50 and p99 in ms: ${parts.join(' · ')}\n`);
  }
  process.stdout.write(`${JSON.stringify(about)}\n`);
  process.stdout.write(`medians of ${options.rounds} rounds, floor and service in turn; "was": ${baseline.about?.date ?? 'no baseline'}\n`);
  const json = `${JSON.stringify({ about: { date: new Date().toISOString().slice(0, 10), ...about }, results }, null, 1)}\n`;
  if (options.json) await writeFile(options.json, json);
  if (options.saveBaseline) await writeFile(BASELINE, json);
}
