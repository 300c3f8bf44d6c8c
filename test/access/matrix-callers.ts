// The columns of the access matrix: who asks, and what the patient asked about said about them. Each has a patient of its own.
import { readDemoClient } from '../../src/auth/demo-clients.js';
import { requestToken } from '../../src/auth/request-token.js';
import { PZP_FORM } from '../../src/izp/codes.js';
import type { Ask, TestService } from '../harness/service.js';
import { type Permission, sharingPermission, URAS } from '../harness/sharing.js';

export const BSN_SYSTEM = 'http://fhir.nl/fhir/NamingSystem/bsn';
export const OWN_SYSTEM = 'https://matrix.example/ids';
const SNOMED = 'http://snomed.info/sct';
const URA = 'http://fhir.nl/fhir/NamingSystem/ura';
const ROLE = 'urn:oid:2.16.840.1.113883.2.4.3.11.22.472';

export interface Caller {
  /** The column's name, part of every id and text of its patient: small letters alone. */
  key: string;
  as: string | null;
  purpose?: string;
  /** Asks for a token with this scope alone. */
  scope?: string;
  permissions?: Permission[];
  team?: string[];
  /** Sent where the emergency answer is asked. */
  reason?: string;
  /** Asks the service on which BREAK_GLASS is on. */
  breakGlass?: true;
  /** The policy that the log names when rows, or the emergency answer, are shown. */
  policy?: string;
  answerPolicy?: string;
  /** Why the log says that they are not shown. */
  denial?: 'objection';
}

const EMERGENCY = { as: 'user:ambulance:anna', purpose: 'ETREAT' } as const;
const SHARED = { parties: ['type:H2'] };

/** In the order of the table. Every patient is held by the GP, who is in no column but `holder` and `scope`. */
export const CALLERS: readonly Caller[] = [
  { key: 'none', as: null },
  { key: 'scope', as: 'gp', scope: 'system/MeasureReport.rs' },
  { key: 'stranger', as: 'homecare' },
  { key: 'holder', as: 'gp', policy: 'own-team' },
  { key: 'team', as: 'hospital', purpose: 'TREAT', team: [URAS.hospital], policy: 'own-team' },
  { key: 'org', as: 'hospice', permissions: [{ parties: [`ura:${URAS.hospice}`] }], policy: 'permission' },
  { key: 'category', as: 'hospice', permissions: [SHARED], policy: 'permission' },
  {
    key: 'objected',
    as: 'hospice',
    permissions: [SHARED, { effect: 'deny', parties: [`ura:${URAS.hospice}`] }],
    policy: 'permission',
    denial: 'objection',
  },
  { key: 'withdrawn', as: 'hospice', permissions: [{ ...SHARED, status: 'inactive' }] },
  { key: 'expired', as: 'hospice', permissions: [{ ...SHARED, period: { start: '2020-01-01', end: '2020-12-31' } }] },
  {
    key: 'urgent',
    ...EMERGENCY,
    permissions: [{ parties: ['type:AMB'], purposes: ['ETREAT'] }],
    policy: 'permission',
    answerPolicy: 'emergency',
  },
  { key: 'closed', ...EMERGENCY },
  { key: 'switchoff', ...EMERGENCY, reason: 'Buiten bewustzijn aangetroffen' },
  { key: 'noreason', ...EMERGENCY, breakGlass: true },
  { key: 'glass', ...EMERGENCY, breakGlass: true, reason: 'Buiten bewustzijn aangetroffen', answerPolicy: 'break-glass' },
  { key: 'patient', as: 'patient:m-patient', policy: 'patient' },
  { key: 'other', as: 'patient:m-patient' },
  { key: 'rep', as: 'representative:m-rep:m-rep-person', policy: 'representative' },
  { key: 'otherrep', as: 'representative:m-otherrep:m-rep-person' },
  { key: 'region', as: 'region' },
  { key: 'admin', as: 'admin' },
  { key: 'officer', as: 'officer', policy: 'auditor' },
];

/** One patient of the matrix. Every id begins with `m-<key>`, every text holds `geheim-<key>`. */
export interface Subject {
  key: string;
  patient: string;
  bsn: string;
  observation: string;
  directive: string;
  /** An event of the log about the patient. */
  event: string;
  /** Id of the patient's one plan. */
  plan: string;
}

