// Three processes of the service on one database, under the loads that make servers tell untruths. The full figures: npm run soak.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createDatabase } from '../harness/database.js';
import { type Ask, startCluster } from './cluster.js';
import { walkPages } from './page-walk.js';
import { carePlan, goal, onePlan, overlapping } from './plan-storms.js';
import { recompute } from './recompute.js';
import { conditionalCreates, contendedUpdates, createPatient, observation, writeThenSearch } from './storms.js';

const database = await createDatabase();
const dataDir = await mkdtemp(join(tmpdir(), 'izp-cluster-'));
const cluster = await startCluster({ connection: database.connection, dataDir });
t.teardown(async () => {
  await cluster.stop();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

/** Plans, cards, history and events are what the resources say. */
const wrong = async () => (await recompute(database.connection)).wrong;

t.test('32 clients send the same If-None-Exist create: one resource per round', async (t) => {
  const { refused, ...figures } = await conditionalCreates(cluster, { clients: 32, rounds: 8, inTransaction: false });
  t.strictSame(refused, []);
  t.strictSame(figures, { rounds: 8, requests: 256, duplicates: 0, lost: 0 });
});

t.test('and inside transactions with other entries', async (t) => {
  const { refused, ...figures } = await conditionalCreates(cluster, { clients: 32, rounds: 4, inTransaction: true });
  t.strictSame(refused, []);
  t.strictSame(figures, { rounds: 4, requests: 128, duplicates: 0, lost: 0 });
  t.strictSame(await wrong(), []);
});

t.test('contended updates with If-Match leave no gap and lose none', async (t) => {
  const { refused, contended, ...figures } = await contendedUpdates(cluster, { clients: 8, updates: 60 });
  t.strictSame(refused, []);
  t.ok(contended > 15, `only ${contended} were refused: there was no contention to speak of`);
  t.strictSame(figures, { updates: 60, lost: 0, gaps: 0 });
});

t.test('what one process wrote, another finds', async (t) => {
  const figures = await writeThenSearch(cluster, { clients: 6, rounds: 150 });
  t.strictSame(figures, { rounds: 150, stale: 0, refused: [] });
  t.strictSame(await wrong(), []);
});

t.test('pages asked of one process after another give each row once, also while others write', async (t) => {
  const { changes, pages, ...figures } = await walkPages(cluster, database.connection, { rows: 60, counts: [1, 7, 50] });
  t.ok(changes > 10 && pages >= 3 * (60 + 9 + 2), `${changes} changes, ${pages} pages`);
  t.strictSame(figures, { duplicates: 0, lost: 0, wrong: [] });
  t.strictSame(await wrong(), []);
});

t.test('the same business identifier: one resource for an organisation, one each for two', async (t) => {
  const patient = await createPatient(cluster);
  for (let round = 0; round < 4; round++) {
    const body = observation(patient, `own-${round}`, 'https://storm.example/business');
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, i) => cluster.ask('POST', 'Observation', { as: i % 2 === 0 ? 'gp' : 'hospital', body })),
    );
    for (const own of [0, 1]) {
      const mine = answers.filter((_, i) => i % 2 === own);
      t.strictSame(mine.map(({ status }) => status).sort(), [...Array(7).fill(200), 201]);
      t.equal(new Set(mine.map(({ json }) => json.id)).size, 1);
    }
    t.equal(new Set(answers.map(({ json }) => json.id)).size, 2);
    const found = await cluster.ask('GET', `Observation?identifier=https://storm.example/business|own-${round}&_summary=count`);
    t.equal(found.json.total, 2);
  }
});

