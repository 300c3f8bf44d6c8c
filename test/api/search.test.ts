// Searches over HTTP: what each kind of parameter finds, includes, order, totals; and that nothing asked is quietly left out.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { type Answer, startService } from '../harness/service.js';
import { bundle, MRN, observation, organization, patient, put, SNOMED } from './records.js';

const PACKAGES = fileURLToPath(new URL('../../../shared/fhir-packages', import.meta.url));
const withPackages = existsSync(PACKAGES);
const GENERATED = fileURLToPath(new URL('../../fhir-profiles/generated', import.meta.url));
const BSN = 'http://fhir.nl/fhir/NamingSystem/bsn';
const UCUM = 'http://unitsofmeasure.org';

/** Measured again and again, unlike what a conversation agrees: nothing of it is replaced. */
const MEASUREMENT = { coding: [{ system: SNOMED, code: '363808001' }] };

const service = await startService(t, { env: withPackages ? { FHIR_PACKAGES_DIR: PACKAGES } : {} });
const { get, ask } = service;
const issue = (answer: Answer) => answer.json?.issue?.[0] ?? {};
const found = (answer: Answer, mode = 'match'): string[] =>
  (answer.json.entry ?? [])
    .filter((entry: any) => entry.search.mode === mode)
    .map((entry: any) => `${entry.resource.resourceType}/${entry.resource.id}`);
const ids = (answer: Answer, mode?: string) => found(answer, mode).map((reference) => reference.split('/')[1]);
const url = (text: string) => encodeURI(text).replaceAll('+', '%2B');

const stored = await service.post(
  '',
  bundle(
    'transaction',
    put(
      organization({
        id: 'wijk',
        name: 'Wijkteam Öst',
        partOf: { reference: 'Organization/koepel' },
        identifier: [{ system: 'http://fhir.nl/fhir/NamingSystem/ura', value: '90000555' }],
      }),
    ),
    put(organization({ id: 'koepel', name: 'Koepel' })),
    put(
      patient({
        id: 'anna',
        name: [{ family: 'de Vriès', given: ['Anna'] }],
        birthDate: '1940-05-17',
        gender: 'female',
        managingOrganization: { reference: 'Organization/wijk' },
        identifier: [
          { system: BSN, value: '999911120' },
          { system: MRN, value: 'A1', type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }] } },
        ],
        telecom: [{ system: 'phone', value: '0201234567' }],
        meta: {
          tag: [{ system: 'https://example.org/tags', code: 'red' }],
          profile: ['https://example.org/Profile|1.0'],
          security: [{ code: 'R' }],
        },
      }),
    ),
    put(patient({ id: 'bert', name: [{ family: 'Vries', given: ['Bert'] }], birthDate: '1940-05', gender: 'male' })),
    put(patient({ id: 'cor', name: [{ family: 'Jansen' }], birthDate: '1939', deceasedBoolean: true })),
    put(
      observation('anna', {
        id: 'a1',
        code: MEASUREMENT,
        effectiveDateTime: '2026-03-01T23:30:00+01:00',
        valueQuantity: { value: 5.4, system: UCUM, code: 'mg', unit: 'mg' },
        valueString: undefined,
      }),
    ),
    put(
      observation('anna', {
        id: 'a2',
        code: MEASUREMENT,
        effectiveDateTime: '2026-03-02',
        status: 'amended',
        derivedFrom: [{ reference: 'Observation/a1' }],
        method: { text: 'Gésprek' },
      }),
    ),
    put(
      observation('bert', {
        id: 'b1',
        effectivePeriod: { start: '2026-02-01', end: '2026-04-01' },
        code: { coding: [{ system: SNOMED, code: '153851000146100' }] },
      }),
    ),
    put({
      resourceType: 'QuestionnaireResponse',
      id: 'form',
      status: 'completed',
      subject: { reference: 'Patient/anna' },
      questionnaire: 'https://example.org/Questionnaire/acp|2.0',
    }),
    put({ resourceType: 'Questionnaire', id: 'acp', status: 'active', url: 'https://example.org/Questionnaire/acp', version: '2.0' }),
    put({
      resourceType: 'Goal',
      id: 'goal',
      lifecycleStatus: 'active',
      subject: { reference: 'Patient/anna' },
      description: { coding: [{ system: SNOMED, code: '713148004' }] },
      target: [{ dueDate: '2026-12-31' }],
    }),
    put({
      resourceType: 'Consent',
      id: 'directive',
      status: 'active',
      patient: { reference: 'Patient/anna' },
      scope: { coding: [{ code: 'treatment' }] },
      category: [{ coding: [{ system: SNOMED, code: '129125009' }] }],
      policy: [{ uri: 'https://example.org' }],
      organization: [{ identifier: { system: 'http://fhir.nl/fhir/NamingSystem/ura', value: '90000555' } }],
    }),
  ),
);
t.equal(stored.status, 200, stored.text.slice(0, 900));

