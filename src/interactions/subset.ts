// _summary and _elements on a single resource, read as a search reads them.
// https://hl7.org/fhir/R4/search.html#summary
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest } from '../fhir/exchange.js';
import type { ServedType } from '../fhir/resource-types.js';
import { parseControls } from '../search/parse-controls.js';
import { parameter } from './parameters.js';
import { type SubsetQuery, summarised } from './summary-view.js';

export const SUBSET_PARAMETERS = ['_summary', '_elements'] as const;

/** What part of the resource is asked; undefined for the whole. */
export function subsetOf(request: FhirRequest): SubsetQuery | undefined {
  const given = SUBSET_PARAMETERS.flatMap((name) => {
    const value = parameter(request, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  if (given.length === 0) return undefined;
  const { summary, elements } = parseControls(request.path[0] as ServedType, new Map(given));
  if (summary === 'count') throw new FhirError('bad-parameter', '_summary=count is for searches.', { expression: '_summary' });
  return { summary, elements };
}

/** JSON text of the part, or the text as it is. */
export function subsetText(content: string, subset: SubsetQuery | undefined): string {
  return subset ? summarised(content, subset, true) : content;
}
