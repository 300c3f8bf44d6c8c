// More asked than can be done: what waits, what is refused, and that the emergency answer is neither.
import t from 'tap';
import { Gate, type Place } from '../../src/http/admission.js';
import { startService } from '../harness/service.js';
import { observation, patient as person } from './records.js';

t.test('a gate lets in as many as it has places for, and the next in order as they leave', async (t) => {
  const gate = new Gate(2);
  const inside: (Place | undefined)[] = [];
  for (let i = 0; i < 4; i++) gate.enter((place) => inside.push(place));
  t.equal(inside.length, 2);
  inside[0]?.leave();
  inside[0]?.leave();
  t.equal(inside.length, 3, 'whoever leaves twice frees one place');
  inside[1]?.leave();
  inside[2]?.leave();
  inside[3]?.leave();
  const later: unknown[] = [];
  for (let i = 0; i < 3; i++) gate.enter((place) => later.push(place));
  t.equal(later.length, 2, 'all places are free again, and no more than that');
});

t.test('a full line refuses at once, and who gives up waiting leaves his turn to the next', async (t) => {
  const gate = new Gate(1);
  const told: [string, boolean][] = [];
  const enter = (name: string) => gate.enter((place) => told.push([name, place !== undefined]));
  let first: Place | undefined;
  gate.enter((place) => {
    first = place;
  });
  const giveUp = enter('gives up');
  for (let i = 0; i < 9; i++) enter(`waits ${i}`);
  enter('too many');
  t.strictSame(told, [['too many', false]]);
  giveUp();
  first?.leave();
  t.strictSame(told.at(-1), ['waits 0', true]);
});

t.test('beyond capacity writes are refused with 503 and Retry-After, while emergency answers and reads go on', async (t) => {
  const service = await startService(t, { env: { MAX_WRITES: '1' } });
  const bsn = '999911120';
  const identifier = [{ system: 'http://fhir.nl/fhir/NamingSystem/bsn', value: bsn }];
  const opened = await service.post('Patient', person({ identifier }));
  t.equal(opened.status, 201, opened.text);
  const patient = opened.json.id;
  // A transaction that waits for a lock keeps its place.
  const holder = await service.database.pool.connect();
  await holder.query('BEGIN');
  await holder.query('LOCK TABLE resource IN EXCLUSIVE MODE');
  const wish = observation(patient);
  const writes = Array.from({ length: 16 }, () => service.post('Observation', wish));
  const refused = await Promise.race(
    writes.map(async (write) => write.then((answer) => (answer.status === 503 ? answer : new Promise<never>(() => {})))),
  );
  t.equal(refused.headers.get('retry-after'), '2');
  t.match(refused.json, { resourceType: 'OperationOutcome', issue: [{ code: 'throttled', diagnostics: /not an empty answer/ }] });
  const asked = { as: 'gp', purpose: 'ETREAT' };
  const cards = await Promise.all(Array.from({ length: 40 }, () => service.post('/v1/emergency-card', { bsn }, asked)));
  t.ok(
    cards.every(({ status }) => status === 200),
    'every emergency answer is given',
  );
  const reads = await Promise.all(Array.from({ length: 40 }, () => service.get(`Patient/${patient}`)));
  t.ok(
    reads.every(({ status }) => status === 200),
    'reads have places of their own',
  );
  await holder.query('ROLLBACK');
  holder.release();
  const statuses = (await Promise.all(writes)).map(({ status }) => status);
  t.equal(statuses.filter((status) => status === 201).length, 11, 'the one inside and the ten that waited were done');
  t.equal(statuses.filter((status) => status === 503).length, 5);
  t.equal((await service.get(`Observation?patient=${patient}&_summary=count`)).json.total, 11, 'and none of the refused');
  t.equal((await service.post('Observation', wish)).status, 201, 'afterwards all is as before');
});

t.test('a place is given back by requests that fail, and by clients that leave', async (t) => {
  const service = await startService(t, { env: { MAX_WRITES: '1', MAX_READS: '1' } });
  for (let i = 0; i < 15; i++) {
    t.equal((await service.post('Goal', { resourceType: 'Goal' })).status, 422);
    t.equal((await service.get('Goal/nothing')).status, 404);
    t.equal((await service.get('Goal?wrong=1')).status, 400);
    t.equal((await service.get('Goal', { as: null })).status, 401);
  }
  const token = await service.token('gp');
  const left = Array.from({ length: 30 }, () =>
    fetch(`${service.fhir}/Patient?name=x`, { headers: { authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(1) }).catch(
      () => undefined,
    ),
  );
  await Promise.all(left);
  for (let i = 0; i < 5; i++) t.equal((await service.get('Patient?name=x')).status, 200);
});