const SEARCHES: [search: string, ids: string[]][] = [
  [`Observation?code=${SNOMED}|363808001`, ['a1', 'a2']],
  ['Observation?code=363808001', ['a1', 'a2']],
  ['Observation?code=|363808001', []],
  [`Observation?code=${SNOMED}|&patient=bert`, ['b1']],
  [`Observation?code:not=${SNOMED}|363808001`, ['b1']],
  [`Observation?code=${SNOMED}|363808001,153851000146100`, ['a1', 'a2', 'b1']],
  ['Observation?status=amended&patient=anna', ['a2']],
  ['Observation?method:text=gesprek', ['a2']],
  [`Patient?identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|A1`, ['anna']],
  [`Patient?identifier=${MRN}|A1`, ['anna']],
  ['Patient?telecom=0201234567', ['anna']],
  ['Patient?deceased=true', ['cor']],
  ['Patient?family=VRIES', ['bert']],
  ['Patient?name=vries', ['bert']],
  ['Patient?family=de vries', ['anna']],
  ['Patient?family:contains=vries', ['anna', 'bert']],
  ['Patient?family:exact=Vries', ['bert']],
  ['Patient?family=Vries&given=Bert', ['bert']],
  ['Patient?family=Vries&given=Anna', []],
  ['Patient?birthdate=1940-05-17', ['anna']],
  ['Patient?birthdate=1940-05', ['anna', 'bert']],
  ['Patient?birthdate=1940', ['anna', 'bert']],
  ['Patient?birthdate=lt1940', ['cor']],
  ['Patient?birthdate=ge1940&birthdate=le1940-05-31', ['anna', 'bert']],
  ['Patient?birthdate=ne1940', ['cor']],
  ['Patient?birthdate=sa1939', ['anna', 'bert']],
  ['Patient?birthdate=eb1940', ['cor']],
  ['Patient?birthdate=ap1939', ['anna', 'bert', 'cor']],
  ['Observation?date=2026-03-01', ['a1']],
  ['Observation?date=2026-03-01T22:30:00Z', ['a1']],
  ['Observation?date=2026-03-01T23:30:00', ['a1']],
  ['Observation?date=2026-03-01T23:30:00+01:00', ['a1']],
  ['Observation?date=gt2026-03-02', ['b1']],
  ['Observation?value-quantity=5.4', ['a1']],
  [`Observation?value-quantity=gt5|${UCUM}|mg`, ['a1']],
  ['Observation?value-quantity=5.4||kg', []],
  ['Observation?subject=Patient/bert', ['b1']],
  ['Observation?subject:Patient=bert', ['b1']],
  [`Observation?patient=${service.fhir}/Patient/bert`, ['b1']],
  ['Consent?organization:identifier=http://fhir.nl/fhir/NamingSystem/ura|90000555', ['directive']],
  ['QuestionnaireResponse?questionnaire=https://example.org/Questionnaire/acp', ['form']],
  ['QuestionnaireResponse?questionnaire=https://example.org/Questionnaire/acp|2.0', ['form']],
  ['QuestionnaireResponse?questionnaire=https://example.org/Questionnaire/acp|1.0', []],
  ['Questionnaire?url=https://example.org/Questionnaire/acp', ['acp']],
  ['Patient?_tag=https://example.org/tags|red', ['anna']],
  ['Patient?_profile=https://example.org/Profile', ['anna']],
  ['Patient?_security=R', ['anna']],
  ['Patient?_id=anna,bert', ['anna', 'bert']],
  ['Patient?_id=anna&_lastUpdated=ge2020', ['anna']],
  ['Patient?_id=anna&_lastUpdated=lt2020', []],
  ['Patient?telecom:missing=true', ['bert', 'cor']],
  ['Patient?organization.name=wijkteam ost', ['anna']],
  ['Observation?patient.organization.partof=Organization/koepel', ['a1', 'a2']],
  ['Observation?patient.organization.name=Wijk', ['a1', 'a2']],
  [`Observation?subject:Patient.identifier=${MRN}|A1`, ['a1', 'a2']],
  [`Patient?_has:Observation:patient:code=${SNOMED}|153851000146100`, ['bert']],
  ['Organization?_has:Patient:organization:_has:Observation:patient:status=amended', ['wijk']],
  ['Goal?target-date=2026-12-31', ['goal']],
  ['Goal?description:in=https://fhir.iknl.nl/fhir/ValueSet/ACP-MedicalPolicyGoal', ['goal']],
  ['Observation?patient=anna&_sort=date', ['a1', 'a2']],
  ['Observation?patient=anna&_sort=-date', ['a2', 'a1']],
  ['Patient?_sort=-birthdate,family', ['anna', 'bert', 'cor']],
  ['Patient?_sort=family,-_id', ['anna', 'cor', 'bert']],
];

