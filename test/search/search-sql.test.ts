// Searches on a real PostgreSQL: the published queries on the published patient, the meaning of every filter, paging, visibility.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import type pg from 'pg';
import t from 'tap';
import { canonicalKey } from '../../src/fhir/canonical.js';
import { parseJson, writeJson } from '../../src/fhir/json.js';
import { patientOf } from '../../src/fhir/resource-types.js';
import { indexValues } from '../../src/search/index-values.js';
import { parseSearch, type SearchQuery } from '../../src/search/query.js';
import { identifiedSql } from '../../src/store/match-ids.js';
import { UNINDEXED_KEYS } from '../../src/store/search-bindings.js';
import { includeSql, MAX_INCLUDE_ROUNDS } from '../../src/store/search-include-sql.js';
import { matchIdsSql, type SortKey, searchSql, sortKeysOf } from '../../src/store/search-sql.js';
import { createDatabase } from '../harness/database.js';
import { everything, seeing } from '../harness/visibility.js';

const SHARED = new URL('../../../shared/', import.meta.url);
const PUBLISHED = existsSync(SHARED) ? false : 'the published data are not here';
const SCT = 'http://snomed.info/sct';
const BASE = 'https://records.example/fhir/R4';

type Resource = { resourceType: string; id: string } & Record<string, unknown>;
type Row = { type: string; id: string } & Record<string, unknown>;

const valueSets = new Map<string, { system?: string; code?: string }[]>();
const options = { baseUrl: BASE, now: Date.parse('2026-06-01T12:00:00Z'), valueSet: (url: string) => valueSets.get(canonicalKey(url)) };

function queryOf(text: string): SearchQuery {
  const [type = '', search = ''] = text.split(/\?(.*)/s);
  const pairs = search.split('&').filter((pair) => pair !== '');
  return parseSearch(
    type,
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    options,
  );
}

type Run = (statement: { text: string; values: unknown[] } | undefined) => Promise<Row[]>;

function runOn(pool: pg.Pool): Run {
  return async (statement) => (statement === undefined ? [] : (await pool.query(statement.text, statement.values)).rows);
}

async function put(pool: pg.Pool, resource: Resource, row: { updated?: string; deleted?: boolean } = {}): Promise<void> {
  await pool.query(
    `INSERT INTO resource (type, id, version, patient_id, author_client, last_updated, deleted, content, search)
     VALUES ($1, $2, 1, $3, 'test', $4, $5, $6, $7)`,
    [
      resource.resourceType,
      resource.id,
      patientOf(resource) ?? null,
      row.updated ?? '2026-01-01T00:00:00Z',
      row.deleted ?? false,
      writeJson(resource),
      JSON.stringify(indexValues(resource, { baseUrl: BASE })),
    ],
  );
}

/** Matches and what they include, as `Type/id`, the way the store follows includes. */
async function answerOf(run: Run, text: string, visibility = everything): Promise<{ matches: string[]; included: string[] }> {
  const query = queryOf(text);
  const nameOf = (row: Row) => `${row.type}/${row.id}`;
  const matches = await run(searchSql(query, { visibility }));
  const seen = new Map(matches.map((row) => [nameOf(row), row]));
  let fresh = matches;
  for (let round = 0; round < MAX_INCLUDE_ROUNDS && fresh.length > 0; round++) {
    const found: Row[] = [];
    for (const include of [...query.includes, ...query.revincludes]) {
      if (round > 0 && !include.iterate) continue;
      found.push(...(await run(includeSql(include, fresh, { visibility }))));
    }
    fresh = found.filter((row) => !seen.has(nameOf(row)));
    for (const row of fresh) seen.set(nameOf(row), row);
  }
  const matched = matches.map(nameOf);
  return { matches: matched.sort(), included: [...seen.keys()].filter((name) => !matched.includes(name)).sort() };
}

t.before(() => {
  if (PUBLISHED) return;
  const folder = new URL('fhir-packages/iknl.fhir.r4.pzp/package/', SHARED);
  for (const file of readdirSync(folder).filter((name) => name.startsWith('ValueSet-'))) {
    const set = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
    const codings = set.compose.include.flatMap((part: { system?: string; concept?: { code: string }[] }) =>
      (part.concept ?? []).map(({ code }) => ({ system: part.system, code })),
    );
    valueSets.set(canonicalKey(set.url), codings);
  }
  // Published as "every descendant of 72506001": the products themselves are what a terminology server would list.
  const products = ['72506001', '465460004', '468542000', '704707009', '1263462004', '1236894001'];
  valueSets.set(
    canonicalKey('https://fhir.iknl.nl/fhir/ValueSet/ACP-MedicalDeviceProductType-ICD'),
    products.map((code) => ({ system: SCT, code })),
  );
});

