// The process, pure: which Tasks a record asks for, when they end by themselves, and what a death makes of plan and Tasks.
import { readFileSync } from 'node:fs';
import type { CarePlan, PlanDefinition, Resource, Task } from '@medplum/fhirtypes';
import fc from 'fast-check';
import t from 'tap';
import { copyJson } from '../../src/izp/copy.js';
import { deathOf, settledByDeath } from '../../src/izp/death.js';
import { IZP_BASE } from '../../src/izp/izp-codes.js';
import { marked, unmarked } from '../../src/izp/marking.js';
import { keepRecord, rootPlan, withWrites } from '../../src/izp/plan.js';
import { evaluatePlace } from '../../src/izp/process/evaluation.js';
import { addDays } from '../../src/izp/process/facts.js';
import { keepProcess } from '../../src/izp/process/keep-process.js';
import { type Process, readProcess } from '../../src/izp/process/read-process.js';
import type { PatientRecord, RecordEntry } from '../../src/izp/record.js';
import { consent } from './consents.js';
import { GP } from './records.js';

const OWN = JSON.parse(
  readFileSync(new URL('../../fhir-profiles/generated/PlanDefinition-izp-process.json', import.meta.url), 'utf8'),
) as PlanDefinition;
const PROCESS = readProcess(OWN);
const HOSPITAL = { ura: '99900002', name: 'Streekziekenhuis' };
const SNOMED = 'http://snomed.info/sct';
const HOME = '264362003';
const HOSPICE = '284546000';
const PATIENT = { reference: 'Patient/p' };
const sct = (code: string) => ({ coding: [{ system: SNOMED, code }] });
const izp = (system: string, code: string) => ({ coding: [{ system: `${IZP_BASE}/CodeSystem/${system}`, code }] });

/** A record that is written to and kept, as the door to the data does it. */
class World {
  now: number;
  private made = 0;
  record: PatientRecord;

  constructor(
    day: string,
    private readonly process: Process = PROCESS,
  ) {
    this.now = Date.parse(`${day}T12:00:00Z`);
    const patient = { resourceType: 'Patient' as const, id: 'p' };
    const entries = [{ resource: patient, reference: 'Patient/p', version: 1, lastUpdated: this.now, author: GP }];
    const newId = () => `made-${++this.made}`;
    this.record = { patientId: 'p', patient, entries, directory: new Map(), written: new Set(), now: this.now, newId };
  }

  /** Writes, on a later day if one is named, and keeps. Throws when keeping it once more would write anything. */
  write(
    resources: object[],
    { day, author = GP, gone = [] }: { day?: string; author?: RecordEntry['author']; gone?: string[] } = {},
  ): this {
    this.now = day === undefined ? this.now + 60_000 : Date.parse(`${day}T12:00:00Z`);
    const changed = resources.map((one) => {
      const resource = copyJson(one) as Resource;
      const reference = `${resource.resourceType}/${resource.id}`;
      const version = (this.record.entries.find((entry) => entry.reference === reference)?.version ?? 0) + 1;
      return { resource, reference, version, lastUpdated: this.now, author };
    });
    const written = new Set(changed.map(({ reference }) => reference));
    const others = this.record.entries.filter(({ reference }) => !written.has(reference) && !gone.includes(reference));
    const entries = [...others, ...changed];
    const patient = entries.find(({ reference }) => reference === 'Patient/p')?.resource as PatientRecord['patient'];
    this.record = { ...this.record, patient, entries, written, now: this.now };
    this.keep();
    const again = this.keep();
    if (again.length > 0) throw new Error(`kept twice it writes ${JSON.stringify(again)}`);
    return this;
  }

  private keep(): Resource[] {
    const { writes } = keepRecord(this.record);
    this.record = withWrites(this.record, writes);
    const tasks = keepProcess(this.record, this.process);
    this.record = withWrites(this.record, tasks);
    return [...writes, ...tasks];
  }

  get tasks(): Task[] {
    return this.record.entries.flatMap(({ resource }) => (resource.resourceType === 'Task' ? [resource] : []));
  }

  of(step: string): Task[] {
    return this.tasks.filter((task) => task.code?.coding?.some(({ code }) => code === step));
  }

  openTask(step: string): Task | undefined {
    return this.of(step).find(({ status }) => status === 'requested');
  }

  /** `step status due` of every Task, open and ended, in order of steps. */
  get told(): string[] {
    return this.tasks.map(
      (task) =>
        `${task.code?.coding?.[0]?.code} ${task.status}${ending(task) ? `(${ending(task)})` : ''} ${task.restriction?.period?.end ?? '-'}`,
    );
  }

  get open(): string[] {
    return this.told.filter((line) => / (requested|accepted|in-progress) /.test(line));
  }

