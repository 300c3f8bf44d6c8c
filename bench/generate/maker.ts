// Makes resources of one plan: ids in order, the record's own identifiers, and the few shapes that all of them share.
import type { CodeableConcept, Reference, Resource } from '@medplum/fhirtypes';
import { SNOMED } from '../../src/izp/codes.js';
import { STAND_INS } from './variables.js';

export const PZP = 'https://fhir.iknl.nl/fhir/StructureDefinition';
const RECORD_IDS = 'https://dossier.example/fhir/NamingSystem/record-id';

/** Elements of a resource, without type and id. */
export type Elements = Record<string, unknown>;

export interface Maker {
  /** With an id of its own, and an identifier as a record system gives it. */
  make(resourceType: string, elements: Elements & { profile?: string }): Resource & { id: string };
  patient: Reference;
}

/** Resources made one after the other have ids in that order, all before those that the service makes itself. */
export function maker(): Maker {
  let made = 0;
  const next = () => `${STAND_INS.id}${(++made).toString(16).padStart(4, '0')}`;
  const patient = { reference: `Patient/${next()}` };
  return {
    patient,
    make(resourceType, { profile, identifier, ...elements }) {
      const id = resourceType === 'Patient' ? (patient.reference.split('/')[1] as string) : next();
      return {
        resourceType,
        id,
        ...(profile && { meta: { profile: [profile] } }),
        identifier: identifier ?? [{ system: RECORD_IDS, value: id }],
        ...elements,
      } as unknown as Resource & { id: string };
    },
  };
}

/** Ids of what the service itself makes: behind those of the plan's resources, in the order in which they are made. */
export function serviceIds(): () => string {
  let made = 0;
  return () => `${STAND_INS.id}${(FIRST_SERVICE_ID + made++).toString(16)}`;
}

const FIRST_SERVICE_ID = 0x8000;

export function coded(system: string, code: string, display?: string): CodeableConcept {
  return { coding: [{ system, code, ...(display && { display }) }] };
}

export function snomed(code: string, display?: string): CodeableConcept {
  return coded(SNOMED, code, display);
}

export function referTo({ resourceType, id }: Resource): Reference {
  return { reference: `${resourceType}/${id}`, type: resourceType };
}

/** A given name as Dutch records say it is one. */
export function givenName(given: string): Elements {
  return {
    given: [given],
    _given: [{ extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/iso21090-EN-qualifier', valueCode: 'BR' }] }],
  };
}

export function officialName(given: string, prefix: string, family: string): Elements {
  const whole = prefix === '' ? family : `${prefix} ${family}`;
  const own = 'http://hl7.org/fhir/StructureDefinition/humanname-own';
  const parts = [...(prefix === '' ? [] : [{ url: `${own}-prefix`, valueString: prefix }]), { url: `${own}-name`, valueString: family }];
  return { use: 'official', text: `${given} ${whole}`, family: whole, _family: { extension: parts }, ...givenName(given) };
}
