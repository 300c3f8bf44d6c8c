// The one plan of a patient: what it holds, when it changes, and the preferred place of death told the same everywhere.
import assert from 'node:assert/strict';
import type { CarePlan, Goal, Observation, Reference } from '@medplum/fhirtypes';
import fc from 'fast-check';
import t from 'tap';
import { mergeCarePlan } from '../../src/izp/merge-care-plan.js';
import { isIzpCarePlan, keepRecord, rootPlan, withWrites } from '../../src/izp/plan.js';
import { isPreferredPlaceGoal } from '../../src/izp/preferred-place.js';
import type { PatientRecord, RecordEntry } from '../../src/izp/record.js';
import { codeOf, consent } from './consents.js';
import { example, GP, kept, published, recordOf, withEntries } from './records.js';

const NOW = Date.parse('2026-09-15T09:00:00+02:00');
const HOSPITAL = { ura: '99900002', name: 'Ziekenhuis Lindedorp' };
const SUBJECT = { reference: 'Patient/p' };
const DIGEST = 'https://fhir.izp.example/r4/StructureDefinition/izp-plan-digest';
const IZP_CATEGORY = { coding: [{ system: 'https://fhir.izp.example/r4/CodeSystem/izp-plan-category', code: 'izp' }] };

function recordWith(resources: object[], more: Partial<PatientRecord> = {}): PatientRecord {
  let made = 0;
  const empty: PatientRecord = {
    patientId: 'p',
    patient: { resourceType: 'Patient', id: 'p' },
    entries: [],
    directory: new Map(),
    written: new Set(),
    now: NOW,
    newId: () => `made-${++made}`,
  };
  return { ...withEntries(empty, resources), ...more };
}

const planOf = (record: PatientRecord) => rootPlan(record)?.resource as CarePlan;
const digestOf = (plan: CarePlan) => plan.extension?.find((x) => x.url === DIGEST)?.valueString;
const referencesOf = (list: Reference[] | undefined) => (list ?? []).map((r) => r.reference);
const directive = (id: string, more: object = {}) => ({ ...consent({ type: 'deny', ...more }), id, patient: SUBJECT });
const carePlan = (id: string, more: object = {}) => ({
  resourceType: 'CarePlan',
  id,
  status: 'active',
  intent: 'plan',
  subject: SUBJECT,
  ...more,
});

t.test('the example conversation becomes one plan with every part in it, and keeping it again writes nothing', async (t) => {
  const record = recordOf(example('conversation.transaction.json'), NOW);
  const result = kept(record);
  const plan = planOf(result);
  t.equal(result.entries.filter((e) => isIzpCarePlan(e.resource)).length, 1);
  t.match(plan, { status: 'active', intent: 'plan', subject: { reference: `Patient/${record.patientId}` }, title: /Van den Berg/ });
  const types = (list: Reference[] | undefined) => [...new Set(referencesOf(list).map((r) => r?.split('/')[0]))].sort();
  t.same(types(plan.supportingInfo), [
    'CommunicationRequest',
    'Consent',
    'DeviceUseStatement',
    'Encounter',
    'Observation',
    'Procedure',
    'RelatedPerson',
  ]);
  t.equal(plan.supportingInfo?.filter((r) => r.reference?.startsWith('Consent/')).length, 9);
  t.equal(plan.goal?.length, 2, 'the goal of treatment and the preferred place');
  t.equal(plan.careTeam?.length, 1);
  t.match(plan.contributor, [{ identifier: { value: GP.ura }, display: GP.name }]);
  t.ok(plan.contributor?.some((r) => r.reference?.startsWith('PractitionerRole/')));
  t.same(keepRecord(result).writes, []);
});

