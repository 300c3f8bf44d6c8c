// The process over HTTP: marking, or $apply, opens it; Tasks are found, kept and ended; a death closes plan and process.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlanDefinition } from '@medplum/fhirtypes';
import t from 'tap';
import { glassTask } from '../../src/izp/glass-task.js';
import { readProcess } from '../../src/izp/process/read-process.js';
import { izpRecordKeeper } from '../../src/izp/record-keeper.js';
import { loadDefinitions } from '../../src/start/definitions.js';
import { openReviewsAfterViews } from '../../src/start/emergency-views.js';
import { loadProcess } from '../../src/start/process.js';
import { openDatabase } from '../../src/store/pool.js';
import { type Answer, type Ask, startService, type TestService } from '../harness/service.js';
import { permit, team, URAS } from '../harness/sharing.js';
import { bundle, patient, put } from './records.js';

const IZP = 'https://fhir.izp.example/r4';
const SNOMED = 'http://snomed.info/sct';
const BSN = 'http://fhir.nl/fhir/NamingSystem/bsn';
const URA = 'http://fhir.nl/fhir/NamingSystem/ura';
const STEPS = `${IZP}/CodeSystem/izp-process-step`;
/** The service's clock: the tests tell days by it. */
const NOW = '2026-03-02T10:00:00Z';
const OPEN = 'requested,received,accepted,ready,in-progress,on-hold';

interface Task {
  id: string;
  status: string;
  code: { coding: { system: string; code: string }[] };
  restriction?: { period: { end: string } };
  statusReason?: { coding: { code: string }[] };
  [element: string]: any;
}

const parameters = (values: [string, string, unknown][]) => ({
  resourceType: 'Parameters',
  parameter: values.map(([name, type, value]) => ({ name, [`value${type}`]: value })),
});
const FOUND: [string, string, unknown][] = [
  ['instrument', 'Code', 'spict'],
  ['answer', 'Code', 'indicators-present'],
  ['date', 'Date', '2026-03-01'],
  ['by', 'String', 'S. Yilmaz, huisarts'],
];
const marking = (id: string, more: object = {}) => ({
  resourceType: 'Flag',
  status: 'active',
  code: { coding: [{ system: `${IZP}/CodeSystem/izp-marking-code`, code: 'palliative-phase' }] },
  subject: { reference: `Patient/${id}` },
  period: { start: '2026-03-01' },
  author: { identifier: { system: URA, value: URAS.gp } },
  extension: [
    {
      url: `${IZP}/StructureDefinition/izp-marking-assessment`,
      extension: [
        { url: 'instrument', valueCodeableConcept: { coding: [{ system: `${IZP}/CodeSystem/izp-marking-instrument`, code: 'spict' }] } },
      ],
    },
  ],
  ...more,
});
const conversation = (id: string, more: object = {}) => ({
  resourceType: 'Procedure',
  status: 'completed',
  code: { coding: [{ system: SNOMED, code: '713603004' }] },
  subject: { reference: `Patient/${id}` },
  performedDateTime: '2026-03-02',
  ...more,
});
const directive = (id: string) => ({
  resourceType: 'Consent',
  status: 'active',
  scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'treatment' }] },
  category: [{ coding: [{ system: SNOMED, code: '129125009' }] }],
  patient: { reference: `Patient/${id}` },
  policy: [{ uri: 'https://wetten.overheid.nl/' }],
  dateTime: '2026-03-02',
  provision: { type: 'deny', code: [{ coding: [{ system: SNOMED, code: '89666000' }] }] },
});
const mark = (service: TestService, id: string, more: [string, string, unknown][] = [], ask?: Ask) =>
  service.post(`Patient/${id}/$mark`, parameters([...FOUND, ...more]), ask);
const apply = (service: TestService, id: string, ask?: Ask, at = 'PlanDefinition/izp-process') =>
  service.post(`${at}/$apply`, parameters([['subject', 'String', `Patient/${id}`]]), ask);

async function created(service: TestService, resource: object): Promise<any> {
  const answer = await service.post((resource as { resourceType: string }).resourceType, resource);
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.json;
}

