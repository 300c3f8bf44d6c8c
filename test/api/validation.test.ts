// Nothing wrong gets in and nothing right is refused, on every way in: over HTTP, with and without the published packages.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { patientOf } from '../../src/fhir/resource-types.js';
import { loadDefinitions } from '../../src/start/definitions.js';
import { StartError } from '../../src/store/start-error.js';
import { type Answer, startService, type TestService } from '../harness/service.js';
import { permit, team, URAS } from '../harness/sharing.js';

type Json = Record<string, any>;

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const EXAMPLES = folder('../../fhir-profiles/examples');
const SHARED = folder('../../../shared');
const skip = existsSync(SHARED) ? false : 'the published packages and example data are not beside the project (../shared)';

const IZP = 'https://fhir.izp.example/r4';
const SNOMED = 'http://snomed.info/sct';
const SPECIFICATION = 'http://nictiz.nl/fhir/StructureDefinition/ext-TreatmentDirective2.SpecificationOther';
const BSN = { system: 'http://fhir.nl/fhir/NamingSystem/bsn', value: '900186021' };
const AS_OUTCOME = { headers: { prefer: 'return=OperationOutcome' } };
const PATCH = { 'content-type': 'application/json-patch+json' };

/** A goal of treatment that is not among the three of the published profile. */
const OTHER_POLICY = { coding: [{ system: SNOMED, code: '182840001' }] };

const read = (path: string): Json => JSON.parse(readFileSync(path, 'utf8'));

function directive(more: Json = {}): Json {
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'treatment' }] },
    category: [{ coding: [{ system: SNOMED, code: '129125009' }] }],
    patient: { reference: 'Patient/p' },
    dateTime: '2026-11-02',
    policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentpolicycodes', code: 'cric' }] },
    provision: { type: 'deny', code: [{ coding: [{ system: SNOMED, code: '89666000' }] }] },
    ...more,
  };
}

const goal = (more: Json = {}): Json => ({
  resourceType: 'Goal',
  lifecycleStatus: 'active',
  description: { text: 'Naar het huwelijk van haar zoon' },
  subject: { reference: 'Patient/p' },
  ...more,
});

function errors(answer: Answer): { expression: string; rule: string }[] {
  return (answer.json.issue as Json[])
    .filter(({ severity }) => severity === 'error')
    .map(({ expression, details }) => ({ expression: expression?.join(), rule: details?.coding?.[0]?.code }));
}

const placesOf = (answer: Answer) => errors(answer).map(({ expression }) => expression);

async function count(service: TestService, type: string): Promise<number> {
  return (await service.get(`${type}?_summary=count`)).json.total;
}

async function audits(service: TestService): Promise<Json[]> {
  return (await service.database.pool.query('SELECT * FROM audit_event ORDER BY recorded, id')).rows;
}

async function withPatient(t: Test, options: Parameters<typeof startService>[1] = {}): Promise<TestService> {
  const service = await startService(t, options);
  await service.put('Patient/p', { resourceType: 'Patient', id: 'p', identifier: [BSN], name: [{ text: 'W. van den Berg' }] });
  await service.put('Patient/izp-example-patient', { resourceType: 'Patient', id: 'izp-example-patient', name: [{ text: 'Voorbeeld' }] });
  await service.put('Patient/merged', { resourceType: 'Patient', id: 'merged', name: [{ text: 'Samen' }] });
  await permit(service, 'p', { parties: ['type:N6'] });
  return service;
}