t.test('a BSN makes one patient, whoever is first and however it is posted', async (t) => {
  const identifier = [{ system: 'http://fhir.nl/fhir/NamingSystem/bsn', value: '999911120' }];
  const criteria = ['identifier=http://fhir.nl/fhir/NamingSystem/bsn|999911120', 'identifier=urn:oid:2.16.840.1.113883.2.4.6.3|999911120'];
  const answers = await Promise.all(
    Array.from({ length: 24 }, (_, i) =>
      cluster.ask('POST', 'Patient', {
        as: i % 2 === 0 ? 'gp' : 'hospital',
        headers: i % 3 === 2 ? {} : { 'if-none-exist': criteria[i % 3] as string },
        body: { resourceType: 'Patient', identifier },
      }),
    ),
  );
  t.equal(answers.filter(({ status }) => status === 201).length, 1);
  const first = answers.findIndex(({ status }) => status === 201);
  const expected = answers.map((_, i) => (i === first ? 201 : i % 2 !== first % 2 ? 403 : i % 3 === 2 ? 409 : 200));
  t.strictSame(
    answers.map(({ status }) => status),
    expected,
    'who opened the record finds it by criteria, and nobody else is let in by the number',
  );
});

t.test('a conditional change meets the resource as it is, not as it was', async (t) => {
  const patient = await createPatient(cluster);
  for (let round = 0; round < 15; round++) {
    const made = await cluster.ask('POST', 'Observation', { body: observation(patient, `move-${round}`, 'https://storm.example/move') });
    const moved = { ...made.json, identifier: [{ system: 'https://storm.example/move', value: `moved-${round}` }] };
    const [gone, away] = await Promise.all([
      cluster.ask('DELETE', `Observation?identifier=https://storm.example/move|move-${round}`),
      cluster.ask('PUT', `Observation/${made.json.id}`, { body: moved }),
    ]);
    t.equal(gone.status, 204);
    t.ok([200, 201].includes(away.status));
    const now = await cluster.ask('GET', `Observation/${made.json.id}`);
    // Deleted first, then brought back by the update, or updated first and then no longer what was to be deleted.
    t.equal(now.status, 200, 'the update was not deleted under a name it no longer had');
  }
});

t.test('organisations post plans, goals and directives for one patient at once: one plan holds them all', async (t) => {
  t.strictSame(await onePlan(cluster, { posts: 36 }), { requests: 36, wrong: [], lost: [] });
  t.strictSame(await wrong(), []);
});

t.test('the first posts for a patient, at once: one plan from the start', async (t) => {
  for (let round = 0; round < 6; round++) {
    const patient = await createPatient(cluster);
    const answers = await Promise.all(
      ['gp', 'hospital', 'homecare'].map((as, i) => {
        const resource = (i === 2 && round % 2 === 1 ? goal : carePlan)(patient, `${as} ${patient}`) as { resourceType: string };
        return cluster.ask('POST', resource.resourceType, { as, body: resource });
      }),
    );
    for (const { status, text } of answers) t.ok(status <= 201, text);
    t.equal((await cluster.ask('GET', `CarePlan?patient=${patient}&_summary=count`)).json.total, 1);
  }
  t.strictSame(await wrong(), []);
});

t.test('a plan posted again under its own identifier adds and takes nothing away', async (t) => {
  const patient = await createPatient(cluster);
  const plan = (value: string, text: string) => ({
    resourceType: 'CarePlan',
    identifier: [{ system: 'https://storm.example/plans', value }],
    status: 'active',
    intent: 'plan',
    subject: { reference: `Patient/${patient}` },
    note: [{ text }],
  });
  await cluster.ask('POST', 'CarePlan', { body: plan('a', 'first') });
  await cluster.ask('POST', 'CarePlan', { as: 'hospital', body: plan('b', 'second') });
  const again = await cluster.ask('POST', 'CarePlan', { body: plan('a', 'third') });
  t.equal(again.status, 200);
  t.strictSame(again.json.note.map((note: { text: string }) => note.text).sort(), ['first', 'second', 'third']);
});

t.test('bundles over the same patients, practitioners and devices in any order: no deadlock is seen', async (t) => {
  const figures = await overlapping(cluster, { clients: 12, bundles: 60, seed: 1 });
  t.strictSame(figures, { requests: 60, wrong: [], lost: [] });
  t.strictSame(await wrong(), []);
});