const newPatient = async (service: TestService, more: object = {}): Promise<string> => (await created(service, patient({ ...more }))).id;

async function tasksOf(service: TestService, id: string, more = '', ask?: Ask): Promise<Task[]> {
  const answer = await service.get(`Task?patient=${id}${more}&_sort=_lastUpdated`, ask);
  if (answer.status !== 200) throw new Error(answer.text);
  return (answer.json.entry ?? []).map(({ resource }: { resource: Task }) => resource);
}

const told = (tasks: Task[]): string[] =>
  tasks.map(({ code, status, restriction }) => `${code.coding[0]?.code} ${status} ${restriction?.period.end}`).sort();

const service = await startService(t, { clock: () => Date.parse(NOW) });

t.test('a marking, however it is written, asks for the conversation once', async (t) => {
  const [posted, put1, operated, bundled] = [await newPatient(service), await newPatient(service), await newPatient(service), 'bundled'];
  await created(service, marking(posted));
  t.equal((await service.put('Flag/mine', { ...marking(put1), id: 'mine' })).status, 201);
  t.equal((await mark(service, operated)).status, 200);
  const whole = bundle('transaction', put(patient({ id: bundled }) as never), {
    resource: marking(bundled),
    request: { method: 'POST', url: 'Flag' },
  });
  t.equal((await service.post('', whole)).status, 200);
  for (const id of [posted, put1, operated, bundled])
    t.strictSame(told(await tasksOf(service, id)), ['conversation requested 2026-03-31'], id);

  await created(service, marking(posted));
  await service.put('Flag/mine', { ...marking(put1), id: 'mine', status: 'active' });
  await Promise.all([mark(service, operated), mark(service, operated, [['urgency', 'Code', 'red']]), apply(service, operated)]);
  await mark(service, operated, [['urgency', 'Code', 'red']]);
  t.strictSame(told(await tasksOf(service, operated)), ['conversation requested 2026-03-08'], 'sooner by its colour');
  for (const id of [posted, put1]) t.equal((await tasksOf(service, id)).length, 1);

  const [task] = (await tasksOf(service, operated)) as [Task];
  t.match(task, {
    code: { coding: [{ system: STEPS, code: 'conversation' }], text: 'Gesprek over wensen en grenzen' },
    instantiatesCanonical: `${IZP}/PlanDefinition/izp-process`,
    owner: { identifier: { system: URA, value: URAS.gp } },
    focus: { reference: /^CarePlan\// },
  });
  const valid = await service.post('Task/$validate', task);
  t.equal(valid.json.issue.filter(({ severity }: { severity: string }) => severity === 'error').length, 0, valid.text);
  for (const query of [
    `patient=${operated}&due=lt2026-03-09&status=${OPEN}`,
    `patient=${operated}&owner:identifier=${URA}|${URAS.gp}`,
    `patient=${operated}&code=${STEPS}|conversation&focus=${task.focus.reference}`,
    `due=lt2026-03-09&status=${OPEN}&code=${STEPS}|conversation`,
  ])
    t.strictSame(
      (await service.get(`Task?${query}`)).json.entry.map((e: { resource: Task }) => e.resource.id),
      [task.id],
      query,
    );
  t.equal((await service.get(`Task?patient=${operated}&due=lt2026-03-08`)).json.total, 0);
  t.equal((await service.get(`Task?patient=${operated}`, { as: 'hospital' })).json.total, 0, 'a Task tells no more than the record');
  t.match((await service.get('PlanDefinition/izp-process')).json, { title: 'Van markering tot nazorg', status: 'active' });
});

t.test('steps end by what is recorded, and by who does them', async (t) => {
  const id = await newPatient(service);
  await mark(service, id);
  const [task] = (await tasksOf(service, id)) as [Task];
  const accepted = { ...task, status: 'accepted', restriction: { period: { end: '2026-05-01' } }, note: [{ text: 'Na de vakantie' }] };
  t.equal((await service.put(`Task/${task.id}`, accepted)).status, 200);
  await mark(service, id, [['urgency', 'Code', 'red']]);
  t.match(await tasksOf(service, id), [
    { status: 'accepted', restriction: { period: { end: '2026-05-01' } }, note: [{ text: 'Na de vakantie' }] },
  ]);

  const talk = await created(service, conversation(id));
  t.strictSame(told(await tasksOf(service, id)), ['conversation completed 2026-05-01', 'plan requested 2026-03-09']);
  await service.put(`Procedure/${talk.id}`, { ...talk, status: 'entered-in-error' });
  t.strictSame(
    told(await tasksOf(service, id)),
    ['conversation accepted 2026-05-01', 'plan cancelled 2026-03-09'],
    'a mistake, and all is as it was',
  );
  await service.put(`Procedure/${talk.id}`, talk);
  await created(service, directive(id));
  t.strictSame(told(await tasksOf(service, id, `&status=${OPEN}`)), [
    'coordinate requested 2026-03-16',
    'review requested 2026-08-29',
    'share requested 2026-03-09',
  ]);
  const own = await service.get(`Task/${task.id}/_history`);
  t.ok(own.json.total >= 4, 'every state of it is in the history');

  const [share] = (await tasksOf(service, id, `&code=${STEPS}|share`)) as [Task];
  t.equal((await service.ask('DELETE', `Task/${share.id}`)).status, 204);
  const [back] = (await tasksOf(service, id, `&code=${STEPS}|share`)) as [Task];
  t.not(back.id, share.id, 'one that is deleted comes back while its ground lasts');
  await service.put(`Task/${back.id}`, { ...back, status: 'cancelled', statusReason: { text: 'is al besproken' } });
  await service.put(`Procedure/${talk.id}`, { ...talk, note: [{ text: 'met haar dochter' }] });
  t.match(await tasksOf(service, id, `&code=${STEPS}|share`), [
    { id: back.id, status: 'cancelled', statusReason: { text: 'is al besproken' } },
  ]);

  await service.post(
    `Patient/${id}/$mark`,
    parameters([
      ['end', 'Date', '2026-03-02'],
      ['reason', 'String', 'hersteld'],
    ]),
  );
  const after = await tasksOf(service, id, `&status=${OPEN}`);
  t.strictSame(after, [], 'the end of the marking ends what it asked for');
  t.match((await tasksOf(service, id, '&status=cancelled'))[0]?.statusReason, { coding: [{ code: 'unmarked' }] });
});

t.test('many hands at once make nothing double', async (t) => {
  const id = await newPatient(service);
  await team(service, id, [URAS.gp, URAS.homecare, URAS.hospital]);
  const told = await Promise.all([
    ...['gp', 'homecare', 'hospital'].flatMap((as) => [
      mark(service, id, [['urgency', 'Code', 'orange']], { as }),
      apply(service, id, { as }),
      service.post('Flag', marking(id), { as }),
      service.post('Procedure', conversation(id), { as }),
      service.post('Consent', directive(id), { as }),
    ]),
    service.post('Encounter', {
      resourceType: 'Encounter',
      status: 'in-progress',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
      subject: { reference: `Patient/${id}` },
    }),
  ]);
  t.ok(
    told.every(({ status }) => status < 300),
    told.map(({ status }) => status).join(' '),
  );
  const tasks = await tasksOf(service, id);
  const keys = tasks.map(({ identifier }) => identifier[0].value);
  t.equal(new Set(keys).size, keys.length, keys.join(' '));
  const open = tasks.filter(({ status }) => OPEN.split(',').includes(status)).map(({ code }) => code.coding[0]?.code);
  t.strictSame(open.filter((step) => step !== 'review').sort(), ['coordinate', 'share']);
  t.equal((await service.get(`CarePlan?patient=${id}&status=active`)).json.total, 1);
});

t.test('$apply opens the process where nothing is marked, and tells its Tasks', async (t) => {
  const id = await newPatient(service);
  const [first, again] = await Promise.all([apply(service, id), apply(service, id)]);
  t.equal(first.status, 200, first.text);
  t.match(first.json, {
    resourceType: 'CarePlan',
    intent: 'order',
    instantiatesCanonical: [`${IZP}/PlanDefinition/izp-process`],
    subject: { reference: `Patient/${id}` },
  });
  t.notOk('id' in first.json, 'it is not stored');
  t.strictSame(told(await tasksOf(service, id)), ['marking requested 2026-03-16']);
  const references = (answer: Answer) => answer.json.activity.map((one: { reference: { reference: string } }) => one.reference.reference);
  t.strictSame(references(first), references(again), 'two at once open one');
  t.match(first.json.activity[0].reference.display, 'Palliatieve fase markeren, voor 16 maart 2026');

  await mark(service, id);
  const marked = await service.post(
    'PlanDefinition/$apply',
    parameters([
      ['subject', 'String', id],
      ['url', 'Uri', `${IZP}/PlanDefinition/izp-process`],
    ]),
  );
  t.equal(marked.status, 200, marked.text);
  t.strictSame(told(await tasksOf(service, id)), ['conversation requested 2026-03-31', 'marking completed 2026-03-16']);
  t.equal(references(marked).length, 2);
  const plans = await service.get(`CarePlan?patient=${id}`);
  t.equal(plans.json.total, 1, 'the patient’s own plan alone');

  const owned = await newPatient(service);
  const owner = parameters([
    ['subject', 'String', `Patient/${owned}`],
    ['practitioner', 'String', 'PractitionerRole/huisarts'],
  ]);
  t.equal((await service.post('PlanDefinition/izp-process/$apply', owner)).status, 200);
  t.match(await tasksOf(service, owned), [{ owner: { reference: 'PractitionerRole/huisarts' } }]);

  const other = {
    resourceType: 'PlanDefinition',
    id: 'elders',
    url: 'https://elders.example/p',
    status: 'active',
    action: [] as object[] | undefined,
  };
  delete other.action;
  await service.put('PlanDefinition/elders', other, { as: 'admin' });
  for (const [status, answer] of [
    [404, apply(service, 'nobody')],
    [404, apply(service, id, { as: 'hospital' })],
    [404, apply(service, id, {}, 'PlanDefinition/nowhere')],
    [400, service.post('PlanDefinition/izp-process/$apply', parameters([]))],
    [
      400,
      service.post(
        'PlanDefinition/izp-process/$apply',
        parameters([
          ['subject', 'String', `Patient/${id}`],
          ['practitioner', 'String', 'Patient/x'],
        ]),
      ),
    ],
    [422, service.post('PlanDefinition/$apply', parameters([['subject', 'String', id]]))],
    [
      422,
      service.post('PlanDefinition/$apply', {
        resourceType: 'Parameters',
        parameter: [
          { name: 'subject', valueString: id },
          { name: 'planDefinition', resource: other },
        ],
      }),
    ],
  ] as const)
    t.equal((await answer).status, status, (await answer).text);
});

t.test('a death closes the plan, asks for aftercare, and can be taken back', async (t) => {
  const bsn = { system: BSN, value: '999911120' };
  const made = await created(service, patient({ identifier: [bsn] }));
  const id = made.id as string;
  await mark(service, id);
  await created(service, conversation(id));
  await created(service, directive(id));
  await created(service, {
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: SNOMED, code: '395091006' }] },
    subject: { reference: `Patient/${id}` },
    effectiveDateTime: '2026-03-01',
    valueCodeableConcept: { coding: [{ system: SNOMED, code: '264362003' }] },
  });
  await team(service, id, [URAS.gp, URAS.homecare]);
  const card = async () => (await service.post('/v1/emergency-card', { bsn: bsn.value })).json;
  const plans = async () => (await service.get(`CarePlan?patient=${id}`)).json.entry.map((e: { resource: object }) => e.resource);
  const before = await card();

  const place = {
    resourceType: 'Observation',
    meta: { profile: [`${IZP}/StructureDefinition/izp-place-of-death`] },
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '58332-8' }] },
    subject: { reference: `Patient/${id}` },
    effectiveDateTime: '2026-03-02T07:30:00+01:00',
    valueCodeableConcept: { coding: [{ system: SNOMED, code: '264362003' }] },
  };
  const observed = (await service.post('Observation', place, { as: 'homecare' })).json;
  t.match(await plans(), [{ status: 'completed', period: { end: '2026-03-02T07:30:00+01:00' } }]);
  t.equal((await plans()).length, 1);
  const dead = await card();
  t.equal(dead.status, 'found', 'never "nothing available": it may be an error');
  t.not(dead.version, before.version);
  t.match(dead.warnings, [{ code: 'deceased' }]);
  t.equal(dead.patient.deceased, '2026-03-02T07:30:00+01:00');
  t.strictSame(dead.decisions, before.decisions, 'and what was agreed stays to be read');
  t.strictSame(told(await tasksOf(service, id, `&status=${OPEN}`)), ['aftercare requested 2026-04-13', 'evaluation requested 2026-04-13']);
  const [evaluation] = (await tasksOf(service, id, `&code=${STEPS}|evaluation`)) as [Task];
  t.strictSame(
    evaluation.output.map((o: any) => [o.type.coding[0].code, o.valueCodeableConcept.coding[0].code]),
    [
      ['preferred-place', '264362003'],
      ['place-of-death', '264362003'],
      ['preferred-place-realised', 'realised'],
    ],
  );
  t.strictSame(
    evaluation.output.map((o: any) => `${o.type.text}: ${o.valueCodeableConcept.text}`),
    ['Voorkeursplek van overlijden: Thuis', 'Plaats van overlijden: Thuis', 'Overleden op de voorkeursplek: Ja'],
  );
  const posted = await service.post('CarePlan', {
    resourceType: 'CarePlan',
    status: 'active',
    intent: 'plan',
    subject: { reference: `Patient/${id}` },
  });
  t.equal(posted.status, 200, 'a plan posted now goes into the one there is');
  t.equal((await plans()).length, 1);
  t.equal((await service.put(`Patient/${id}`, { ...made, deceasedDateTime: '2026-03-02' })).status, 200);

  t.equal((await service.put(`Observation/${observed.id}`, { ...observed, status: 'entered-in-error' }, { as: 'homecare' })).status, 200);
  t.match(await plans(), [{ status: 'completed', period: { end: '2026-03-02' } }], 'the patient’s own entry still says so');
  t.equal((await service.put(`Patient/${id}`, made)).status, 200);
  const [plan] = await plans();
  t.equal(plan.status, 'active');
  t.notOk(plan.period?.end);
  t.equal(
    (await card()).warnings.some(({ code }: { code: string }) => code === 'deceased'),
    false,
  );
  t.strictSame(told(await tasksOf(service, id, `&status=${OPEN}`)), [
    'coordinate requested 2026-03-16',
    'review requested 2026-08-29',
    'share requested 2026-03-09',
  ]);
  t.ok((await tasksOf(service, id, '&status=cancelled')).every(({ statusReason }) => statusReason?.coding[0]?.code === 'death-retracted'));
});

