// Reading coded values, extensions and texts of FHIR resources without assuming that a sender filled them well.
// https://hl7.org/fhir/R4/datatypes.html#CodeableConcept
import type { CodeableConcept, Coding, Extension } from '@medplum/fhirtypes';
import { isObject } from '../fhir/json.js';
import { SNOMED_OID } from './codes.js';

/** The codings of a concept, of a list of concepts, or of nothing. */
export function codingsOf(value: CodeableConcept | CodeableConcept[] | undefined): Coding[] {
  const concepts = Array.isArray(value) ? value : [value];
  return concepts
    .flatMap((concept) => (isObject(concept) && Array.isArray(concept.coding) ? (concept.coding as Coding[]) : []))
    .filter(isObject);
}

/** True when one of the codings is exactly this system and code. */
export function hasCode(value: CodeableConcept | CodeableConcept[] | undefined, system: string, code: string): boolean {
  return codingsOf(value).some((coding) => coding.system === system && coding.code === code);
}

/** The SNOMED CT codes of a concept; a code without any system counts, since no other system of the field has codes of that shape. */
export function snomedCodes(value: CodeableConcept | CodeableConcept[] | undefined): string[] {
  return codingsOf(value).flatMap((coding) => {
    const known = coding.system === undefined || isSnomed(coding.system);
    return known && typeof coding.code === 'string' ? [coding.code] : [];
  });
}

/** SNOMED CT as it is, with an edition or version behind it, under https or with a slash too many: nothing else has that name. */
const SNOMED_SPELLINGS = /^https?:\/\/(www\.)?snomed\.info\/sct([/|].*)?$/;

export function isSnomed(system: string | undefined): boolean {
  return system !== undefined && (system === SNOMED_OID || SNOMED_SPELLINGS.test(system));
}

/** True when the concept holds one of these SNOMED CT codes. */
export function hasSnomed(value: CodeableConcept | CodeableConcept[] | undefined, codes: ReadonlySet<string> | string): boolean {
  return snomedCodes(value).some((code) => (typeof codes === 'string' ? code === codes : codes.has(code)));
}

/** What a reader is shown of a concept in the sender's own words: its text, else a display, else a code. */
export function conceptText(concept: CodeableConcept | undefined): string | undefined {
  const codings = codingsOf(concept);
  return filled(concept?.text) ?? codings.map((c) => filled(c.display)).find(Boolean) ?? codings.map((c) => filled(c.code)).find(Boolean);
}

/** The text when it holds more than white space. */
export function filled(text: unknown): string | undefined {
  return typeof text === 'string' && text.trim() !== '' ? text.trim() : undefined;
}

/** The extensions with this URL; a name without a slash matches any host it was published under. */
export function extensionsOf(element: { extension?: Extension[] } | undefined, url: string): Extension[] {
  const list = element?.extension;
  if (!Array.isArray(list)) return [];
  return list.filter(
    (x) => isObject(x) && typeof x.url === 'string' && (x.url === url || (!url.includes('/') && x.url.endsWith(`/${url}`))),
  );
}

/** The Annotation texts of a resource, joined; undefined when there are none. */
export function noteText(notes: { text?: string }[] | undefined): string | undefined {
  const texts = (Array.isArray(notes) ? notes : []).map((note) => filled(note?.text)).filter((text) => text !== undefined);
  return texts.length > 0 ? texts.join('\n') : undefined;
}
