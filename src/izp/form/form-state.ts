// Whether the answers of a stored response stand in the record as resources: told by tags that are the service's alone.
import type { Coding, QuestionnaireResponse, Resource } from '@medplum/fhirtypes';
import { AGREED_FORM, isPzpForm } from '../parts.js';
import { EXTRACTED_TAG, UNREADABLE_TAG } from './form-codes.js';
import { ownFormOf } from './own-forms.js';

export type FormState = 'extracted' | 'unreadable';

const TAGS: Record<FormState, Coding> = { extracted: EXTRACTED_TAG, unreadable: UNREADABLE_TAG };

export function formStateOf({ meta }: Resource): FormState | undefined {
  const tags = Array.isArray(meta?.tag) ? meta.tag : [];
  return (['extracted', 'unreadable'] as const).find((state) => tags.some((tag) => isTag(tag, TAGS[state])));
}

/** The response with the tag of its state and no other of the service's; whatever its sender tagged stays. */
export function withFormState<T extends Resource>(resource: T, state: FormState | undefined): T {
  const { meta: { tag, ...meta } = {}, ...rest } = resource;
  const others = (Array.isArray(tag) ? tag : []).filter((one) => !Object.values(TAGS).some((own) => isTag(one, own)));
  const tags = state === undefined ? others : [...others, TAGS[state]];
  if (tags.length === 0 && tag === undefined) return resource;
  return { ...rest, meta: { ...meta, ...(tags.length > 0 && { tag: tags }) } } as T;
}

function isTag(tag: Coding | undefined, own: Coding): boolean {
  return tag?.system === own.system && tag?.code === own.code;
}

/** True for a response that says what was agreed: drafts and abandoned forms do not. */
export function isAgreedForm(resource: Resource): boolean {
  if (!isKnownForm(resource)) return false;
  return AGREED_FORM.has((resource as QuestionnaireResponse).status);
}

/** True for a response to a form that is extracted here: the published one, or one of the service's own. */
export function isKnownForm(resource: Resource): boolean {
  return (
    isPzpForm(resource) || (resource.resourceType === 'QuestionnaireResponse' && ownFormOf(resource as QuestionnaireResponse) !== undefined)
  );
}
