// Strings of a resource: plain text, names and addresses in all their parts.
// https://hl7.org/fhir/R4/search.html#string
import { isObject } from '../fhir/json.js';
import { foldText, storable } from './fold.js';
import type { SearchParameter } from './parameters.js';
import { addValues, type SearchIndex } from './search-index.js';

/** Parts of HumanName and Address, the one that sorts first. */
const PARTS = ['family', 'text', 'given', 'prefix', 'suffix', 'line', 'city', 'district', 'state', 'postalCode', 'country'] as const;

export function indexStrings(nodes: unknown[], parameter: SearchParameter, index: SearchIndex): void {
  const raw = nodes.flatMap(textsOf).filter((text) => text !== '');
  addValues(index, parameter.code, raw.map(foldText));
  addValues(index, `${parameter.code}:exact`, raw.map(storable));
}

function textsOf(node: unknown): string[] {
  if (typeof node === 'string') return [node];
  if (!isObject(node)) return [];
  const texts = PARTS.flatMap((part) => strings(node[part]));
  // A name that is only written out is found by each of its words, as its parts would be.
  const words = typeof node.text === 'string' && !('line' in node) ? node.text.split(/\s+/) : [];
  return [...texts, ...familyParts(node._family), ...words];
}

/** Own name and partner's name, which Dutch records keep in extensions of the family name. */
function familyParts(family: unknown): string[] {
  const extensions = isObject(family) && Array.isArray(family.extension) ? family.extension : [];
  return extensions.flatMap((extension) => (isObject(extension) ? strings(extension.valueString) : []));
}

function strings(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((item): item is string => typeof item === 'string');
}