t.test('the seven published queries, in every variant, give exactly the right resources', { skip: PUBLISHED }, async (t) => {
  const { pool } = await createDatabase(t);
  const run = runOn(pool);
  const idsOf = async (search: string) => (await run(searchSql(queryOf(search), { visibility: everything }))).map((row) => row.id);
  const text = readFileSync(new URL('pzp/hendrik-hartman.put.transaction.json', SHARED), 'utf8');
  const bundle = parseJson(text) as { entry: { resource: Resource }[] };
  const form = parseJson(readFileSync(new URL('pzp/QuestionnaireResponse-HendrikHartman-20201001.json', SHARED), 'utf8')) as Resource;
  const id = 'F1-ACP-Patient-HendrikHartman';
  for (const { resource } of bundle.entry) await put(pool, resource);
  await put(pool, { ...form, id: 'form', subject: { reference: `Patient/${id}` } });
  // The same record under other ids, a record that was deleted, and a permission to share: none of it may show.
  const other = text.replaceAll('F1-ACP-', 'other-').replaceAll('F2-ACP-', 'other2-').replaceAll('999911120', '900186021');
  for (const { resource } of (parseJson(other) as typeof bundle).entry) await put(pool, resource);
  const procedure = bundle.entry.find(({ resource }) => resource.resourceType === 'Procedure')?.resource as Resource;
  await put(pool, { ...procedure, id: 'deleted' }, { deleted: true });
  await put(pool, {
    resourceType: 'Consent',
    id: 'permission',
    status: 'active',
    patient: { reference: `Patient/${id}` },
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
    category: [{ coding: [{ system: SCT, code: '129125009' }] }],
  });

  const patient = `Patient/${id}`;
  const role = 'PractitionerRole/F1-ACP-HealthProfessional-PractitionerRole-DrVanHuissen';
  const brother = 'RelatedPerson/F1-ACP-ContactPerson-MichielHartman';
  const conversation = 'Procedure/F1-ACP-Procedure-01-10-2020';
  const encounter = 'Encounter/F1-ACP-Encounter-01-10-2020';
  const goal = ['Goal/F1-ACP-Medical-Policy-Goal'];
  const use = ['DeviceUseStatement/F1-ACP-MedicalDevice-ICD'];
  const icd = ['Device/F1-ACP-MedicalDevice.Product-ICD'];
  const directives = [
    'F1-ACP-TreatmentDirective-116762002',
    'F1-ACP-TreatmentDirective-281789004',
    'F1-ACP-TreatmentDirective-305351004',
    'F1-ACP-TreatmentDirective-32485007',
    'F1-ACP-TreatmentDirective-400231000146108',
    'F1-ACP-TreatmentDirective-40617009',
    'F1-ACP-TreatmentDirective-89666000',
    'F2-ACP-TreatmentDirective-305351004',
  ].map((name) => `Consent/${name}`);
  const observations = [
    'OrganDonationChoiceRegistration-Yes',
    'OtherImportantInformation',
    'PositionRegardingEuthanasia-Unknown',
    'PreferredPlaceOfDeath-Unknown',
    'SpecificCareWishes',
  ].map((name) => `Observation/F1-ACP-${name}`);
  const hosts = ['https://fhir.iknl.nl/fhir', 'https://api.iknl.nl/docs/r4/pzp', 'https://api.iknl.nl/docs/pzp/r4'];

  const scope = 'http://terminology.hl7.org/CodeSystem/consentscope';
  const published: [search: string, matches: string[], included?: string[]][] = [
    [`Procedure?patient=[id]&code=${SCT}|713603004&_include=Procedure:encounter`, [conversation], [encounter]],
    [
      `Encounter?patient=[id]&reason-reference:Procedure.code=${SCT}|713603004&_include=Encounter:reason-reference`,
      [encounter],
      [conversation],
    ],
    [
      `Consent?patient=[id]&scope=${scope}|treatment&category=${SCT}|129125009&_include=Consent:actor`,
      directives,
      [patient, role, brother],
    ],
    [
      `Consent?patient=[id]&scope=${scope}|adr&category=http://terminology.hl7.org/CodeSystem/consentcategorycodes|acd&_include=Consent:actor`,
      [],
    ],
    [`Goal?patient=[id]&description=${SCT}|385987000,${SCT}|1351964001,${SCT}|713148004`, goal],
    [`Goal?patient=[id]&category=${SCT}|713603004`, []],
    [
      `Observation?patient=[id]&code=${SCT}|665671000146101,153851000146100,395091006,340171000146104,247751003,570801000146104`,
      observations,
    ],
    [
      `DeviceUseStatement?patient=[id]&device.type=${SCT}|72506001,465460004,468542000,704707009,1263462004,1236894001&_include=DeviceUseStatement:device`,
      use,
      icd,
    ],
    [`Communication?patient=[id]&reason-code=${SCT}|713603004`, ['Communication/F1-ACP-Communication-01-10-2020']],
    [`CommunicationRequest?patient=[id]&category=${SCT}|223449006`, []],
    ...hosts.flatMap((host): typeof published => [
      [`Goal?patient=[id]&description:in=${host}/ValueSet/ACP-MedicalPolicyGoal`, goal],
      [
        `DeviceUseStatement?patient=[id]&device.type:in=${host}/ValueSet/ACP-MedicalDeviceProductType-ICD&_include=DeviceUseStatement:device`,
        use,
        icd,
      ],
      [`QuestionnaireResponse?subject=Patient/[id]&questionnaire=${host}/Questionnaire/ACP-zib2020`, ['QuestionnaireResponse/form']],
    ]),
  ];
  for (const [search, matches, included = []] of published) {
    for (const named of [id, `Patient/${id}`]) {
      const asked = search.includes('subject=') ? search : search.replace('patient=[id]', `patient=${named}`);
      t.same(await answerOf(run, asked.replace('[id]', id)), { matches: [...matches].sort(), included: [...included].sort() }, asked);
    }
  }
  t.same(await idsOf('Patient?identifier=http://fhir.nl/fhir/NamingSystem/bsn|999911120'), [id], 'step 0');
  t.same(await idsOf('Patient?identifier=urn:oid:2.16.840.1.113883.2.4.6.3|999911120'), [id], 'step 0 by the other name of the system');
  t.same(await idsOf('Patient?identifier=http://fhir.nl/fhir/NamingSystem/bsn|99991112'), [], 'a part of an identifier is nobody');
  t.same(await idsOf('Consent?patient.identifier=http://fhir.nl/fhir/NamingSystem/bsn|900186021&scope=x'), []);
  t.equal((await idsOf('Observation?patient.identifier=http://fhir.nl/fhir/NamingSystem/bsn|900186021')).length, observations.length);
});

