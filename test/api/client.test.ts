// The service as a client that nobody here wrote sees it (fhir-kit-client), and the published guide's requests as they really come.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client as KitClient } from 'fhir-kit-client';
import t from 'tap';
import { type Answer, startService } from '../harness/service.js';
import { bundle, MRN, observation, patient, post, put, SNOMED } from './records.js';

// Its types know no element of any resource.
const Client = KitClient as any;
const SHARED = fileURLToPath(new URL('../../../shared/pzp/hendrik-hartman.put.transaction.json', import.meta.url));
const skip = existsSync(SHARED) ? false : 'the published example data are not beside the project (../shared/pzp)';

const service = await startService(t);
const client = new Client({ baseUrl: service.fhir, bearerToken: await service.token('gp') });
const headersOf = (resource: unknown): Headers => Client.httpFor(resource).response.headers;

async function refusal(promise: Promise<unknown>): Promise<{ status: number; outcome: any }> {
  try {
    await promise;
    return { status: 200, outcome: undefined };
  } catch (error) {
    const { response } = error as { response: { status: number; data: unknown } };
    return { status: response.status, outcome: response.data };
  }
}

t.test('capabilityStatement and SMART discovery', async (t) => {
  const statement = await client.capabilityStatement();
  t.match(statement, {
    resourceType: 'CapabilityStatement',
    kind: 'instance',
    fhirVersion: '4.0.1',
    implementation: { url: service.fhir },
  });
  t.ok(statement.instantiates.includes('https://api.iknl.nl/docs/pzp/r4/CapabilityStatement/ACP-CapabilityStatementProvider'));
  t.equal(String((await new Client({ baseUrl: service.fhir }).smartAuthMetadata()).tokenUrl), `${service.base}/oauth/token`);
});

t.test('create, read, vread, update, patch, delete', async (t) => {
  const created = await client.create({ resourceType: 'Patient', body: patient({ identifier: [{ system: MRN, value: 'kit' }] }) });
  const { id } = created;
  t.match(headersOf(created).get('location'), new RegExp(`/Patient/${id}/_history/1$`));
  t.equal((await client.read({ resourceType: 'Patient', id })).name[0].family, 'Proef');
  const updated = await client.update({
    resourceType: 'Patient',
    id,
    body: { ...created, gender: 'male' },
    options: { headers: { 'If-Match': 'W/"1"' } },
  });
  t.strictSame([updated.gender, headersOf(updated).get('etag')], ['male', 'W/"2"']);
  t.strictSame(
    await refusal(client.update({ resourceType: 'Patient', id, body: created, options: { headers: { 'If-Match': 'W/"1"' } } })).then(
      (r) => [r.status, r.outcome.issue[0].code],
    ),
    [412, 'conflict'],
  );
  const conditional = await client.update({
    resourceType: 'Patient',
    searchParams: { identifier: `${MRN}|kit` },
    body: { ...created, gender: 'female' },
  });
  t.strictSame([conditional.id, conditional.gender], [id, 'female']);
  t.equal((await client.vread({ resourceType: 'Patient', id, version: '1' })).gender, undefined);
  t.equal(
    (await client.patch({ resourceType: 'Patient', id, jsonPatch: [{ op: 'replace', path: '/gender', value: 'other' }] })).gender,
    'other',
  );
  await client.delete({ resourceType: 'Patient', id });
  t.equal((await refusal(client.read({ resourceType: 'Patient', id }))).status, 410);
});