t.test('without packages', async (t) => {
  const service = await withPatient(t);
  const { get, post, put, ask } = service;

  t.test('what breaks R4 is refused on every way in, at the exact place, and nothing is stored', async (t) => {
    const wrong = directive({ status: 'perhaps', provision: { type: 'deny', period: { start: '2026-02-30' } } });
    const places = ['Consent.provision.period.start', 'Consent.status'];
    const before = await count(service, 'Consent');
    await put('Consent/right', { ...directive(), id: 'right' });
    const patch = [{ op: 'replace', path: '/status', value: 'perhaps' }];
    const tries: Record<string, Promise<Answer>> = {
      create: post('Consent', wrong),
      'create by update': put('Consent/wrong', { ...wrong, id: 'wrong' }),
      'conditional update': put('Consent?_id=wrong', wrong),
      update: put('Consent/right', { ...wrong, id: 'right' }),
    };
    for (const [way, answer] of Object.entries(tries)) {
      const got = await answer;
      t.equal(got.status, 422, way);
      t.strictSame(placesOf(got).sort(), places, way);
    }
    const patched = await ask('PATCH', 'Consent/right', { body: patch, headers: PATCH });
    t.equal(patched.status, 422);
    t.strictSame(placesOf(patched), ['Consent.status']);
    t.equal((await get('Consent/right')).json.meta.versionId, '1');
    t.equal(await count(service, 'Consent'), before + 1);
    t.notMatch((await post('Consent', wrong)).text, /perhaps|02-30/, 'no value is repeated');
  });

  t.test('a transaction is told all that is wrong in all its entries, and nothing of it is stored', async (t) => {
    const before = [await count(service, 'Consent'), await count(service, 'Goal'), await count(service, 'CarePlan')];
    const entries = [goal(), directive({ status: 'perhaps' }), goal({ lifecycleStatus: undefined }), directive()];
    const answer = await post('', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: entries.map((resource) => ({ resource, request: { method: 'POST', url: resource.resourceType } })),
    });
    t.equal(answer.status, 422);
    t.strictSame(errors(answer), [
      { expression: 'Bundle.entry[1].resource.Consent.status', rule: 'binding-required' },
      { expression: 'Bundle.entry[2].resource.Goal.lifecycleStatus', rule: 'required' },
    ]);
    t.strictSame([await count(service, 'Consent'), await count(service, 'Goal'), await count(service, 'CarePlan')], before);
  });

  t.test('a batch refuses only the entry that is wrong', async (t) => {
    const entry = [goal({ lifecycleStatus: 'perhaps' }), goal()].map((resource) => ({
      resource,
      request: { method: 'POST', url: 'Goal' },
    }));
    const answer = await post('', { resourceType: 'Bundle', type: 'batch', entry });
    t.strictSame(
      answer.json.entry.map((one: Json) => one.response.status.slice(0, 3)),
      ['422', '201'],
    );
    t.equal(answer.json.entry[0].response.outcome.issue[0].expression[0], 'Bundle.entry[0].resource.Goal.lifecycleStatus');
  });

  t.test('warnings refuse nothing, and are told to who asks', async (t) => {
    const answer = await post('Goal', goal({ meta: { profile: ['https://example.org/StructureDefinition/nobody-has-it'] } }), AS_OUTCOME);
    t.equal(answer.status, 201);
    const found = answer.json.issue.map(({ severity, expression }: Json) => `${severity} ${expression?.[0] ?? ''}`.trim());
    t.ok(found.includes('warning Goal.meta.profile'), 'a claimed profile that is not loaded');
    t.ok(found.includes('information'));
    t.strictSame(errors(answer), []);
    t.equal((await post('Goal', goal())).json.resourceType, 'Goal', 'the resource itself comes back when nothing is asked');
  });

  t.test('references must lead to the types R4 and the profile allow', async (t) => {
    t.strictSame(placesOf(await post('Goal', goal({ expressedBy: { reference: 'Medication/m' } }))), ['Goal.expressedBy.reference']);
    t.equal((await post('Goal', goal({ expressedBy: { reference: 'RelatedPerson/nobody-yet' } }))).status, 201);
  });

  t.test('each own example is stored, also when it claims nothing; each invalid one is refused at its element', async (t) => {
    const own = new Map<string, Json>();
    for (const name of readdirSync(join(EXAMPLES, 'valid'))) {
      const resource = read(join(EXAMPLES, 'valid', name));
      if (resource.resourceType === 'AuditEvent') continue;
      own.set(name, resource);
      const { meta, id: _id, ...unclaimed } = resource;
      const answer = await post(resource.resourceType, unclaimed, AS_OUTCOME);
      t.match(String(answer.status), /^20[01]$/, `${name}: ${answer.text.slice(0, 300)}`);
      t.equal((await post(`${resource.resourceType}/$validate`, { ...unclaimed, meta })).status, 200);
    }
    const index: Json = read(join(EXAMPLES, 'invalid', 'index.json'));
    let refused = 0;
    for (const [name, { valid, severity, element }] of Object.entries(index)) {
      if (severity !== 'error' || !own.has(valid)) continue;
      const resource = read(join(EXAMPLES, 'invalid', name));
      const answer = await post(resource.resourceType, { ...resource, id: undefined });
      t.equal(answer.status, 422, name);
      refused++;
      const at = answer.json.issue[0].details ? placesOf(answer).map((path) => path.replace(/\[\d+\]/g, '')) : [element];
      t.ok(
        at.some((path) => path.startsWith(element)),
        `${name} at ${element}: ${at}`,
      );
    }
    t.ok(refused > 60, `${refused} invalid examples`);
  });

  t.test('the own profiles hold for what is of their kind by our own codes, claimed or not', async (t) => {
    const example = (name: string) => {
      const { meta: _meta, id: _id, ...resource } = read(join(EXAMPLES, 'valid', name));
      return resource;
    };
    const marking = example('Flag-example-izp-marking.json');
    const permission = example('Consent-example-izp-sharing-permission.json');
    const kinds: [Json, string][] = [
      [{ ...marking, author: undefined }, 'Flag.author'],
      [{ ...marking, period: undefined }, 'Flag.period'],
      [{ ...permission, dateTime: undefined }, 'Consent.dateTime'],
      [{ ...permission, provision: { ...permission.provision, provision: [{ type: 'deny' }] } }, 'Consent.provision.provision'],
      [
        { ...example('DocumentReference-example-izp-wish-letter.json'), content: [{ attachment: { title: 'brief' } }] },
        'DocumentReference.content[0].attachment',
      ],
      [{ ...example('ServiceRequest-example-izp-scenario.json'), doNotPerform: true }, 'ServiceRequest'],
      [{ ...example('CareTeam-example-izp-care-team.json'), status: undefined }, 'CareTeam.status'],
      [{ ...example('CarePlan-example-izp-care-plan.json'), intent: 'order' }, 'CarePlan.intent'],
      [{ ...example('SupplyDelivery-example-izp-palliative-kit.json'), extension: undefined }, 'SupplyDelivery.extension'],
      [{ ...example('Goal-example-izp-goal.json'), description: { coding: [{ system: SNOMED, code: '713148004' }] } }, 'Goal'],
      [{ ...example('Goal-example-izp-preferred-place-of-care.json'), statusDate: undefined }, 'Goal'],
    ];
    for (const [resource, place] of kinds) {
      const answer = await post(resource.resourceType, resource);
      t.equal(answer.status, 422, place);
      t.ok(
        placesOf(answer).some((path) => path.startsWith(place)),
        `${place}: ${placesOf(answer)}`,
      );
    }
    const plain = { resourceType: 'Flag', status: 'active', code: { text: 'valgevaar' }, subject: { reference: 'Patient/p' } };
    t.equal((await post('Flag', plain)).status, 201, 'another Flag is no marking');
    const medicalPolicy = goal({ category: [{ coding: [{ system: SNOMED, code: '713603004' }] }] });
    t.equal((await post('Goal', medicalPolicy)).status, 201, 'a goal of the standard is no wish of ours');
  });

  t.test('a directive with a modifier nobody knows is stored, and shown as one that cannot be interpreted', async (t) => {
    const modifier = { url: 'https://example.org/StructureDefinition/only-on-sundays', valueBoolean: true };
    const code = (treatment: string) => ({ type: 'permit', code: [{ coding: [{ system: SNOMED, code: treatment }] }] });
    const stored = await post('Consent', directive({ provision: code('40617009'), modifierExtension: [modifier] }), AS_OUTCOME);
    t.equal(stored.status, 201);
    const inside = await post('Consent', directive({ provision: { ...code('32485007'), modifierExtension: [modifier] } }));
    t.equal(inside.status, 201, 'wherever it stands in it');
    t.equal(stored.json.issue[1].severity, 'warning');
    t.strictSame(stored.json.issue[1].expression, ['Consent.modifierExtension[0]']);
    const card = await post('/v1/emergency-card', { bsn: BSN.value });
    for (const treatment of ['40617009', '32485007']) {
      const decision = card.json.decisions.find((one: Json) => one.treatment.code === treatment);
      t.equal(decision.decision, 'cannot-interpret');
      t.strictSame(decision.obstacles, ['unknown-modifier']);
    }
    const permission = read(join(EXAMPLES, 'valid', 'Consent-example-izp-sharing-permission.json'));
    for (const resource of [{ ...permission, modifierExtension: [modifier] }, goal({ modifierExtension: [modifier] })]) {
      const refused = await post(resource.resourceType, resource);
      t.equal(refused.status, 422, resource.resourceType);
      t.ok(placesOf(refused).includes(`${resource.resourceType}.modifierExtension[0]`));
    }
  });

  t.test('SpecificationOther is known without any package: on a directive, with text', async (t) => {
    const other = (value: Json) =>
      directive({
        provision: { code: [{ coding: [{ system: SNOMED, code: '305351004' }] }] },
        modifierExtension: [{ url: SPECIFICATION, ...value }],
      });
    const stored = await post('Consent', other({ valueString: 'Alleen bij een longontsteking' }), AS_OUTCOME);
    t.equal(stored.status, 201);
    t.notMatch(stored.text, /unknown-modifier/);
    const card = await post('/v1/emergency-card', { bsn: BSN.value });
    const decision = card.json.decisions.find((one: Json) => one.treatment.code === '305351004');
    t.match(decision, { decision: 'do-with-limits', text: 'Alleen bij een longontsteking' });
    t.strictSame(placesOf(await post('Consent', other({ valueCode: 'x' }))), ['Consent.modifierExtension[0].value']);
    const asPlain = directive({ extension: [{ url: SPECIFICATION, valueString: 'Alleen overdag' }] });
    t.strictSame(errors(await post('Consent', asPlain)), [{ expression: 'Consent.extension[0]', rule: 'extension-is-modifier' }]);
    const permission = read(join(EXAMPLES, 'valid', 'Consent-example-izp-sharing-permission.json'));
    const changed = { ...permission, modifierExtension: [{ url: SPECIFICATION, valueString: 'Alleen overdag' }] };
    t.equal((await post('Consent', changed)).status, 422, 'a permission is never changed by it');
  });

  t.test('a second plan is added to the first by what is safe to go by, and what is wrong in it does not vanish', async (t) => {
    const urlOf = (name: string) => `${IZP}/StructureDefinition/${name}`;
    const plan = (review: string, conversation: string, more: Json = {}) => ({
      resourceType: 'CarePlan',
      status: 'active',
      intent: 'plan',
      category: [{ coding: [{ system: `${IZP}/CodeSystem/izp-plan-category`, code: 'izp' }] }],
      subject: { reference: 'Patient/merged' },
      extension: [
        { url: urlOf('izp-review-date'), valueDate: review },
        { url: urlOf('izp-conversation-date'), valueDateTime: conversation },
      ],
      ...more,
    });
    const first = await post('CarePlan', plan('2027-03-01', '2026-10-01'));
    t.equal(first.status, 201, first.text);
    const second = await post('CarePlan', plan('2027-01-01', '2026-11-01'));
    t.equal(second.status, 200, second.text);
    const third = await post('CarePlan', plan('2027-06-01', '2026-01-01'));
    t.equal(third.status, 200, third.text);
    const value = (name: string) =>
      third.json.extension.filter(({ url }: Json) => url === urlOf(name)).map((x: Json) => x.valueDate ?? x.valueDateTime);
    t.strictSame([value('izp-review-date'), value('izp-conversation-date')], [['2027-01-01'], ['2026-11-01']]);
    const wrong = await post('CarePlan', plan('2027-01-01', '2026-11-01', { status: 'perhaps' }));
    t.strictSame(placesOf(wrong), ['CarePlan.status']);
    t.equal((await get('CarePlan?patient=merged')).json.total, 1);
  });

  t.test('an order is no plan that the service keeps', async (t) => {
    const order = { resourceType: 'CarePlan', status: 'active', intent: 'order', subject: { reference: 'Patient/ordered' } };
    await put('Patient/ordered', { resourceType: 'Patient', id: 'ordered' });
    const stored = await post('CarePlan', order);
    t.equal(stored.status, 201);
    t.equal(stored.json.meta.profile, undefined);
    t.strictSame(errors(await get(`CarePlan/${stored.json.id}/$validate`)), []);
  });

  t.test('everything in the record after all this is valid, what the service keeps included', async (t) => {
    for (const type of ['CarePlan', 'Goal', 'Observation', 'Flag', 'CareTeam', 'Composition', 'SupplyDelivery']) {
      const { entry } = (await get(`${type}?_count=100`)).json;
      t.ok(entry.length > 0, type);
      for (const { resource } of entry) t.strictSame(errors(await get(`${type}/${resource.id}/$validate`)), [], `${type}/${resource.id}`);
    }
  });

  t.test('the published example patient goes in whole', { skip }, async (t) => {
    const answer = await post('', read(join(SHARED, 'pzp/hendrik-hartman.put.transaction.json')), AS_OUTCOME);
    t.equal(answer.status, 200, answer.text.slice(0, 500));
  });

  await t.test('$validate', (t) => dryRuns(t, service));
});