t.test('a view by urgent care asks for a review, once, without a word in the view itself', async (t) => {
  const bsn = '111222333';
  const id = (await created(service, patient({ identifier: [{ system: BSN, value: bsn }] }))).id;
  await mark(service, id);
  await created(service, conversation(id, { performedDateTime: '2026-03-01' }));
  await created(service, directive(id));
  await permit(service, id, { parties: [`ura:${URAS.ambulance}`] });
  const database = await openDatabase(service.database.connection, { pool: 2, points: 1 });
  t.teardown(() => database.close());
  const { own } = await loadDefinitions(undefined);
  const process = readProcess(own.find(({ id }) => id === 'izp-process') as PlanDefinition);
  const door = {
    database,
    // Nothing is told to a caller here: what is written is audited in its own transaction.
    audit: undefined as never,
    keeper: izpRecordKeeper(service.base, process),
    now: () => Date.parse(NOW),
    newId: randomUUID,
    access: { emergencyTypes: ['AMB'], breakGlass: false, emergencyWithoutRegister: false },
    glassTask,
  };
  const failures: unknown[] = [];
  const look = () => openReviewsAfterViews(door, process, (error) => failures.push(error));
  const reviews = () => tasksOf(service, id, `&code=${STEPS}|review`);
  await look();
  t.strictSame(told(await reviews()), ['review requested 2026-08-28'], 'nobody looked');
  for (const purpose of ['ETREAT', 'ETREAT'])
    t.equal((await service.post('/v1/emergency-card', { bsn }, { as: 'ambulance', purpose })).json.status, 'found');
  t.equal((await reviews()).length, 1, 'the view writes nothing but its log');
  await Promise.all([look(), look()]);
  await look();
  const asked = (await reviews()).find(({ reasonCode }) => reasonCode !== undefined);
  t.match(asked, {
    status: 'requested',
    restriction: { period: { end: '2026-03-09' } },
    reasonCode: { coding: [{ code: 'emergency-view' }] },
    owner: { identifier: { value: URAS.gp } },
  });
  t.equal((await reviews()).length, 2);
  t.strictSame(failures, []);
  const log = await service.get('AuditEvent', { as: `patient:${id}` });
  t.equal(JSON.stringify(log.json).includes(`Task/${asked?.id}`), true, 'and the log says that the service made it');
  await created(service, conversation(id));
  t.equal((await tasksOf(service, id, `&code=${STEPS}|review&status=completed`)).length, 2, 'a conversation answers it');
  await look();
  t.equal((await reviews()).length, 3, 'and the view before it asks for nothing more');
});

