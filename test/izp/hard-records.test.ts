// Records as the field makes them: odd, contradictory, ended, foreign. None may make the answer wrong, stale, lost or leaked.
import type { Composition, Resource } from '@medplum/fhirtypes';
import t from 'tap';
import { renderEmergencyPage } from '../../src/http/pages/emergency-page.js';
import { type EmergencyCard, emergencyCard } from '../../src/izp/card.js';
import { rootPlan } from '../../src/izp/plan.js';
import type { PatientRecord } from '../../src/izp/record.js';
import { izpRecordKeeper } from '../../src/izp/record-keeper.js';
import { codeOf, consent, SPECIFICATION } from './consents.js';
import { GP, kept, withEntries } from './records.js';

const NOW = Date.parse('2026-09-15T09:00:00+02:00');
const DAY = 86_400_000;
const HOSPITAL = { ura: '99900002', name: 'Ziekenhuis Lindedorp' };
const BASE = 'https://zorgplan.example/fhir/R4';
const SUBJECT = { reference: 'Patient/p' };
const CPR = '89666000';
const BSN = { system: 'http://fhir.nl/fhir/NamingSystem/bsn', value: '900186021' };

let made = 0;
/** A kept record of patient p with these resources, written by the GP at NOW unless told otherwise. */
function recordWith(resources: object[], { author = GP, patient = {}, directory = [] as object[] } = {}): PatientRecord {
  const bare: PatientRecord = {
    patientId: 'p',
    entries: [],
    directory: new Map((directory as Resource[]).map((r) => [`${r.resourceType}/${r.id}`, r])),
    written: new Set(),
    now: NOW,
    newId: () => `made-${++made}`,
  };
  const subject = { resourceType: 'Patient', id: 'p', identifier: [BSN], name: [{ text: 'Truus Proef' }], ...patient };
  return kept({ ...withEntries(bare, [subject, ...resources], author), patient: subject as PatientRecord['patient'] });
}
const later = (record: PatientRecord, now: number) => kept({ ...record, now, written: new Set<string>() });
const cardOf = (record: PatientRecord) => emergencyCard(record)?.card as EmergencyCard;
const pageOf = (record: PatientRecord, now = NOW) => renderEmergencyPage(JSON.parse(JSON.stringify(cardOf(record))), now);
const directive = (id: string, more: Parameters<typeof consent>[0] = {}) => ({
  ...consent({ type: 'deny', dateTime: '2026-09-01', ...more }),
  id,
  patient: SUBJECT,
});
const observation = (id: string, code: string, more: object) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: codeOf(code),
  subject: SUBJECT,
  effectiveDateTime: '2026-02-01',
  ...more,
});
const role = (code: string) => ({ coding: [{ system: 'urn:oid:2.16.840.1.113883.2.4.3.11.22.472', code }] });
const related = (id: string, codes: string[], more: object = {}) => ({
  resourceType: 'RelatedPerson',
  id,
  patient: SUBJECT,
  relationship: codes.map(role),
  name: [{ text: `Naam ${id}` }],
  telecom: [{ system: 'phone', value: '06 1234 5678' }],
  ...more,
});

