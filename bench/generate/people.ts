// The people of a made-up plan: the patient, the contacts, the team, and whom the patient lets see it.
import type { CodeableConcept, Resource } from '@medplum/fhirtypes';
import { BSN_SYSTEM, ORGANIZATION_TYPE_SYSTEM } from '../../src/fhir/identity.js';
import { ROLE_CODE } from '../../src/izp/codes.js';
import * as izp from '../../src/izp/izp-codes.js';
import { roleOf } from './directory.js';
import { coded, type Elements, type Maker, officialName, PZP, referTo } from './maker.js';
import { PREFIXES } from './names.data.js';
import type { Random } from './random.js';
import { type Kind, MOST_CONTACTS, STAND_INS, type Values } from './variables.js';

export type Made = Resource & { id: string };
const V = STAND_INS as Values & Record<'bsn' | 'given' | 'family' | 'street' | 'house' | 'postal' | 'place' | 'phone', string>;

export function patient(draw: Random, { make }: Maker, gender: 'male' | 'female', prefix: string, deceased?: string): Made {
  const born = `${draw.whole(1927, 1968)}-${String(draw.whole(1, 12)).padStart(2, '0')}-${String(draw.whole(1, 28)).padStart(2, '0')}`;
  return make('Patient', {
    profile: `${PZP}/ACP-Patient`,
    identifier: [{ system: BSN_SYSTEM, value: V.bsn }],
    active: true,
    name: [officialName(V.given, prefix, V.family)],
    telecom: [{ system: 'phone', value: V.phone, use: 'home' }],
    gender,
    birthDate: born,
    ...(deceased && { deceasedDateTime: deceased }),
    address: [{ use: 'home', type: 'both', line: [`${V.street} ${V.house}`], city: V.place, postalCode: V.postal, country: 'Nederland' }],
  });
}

const CONTACT_ROLES = 'urn:oid:2.16.840.1.113883.2.4.3.11.22.472';
const LEGAL = coded(CONTACT_ROLES, '24', 'Wettelijke vertegenwoordiger');
const ROLES = [
  coded(CONTACT_ROLES, '01', 'Eerste relatie/contactpersoon'),
  coded(CONTACT_ROLES, '02', 'Tweede relatie/contactpersoon'),
  coded(CONTACT_ROLES, '23', 'Contactpersoon'),
];
/** How the first, second and third contact may be related: the second is a man. */
const RELATIONS: readonly (readonly [code: string, display: string][])[] = [
  [
    ['DAUC', 'daughter'],
    ['WIFE', 'wife'],
    ['SIS', 'sister'],
  ],
  [
    ['SONC', 'son'],
    ['HUSB', 'husband'],
    ['BRO', 'brother'],
  ],
  [
    ['NBOR', 'neighbor'],
    ['FRND', 'unrelated friend'],
    ['GRNDDAU', 'granddaughter'],
  ],
];

/** One to three, with a legal representative and a first contact among them more often than not. */
export function contacts(draw: Random, { make, patient: of }: Maker): Made[] {
  const count = draw.whole(1, MOST_CONTACTS);
  const legal = draw.chance(0.7) ? draw.whole(1, count) : 0;
  return Array.from({ length: count }, (_, i) => {
    const roles = [...(i + 1 === legal ? [LEGAL] : []), ROLES[i] as CodeableConcept];
    return make('RelatedPerson', {
      profile: `${PZP}/ACP-ContactPerson`,
      active: true,
      patient: of,
      relationship: [...roles, coded(ROLE_CODE, ...draw.pick(RELATIONS[i] as (typeof RELATIONS)[number]))],
      name: [officialName(V[`given${i + 1}`] as string, draw.pick(PREFIXES), V[`family${i + 1}`] as string)],
      telecom: [{ system: 'phone', value: V[`phone${i + 1}`], use: 'mobile', rank: 1 }],
    });
  });
}

/** GP and mostly home care; hospice and hospital for some; an informal carer where there is one. */
export function careTeam(draw: Random, { make, patient: of }: Maker, carer: Resource | undefined): { team: Made; kinds: Kind[] } {
  const kinds: Kind[] = ['gp', ...(draw.chance(0.8) ? ['homecare' as const] : [])];
  if (draw.chance(0.3)) kinds.push('hospital');
  if (draw.chance(0.15)) kinds.push('hospice');
  const role = (...codes: string[]) => codes.map((code) => coded(izp.IZP_CARE_TEAM_ROLE, code));
  const roles: Partial<Record<Kind, CodeableConcept[]>> = {
    gp: role('general-practitioner', 'main-practitioner', ...(kinds.includes('homecare') ? [] : ['central-care-provider'])),
    homecare: role('home-care-nurse', 'central-care-provider'),
    hospital: role('palliative-consultant'),
    hospice: role('palliative-consultant'),
  };
  const participant: Elements[] = kinds.map((kind) => ({ role: roles[kind], member: roleOf(kind) }));
  if (carer && draw.chance(0.6)) participant.push({ role: role('informal-carer'), member: referTo(carer) });
  const team = make('CareTeam', {
    profile: izp.IZP_CARE_TEAM_PROFILE,
    status: 'active',
    subject: of,
    participant,
    telecom: [{ system: 'phone', value: V['homecare.phone'], use: 'work' }],
  });
  return { team, kinds };
}

/** Whom patients let see their plan, by organisation type; none is everybody. Urgent care mostly, some all, a few nobody more. */
const PERMISSIONS: Readonly<Record<string, readonly string[]>> = {
  urgent: ['AMB', 'N6'],
  wide: ['AMB', 'N6', 'V4', 'T2'],
  all: [],
};

/** Permissions and objections of a patient; none for those who were not asked. */
export function permissions(draw: Random, made: Maker, date: string): Made[] {
  const given = draw.weighted({ urgent: 55, wide: 20, all: 10, none: 15 });
  const list = given === 'none' ? [] : [sharing(made, 'permit', PERMISSIONS[given] as string[], date)];
  if (draw.chance(0.06)) list.push(sharing(made, 'deny', [draw.pick(['V4', 'N6', 'AMB'])], date));
  return list;
}

function sharing({ make, patient: of }: Maker, effect: 'permit' | 'deny', types: readonly string[], date: string): Made {
  const role = coded('http://terminology.hl7.org/CodeSystem/v3-ParticipationType', 'PRCP');
  const actor = types.map((value) => ({ role, reference: { identifier: { system: ORGANIZATION_TYPE_SYSTEM, value } } }));
  return make('Consent', {
    profile: izp.IZP_SHARING_PROFILE,
    status: 'active',
    scope: coded('http://terminology.hl7.org/CodeSystem/consentscope', 'patient-privacy'),
    category: [coded('http://loinc.org', '59284-0')],
    patient: of,
    dateTime: date,
    policyRule: coded('http://terminology.hl7.org/CodeSystem/v3-ActCode', effect === 'permit' ? 'OPTIN' : 'OPTOUT'),
    provision: { type: effect, period: { start: date }, ...(actor.length > 0 && { actor }) },
  });
}