  get plan(): CarePlan {
    return rootPlan(this.record)?.resource as CarePlan;
  }

  get plans(): CarePlan[] {
    return this.record.entries.flatMap(({ resource }) => (resource.resourceType === 'CarePlan' ? [resource] : []));
  }
}

const ending = (task: Task) => task.statusReason?.coding?.find(({ system }) => system === `${IZP_BASE}/CodeSystem/izp-step-ending`)?.code;

const marking = (date: string, more: { urgency?: string; id?: string } = {}) => ({
  ...marked('p', undefined, {
    instrument: 'surprise-question',
    answers: ['not-surprised-by-death'],
    date,
    by: 'huisarts',
    ura: GP.ura,
    urgency: more.urgency,
  }),
  id: more.id ?? 'm',
});
const conversation = (day: string, more: object = {}) => ({
  resourceType: 'Procedure',
  id: `talk-${day}`,
  status: 'completed',
  code: sct('713603004'),
  subject: PATIENT,
  performedDateTime: day,
  ...more,
});
const directive = (more: object = {}) => ({ ...consent({ type: 'deny', dateTime: '2026-01-10' }), id: 'cpr', patient: PATIENT, ...more });
const permission = () => ({
  resourceType: 'Consent',
  id: 'share',
  status: 'active',
  scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
  patient: PATIENT,
});
const careTeam = () => ({
  resourceType: 'CareTeam',
  id: 'team',
  status: 'active',
  subject: PATIENT,
  participant: [
    {
      role: [izp('izp-care-team-role', 'central-care-provider')],
      member: { reference: 'PractitionerRole/nurse', display: 'Wijkverpleegkundige' },
    },
    { role: [izp('izp-care-team-role', 'main-practitioner')], member: { reference: 'PractitionerRole/gp', display: 'Huisarts' } },
  ],
});
const kit = (state: string, id = 'kit') => ({
  resourceType: 'SupplyDelivery',
  id,
  status: state === 'requested' ? 'in-progress' : 'completed',
  patient: PATIENT,
  suppliedItem: { itemCodeableConcept: izp('izp-supply', 'palliative-kit') },
  extension: [{ url: `${IZP_BASE}/StructureDefinition/izp-current-kit-state`, valueCodeableConcept: izp('izp-kit-state', state) }],
});
const placeOfDeath = (day: string, place: string | undefined, more: object = {}) => ({
  resourceType: 'Observation',
  id: 'place-of-death',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '58332-8' }] },
  subject: PATIENT,
  effectiveDateTime: day,
  ...(place ? { valueCodeableConcept: sct(place) } : { dataAbsentReason: { coding: [{ code: 'unknown' }] } }),
  ...more,
});
const preference = (day: string, place: string, id = `wish-${day}`) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: sct('395091006'),
  subject: PATIENT,
  effectiveDateTime: day,
  valueCodeableConcept:
    place.length > 3 ? sct(place) : { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor', code: place }] },
});
const deceased = (on: object) => ({ resourceType: 'Patient', id: 'p', ...on });
const withPhase = (plan: CarePlan, phase: string) => ({
  ...plan,
  extension: [
    ...(plan.extension ?? []),
    { url: `${IZP_BASE}/StructureDefinition/izp-plan-phase`, valueCodeableConcept: izp('izp-phase', phase) },
  ],
});
const withReview = (plan: CarePlan, day: string) => ({
  ...plan,
  extension: [
    ...(plan.extension ?? []).filter(({ url }) => !url?.endsWith('izp-review-date')),
    { url: `${IZP_BASE}/StructureDefinition/izp-review-date`, valueDate: day },
  ],
});
const admission = (start: string, more: object = {}) => ({
  resourceType: 'Encounter',
  id: `in-${start.slice(0, 10)}`,
  status: 'in-progress',
  class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
  subject: PATIENT,
  period: { start },
  ...more,
});
const representative = (id: string, more: object = {}) => ({
  resourceType: 'RelatedPerson',
  id,
  patient: PATIENT,
  relationship: [{ coding: [{ system: 'urn:oid:2.16.840.1.113883.2.4.3.11.22.472', code: '24' }] }],
  ...more,
});
/** Marked and talked in January, with everything agreed: only the review is open. */
const agreed = () =>
  new World('2026-01-05')
    .write([marking('2026-01-05')])
    .write([conversation('2026-01-10'), directive(), permission(), careTeam()], { day: '2026-01-10' });