t.test('whatever time alone changes on the card also changes its version, and the card expires no later', async (t) => {
  const tomorrow = '2026-09-16';
  const device = { resourceType: 'Device', id: 'icd', type: codeOf('72506001'), patient: SUBJECT };
  const team = (more: object) => ({ resourceType: 'CareTeam', id: 't', status: 'active', subject: SUBJECT, ...more });
  const doctor = {
    resourceType: 'Practitioner',
    id: 'd',
    name: [{ text: 'Dr. Dienst' }],
    telecom: [{ system: 'phone', value: '010 1', period: { end: '2026-09-15' } }],
  };
  const CASES: [string, object[], Record<string, unknown>?][] = [
    ['a representative whose role ends', [related('r', ['24'], { period: { end: '2026-09-15' } })]],
    ['a telephone number that ends', [related('r', ['24'], { telecom: [{ system: 'phone', value: '1', period: { end: '2026-09-15' } }] })]],
    ['a contact that begins', [], { patient: { contact: [{ name: { text: 'Nicht' }, period: { start: tomorrow } }] } }],
    [
      'a number of a contact that ends',
      [],
      { patient: { contact: [{ name: { text: 'Nicht' }, telecom: [{ system: 'phone', value: '1', period: { end: '2026-09-15' } }] }] } },
    ],
    ['a team member who leaves', [team({ participant: [{ member: { display: 'Zr. A' }, period: { end: '2026-09-15' } }] })]],
    ['a team’s number that ends', [team({ telecom: [{ system: 'phone', value: '1', period: { end: '2026-09-15' } }] })]],
    ['a colleague’s number that ends', [team({ participant: [{ member: { reference: 'Practitioner/d' } }] })], { directory: [doctor] }],
    [
      'an ICD that is taken out',
      [
        device,
        {
          resourceType: 'DeviceUseStatement',
          id: 'u',
          status: 'active',
          subject: SUBJECT,
          device: { reference: 'Device/icd' },
          timingPeriod: { start: '2019', end: '2026-09-15' },
        },
      ],
    ],
    [
      'the newest agreement of a source ends while an older one was never confirmed again',
      [directive('new', { type: 'permit', period: { end: '2026-09-15' } }), directive('old', { dateTime: '2020-01-01' })],
    ],
    ['an agreement dated tomorrow', [directive('now'), directive('then', { type: 'permit', dateTime: tomorrow })]],
    ['a temporary exception ends', [directive('x', { code: codeOf('40617009'), period: { end: '2026-09-15' } })]],
  ];
  for (const [name, resources, more] of CASES) {
    const before = recordWith([directive('c', { code: codeOf('116762002') }), ...resources], more as never);
    const after = later(before, NOW + DAY);
    const told = ({ asOf: _a, version: _v, ...rest }: EmergencyCard) => JSON.stringify(rest);
    t.not(told(cardOf(after)), told(cardOf(before)), `${name}: the card changes`);
    t.not(cardOf(after).version, cardOf(before).version, `${name}: so does its version`);
    t.equal(emergencyCard(before)?.expiresAt, Date.parse('2026-09-16T00:00:00+02:00'), name);
    t.equal(cardOf(later(after, NOW + DAY + 1000)).version, cardOf(after).version, `${name}: once`);
  }
});

t.test('no later plan of a patient ever has the version of an earlier one', async (t) => {
  const first = recordWith([directive('c')]);
  const plan = rootPlan(first)?.resource as { id: string };
  const without = { ...first, entries: first.entries.filter((e) => !e.reference.startsWith('CarePlan/')), written: new Set<string>() };
  const second = kept({ ...without, now: NOW + DAY });
  t.not(rootPlan(second)?.resource.id, plan.id);
  t.equal(rootPlan(second)?.version, rootPlan(first)?.version, 'both count from one');
  t.not(cardOf(second).version, cardOf(first).version);
  t.equal(izpRecordKeeper(BASE).answer(second)?.version, cardOf(second).version);
});

t.test('when all content is gone the plan closes and nothing is available; the next agreement opens another', async (t) => {
  const place = observation('o', '395091006', { valueCodeableConcept: codeOf('264362003') });
  const record = recordWith([directive('c'), related('r', ['24']), place]);
  const plan = rootPlan(record)?.reference as string;
  const emptied = kept({
    ...record,
    now: NOW + 1000,
    entries: record.entries.filter((e) => e.reference !== 'Consent/c' && e.reference !== 'Observation/o'),
    written: new Set(['Consent/c', 'Observation/o']),
  });
  t.equal(emergencyCard(emptied), undefined);
  t.match(emptied.entries.find((e) => e.reference === plan)?.resource, { status: 'revoked' });
  // The clock of the process that writes next may be behind.
  const again = kept(withEntries({ ...emptied, now: NOW }, [directive('d')], GP, NOW));
  t.equal(cardOf(again).decisions[0]?.source?.reference, 'Consent/d');
  t.not(rootPlan(again)?.reference, plan);
  const noted = recordWith([directive('c')]);
  (rootPlan(noted)?.resource as { note?: object[] }).note = [{ text: 'Eigen woorden' }];
  const kept1 = kept({ ...noted, entries: noted.entries.filter((e) => e.reference !== 'Consent/c') });
  t.ok(rootPlan(kept1), 'a plan in which somebody wrote stays');
});

t.test('what ends an agreement brings no withdrawn plan back', async (t) => {
  const record = recordWith([directive('c'), directive('d', { code: codeOf('40617009') })]);
  const root = rootPlan(record);
  const entries = record.entries.map((e) => (e === root ? { ...e, resource: { ...e.resource, status: 'revoked' } as Resource } : e));
  const withdrawn = { ...record, entries, written: new Set([root?.reference as string]) };
  t.equal(emergencyCard(kept(withdrawn)), undefined);
  const ended = withEntries({ ...withdrawn, now: NOW + 1000 }, [directive('c', { status: 'inactive' })], GP, NOW + 1000);
  t.equal(emergencyCard(kept(ended)), undefined);
});

