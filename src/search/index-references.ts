// References, canonicals and URIs of a resource.
// https://hl7.org/fhir/R4/search.html#reference
import { canonicalKey } from '../fhir/canonical.js';
import { isObject } from '../fhir/json.js';
import { withoutVersion } from '../fhir/references.js';
import { storable } from './fold.js';
import { identifierKeys } from './index-tokens.js';
import type { SearchParameter } from './parameters.js';
import { addValues, type IndexContext, type SearchIndex } from './search-index.js';

export function indexReferences(nodes: unknown[], parameter: SearchParameter, index: SearchIndex, context: IndexContext): void {
  for (const node of nodes) {
    if (typeof node === 'string') addValues(index, parameter.code, canonicalKeys(node));
    else if (isObject(node)) {
      if (typeof node.reference === 'string' && !node.reference.startsWith('#')) {
        addValues(index, parameter.code, [referenceKey(node.reference, context.baseUrl)]);
      }
      addValues(index, `${parameter.code}:identifier`, identifierKeys(node.identifier));
    }
  }
}

export function indexUris(nodes: unknown[], parameter: SearchParameter, index: SearchIndex): void {
  for (const node of nodes) if (typeof node === 'string') addValues(index, parameter.code, canonicalKeys(node));
}

/** `Type/id` for a resource of this service, whether written relative or absolute, versioned or not; other URLs as they are. */
export function referenceKey(reference: string, baseUrl: string | undefined): string {
  const base = baseUrl?.replace(/\/?$/, '/');
  const relative = base !== undefined && reference.startsWith(base) ? reference.slice(base.length) : reference;
  return storable(withoutVersion(relative));
}

/** A canonical URL under its one name, its version kept: what a query that names a version asks for. */
export function versionedKey(canonical: string): string {
  const bar = canonical.indexOf('|');
  return storable(canonicalKey(canonical) + (bar === -1 ? '' : canonical.slice(bar)));
}

/** A canonical is found with and without its version. */
function canonicalKeys(canonical: string): string[] {
  return [...new Set([storable(canonicalKey(canonical)), versionedKey(canonical)])];
}