t.test('what each filter means', async (t) => {
  const { run } = await freshRecord(t);
  const ids = async (text: string) => (await run(searchSql(queryOf(text), { visibility: everything }))).map((row) => row.id).join(' ');
  const cases: [string, string][] = [
    ['Patient?name=muller', 'a'],
    ['Patient?name=MÜLL', 'a'],
    ['Patient?family=berg', 'b'],
    ['Patient?family=er', ''],
    ['Patient?family:contains=er', 'a b'],
    ['Patient?family:exact=Müller', 'a'],
    ['Patient?family:exact=Muller', ''],
    ['Patient?family=%', ''],
    ['Patient?given:contains=_', ''],
    ['Patient?family:missing=true', 'c'],
    ['Patient?family:missing=false', 'a b'],
    ['Patient?gender=female', 'a'],
    ['Patient?gender=http://hl7.org/fhir/administrative-gender|FEMALE', 'a'],
    ['Patient?gender:not=female', 'b c'],
    ['Patient?active=true', 'a'],
    ['Patient?deceased=true', 'b'],
    ['Patient?deceased=false', 'a c'],
    ['Patient?identifier=urn:mrn|1', 'a'],
    ['Patient?identifier=urn:mrn|', 'a b'],
    ['Patient?identifier:of-type=urn:types|MR|1', 'a'],
    ['Patient?birthdate=1950', 'a b'],
    ['Patient?birthdate=1950-02', 'a b'],
    ['Patient?birthdate=1950-02-03', 'a'],
    ['Patient?birthdate=ne1950-02-03', 'b'],
    ['Patient?birthdate=gt1950-02-03', 'b'],
    ['Patient?birthdate=ge1950-02-03', 'a b'],
    ['Patient?birthdate=lt1950-02-03', 'b'],
    ['Patient?birthdate=sa1950-02-03', ''],
    ['Patient?birthdate=ap1950-02-03', 'a b'],
    ['Patient?birthdate=ge1950-02-01&birthdate=le1950-02-10', 'a b'],
    ['Patient?_id=a,c,nobody', 'a c'],
    ['Patient?_id:not=a', 'b c'],
    ['Patient?_lastUpdated=2026-01-02', 'b'],
    ['Patient?_lastUpdated=ge2026-01-02', 'b c'],
    ['Patient?_lastUpdated=2026-01-02T11:00:00.123Z', 'b'],
    ['Patient?_lastUpdated=gt2026-01-02T11:00:00.122Z&_lastUpdated=lt2026-01-02T11:00:00.124Z', 'b'],
    ['Patient?_lastUpdated=gt9999', ''],
    ['Patient?_lastUpdated=gt0000', 'a b c'],
    ['Patient?_tag=urn:t|x', 'c'],
    ['Patient?_has:Observation:patient:code=pulse', 'a'],
    ['Patient?_has:Observation:patient:value-quantity=gt100', 'a b'],
    ['Patient?_has:Encounter:patient:_has:Observation:encounter:code=pressure', 'b'],
    ['Patient?link=Patient/a', 'b'],
    ['Observation?patient=a', 'o1 o2'],
    ['Observation?subject=Patient/a,Patient/b', 'o1 o2 o3'],
    [`Observation?subject=${BASE}/Patient/b`, 'o3'],
    ['Observation?subject=https://elsewhere.example/Patient/z', 'o4'],
    ['Observation?subject=Patient/z', ''],
    ['Observation?subject:identifier=urn:mrn|9', 'o4'],
    ['Observation?code=pulse', 'o1'],
    ['Observation?code=urn:c|pulse,temp', 'o1 o2'],
    ['Observation?code=|temp', 'o2'],
    ['Observation?code=urn:c|', 'o1 o3 o4'],
    ['Observation?code:text=body', 'o2'],
    ['Observation?code:in=urn:vs:vitals', 'o1'],
    ['Observation?code:not-in=urn:vs:vitals', 'o2 o3 o4'],
    [`Observation?code=${Array.from({ length: 30 }, (_, i) => `c${i}`).join(',')},pulse`, 'o1'],
    ['Observation?value-quantity=120', 'o1'],
    ['Observation?value-quantity=1.2e2||/min', 'o1'],
    ['Observation?value-quantity=120|http://unitsofmeasure.org|/min', 'o1'],
    ['Observation?value-quantity=120|http://unitsofmeasure.org|mg', ''],
    ['Observation?value-quantity=36.6', 'o2'],
    ['Observation?value-quantity=37', 'o2'],
    ['Observation?value-quantity=37.0', ''],
    ['Observation?value-quantity=lt36.7', 'o2'],
    ['Observation?value-quantity=ge120', 'o1 o3'],
    ['Observation?value-quantity=ap110', 'o1'],
    ['Observation?date=2026-05', 'o1'],
    ['Observation?date=eb2026-05-10', 'o3'],
    ['Observation?date=sa2026-05-09', 'o1'],
    ['Observation?date=ge2026-05-10T12:00:00+02:00', 'o1 o2'],
    ['Observation?date:missing=true', 'o4'],
    ['Observation?patient.name=muller', 'o1 o2'],
    ['Observation?subject:Patient.gender=female&code=pulse', 'o1'],
    ['Observation?patient.organization.name=hospice', 'o3'],
    ['Observation?encounter.status=finished', 'o3'],
    ['QuestionnaireResponse?questionnaire=https://api.iknl.nl/docs/pzp/r4/Questionnaire/q', 'q1 q2'],
    ['QuestionnaireResponse?questionnaire=https://fhir.iknl.nl/fhir/Questionnaire/q|2', 'q2'],
    ['QuestionnaireResponse?questionnaire=https://fhir.iknl.nl/fhir/Questionnaire/q|3', ''],
    ['QuestionnaireResponse?questionnaire.title=form', 'q1 q2'],
    ["Patient?name=a'); DROP TABLE resource; --", ''],
    ['Patient?name=\\', ''],
    ['Patient?name=nul\0', ''],
  ];
  for (const [text, expected] of cases) t.equal(await ids(text), expected, JSON.stringify(text));
});