t.test('who agreed is never somebody else, and no identifier of a person is shown as a name', async (t) => {
  const CONSENTER = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode', code: 'CONSENTER' }] };
  const agreed = (reference: object, more: object = {}, record: Parameters<typeof recordWith>[1] = {}) => {
    const by = directive('c', { ...more });
    (by.provision as { actor?: object[] }).actor = [{ role: CONSENTER, reference }];
    return cardOf(recordWith([by], record)).decisions[0]?.agreedBy[0];
  };
  t.match(agreed({ reference: 'Patient/p' }), { name: 'Truus Proef', kind: 'patient' });
  t.match(agreed({ reference: 'Patient/p/_history/3' }), { name: 'Truus Proef', kind: 'patient' });
  t.match(agreed({ type: 'Patient', identifier: BSN }), { name: 'Truus Proef', kind: 'patient' });
  t.match(agreed({ identifier: { ...BSN, system: 'urn:oid:2.16.840.1.113883.2.4.6.3' } }), { name: 'Truus Proef', kind: 'patient' });
  t.match(agreed({ reference: 'Patient/other', display: 'J. Ander' }), { name: 'J. Ander', kind: 'other' });
  t.match(agreed({ reference: 'Patient/other' }), { name: 'Naam onbekend', kind: 'other' });
  t.match(agreed({ reference: 'https://ehr.example/fhir/Practitioner/7', display: 'Dr. Ver' }), { name: 'Dr. Ver', kind: 'professional' });
  t.match(agreed({ identifier: { ...BSN, value: '111222333' } }), { name: 'Naam onbekend', kind: 'other' });
  t.match(agreed({ type: 'RelatedPerson', identifier: { value: '111222333' } }), { name: 'Naam onbekend', kind: 'related' });
  t.match(agreed({ type: 'Practitioner', identifier: { system: 'http://fhir.nl/fhir/NamingSystem/uzi-nr-pers', value: '9' } }), {
    name: 'UZI-nummer 9',
  });
  t.match(agreed({ reference: 'RelatedPerson/deleted' }), { name: 'Naam onbekend', kind: 'related' });
  const contained = [
    { resourceType: 'PractitionerRole', id: 'role', practitioner: { reference: '#who' }, organization: { reference: '#where' } },
    { resourceType: 'Practitioner', id: 'who', name: [{ text: 'Dr. Binnen' }] },
    { resourceType: 'Organization', id: 'where', name: 'Praktijk Binnen' },
  ];
  t.match(agreed({ reference: '#role' }, { contained }), { name: 'Dr. Binnen', organization: 'Praktijk Binnen', kind: 'professional' });
  t.equal(
    cardOf(recordWith([directive('c', { organization: [{ reference: 'Organization/gone' }] })], { author: { ura: '99900009', name: '' } }))
      .decisions[0]?.source?.organization,
    'URA 99900009',
    'an organisation without a name is told by its number',
  );
});

t.test('contacts: nobody is lost, nobody is merged with another, nobody stays who is no longer there', async (t) => {
  const contact = (name: string | undefined, code: string, value: string) => ({
    relationship: [role(code)],
    ...(name && { name: { text: name } }),
    telecom: [{ system: 'phone', value }],
  });
  const two = recordWith([directive('c')], { patient: { contact: [contact('Anna', '24', '06 1'), contact('Bas', '01', '06 22222222')] } });
  const page = pageOf(two);
  t.notMatch(page, /Dezelfde/);
  t.match(page, /Anna[\s\S]*tel:0622222222/, 'two contacts of the Patient are two people');
  const summary = JSON.parse(izpRecordKeeper(BASE).answer(two)?.summary as string).entry[0].resource as Composition;
  t.match(summary.section?.find((s) => s.title === 'Contacten en zorgteam')?.text?.div, /Bas[\s\S]*Anna/);

  const unnamed = recordWith([directive('c'), related('r', ['01'], { name: undefined })], {
    patient: { contact: [contact(undefined, '24', '06 9')] },
  });
  t.equal(cardOf(unnamed).contacts.length, 2, 'two people without a name are not one');
  t.match(cardOf(unnamed).representative.phones, [{ number: '06 9' }]);

  const link = { url: 'http://hl7.org/fhir/StructureDefinition/patient-relatedPerson', valueReference: { reference: 'RelatedPerson/r' } };
  const gone = recordWith([directive('c'), related('r', ['24'], { active: false })], {
    patient: { contact: [{ ...contact('Naam r', '24', '06 1'), extension: [link] }] },
  });
  t.equal(cardOf(gone).representative.status, 'not-recorded', 'who is no contact any more does not come back by the Patient');

  const several = recordWith([directive('c'), related('a', ['24']), related('b', ['24']), related('d', ['23'])]);
  t.match(cardOf(several).warnings, [{ code: 'several-representatives', text: /Naam a, Naam b/ }]);
  for (const name of ['Naam a', 'Naam b', 'Naam d']) t.match(pageOf(several), name, `${name} is on the page`);
});