t.test('a practitioner who arrives or changes while patients refer to her is told on every card', async (t) => {
  const patients = await Promise.all(Array.from({ length: 6 }, () => createPatient(cluster)));
  for (let round = 0; round < 6; round++) {
    const id = `arrives-${round}`;
    const name = (family: string) => ({ resourceType: 'Practitioner', id, name: [{ family }] });
    const consent = (patient: string) => ({
      resourceType: 'Consent',
      status: 'active',
      scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'treatment' }] },
      category: [{ coding: [{ system: 'http://snomed.info/sct', code: '129125009' }] }],
      patient: { reference: `Patient/${patient}` },
      dateTime: `2026-03-0${round + 1}`,
      policy: [{ uri: 'https://wetten.overheid.nl/' }],
      provision: {
        type: 'deny',
        code: [{ coding: [{ system: 'http://snomed.info/sct', code: '89666000' }] }],
        actor: [{ role: { text: 'arts' }, reference: { reference: `Practitioner/${id}` } }],
      },
    });
    const answers = await Promise.all([
      ...patients.map((patient) => cluster.ask('POST', 'Consent', { body: consent(patient) })),
      cluster.ask('PUT', `Practitioner/${id}`, { body: name(`Eerst ${round}`) }),
      cluster.ask('PUT', `Practitioner/${id}`, { body: name(`Dan ${round}`) }),
    ]);
    for (const { status, text } of answers) t.ok(status <= 201, text);
    const now = (await cluster.ask('GET', `Practitioner/${id}`)).json.name[0].family;
    for (const patient of patients) {
      const card = await cluster.ask('GET', `Patient/${patient}/$acp-summary`);
      t.match(card.text, now);
    }
  }
  t.strictSame(await wrong(), []);
});

