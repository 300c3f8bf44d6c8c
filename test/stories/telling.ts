// What happens in the stories, each deed as the system of who does it would send it: on a service of its own, whose days go by as told.
import { readFileSync } from 'node:fs';
import { Client } from 'fhir-kit-client';
import type { Teardown } from '../harness/database.js';
import { type Answer, startService, type TestService } from '../harness/service.js';
import { URAS } from '../harness/sharing.js';

export const IZP = 'https://fhir.izp.example/r4';
export const SNOMED = 'http://snomed.info/sct';
const URA = 'http://fhir.nl/fhir/NamingSystem/ura';

/** Of the patient in examples/. */
export const BSN = '900186021';
export const NAME = 'Wilhelmina van den Berg';
export const HOSPITAL_ADMISSION = '32485007';
export const ANTIBIOTICS = '281789004';
export const HOME = '264362003';

/** The people, as they are read on the sign-in page. */
export const GP = /^M\. de Wit/;
export const INTERNIST = /^S\. Haan/;
export const PARAMEDIC = /^J\. Smit/;
export const PATIENT = /^Wilhelmina van den Berg\s*patiënt/;

interface Sent {
  resourceType: string;
  [element: string]: any;
}

const example = (name: string) => JSON.parse(readFileSync(new URL(`../../examples/${name}.transaction.json`, import.meta.url), 'utf8'));

export interface Story {
  service: TestService;
  /** Lets it be that moment. */
  at(moment: string): void;
  /** The FHIR client of that organisation; `as` and `purpose` as of the service. */
  client(as?: string, purpose?: string): Promise<any>;
  /** The emergency card, as urgent care asks for it. */
  card(as?: string, headers?: Record<string, string>): Promise<Answer>;
}

/** A service on which nothing is recorded yet; it is `moment`. */
export async function begin(t: Teardown, moment: string, env: Record<string, string> = {}): Promise<Story> {
  let now = Date.parse(moment);
  const service = await startService(t, { clock: () => now, env });
  return {
    service,
    at: (moment) => {
      now = Date.parse(moment);
    },
    client: async (as = 'gp', purpose) => new (Client as any)({ baseUrl: service.fhir, bearerToken: await service.token(as, purpose) }),
    card: (as = 'ambulance', headers = {}) =>
      service.ask('POST', '/v1/emergency-card', { as, purpose: as === 'ambulance' ? 'ETREAT' : undefined, headers, body: { bsn: BSN } }),
  };
}

/** The answer, when it is one that was hoped for. Throws otherwise, with what the service said. */
export async function done(answer: Promise<Answer>): Promise<Answer> {
  const got = await answer;
  if (got.status >= 300) throw new Error(`${got.status} ${got.text.slice(0, 600)}`);
  return got;
}

/** The GP opens the record; gives the patient's id. */
export async function openRecord(story: Story): Promise<string> {
  const [{ resource }] = example('form-response').entry;
  return (await (await story.client()).create({ resourceType: 'Patient', body: resource })).id;
}

type Value = [name: string, type: string, value: unknown];

const parameters = (values: Value[]) => ({
  resourceType: 'Parameters',
  parameter: values.map(([name, type, value]) => ({ name, [`value${type}`]: value })),
});

const USUAL: Value[] = [
  ['readyToTalk', 'Boolean', true],
  ['urgency', 'Code', 'orange'],
];

/** Ready to talk and orange, unless something else is said. */
export function mark({ service }: Story, patient: string, date: string, ...more: Value[]): Promise<Answer> {
  const values: Value[] = [
    ['instrument', 'Code', 'surprise-question'],
    ['answer', 'Code', 'not-surprised-by-death'],
    ['date', 'Date', date],
    ['by', 'String', 'S. Yilmaz, huisarts'],
    ...(more.length > 0 ? more : USUAL),
  ];
  return done(service.post(`Patient/${patient}/$mark`, parameters(values)));
}

/** The form of the conversation of 9 November, filled in whole, with whom it names. */
export function formTransaction(): Sent {
  return example('form-response');
}