t.test('includes follow references both ways, and further when told to', async (t) => {
  const { answer } = await freshRecord(t);
  t.same(await answer('Observation?code=pressure&_include=Observation:encounter'), ['Observation/o3', '+Encounter/e1']);
  t.same(await answer('Observation?code=pressure&_include=Observation:patient&_include:iterate=Patient:organization'), [
    'Observation/o3',
    '+Organization/hospice',
    '+Patient/b',
  ]);
  t.same(
    await answer('Observation?code=pressure&_include=Observation:subject:Location'),
    ['Observation/o3'],
    'only references to the named type',
  );
  t.same(await answer('Patient?_id=b&_revinclude=Observation:patient&_revinclude=Encounter:patient'), [
    'Patient/b',
    '+Encounter/e1',
    '+Observation/o3',
  ]);
  t.same(
    await answer('QuestionnaireResponse?_id=q2&_include=QuestionnaireResponse:questionnaire'),
    ['QuestionnaireResponse/q2', '+Questionnaire/form'],
    'by canonical URL',
  );
  t.same(
    await answer('Patient?_id=a,b&_include:iterate=Patient:link&_include=Patient:link'),
    ['Patient/a', 'Patient/b'],
    'a match is never included again',
  );
});

t.test('a row out of sight is out of every part of a search', async (t) => {
  const { run, answer } = await freshRecord(t);
  const hiding = (hidden: string) => seeing((alias, bind) => `${alias}.id <> ${bind(hidden)}`);
  t.same(await answer('Observation?patient=a', hiding('o1')), ['Observation/o2'], 'matches');
  t.same(await answer('Observation?patient.name=muller', hiding('a')), [], 'chains');
  t.same(await answer('Observation?encounter.status=finished', hiding('e1')), [], 'chains through other types');
  t.same(await answer('Patient?_has:Observation:patient:code=pulse', hiding('o1')), [], 'reverse chains');
  t.same(
    await answer('Patient?_has:Encounter:patient:_has:Observation:encounter:code=pressure', hiding('e1')),
    [],
    'nested reverse chains',
  );
  t.same(await answer('Observation?code=pressure&_include=Observation:encounter', hiding('e1')), ['Observation/o3'], 'includes');
  t.same(await answer('Patient?_id=b&_revinclude=Encounter:patient', hiding('e1')), ['Patient/b'], 'reverse includes');
  const [row] = await run(searchSql(queryOf('Observation?patient=a'), { visibility: hiding('o1'), forTotal: true }));
  t.equal(row?.total, 1, 'totals');
  t.same(await run(matchIdsSql(queryOf('Observation?code=pulse'), { visibility: hiding('o1') })), [], 'conditional criteria');
  t.equal((await run(matchIdsSql(queryOf('Patient'), { visibility: everything }))).length, 2, 'at most two ids');
});