t.test('Idempotency-Key', async (t) => {
  const patient = await createPatient(cluster);
  const stored = async (value: string) =>
    (await cluster.ask('GET', `Observation?patient=${patient}&value-string=${value}&_summary=count`)).json.total;
  const keyed = (key: string, method: string, url: string, ask: Ask) =>
    cluster.ask(method, url, { ...ask, headers: { ...ask.headers, 'idempotency-key': key } });
  const bundle = (type: string, ...values: string[]) => ({
    resourceType: 'Bundle',
    type,
    entry: values.map((value) => ({ resource: observation(patient, value), request: { method: 'POST', url: 'Observation' } })),
  });

  await t.test('32 at once are one write and one answer, byte for byte', async (t) => {
    for (const [url, body] of [
      ['Observation', observation(patient, 'once')],
      ['', bundle('transaction', 'twofold', 'twofold')],
    ] as const) {
      const key = randomUUID();
      const answers = await Promise.all(Array.from({ length: 32 }, () => keyed(key, 'POST', url, { body })));
      const first = answers.find(({ headers }) => headers['idempotency-replayed'] === undefined);
      t.equal(answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true').length, 31);
      t.equal(new Set(answers.map(({ text }) => text)).size, 1);
      t.equal(new Set(answers.map(({ status }) => status)).size, 1);
      t.equal(new Set(answers.map(({ headers }) => `${headers.location} ${headers.etag}`)).size, 1);
      t.ok(first);
    }
    t.equal(await stored('once'), 1);
    t.equal(await stored('twofold'), 2);
  });

  await t.test('with PUT and PATCH a repeat changes nothing again', async (t) => {
    const put = randomUUID();
    const patch = randomUUID();
    const id = randomUUID();
    const body = { ...observation(patient, 'kept'), id };
    const change = {
      body: [{ op: 'add', path: '/note', value: [{ text: 'n' }] }],
      headers: { 'content-type': 'application/json-patch+json' },
    };
    const first = await keyed(put, 'PUT', `Observation/${id}`, { body });
    const patched = await keyed(patch, 'PATCH', `Observation/${id}`, change);
    t.equal((await keyed(patch, 'PATCH', `Observation/${id}`, change)).text, patched.text);
    t.equal((await keyed(put, 'PUT', `Observation/${id}`, { body })).text, first.text);
    const now = await cluster.ask('GET', `Observation/${id}`);
    t.equal(now.json.meta.versionId, '2', 'the repeated PUT did not undo the patch');
  });

  await t.test('another request under the same key is 422', async (t) => {
    const key = randomUUID();
    const body = observation(patient, 'mine');
    t.equal((await keyed(key, 'POST', 'Observation', { body })).status, 201);
    const other = await keyed(key, 'POST', 'Observation', { body: observation(patient, 'other') });
    t.equal(other.status, 422);
    t.equal(other.json.issue[0].code, 'duplicate');
    t.match(other.json.issue[0].diagnostics, /Idempotency-Key/);
    t.equal((await keyed(key, 'POST', 'Observation', { body, headers: { 'if-none-exist': 'identifier=a|b' } })).status, 422);
    t.equal(await stored('other'), 0);
  });

  await t.test('a key is one client’s own', async (t) => {
    const key = randomUUID();
    const body = observation(patient, 'shared');
    t.equal((await keyed(key, 'POST', 'Observation', { body })).status, 201);
    t.equal((await keyed(key, 'POST', 'Observation', { body, as: 'hospital' })).status, 201);
    t.equal(await stored('shared'), 2);
  });

  await t.test('a refusal is not remembered', async (t) => {
    const key = randomUUID();
    const url = `Observation/${randomUUID()}`;
    const body = { ...observation(patient, 'later'), id: url.split('/')[1] };
    const ask = { body, headers: { 'if-match': 'W/"1"' } };
    t.equal((await keyed(key, 'PUT', url, ask)).status, 412);
    await cluster.ask('PUT', url, { body: { ...body, valueString: 'first' } });
    t.equal((await keyed(key, 'PUT', url, ask)).status, 200);
  });

  await t.test('each entry of a batch is done once, also under the longest key', async (t) => {
    const key = 'k'.repeat(128);
    const batch = bundle('batch', 'batched', 'batched');
    const first = await keyed(key, 'POST', '', { body: batch });
    t.strictSame(
      first.json.entry.map(({ response }: { response: { status: string } }) => response.status),
      ['201 Created', '201 Created'],
    );
    t.equal((await keyed(key, 'POST', '', { body: batch })).text, first.text);
    t.equal(await stored('batched'), 2);
  });

  await t.test('it lasts 24 hours and no longer', async (t) => {
    const key = randomUUID();
    const body = observation(patient, 'daily');
    const first = await keyed(key, 'POST', 'Observation', { body });
    const age = (interval: string) =>
      database.pool.query('UPDATE idempotency SET created = created - $1::interval WHERE key = $2', [interval, key]);
    await age('23 hours 59 minutes');
    t.equal((await keyed(key, 'POST', 'Observation', { body })).text, first.text);
    await age('2 minutes');
    const next = await keyed(key, 'POST', 'Observation', { body });
    t.equal(next.status, 201);
    t.not(next.json.id, first.json.id);
    t.equal(await stored('daily'), 2);
  });

  await t.test('a question is answered anew, whatever its key', async (t) => {
    const key = randomUUID();
    const ask = { body: { resourceType: 'Parameters', parameter: [] } };
    const form = {
      body: 'identifier=http%3A%2F%2Ffhir.nl%2Ffhir%2FNamingSystem%2Fbsn%7C900186021',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    };
    t.equal((await keyed(key, 'POST', 'Patient/$acp-summary', form)).status, 404);
    const patient = await cluster.ask('POST', 'Patient', {
      body: { resourceType: 'Patient', identifier: [{ system: 'http://fhir.nl/fhir/NamingSystem/bsn', value: '900186021' }] },
    });
    await cluster.ask('POST', 'Observation', { body: observation(patient.json.id, 'now') });
    const now = await keyed(key, 'POST', 'Patient/$acp-summary', form);
    t.equal(now.status, 200);
    await cluster.ask('POST', 'Observation', { body: observation(patient.json.id, 'changed since') });
    t.not((await keyed(key, 'POST', 'Patient/$acp-summary', form)).text, now.text);
    t.equal((await keyed(key, 'POST', 'Patient/$acp-summary', ask)).status, 400, 'nor is another question refused');
  });
});

t.test('nothing of all this was an error of the service', async (t) => {
  t.equal(cluster.log(), '');
});
