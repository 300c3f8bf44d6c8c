// Under which name a form is filed, and which resources of a record were made of it.
import type { Identifier, Provenance, QuestionnaireResponse, Resource } from '@medplum/fhirtypes';
import { dutchDate, intervalOf } from '../../fhir/dates.js';
import { withoutVersion } from '../../fhir/references.js';
import { canonicalJson, sha256 } from '../digest.js';
import { answerOf, readAnswers } from './answers.js';
import { CONVERSATION_PART } from './conversation-parts.js';
import { FORM_PART } from './form-codes.js';
import type { To } from './parts.js';

/** Identifier of a form as the source of what was made of it. */
export const FORM_KEY = FORM_PART.replace('izp-form-part', 'izp-form');

/**
 * The name of the form this response fills in. A response populated from a recorded conversation says which one in `partOf`; as
 * long as it tells of the same day it is the same form, so that saving it unchanged changes nothing. With another day it is a
 * new conversation. `find` gives the resources of the patient's record.
 */
export function formKeyOf(response: QuestionnaireResponse, find: (reference: string) => Resource | undefined): string {
  const day = answerOf(readAnswers(response).form, '963')?.day;
  for (const { reference } of [response.partOf ?? []].flat()) {
    const known = reference === undefined ? undefined : find(withoutVersion(reference));
    if (known?.resourceType !== 'Procedure') continue;
    const part = partName(known);
    const start = known.performedPeriod?.start;
    if (part?.part === CONVERSATION_PART && start !== undefined && dayOf(start) === day) return part.key;
  }
  return response.id ?? sha256(canonicalJson(response.item)).slice(0, KEY_LENGTH);
}

/** Hexadecimal digits that name a form that has no id yet. */
const KEY_LENGTH = 32;

function dayOf(date: string): string | undefined {
  const interval = intervalOf(date);
  return interval && dutchDate(interval.start);
}

/** Of which form and which part of it a resource was made; undefined for any other resource. */
export function partName(resource: Resource): { key: string; part: string } | undefined {
  const identifiers = [(resource as { identifier?: Identifier | Identifier[] }).identifier ?? []].flat();
  const value = identifiers.find((identifier) => identifier?.system === FORM_PART)?.value;
  const slash = value?.lastIndexOf('/') ?? -1;
  return value === undefined || slash < 1 ? undefined : { key: value.slice(0, slash), part: value.slice(slash + 1) };
}

/** The response as a Provenance names it: by reference once it is stored, always by the form's name. */
export function sourceReference({ id }: QuestionnaireResponse, key: string): To {
  return {
    ...(id !== undefined && { reference: `QuestionnaireResponse/${id}` }),
    type: 'QuestionnaireResponse',
    identifier: { system: FORM_KEY, value: key },
  };
}

/** True for the Provenance of what was made of the form. */
export function isProvenanceOf(resource: Resource, key: string): resource is Provenance {
  if (resource.resourceType !== 'Provenance') return false;
  return (resource.entity ?? []).some(({ what }) => what?.identifier?.system === FORM_KEY && what.identifier.value === key);
}