t.test('a telephone button dials the number that is written, one number, or is no button', async (t) => {
  /** Rows: as written; what is dialled. */
  const ROWS: [string, string | undefined][] = [
    ['06 1234 5678', '0612345678'],
    ['06-12 34 56 78', '0612345678'],
    ['+31 6 12345678', '+31612345678'],
    ['+31 (0)6 12345678', '+31612345678'],
    ['(+31) 6 12345678', '+31612345678'],
    ['0031 (0)10 123 45 67', '0031101234567'],
    ['(010) 123 45 67', '0101234567'],
    ['tel:+31-6-12345678', '+31612345678'],
    ['010-1234567 tst. 12', '0101234567'],
    ['0612345678 of 0687654321', '0612345678'],
    ['0612345678/0687654321', '0612345678'],
    ['Thuis: 010 1234567', '0101234567'],
    ['112', '112'],
    ['via de receptie', undefined],
  ];
  for (const [value, expected] of ROWS) {
    const page = pageOf(recordWith([directive('c'), related('r', ['01'], { telecom: [{ system: 'phone', value }] })]));
    t.equal(/href="tel:([^"]*)"/.exec(page)?.[1], expected, value);
    t.match(page, value.replace('tel:', ''), `${value} is shown as written`);
  }
});

t.test('a date that cannot be true does not stay the newest for ever, and a day’s correction beats its morning', async (t) => {
  const capable = (id: string, valueBoolean: boolean, effectiveDateTime: string | undefined) =>
    observation(id, '665671000146101', { valueBoolean, effectiveDateTime });
  const typo = recordWith([capable('a', true, '2062-01-01')]);
  const corrected = kept(withEntries({ ...typo, now: NOW + DAY }, [capable('b', false, '2026-09-16')], GP, NOW + DAY));
  t.match(cardOf(corrected).capacity, { capable: false, source: { reference: 'Observation/b' } });
  const sameDay = recordWith([capable('a', true, '2026-02-01T09:00:00+01:00')]);
  const afternoon = kept(withEntries({ ...sameDay, now: NOW + 1000 }, [capable('b', false, '2026-02-01')], GP, NOW + 1000));
  t.equal(cardOf(afternoon).capacity.capable, false);
  const midnight = recordWith([capable('a', true, '2026-02-01'), capable('b', false, '2026-02-01T23:30:00Z')]);
  t.equal(cardOf(midnight).capacity.capable, false, 'half past midnight in Amsterdam is the next day');
});

t.test('a mistyped year, once it has come, overtakes no correction that was written since', async (t) => {
  const PASSED = Date.parse('2027-03-01T12:00:00+01:00');
  const corrected = (wrong: object, right: object, author = GP) => {
    const first = recordWith([directive('other', { code: codeOf('116762002') }), wrong]);
    const second = kept(withEntries({ ...first, now: NOW + DAY }, [right], author, NOW + DAY));
    return [second, later(second, PASSED)] as const;
  };
  const cpr = (record: PatientRecord) => cardOf(record).decisions.filter((d) => d.treatment.code === CPR);
  const [before, after] = corrected(
    directive('wrong', { type: 'permit', dateTime: '2027-01-05' }),
    directive('right', { dateTime: '2026-09-16' }),
  );
  t.match(
    cpr(before).map(({ conflict }) => conflict),
    [true, true],
    'while it is to come both are told',
  );
  t.same(
    cpr(after).map(({ decision }) => decision),
    ['do-not'],
    'then the correction holds',
  );

  const goal = (id: string, code: string, statusDate: string) => ({
    resourceType: 'Goal',
    id,
    lifecycleStatus: 'active',
    description: codeOf(code),
    subject: SUBJECT,
    statusDate,
  });
  for (const record of corrected(goal('wrong', '385987000', '2027-01-05'), goal('right', '713148004', '2026-09-16'))) {
    t.equal(cardOf(record).goal.value?.code, '713148004');
    t.equal(cardOf(record).goal.others, undefined);
  }

  const target = (code: string) => [{ measure: codeOf('395091006'), detailCodeableConcept: codeOf(code) }];
  const place = (id: string, code: string, statusDate: string) => ({
    ...goal(id, '1', statusDate),
    description: { text: 'Voorkeursplek' },
    target: target(code),
  });
  for (const record of corrected(
    place('wrong', '22232009', '2027-01-05'),
    observation('right', '395091006', { valueCodeableConcept: codeOf('264362003'), effectiveDateTime: '2026-09-16' }),
  ))
    t.equal(cardOf(record).preferredPlaceOfDeath.value?.code, '264362003', 'the preferred place, from both sides');
});

