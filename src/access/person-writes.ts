// What a patient, or a representative, may write by a token of their own: who may see the record, own words, and taking back what was
// agreed. Never what professionals agreed. Pure.
import type { Reference, Resource } from '@medplum/fhirtypes';
import { withoutVersion } from '../fhir/references.js';
import type { Capacity } from './record.js';
import { isPrivacyConsent } from './rules.js';

/** What an operation does to a resource, where that is no plain write. */
export type Act = 'withdraw';

export interface PersonsWrite {
  /** `Patient/id` or `RelatedPerson/id`, as the token says. */
  person: string;
  by: 'patient' | 'representative';
  capacity: Capacity;
  act?: Act;
  /** As it is to be; undefined when it is deleted. */
  resource: Resource | undefined;
  /** As it stands, and which person wrote it, if one did. */
  before: { resource: Resource; person?: string } | undefined;
}

/**
 * A patient decides about the own record until it is recorded that they cannot; a representative only while that is what everybody's
 * last word says. What is said about sharing is the patient's at any time: capacity is recorded for decisions about treatment.
 */
export function mayPersonWrite({ person, by, capacity, act, resource, before }: PersonsWrite): boolean {
  const touched = [resource, before?.resource].flatMap((one) => one ?? []);
  const isAboutSharing = touched.every(isPrivacyConsent);
  const decides = by === 'patient' ? capacity === 'not-absent' || isAboutSharing : capacity === 'absent';
  if (act === 'withdraw') return decides;
  if (before !== undefined && before.person === undefined) return false;
  if (isAboutSharing) return decides;
  // Own words are everybody's; those of another are changed only in their place.
  const isAnothers = before !== undefined && before.person !== person;
  return (
    touched.every((one) => isOwnStatement(one)) && (by === 'patient' || !isAnothers || decides) && (!resource || speaksAs(resource, person))
  );
}

/** A statement beside what professionals agreed. */
function isOwnStatement(resource: Resource): boolean {
  if (resource.resourceType === 'DocumentReference') return resource.docStatus === 'preliminary';
  return resource.resourceType === 'Communication';
}

/** Nobody speaks in another's name, nor signs as one. */
function speaksAs(resource: Resource, person: string): boolean {
  const named: (Reference | undefined)[] =
    resource.resourceType === 'Communication'
      ? [resource.sender]
      : resource.resourceType === 'DocumentReference'
        ? [...(resource.author ?? []), resource.authenticator]
        : [];
  return named.every((one) => one === undefined || withoutVersion(one.reference ?? '') === person);
}
