// A whole plan on top of examples/conversation.transaction.json: goals, scenario, medication, kit, team, letter, marking, permission.
import { readFileSync } from 'node:fs';
import { BSN_SYSTEM } from '../../src/fhir/identity.js';
import type { TestService } from '../harness/service.js';
import { permit, team, URAS } from '../harness/sharing.js';

const IZP = 'https://fhir.izp.example/r4';
const SNOMED = 'http://snomed.info/sct';
const profile = (name: string) => ({ profile: [`${IZP}/StructureDefinition/${name}`] });
const code = (system: string, value: string) => ({ coding: [{ system: `${IZP}/CodeSystem/${system}`, code: value }] });

export const CONVERSATION = JSON.parse(readFileSync(new URL('../../examples/conversation.transaction.json', import.meta.url), 'utf8'));
/** The BSN in that example. */
export const BSN = '900186021';
/** Longer than what goes along inside a document. */
export const LONG_LETTER = Buffer.from('Lieve kinderen. '.repeat(6_000)).toString('base64');

/** Everything of a plan but the directives; ids are the kinds. */
export function planParts(patient: string) {
  const subject = { reference: `Patient/${patient}` };
  const goal = (id: string, dimension: string, text: string, note: string) => ({
    resourceType: 'Goal',
    id,
    meta: profile('izp-goal'),
    lifecycleStatus: 'active',
    category: [code('izp-dimension', dimension)],
    description: { text },
    subject,
    statusDate: '2026-10-02',
    expressedBy: subject,
    note: [{ text: note }],
  });
  return [
    goal('goal-physical', 'physical', 'Zo min mogelijk benauwd zijn', 'Actie: morfine in huis\nDoor: de huisarts'),
    goal('goal-spiritual', 'spiritual', 'De doop van Łucja meemaken', 'Actie: tocht naar Gdańsk\nDoor: dochter Şebnem'),
    {
      resourceType: 'Goal',
      id: 'place-of-care',
      meta: profile('izp-preferred-place-of-care'),
      lifecycleStatus: 'active',
      description: { text: 'Thuis verzorgd worden' },
      subject,
      statusDate: '2026-10-02',
      expressedBy: subject,
      target: [
        {
          measure: code('izp-measure', 'preferred-place-of-care'),
          detailCodeableConcept: { coding: [{ system: SNOMED, code: '264362003' }] },
        },
      ],
    },
    {
      resourceType: 'ServiceRequest',
      id: 'scenario',
      meta: profile('izp-scenario'),
      status: 'active',
      intent: 'plan',
      code: code('izp-scenario-kind', 'breathlessness'),
      subject,
      asNeededCodeableConcept: { text: 'Benauwd in rust, langer dan tien minuten' },
      patientInstruction: 'Rechtop zitten, raam open. Bel de thuiszorg.',
      note: [{ text: 'Morfine volgens afspraak.' }],
      supportingInfo: [{ reference: 'MedicationRequest/morphine' }],
    },
    {
      resourceType: 'MedicationRequest',
      id: 'morphine',
      meta: profile('izp-anticipatory-medication'),
      status: 'active',
      intent: 'plan',
      medicationCodeableConcept: { text: 'Morfine injectievloeistof 10 mg/ml' },
      subject,
      authoredOn: '2026-10-02',
      dosageInstruction: [{ text: 'Zo nodig 2,5 mg subcutaan, ten hoogste eens per 4 uur' }],
    },
    {
      resourceType: 'SupplyDelivery',
      id: 'kit',
      meta: profile('izp-palliative-kit'),
      status: 'completed',
      patient: subject,
      suppliedItem: { itemCodeableConcept: code('izp-supply', 'palliative-kit') },
      occurrenceDateTime: '2026-10-05',
      supplier: { display: 'Apotheek De Gaper' },
      extension: [
        { url: `${IZP}/StructureDefinition/izp-current-kit-state`, valueCodeableConcept: code('izp-kit-state', 'placed') },
        { url: `${IZP}/StructureDefinition/izp-kit-place`, valueString: 'Linnenkast, bovenste plank' },
        { url: `${IZP}/StructureDefinition/izp-kit-content`, valueReference: { reference: 'MedicationRequest/morphine' } },
        { url: `${IZP}/StructureDefinition/izp-kit-content`, valueCodeableConcept: { text: 'Subcutane naald' } },
      ],
    },
    {
      resourceType: 'DocumentReference',
      id: 'letter',
      meta: profile('izp-wish-letter'),
      status: 'current',
      docStatus: 'final',
      type: code('izp-document-type', 'wish-letter'),
      subject,
      author: [subject],
      content: [{ attachment: { contentType: 'text/plain', data: LONG_LETTER, title: 'Brief aan mijn kinderen', creation: '2026-09-30' } }],
    },
    {
      resourceType: 'Flag',
      id: 'marking',
      meta: profile('izp-marking'),
      status: 'active',
      code: code('izp-marking-code', 'palliative-phase'),
      subject,
      period: { start: '2026-09-01' },
      author: { display: 'Dr. A. de Wit' },
      extension: [
        {
          url: `${IZP}/StructureDefinition/izp-marking-assessment`,
          extension: [
            { url: 'instrument', valueCodeableConcept: code('izp-marking-instrument', 'surprise-question') },
            { url: 'answer', valueCodeableConcept: code('izp-marking-answer', 'not-surprised-by-death') },
          ],
        },
      ],
    },
  ];
}

export function directive(patient: string, treatment: string, type: string, more: object = {}) {
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'treatment' }] },
    category: [{ coding: [{ system: SNOMED, code: '129125009' }] }],
    patient: { reference: `Patient/${patient}` },
    policy: [{ uri: 'https://wetten.overheid.nl/' }],
    dateTime: '2026-10-20',
    provision: { type, code: [{ coding: [{ system: SNOMED, code: treatment }] }] },
    ...more,
  };
}

/** Stores conversation and parts; the hospital, of the team, says the opposite about resuscitation. Ids of patient and plan. */
export async function storedPlan(service: TestService): Promise<{ patient: string; plan: string }> {
  const posted = await service.post('', CONVERSATION);
  if (posted.status !== 200) throw new Error(posted.text);
  const found = await service.ask('POST', 'Patient/_search', { form: { identifier: `${BSN_SYSTEM}|${BSN}` } });
  const patient = found.json.entry[0].resource.id as string;
  await team(service, patient, [URAS.hospital]);
  await permit(service, patient, { parties: ['type:AMB'], purposes: ['ETREAT'] });
  for (const resource of planParts(patient)) {
    const stored = await service.put(`${resource.resourceType}/${resource.id}`, resource);
    if (stored.status !== 201) throw new Error(stored.text);
  }
  const against = await service.post('Consent', directive(patient, '89666000', 'permit'), { as: 'hospital' });
  if (against.status !== 201) throw new Error(against.text);
  const plans = await service.get(`CarePlan?patient=${patient}`);
  return { patient, plan: plans.json.entry[0].resource.id };
}
