// The published example patient goes in whole, by PUT and by POST, and the seven queries give exactly what they should.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { type Answer, startService, type TestService } from '../harness/service.js';

const SHARED = fileURLToPath(new URL('../../../shared/pzp', import.meta.url));
const skip = existsSync(SHARED) ? false : 'the published example data are not beside the project (../shared/pzp)';

const SNOMED = 'http://snomed.info/sct';
const BSN = 'http://fhir.nl/fhir/NamingSystem/bsn';
const PATIENT = 'F1-ACP-Patient-HendrikHartman';
const F1 = (name: string) => `F1-ACP-${name}`;

interface Entry {
  fullUrl?: string;
  resource: { resourceType: string; id?: string; [name: string]: unknown };
  search?: { mode: string };
}

function published(name: string): { entry: Entry[] } {
  return JSON.parse(readFileSync(join(SHARED, name), 'utf8'));
}

function ids(answer: Answer, mode: 'match' | 'include'): string[] {
  return ((answer.json.entry ?? []) as Entry[])
    .filter((entry) => entry.search?.mode === mode)
    .map((entry) => `${entry.resource.resourceType}/${entry.resource.id}`)
    .sort();
}

/** A resource without what the server gives. */
function sent(resource: Entry['resource']): unknown {
  const { meta, id: _id, ...rest } = resource as Entry['resource'] & { meta?: Record<string, unknown> };
  const { versionId: _v, lastUpdated: _l, ...kept } = meta ?? {};
  return { ...rest, meta: kept };
}

const DIRECTIVES = ['116762002', '281789004', '305351004', '32485007', '400231000146108', '40617009', '89666000'].map(
  (code) => `Consent/${F1(`TreatmentDirective-${code}`)}`,
);
const ALL_DIRECTIVES = [...DIRECTIVES, 'Consent/F2-ACP-TreatmentDirective-305351004'].sort();
/** The second conversation took the place of the first about the ICU. */
const CURRENT_DIRECTIVES = ALL_DIRECTIVES.filter((one) => one !== `Consent/${F1('TreatmentDirective-305351004')}`);
const ACTORS = [
  `Patient/${PATIENT}`,
  `PractitionerRole/${F1('HealthProfessional-PractitionerRole-DrVanHuissen')}`,
  `RelatedPerson/${F1('ContactPerson-MichielHartman')}`,
];

