// Marks of what the service itself keeps beside what clients write.
import type { Identifier, Resource } from '@medplum/fhirtypes';
import { KEPT_IDENTIFIER, KEPT_TAG_CODE, KEPT_TAG_SYSTEM } from './izp-codes.js';

/** The frame of a resource the service makes: its profile, the service's tag, and an identifier no client assigns. */
export function newKept(resourceType: Resource['resourceType'], id: string, profile: string): Resource {
  const meta = { profile: [profile], tag: [{ system: KEPT_TAG_SYSTEM, code: KEPT_TAG_CODE }] };
  return { resourceType, id, meta, identifier: [keptIdentifier(id)] } as Resource;
}

export function keptIdentifier(id: string): Identifier {
  return { system: KEPT_IDENTIFIER, value: id };
}

/** True when the service made the resource, or adopted a client's plan as its own. */
export function isKept(resource: Resource): boolean {
  const identifiers = (resource as { identifier?: unknown }).identifier;
  return Array.isArray(identifiers) && identifiers.some((identifier: Identifier) => identifier?.system === KEPT_IDENTIFIER);
}

/** True when the service made the resource from nothing. */
export function isMadeByService(resource: Resource): boolean {
  return resource.meta?.tag?.some((tag) => tag.system === KEPT_TAG_SYSTEM && tag.code === KEPT_TAG_CODE) === true;
}
