// Every request leaves one audit row per patient it touched, or one without a patient, before its answer arrives; without audit no answer.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { type Answer, type Ask, startService } from '../harness/service.js';
import { permit } from '../harness/sharing.js';

const dataDir = await mkdtemp(join(tmpdir(), 'izp-audit-'));
t.teardown(() => rm(dataDir, { recursive: true, force: true }));
const service = await startService(t, { dataDir });
const { pool } = service.database;

const BSN = 'http://fhir.nl/fhir/NamingSystem/bsn';
const OWN = 'https://audit.example/ids';

interface Row {
  patient_id: string | null;
  action: string;
  outcome: string;
  reason: string | null;
  entity: string | null;
}

async function rowsOf(requestId: string): Promise<Row[]> {
  const { rows } = await pool.query<Row>(
    'SELECT patient_id, action, outcome, reason, entity FROM audit_event WHERE request_id = $1 ORDER BY patient_id NULLS FIRST, recorded, id',
    [requestId],
  );
  return rows;
}

const observation = (patient: string, value: string, more: object = {}) => ({
  resourceType: 'Observation',
  identifier: [{ system: OWN, value }],
  status: 'final',
  code: { coding: [{ system: 'http://snomed.info/sct', code: '247751003' }] },
  subject: { reference: `Patient/${patient}` },
  effectiveDateTime: '2026-03-01',
  valueString: value,
  ...more,
});

const bundle = (type: 'batch' | 'transaction', ...entry: [method: string, url: string, resource?: object][]) => ({
  resourceType: 'Bundle',
  type,
  entry: entry.map(([method, url, resource]) => ({ resource, request: { method, url } })),
});

const made = async (url: string, body: object) => (await service.post(url, body)).json.id as string;
const anna = await made('Patient', { resourceType: 'Patient', identifier: [{ system: BSN, value: '999911120' }], name: [{ family: 'A' }] });
const bert = await made('Patient', { resourceType: 'Patient', name: [{ family: 'B' }] });
await permit(service, anna, { parties: ['type:AMB'] });
const doctor = await made('Practitioner', { resourceType: 'Practitioner', name: [{ family: 'C' }] });
const first = await made('Observation', observation(anna, 'first'));
const second = await made('Observation', observation(bert, 'second'));
const gone = await made('Observation', observation(anna, 'gone'));
await service.ask('DELETE', `Observation/${gone}`);

let count = 0;
const fresh = () => `v${++count}`;

/** Expected rows as `patient action outcome`; '-' for no patient. */
interface Case {
  name: string;
  method: string;
  url: string;
  ask?: Ask | (() => Ask | Promise<Ask>);
  status: number;
  rows: [patient: string | null, action: string, outcome: string][];
}

