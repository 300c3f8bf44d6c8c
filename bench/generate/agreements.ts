// What is agreed and told in a conversation: treatment directives with every kind of decision, goals, observations.
import type { CodeableConcept, Reference } from '@medplum/fhirtypes';
import * as codes from '../../src/izp/codes.js';
import * as izp from '../../src/izp/izp-codes.js';
import { coded, type Elements, type Maker, PZP, snomed } from './maker.js';
import type { Made } from './people.js';
import type { Random } from './random.js';
import * as texts from './texts.data.js';

/** The conversation in which something is agreed. */
export interface Talk {
  date: string;
  encounter: Reference;
  with: Reference;
  /** Who agreed: patient, professional, representative. */
  agreed: Reference[];
}

const SPECIFICATION = 'http://nictiz.nl/fhir/StructureDefinition/ext-TreatmentDirective2.SpecificationOther';
const CONSENT_SCOPE = 'http://terminology.hl7.org/CodeSystem/consentscope';
const LAW = [{ uri: 'https://wetten.overheid.nl/' }];

/** Treatments, how often they are spoken of, and their English names in SNOMED CT. */
export const TREATMENTS: readonly { code: string; display: string; share: number }[] = [
  { code: '89666000', display: 'Cardiopulmonary resuscitation', share: 0.95 },
  { code: '40617009', display: 'Artificial respiration', share: 0.6 },
  { code: '305351004', display: 'Admit to ITU', share: 0.7 },
  { code: '32485007', display: 'Hospital admission', share: 0.8 },
  { code: '281789004', display: 'Antibiotic therapy', share: 0.45 },
  { code: '116762002', display: 'administration of blood product', share: 0.2 },
];

const encounterExtension = (talk: Talk) => ({ url: `${PZP}/ext-EncounterReference`, valueReference: talk.encounter });

/** A directive on a treatment of the list, or on one in words. */
export function directive(
  draw: Random,
  { make, patient }: Maker,
  talk: Talk,
  what: { code?: string; display?: string; text?: string },
): Made {
  const decision = draw.weighted({ deny: 50, permit: 20, limits: 20, unknown: 10 });
  const limits = what.code === undefined ? undefined : texts.LIMITS[what.code];
  const words = decision === 'unknown' || limits === undefined ? draw.pick(texts.UNDECIDED) : draw.pick(limits);
  const specified = decision === 'limits' || decision === 'unknown';
  const comment = draw.chance(0.2)
    ? [{ url: 'http://nictiz.nl/fhir/StructureDefinition/ext-Comment', valueString: draw.pick(texts.COMMENTS) }]
    : [];
  const role = coded('http://terminology.hl7.org/CodeSystem/v3-RoleCode', 'CONSENTER');
  return make('Consent', {
    profile: `${PZP}/ACP-TreatmentDirective`,
    extension: [encounterExtension(talk), ...comment],
    ...(specified && { modifierExtension: [{ url: SPECIFICATION, valueString: words }] }),
    status: 'active',
    scope: coded(CONSENT_SCOPE, 'treatment'),
    category: [snomed('129125009')],
    patient,
    dateTime: talk.date,
    policy: LAW,
    provision: {
      ...(!specified && { type: decision }),
      actor: talk.agreed.map((reference) => ({ role, reference })),
      code: [
        what.code === undefined
          ? { ...coded('http://terminology.hl7.org/CodeSystem/v3-NullFlavor', 'OTH'), text: what.text }
          : snomed(what.code, what.display),
      ],
    },
  });
}

const WILLS = { NR: 'Niet reanimeren verklaring', LW: 'Levenswensverklaring', EU: 'Euthanasieverzoek', VERB: 'Behandelverbod' };

/** A paper of earlier years. */
export function advanceDirective(draw: Random, { make, patient }: Maker, talk: Talk, keeper: Reference | undefined): Made {
  const code = draw.pick(Object.keys(WILLS) as (keyof typeof WILLS)[]);
  const role = coded('http://terminology.hl7.org/CodeSystem/v3-RoleCode', 'RESPRSN');
  return make('Consent', {
    profile: `${PZP}/ACP-AdvanceDirective`,
    extension: [encounterExtension(talk)],
    status: 'active',
    scope: coded(CONSENT_SCOPE, 'adr'),
    category: [coded('http://terminology.hl7.org/CodeSystem/consentcategorycodes', 'acd')],
    patient,
    dateTime: `${draw.whole(2012, 2022)}-0${draw.whole(1, 9)}-1${draw.whole(0, 9)}`,
    policy: LAW,
    provision: {
      ...(keeper && { actor: [{ role, reference: keeper }] }),
      code: [coded('urn:oid:2.16.840.1.113883.2.4.3.11.60.40.4.14.1', code, WILLS[code])],
    },
  });
}