t.test('a conversation with a mistyped year keeps no older word on capacity the newest', async (t) => {
  const parts = [{ url: 'legallyCapable', valueBoolean: true }];
  const url = 'http://nictiz.nl/fhir/StructureDefinition/ext-LegallyCapable-MedicalTreatmentDecisions';
  const talk = {
    resourceType: 'Procedure',
    id: 'talk',
    status: 'completed',
    code: codeOf('713603004'),
    subject: SUBJECT,
    performedDateTime: '2062-09-01',
  };
  const first = recordWith([directive('c'), talk], { patient: { extension: [{ url, extension: parts }] } });
  t.equal(cardOf(first).capacity.capable, true);
  const word = observation('word', '665671000146101', { valueBoolean: false, effectiveDateTime: '2026-09-20' });
  const second = kept(withEntries({ ...first, now: NOW + 5 * DAY }, [word], GP, NOW + 5 * DAY));
  t.match(cardOf(second).capacity, { capable: false, differs: /^Wilsbekwaam/ });
});

t.test('a treatment named twice in one directive is as unclear, and said in as many words, as where it is least plain', async (t) => {
  const both = { coding: [...codeOf(CPR).coding, ...codeOf('40617009').coding] };
  for (const code of [
    [both, codeOf(CPR)],
    [codeOf(CPR), both],
  ])
    t.equal(cardOf(recordWith([directive('c', { code })])).decisions[0]?.decision, 'cannot-interpret');
  const worded = { ...codeOf(CPR), text: 'Reanimatie buiten het ziekenhuis' };
  for (const code of [
    [worded, codeOf(CPR)],
    [codeOf(CPR), worded],
  ])
    t.equal(cardOf(recordWith([directive('c', { code })])).decisions[0]?.treatmentWords, worded.text);
});

t.test('current goals and capacities of two sources that differ are both told', async (t) => {
  const goal = (id: string, code: string, more: object = {}) => ({
    resourceType: 'Goal',
    id,
    lifecycleStatus: 'active',
    description: codeOf(code),
    subject: SUBJECT,
    statusDate: '2026-01-01',
    ...more,
  });
  const one = recordWith([goal('g', '713148004')]);
  const disputed = kept(withEntries(one, [goal('h', '385987000', { statusDate: '2026-02-01' })], HOSPITAL));
  const card = cardOf(disputed);
  t.match(card.goal, { value: { code: '385987000' }, others: [{ value: { code: '713148004' }, source: { organization: GP.name } }] });
  t.match(card.warnings, [{ code: 'conflict', text: /Doel van de behandeling/ }]);
  t.match(pageOf(disputed), /Tegenstrijdig: doel van de behandeling[\s\S]*Ziekenhuis Lindedorp[\s\S]*Huisartsenpraktijk Lindedorp/);
  const summary = JSON.parse(izpRecordKeeper(BASE).answer(disputed)?.summary as string);
  const section = (summary.entry[0].resource as Composition).section?.find((s) => s.title === 'Doel van de behandeling');
  t.same(section?.entry, [{ reference: 'Goal/h' }, { reference: 'Goal/g' }]);
  t.match(section?.text?.div, /genezing[\s\S]*Alleen verlichting/);
  const same = kept(withEntries(one, [goal('h', '225353007', { statusDate: '2026-02-01' })], HOSPITAL));
  t.equal(cardOf(same).goal.others, undefined, 'the form’s code and the standard’s are one goal');
  const superseded = kept(withEntries(one, [goal('h', '385987000', { statusDate: '2026-02-01' })], GP));
  t.equal(cardOf(superseded).goal.others, undefined, 'a later one of the same source supersedes');
  const dayTwins = kept(withEntries(one, [goal('h', '385987000')], GP));
  t.equal(cardOf(dayTwins).goal.others?.length, 1, 'two of one day contradict each other');

  const capable = (id: string, valueBoolean: boolean, effectiveDateTime: string) =>
    observation(id, '665671000146101', { valueBoolean, effectiveDateTime });
  const capacity = cardOf(
    kept(withEntries(recordWith([capable('a', true, '2026-01-01')]), [capable('b', false, '2026-02-01')], HOSPITAL)),
  ).capacity;
  t.match(capacity, { capable: false, differs: /^Wilsbekwaam voor .*Huisartsenpraktijk Lindedorp, 1 januari 2026/ });
});