t.test(
  'the published conversation does as well',
  { skip: published('hendrik-hartman.put.transaction.json') ? false : 'published data are not here' },
  async (t) => {
    const record = recordOf(published('hendrik-hartman.put.transaction.json') as NonNullable<ReturnType<typeof published>>, NOW);
    const result = kept(record);
    const plan = planOf(result);
    t.equal(plan.period?.start, '2020-10-01', 'the first conversation');
    t.ok(referencesOf(plan.supportingInfo).includes('Consent/F2-ACP-TreatmentDirective-305351004'));
    t.notOk(referencesOf(plan.supportingInfo).includes('Consent/F1-ACP-TreatmentDirective-305351004'), 'superseded');
    t.same(keepRecord(result).writes, []);
  },
);

t.test('a patient with contacts alone has no plan; the first content makes one', async (t) => {
  const contact = { resourceType: 'RelatedPerson', id: 'r', patient: SUBJECT };
  t.same(keepRecord(recordWith([contact])).writes, []);
  for (const content of [
    directive('c'),
    { resourceType: 'Goal', id: 'g', lifecycleStatus: 'active', description: { text: 'Naar buiten' }, subject: SUBJECT },
    { resourceType: 'Observation', id: 'o', status: 'final', code: codeOf('153851000146100'), valueString: 'Rust', subject: SUBJECT },
    { resourceType: 'CareTeam', id: 't', status: 'active', subject: SUBJECT },
    {
      resourceType: 'Flag',
      id: 'f',
      status: 'active',
      code: { coding: [{ system: 'https://fhir.izp.example/r4/CodeSystem/izp-marking-code', code: 'palliative-phase' }] },
      subject: SUBJECT,
    },
    {
      resourceType: 'QuestionnaireResponse',
      id: 'q',
      status: 'completed',
      questionnaire: 'https://api.iknl.nl/docs/pzp/r4/Questionnaire/ACP-zib2020|1.0.0',
      subject: SUBJECT,
    },
  ]) {
    const plan = planOf(kept(recordWith([contact, content])));
    t.ok(plan, JSON.stringify(content).slice(0, 60));
    t.ok(referencesOf(plan.supportingInfo).includes('RelatedPerson/r'));
  }
  for (const other of [
    directive('c', { status: 'entered-in-error' }),
    directive('c', { scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] } }),
    { resourceType: 'Observation', id: 'o', status: 'final', code: codeOf('27113001'), subject: SUBJECT },
    {
      resourceType: 'QuestionnaireResponse',
      id: 'q',
      status: 'completed',
      questionnaire: 'https://elders.example/Questionnaire/1',
      subject: SUBJECT,
    },
  ])
    t.same(keepRecord(recordWith([contact, other])).writes, [], JSON.stringify(other).slice(0, 60));
});

t.test('which care plans are the individual care plan', async (t) => {
  const category = (system: string, code: string) => ({ category: [{ coding: [{ system, code }] }] });
  const is = (more: object) => isIzpCarePlan(carePlan('x', more) as CarePlan);
  t.ok(is({}));
  t.ok(is(category('http://snomed.info/sct', '736366004')));
  t.ok(is(category('http://snomed.info/sct', '736373009')));
  t.ok(is({ category: [IZP_CATEGORY] }));
  t.notOk(is(category('http://snomed.info/sct', '412776001')), 'a plan of another kind');
  for (const status of ['draft', 'revoked', 'completed', 'entered-in-error', 'on-hold', 'unknown']) t.notOk(is({ status }), status);
  t.notOk(is({ intent: 'proposal' }), 'what a patient proposes is not agreed');
});