t.test('a marking asks for the conversation, by its colour', async (t) => {
  for (const [urgency, due] of [
    ['red', '2026-01-12'],
    ['orange', '2026-01-19'],
    ['yellow', '2026-02-04'],
    ['green', '2026-04-05'],
    [undefined, '2026-02-04'],
  ] as const)
    t.strictSame(
      new World('2026-01-05').write([marking('2026-01-05', { urgency })]).told,
      [`conversation requested ${due}`],
      urgency ?? 'no colour',
    );
  const [task] = new World('2026-01-05').write([marking('2026-01-05')]).tasks;
  t.match(task, {
    intent: 'order',
    for: PATIENT,
    focus: { reference: /^CarePlan\// },
    instantiatesCanonical: `${IZP_BASE}/PlanDefinition/izp-process`,
    owner: { identifier: { value: GP.ura } },
    performerType: [izp('izp-care-team-role', 'main-practitioner')],
    code: { text: 'Gesprek over wensen en grenzen' },
  });
  t.strictSame(new World('2026-01-05').write([conversation('2026-01-05'), directive()]).told, [], 'without a marking no process runs');
});

t.test('marking again, or by another organisation, makes nothing double', async (t) => {
  const world = new World('2026-01-05').write([marking('2026-01-05')]).write([marking('2026-01-05', { urgency: 'red' })]);
  t.strictSame(world.told, ['conversation requested 2026-01-12'], 'the colour moves the due date');
  world.write([marking('2025-12-01', { id: 'other' })], { author: HOSPITAL });
  t.equal(world.tasks.length, 1, 'an earlier marking of somebody else is the same course');
  const ended = unmarked(marking('2026-01-05') as never, '2026-01-08', 'vergissing');
  world.write([{ ...ended, id: 'm' }], { day: '2026-01-08' });
  t.equal(world.open.length, 1, 'as long as one marking is active');
});

t.test('a conversation completes its step and opens the next ones; what is there already asks for nothing', async (t) => {
  const world = new World('2026-01-05').write([marking('2026-01-05')]);
  world.write([conversation('2026-01-09', { status: 'in-progress' })], { day: '2026-01-09' });
  t.strictSame(world.open, ['conversation requested 2026-02-04'], 'one that is not over is none');
  world.write([conversation('2026-01-09')]);
  t.strictSame(world.told, ['conversation completed(recorded) 2026-02-04', 'plan requested 2026-01-16']);
  world.write([directive()], { day: '2026-01-12' });
  t.strictSame(world.open, ['share requested 2026-01-16', 'coordinate requested 2026-01-23', 'review requested 2026-07-08']);
  world.write([permission()]);
  world.write([careTeam()]);
  t.strictSame(world.open, ['review requested 2026-07-08']);
  const at = agreed();
  t.strictSame(at.told, ['conversation completed(recorded) 2026-02-04', 'review requested 2026-07-09']);
  t.equal(at.of('review')[0]?.owner?.reference, 'PractitionerRole/gp', 'the member of the team in that role');
});

t.test('a conversation of the year before the marking counts, an older one does not', async (t) => {
  for (const [day, expected] of [
    ['2025-06-01', 'plan'],
    ['2024-06-01', 'conversation'],
  ] as const) {
    const world = new World('2026-01-05').write([conversation(day)]).write([marking('2026-01-05')]);
    t.strictSame(
      world.tasks.map(({ code }) => code?.coding?.[0]?.code),
      [expected],
      day,
    );
  }
});

t.test('a record that is corrected opens again what it had completed, as it was', async (t) => {
  const world = new World('2026-01-05').write([marking('2026-01-05')]);
  world.write([{ ...world.tasks[0], status: 'accepted' }]);
  world.write([conversation('2026-01-09')], { day: '2026-01-09' });
  t.equal(world.of('conversation')[0]?.status, 'completed');
  world.write([conversation('2026-01-09', { status: 'entered-in-error' })]);
  t.strictSame(world.told, ['conversation accepted 2026-02-04', 'plan cancelled(no-ground) 2026-01-16']);
  world.write([conversation('2026-01-11')], { day: '2026-01-11' });
  t.strictSame(world.open, ['plan requested 2026-01-18'], 'opened again, by the new day');
});

t.test('what a care provider does with a Task stays', async (t) => {
  const world = new World('2026-01-05').write([marking('2026-01-05')]);
  const theirs = {
    ...world.tasks[0],
    restriction: { period: { end: '2026-03-01' } },
    owner: { reference: 'PractitionerRole/assistent' },
    note: [{ text: 'Na de vakantie' }],
  };
  world.write([theirs]).write([marking('2026-01-05', { urgency: 'red' })]);
  t.match(world.tasks[0], {
    restriction: { period: { end: '2026-03-01' } },
    owner: { reference: 'PractitionerRole/assistent' },
    note: [{ text: 'Na de vakantie' }],
  });
  for (const status of ['cancelled', 'rejected', 'failed'] as const) {
    const ended = new World('2026-01-05').write([marking('2026-01-05')]);
    ended.write([{ ...ended.tasks[0], status, statusReason: { text: 'wil niet praten' } }]);
    ended.write([conversation('2026-01-09')]).write([marking('2026-01-05', { urgency: 'red' })]);
    t.match(ended.of('conversation'), [{ status, statusReason: { text: 'wil niet praten' } }], status);
  }
  const byHand = new World('2026-01-05').write([marking('2026-01-05')]);
  byHand.write([{ ...byHand.tasks[0], status: 'completed' }], { day: '2026-01-20' });
  t.strictSame(byHand.open, ['plan requested 2026-01-27'], 'who completes a step opens the next');
  const held = new World('2026-01-05').write([marking('2026-01-05')]);
  held.write([{ ...held.tasks[0], status: 'on-hold', statusReason: { text: 'opgenomen' } }]).write([conversation('2026-01-09')]);
  t.match(held.of('conversation')[0]?.statusReason, { text: 'opgenomen' }, 'their words stay beside why it ended');
});

t.test('unmarking cancels what is open, marking anew begins again', async (t) => {
  const world = agreed();
  world.write([{ ...unmarked(marking('2026-01-05') as never, '2026-02-01', 'hersteld'), id: 'm' }], { day: '2026-02-01' });
  t.strictSame(world.told, ['conversation completed(recorded) 2026-02-04', 'review cancelled(unmarked) 2026-07-09']);
  world.write([marking('2026-02-01', { id: 'again' })], { day: '2026-02-02' });
  t.strictSame(world.open, ['review requested 2026-07-09'], 'at once: the same course');
  world.write([{ ...unmarked(marking('2026-02-01') as never, '2026-02-03', 'hersteld'), id: 'again' }], { day: '2026-02-03' });
  world.write([marking('2027-06-01', { id: 'later' })], { day: '2027-06-01' });
  t.strictSame(world.open, ['conversation requested 2027-07-01'], 'a year later: a new one, with a conversation of its own');
  world.write([{ ...marking('2027-06-01', { id: 'later' }), status: 'entered-in-error' }]);
  t.strictSame(world.open, []);
});

t.test('reviews follow each other, by the plan’s date or by its phase', async (t) => {
  const world = agreed();
  world.write([withReview(world.plan, '2026-03-01')]);
  t.strictSame(world.open, ['review requested 2026-03-01'], 'the date in the plan');
  world.write([withPhase(world.plan, 'symptom-directed')]);
  t.strictSame(world.open, ['review requested 2026-03-01'], 'goes before the term of the phase');
  world.write([conversation('2026-03-05')], { day: '2026-03-05' });
  t.strictSame(
    world.told.slice(1),
    ['review completed(recorded) 2026-03-01', 'review requested 2026-06-03'],
    'a date that is past gives way to the term',
  );
  world.write([withReview(world.plan, '2026-08-01')]);
  t.strictSame(world.open, ['review requested 2026-08-01']);
  world.write([{ ...world.openTask('review'), status: 'completed' }], { day: '2026-07-20' });
  t.strictSame(world.open, ['review requested 2026-08-01'], 'completed by hand: the next, by the date in the plan');
  world.write([{ ...world.openTask('review'), status: 'cancelled' }], { day: '2026-07-21' });
  t.strictSame(world.open, [], 'called off by hand: none');
  world.write([conversation('2026-07-25')], { day: '2026-07-25' });
  t.strictSame(world.open, ['review requested 2026-08-01'], 'until the next conversation');
  const phased = agreed();
  phased.write([withPhase(phased.plan, 'dying')]);
  t.ok(phased.open.includes('review requested 2026-01-17'), 'a phase alone moves the review');
});

t.test('an admission, another representative and another colour ask for a review', async (t) => {
  const world = agreed().write([representative('wife')]);
  t.match(world.of('review').at(-1), {
    reasonCode: izp('izp-process-event', 'representative'),
    reasonReference: { reference: 'RelatedPerson/wife' },
  });
  t.strictSame(world.open, ['review requested 2026-07-09', 'review requested 2026-01-17']);
  world.write([representative('wife', { telecom: [{ system: 'phone', value: '06' }] })]);
  t.equal(world.open.length, 2, 'a telephone number is no new representative');
  world
    .write([admission('2026-02-01T03:00:00Z')], { day: '2026-02-01' })
    .write([admission('2026-02-01T03:00:00Z', { status: 'finished' })]);
  t.strictSame(world.open.slice(2), ['review requested 2026-02-08'], 'once');
  world.write([marking('2026-01-05', { urgency: 'red' })]).write([marking('2026-01-05', { urgency: 'red' })]);
  t.equal(world.open.length, 4);
  world.write([conversation('2026-02-03')], { day: '2026-02-03' });
  t.strictSame(world.open, ['review requested 2026-08-02'], 'the conversation answers them all');
  for (const [what, resource] of [
    ['one that is over before the conversation', admission('2026-01-02', { id: 'old' })],
    ['a visit', admission('2026-02-10', { id: 'visit', class: { code: 'AMB' } })],
    ['one that is only planned', admission('2026-02-10', { id: 'planned', status: 'planned' })],
    ['a mistaken one', admission('2026-02-10', { id: 'error', status: 'entered-in-error' })],
    ['a contact', representative('friend', { relationship: [] })],
  ] as const)
    t.equal(world.write([resource], { day: '2026-02-11' }).open.length, 1, what);
  world.write([admission('2026-03-01')], { day: '2026-03-01' }).write([admission('2026-03-01', { status: 'entered-in-error' })]);
  t.ok(
    world.told.some((line) => line.startsWith('review cancelled(no-ground)')),
    'an admission that was none',
  );
  world.write([admission('2026-03-02')], { day: '2026-03-02' });
  world.write([withReview(world.plan, '2026-12-01')]);
  t.strictSame(world.open, ['review requested 2026-12-01'], 'who sets a later review date has looked');
});

t.test('a form that brings conversation and representative at once is no event', async (t) => {
  const world = agreed().write([conversation('2026-02-03'), representative('wife'), admission('2026-02-03')], { day: '2026-02-03' });
  t.strictSame(world.open, ['review requested 2026-08-02']);
});

t.test('the dying phase asks for what is needed in the last days, until the kit is there', async (t) => {
  const world = agreed();
  world.write([withPhase(world.plan, 'dying')], { day: '2026-02-01' });
  t.ok(world.open.includes('dying-phase requested 2026-02-02'));
  t.equal(world.of('dying-phase')[0]?.owner?.reference, 'PractitionerRole/nurse');
  world.write([kit('requested')], { day: '2026-02-02' });
  t.ok(world.open.includes('dying-phase requested 2026-02-02'), 'asked for is not there');
  world.write([kit('placed')]);
  t.equal(world.of('dying-phase')[0]?.status, 'completed');
});

t.test('a death completes the plan, ends what is open and opens aftercare', async (t) => {
  const world = agreed().write([kit('opened'), preference('2026-01-10', HOME)]);
  const before = world.plan;
  world.write([deceased({ deceasedDateTime: '2026-04-02T04:00:00+02:00' })], { day: '2026-04-02' });
  t.equal(world.plan.status, 'completed');
  t.equal(world.plan.period?.end, '2026-04-02T04:00:00+02:00');
  t.equal(world.plan.id, before.id);
  t.strictSame(world.told.slice(1), [
    'review cancelled(deceased) 2026-07-09',
    'kit-return requested 2026-04-09',
    'aftercare requested 2026-05-14',
    'evaluation requested 2026-05-14',
  ]);
  const outcome = () => world.of('evaluation')[0]?.output?.map(({ valueCodeableConcept }) => valueCodeableConcept?.coding?.[0]?.code);
  t.strictSame(outcome(), [HOME, 'UNK', 'unknown']);
  world.write([placeOfDeath('2026-04-02', HOME)]);
  t.strictSame(outcome(), [HOME, HOME, 'realised'], 'and it is told when the place is known');
  const why = { type: { text: 'Waarom' }, valueString: 'rustig' };
  world.write([{ ...world.of('evaluation')[0], status: 'completed', output: [...(world.of('evaluation')[0]?.output ?? []), why] }]);
  world.write([placeOfDeath('2026-04-02', HOSPICE)]);
  t.strictSame(outcome(), [HOME, HOSPICE, 'not-realised', undefined], 'what others wrote there stays');
  t.equal(world.of('evaluation')[0]?.status, 'completed');
  world.write([kit('returned')], { day: '2026-04-05' });
  t.strictSame(world.open, ['aftercare requested 2026-05-14']);
});

t.test('a death recorded in error gives the plan back', async (t) => {
  for (const [how, wrong, right] of [
    ['Patient.deceased', deceased({ deceasedBoolean: true }), deceased({})],
    ['deceasedBoolean false', deceased({ deceasedBoolean: true }), deceased({ deceasedBoolean: false })],
    ['the Observation', placeOfDeath('2026-04-01', undefined), placeOfDeath('2026-04-01', undefined, { status: 'entered-in-error' })],
  ] as const) {
    const world = agreed();
    const before = world.plan;
    world.write([wrong], { day: '2026-04-02' });
    t.equal(world.plan.status, 'completed', how);
    world.write([right], { day: '2026-04-03' });
    t.strictSame([world.plan.status, world.plan.period?.end, world.plan.id, world.plans.length], ['active', undefined, before.id, 1], how);
    t.strictSame(world.open, ['review requested 2026-07-09'], how);
    t.strictSame(world.of('aftercare').map(ending), ['death-retracted'], how);
    world.write([wrong], { day: '2026-04-04' });
    t.equal(world.of('aftercare').length, 1, 'and opens no second one when it was true after all');
    t.equal(world.of('aftercare')[0]?.status, 'requested');
  }
});

t.test('no second plan is opened after a death, and an end that others gave the plan comes back', async (t) => {
  const world = agreed();
  world
    .write([{ ...world.plan, period: { start: '2026-01-05', end: '2027-01-01' } }])
    .write([deceased({ deceasedDateTime: '2026-04-02' })], { day: '2026-04-02' });
  world.write([{ resourceType: 'CarePlan', id: 'second', status: 'active', intent: 'plan', subject: PATIENT }], {
    day: '2026-04-03',
    author: HOSPITAL,
  });
  t.strictSame(world.plans.map(({ status }) => status).sort(), ['completed', 'revoked']);
  world.write([directive({ id: 'late' }), conversation('2026-04-01')], { day: '2026-04-04' });
  t.equal(world.plans.length, 2);
  t.equal(world.plan.period?.end, '2026-04-02');
  world.write([deceased({})]);
  t.equal(world.plan.period?.end, '2027-01-01');
  const imported = new World('2026-04-10').write([deceased({ deceasedDateTime: '2026-04-02' }), conversation('2026-01-10'), directive()]);
  t.strictSame(
    imported.plans.map(({ status }) => status),
    ['completed'],
    'a record that comes in after the death',
  );
  const archive = new World('2026-04-10').write([
    deceased({ deceasedDateTime: '2019-04-02' }),
    marking('2019-01-01'),
    directive(),
    kit('placed'),
  ]);
  t.strictSame(archive.told, [], 'nobody is asked to bring back the kit of years ago');
});

t.test('a plan closed by a client with the death, or written back without its mark, still answers', async (t) => {
  const closed = agreed();
  closed.write([deceased({ deceasedDateTime: '2026-04-02' }), { ...closed.plan, status: 'completed' }], { day: '2026-04-02' });
  t.match([closed.plan.status, closed.plan.period?.end], ['completed', '2026-04-02']);
  const stripped = agreed().write([deceased({ deceasedDateTime: '2026-04-02' })], { day: '2026-04-02' });
  const { extension: _gone, ...plain } = stripped.plan;
  stripped.write([plain]);
  t.equal(stripped.plan?.status, 'completed');
  stripped.write([deceased({})]);
  t.equal(stripped.plan.status, 'active');
  const before = agreed();
  before.write([{ ...before.plan, status: 'completed' }], { day: '2026-03-01' });
  before.write([deceased({ deceasedDateTime: '2026-04-02' })], { day: '2026-04-02' });
  t.equal(before.plan, undefined, 'one that was closed long before stays closed');
});

t.test('a death to come is none, and one without a date is that of the day it was told', async (t) => {
  const world = agreed().write([deceased({ deceasedDateTime: '2062-04-02' })], { day: '2026-04-02' });
  t.equal(world.plan.status, 'active', 'a slip of the pen ends no plan');
  world.write([deceased({ deceasedBoolean: true })]);
  t.equal(world.plan.period?.end, '2026-04-02');
  world.write([kit('placed')], { day: '2026-04-09' });
  t.equal(world.plan.period?.end, '2026-04-02');
  t.equal(deathOf({ entries: [], now: world.now, patient: { resourceType: 'Patient', deceasedBoolean: false } }), undefined);
});

t.test('the preferred place beside the actual one', async (t) => {
  const judged = (preferences: object[], place: object | undefined) => {
    const entries = preferences.map((resource, i) => ({
      resource: resource as Resource,
      reference: `Observation/${i}`,
      version: 1,
      lastUpdated: Date.parse('2026-06-01'),
    }));
    return evaluatePlace({ entries }, { on: '2026-04-02', ...(place && { place: place as never }) }).outcome;
  };
  const other = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor', code: 'OTH' }] };
  const unknown = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor', code: 'UNK' }] };
  for (const [expected, preferences, place, why] of [
    ['realised', [preference('2026-01-10', HOME)], sct(HOME), 'the same'],
    ['not-realised', [preference('2026-01-10', HOME)], sct(HOSPICE), 'another'],
    ['not-realised', [preference('2026-01-10', HOME)], other, 'elsewhere is not home'],
    ['realised', [preference('2026-01-10', HOME), preference('2026-03-10', HOSPICE)], sct(HOSPICE), 'the last one counts'],
    ['realised', [preference('2026-01-10', HOME), preference('2026-05-01', HOSPICE)], sct(HOME), 'the last one before the death'],
    ['realised', [preference('2026-04-02', HOME)], sct(HOME), 'said on the day itself'],
    ['unknown', [preference('2026-01-10', 'UNK')], sct(HOME), 'asked, unknown'],
    ['unknown', [preference('2026-01-10', 'OTH')], other, 'two elsewheres cannot be compared'],
    ['unknown', [], sct(HOME), 'no preference'],
    ['unknown', [preference('2026-01-10', HOME)], unknown, 'place unknown'],
    ['unknown', [preference('2026-01-10', HOME)], undefined, 'place not recorded'],
    ['unknown', [{ ...preference('2026-01-10', HOME), status: 'entered-in-error' }], sct(HOME), 'a mistaken preference'],
  ] as const)
    t.equal(judged([...preferences], place), expected, why);
});

t.test('a region’s own process adds and replaces steps', async (t) => {
  const action = (id: string, more: object) => ({
    id,
    code: [{ coding: [{ system: 'https://regio.example/stap', code: id }] }],
    title: `Stap ${id}`,
    ...more,
  });
  const region = (actions: object[], more: object = {}): PlanDefinition =>
    ({
      resourceType: 'PlanDefinition',
      id: 'regio',
      url: 'https://regio.example/PlanDefinition/regio',
      status: 'active',
      relatedArtifact: [{ type: 'derived-from', resource: OWN.url }],
      action: actions,
      ...more,
    }) as PlanDefinition;
  const weeks = (value: number) => ({ value, code: 'wk', system: 'http://unitsofmeasure.org' });
  const process = readProcess(
    region(
      [
        action('patz', {
          timingDuration: weeks(6),
          participant: [{ type: 'practitioner', role: izp('izp-care-team-role', 'central-care-provider') }],
        }),
        action('letter', {
          relatedAction: [{ actionId: 'conversation', relationship: 'after-end', offsetDuration: weeks(1) }],
          timingDuration: weeks(1),
        }),
        action('crisis', { trigger: [{ type: 'named-event', name: 'admission' }] }),
        action('condolence', { relatedAction: [{ actionId: 'aftercare', relationship: 'after-end' }] }),
        { ...OWN.action?.[1], timingDuration: weeks(1), extension: undefined },
      ].map(copyJson),
    ),
    OWN,
  );
  t.equal(process.definition.action?.length, (OWN.action?.length ?? 0) + 4);
  const world = new World('2026-01-05', process).write([marking('2026-01-05')]);
  t.strictSame(world.told, ['conversation requested 2026-01-12', 'patz requested 2026-02-16']);
  world.write([conversation('2026-01-10'), directive(), permission(), careTeam()], { day: '2026-01-10' });
  t.ok(world.open.includes('letter requested 2026-01-24'), 'a week after the conversation, within a week');
  world.write([admission('2026-02-01')], { day: '2026-02-01' });
  t.ok(world.open.includes('crisis requested -'), 'opened by an event, without a due date');
  world
    .write([{ ...world.of('crisis')[0], status: 'completed' }])
    .write([deceased({ deceasedDateTime: '2026-02-10' })], { day: '2026-02-10' });
  t.notOk(world.open.some((line) => line.startsWith('condolence')));
  world.write([{ ...world.of('aftercare')[0], status: 'completed' }], { day: '2026-03-10' });
  t.ok(world.open.includes('condolence requested -'), 'what comes after a step of the death');
  const whole = readProcess(region([action('only', {})], { relatedArtifact: undefined }), OWN);
  t.strictSame(
    whole.steps.map(({ id }) => id),
    ['only'],
    'one that is derived from nothing replaces all',
  );
  for (const [says, wrong] of [
    [/another id and url/, region([], { id: 'izp-process' })],
    [/is not here/, region([], { relatedArtifact: [{ type: 'derived-from', resource: 'https://elders.example/x' }] })],
    [/needs an id/, region([{ title: 'x' }])],
    [/needs a title/, region([action('x', { title: ' ' })])],
    [/needs one code/, region([action('x', { code: [] })])],
    [/is there twice/, region([action('x', {}), action('x', {})])],
    [
      /comes after nowhere, which is not there/,
      region([action('x', { relatedAction: [{ actionId: 'nowhere', relationship: 'after-end' }] })]),
    ],
    [
      /comes after itself/,
      region([
        action('x', { relatedAction: [{ actionId: 'y', relationship: 'after-end' }] }),
        action('y', { relatedAction: [{ actionId: 'x', relationship: 'after-end' }] }),
      ]),
    ],
    [/as after-end or after-start/, region([action('x', { relatedAction: [{ actionId: 'plan', relationship: 'before' }] })])],
    [/trigger that is none of/, region([action('x', { trigger: [{ type: 'named-event', name: 'full-moon' }] })])],
    [/says condition, which this service does not work by/, region([action('x', { condition: [{ kind: 'start' }] })])],
    [/timingDuration that is no number/, region([action('x', { timingDuration: { value: 3, code: 'fortnight' } })])],
    [/more than one participant/, region([action('x', { participant: [{}, {}] })])],
    [/url of its own/, region([], { url: undefined })],
    [/has no action/, region([], { relatedArtifact: undefined })],
  ] as const)
    t.throws(() => readProcess(copyJson(wrong), OWN), says, String(says));
});

t.test('whatever is written in whatever order: nothing double, nothing changes by keeping, no open Task after its end', async (t) => {
  const days = ['2026-01-05', '2026-02-01', '2026-03-01', '2026-04-01', '2026-05-01'];
  const step = fc.record({
    what: fc.constantFrom(
      'mark',
      'red',
      'unmark',
      'talk',
      'untalk',
      'agree',
      'share',
      'team',
      'admit',
      'person',
      'kit',
      'die',
      'live',
      'review',
      'done',
      'accept',
      'dying',
    ),
    day: fc.constantFrom(...days),
  });
  let checked = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 14 }), (steps) => {
      const world = new World('2026-01-01');
      for (const { what, day } of steps) {
        const [open] = world.tasks.filter(({ status }) => status === 'requested');
        const written: Record<string, object[]> = {
          mark: [marking(day)],
          red: [marking(day, { urgency: 'red' })],
          unmark: [{ ...unmarked(marking('2026-01-05') as never, day, 'x'), id: 'm' }],
          talk: [conversation(day)],
          untalk: [conversation(day, { status: 'entered-in-error' })],
          agree: [directive()],
          share: [permission()],
          team: [careTeam()],
          admit: [admission(day)],
          person: [representative(`r-${day}`)],
          kit: [kit('placed')],
          die: [deceased({ deceasedDateTime: day })],
          live: [deceased({})],
          review: world.plan ? [withReview(world.plan, addDays(day, 200))] : [],
          dying: world.plan ? [withPhase(world.plan, 'dying')] : [],
          done: open ? [{ ...open, status: 'completed' }] : [],
          accept: open ? [{ ...open, status: 'accepted' }] : [],
        };
        const at = addDays('2026-06-01', checked % 3);
        world.write(written[what] ?? [], { day: at });
        const keys = world.tasks.map(({ identifier }) => identifier?.[0]?.value);
        if (new Set(keys).size !== keys.length) throw new Error(`double: ${keys.join(' ')}`);
        if (world.plans.filter(({ status }) => status === 'active' || status === 'completed').length > 1) throw new Error('two plans');
        const isDead = world.record.patient?.deceasedDateTime !== undefined;
        const course = (task: Task) => task.groupIdentifier?.value?.split(':')[1];
        for (const task of world.tasks.filter(({ status }) => ['requested', 'accepted'].includes(status)))
          if ((course(task) === 'death') !== isDead)
            throw new Error(`open although ${isDead ? 'dead' : 'alive'}: ${JSON.stringify(task.code)}`);
        checked++;
      }
    }),
    { numRuns: 100 },
  );
  t.ok(checked > 300, `${checked} states`);
});