const CASES: Case[] = [
  { name: 'read', method: 'GET', url: `Observation/${first}`, status: 200, rows: [[anna, 'R', 'success']] },
  { name: 'read of a Patient', method: 'GET', url: `Patient/${anna}`, status: 200, rows: [[anna, 'R', 'success']] },
  { name: 'vread', method: 'GET', url: `Observation/${first}/_history/1`, status: 200, rows: [[anna, 'R', 'success']] },
  { name: 'history', method: 'GET', url: `Observation/${first}/_history`, status: 200, rows: [[anna, 'R', 'success']] },
  { name: 'read of nothing', method: 'GET', url: 'Observation/none', status: 404, rows: [[null, 'R', 'empty']] },
  { name: 'read of what was deleted', method: 'GET', url: `Observation/${gone}`, status: 410, rows: [[anna, 'R', 'success']] },
  { name: 'read from the directory', method: 'GET', url: `Practitioner/${doctor}`, status: 200, rows: [[null, 'R', 'success']] },
  { name: 'search', method: 'GET', url: `Observation?patient=${anna}`, status: 200, rows: [[anna, 'E', 'success']] },
  {
    name: 'search by POST',
    method: 'POST',
    url: 'Patient/_search',
    ask: { form: { identifier: `${BSN}|999911120` } },
    status: 200,
    rows: [[anna, 'E', 'success']],
  },
  {
    name: 'search over patients',
    method: 'GET',
    url: `Observation?_id=${first},${second}`,
    status: 200,
    rows: [
      [anna, 'E', 'success'],
      [bert, 'E', 'success'],
    ],
  },
  {
    name: 'search with an include',
    method: 'GET',
    url: `Observation?_id=${first}&_include=Observation:subject`,
    status: 200,
    rows: [[anna, 'E', 'success']],
  },
  {
    name: 'search that finds nothing of a patient',
    method: 'GET',
    url: `Goal?patient=${bert}&identifier=x|y`,
    status: 200,
    rows: [[bert, 'E', 'empty']],
  },
  {
    name: 'search that finds nobody',
    method: 'POST',
    url: 'Patient/_search',
    ask: { form: { identifier: `${BSN}|123456782` } },
    status: 200,
    rows: [[null, 'E', 'empty']],
  },
  { name: 'count', method: 'GET', url: `Observation?patient=${anna}&_summary=count`, status: 200, rows: [[anna, 'E', 'success']] },
  {
    name: 'count of nothing',
    method: 'GET',
    url: `Goal?patient=${bert}&identifier=x|y&_summary=count`,
    status: 200,
    rows: [[bert, 'E', 'empty']],
  },
  { name: 'an unknown parameter', method: 'GET', url: `Observation?patient=${anna}&nonsense=1`, status: 400, rows: [[null, 'E', 'error']] },
  {
    name: 'create',
    method: 'POST',
    url: 'Observation',
    ask: () => ({ body: observation(anna, fresh()) }),
    status: 201,
    rows: [[anna, 'C', 'success']],
  },
  {
    name: 'create in the directory',
    method: 'POST',
    url: 'Practitioner',
    ask: () => ({ body: { resourceType: 'Practitioner' } }),
    status: 201,
    rows: [[null, 'C', 'success']],
  },
  { name: 'create that is broken JSON', method: 'POST', url: 'Observation', ask: { body: '{' }, status: 400, rows: [[null, 'E', 'error']] },
  {
    name: 'create that is not valid',
    method: 'POST',
    url: 'Observation',
    ask: () => ({ body: observation(anna, fresh(), { status: 'nonsense' }) }),
    status: 422,
    rows: [[anna, 'E', 'error']],
  },
  {
    name: 'conditional create that finds',
    method: 'POST',
    url: 'Observation',
    ask: () => ({ body: observation(anna, 'first'), headers: { 'if-none-exist': `identifier=${OWN}|first` } }),
    status: 200,
    rows: [[anna, 'R', 'success']],
  },
  {
    name: 'create that repeats its identifier and changes nothing',
    method: 'POST',
    url: 'Observation',
    ask: { body: observation(anna, 'first') },
    status: 200,
    rows: [[anna, 'R', 'success']],
  },
  {
    name: 'update',
    method: 'PUT',
    url: `Observation/${second}`,
    ask: () => ({ body: observation(bert, 'second', { id: second, valueString: fresh() }) }),
    status: 200,
    rows: [[bert, 'U', 'success']],
  },
  {
    name: 'update that changes nothing',
    method: 'PUT',
    url: `Observation/${first}`,
    ask: { body: observation(anna, 'first', { id: first }) },
    status: 200,
    rows: [[anna, 'R', 'success']],
  },
  {
    name: 'update of an old version',
    method: 'PUT',
    url: `Observation/${second}`,
    ask: () => ({ body: observation(bert, 'second', { id: second, valueString: fresh() }), headers: { 'if-match': 'W/"99999"' } }),
    status: 412,
    rows: [[bert, 'E', 'error']],
  },
  {
    name: 'patch',
    method: 'PATCH',
    url: `Observation/${second}`,
    ask: () => ({
      body: [{ op: 'replace', path: '/valueString', value: fresh() }],
      headers: { 'content-type': 'application/json-patch+json' },
    }),
    status: 200,
    rows: [[bert, 'U', 'success']],
  },
  {
    name: 'conditional delete of nothing',
    method: 'DELETE',
    url: `Observation?identifier=${OWN}|nothing`,
    status: 204,
    rows: [[null, 'E', 'empty']],
  },
  {
    name: 'transaction',
    method: 'POST',
    url: '',
    ask: () => ({
      body: bundle(
        'transaction',
        ['POST', 'Observation', observation(anna, fresh())],
        ['POST', 'Observation', observation(bert, fresh())],
        ['POST', 'Practitioner', { resourceType: 'Practitioner' }],
        ['GET', `Observation/${first}`],
      ),
    }),
    status: 200,
    rows: [
      [anna, 'C', 'success'],
      [bert, 'C', 'success'],
    ],
  },
  {
    name: 'transaction that fails',
    method: 'POST',
    url: '',
    ask: () => ({
      body: bundle(
        'transaction',
        ['POST', 'Observation', observation(anna, fresh())],
        ['PUT', 'Observation/other', observation(bert, fresh(), { id: 'other', status: 'nonsense' })],
      ),
    }),
    status: 422,
    rows: [
      [anna, 'E', 'error'],
      [bert, 'E', 'error'],
    ],
  },
  {
    name: 'batch of reads',
    method: 'POST',
    url: '',
    ask: {
      body: bundle('batch', ['GET', `Observation/${first}`], ['GET', `Observation?patient=${anna}`], ['GET', `Observation/${second}`]),
    },
    status: 200,
    rows: [
      [anna, 'R', 'success'],
      [bert, 'R', 'success'],
    ],
  },
  {
    name: 'batch with a read of nothing',
    method: 'POST',
    url: '',
    ask: { body: bundle('batch', ['GET', `Observation/${first}`], ['GET', 'Observation/none']) },
    status: 200,
    rows: [
      [null, 'R', 'error'],
      [anna, 'R', 'success'],
    ],
  },
  {
    name: 'batch whose entries write, each for itself',
    method: 'POST',
    url: '',
    ask: () => ({
      body: bundle(
        'batch',
        ['POST', 'Observation', observation(anna, fresh())],
        ['POST', 'Observation', observation(bert, fresh())],
        ['POST', 'Observation', observation(bert, fresh(), { status: 'nonsense' })],
      ),
    }),
    status: 200,
    rows: [
      [anna, 'C', 'success'],
      [bert, 'C', 'success'],
      [bert, 'E', 'error'],
    ],
  },
  { name: 'summary', method: 'GET', url: `Patient/${anna}/$acp-summary`, status: 200, rows: [[anna, 'R', 'success']] },
  {
    name: 'summary by BSN',
    method: 'POST',
    url: 'Patient/$acp-summary',
    ask: { form: { identifier: `${BSN}|999911120` } },
    status: 200,
    rows: [[anna, 'R', 'success']],
  },
  {
    name: 'summary of nobody',
    method: 'POST',
    url: 'Patient/$acp-summary',
    ask: { form: { identifier: `${BSN}|123456782` } },
    status: 404,
    rows: [[null, 'R', 'empty']],
  },
  {
    name: 'emergency card',
    method: 'POST',
    url: '/v1/emergency-card',
    ask: { as: 'ambulance', body: { bsn: '999911120' } },
    status: 200,
    rows: [[anna, 'R', 'success']],
  },
  {
    name: 'emergency card of nobody',
    method: 'POST',
    url: '/v1/emergency-card',
    ask: { body: { bsn: '123456782' } },
    status: 200,
    rows: [[null, 'R', 'empty']],
  },
  {
    name: 'emergency card with a BSN that is none',
    method: 'POST',
    url: '/v1/emergency-card',
    ask: { body: { bsn: '123' } },
    status: 400,
    rows: [[null, 'E', 'error']],
  },
  {
    name: 'emergency card for one who may not',
    method: 'POST',
    url: '/v1/emergency-card',
    ask: { as: 'region', body: { bsn: '999911120' } },
    status: 403,
    rows: [[null, 'E', 'denied']],
  },
  {
    name: 'write by one who may only read',
    method: 'POST',
    url: 'Observation',
    ask: { as: 'hap', body: observation(anna, 'denied') },
    status: 403,
    rows: [[null, 'E', 'denied']],
  },
];

