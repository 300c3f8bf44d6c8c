// What surrounds the agreements of a made-up plan: the conversation itself, marking, scenarios, kit, ICD, the plan's own words, death.
import type { Flag, Reference } from '@medplum/fhirtypes';
import * as codes from '../../src/izp/codes.js';
import * as izp from '../../src/izp/izp-codes.js';
import { ANSWERS, COLOURS, marked } from '../../src/izp/marking.js';
import { placeOf, type Talk } from './agreements.js';
import { roleOf } from './directory.js';
import { coded, type Elements, type Maker, PZP, referTo, snomed } from './maker.js';
import type { Made } from './people.js';
import type { Random } from './random.js';
import * as texts from './texts.data.js';
import { STAND_INS } from './variables.js';

/** Encounter and Procedure of a conversation. */
export function conversation({ make, patient }: Maker, date: string, professional: Reference, contact: Reference | undefined): Made[] {
  // Winter time all year: the hour does not matter, but that it is before anybody writes.
  const period = { start: `${date}T08:00:00+01:00`, end: `${date}T08:45:00+01:00` };
  const people = [professional, ...(contact ? [contact] : [])];
  const procedureFor = (encounter: Made) =>
    make('Procedure', {
      profile: `${PZP}/ACP-Procedure`,
      status: 'completed',
      code: snomed(codes.ACP_PROCEDURE, 'Advance care planning (procedure)'),
      subject: patient,
      encounter: referTo(encounter),
      performedPeriod: period,
      performer: [...people, patient].map((actor) => ({ actor })),
    });
  const encounter = make('Encounter', {
    profile: `${PZP}/ACP-Encounter`,
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HH', display: 'home health' },
    subject: patient,
    participant: people.map((individual) => ({ individual })),
    period,
  });
  const procedure = procedureFor(encounter);
  return [{ ...encounter, reasonReference: [referTo(procedure)] } as Made, procedure];
}

/** The marking of the palliative phase; of one there was already, its next version. */
export function marking(draw: Random, made: Maker, date: string, known?: Made): Made {
  const instrument = draw.weighted({ 'surprise-question': 60, 'double-surprise-question': 20, spict: 15, radpac: 5 });
  const answer =
    instrument === 'surprise-question' || instrument === 'double-surprise-question' ? ANSWERS[0] : ('indicators-present' as const);
  const flag = marked((made.patient.reference as string).split('/')[1] as string, known as Flag | undefined, {
    instrument,
    answers: [answer],
    date,
    by: STAND_INS['gp.name'] as string,
    ura: STAND_INS['gp.ura'] as string,
    readyToTalk: draw.chance(0.9),
    urgency: draw.pick(COLOURS),
  });
  if (known) return flag as Made;
  const { resourceType, meta, ...elements } = flag;
  return made.make(resourceType, { profile: meta?.profile?.[0], ...(elements as unknown as Elements) });
}

/** A scenario, with the medication foreseen for it or without. */
export function scenario(draw: Random, { make, patient }: Maker, talk: Talk, what: texts.Happening): Made[] {
  const kind = coded(izp.IZP_SCENARIO_KIND, what.kind);
  const request = make('ServiceRequest', {
    profile: izp.IZP_SCENARIO_PROFILE,
    status: 'active',
    intent: 'plan',
    code: { ...kind, text: what.event },
    subject: patient,
    authoredOn: talk.date,
    requester: talk.with,
    asNeededCodeableConcept: { text: what.recognisedBy },
    patientInstruction: what.relatives,
    note: [{ text: what.professionals }],
  });
  if (draw.chance(0.5)) return [request];
  const medication = make('MedicationRequest', {
    profile: `${izp.IZP_BASE}/StructureDefinition/izp-anticipatory-medication`,
    status: 'active',
    intent: 'plan',
    medicationCodeableConcept: { text: what.medication },
    subject: patient,
    authoredOn: talk.date,
    requester: talk.with,
    reasonCode: [kind],
    dosageInstruction: [{ text: what.dosage, asNeededBoolean: true }],
  });
  return [request, medication];
}

const KIT_STATES = `${izp.IZP_BASE}/CodeSystem/izp-kit-state`;

export function kit({ make, patient }: Maker, date: string): Made {
  const placed = coded(KIT_STATES, 'placed');
  return make('SupplyDelivery', {
    profile: izp.IZP_KIT_PROFILE,
    extension: [
      { url: izp.IZP_KIT_STATE, valueCodeableConcept: placed },
      {
        url: izp.IZP_KIT_STEP,
        extension: [
          { url: 'state', valueCodeableConcept: placed },
          { url: 'when', valueDateTime: date },
          { url: 'by', valueReference: roleOf('gp') },
        ],
      },
      { url: izp.IZP_KIT_PLACE, valueString: 'Slaapkamer, bovenste plank van de linnenkast' },
    ],
    status: 'completed',
    patient,
    suppliedItem: { itemCodeableConcept: coded(izp.IZP_SUPPLY, izp.IZP_KIT) },
    occurrenceDateTime: date,
  });
}

/** An ICD and its use. */
export function icd(draw: Random, { make, patient }: Maker, talk: Talk): Made[] {
  const device = make('Device', {
    profile: `${PZP}/ACP-MedicalDevice.Product-ICD`,
    type: snomed('72506001', 'implanteerbare cardioverter-defibrillator'),
  });
  const use = make('DeviceUseStatement', {
    profile: `${PZP}/ACP-MedicalDevice`,
    extension: [{ url: `${PZP}/ext-EncounterReference`, valueReference: talk.encounter }],
    status: 'active',
    subject: patient,
    timingPeriod: { start: `${draw.whole(2012, 2022)}-0${draw.whole(1, 9)}` },
    recordedOn: talk.date,
    device: referTo(device),
  });
  return [device, use];
}

export function informRelatives({ make, patient }: Maker, talk: Talk): Made {
  return make('CommunicationRequest', {
    encounter: talk.encounter,
    status: 'active',
    category: [snomed(codes.INFORM_RELATIVES, 'Recommendation to inform someone (procedure)')],
    subject: patient,
    authoredOn: talk.date,
    requester: talk.with,
    recipient: [patient],
  });
}

/** The plan in the GP's own words, with the day of its review. */
export function plan(draw: Random, { make, patient }: Maker, talk: Talk, review: string): Made {
  return make('CarePlan', {
    profile: izp.IZP_CARE_PLAN_PROFILE,
    extension: [{ url: izp.IZP_REVIEW_DATE, valueDate: review }],
    status: 'active',
    intent: 'plan',
    category: [coded(izp.IZP_PLAN_CATEGORY, izp.IZP_PLAN_CODE), snomed('736366004')],
    title: 'Individueel zorgplan',
    description: draw.pick(texts.DESCRIPTIONS),
    subject: patient,
    period: { start: talk.date },
    author: talk.with,
  });
}

export function placeOfDeath(draw: Random, { make, patient }: Maker, date: string): Made {
  return make('Observation', {
    profile: `${izp.IZP_BASE}/StructureDefinition/izp-place-of-death`,
    status: 'final',
    code: coded('http://loinc.org', '58332-8'),
    subject: patient,
    effectiveDateTime: date,
    performer: [roleOf('gp')],
    valueCodeableConcept: placeOf(draw),
  });
}