t.test('a region’s own process is a file; a wrong one stops the start with one line', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'izp-process-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'regio.json');
  const region = (action: object[]) => ({
    resourceType: 'PlanDefinition',
    id: 'regio-oost',
    url: 'https://regio-oost.example/PlanDefinition/palliatief',
    status: 'active',
    title: 'Regio Oost',
    relatedArtifact: [{ type: 'derived-from', resource: `${IZP}/PlanDefinition/izp-process` }],
    action,
  });
  const patz = {
    id: 'patz',
    title: 'Bespreken in de PaTz-groep',
    code: [{ coding: [{ system: 'https://regio-oost.example/stappen', code: 'patz' }] }],
    timingDuration: { value: 6, code: 'wk', system: 'http://unitsofmeasure.org' },
  };
  const { own, validate } = await loadDefinitions(undefined);
  for (const [content, line] of [
    ['{', /^PROCESS_FILE: .*JSON/],
    ['{"resourceType":"Patient"}', /^PROCESS_FILE: it holds no PlanDefinition\.$/],
    [JSON.stringify({ ...region([patz]), status: 'maybe' }), /^PROCESS_FILE: PlanDefinition\.status: /],
    [JSON.stringify(region([{ ...patz, title: undefined }])), /^PROCESS_FILE: the action patz needs a title\.$/],
  ] as const) {
    await writeFile(file, content);
    t.throws(() => loadProcess(file, own, validate), { name: 'StartError', message: line });
  }
  t.throws(() => loadProcess(join(folder, 'none.json'), own, validate), /^PROCESS_FILE: the file cannot be read\.$/);
  await t.rejects(startService(t, { env: { PROCESS_FILE: file } }), { name: 'StartError', message: /^PROCESS_FILE: / });
  await writeFile(file, JSON.stringify(region([patz])));
  const service = await startService(t, { clock: () => Date.parse(NOW), env: { PROCESS_FILE: file } });
  const id = await newPatient(service);
  await mark(service, id);
  t.strictSame(told(await tasksOf(service, id)), ['conversation requested 2026-03-31', 'patz requested 2026-04-12']);
  t.equal((await service.get('PlanDefinition/regio-oost')).json.action.length, 12, 'told with the steps it keeps');
  for (const at of ['PlanDefinition/regio-oost', 'PlanDefinition/izp-process']) t.equal((await apply(service, id, {}, at)).status, 200, at);
  t.equal((await tasksOf(service, id)).length, 2);
});