/** Each published variant of the seven queries: what it must match and include for Hendrik. */
const QUERIES: { name: string; query: string; match: string[]; include?: string[] }[] = [
  {
    name: '1 procedure with encounter',
    query: `Procedure?patient={p}&code=${SNOMED}|713603004&_include=Procedure:encounter`,
    match: [`Procedure/${F1('Procedure-01-10-2020')}`],
    include: [`Encounter/${F1('Encounter-01-10-2020')}`],
  },
  {
    name: '1b encounter by the code of its reason',
    query: `Encounter?patient={p}&reason-reference:Procedure.code=${SNOMED}|713603004&_include=Encounter:reason-reference`,
    match: [`Encounter/${F1('Encounter-01-10-2020')}`],
    include: [`Procedure/${F1('Procedure-01-10-2020')}`],
  },
  {
    name: '2 treatment directives with actors',
    query: `Consent?patient={p}&scope=http://terminology.hl7.org/CodeSystem/consentscope|treatment&category=${SNOMED}|129125009&_include=Consent:actor`,
    match: CURRENT_DIRECTIVES,
    include: ACTORS,
  },
  {
    name: '3 advance directives',
    query:
      'Consent?patient={p}&scope=http://terminology.hl7.org/CodeSystem/consentscope|adr&category=http://terminology.hl7.org/CodeSystem/consentcategorycodes|acd&_include=Consent:actor',
    match: [],
  },
  {
    name: '4 goal by value set',
    query: 'Goal?patient={p}&description:in=https://fhir.iknl.nl/fhir/ValueSet/ACP-MedicalPolicyGoal',
    match: [`Goal/${F1('Medical-Policy-Goal')}`],
  },
  {
    name: '4 goal by value set on the later host',
    query: 'Goal?patient={p}&description:in=https://api.iknl.nl/docs/pzp/r4/ValueSet/ACP-MedicalPolicyGoal',
    match: [`Goal/${F1('Medical-Policy-Goal')}`],
  },
  {
    name: '4 goal by description codes',
    query: `Goal?patient={p}&description=${SNOMED}|385987000,${SNOMED}|1351964001,${SNOMED}|713148004`,
    match: [`Goal/${F1('Medical-Policy-Goal')}`],
  },
  { name: '4 goal by category', query: `Goal?patient={p}&category=${SNOMED}|713603004`, match: [] },
  {
    name: '5 observations, the system named once',
    query: `Observation?patient={p}&code=${SNOMED}|665671000146101,153851000146100,395091006,340171000146104,247751003,570801000146104`,
    match: [
      'OrganDonationChoiceRegistration-Yes',
      'OtherImportantInformation',
      'PositionRegardingEuthanasia-Unknown',
      'PreferredPlaceOfDeath-Unknown',
      'SpecificCareWishes',
    ].map((name) => `Observation/${F1(name)}`),
  },
  {
    name: '6 ICD by value set',
    query:
      'DeviceUseStatement?patient={p}&device.type:in=https://fhir.iknl.nl/fhir/ValueSet/ACP-MedicalDeviceProductType-ICD&_include=DeviceUseStatement:device',
    match: [`DeviceUseStatement/${F1('MedicalDevice-ICD')}`],
    include: [`Device/${F1('MedicalDevice.Product-ICD')}`],
  },
  {
    name: '6 ICD by codes',
    query: `DeviceUseStatement?patient={p}&device.type=${SNOMED}|72506001,465460004,468542000,704707009,1263462004,1236894001&_include=DeviceUseStatement:device`,
    match: [`DeviceUseStatement/${F1('MedicalDevice-ICD')}`],
    include: [`Device/${F1('MedicalDevice.Product-ICD')}`],
  },
  {
    name: '7 communication',
    query: `Communication?patient={p}&reason-code=${SNOMED}|713603004`,
    match: [`Communication/${F1('Communication-01-10-2020')}`],
  },
  { name: '7 communication request', query: `CommunicationRequest?patient={p}&category=${SNOMED}|223449006`, match: [] },
  {
    name: 'F the form response by another of the form’s names',
    query: 'QuestionnaireResponse?subject=Patient/{id}&questionnaire=https://api.iknl.nl/docs/pzp/r4/Questionnaire/ACP-zib2020',
    match: ['QuestionnaireResponse/HendrikHartman-20201001'],
  },
  {
    name: 'F the form response by its own name',
    query: 'QuestionnaireResponse?subject=Patient/{id}&questionnaire=https://fhir.iknl.nl/fhir/Questionnaire/ACP-zib2020',
    match: ['QuestionnaireResponse/HendrikHartman-20201001'],
  },
];

async function stored(t: Test): Promise<TestService> {
  const service = await startService(t);
  const put = await service.post('', readFileSync(join(SHARED, 'hendrik-hartman.put.transaction.json'), 'utf8'));
  t.equal(put.status, 200, put.text.slice(0, 800));
  t.same(new Set(put.json.entry.map((entry: { response: { status: string } }) => entry.response.status)), new Set(['201 Created']));
  const form = {
    ...(published('QuestionnaireResponse-HendrikHartman-20201001.json') as unknown as Entry['resource']),
    subject: { reference: `Patient/${PATIENT}` },
    // A draft: agreed, it would become resources of its own beside those of the transaction.
    status: 'in-progress',
  };
  t.equal((await service.put('QuestionnaireResponse/HendrikHartman-20201001', form)).status, 201);
  return service;
}