t.test('a query for one patient reads the compartment, not the table', async (t) => {
  const { text, values } = searchSql(queryOf('Consent?patient=p&status=active'), { visibility: everything });
  t.match(text, /r\.patient_id = \$\d/);
  t.ok(values.includes('p'));
  t.notMatch(searchSql(queryOf('Consent?patient=p,q'), { visibility: everything }).text, /patient_id = /);
  for (const search of [
    'Consent?patient=secret1&status=secret2&_id=secret3',
    'Patient?name=secret1&birthdate=2020&_has:Goal:patient:description=secret2&_sort=-name',
  ]) {
    t.notMatch(searchSql(queryOf(search), { visibility: everything }).text, /secret|2020/, 'values are bound, never part of the text');
  }
});

t.test('a search across patients is looked up in the index, by every key that the index holds', async (t) => {
  const { pool } = await createDatabase(t);
  const { rows } = await pool.query("SELECT pg_get_indexdef('resource_search'::regclass) AS definition");
  t.match(rows[0].definition, `{${UNINDEXED_KEYS.join(',')}}`, 'the migration leaves out what the searches know it to leave out');
  await pool.query(`INSERT INTO resource (type, id, version, author_client, last_updated, content, search)
    SELECT t.type, t.type || i, 1, 'test', now(), '{}', jsonb_build_object('identifier', jsonb_build_array('urn:x|' || i), 'status', '["final"]'::jsonb)
      FROM generate_series(1, 4000) AS i, unnest('{Observation,Patient,Consent}'::text[]) AS t(type)`);
  await pool.query('ANALYZE resource');
  const client = await pool.connect();
  t.teardown(() => client.release());
  await client.query('SET enable_seqscan = off');
  const planOf = async ({ text, values }: { text: string; values: unknown[] }) => {
    const plan = await client.query(`EXPLAIN ${text}`, values);
    return plan.rows.map((row) => row['QUERY PLAN']).join('\n');
  };
  const wanted = { identifier: ['urn:mrn|1'] };
  t.match(await planOf(identifiedSql([{ type: 'Patient', wanted }], everything)), 'resource_search', 'criteria of conditional writes');
  const searches = [
    'Observation?code=pulse',
    'Patient?identifier=urn:mrn|1',
    'Observation?subject=Patient/a,Patient/b',
    'Consent?category=x',
  ];
  for (const search of searches)
    t.match(await planOf(searchSql(queryOf(search), { visibility: everything, forTotal: true })), 'resource_search', search);
  for (const search of ['Consent?patient=p&category=x', 'Observation?status=final'])
    t.notMatch(await planOf(searchSql(queryOf(search), { visibility: everything })), 'resource_search', search);
});

