// Examples of openapi.yaml: a fictitious patient. The tests hold each of them to its schema.

const VERSION_1 = { versionId: '1', lastUpdated: '2026-11-02T09:15:00.000Z' };

export const SENT_GOAL = {
  resourceType: 'Goal',
  lifecycleStatus: 'accepted',
  description: { coding: [{ system: 'http://snomed.info/sct', code: '713148004' }], text: 'Alleen gericht op verlichting van klachten' },
  subject: { reference: 'Patient/wil' },
  statusDate: '2026-11-02',
};

const { resourceType, ...said } = SENT_GOAL;
export const GOAL = { resourceType, id: 'policy-goal', meta: VERSION_1, ...said };

export const PATCH = [{ op: 'replace', path: '/lifecycleStatus', value: 'completed' }];

export const TRANSACTION = {
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [
    {
      fullUrl: 'urn:uuid:5c4a6f0e-3a52-4f0b-9a5b-0a3c1f6f7d11',
      resource: {
        resourceType: 'Patient',
        identifier: [{ system: 'http://fhir.nl/fhir/NamingSystem/bsn', value: '900186021' }],
        name: [{ text: 'Wilhelmina van den Berg' }],
        birthDate: '1944-03-08',
      },
      request: { method: 'POST', url: 'Patient', ifNoneExist: 'identifier=http://fhir.nl/fhir/NamingSystem/bsn|900186021' },
    },
    {
      resource: { ...SENT_GOAL, subject: { reference: 'urn:uuid:5c4a6f0e-3a52-4f0b-9a5b-0a3c1f6f7d11' } },
      request: { method: 'POST', url: 'Goal' },
    },
  ],
};

const BASE = 'https://izp.example.org/fhir/R4';

export const TRANSACTION_RESPONSE = {
  resourceType: 'Bundle',
  type: 'transaction-response',
  entry: [
    {
      response: {
        status: '201 Created',
        location: `${BASE}/Patient/019e1f0a-7c3e-7b1a-8f00-2d1f6a1f0001/_history/1`,
        etag: 'W/"1"',
        lastModified: '2026-11-02T09:15:00.000Z',
      },
    },
    {
      response: {
        status: '201 Created',
        location: `${BASE}/Goal/019e1f0a-7c3e-7b1a-8f00-2d1f6a1f0002/_history/1`,
        etag: 'W/"1"',
        lastModified: '2026-11-02T09:15:00.000Z',
      },
    },
  ],
};

export const SEARCHSET = {
  resourceType: 'Bundle',
  type: 'searchset',
  total: 1,
  link: [{ relation: 'self', url: `${BASE}/Goal?patient=wil` }],
  entry: [{ fullUrl: `${BASE}/Goal/policy-goal`, resource: GOAL, search: { mode: 'match' } }],
};

export const SUMMARY_PARAMETERS = {
  resourceType: 'Parameters',
  parameter: [{ name: 'identifier', valueIdentifier: { system: 'http://fhir.nl/fhir/NamingSystem/bsn', value: '900186021' } }],
};

const NOT_RECORDED = { status: 'not-recorded', text: 'Niet vastgelegd', date: null, agreedBy: [], source: null };
const NO_CONTACT = { status: 'not-recorded', phones: [], source: null };
const SOURCE = { reference: 'Consent/cpr', organization: 'Huisartsenpraktijk De Linde' };
const PATIENT = { name: 'Wilhelmina van den Berg', role: 'patiënt', kind: 'patient' };

const undecided = (code: string, display: string) => ({
  treatment: { system: 'http://snomed.info/sct', code, display },
  decision: 'not-recorded',
  text: 'Geen afspraak vastgelegd. Dit betekent niet: alles doen, en ook niet: niets doen.',
  date: null,
  agreedBy: [],
  source: null,
  superseded: false,
  conflict: false,
});

export const CARD = {
  status: 'found',
  asOf: '2026-11-02T09:15:00.000Z',
  version: '4',
  patient: { name: 'Wilhelmina van den Berg', birthDate: '1944-03-08', gender: 'vrouw' },
  warnings: [],
  decisions: [
    {
      treatment: { system: 'http://snomed.info/sct', code: '89666000', display: 'Reanimatie' },
      decision: 'do-not',
      text: null,
      date: '2026-11-02',
      agreedBy: [PATIENT],
      source: SOURCE,
      superseded: false,
      conflict: false,
    },
    undecided('40617009', 'Beademing'),
    undecided('305351004', 'Opname op de intensive care'),
    undecided('32485007', 'Opname in het ziekenhuis'),
    undecided('281789004', 'Antibiotica'),
    undecided('116762002', 'Bloedproducten'),
  ],
  advanceDirectives: [],
  goal: {
    status: 'recorded',
    value: { system: 'http://snomed.info/sct', code: '713148004', display: 'Alleen gericht op verlichting van klachten' },
    text: 'Alleen gericht op verlichting van klachten',
    date: '2026-11-02',
    agreedBy: [PATIENT],
    source: { reference: 'Goal/policy-goal', organization: 'Huisartsenpraktijk De Linde' },
  },
  preferredPlaceOfDeath: NOT_RECORDED,
  capacity: NOT_RECORDED,
  representative: NO_CONTACT,
  firstContact: NO_CONTACT,
  contacts: [],
  icd: NOT_RECORDED,
  wishes: NOT_RECORDED,
  otherInformation: NOT_RECORDED,
  euthanasia: NOT_RECORDED,
  organDonation: NOT_RECORDED,
  informRelatives: NOT_RECORDED,
  scenarios: [],
  palliativeKit: NOT_RECORDED,
  careTeam: { members: [], phonesDayAndNight: [] },
  plan: { reference: 'CarePlan/019e1f0a-7c3e-7b1a-8f00-2d1f6a1f0003', reviewDue: '2027-02-02', start: '2026-11-02' },
  freshness: {
    agreedOn: '2026-11-02',
    agreedAgo: '20 dagen geleden',
    reviewDue: '2027-02-02',
    reviewOverdue: null,
    text: 'Vastgesteld 20 dagen geleden, te herzien voor 2 februari 2027.',
  },
};

export const NONE = { status: 'none-available', asOf: '2026-11-22T16:00:00.000Z', version: null };