t.test('the transaction with fixed ids', { skip }, async (t) => {
  const service = await stored(t);

  await t.test('every resource comes back exactly as it was sent', async (t) => {
    for (const { resource } of published('hendrik-hartman.put.transaction.json').entry) {
      const answer = await service.get(`${resource.resourceType}/${resource.id}`);
      t.equal(answer.status, 200);
      t.strictSame(sent(answer.json), sent(resource), `${resource.resourceType}/${resource.id}`);
      t.equal(answer.headers.get('etag'), 'W/"1"');
    }
  });

  for (const { name, query, match, include = [] } of QUERIES) {
    await t.test(`query ${name}`, async (t) => {
      for (const patient of [PATIENT, `Patient/${PATIENT}`]) {
        const filled = query.replace('{p}', patient).replace('{id}', PATIENT);
        const [type, parameters] = filled.split('?', 2) as [string, string];
        for (const answer of [
          await service.get(encodeURI(filled)),
          await service.ask('POST', `${type}/_search`, { form: encodeURI(parameters) }),
        ]) {
          t.equal(answer.status, 200, answer.text.slice(0, 500));
          t.strictSame(ids(answer, 'match'), [...match].sort());
          t.strictSame(ids(answer, 'include'), [...include].sort());
          t.equal(answer.json.total, match.length);
        }
      }
    });
  }

  await t.test('step 0 finds the patient by POST', async (t) => {
    const answer = await service.ask('POST', 'Patient/_search', { form: { identifier: `${BSN}|999911120` } });
    t.strictSame(ids(answer, 'match'), [`Patient/${PATIENT}`]);
    t.notMatch(answer.text.replace(/"identifier":\[[^\]]*\]/, ''), '999911120', 'the BSN stands in no link');
    t.equal(
      (await service.ask('POST', 'Patient/_search', { form: { identifier: `${BSN}|123456782` } })).json.total,
      0,
      'no match is an empty answer',
    );
  });

  await t.test('a GET with a BSN in the query is refused and its query is nowhere in the log', async (t) => {
    const answer = await service.get(`Patient?identifier=${encodeURIComponent(BSN)}%7C999911120`);
    t.equal(answer.status, 400);
    t.match(answer.json.issue[0].diagnostics, /POST/);
    t.notMatch(answer.text, '999911120');
    t.notMatch(service.log(), '999911120');
  });

  await t.test('misprints of the guide are refused with the right spelling', async (t) => {
    for (const [url, right] of [
      [`Procedure?patient=${PATIENT}&_include:Procedure:encounter`, /_include=Procedure:encounter/],
      [`Procedure?patient=${PATIENT}&_include=Procedure:encunter`, /Procedure:encounter/],
      [`Procedure?patient=${PATIENT}&cod=x`, /code/],
      [`Consent?patient=${PATIENT}&category:inn=x`, /in\b/],
    ] as const) {
      const answer = await service.get(url);
      t.equal(answer.status, 400, url);
      t.match(answer.json.issue[0].diagnostics, right, url);
    }
    const type = await service.get(`DeviceUseSatement?patient=${PATIENT}`);
    t.ok([400, 404].includes(type.status));
    t.match(type.json.issue[0].diagnostics, /DeviceUseStatement/);
  });

  await t.test('a directive without provision.type keeps its modifier extension through an update', async (t) => {
    const url = `Consent/${F1('TreatmentDirective-400231000146108')}`;
    const before = (await service.get(url)).json;
    t.equal(before.modifierExtension.length, 1);
    const again = await service.put(url, before);
    t.equal(again.status, 200);
    t.equal(again.headers.get('etag'), 'W/"1"', 'an update that changes nothing makes no version');
  });
});

t.test('the transaction with urn:uuid references', { skip }, async (t) => {
  const service = await startService(t);
  const text = readFileSync(join(SHARED, 'hendrik-hartman.post.transaction.json'), 'utf8');
  const first = await service.post('', text);
  t.equal(first.status, 200, first.text.slice(0, 800));
  t.equal(first.json.entry.length, 23);
  const count = async (type: string) => (await service.get(`${type}?_summary=count`)).json.total as number;
  const types = [...new Set(published('hendrik-hartman.post.transaction.json').entry.map((entry) => entry.resource.resourceType))];
  const before = await Promise.all(types.map(count));

  await t.test('references are rewritten to the ids given', async (t) => {
    const consents = (await service.get('Consent?_count=50')).text;
    t.notMatch(consents, 'urn:uuid:');
    const patient = first.json.entry
      .find((entry: { response: { location: string } }) => entry.response.location.includes('/Patient/'))
      .response.location.split('/')
      .at(-3);
    t.equal((await service.get(`Consent?patient=${patient}&status=active`)).json.total, 8);
  });

  await t.test('posting it a second time creates nobody and nothing twice', async (t) => {
    const second = await service.post('', text);
    t.equal(second.status, 200, second.text.slice(0, 800));
    t.same(new Set(second.json.entry.map((entry: { response: { status: string } }) => entry.response.status)), new Set(['200 OK']));
    t.strictSame(await Promise.all(types.map(count)), before);
  });
});