t.test('pages under any sort give every row once, in one order', async (t) => {
  const { run, put } = await freshRecord(t);
  const word = fc.option(fc.constantFrom('alpha', 'beta', 'Gamma', 'é'), { nil: undefined });
  const day = fc.option(fc.constantFrom('2026-01-01', '2026-01', '2026-02-02T10:00:00Z'), { nil: undefined });
  const rows = fc.sample(
    fc.record({
      code: word,
      date: day,
      number: fc.option(fc.integer({ min: -3, max: 3 }), { nil: undefined }),
      second: fc.integer({ min: 0, max: 3 }),
    }),
    { numRuns: 120, seed: 7 },
  );
  for (const [i, row] of rows.entries()) {
    const resource = {
      resourceType: 'Observation',
      id: `s${String(i * 7919).padStart(6, '0')}`,
      subject: { reference: 'Patient/sorted' },
      ...(row.code && { code: { coding: [{ system: 'urn:s', code: row.code }] } }),
      ...(row.date && { effectiveDateTime: row.date }),
      ...(row.number !== undefined && { valueQuantity: { value: row.number } }),
    };
    await put(resource, { updated: `2026-03-0${row.second + 1}T00:00:00.00${row.second}Z` });
  }
  const key = fc
    .tuple(fc.constantFrom('', '-'), fc.constantFrom('code', 'date', 'value-quantity', '_lastUpdated', '_id', 'encounter'))
    .map(([sign, code]) => sign + code);
  await fc.assert(
    fc.asyncProperty(fc.array(key, { maxLength: 3 }), fc.integer({ min: 1, max: 50 }), async (keys, count) => {
      const sort = keys.length > 0 ? `&_sort=${keys.join(',')}` : '';
      const whole = await run(searchSql(queryOf(`Observation?patient=sorted&_count=1000${sort}`), { visibility: everything }));
      const query = queryOf(`Observation?patient=sorted&_count=${count}${sort}`);
      const walked: string[] = [];
      let after: SortKey[] | undefined;
      do {
        const page = await run(searchSql(query, { visibility: everything, after }));
        walked.push(...page.slice(0, count).map((row) => row.id));
        after = page.length > count ? sortKeysOf(query, page[count - 1] as Row) : undefined;
      } while (after);
      if (walked.length !== rows.length || walked.join() !== whole.map((row) => row.id).join())
        throw new Error(`${keys} by ${count}: ${walked.length} of ${whole.length}`);
    }),
    { numRuns: 60 },
  );
  const sorted = await run(searchSql(queryOf('Observation?patient=sorted&_sort=-code&_count=1000'), { visibility: everything }));
  const codes = sorted.map((row) => JSON.parse(row.content as string).code?.coding[0].code as string | undefined);
  t.same([...new Set(codes)], ['é', 'Gamma', 'beta', 'alpha', undefined], 'descending, and what has no value last');
});