async function dryRuns(t: Test, service: TestService): Promise<void> {
  const { get, post, put, ask } = service;
  const parameters = (...parameter: Json[]) => ({ resourceType: 'Parameters', parameter });
  await put('Goal/stored', { ...goal(), id: 'stored' });

  t.test('says what a write would say, and stores nothing', async (t) => {
    const before = await count(service, 'Goal');
    const events = (await service.database.pool.query('SELECT count(*) FROM change_event')).rows;
    const right = await post('Goal/$validate', goal());
    t.equal(right.status, 200);
    t.strictSame(errors(right), []);
    t.match(right.json.issue[0].diagnostics, /would be created. Nothing was changed/);
    for (const body of [
      goal({ lifecycleStatus: 'perhaps' }),
      parameters({ name: 'resource', resource: goal({ lifecycleStatus: 'perhaps' }) }),
    ]) {
      const dry = await post('Goal/$validate', body);
      t.equal(dry.status, 200);
      t.strictSame(dry.json, (await post('Goal', goal({ lifecycleStatus: 'perhaps' }))).json, 'the same OperationOutcome');
    }
    const changed = await post('Goal/stored/$validate', { ...goal({ lifecycleStatus: 'completed' }), id: 'stored' });
    t.match(changed.json.issue[0].diagnostics, /would be stored/);
    t.strictSame(
      placesOf(await post('Goal/stored/$validate', { ...goal(), id: 'other' })),
      ['Goal.id'],
      'the id must be that of the address',
    );
    t.equal((await get('Goal/stored')).json.meta.versionId, '1');
    t.equal(await count(service, 'Goal'), before);
    t.strictSame((await service.database.pool.query('SELECT count(*) FROM change_event')).rows, events);
  });

  t.test('knows the preconditions and rules beyond the resource itself', async (t) => {
    const [root] = (await get('CarePlan?patient=p')).json.entry;
    const plan = root.resource;
    const without = await post(`CarePlan/${plan.id}/$validate`, plan);
    t.match(without.json.issue[0].diagnostics, /If-Match/);
    const withIt = await post(`CarePlan/${plan.id}/$validate`, plan, { headers: { 'if-match': `W/"${plan.meta.versionId}"` } });
    t.strictSame(errors(withIt), []);
    const nobodys = await post('Goal/$validate', goal({ subject: { reference: 'Group/g' } }));
    t.equal(nobodys.json.issue[0].code, 'business-rule');
  });

  t.test('takes the four modes', async (t) => {
    const mode = (code: string, ...more: Json[]) => parameters({ name: 'mode', valueCode: code }, ...more);
    const resource = { name: 'resource', resource: { ...goal(), id: 'stored' } };
    t.match((await post('Goal/$validate', mode('create', resource))).json.issue[0].diagnostics, /created/);
    t.match((await post('Goal/stored/$validate', mode('update', resource))).json.issue[0].diagnostics, /stored/);
    t.match((await post('Goal/stored/$validate', mode('delete'))).json.issue[0].diagnostics, /deleted/);
    t.equal((await post('Goal/nobody/$validate', mode('delete'))).json.issue[0].code, 'not-found');
    t.equal((await get('Goal/stored')).status, 200, 'nothing was deleted');
    t.match((await get('Goal/stored/$validate')).json.issue[0].diagnostics, /valid/);
    const profile = encodeURIComponent(`${IZP}/StructureDefinition/izp-goal`);
    for (const asked of [get(`Goal/stored/$validate?mode=profile&profile=${profile}`), post(`Goal/$validate?profile=${profile}`, goal())]) {
      t.ok(
        errors(await asked).some(({ expression }) => expression === 'Goal'),
        'a wish without a dimension',
      );
    }
    const unknown = await get('Goal/stored/$validate?profile=https://example.org/unknown');
    t.strictSame(errors(unknown), [{ expression: 'Goal', rule: 'profile-not-found' }]);
    for (const [url, body] of [
      ['Goal/$validate', undefined],
      ['Goal/$validate', mode('delete')],
      ['Goal/$validate', mode('profile')],
      ['Goal/$validate', mode('sometimes', resource)],
      ['Goal/stored/$validate', mode('delete', resource)],
      ['Goal/$validate', parameters({ name: 'mood', valueCode: 'create' })],
    ] as const)
      t.equal((await post(url, body)).status, 400, `${url} ${JSON.stringify(body)?.slice(0, 60)}`);
  });

  t.test('asks the scope of the write, and is audited', async (t) => {
    t.equal((await post('Goal/$validate', goal(), { as: 'hap' })).status, 403);
    t.equal((await ask('GET', 'Goal/stored/$validate', { as: 'hap' })).status, 200, 'reading suffices for what is stored');
    const told = (await audits(service)).filter(({ interaction }) => interaction === '$validate');
    const outcomes = new Set(told.map(({ outcome, patient_id }) => `${outcome} ${patient_id}`));
    for (const one of ['success p', 'error p', 'denied null']) t.ok(outcomes.has(one), one);
    t.notOk(
      told.some(({ action }) => 'CUD'.includes(action)),
      'nothing was written',
    );
  });
}