t.test('a client’s plan becomes the root: what it said stays, the service adds', async (t) => {
  const own = carePlan('mine', {
    title: 'Zorgplan',
    description: 'Hartfalen',
    identifier: [{ system: 'https://ehr.example', value: '1' }],
    note: [{ text: 'Let op de trap' }],
    goal: [{ reference: 'Goal/g', display: 'Naar de tuin' }, { reference: 'https://elders.example/Goal/9' }, { reference: 'Goal/weg' }],
    supportingInfo: [{ identifier: { value: 'brief' } }, { reference: 'Observation/weg' }, { reference: 'Practitioner/x' }],
    activity: [{ detail: { status: 'scheduled', description: 'Fysiotherapie' } }, { reference: { reference: 'ServiceRequest/weg' } }],
  });
  const goal = { resourceType: 'Goal', id: 'g', lifecycleStatus: 'active', description: { text: 'Naar de tuin' }, subject: SUBJECT };
  const plan = planOf(kept(recordWith([own, goal, directive('c')])));
  t.match(plan, { id: 'mine', title: 'Zorgplan', description: 'Hartfalen', note: [{ text: 'Let op de trap' }] });
  t.match(plan.identifier?.[0], { value: '1' });
  t.same(
    plan.goal,
    [{ reference: 'Goal/g', display: 'Naar de tuin' }, { reference: 'https://elders.example/Goal/9' }],
    'what is gone leaves, what is elsewhere stays',
  );
  t.same(plan.supportingInfo, [{ identifier: { value: 'brief' } }, { reference: 'Practitioner/x' }, { reference: 'Consent/c' }]);
  t.same(plan.activity, [{ detail: { status: 'scheduled', description: 'Fysiotherapie' } }]);
  t.match(plan.category, [{ coding: [{ code: '736366004' }] }, { coding: [{ code: 'izp' }] }]);
});

t.test('of two active plans one remains, with all that both said', async (t) => {
  const record = recordWith([
    carePlan('a', { note: [{ text: 'A' }], period: { start: '2026-02-01' } }),
    carePlan('b', { note: [{ text: 'B' }], period: { start: '2026-01-01' }, addresses: [{ reference: 'Condition/x' }] }),
    { resourceType: 'Condition', id: 'x', subject: SUBJECT },
  ]);
  const result = kept(record);
  t.equal(result.entries.filter((e) => isIzpCarePlan(e.resource)).length, 1);
  t.match(planOf(result), {
    id: 'a',
    note: [{ text: 'A' }, { text: 'B' }],
    addresses: [{ reference: 'Condition/x' }],
    replaces: [{ reference: 'CarePlan/b' }],
    period: { start: '2026-01-01' },
  });
  t.equal((result.entries.find((e) => e.reference === 'CarePlan/b')?.resource as CarePlan | undefined)?.status, 'revoked');
  t.same(keepRecord(result).writes, []);
});

