// Organisations and who works there, as the demo organisations are made.
import type { Reference, Resource } from '@medplum/fhirtypes';
import { DEMO_CLIENTS } from '../../src/auth/demo-clients.js';
import { ORGANIZATION_TYPE_SYSTEM, URA_SYSTEM } from '../../src/fhir/identity.js';
import { coded, officialName, PZP } from './maker.js';
import { type Kind, STAFF, STAND_INS } from './variables.js';

const UZI_ROLES = 'http://fhir.nl/fhir/NamingSystem/uzi-rolcode';
const ROLES: Readonly<Record<string, [code: string, display: string]>> = {
  'gp.a': ['01.015', 'Huisarts'],
  'gp.b': ['30.000', 'Verpleegkundige'],
  'homecare.a': ['30.000', 'Verpleegkundige'],
  'hospice.a': ['01.047', 'Specialist ouderengeneeskunde'],
  'hospital.a': ['01.010', 'Cardioloog'],
};

/** The organisation, its professionals and their roles, with stand-ins. */
export function directoryOf(kind: Kind): (Resource & { id: string })[] {
  const value = (name: string) => STAND_INS[`${kind}.${name}`] as string;
  const { organisation, kind: inDutch } = DEMO_CLIENTS[kind] as (typeof DEMO_CLIENTS)[string];
  const organization = {
    resourceType: 'Organization',
    id: value('id'),
    identifier: [{ system: URA_SYSTEM, value: value('ura') }],
    active: true,
    type: [{ coding: [{ system: ORGANIZATION_TYPE_SYSTEM, code: organisation.type }], text: inDutch }],
    name: value('name'),
  };
  const staff = (STAFF[kind] ?? []).flatMap((letter) => [
    {
      resourceType: 'Practitioner',
      id: `${value('id')}-${letter}`,
      meta: { profile: [`${PZP}/ACP-HealthProfessional-Practitioner`] },
      identifier: [{ system: 'http://fhir.nl/fhir/NamingSystem/uzi-nr-pers', value: value(`${letter}.uzi`) }],
      name: [officialName(value(`${letter}.given`), '', value(`${letter}.family`))],
    },
    {
      resourceType: 'PractitionerRole',
      id: `${value('id')}-${letter}`,
      meta: { profile: [`${PZP}/ACP-HealthProfessional-PractitionerRole`] },
      practitioner: { reference: `Practitioner/${value('id')}-${letter}`, type: 'Practitioner' },
      organization: { reference: `Organization/${value('id')}`, type: 'Organization' },
      specialty: [coded(UZI_ROLES, ...(ROLES[`${kind}.${letter}`] as [string, string]))],
      telecom: [{ system: 'phone', value: value('phone'), use: 'work' }],
    },
  ]);
  return [organization, ...staff] as unknown as (Resource & { id: string })[];
}

/** A reference to a role. */
export function roleOf(kind: Kind, letter = 'a'): Reference {
  return { reference: `PractitionerRole/${STAND_INS[`${kind}.id`]}-${letter}`, type: 'PractitionerRole' };
}