async function send({ method, url, ask = {} }: Case, requestId: string): Promise<Answer> {
  const asked = typeof ask === 'function' ? await ask() : ask;
  return service.ask(method, url, { ...asked, headers: { ...asked.headers, 'x-request-id': requestId } });
}

async function check(t: typeof import('tap').default, one: Case): Promise<void> {
  const requestId = randomUUID();
  const answer = await send(one, requestId);
  const rows = await rowsOf(requestId);
  t.equal(answer.status, one.status, `${one.name}: ${answer.text.slice(0, 400)}`);
  const byPatient = (a: unknown[], b: unknown[]) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  t.strictSame(
    rows.map(({ patient_id, action, outcome }) => [patient_id, action, outcome]).sort(byPatient),
    [...one.rows].sort(byPatient),
    one.name,
  );
  t.ok(
    rows.every(({ outcome, reason }) => outcome === 'success' || outcome === 'empty' || reason !== null),
    `${one.name}: says why`,
  );
}

t.test('each kind of request, alone', async (t) => {
  for (const one of CASES) await check(t as never, one);
});

t.test('and all of them at once, in other orders', async (t) => {
  for (const step of [7, 11]) await Promise.all(CASES.map((_, i) => check(t as never, CASES[(i * step) % CASES.length] as Case)));
});