t.test('any change of a part makes a new version of the plan, no change makes none', async (t) => {
  const before = kept(recordOf(example('conversation.transaction.json'), NOW));
  const changed = (edit: (record: PatientRecord) => void) => {
    const copy: PatientRecord = {
      ...before,
      entries: before.entries.map((e) => ({ ...e, resource: structuredClone(e.resource) })),
      directory: new Map(structuredClone([...before.directory])),
      patient: structuredClone(before.patient),
    };
    edit(copy);
    return digestOf(planOf(kept(copy))) !== digestOf(planOf(before));
  };
  for (const { reference, resource } of before.entries) {
    if (/^(CarePlan|Patient)\//.test(reference)) continue;
    const isPart = !(resource.resourceType === 'Consent' && resource.scope.coding?.[0]?.code === 'patient-privacy');
    t.equal(
      changed((r) => {
        (r.entries.find((e) => e.reference === reference)?.resource as { language?: string }).language = 'nl';
      }),
      isPart,
      `${resource.resourceType} changed${isPart ? '' : ', which says who may see the plan and not what is in it'}`,
    );
  }
  t.ok(
    changed((r) => {
      (r.patient as { birthDate?: string }).birthDate = '1943-05-18';
    }),
    'Patient changed',
  );
  t.ok(
    changed((r) => {
      ([...r.directory.values()][0] as { language?: string }).language = 'nl';
    }),
    'a practitioner changed',
  );
  t.notOk(
    changed((r) => {
      for (const e of r.entries) e.version += 7;
    }),
    'a number is no change',
  );
  t.notOk(
    changed((r) => {
      for (const e of r.entries) e.resource.meta = { ...e.resource.meta, versionId: '9', lastUpdated: '2030-01-01T00:00:00Z' };
    }),
    'a write time is no change',
  );
  t.notOk(
    changed((r) => {
      r.entries.reverse();
    }),
    'the order is no change',
  );
});

t.test('a directive leaves the plan when it is superseded or its period ends', async (t) => {
  const first = kept(recordWith([directive('old', { dateTime: '2024-01-01', period: { end: '2027-01-01' } })]));
  t.same(referencesOf(planOf(first).supportingInfo), ['Consent/old']);
  const second = kept(withEntries(first, [directive('new', { dateTime: '2026-01-01' })]));
  t.same(referencesOf(planOf(second).supportingInfo), ['Consent/new']);
  t.not(digestOf(planOf(second)), digestOf(planOf(first)));
  const later = kept({ ...first, now: Date.parse('2027-06-01') });
  t.equal(planOf(later).supportingInfo, undefined);
  t.not(digestOf(planOf(later)), digestOf(planOf(first)));
});

t.test('a withdrawn plan stays withdrawn until something new is recorded', async (t) => {
  const record = kept(recordWith([directive('c')]));
  const plan = planOf(record);
  const withdrawn = withWrites({ ...record, now: NOW + 1000, written: new Set([`CarePlan/${plan.id}`]) }, [{ ...plan, status: 'revoked' }]);
  t.same(keepRecord(withdrawn).writes, []);
  const anew = withEntries({ ...withdrawn, now: NOW + 2000 }, [directive('d')], GP, NOW + 2000);
  t.ok(planOf(kept(anew)));
  t.not(planOf(kept(anew)).id, plan.id);
});

t.test('merging loses nothing that either plan says', async (t) => {
  const list = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 });
  const anyPlan = fc
    .record({
      goals: list,
      notes: list,
      activities: list,
      title: fc.constantFrom('T1', 'T2', undefined),
      author: fc.constantFrom('x', 'y', undefined),
      profile: list,
    })
    .map(
      ({ goals, notes, activities, title, author, profile }) =>
        carePlan('p', {
          meta: { profile },
          ...(title && { title, description: `over ${title}` }),
          ...(author && { author: { reference: `Practitioner/${author}` } }),
          goal: goals.map((id) => ({ reference: `Goal/${id}` })),
          note: notes.map((text) => ({ text })),
          activity: activities.map((description) => ({ detail: { status: 'scheduled', description } })),
        }) as unknown as CarePlan,
    );
  fc.assert(
    fc.property(anyPlan, anyPlan, (root, posted) => {
      const before = JSON.stringify([root, posted]);
      const merged = mergeCarePlan(root, posted);
      assert.equal(JSON.stringify([root, posted]), before);
      const texts = JSON.stringify(merged);
      for (const plan of [root, posted]) {
        for (const goal of plan.goal ?? []) assert.equal(referencesOf(merged.goal).filter((r) => r === goal.reference).length, 1);
        for (const note of plan.note ?? []) assert.ok(merged.note?.some((n) => n.text === note.text));
        for (const activity of plan.activity ?? []) assert.ok(texts.includes(JSON.stringify(activity)));
        for (const said of [plan.title, plan.description, plan.author?.reference, ...(plan.meta?.profile ?? [])])
          assert.ok(said === undefined || texts.includes(JSON.stringify(said)));
      }
      assert.equal(JSON.stringify(mergeCarePlan(merged, posted).goal), JSON.stringify(merged.goal));
    }),
  );
  const contained = (text: string) =>
    carePlan('p', {
      contained: [{ resourceType: 'Goal', id: 'g', description: { text } }],
      goal: [{ reference: '#g' }],
    }) as unknown as CarePlan;
  const merged = mergeCarePlan(contained('een'), contained('twee'));
  t.same(
    merged.contained?.map((r) => [r.id, (r as Goal).description.text]),
    [
      ['g', 'een'],
      ['g-2', 'twee'],
    ],
  );
  t.same(referencesOf(merged.goal), ['#g', '#g-2'], 'contained resources of one name do not take each other’s place');
});

