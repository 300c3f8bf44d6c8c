// One measurement: a scenario on the floor and then on the service, with what either took of processors, memory and statements.
import type { Floor, LoadClient } from './child.js';
import type { Asked } from './load-client.js';
import { storeAnswers } from './prepare-floor.js';
import type { Round, Side } from './report.js';
import type { Scenario, Scene } from './scenario.js';
import { databaseCpuMs, usageOf } from './service-process.js';

export interface Bench {
  scene: Scene;
  floor: Floor;
  client: LoadClient;
  /** Sends what goes on beside. */
  second: LoadClient;
}

export async function measure(bench: Bench, scenario: Scenario, clients: number, seconds: number): Promise<Round> {
  const { scene, floor } = bench;
  const requests = await scenario.requests(scene);
  await storeAnswers(scene, requests);
  const job = { clients, seconds, once: scenario.once };
  const onFloor = await measureSide(bench, floor, { ...job, requests: (await scenario.floorRequests?.(scene)) ?? requests });
  const { background } = scenario;
  const beside = background && { ...background, seconds, requests: await background.requests(scene) };
  const onService = await measureSide(bench, scene.service, { ...job, requests }, beside);
  scenario.check(onService.load.sample);
  return { floor: onFloor, service: onService };
}

interface SideJob {
  clients: number;
  seconds: number;
  once: boolean;
  requests: Asked[];
}

async function measureSide(bench: Bench, { pid, port }: { pid: number; port: number }, job: SideJob, beside?: SideJob): Promise<Side> {
  const { scene, client, second } = bench;
  const before = await taken(scene, pid);
  const others = beside && second.run({ ...beside, port });
  const load = await client.run({ ...job, port });
  const after = await taken(scene, pid);
  await others;
  const perAnswer = (what: 'cpuMs' | 'databaseMs' | 'statements') => {
    const [from, to] = [before[what], after[what]];
    return from === undefined || to === undefined ? undefined : (to - from) / load.answers;
  };
  const micros = (ms: number | undefined) => (ms === undefined ? undefined : ms * 1000);
  return {
    load,
    cpuMicros: micros(perAnswer('cpuMs')),
    databaseMicros: micros(perAnswer('databaseMs')),
    statements: perAnswer('statements'),
    rssMb: after.rssMb,
  };
}

async function taken({ database, service }: Scene, pid: number) {
  const usage = await usageOf(pid);
  const { rows } = await database.query<{ calls: string }>('SELECT coalesce(sum(calls), 0) AS calls FROM pg_stat_statements');
  return { ...usage, databaseMs: await databaseCpuMs(service.databasePid), statements: Number(rows[0]?.calls) };
}