export const SUBJECTS: readonly Subject[] = CALLERS.map(({ key }, i) => ({
  key,
  patient: `m-${key}`,
  bsn: bsnOf(91_000_000 + i * 7),
  observation: `m-${key}-observation`,
  directive: `m-${key}-directive`,
  event: '',
  plan: '',
}));

/** A number that passes the eleven check, from eight digits on. */
function bsnOf(from: number): string {
  for (let eight = from; ; eight++) {
    const digits = [...String(eight)].map(Number);
    const check = digits.reduce((sum, digit, i) => sum + digit * (9 - i), 0) % 11;
    if (check < 10) return `${eight}${check}`;
  }
}

export function secret(key: string, what: string): string {
  return `geheim-${key}-${what}`;
}

/** What else matters to the patient. */
export function observation({ key, patient }: Subject, id: string | undefined, value = 'wens') {
  return {
    resourceType: 'Observation',
    ...(id === undefined ? {} : { id, identifier: [{ system: OWN_SYSTEM, value: id }] }),
    status: 'final',
    code: { coding: [{ system: SNOMED, code: '247751003' }] },
    subject: { reference: `Patient/${patient}` },
    effectiveDateTime: '2026-03-01',
    valueString: secret(key, value),
  };
}

/** The published form, not yet completed. */
export function form({ key, patient }: Subject, id: string | undefined) {
  return {
    resourceType: 'QuestionnaireResponse',
    ...(id === undefined ? {} : { id }),
    questionnaire: PZP_FORM,
    status: 'in-progress',
    subject: { reference: `Patient/${patient}`, display: secret(key, 'naam') },
    authored: '2026-03-01T10:00:00+01:00',
    item: [{ linkId: '963', answer: [{ valueDateTime: '2026-03-01T09:00:00Z' }] }],
  };
}

/** Everything of one patient, as one transaction of the GP. */
export function record(subject: Subject, { permissions = [], team = [] }: Caller): object {
  const { key, patient, bsn } = subject;
  const reference = `Patient/${patient}`;
  const resources = [
    {
      resourceType: 'Patient',
      id: patient,
      identifier: [{ system: BSN_SYSTEM, value: bsn }],
      name: [{ family: secret(key, 'naam') }],
      birthDate: '1940-02-03',
    },
    observation(subject, subject.observation),
    {
      resourceType: 'Consent',
      id: subject.directive,
      status: 'active',
      scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'treatment' }] },
      category: [{ coding: [{ system: SNOMED, code: '129125009' }] }],
      patient: { reference },
      policy: [{ uri: 'https://wetten.overheid.nl/' }],
      dateTime: '2026-03-01',
      provision: {
        type: 'deny',
        code: [{ coding: [{ system: SNOMED, code: '89666000' }] }],
        actor: [{ role: { text: 'x' }, reference: { display: secret(key, 'arts') } }],
      },
    },
    {
      resourceType: 'RelatedPerson',
      id: `${patient}-person`,
      patient: { reference },
      relationship: [{ coding: [{ system: ROLE, code: '24' }] }],
      name: [{ family: secret(key, 'dochter') }],
      telecom: [{ system: 'phone', value: '0612345678' }],
    },
    {
      resourceType: 'CareTeam',
      id: `${patient}-team`,
      status: 'active',
      subject: { reference },
      participant: [URAS.gp, ...team].map((value) => ({ member: { type: 'Organization', identifier: { system: URA, value } } })),
    },
    form(subject, `${patient}-form`),
    ...permissions.map((one, i) => ({ ...sharingPermission(patient, one), id: `${patient}-permission-${i}` })),
  ];
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: resources.map((resource) => ({ resource, request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` } })),
  };
}

/** How the service is asked as this caller. */
export async function askAs(service: TestService, dataDir: string, { as, purpose, scope }: Caller): Promise<Ask> {
  if (scope === undefined || as === null) return { as, purpose };
  const file = await readDemoClient(dataDir, as);
  if (!file) throw new Error(`no demo client ${as}`);
  const request = { baseUrl: service.base, clientId: file.clientId, privateJwk: file.privateJwk, scope };
  const { access_token } = await requestToken(request, { fetch, clock: Date.now, newId: () => crypto.randomUUID() });
  return { as: null, headers: { authorization: `Bearer ${access_token}` } };
}