t.test('search by GET and by POST, pages, history, compartments', async (t) => {
  await client.update({ resourceType: 'Patient', id: 'kit', body: patient({ id: 'kit' }) });
  for (let i = 0; i < 5; i++)
    await client.update({ resourceType: 'Observation', id: `kit${i}`, body: observation('kit', { id: `kit${i}` }) });
  const searchParams = { patient: 'kit', _count: 2, _include: 'Observation:patient' };
  for (const options of [{}, { postSearch: true }]) {
    const seen: string[] = [];
    let page = await client.resourceSearch({ resourceType: 'Observation', searchParams, options });
    t.equal(page.total, 5);
    for (; page; page = await client.nextPage({ bundle: page })) {
      seen.push(...page.entry.filter((entry: any) => entry.search.mode === 'match').map((entry: any) => entry.resource.id));
      t.equal(client.prevPage({ bundle: page }), undefined, 'pages go on, not back');
    }
    t.strictSame(seen, ['kit0', 'kit1', 'kit2', 'kit3', 'kit4']);
  }
  t.equal((await client.search({ resourceType: 'Observation', searchParams: { code: [`${SNOMED}|247751003`], patient: 'kit' } })).total, 5);
  t.equal((await client.resourceHistory({ resourceType: 'Observation', id: 'kit0' })).total, 1);
  t.equal((await client.typeHistory({ resourceType: 'Observation' })).type, 'history');
  const compartment = await refusal(
    client.compartmentSearch({ resourceType: 'Observation', compartment: { resourceType: 'Patient', id: 'kit' } }),
  );
  t.equal(compartment.status, 404);
  t.match(compartment.outcome.issue[0].diagnostics, /Observation\?patient=kit/, 'refused, with what to ask instead');
  t.ok([404, 405].includes((await refusal(client.systemHistory())).status));
  t.equal((await refusal(client.systemSearch({ searchParams: { _id: 'kit' } }))).status, 405);
});

t.test('batch, transaction, resolve and operations', async (t) => {
  const urn = 'urn:uuid:12345678-1111-4111-8111-111111111111';
  const done = await client.transaction({ body: bundle('transaction', post(patient(), {}, urn), post(observation(urn))) });
  const [personUrl, observedUrl] = done.entry.map((entry: any) => entry.response.location.replace(/\/_history\/1$/, ''));
  const observed = await client.resolve({ reference: observedUrl });
  t.equal((await client.resolve({ reference: observed.subject.reference })).resourceType, 'Patient');
  t.equal(`${service.fhir}/${observed.subject.reference}`, personUrl);
  const contained = { ...observation('x'), contained: [{ resourceType: 'Patient', id: 'in' }] };
  t.equal((await client.resolve({ reference: '#in', context: contained })).resourceType, 'Patient');
  const found = await client.resourceSearch({
    resourceType: 'Observation',
    searchParams: { _id: observed.id, _include: 'Observation:patient' },
  });
  t.equal((await client.resolve({ reference: observed.subject.reference, context: found })).id, observed.subject.reference.split('/')[1]);
  const batch = await client.batch({
    body: bundle('batch', put(observation('kit', { id: 'kitb' })), { request: { method: 'GET', url: 'Patient/nobody' } }),
  });
  t.strictSame(
    batch.entry.map((entry: any) => entry.response.status),
    ['201 Created', '404 Not Found'],
  );
  const id = 'kit';
  t.equal((await client.operation({ name: 'acp-summary', resourceType: 'Patient', id, method: 'GET' })).type, 'document');
  const input = { resourceType: 'Parameters', parameter: [{ name: 'asOf', valueDateTime: new Date().toISOString() }] };
  t.equal((await client.operation({ name: '$acp-summary', resourceType: 'Patient', id, input })).type, 'document');
  t.equal((await refusal(client.operation({ name: 'nothing', resourceType: 'Patient' }))).status, 404);
  t.equal((await refusal(new Client({ baseUrl: service.fhir }).read({ resourceType: 'Patient', id }))).status, 401);
});

const PATIENT = 'F1-ACP-Patient-HendrikHartman';
const SCT = 'http://snomed.info/sct';
/** The goal of treatment, and the preferred place of death that the service keeps as a Goal. */
const GOALS = 2;

