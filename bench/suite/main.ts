// The benchmark: its own service, its own database, and each scenario beside its floor, turn by turn, in one run.
import { writeFile } from 'node:fs/promises';
import { startFloor, startLoadClient } from './child.js';
import type { Job } from './load-client.js';
import { readOptions } from './options.js';
import { CONVERSATION_SIZE, loadPatients, openConnection, readKeys } from './patients.js';
import { answerHeaders, prepareFloor } from './prepare-floor.js';
import { machine, type Result, type Round, resultOf, type Side, tableOf } from './report.js';
import { SCENARIOS, type Scenario } from './scenarios.js';
import { databaseCpuMs, startServiceProcess, usageOf } from './service-process.js';

/** Patients that the reading scenarios ask about in turn. */
const ASKED = 1_000;
/** Before the rounds, so that compilers and caches are warm, in seconds. */
const WARM_UP_SECONDS = 2;

const options = readOptions(process.argv.slice(2));
const scenarios = SCENARIOS.filter(({ name }) => options.only.length === 0 || options.only.includes(name));
if (scenarios.length === 0) throw new Error(`--only takes names of ${SCENARIOS.map(({ name }) => name).join(', ')}.`);

const service = await startServiceProcess(options.profile);
const client = startLoadClient();
const database = await openConnection(service);
const floor = await startFloor(service.connection);
try {
  const loadedPerSecond = await loadPatients(service, client, options.patients);
  await database.query('ANALYZE');
  const keys = await readKeys(database, ASKED);
  await prepareFloor(database, service, keys);
  floor.answerWith(await answerHeaders(service, client, keys, scenarios));
  let used = options.patients;
  const fresh = () => used++;

  const measure = async (scenario: Scenario, seconds: number): Promise<Round> => {
    const [name, purpose] = scenario.caller;
    const requests = scenario.requests(keys, await service.token(name, purpose), fresh);
    const job = {
      clients: Math.min(options.clients, scenario.clients ?? options.clients),
      seconds,
      requests,
      once: scenario.once,
      status: 200,
    };
    const onFloor = await measureSide(floor, job);
    const onService = await measureSide(service, job);
    scenario.check(onService.load.sample);
    return { floor: onFloor, service: onService };
  };

  const measureSide = async ({ pid, port }: { pid: number; port: number }, job: Omit<Job, 'port'>): Promise<Side> => {
    const [before, databaseBefore] = [await usageOf(pid), await databaseCpuMs(service.databasePid)];
    const load = await client.run({ ...job, port });
    const [after, databaseAfter] = [await usageOf(pid), await databaseCpuMs(service.databasePid)];
    const perAnswer = (from: number | undefined, to: number | undefined) =>
      from === undefined || to === undefined ? undefined : ((to - from) * 1000) / load.answers;
    return {
      load,
      cpuMicros: perAnswer(before?.cpuMs, after?.cpuMs),
      databaseMicros: perAnswer(databaseBefore, databaseAfter),
      rssMb: after?.rssMb,
    };
  };

  for (const scenario of scenarios) await measure(scenario, WARM_UP_SECONDS);
  const rounds = new Map<string, Round[]>(scenarios.map(({ name }) => [name, []]));
  for (let round = 1; round <= options.rounds; round++) {
    for (const scenario of scenarios) {
      process.stderr.write(`\rround ${round} of ${options.rounds}: ${scenario.name.padEnd(10)}`);
      rounds.get(scenario.name)?.push(await measure(scenario, options.seconds));
    }
  }
  process.stderr.write('\n');

  const results: Result[] = scenarios.map((scenario) => resultOf(scenario, rounds.get(scenario.name) as Round[]));
  const { rows } = await database.query<{ size: string }>('SELECT pg_size_pretty(pg_database_size(current_database())) AS size');
  const about = {
    ...machine(),
    patients: used,
    conversationSize: CONVERSATION_SIZE,
    clients: options.clients,
    rounds: options.rounds,
    seconds: options.seconds,
    startMs: service.startMs,
    loadedPerSecond: Math.round(loadedPerSecond * 10) / 10,
    databaseSize: rows[0]?.size,
  };
  process.stdout.write(`\n${tableOf(results)}\n\n${results.map(({ name, title }) => `${name}: ${title}`).join('\n')}\n`);
  process.stdout.write(
    `${Object.entries(about)
      .map(([name, value]) => `${name} ${value}`)
      .join(' · ')}\n`,
  );
  process.stdout.write(`medians of ${options.rounds} rounds, floor and service in turn\n\n`);
  const json = JSON.stringify({ about, results });
  process.stdout.write(`${json}\n`);
  if (options.json) await writeFile(options.json, `${json}\n`);
} finally {
  client.stop();
  floor.stop();
  await database.end();
  await service.stop();
}