t.test('with the published packages', { skip }, async (t) => {
  const service = await withPatient(t, { env: { FHIR_PACKAGES_DIR: join(SHARED, 'fhir-packages') } });
  const { get, post } = service;
  const example = read(join(SHARED, 'pzp/hendrik-hartman.put.transaction.json'));
  const entryOf = (type: string) => example.entry.find((one: Json) => one.resource.resourceType === type).resource;

  t.test('the example patient goes in whole by PUT and by POST, and what the service makes of it is valid too', async (t) => {
    for (const name of ['put', 'post']) {
      const bundle = read(join(SHARED, `pzp/hendrik-hartman.${name}.transaction.json`));
      const answer = await post('', bundle, AS_OUTCOME);
      t.equal(answer.status, 200, answer.text.slice(0, 500));
      t.equal(answer.json.entry.length, 23);
      for (const { response } of answer.json.entry) t.notOk(response.outcome.issue.some(({ severity }: Json) => severity === 'error'));
    }
    let judged = 0;
    for (const type of ['CarePlan', 'Goal', 'Observation', 'Consent', 'Patient', 'CareTeam']) {
      for (const { resource } of (await get(`${type}?_count=100`)).json.entry ?? []) {
        const answer = await get(`${type}/${resource.id}/$validate`);
        t.strictSame(errors(answer), [], `${type}/${resource.id}`);
        judged++;
      }
    }
    t.ok(judged > 15, `${judged} resources`);
    const plans = (await get('CarePlan?patient=F1-ACP-Patient-HendrikHartman')).json.entry;
    t.equal(plans.length, 1);
    t.ok(plans[0].resource.meta.profile.includes(`${IZP}/StructureDefinition/izp-care-plan`));
    const document = (await get('Patient/F1-ACP-Patient-HendrikHartman/$acp-summary')).json;
    const { validate } = await loadDefinitions(join(SHARED, 'fhir-packages'));
    const wrong = validate(document).issues.filter(({ severity }) => severity === 'error');
    t.strictSame(wrong, [], 'the document of the card');
  });

  t.test('a claimed published profile is enforced, in a transaction whole', async (t) => {
    const wrong = { ...entryOf('Goal'), id: undefined, identifier: undefined, description: OTHER_POLICY };
    const answer = await post('Goal', wrong);
    t.equal(answer.status, 422);
    t.strictSame(placesOf(answer), ['Goal.description']);
    t.match(answer.json.issue[0].diagnostics, /ACP-Medical-Policy-Goal/);
    const { meta: _meta, ...unclaimed } = wrong;
    t.equal((await post('Goal', unclaimed)).status, 201, 'what claims nothing is held to R4 alone');
    const before = await count(service, 'Consent');
    const bundle = structuredClone(example);
    const i = bundle.entry.findIndex((one: Json) => one.resource.resourceType === 'Goal');
    bundle.entry[i].resource.description = OTHER_POLICY;
    for (const one of bundle.entry) if (one.resource.resourceType === 'Consent') one.resource.dateTime = '2030-01-01';
    const whole = await post('', bundle);
    t.equal(whole.status, 422);
    t.strictSame(placesOf(whole), [`Bundle.entry[${i}].resource.Goal.description`]);
    t.equal(await count(service, 'Consent'), before);
    t.notMatch((await get('Consent?_count=100')).text, /2030-01-01/, 'nothing half-applied');
  });

  t.test('the packages are readable as published', async (t) => {
    const read = await get('StructureDefinition/ext-TreatmentDirective2.SpecificationOther');
    t.equal(read.json.publisher, 'Nictiz');
    t.ok(read.json.differential);
    const found = await get('ValueSet?url=https://api.iknl.nl/docs/pzp/r4/ValueSet/ACP-MedicalPolicyGoal');
    t.equal(found.json.total, 1);
    t.equal((await get('StructureDefinition/izp-marking')).json.status, 'active');
  });

  await t.test('accept-and-report', (t) => acceptAndReport(t, service, entryOf('Goal')));
});

