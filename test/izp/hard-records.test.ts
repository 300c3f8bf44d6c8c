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