t.test('each kind of parameter finds what it should, by GET and by POST', async (t) => {
  for (const [search, expected] of SEARCHES) {
    const [type, query] = search.split(/\?(.*)/s) as [string, string];
    const sorted = query.includes('_sort');
    const own = type === 'Patient' && !query.includes('_id=') ? '&_id=anna,bert,cor' : '';
    for (const answer of [await get(url(search + own)), await ask('POST', `${type}/_search`, { form: url(query + own) })]) {
      t.equal(answer.status, 200, `${search} ${answer.text.slice(0, 300)}`);
      t.strictSame(sorted ? ids(answer) : ids(answer).sort(), expected, search);
      t.equal(answer.json.total, expected.length, search);
    }
  }
});

t.test('value sets of loaded packages and profiles are searched by :in', async (t) => {
  const own = 'https://fhir.izp.example/r4/ValueSet/izp-place-values';
  t.equal((await get(url(`Goal?description:in=${own}`))).status, 200);
  const unknown = await get(url('Goal?description:in=https://example.org/unknown'));
  t.equal(unknown.status, 400);
  t.match(issue(unknown).diagnostics, /izp-place-values/);
  if (withPackages)
    t.equal(
      (await get(url('Observation?value-concept:in=https://api.iknl.nl/docs/pzp/r4/ValueSet/ACP-PreferredPlaceOfDeath'))).status,
      200,
    );
});