/** The same two weeks later, in another mind about hospital: no more. */
export function laterForm(): Sent {
  const form = formTransaction();
  const response = form.entry.at(-1).resource;
  const identifier = { ...response.identifier, value: '6d5b2b7e-6a2b-4a0f-9a55-0b5d6d0f4f10' };
  const answers: Record<string, object[]> = {
    '963': [{ valueDateTime: '2026-11-23T10:00:00+01:00' }],
    '1393': [{ valueCoding: { system: 'urn:oid:2.16.840.1.113883.2.4.3.11.60.40.4.25.1', code: '2', display: 'Niet uitvoeren' } }],
    '1394': [],
    '1395': [{ valueString: 'Ook niet bij een breuk.' }],
  };
  const changed = (items: any[]): any[] =>
    items.flatMap((item) => {
      const answer = answers[item.linkId] ?? item.answer;
      if (answer?.length === 0) return [];
      return [{ ...item, ...(answer && { answer }), ...(item.item && { item: changed(item.item) }) }];
    });
  form.entry.at(-1).resource = { ...response, identifier, authored: '2026-11-23T11:00:00+01:00', item: changed(response.item) };
  form.entry.at(-1).request.ifNoneExist = `identifier=${identifier.system}|${identifier.value}`;
  return form;
}

/** A limit by an organisation of its own: what it agreed, about one treatment. */
export function directive(patient: string, treatment: string, type: 'permit' | 'deny', date: string, more: object = {}): Sent {
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'treatment' }] },
    category: [{ coding: [{ system: SNOMED, code: '129125009' }] }],
    patient: { reference: `Patient/${patient}` },
    policy: [{ uri: 'https://wetten.overheid.nl/' }],
    dateTime: date,
    provision: { type, code: [{ coding: [{ system: SNOMED, code: treatment }] }] },
    ...more,
  };
}

/** Who cares for the patient from now on: the GP centrally, hospital and home care beside. */
export function careTeam(patient: string): Sent {
  const member = (ura: string, name: string, role?: string) => ({
    ...(role !== undefined && { role: [{ coding: [{ system: `${IZP}/CodeSystem/izp-care-role`, code: role }] }] }),
    member: { type: 'Organization', identifier: { system: URA, value: ura }, display: name },
  });
  return {
    resourceType: 'CareTeam',
    status: 'active',
    subject: { reference: `Patient/${patient}` },
    participant: [
      member(URAS.gp, 'Huisartsenpraktijk Lindedorp'),
      member(URAS.hospital, 'Ziekenhuis Lindedorp'),
      member(URAS.homecare, 'Thuiszorg Lindedorp'),
    ],
  };
}

export function palliativeKit(patient: string, id: string, state: string, day: string): Sent {
  return {
    resourceType: 'SupplyDelivery',
    id,
    meta: { profile: [`${IZP}/StructureDefinition/izp-palliative-kit`] },
    status: 'completed',
    patient: { reference: `Patient/${patient}` },
    suppliedItem: { itemCodeableConcept: { coding: [{ system: `${IZP}/CodeSystem/izp-supply`, code: 'palliative-kit' }] } },
    occurrenceDateTime: day,
    supplier: { display: 'Apotheek De Gaper' },
    extension: [
      {
        url: `${IZP}/StructureDefinition/izp-current-kit-state`,
        valueCodeableConcept: { coding: [{ system: `${IZP}/CodeSystem/izp-kit-state`, code: state }] },
      },
      { url: `${IZP}/StructureDefinition/izp-kit-place`, valueString: 'Linnenkast, bovenste plank' },
    ],
  };
}

/** Died at home, at half past six in the morning. */
export function placeOfDeath(patient: string, day: string): Sent {
  return {
    resourceType: 'Observation',
    meta: { profile: [`${IZP}/StructureDefinition/izp-place-of-death`] },
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '58332-8' }] },
    subject: { reference: `Patient/${patient}` },
    effectiveDateTime: `${day}T06:30:00+01:00`,
    valueCodeableConcept: { coding: [{ system: SNOMED, code: HOME }] },
  };
}

export const withdrawal = (who: string, reason: string) =>
  parameters([
    ['who', 'String', who],
    ['reason', 'String', reason],
  ]);

/** Read, and nothing to answer. */
export const noted = () => parameters([['outcome', 'Code', 'noted']]);

/** Code and status of the steps of the process there are, open and ended, sorted. */
export async function steps({ service }: Story, patient: string): Promise<string[]> {
  const found = await done(service.get(`Task?patient=${patient}`));
  return (found.json.entry ?? []).map(({ resource }: { resource: any }) => `${resource.code.coding[0].code} ${resource.status}`).sort();
}

/** Everybody's records that the organisation has to do something for, by id. */
export async function list({ service }: Story, address: string, as = 'gp'): Promise<any[]> {
  return (await done(service.get(address, { as }))).json.patients;
}