async function acceptAndReport(t: Test, service: TestService, published: Json): Promise<void> {
  const { get, post, put } = service;
  await service.database.pool.query("UPDATE client SET on_profile_errors = 'accept-and-report' WHERE client_id = 'homecare'");
  const as = 'homecare';
  const patient = patientOf(published as never) as string;
  await team(service, patient, [URAS.homecare]);
  await team(service, 'izp-example-patient', [URAS.homecare]);
  const tag = { system: `${IZP}/CodeSystem/izp-data-quality`, code: 'profile-errors' };
  const wrong = { ...published, id: 'reported', identifier: undefined, description: OTHER_POLICY };
  const reports = async (query = '', who = as): Promise<Json> => (await get(`/v1/validation-reports${query}`, { as: who })).json;

  t.test('what breaks a published profile is stored, tagged and told', async (t) => {
    const dry = await post('Goal/$validate', { ...wrong, id: undefined }, { as });
    t.strictSame(errors(dry), [], 'as a dry run says');
    t.same((await reports()).reports, [], 'which reports nothing');
    const stored = await put('Goal/reported', wrong, { as, ...AS_OUTCOME });
    t.equal(stored.status, 201, stored.text);
    const noticed = stored.json.issue.find(({ expression }: Json) => expression?.[0] === 'Goal.description');
    t.match(noticed, { severity: 'warning', diagnostics: /Stored nevertheless/ });
    t.strictSame((await get('Goal/reported')).json.meta.tag, [tag]);
    t.equal((await get(`Goal?_tag=${tag.system}|${tag.code}`)).json.total, 1);
    const bundle = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [{ resource: { ...wrong, id: undefined }, request: { method: 'POST', url: 'Goal' } }],
    };
    const inside = await post('', bundle, { as, ...AS_OUTCOME });
    t.ok(inside.json.entry[0].response.outcome.issue.some(({ expression }: Json) => expression?.[0] === 'Goal.description'));
  });

  t.test('R4 and the own profiles refuse all the same', async (t) => {
    t.strictSame(placesOf(await post('Goal', { ...wrong, id: undefined, lifecycleStatus: 'perhaps' }, { as })), ['Goal.lifecycleStatus']);
    const marking = read(join(EXAMPLES, 'valid', 'Flag-example-izp-marking.json'));
    t.strictSame(placesOf(await post('Flag', { ...marking, author: undefined }, { as })), ['Flag.author']);
    t.equal((await post('Goal', { ...wrong, id: undefined })).status, 422, 'another client is refused as before');
  });

  t.test('the list tells where and which rule, to the own organisation alone', async (t) => {
    const { reports: list, next } = await reports();
    t.equal(list.length, 2);
    t.match(list[0], {
      resource: 'Goal/reported/_history/1',
      client: 'homecare',
      errors: [{ profile: /ACP-Medical-Policy-Goal$/, expression: 'Goal.description', rule: 'binding-required' }],
    });
    t.notMatch(JSON.stringify(list), /Hendrik|Hartman|display|text/);
    t.same((await reports('', 'gp')).reports, []);
    t.equal((await get('/v1/validation-reports', { as: 'admin' })).status, 200);
    t.same((await get(next, { as })).json.reports, []);
    await put('Goal/reported', wrong, { as });
    t.same((await get(next, { as })).json.reports, [], 'what changed nothing is not reported again');
    await put('Goal/reported', { ...wrong, note: [{ text: 'gewijzigd' }] }, { as });
    t.match((await get(next, { as })).json.reports, [{ resource: 'Goal/reported/_history/2' }]);
    t.equal((await reports(`?since=${encodeURIComponent(list[0].recorded)}`)).reports.length, 3);
    t.same((await reports('?since=2100-01-01')).reports, []);
    for (const query of ['?since=yesterday', '?after=-1', '?before=1'])
      t.equal((await get(`/v1/validation-reports${query}`, { as })).status, 400, query);
    t.equal((await get('/v1/validation-reports', { as: null })).status, 401);
    const told = (await audits(service)).filter(({ interaction }) => interaction === 'validation-reports');
    t.ok(told.some(({ outcome, patient_id, client_id }) => outcome === 'success' && patient_id !== null && client_id === 'homecare'));
    t.ok(told.some(({ outcome, client_id }) => outcome === 'empty' && client_id === 'gp'));
  });

  t.test('the tag is the service’s: it goes when the resource is mended', async (t) => {
    const mended = { ...published, id: 'reported', identifier: undefined, meta: { ...published.meta, tag: [tag] } };
    t.equal((await put('Goal/reported', mended)).status, 200);
    t.equal((await get('Goal/reported')).json.meta.tag, undefined);
  });
}

t.test('a broken package stops the start with one line that names the file', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'izp-packages-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, 'broken', 'package'), { recursive: true });
  writeFileSync(join(dir, 'broken', 'package', 'StructureDefinition-x.json'), '{"resourceType":');
  const fault = await loadDefinitions(dir).catch((error: unknown) => error);
  t.ok(fault instanceof StartError);
  t.match((fault as Error).message, /^FHIR_PACKAGES_DIR: [^\n]*StructureDefinition-x\.json: not JSON$/);
  const missing = await loadDefinitions(join(dir, 'nowhere')).catch((error: unknown) => error);
  t.match((missing as Error).message, /^FHIR_PACKAGES_DIR: [^\n]*nowhere/);
});