/** A small record in a database of its own. */
async function freshRecord(t: Parameters<typeof createDatabase>[0]) {
  const own = await createDatabase(t);
  const run = runOn(own.pool);
  valueSets.set('urn:vs:vitals', [
    { system: 'urn:c', code: 'pulse' },
    { system: 'urn:c', code: 'weight' },
  ]);
  const store = (resource: Resource, row?: Parameters<typeof put>[2]) => put(own.pool, resource, row);
  const ownName = { url: 'http://hl7.org/fhir/StructureDefinition/humanname-own-name', valueString: 'Berg' };
  await store({
    resourceType: 'Patient',
    id: 'a',
    active: true,
    gender: 'female',
    birthDate: '1950-02-03',
    name: [{ family: 'Müller', given: ['Ann'] }],
    identifier: [{ system: 'urn:mrn', value: '1', type: { coding: [{ system: 'urn:types', code: 'MR' }] } }],
  });
  await store(
    {
      resourceType: 'Patient',
      id: 'b',
      gender: 'male',
      birthDate: '1950-02',
      deceasedDateTime: '2026-05-20',
      name: [{ family: 'van den Berg', _family: { extension: [ownName] } }],
      identifier: [{ system: 'urn:mrn', value: '2' }],
      managingOrganization: { reference: 'Organization/hospice' },
      link: [{ other: { reference: 'Patient/a' }, type: 'seealso' }],
    },
    { updated: '2026-01-02T11:00:00.123Z' },
  );
  await store({ resourceType: 'Patient', id: 'c', meta: { tag: [{ system: 'urn:t', code: 'x' }] } }, { updated: '2026-01-03T00:00:00Z' });
  await store({ resourceType: 'Patient', id: 'gone', name: [{ family: 'Müller' }] }, { deleted: true });
  await store({ resourceType: 'Organization', id: 'hospice', name: 'Hospice Noord' });
  await store({ resourceType: 'Encounter', id: 'e1', status: 'finished', subject: { reference: 'Patient/b' } });
  const unit = { system: 'http://unitsofmeasure.org', code: '/min', unit: 'per minute' };
  await store({
    resourceType: 'Observation',
    id: 'o1',
    subject: { reference: 'Patient/a' },
    code: { coding: [{ system: 'urn:c', code: 'pulse' }] },
    effectiveDateTime: '2026-05-10T12:00:00+02:00',
    valueQuantity: { value: 120, ...unit },
  });
  await store({
    resourceType: 'Observation',
    id: 'o2',
    subject: { reference: 'Patient/a/_history/1' },
    code: { coding: [{ code: 'temp' }], text: 'Body temperature' },
    effectivePeriod: { start: '2026-05-01' },
    valueQuantity: { value: 36.6 },
  });
  await store({
    resourceType: 'Observation',
    id: 'o3',
    subject: { reference: 'Patient/b' },
    encounter: { reference: 'Encounter/e1' },
    code: { coding: [{ system: 'urn:c', code: 'pressure' }] },
    effectivePeriod: { start: '2026-04-01', end: '2026-05-01' },
    valueQuantity: { value: 180, comparator: '>' },
  });
  await store({
    resourceType: 'Observation',
    id: 'o4',
    subject: { reference: 'https://elsewhere.example/Patient/z', identifier: { system: 'urn:mrn', value: '9' } },
    code: { coding: [{ system: 'urn:c', code: 'x' }] },
  });
  await store({ resourceType: 'Questionnaire', id: 'form', url: 'https://api.iknl.nl/docs/r4/pzp/Questionnaire/q', title: 'Form' });
  await store({
    resourceType: 'QuestionnaireResponse',
    id: 'q1',
    questionnaire: 'https://fhir.iknl.nl/fhir/Questionnaire/q',
    subject: { reference: 'Patient/a' },
  });
  await store({
    resourceType: 'QuestionnaireResponse',
    id: 'q2',
    questionnaire: 'https://api.iknl.nl/docs/r4/pzp/Questionnaire/q|2',
    subject: { reference: 'Patient/a' },
  });
  return { run, put: store, answer: async (text: string, visibility = everything) => flat(await answerOf(run, text, visibility)) };
}

function flat({ matches, included }: { matches: string[]; included: string[] }): string[] {
  return [...matches, ...included.map((name) => `+${name}`)];
}