t.test('an Observation that contradicts itself or says it elsewhere is not told as an answer, nor as none', async (t) => {
  const reason = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'asked-unknown' }] };
  const both = { valueCodeableConcept: codeOf('264362003'), dataAbsentReason: reason };
  const card = cardOf(
    recordWith([
      observation('place', '395091006', both),
      observation('euthanasia', '340171000146104', { component: [{ code: codeOf('1'), valueString: 'Ja, mits' }] }),
      observation('capable', '665671000146101', { valueBoolean: true, dataAbsentReason: reason }),
      observation('other', '247751003', { valueQuantity: { value: 3 } }),
    ]),
  );
  for (const item of [card.preferredPlaceOfDeath, card.euthanasia, card.capacity, card.otherInformation])
    t.equal(item.status, 'cannot-interpret', String(item.source?.reference));
});

t.test('an ICD that is only foreseen is not told as one in the body', async (t) => {
  const device = { resourceType: 'Device', id: 'icd', type: codeOf('72506001'), patient: SUBJECT };
  const use = (id: string, status: string, more: object = {}) => ({
    resourceType: 'DeviceUseStatement',
    id,
    status,
    subject: SUBJECT,
    device: { reference: 'Device/icd' },
    ...more,
  });
  const icd = (...uses: object[]) => cardOf(recordWith([directive('c'), device, ...uses])).icd;
  t.match(icd(use('a', 'active')), { present: true });
  t.match(icd(use('a', 'on-hold')), { present: true });
  t.match(icd(use('a', 'completed')), { present: false, text: /niet meer/ });
  t.match(icd(use('a', 'active', { timingPeriod: { end: '2025' } })), { present: false });
  const toCome = icd(use('a', 'active', { timingPeriod: { start: '2026-10-01' } }));
  t.match(toCome, { text: /voorgenomen/ }, 'in use from a day to come: nobody took it out');
  t.equal(toCome.present, undefined);
  t.match(icd(use('a', 'intended')), { present: undefined, text: /voorgenomen/ });
  t.match(icd(use('a', 'intended'), use('b', 'active', { recordedOn: '2019-01-01' })), { present: true });
  t.equal(icd(use('a', 'entered-in-error')).status, 'not-recorded');
});

t.test('the ways senders spell codes', async (t) => {
  const system = (name: string) => ({ coding: [{ system: name, code: CPR }] });
  for (const code of [
    system('urn:oid:2.16.840.1.113883.6.96'),
    system('http://snomed.info/sct/11000146104/version/20260331'),
    system('http://snomed.info/sct|2026-03'),
    system('https://snomed.info/sct'),
    system('http://snomed.info/sct/'),
    { coding: [{ system: 'http://snomed.info/sct', version: '2026', code: CPR }] },
    { coding: [{ system: 'http://snomed.info/sct', display: 'Cardiopulmonale resuscitatie' }] },
    { coding: [{ system: 'https://ehr.example/verrichtingen', code: 'REA', display: 'Reanimatie' }] },
    { coding: [{ system: 'https://ehr.example/verrichtingen', code: 'REA' }], text: 'Reanimeren' },
  ]) {
    const cpr = cardOf(recordWith([directive('c', { code })])).decisions[0];
    t.match(cpr, { treatment: { system: 'http://snomed.info/sct', code: CPR }, decision: 'do-not' }, JSON.stringify(code));
  }
  const another = cardOf(
    recordWith([directive('c', { code: { coding: [{ system: 'http://snomed.info/sct', code: '243141005', display: 'Beademing' }] } })]),
  );
  t.equal(another.decisions[1]?.decision, 'not-recorded', 'another code of SNOMED CT is another treatment, whatever it is called');
  for (const scope of [{ coding: [{ code: 'patient-privacy' }] }, { coding: [{ system: 'https://x.example', code: 'patient-privacy' }] }])
    t.equal(
      emergencyCard(recordWith([directive('c', { scope })])),
      undefined,
      'a permission is no directive, however its scope is spelled',
    );
  t.same(cardOf(recordWith([directive('c', { code: { text: 'Sondevoeding' } })])).decisions[6]?.treatment, {
    system: null,
    code: null,
    display: 'Sondevoeding',
  });
});