t.test('odd dates and Tasks that somebody wrote in stop nothing', async (t) => {
  const odd = fc.constantFrom('0001-01-01', '0999', '1850-06', '2026', '2026-02', '9999-12-31', '2026-01-05T00:00:00-12:00', '2026-03-02');
  const memory = {
    url: `${IZP_BASE}/StructureDefinition/izp-process-memory`,
    extension: [
      { url: 'since', valueDate: '2026' },
      { url: 'due', valueDate: '0001' },
    ],
  };
  let tasks = 0;
  fc.assert(
    fc.property(fc.array(odd, { minLength: 8, maxLength: 8 }), (dates) => {
      const [a, b, c, d, e, f, g, h] = dates;
      const world = new World('2026-03-02').write([{ ...marking('2026-01-05'), period: { start: a } }]);
      world.write([conversation(b as string), directive(), admission(c as string)]);
      if (world.plan) world.write([withReview(world.plan, d as string)]);
      world.write(
        world.tasks.map((task, i) => ({
          ...task,
          extension: [memory],
          executionPeriod: { end: e },
          authoredOn: f,
          status: i % 2 ? 'completed' : task.status,
        })),
      );
      world.write(
        world.tasks
          .slice(0, 1)
          .map((task) => ({ ...task, identifier: [{ system: task.identifier?.[0]?.system, value: 'p:Flag/m:review:x' }] })),
      );
      world.write([{ ...unmarked(marking('2026-01-05') as never, g as string, 'x'), id: 'm' }]).write([placeOfDeath(h as string, HOME)]);
      tasks += world.tasks.length;
    }),
    { numRuns: 40 },
  );
  t.ok(tasks > 40);
});

t.test('a plan that nobody died under stays the very same', async (t) => {
  const { plan, now } = agreed();
  t.equal(settledByDeath(plan, undefined, now), plan);
});