t.test('includes come beside the matches, each once, and never count', async (t) => {
  const cases: [search: string, matches: string[], includes: string[]][] = [
    ['Observation?_id=a2&_include=Observation:patient', ['Observation/a2'], ['Patient/anna']],
    ['Observation?patient=anna&_include=Observation:subject', ['Observation/a1', 'Observation/a2'], ['Patient/anna']],
    ['Observation?_id=a2&_include=Observation:derived-from', ['Observation/a2'], ['Observation/a1']],
    ['Observation?patient=anna&_include=Observation:derived-from', ['Observation/a1', 'Observation/a2'], []],
    ['Observation?_id=a1&_include=Observation:subject:Patient', ['Observation/a1'], ['Patient/anna']],
    ['Patient?_id=bert&_revinclude=Observation:patient', ['Patient/bert'], ['Observation/b1']],
    [
      'Observation?_id=a1&_include=Observation:patient&_include:iterate=Patient:organization&_include:iterate=Organization:partof',
      ['Observation/a1'],
      ['Organization/koepel', 'Organization/wijk', 'Patient/anna'],
    ],
    [
      'Organization?_id=koepel&_revinclude:iterate=Organization:partof&_revinclude:iterate=Patient:organization',
      ['Organization/koepel'],
      ['Organization/wijk', 'Patient/anna'],
    ],
    ['QuestionnaireResponse?_id=form&_include=QuestionnaireResponse:questionnaire', ['QuestionnaireResponse/form'], ['Questionnaire/acp']],
  ];
  for (const [search, matches, includes] of cases) {
    const answer = await get(search);
    t.strictSame([found(answer).sort(), found(answer, 'include').sort(), answer.json.total], [matches, includes, matches.length], search);
  }
  const paged = await get('Observation?_count=1&_include=Observation:patient&_id=a1,a2,b1');
  t.strictSame([found(paged).length, found(paged, 'include').length, paged.json.total], [1, 1, 3]);
  t.equal(paged.json.link[1].relation, 'next');
});

t.test('totals and summaries as asked', async (t) => {
  const two = 'Observation?_id=a1,a2,b1&_count=2';
  t.equal((await get(`${two}&_total=none`)).json.total, undefined);
  for (const total of ['accurate', 'estimate']) t.equal((await get(`${two}&_total=${total}`)).json.total, 3);
  t.match((await get('Observation?_id=a1,b1&_summary=count')).json, { total: 2, link: [{ relation: 'self' }] });
  const text = (await get('Observation?_id=a1&_elements=code')).json.entry[0];
  t.match(text.resource.meta.tag, [{ code: 'SUBSETTED' }]);
  t.notOk(text.resource.effectiveDateTime);
});

t.test('what is not understood is refused, with the nearest right name', async (t) => {
  const cases: [search: string, code: string, told: RegExp][] = [
    ['Observation?cod=x', 'not-supported', /code/],
    ['Observation?patient:identifer=x', 'not-supported', /identifier/],
    ['Observation?_include=Observation:patiënt', 'invalid', /Observation:patient/],
    ['Observation?_include=*', 'not-supported', /wildcard/],
    ['Observation?_sort=dat', 'invalid', /date/],
    ['Observation?_total=some', 'invalid', /none, estimate, accurate/],
    ['Observation?_count=many', 'invalid', /whole number/],
    ['Observation?date=yesterday', 'invalid', /YYYY/],
    ['Observation?code=', 'invalid', /no value/],
    ['Observation?code=a,,b', 'invalid', /empty/],
    ['Observation?_count=1&_count=2', 'invalid', /twice/],
    ['Observation?_filter=x', 'not-supported', /does not search/],
    ['Observation?code:above=x', 'not-supported', /:not/],
    ['Observation?a.b.c.d=x', 'not-supported', /./],
    ['Observation?_elements=code.text', 'invalid', /root|names/],
  ];
  for (const [search, code, told] of cases) {
    const answer = await get(url(search));
    t.strictSame([answer.status, issue(answer).code], [400, code], `${search} ${answer.text.slice(0, 300)}`);
    t.match(issue(answer).diagnostics, told, search);
  }
  t.equal((await get(`Observation?code=${'x,'.repeat(1500)}x`)).status, 400, 'too many values');
  t.equal((await ask('POST', 'Observation/_search', { form: { code: 'x'.repeat(31_000) } })).status, 400, 'too long to be linked');
});