// --- preferred place of death -----------------------------------------------------------------------------------------

const SCT = 'http://snomed.info/sct';
const HOME = '264362003';
const HOSPICE = '284546000';
const place = (code: string) => ({
  coding: [{ system: code.length < 5 ? 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor' : SCT, code }],
});
const absent = (code: string) => ({ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code }] });

function observation(id: string, date: string | undefined, answer: object, more: object = {}): object {
  return {
    resourceType: 'Observation',
    id,
    status: 'final',
    code: codeOf('395091006'),
    subject: SUBJECT,
    ...(date && { effectiveDateTime: date }),
    ...answer,
    ...more,
  };
}

function placeGoal(id: string, date: string | undefined, code: string, more: object = {}): object {
  return {
    resourceType: 'Goal',
    id,
    lifecycleStatus: 'active',
    subject: SUBJECT,
    description: { text: 'Laatste dagen' },
    ...(date && { statusDate: date }),
    target: [{ measure: codeOf('395091006'), detailCodeableConcept: place(code) }],
    ...more,
  };
}

const goals = (record: PatientRecord) => record.entries.filter((e) => isPreferredPlaceGoal(e.resource)).map((e) => e.resource as Goal);
const observations = (record: PatientRecord) =>
  record.entries.filter((e) => e.resource.resourceType === 'Observation').map((e) => e.resource as Observation);
const placeCodes = (goal: Goal | undefined) =>
  goal?.target?.find((x) => x.measure?.coding?.[0]?.code === '395091006')?.detailCodeableConcept?.coding?.map((c) => c.code);

t.test('an Observation alone gets a Goal that tells the same', async (t) => {
  /** Rows: the answer; the Goal's codes; its status. */
  const ROWS: [object, string[], string][] = [
    [{ valueCodeableConcept: place(HOME) }, [HOME], 'active'],
    [{ valueCodeableConcept: { ...place('OTH'), text: 'Bij mijn zus' } }, ['OTH'], 'active'],
    [{ valueCodeableConcept: place('UNK') }, ['UNK'], 'proposed'],
    [{ dataAbsentReason: absent('asked-unknown') }, ['UNK', 'asked-unknown'], 'proposed'],
    [{ dataAbsentReason: absent('not-asked') }, ['UNK', 'not-asked'], 'proposed'],
  ];
  for (const [answer, codes, status] of ROWS) {
    const result = kept(recordWith([observation('o', '2026-03-01', answer, { note: [{ text: 'Samen besproken' }] })]));
    const [goal] = goals(result);
    t.same(placeCodes(goal), codes);
    t.match(goal, { lifecycleStatus: status, statusDate: '2026-03-01', note: [{ text: 'Samen besproken' }], subject: SUBJECT });
    t.notMatch(JSON.stringify(goal), /713603004|385987000|1351964001|713148004/, 'it is not found as the goal of treatment');
    t.ok(referencesOf(planOf(result).goal).includes(`Goal/${goal?.id}`));
    t.equal(observations(result).length, 1);
    t.same(keepRecord(result).writes, []);
  }
});

t.test('a Goal alone gets an Observation of the service’s own', async (t) => {
  const result = kept(recordWith([placeGoal('g', '2026-03-01', HOSPICE, { expressedBy: SUBJECT, note: [{ text: 'De Linde' }] })]));
  t.match(observations(result), [
    {
      status: 'final',
      code: { coding: [{ system: SCT, code: '395091006' }] },
      effectiveDateTime: '2026-03-01',
      valueCodeableConcept: { coding: [{ code: HOSPICE }], text: 'Laatste dagen' },
      note: [{ text: 'De Linde' }],
      performer: [SUBJECT],
      identifier: [{ system: 'https://fhir.izp.example/r4/NamingSystem/izp-kept' }],
    },
  ]);
  t.same(goals(result).length, 1);
  t.same(keepRecord(result).writes, []);
});