t.test('the document holds what is told and nothing that was superseded or withdrawn', async (t) => {
  const record = recordWith([
    directive('new', { sourceReference: { reference: 'Consent/old' } }),
    directive('old', { type: 'permit', dateTime: '2020-01-01' }),
    directive('inactive', { status: 'inactive', code: codeOf('40617009') }),
    observation('wish', '153851000146100', { valueString: 'Rust', derivedFrom: [{ reference: 'Observation/was' }] }),
    observation('was', '153851000146100', { valueString: 'Onrust', effectiveDateTime: '2019-01-01' }),
    {
      resourceType: 'ServiceRequest',
      id: 'scenario',
      status: 'active',
      intent: 'plan',
      subject: SUBJECT,
      authoredOn: '2026-01-02',
      code: { coding: [{ system: 'https://fhir.izp.example/r4/CodeSystem/izp-scenario-kind', code: 'x' }], text: 'Benauwdheid' },
      note: [{ text: 'Zuurstof' }],
    },
  ]);
  const bundle = JSON.parse(izpRecordKeeper(BASE).answer(record)?.summary as string);
  const inside = bundle.entry.map((e: { resource: Resource }) => `${e.resource.resourceType}/${e.resource.id}`);
  for (const reference of ['Consent/new', 'Observation/wish', 'ServiceRequest/scenario']) t.ok(inside.includes(reference), reference);
  for (const reference of ['Consent/old', 'Consent/inactive', 'Observation/was']) t.notOk(inside.includes(reference), reference);
  t.notMatch(JSON.stringify(bundle), /Onrust/);
  t.match(cardOf(record).scenarios, [{ event: 'Benauwdheid', date: '2026-01-02', source: { reference: 'ServiceRequest/scenario' } }]);
});

t.test('every free text is shown as text, in its own order, line by line', async (t) => {
  const evil = '</p><img src=x onerror=alert(1)>\u202Eneergekeerd\u2066\u0007\u0085\r\ntweede “regel” &amp; {{x}}';
  const named = { name: [{ text: evil }], telecom: [{ system: 'phone', value: evil }] };
  const note = [{ text: evil }];
  const coded = { text: evil };
  const team = {
    resourceType: 'CareTeam',
    id: 't',
    status: 'active',
    subject: SUBJECT,
    participant: [{ role: [coded], member: { display: evil } }],
  };
  const kit = {
    resourceType: 'SupplyDelivery',
    id: 'kit',
    status: 'in-progress',
    suppliedItem: {
      itemCodeableConcept: { coding: [{ system: 'https://fhir.izp.example/r4/CodeSystem/izp-supply', code: 'palliative-kit' }] },
    },
    extension: [{ url: 'https://fhir.izp.example/r4/StructureDefinition/izp-kit-place', valueString: evil }],
  };
  const specified = (id: string, code: object) => ({
    ...directive(id, { code, modifierExtension: [{ url: SPECIFICATION, valueString: evil }], performer: [{ display: evil }] }),
    extension: [{ url: 'http://nictiz.nl/fhir/StructureDefinition/ext-Comment', valueString: evil }],
  });
  const record = recordWith(
    [
      specified('a', codeOf(CPR)),
      specified('b', coded),
      ...['153851000146100', '247751003', '340171000146104'].map((code) => observation(`o${code}`, code, { valueString: evil, note })),
      {
        resourceType: 'Goal',
        id: 'g',
        lifecycleStatus: 'active',
        subject: SUBJECT,
        category: [codeOf('713603004')],
        description: coded,
        note,
      },
      related('r', ['24', '01'], { ...named, relationship: [role('24'), role('01'), coded] }),
      team,
      kit,
      {
        resourceType: 'ServiceRequest',
        id: 's',
        status: 'active',
        intent: 'plan',
        subject: SUBJECT,
        meta: { profile: ['https://fhir.izp.example/r4/StructureDefinition/izp-scenario'] },
        code: coded,
        patientInstruction: evil,
        asNeededCodeableConcept: coded,
        note,
      },
    ],
    {
      author: { ura: '1', name: evil },
      patient: { name: [{ text: evil }], contact: [{ relationship: [role('23')], name: { text: evil } }] },
    },
  );
  const page = pageOf(record);
  const divs = JSON.stringify(JSON.parse(izpRecordKeeper(BASE).answer(record)?.summary as string).entry[0].resource, (name, value) =>
    name === 'contributor' || name === 'author' || name === 'title' || name === 'display' ? undefined : value,
  );
  const narratives = [...divs.matchAll(/"div":"((?:[^"\\]|\\.)*)"/g)].map((m) => JSON.parse(`"${m[1]}"`) as string);
  t.ok(narratives.length > 10);
  for (const markup of [page, ...narratives]) {
    t.notMatch(markup, /<img|onerror=alert\(1\)>/);
    t.notMatch(markup, /[\u202A-\u202E\u2066-\u2069\u0007\u0080-\u009f]/);
  }
  t.ok((page.match(/tweede “regel” &amp;amp; \{\{x\}\}/g) ?? []).length >= 15);
});