t.test('handling=lenient ignores an unknown parameter and says so, on every page', async (t) => {
  const lenient = { headers: { prefer: 'handling=lenient' } };
  const first = await get('Observation?_id=a1,a2,b1&colour=red&_count=2', lenient);
  t.equal(first.status, 200);
  t.strictSame(ids(first), ['a1', 'a2']);
  const outcome = first.json.entry.at(-1);
  t.match(outcome, {
    search: { mode: 'outcome' },
    resource: { resourceType: 'OperationOutcome', issue: [{ severity: 'warning', expression: ['colour'] }] },
  });
  t.notMatch(first.json.link[0].url, /colour/, 'the self link tells what was asked as it was understood');
  const second = await get(first.json.link[1].url);
  t.strictSame([second.status, ids(second), second.json.total], [200, ['b1'], 3]);
  t.equal((await get('Observation?code:above=x', lenient)).status, 400, 'a modifier is not ignored: it would turn the meaning round');
  t.equal((await get('Observation?colour=red', { headers: { prefer: 'handling=strict' } })).status, 400);
  t.equal((await get('Observation', { headers: { prefer: 'handling=some' } })).status, 400);
  t.equal((await get('Patient/anna?colour=red', lenient)).status, 400, 'only a Bundle has room to say what was ignored');
});

t.test('a BSN stands in no URL and in no link', async (t) => {
  const forms = [
    `identifier=${BSN}|999911120`,
    'identifier=urn:oid:2.16.840.1.113883.2.4.6.3|999911120',
    'identifier=999911120',
    `identifier:not=${BSN}|999911120`,
  ];
  for (const form of forms) {
    const refused = await get(url(`Patient?${form}`));
    t.strictSame([refused.status, refused.text.includes('999911120')], [400, false], form);
    const posted = await ask('POST', `Patient/_search?${url(form)}`, { form: {} });
    t.equal(posted.status, 400, `in the URL of a POST as well: ${form}`);
    const answer = await ask('POST', 'Patient/_search', { form: url(form) });
    t.equal(answer.status, 200);
    t.notMatch(JSON.stringify(answer.json.link), '999911120', form);
  }
  t.equal((await get(url(`Observation?patient.identifier=${BSN}|999911120`))).status, 400);
  const paged = await ask('POST', 'Observation/_search', { form: `${url(`patient.identifier=${BSN}|999911120`)}&_count=1` });
  t.notMatch(JSON.stringify(paged.json.link), '999911120');
  t.strictSame(ids(await get(paged.json.link[1].url)), ['a2'], 'the link carries the question, sealed');
  t.equal((await get(`Observation?code=129125009`)).status, 200, 'a code may look like one');
  t.notMatch(service.log(), '999911120');
});

t.test('what the service defines is there to be read and found', async (t) => {
  const statement = (await get('metadata', { as: null })).json;
  for (const { definition } of [
    ...statement.rest[0].resource.flatMap((r: any) => r.operation ?? []),
    ...(statement.rest[0].operation ?? []),
  ]) {
    const answer = await get(url(`OperationDefinition?url=${definition}`));
    t.equal(answer.json.total, 1, definition);
    t.equal((await get(`OperationDefinition/${ids(answer)[0]}`)).json.url, definition);
  }
  const parameters: string[] = statement.rest[0].resource.flatMap((r: any) => r.searchParam.map((p: any) => p.definition));
  t.notOk(parameters.includes(undefined as never), 'every search parameter names its definition');
  const own = [...new Set(parameters.filter((definition) => !definition.startsWith('http://hl7.org/fhir/')))];
  t.ok(own.length > 5);
  for (const definition of own) t.equal((await get(url(`SearchParameter?url=${definition}`))).json.total, 1, definition);
  for (const file of readdirSync(GENERATED)) {
    const { resourceType, url: canonical, name } = JSON.parse(readFileSync(join(GENERATED, file), 'utf8'));
    const answer = await get(url(`${resourceType}?url=${canonical}`));
    t.equal(answer.json.total, 1, canonical);
    t.equal(answer.json.entry[0].resource.name, name);
    t.equal(answer.json.entry[0].resource.meta.versionId, '1');
  }
  t.equal((await get('CarePlan?review-date=ge2026')).status, 200, 'own parameters can be searched by');
  const again = await startService(t as never, { database: service.database });
  t.match((await again.get('StructureDefinition/izp-goal')).json.meta, { versionId: '1' }, 'a second start makes no version');
  t.equal((await again.get(`StructureDefinition?url=https://fhir.izp.example/r4/StructureDefinition/izp-goal`)).json.total, 1);
});
