// Modifier extensions: whoever does not know one may not use the element it stands in.
// https://hl7.org/fhir/R4/extensibility.html#modifierExtension
import { isObject } from '../fhir/json.js';

/**
 * True when a resource holds anything that changes its meaning in a way the service does not know: a modifierExtension
 * anywhere (contained resources included), or implicitRules. `known` names the URLs understood at the resource's root.
 */
export function hasUnknownModifier(resource: unknown, known: ReadonlySet<string> = new Set()): boolean {
  if (!isObject(resource)) return false;
  if (unknownIn(resource.modifierExtension, known) || 'implicitRules' in resource) return true;
  for (const name in resource) if (name !== 'modifierExtension' && hasModifier(resource[name])) return true;
  return false;
}

function hasModifier(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(hasModifier);
  if (!isObject(value)) return false;
  if (unknownIn(value.modifierExtension, NONE) || ('resourceType' in value && 'implicitRules' in value)) return true;
  for (const name in value) if (hasModifier(value[name])) return true;
  return false;
}

const NONE: ReadonlySet<string> = new Set();

function unknownIn(list: unknown, known: ReadonlySet<string>): boolean {
  if (list === undefined) return false;
  if (!Array.isArray(list)) return true;
  return list.some((extension) => !isObject(extension) || typeof extension.url !== 'string' || !known.has(extension.url));
}
