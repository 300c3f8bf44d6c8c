// What the parts of an extraction share: who, when, and how a resource of the form is framed.
import type { CodeableConcept, Coding, Consent, Extension, Identifier, Reference, Resource } from '@medplum/fhirtypes';
import * as codes from '../codes.js';
import type { Scope } from './answers.js';
import { FORM_PART } from './form-codes.js';

/** A reference that may stand wherever the form needs one: what it refers to is right by making. */
export type To = Reference<never>;

/** One resource made of the form. `part` names it within the form; it is the same each time the form is extracted. */
export interface Part {
  part: string;
  resource: Resource;
}

/** What every part is made with. */
export interface Making {
  form: Scope;
  /** Names the form among all forms. */
  key: string;
  patient: To;
  /** Dutch civil day of the conversation. */
  day: string;
  /** `Type/id` (or a urn) that the part will have. */
  referenceTo(type: Resource['resourceType'], part: string): string;
}

/** The people of the conversation, once they are made. */
export interface Conversation extends Making {
  encounter: To;
  professional?: To;
  /** Those who made the agreements. */
  parties: To[];
}

export const PZP = 'https://fhir.iknl.nl/fhir/StructureDefinition';
const ENCOUNTER_EXTENSION = `${PZP}/${codes.ENCOUNTER_EXTENSION}`;

/** `profile` is the name of a published profile. */
export function framed<T extends Resource>(
  { key }: Pick<Making, 'key'>,
  part: string,
  { resourceType, ...rest }: T & Record<string, unknown>,
  profile?: string,
): Part {
  const meta = profile === undefined ? undefined : { profile: [`${PZP}/${profile}`] };
  const identifier: Identifier = { system: FORM_PART, value: `${key}/${part}` };
  return { part, resource: pruned({ resourceType, meta, identifier: [identifier], ...rest }) as Resource };
}

export const concept = (coding: Coding, text?: string): CodeableConcept => ({ coding: [coding], ...(text !== undefined && { text }) });

/** The conversation a Consent, Goal or DeviceUseStatement came from. */
export function inEncounter({ encounter }: Conversation): Extension {
  return { url: ENCOUNTER_EXTENSION, valueReference: encounter };
}

export function commentExtension(text: string | undefined): Extension[] {
  return text === undefined ? [] : [{ url: codes.COMMENT_EXTENSION, valueString: text }];
}

export const noteOf = (text: string | undefined) => (text === undefined ? undefined : [{ text }]);

const CONSENTER: Coding = { system: codes.ROLE_CODE, code: 'CONSENTER' };

/** The actors of an agreement. */
export function consenters({ parties }: Conversation): NonNullable<NonNullable<Consent['provision']>['actor']> {
  return parties.map((reference) => ({ role: concept(CONSENTER), reference }));
}

/** Without properties that are undefined or empty: equal facts give equal resources. */
export function pruned<T>(value: T): T {
  if (Array.isArray(value)) return value.map(pruned) as T;
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, item]) => item !== undefined && !(Array.isArray(item) && item.length === 0));
  return Object.fromEntries(kept.map(([name, item]) => [name, pruned(item)])) as T;
}
