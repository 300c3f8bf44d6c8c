// The values of a resource's search parameters, as stored beside it and as the SQL of a search reads them.
// https://hl7.org/fhir/R4/search.html#ptypes

import { canonicalSystem } from '../fhir/identity.js';
import { isObject } from '../fhir/json.js';
import { valuesAt } from './element-path.js';
import { storable } from './fold.js';
import { indexDates, indexNumbers } from './index-ranges.js';
import { indexReferences, indexUris } from './index-references.js';
import { indexStrings } from './index-strings.js';
import { indexTokens } from './index-tokens.js';
import { COLUMN_PARAMETERS, type SearchParameter, type SearchType, searchParametersOf } from './parameters.js';
import type { IndexContext, SearchIndex } from './search-index.js';

export type { SearchIndex } from './search-index.js';

type Indexer = (nodes: unknown[], parameter: SearchParameter, index: SearchIndex, context: IndexContext) => void;

const INDEXERS: Record<SearchType, Indexer> = {
  token: indexTokens,
  string: indexStrings,
  date: indexDates,
  reference: indexReferences,
  uri: indexUris,
  number: indexNumbers,
  quantity: indexNumbers,
};

/** The search index of a resource as parsed by parseJson. Never throws: what does not fit its element's type has no values. */
export function indexValues(resource: { resourceType: string }, options: { baseUrl?: string } = {}): SearchIndex {
  const index: SearchIndex = {};
  const context: IndexContext = { type: resource.resourceType, ...options };
  for (const parameter of searchParametersOf(resource.resourceType)) {
    if (COLUMN_PARAMETERS.has(parameter.code)) continue;
    const nodes = parameter.paths.flatMap((path) => valuesAt(resource, path));
    if (nodes.length === 0) continue;
    // The key alone says the element is there, whatever can be made of it.
    index[parameter.code] = [];
    INDEXERS[parameter.type](nodes, parameter, index, context);
  }
  return index;
}

/** The business identifiers a resource itself carries, in their one spelling; those without system or value are left out. */
export function identifiersOf(resource: unknown): { system: string; value: string }[] {
  const found = new Map<string, { system: string; value: string }>();
  for (const identifier of valuesAt(resource, 'identifier')) {
    if (!isObject(identifier) || typeof identifier.system !== 'string' || typeof identifier.value !== 'string') continue;
    const entry = { system: storable(canonicalSystem(identifier.system)), value: storable(identifier.value) };
    found.set(JSON.stringify(entry), entry);
  }
  return [...found.values()];
}
