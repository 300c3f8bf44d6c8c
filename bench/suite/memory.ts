// What stays in memory: under load for some minutes, and with many page walks left open.
import type { Bench } from './measure.js';
import { SCENARIOS } from './scenarios.js';
import { usageOf } from './service-process.js';

/** The load is what is asked most; a slice of each in turn, in seconds. */
const MIX = ['card', 'unchanged', 'pull', 'read'];
const SLICE_SECONDS = 7.5;
const CLIENTS = 32;

/** Resident megabytes of the service every half minute. */
export async function underLoad({ scene, client }: Bench, minutes: number, tell: (rssMb: number) => void): Promise<number[]> {
  const readings: number[] = [];
  for (const until = Date.now() + minutes * 60_000; Date.now() < until; ) {
    for (const name of MIX) {
      const scenario = SCENARIOS.find((one) => one.name === name);
      const requests = (await scenario?.requests(scene)) ?? [];
      await client.run({ port: scene.service.port, clients: CLIENTS, seconds: SLICE_SECONDS, requests, once: false });
    }
    readings.push((await usageOf(scene.service.pid))?.rssMb ?? 0);
    tell(readings.at(-1) as number);
  }
  return readings;
}

const WALKS = 100;
const PAGES = 3;

/** Resident megabytes before and after so many walks that are begun and never ended. */
export async function openWalks({ scene }: Bench): Promise<{ walks: number; beforeMb: number; afterMb: number }> {
  const rss = async () => (await usageOf(scene.service.pid))?.rssMb ?? 0;
  const beforeMb = await rss();
  for (let walk = 0; walk < WALKS; walk++) {
    const headers = { authorization: `Bearer ${await scene.token('gp')}` };
    let url: string | undefined = `http://127.0.0.1:${scene.service.port}/fhir/R4/Observation?_count=5&_total=none`;
    for (let page = 0; page < PAGES && url !== undefined; page++) {
      const answer = await fetch(url, { headers });
      const bundle = (await answer.json()) as { link?: { relation: string; url: string }[] };
      if (!answer.ok) throw new Error(JSON.stringify(bundle));
      url = bundle.link?.find(({ relation }) => relation === 'next')?.url;
    }
  }
  return { walks: WALKS, beforeMb, afterMb: await rss() };
}
