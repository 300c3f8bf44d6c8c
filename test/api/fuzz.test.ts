// Whatever comes in, no answer is a failure of the service, every refusal is an OperationOutcome, and a refused write leaves nothing.
// Seeded: a failure prints the request that caused it, and comes again. FUZZ_RUNS and FUZZ_SEED ask others.
import fc from 'fast-check';
import t from 'tap';
import { fromXml } from '../../src/http/xml.js';
import { startService } from '../harness/service.js';
import { form, type Request, read, write } from './odd-requests.js';
import { MRN, observation, patient } from './records.js';

const RUNS = Number(process.env.FUZZ_RUNS ?? 20_000);
const SEED = Number(process.env.FUZZ_SEED ?? 20_201_001);
/** The others are written, one after the other, with a look after each at what it left: they cost ten times as much. */
const READS = 0.7 * RUNS;
/** Reads that are asked at once. */
const TOGETHER = 20;

const service = await startService(t, { env: { LOG_LEVEL: 'error', RATE_LIMIT: '0', RATE_LIMIT_REFUSALS: '0' } });
const authorization = `Bearer ${await service.token('gp')}`;
await service.put('Patient/p', patient({ id: 'p', identifier: [{ system: MRN, value: 'fuzz' }] }));
await service.put('Observation/o', observation('p', { id: 'o' }));

async function answerOf(sent: Request): Promise<{ status: number; body: string }> {
  const answer = await service.app.inject({ ...sent, headers: { authorization, ...sent.headers } });
  const status = answer.statusCode;
  const fail = (what: string) => {
    throw new Error(`${what}: ${JSON.stringify(sent)} was answered ${status} ${answer.body.slice(0, 300)}`);
  };
  if (status >= 500) fail('a failure of the service');
  if (status >= 400 && sent.method !== 'HEAD' && sent.url.startsWith('/fhir')) {
    const type = String(answer.headers['content-type']);
    const outcome = (type.includes('xml') ? fromXml(answer.body) : JSON.parse(answer.body)) as { resourceType?: string };
    if (outcome.resourceType !== 'OperationOutcome') fail('a refusal that is no OperationOutcome');
  }
  return { status, body: answer.body };
}

/** Runs the property; a failure tells the smallest request that shows it. */
async function hold(
  t: { pass(text: string): void; fail(text: string): void },
  property: fc.IAsyncProperty<any>,
  numRuns: number,
): Promise<void> {
  const out = await fc.check(property, { seed: SEED, numRuns });
  if (out.failed) t.fail(`${out.errorInstance} (after ${out.numRuns} runs: ${JSON.stringify(out.counterexample)?.slice(0, 2000)})`);
  else t.pass(`${out.numRuns} runs`);
}

/** The number of the last change there was; a write that was rolled back leaves none. */
async function lastChange(): Promise<string> {
  const { rows } = await service.database.pool.query('SELECT max(seq) AS seq FROM change_event');
  return rows[0].seq;
}

t.test('reads and searches of every kind', async (t) => {
  await hold(
    t,
    fc.asyncProperty(
      fc.array(fc.oneof({ weight: 4, arbitrary: read }, { weight: 1, arbitrary: form }), { minLength: TOGETHER, maxLength: TOGETHER }),
      async (requests) => {
        await Promise.all(requests.map(answerOf));
      },
    ),
    Math.ceil(READS / TOGETHER),
  );
});

t.test('writes of every kind: refused whole or done whole', async (t) => {
  let before = await lastChange();
  const statuses = new Map<number, number>();
  await hold(
    t,
    fc.asyncProperty(write, async (sent) => {
      const { status, body } = await answerOf(sent);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const after = await lastChange();
      const isBatch = body.includes('batch-response');
      if (status >= 400 && after !== before && !isBatch)
        throw new Error(`a refused write left something: ${JSON.stringify(sent)} was answered ${status} ${body.slice(0, 300)}`);
      before = after;
    }),
    Math.ceil(RUNS - READS),
  );
  t.comment(
    [...statuses]
      .sort()
      .map(([status, count]) => `${status}: ${count}`)
      .join(', '),
  );
  t.ok((statuses.get(201) ?? 0) > RUNS / 200, 'some of it is written');
  t.ok((statuses.get(400) ?? 0) > RUNS / 200 && (statuses.get(422) ?? 0) > RUNS / 200, 'and some of it is refused late');
});

t.test('what is there afterwards hangs together', async (t) => {
  const count = async (sql: string) => Number((await service.database.pool.query(`SELECT count(*) AS n FROM ${sql}`)).rows[0].n);
  t.equal(await count('resource_history'), await count('change_event'), 'an event for every version');
  t.equal(
    await count(
      'resource r WHERE NOT EXISTS (SELECT FROM resource_history h WHERE (h.type, h.id, h.version) = (r.type, r.id, r.version) AND h.content = r.content)',
    ),
    0,
    'every resource is its last version',
  );
  t.equal(
    await count('identifier i WHERE NOT EXISTS (SELECT FROM resource r WHERE (r.type, r.id) = (i.type, i.id) AND NOT r.deleted)'),
    0,
    'no identity of nobody',
  );
  t.equal(
    await count(
      "(SELECT patient_id FROM resource WHERE type = 'CarePlan' AND NOT deleted AND content::jsonb ->> 'status' = 'active' GROUP BY 1 HAVING count(*) > 1) x",
    ),
    0,
    'one active plan a patient at most',
  );
  t.equal((await service.get('Patient?_summary=count')).status, 200);
});
