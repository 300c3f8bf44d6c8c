// Does the time an answer takes tell that somebody is here? The same questions about hidden patients and about nobody, interleaved:
// medians in ms and their ratio. `node --import=tsx bench/denied-timing.ts [requests per question]`; 1 is the ratio to have.
import { randomInt } from 'node:crypto';
import { startService } from '../test/harness/service.js';

/** Requests of each question and kind: enough for a median that moves by less than a percent from run to run on a quiet machine. */
const REQUESTS = Number(process.argv[2] ?? 1_000);
/** Requests that nobody counts: code compiled, statements planned, caches filled. */
const WARM_UP = 200;
/** Hidden patients, and as many who are not there. */
const PATIENTS = 40;
const OBSERVATIONS = 5;
const BSN_SYSTEM = 'http://fhir.nl/fhir/NamingSystem/bsn';

const ends: (() => unknown)[] = [];
const service = await startService({ teardown: (end: () => unknown) => void ends.push(end) } as never, {
  env: { LOG_LEVEL: 'error', RATE_LIMIT: '0', RATE_LIMIT_EMERGENCY: '0' },
});

/** Two lists of numbers that pass the eleven check. */
const numbers = [...Array(PATIENTS * 25).keys()].flatMap((i) => bsnFrom(92_000_000 + i)).slice(0, 2 * PATIENTS);
const [here, absent] = [numbers.slice(0, PATIENTS), numbers.slice(PATIENTS)];

function bsnFrom(eight: number): string[] {
  const check = [...String(eight)].reduce((sum, digit, i) => sum + Number(digit) * (9 - i), 0) % 11;
  return check < 10 ? [`${eight}${check}`] : [];
}

const put = (resource: { resourceType: string; id: string }) => ({
  resource,
  request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
});
for (const bsn of here) {
  const id = `p-${bsn}`;
  const observations = [...Array(OBSERVATIONS).keys()].map((i) =>
    put({
      resourceType: 'Observation',
      id: `o-${bsn}-${i}`,
      status: 'final',
      code: { coding: [{ system: 'http://snomed.info/sct', code: '247751003' }] },
      subject: { reference: `Patient/${id}` },
      valueString: 'Wil buiten zitten.',
    } as never),
  );
  const entry = [
    put({ resourceType: 'Patient', id, identifier: [{ system: BSN_SYSTEM, value: bsn }], name: [{ family: 'P' }] } as never),
    ...observations,
  ];
  const posted = await service.post('', { resourceType: 'Bundle', type: 'transaction', entry });
  if (posted.status !== 200) throw new Error(posted.text);
}

interface Asked {
  method: 'GET' | 'POST';
  url: string;
  payload?: string;
  headers?: Record<string, string>;
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const QUESTIONS: Record<string, (bsn: string) => Asked> = {
  'read by id': (bsn) => ({ method: 'GET', url: `/fhir/R4/Observation/o-${bsn}-0` }),
  vread: (bsn) => ({ method: 'GET', url: `/fhir/R4/Observation/o-${bsn}-0/_history/1` }),
  history: (bsn) => ({ method: 'GET', url: `/fhir/R4/Observation/o-${bsn}-0/_history` }),
  'search by patient': (bsn) => ({ method: 'GET', url: `/fhir/R4/Observation?patient=p-${bsn}` }),
  'search by BSN': (bsn) => ({
    method: 'POST',
    url: '/fhir/R4/Patient/_search',
    payload: new URLSearchParams({ identifier: `${BSN_SYSTEM}|${bsn}` }).toString(),
    headers: FORM,
  }),
  'summary by id': (bsn) => ({ method: 'GET', url: `/fhir/R4/Patient/p-${bsn}/$acp-summary` }),
  'card by BSN': (bsn) => ({
    method: 'POST',
    url: '/v1/emergency-card',
    payload: JSON.stringify({ bsn }),
    headers: { 'content-type': 'application/json' },
  }),
};

const authorization = `Bearer ${await service.token('ambulance', 'ETREAT')}`;

async function time({ headers, ...asked }: Asked): Promise<number> {
  const began = process.hrtime.bigint();
  const { statusCode } = await service.app.inject({ ...asked, headers: { ...headers, authorization } });
  if (statusCode !== 200 && statusCode !== 404) throw new Error(`${asked.url}: ${statusCode}`);
  return Number(process.hrtime.bigint() - began) / 1e6;
}

function median(times: number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] as number;
}

const pick = (list: string[]) => list[randomInt(list.length)] as string;
try {
  console.log(
    `median ms of ${REQUESTS} requests each\n${'question'.padEnd(20)}${'hidden'.padStart(9)}${'absent'.padStart(9)}${'ratio'.padStart(8)}`,
  );
  for (const [name, question] of Object.entries(QUESTIONS)) {
    const times: [hidden: number[], absent: number[]] = [[], []];
    for (let i = -WARM_UP; i < REQUESTS; i++) {
      // Which of the two comes first is chance: whatever the one leaves warm serves the other as often.
      const order = randomInt(2) === 0 ? [0, 1] : [1, 0];
      for (const which of order) {
        const taken = await time(question(pick(which === 0 ? here : absent)));
        if (i >= 0) (times[which] as number[]).push(taken);
      }
    }
    const [hidden, gone] = times.map(median) as [number, number];
    console.log(
      `${name.padEnd(20)}${hidden.toFixed(3).padStart(9)}${gone.toFixed(3).padStart(9)}${(hidden / gone).toFixed(3).padStart(8)}`,
    );
  }
} finally {
  for (const end of ends) await end();
}
