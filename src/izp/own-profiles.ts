// Which of the service's own profiles a resource must meet because of what it is, whether or not it claims one: told by the
// service's own codes alone, so that a resource of the published standard is never held to them.
import type { Consent, Goal, Resource } from '@medplum/fhirtypes';
import { isObject } from '../fhir/json.js';
import { CONSENT_SCOPE } from './codes.js';
import { codingsOf, hasCode } from './concepts.js';
import * as izp from './izp-codes.js';

type Concept = Parameters<typeof codingsOf>[0];

/** Canonical URL of the profile; undefined when the resource is of no kind of the service's own. Takes malformed resources too. */
export function ownProfileOf(resource: unknown): string | undefined {
  if (!isObject(resource) || typeof resource.resourceType !== 'string') return undefined;
  const has = (value: unknown, system: string, code: string) => hasCode(value as Concept, system, code);
  switch (resource.resourceType) {
    case 'CarePlan':
      return has(resource.category, izp.IZP_PLAN_CATEGORY, izp.IZP_PLAN_CODE) ? izp.IZP_CARE_PLAN_PROFILE : undefined;
    case 'CareTeam':
      return objects(resource.participant).some(({ role }) => uses(role, izp.IZP_CARE_TEAM_ROLE)) ? izp.IZP_CARE_TEAM_PROFILE : undefined;
    case 'Composition':
      if (has(resource.type, izp.IZP_DOCUMENT_TYPE, izp.IZP_DOCUMENT)) return izp.IZP_PLAN_DOCUMENT_PROFILE;
      return has(resource.type, izp.IZP_DOCUMENT_TYPE, izp.IZP_SUMMARY_TYPE) ? izp.IZP_SUMMARY_PROFILE : undefined;
    case 'Consent':
      return has((resource as unknown as Consent).scope, CONSENT_SCOPE, 'patient-privacy') ? izp.IZP_SHARING_PROFILE : undefined;
    case 'DocumentReference':
      return has(resource.type, izp.IZP_DOCUMENT_TYPE, izp.IZP_WISH_LETTER) ? izp.IZP_WISH_LETTER_PROFILE : undefined;
    case 'Flag':
      return uses(resource.code, izp.IZP_MARKING_CODE) ? izp.IZP_MARKING_PROFILE : undefined;
    case 'Goal':
      return goalProfile(resource as unknown as Goal);
    case 'ServiceRequest':
      return uses(resource.code, izp.IZP_SCENARIO_KIND) ? izp.IZP_SCENARIO_PROFILE : undefined;
    case 'SupplyDelivery':
      return objects(resource.suppliedItem).some(({ itemCodeableConcept }) => has(itemCodeableConcept, izp.IZP_SUPPLY, izp.IZP_KIT))
        ? izp.IZP_KIT_PROFILE
        : undefined;
    default:
      return undefined;
  }
}

function goalProfile({ target, category }: Goal): string | undefined {
  if (objects(target).some(({ measure }) => hasCode(measure as Concept, izp.IZP_MEASURE, izp.IZP_PREFERRED_PLACE_OF_CARE)))
    return izp.IZP_PREFERRED_PLACE_OF_CARE_PROFILE;
  return uses(category, izp.IZP_DIMENSION) ? izp.IZP_GOAL_PROFILE : undefined;
}

function uses(value: unknown, system: string): boolean {
  return codingsOf(value as Concept).some((coding) => coding.system === system);
}

function objects(value: unknown): Record<string, unknown>[] {
  return [value].flat().filter(isObject);
}

const TAG = { system: izp.IZP_DATA_QUALITY, code: izp.IZP_PROFILE_ERRORS };

/** The resource with the tag that says it was stored with errors of published profiles, or without it: the tag is the service's. */
export function withQualityTag(resource: Resource, hasErrors: boolean): Resource {
  const tags = Array.isArray(resource.meta?.tag) ? resource.meta.tag : [];
  const others = tags.filter(({ system, code }) => system !== TAG.system || code !== TAG.code);
  if (!hasErrors && others.length === tags.length) return resource;
  const { tag: _tags, ...meta } = resource.meta ?? {};
  const kept = hasErrors ? [...others, TAG] : others;
  return { ...resource, meta: { ...meta, ...(kept.length > 0 && { tag: kept }) } };
}
