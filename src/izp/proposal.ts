// What patients and representatives say for themselves: own words and proposals, beside what was agreed and never part of it.
import type { CodeableConcept, Communication, DocumentReference, Reference, Resource } from '@medplum/fhirtypes';
import { hasCode } from './concepts.js';
import { IZP_OWN_WORDS, IZP_PROPOSAL } from './izp-codes.js';
import type { RecordEntry } from './record.js';

export type OwnWords = Communication | DocumentReference;

/** True for words of a person, by who wrote them or by what they say they are: whoever touches them later makes them no agreement. */
export function isOwnWords({ resource, person }: Pick<RecordEntry, 'resource' | 'person'>): boolean {
  if (resource.resourceType !== 'Communication' && resource.resourceType !== 'DocumentReference') return false;
  return person !== undefined || categoriesOf(resource).some((category) => category.coding?.some(({ system }) => system === IZP_OWN_WORDS));
}

/** True for own words that ask for another agreement: they are answered with one, or declined in words. */
export function isProposal(resource: Resource): boolean {
  return hasCode(categoriesOf(resource), IZP_OWN_WORDS, IZP_PROPOSAL);
}

/** What own words are about: agreements or other resources of the record. */
export function aboutOf(words: OwnWords): Reference[] {
  return (words.resourceType === 'Communication' ? words.about : words.context?.related) ?? [];
}

const TAKEN_BACK: ReadonlySet<string> = new Set(['entered-in-error', 'stopped', 'not-done', 'superseded']);

/** True when who said it has taken it back. */
export function isTakenBack({ status }: OwnWords): boolean {
  return TAKEN_BACK.has(status);
}

function categoriesOf(resource: Resource): CodeableConcept[] {
  return (resource as { category?: CodeableConcept[] }).category ?? [];
}