t.test('requests as the published guide prints them and its clients send them', { skip }, async (t) => {
  t.equal((await service.post('', readFileSync(SHARED, 'utf8'))).status, 200);
  const total = (answer: Answer) => [answer.status, answer.json?.total];
  const ask = (query: string, more = {}) => service.get(query, more);
  const codes = '665671000146101,153851000146100,395091006,340171000146104,247751003,570801000146104';
  const same: [what: string, answers: Promise<Answer>[], matches: number][] = [
    [
      'bars and commas escaped or not',
      [
        ask(`Observation?patient=${PATIENT}&code=${SCT}|${codes}`),
        ask(`Observation?patient=${PATIENT}&code=${encodeURIComponent(`${SCT}|${codes}`)}`),
      ],
      5,
    ],
    [
      'the system once, or each time',
      [
        ask(
          `Observation?patient=${PATIENT}&code=${codes
            .split(',')
            .map((code) => `${SCT}|${code}`)
            .join(',')}`,
        ),
      ],
      5,
    ],
    [
      'a type before the id, or the whole address',
      [
        ask(`Goal?patient=Patient/${PATIENT}`),
        ask(`Goal?patient=${encodeURIComponent(`${service.fhir}/Patient/${PATIENT}`)}`),
        ask(`Goal?subject=${PATIENT}`),
      ],
      GOALS,
    ],
    ['spaces around list members', [ask(`Observation?patient=${PATIENT}&code=${encodeURIComponent(`${SCT}|395091006, 247751003`)}`)], 2],
    ['a trailing ampersand and a slash', [ask(`Goal/?patient=${PATIENT}&`)], GOALS],
    [
      'the include before the filters',
      [ask(`Consent?_include=Consent:actor&patient=${PATIENT}&scope=http://terminology.hl7.org/CodeSystem/consentscope|treatment`)],
      // All that hold: the agreement on intensive care of 2020 was replaced by that of 2022.
      7,
    ],
    [
      'content types of all kinds',
      ['application/json', 'application/fhir+json', 'text/json', '*/*', 'application/json+fhir, application/json'].map((accept) =>
        ask(`Goal?patient=${PATIENT}`, { headers: { accept } }),
      ),
      GOALS,
    ],
    [
      '_search with everything in the form, or part of it in the address',
      [
        service.ask('POST', 'Goal/_search', { form: { patient: PATIENT } }),
        service.ask('POST', `Goal/_search?patient=${PATIENT}`, { form: '' }),
        service.ask('POST', `Goal/_search?_count=5`, {
          form: { patient: PATIENT },
          headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
        }),
      ],
      GOALS,
    ],
    [
      'AORTA and correlation headers',
      [
        ask(`Goal?patient=${PATIENT}`, {
          headers: {
            'aorta-id': 'initialRequestID=5f0e6b86-0ff8-4b3c-9d4b-5b8a3c9d7f00; requestID=garbage;;',
            'x-correlation-id': 'x'.repeat(500),
          },
        }),
      ],
      GOALS,
    ],
    ['no match', [ask('Goal?patient=nobody')], 0],
  ];
  for (const [what, answers, matches] of same) {
    for (const answer of await Promise.all(answers)) t.strictSame(total(answer), [200, matches], `${what} ${answer.text.slice(0, 200)}`);
  }
  const misprints: [query: string, right: RegExp][] = [
    [`Procedure?patient=${PATIENT}&code=${SCT}|713603004&_include:Procedure:encounter`, /_include=Procedure:encounter/],
    [`DeviceUseSatement?patient=${PATIENT}`, /DeviceUseStatement/],
    [`Consent?pateint=${PATIENT}`, /patient/],
    [`Consent?patient=${PATIENT}&_include=Consent.actor`, /Consent:actor/],
    [`Goal?patient=${PATIENT}&description:in=ACP-MedicalPolicyGoal`, /ValueSet\/ACP-MedicalPolicyGoal/],
    [`Goal?Patient=${PATIENT}`, /patient/],
  ];
  for (const [query, right] of misprints) {
    const answer = await ask(query);
    t.ok([400, 404].includes(answer.status), query);
    t.match(answer.json.issue[0].diagnostics, right, query);
    t.notOk(answer.json.entry, 'never an unfiltered list');
  }
  t.equal((await service.post('Goal/_search', { patient: PATIENT })).status, 415, 'a search in JSON');
  t.equal(
    (await service.post('', bundle('transaction', put(patient({ id: 'x' }), { url: '/Patient/x' })))).status,
    200,
    'a slash before an entry’s url',
  );
  t.equal(
    (await service.post('', bundle('batch', { request: { method: 'GET', url: `${service.fhir}/Goal?patient=${PATIENT}` } }))).json.entry[0]
      .resource.total,
    GOALS,
  );
});