t.test('the newest statement wins, whichever was written; a client’s Observation is never touched', async (t) => {
  const old = observation('o', '2026-01-01', { valueCodeableConcept: place(HOME) });
  const newer = kept(recordWith([old, placeGoal('g', '2026-03-01', HOSPICE)]));
  t.equal(observations(newer).length, 2);
  t.same(
    observations(newer).find((o) => o.id === 'o'),
    { ...old, id: 'o' },
  );
  t.match(
    observations(newer).find((o) => o.id !== 'o'),
    { effectiveDateTime: '2026-03-01', valueCodeableConcept: { coding: [{ code: HOSPICE }] } },
  );

  const won = kept(withEntries(newer, [observation('o2', '2026-06-01', { valueCodeableConcept: place('22232009') })]));
  t.same(placeCodes(goals(won)[0]), ['22232009']);
  t.equal(goals(won)[0]?.id, 'g', 'the client’s Goal is updated, not doubled');
  t.match(
    observations(won).find((o) => o.id?.startsWith('made')),
    { effectiveDateTime: '2026-06-01', valueCodeableConcept: { coding: [{ code: '22232009' }] } },
  );
  t.same(keepRecord(won).writes, []);

  const edited = {
    ...goals(won)[0],
    statusDate: '2026-07-01',
    target: [{ measure: codeOf('395091006'), detailCodeableConcept: place(HOME) }],
  };
  const again = kept(withEntries(won, [edited]));
  t.match(
    observations(again).find((o) => o.id?.startsWith('made')),
    { effectiveDateTime: '2026-07-01', valueCodeableConcept: { coding: [{ code: HOME }] } },
    'a client that edits the kept Goal makes a statement',
  );
  t.same(keepRecord(again).writes, []);
});

t.test('on one day what is being written wins, then what was written last', async (t) => {
  const both = [
    observation('o', '2026-03-01T10:00:00+01:00', { valueCodeableConcept: place(HOME) }),
    placeGoal('g', '2026-03-01', HOSPICE),
  ];
  const at = (o: number, g: number, written: string[]) => {
    const record = recordWith(both, { written: new Set(written) });
    const times: Record<string, number> = { 'Observation/o': o, 'Goal/g': g };
    const entries = record.entries.map((e: RecordEntry) => ({ ...e, lastUpdated: times[e.reference] as number }));
    return placeCodes(goals(kept({ ...record, entries }))[0])?.[0];
  };
  t.equal(at(1, 2, ['Observation/o']), HOME);
  t.equal(at(2, 1, ['Goal/g']), HOSPICE);
  t.equal(at(2, 1, []), HOME);
  t.equal(at(1, 2, []), HOSPICE);
});

t.test('when the statement is taken back, what repeated it is taken back as well', async (t) => {
  const stated = kept(recordWith([directive('c'), observation('o', '2026-03-01', { valueCodeableConcept: place(HOME) })]));
  const gone = kept({ ...stated, entries: stated.entries.filter((e) => e.reference !== 'Observation/o') });
  t.equal(goals(gone)[0]?.lifecycleStatus, 'cancelled');
  t.same(keepRecord(gone).writes, []);
  const wrong = kept(
    withEntries(stated, [observation('o', '2026-03-01', { valueCodeableConcept: place(HOME) }, { status: 'entered-in-error' })]),
  );
  t.equal(goals(wrong)[0]?.lifecycleStatus, 'cancelled');
  const stated2 = kept(withEntries(gone, [observation('o3', '2026-04-01', { valueCodeableConcept: place(HOSPICE) })]));
  t.same(
    goals(stated2).map((g) => [g.lifecycleStatus, placeCodes(g)?.[0]]),
    [['active', HOSPICE]],
    'and used again for the next',
  );
});