t.test('a hundred directives and very long texts are all told', async (t) => {
  const many = Array.from({ length: 100 }, (_, i) => directive(`c${i}`, { code: { text: `Behandeling ${i} ${'x'.repeat(2000)}` } }));
  const record = recordWith(many);
  t.equal(cardOf(record).decisions.length, 106);
  const page = pageOf(record);
  for (const i of [0, 57, 99]) t.match(page, `Behandeling ${i} x`);
});

t.test('a record that was replaced, or that points to another, says so first', async (t) => {
  for (const patient of [{ active: false }, { link: [{ type: 'replaced-by', other: { reference: 'Patient/q' } }] }]) {
    const record = recordWith([directive('c')], { patient });
    t.match(cardOf(record).warnings, [{ code: 'other-record' }]);
    t.match(pageOf(record), /ander dossier/);
  }
});

t.test('every fixed field is there with its type in a minimal record', async (t) => {
  const card = cardOf(recordWith([directive('c', { dateTime: undefined })], { patient: { name: undefined } })) as unknown as Record<
    string,
    unknown
  >;
  t.match(card, {
    status: 'found',
    asOf: /^\d{4}-.*Z$/,
    version: String,
    patient: { name: 'Naam onbekend', birthDate: null },
    representative: { status: 'not-recorded', phones: [], source: null },
    firstContact: { status: 'not-recorded', phones: [], source: null },
    plan: { reference: /^CarePlan\//, reviewDue: null },
  });
  for (const name of ['goal', 'preferredPlaceOfDeath', 'capacity', 'icd', 'wishes', 'otherInformation', 'euthanasia', 'organDonation'])
    t.match(card[name], { status: 'not-recorded', text: String, date: null, agreedBy: [], source: null }, name);
  for (const decision of card.decisions as Record<string, unknown>[]) {
    t.same(
      ['treatment', 'decision', 'text', 'date', 'agreedBy', 'source', 'superseded', 'conflict'].filter(
        (name) => decision[name] === undefined,
      ),
      [],
    );
  }
});

t.test('a filled-in form that no agreement was made of is told, loudly, until one is', async (t) => {
  const form = (more: object = {}) => ({
    resourceType: 'QuestionnaireResponse',
    id: 'form',
    status: 'completed',
    questionnaire: 'https://api.iknl.nl/docs/pzp/r4/Questionnaire/ACP-zib2020|1.0.0',
    subject: SUBJECT,
    authored: '2026-09-14T20:00:00+02:00',
    item: [{ linkId: '963', answer: [{ valueDateTime: '2026-09-10' }] }],
    ...more,
  });
  const warned = (resources: object[]) => cardOf(recordWith(resources)).warnings.map(({ code }) => code);
  t.same(warned([form()]), ['form-not-processed'], 'a form alone: its decisions are unknown to the card');
  t.same(warned([form(), directive('c', { dateTime: '2026-09-01' })]), ['form-not-processed'], 'agreements of an earlier conversation');
  t.same(
    warned([form(), directive('c', { dateTime: '2026-09-10' })]),
    [],
    'agreements of the same day, though the form was typed in later',
  );
  const byMonth = form({ item: [{ linkId: '963', answer: [{ valueDateTime: '2026-09' }] }] });
  t.same(warned([byMonth, directive('c', { dateTime: '2026-09-10' })]), ['form-not-processed'], 'a month may mean a later day');
  const noAgreement = directive('x', { dateTime: '2026-09-14', status: 'entered-in-error' });
  t.same(warned([form(), noAgreement]), ['form-not-processed'], 'a mistake is no later agreement');
  const mistyped = directive('x', { code: codeOf('116762002'), dateTime: '2062-09-01' });
  t.same(warned([form({ item: [{ linkId: '963', answer: [{ valueDateTime: '2026-09-16' }] }] }), mistyped]), ['form-not-processed']);
  t.same(warned([form({ status: 'entered-in-error' }), directive('c', {})]), []);
  t.same(warned([form({ questionnaire: 'https://elsewhere.example/Questionnaire/other' }), directive('c', {})]), []);
  t.match(pageOf(recordWith([form()])), /10 september 2026.*raadpleeg de bron/s);
});