t.test('a repeated answer names the patient again', async (t) => {
  const headers = { 'idempotency-key': randomUUID() };
  const body = bundle(
    'transaction',
    ['POST', 'Observation', observation(anna, fresh())],
    ['POST', 'Observation', observation(bert, fresh())],
  );
  await service.post('', body, { headers });
  const requestId = randomUUID();
  const again = await service.post('', body, { headers: { ...headers, 'x-request-id': requestId } });
  t.equal(again.headers.get('idempotency-replayed'), 'true');
  t.strictSame(
    (await rowsOf(requestId)).map(({ patient_id, action }) => [patient_id, action]),
    [
      [anna, 'R'],
      [bert, 'R'],
    ],
  );
});

t.test('no row holds a BSN, a name or content', async (t) => {
  const { rows } = await pool.query("SELECT count(*)::integer AS n FROM audit_event a WHERE a::text ~ '999911120|123456782'");
  t.equal(rows[0].n, 0);
});

t.test('without audit, in the database or in the spool, nothing is answered and nothing is changed', async (t) => {
  const total = async () => (await pool.query('SELECT count(*)::integer AS n FROM resource_history')).rows[0].n;
  const before = await total();
  await pool.query('ALTER TABLE audit_event RENAME TO audit_event_away');
  await writeFile(join(dataDir, 'spool'), 'no folder');
  try {
    for (const name of [
      'read',
      'search',
      'create',
      'update',
      'transaction',
      'summary',
      'emergency card',
      'read of nothing',
      'batch of reads',
    ]) {
      const answer = await send(CASES.find((one) => one.name === name) as Case, randomUUID());
      t.equal(answer.status, 503, name);
      t.notMatch(answer.text, /"resourceType":"(Observation|Patient|Bundle)"|decisions/);
    }
  } finally {
    await rm(join(dataDir, 'spool'));
    await pool.query('ALTER TABLE audit_event_away RENAME TO audit_event');
  }
  t.equal(await total(), before, 'no write without its audit');
  await check(t as never, CASES[0] as Case);
});