const day = fc.constantFrom('2025', '2026-01', '2026-01-05', '2026-03-01', '2026-03-01T08:00:00Z', undefined);
const answer = fc.oneof(
  fc.constantFrom(HOME, HOSPICE, 'UNK', 'OTH').map((code) => ({ valueCodeableConcept: place(code) })),
  fc.constantFrom('asked-unknown', 'not-asked').map((code) => ({ dataAbsentReason: absent(code) })),
);
const part = fc.oneof(
  fc.record({ id: fc.constantFrom('o1', 'o2'), date: day, answer }).map((x) => observation(x.id, x.date, x.answer)),
  fc
    .record({ id: fc.constantFrom('g1', 'g2'), date: day.filter((d) => !d?.includes('T')), code: fc.constantFrom(HOME, HOSPICE, 'UNK') })
    .map((x) => placeGoal(x.id, x.date, x.code)),
  fc
    .record({
      id: fc.constantFrom('c1', 'c2'),
      type: fc.constantFrom('permit', 'deny'),
      dateTime: fc.constantFrom('2025-01-01', '2026-01-01'),
    })
    .map((x) => directive(x.id, x)),
  fc.constantFrom('a', 'b').map((id) => carePlan(id, { note: [{ text: id }] })),
  fc.constantFrom('x', 'y').map((id) => ({ resourceType: 'RelatedPerson', id, patient: SUBJECT })),
);
const batches = fc.array(
  fc.record({
    parts: fc.uniqueArray(part, { maxLength: 4, selector: (r) => `${(r as Goal).resourceType}/${(r as Goal).id}` }),
    author: fc.constantFrom(GP, HOSPITAL),
    drop: fc.nat({ max: 20 }),
  }),
  { minLength: 1, maxLength: 4 },
);

t.test('after any series of writes and deletions: one plan, one preferred place, nothing left to keep', async (t) => {
  fc.assert(
    fc.property(batches, (list) => {
      let record = recordWith([]);
      let now = NOW;
      for (const { parts, author, drop } of list) {
        now += 1000;
        record = { ...record, now, entries: record.entries.filter((e, i) => i !== drop || e.reference.startsWith('CarePlan/')) };
        record = withEntries(
          record,
          parts.map((p) => structuredClone(p)),
          author,
          now,
        );
        const written = new Map(record.entries.map((e) => [e.reference, e.resource]));
        const writes = keepRecord(record).writes;
        for (const w of writes) {
          const ref = `${w.resourceType}/${w.id}`;
          assert.ok(w.resourceType !== 'Observation' || !/^o/.test(w.id as string), `a client's ${ref} was touched`);
          assert.notDeepEqual(w, written.get(ref), `${ref} was written without a change`);
        }
        record = withWrites(record, writes);
        assert.deepEqual(keepRecord(record).writes, []);
        const active = record.entries.filter((e) => isIzpCarePlan(e.resource));
        assert.ok(active.length <= 1);
        const current = goals(record).filter((g) => g.lifecycleStatus !== 'cancelled');
        const told = new Set(current.map((g) => JSON.stringify(placeCodes(g)?.at(-1))));
        assert.ok(told.size <= 1, 'goals tell different places');
        const valid = observations(record).filter((o) => o.status === 'final');
        const codes = valid.map((o) => (o.valueCodeableConcept ?? o.dataAbsentReason)?.coding?.at(-1)?.code);
        assert.equal(current.length > 0, valid.length > 0, 'one without the other');
        if (current.length > 0) assert.ok(codes.includes(placeCodes(current[0])?.at(-1)), 'no Observation tells what the Goal tells');
      }
    }),
    { numRuns: 120 },
  );
  t.pass('held');
});