const POLICIES = {
  '713148004': 'voorkomen en behandelen van symptomen',
  '1351964001': 'gericht op levensverlenging',
  '385987000': 'gericht op genezing of behoud van functie',
};

export function policyGoal(draw: Random, { make, patient }: Maker, talk: Talk): Made {
  const code = draw.weighted({ '713148004': 70, '1351964001': 20, '385987000': 10 });
  return make('Goal', {
    profile: `${PZP}/ACP-Medical-Policy-Goal`,
    extension: [encounterExtension(talk)],
    lifecycleStatus: 'active',
    description: snomed(code, POLICIES[code]),
    subject: patient,
    statusDate: talk.date,
    ...(draw.chance(0.5) && { note: [{ text: draw.pick(texts.GOALS) }] }),
  });
}

export function wishGoal(draw: Random, { make, patient }: Maker, talk: Talk): Made {
  const dimension = draw.pick(['physical', 'psychological', 'social', 'spiritual']);
  return make('Goal', {
    profile: izp.IZP_GOAL_PROFILE,
    lifecycleStatus: 'active',
    category: [coded(izp.IZP_DIMENSION, dimension)],
    description: { text: draw.pick(texts.GOALS) },
    subject: patient,
    statusDate: talk.date,
    expressedBy: patient,
  });
}

const HOMES: Readonly<Record<string, [code: string, display: string]>> = {
  home: ['264362003', 'Home'],
  hospice: ['284546000', 'Hospice'],
  nursing: ['108344006', 'Nursing home'],
  hospital: ['22232009', 'Hospital'],
};

export function placeOf(draw: Random): CodeableConcept {
  const place = draw.weighted({ home: 62, hospice: 18, nursing: 12, hospital: 3, unknown: 5 });
  return place === 'unknown'
    ? coded('http://terminology.hl7.org/CodeSystem/v3-NullFlavor', 'UNK')
    : snomed(...(HOMES[place] as [string, string]));
}

interface Kind {
  code: string;
  profile?: string;
  share: number;
  value(draw: Random): Elements;
}

/** What is asked in a conversation, and how often it is answered. */
export const OBSERVED: readonly Kind[] = [
  {
    code: codes.SPECIFIC_WISHES,
    profile: 'ACP-SpecificCareWishes',
    share: 0.65,
    value: (draw) => ({ method: snomed('370819000'), valueString: draw.pick(texts.WISHES) }),
  },
  {
    code: codes.PREFERRED_PLACE_OF_DEATH,
    profile: 'ACP-PreferredPlaceOfDeath',
    share: 0.85,
    value: (draw) => ({
      valueCodeableConcept: placeOf(draw),
      ...(draw.chance(0.3) && { note: [{ text: draw.pick(texts.PLACE_NOTES) }] }),
    }),
  },
  {
    code: codes.EUTHANASIA_POSITION,
    profile: 'ACP-PositionRegardingEuthanasia',
    share: 0.5,
    value: (draw) => ({ valueCodeableConcept: snomed(draw.pick(['340181000146102', '340201000146103', '340191000146100'])) }),
  },
  {
    code: '570801000146104',
    profile: 'ACP-OrganDonationChoiceRegistration',
    share: 0.4,
    value: (draw) => ({ valueCodeableConcept: snomed(draw.pick(['373066001', '373067005'])) }),
  },
  {
    code: codes.OTHER_INFORMATION,
    profile: 'ACP-OtherImportantInformation',
    share: 0.5,
    value: (draw) => ({ valueString: draw.pick(texts.OTHER_INFORMATION) }),
  },
  {
    code: '665671000146101',
    share: 0.6,
    value: (draw) => ({ valueBoolean: draw.chance(0.85), note: [{ text: draw.pick(texts.CAPACITY_NOTES) }] }),
  },
];

export function observation(draw: Random, { make, patient }: Maker, talk: Talk, { code, profile, value }: Kind): Made {
  return make('Observation', {
    ...(profile && { profile: `${PZP}/${profile}` }),
    status: 'final',
    code: snomed(code),
    subject: patient,
    encounter: talk.encounter,
    effectiveDateTime: talk.date,
    performer: [talk.with],
    ...value(draw),
  });
}
