// A search request as a query: every parameter understood or refused, nothing quietly left out.
// https://hl7.org/fhir/R4/search.html
import { FhirError } from '../fhir/errors.js';
import { isServedType, SERVED_TYPES } from '../fhir/resource-types.js';
import type { ParseContext } from './filter-values.js';
import { CONTROLS, type Control, parseControls } from './parse-controls.js';
import { parseFilter } from './parse-filter.js';
import { parseInclude } from './parse-include.js';
import { splitUnescaped } from './parse-values.js';
import type { Filter, Include, SearchQuery } from './query-nodes.js';
import { badParameter, didYouMean, notSupported, shown } from './refusal.js';

export { nearest } from './nearest.js';
export { DEFAULT_COUNT, MAX_COUNT } from './parse-controls.js';
export type { Filter, Include, SearchQuery, SortRule } from './query-nodes.js';

/** Parameters of one search. */
export const MAX_PARAMETERS = 100;
/** Values of one search, all lists together: more is no question of a person or plan. */
export const MAX_VALUES = 1000;
/** _include and _revinclude of one search: each is a statement per round. */
export const MAX_INCLUDES = 20;

export interface ParseOptions extends ParseContext {
  /** Unknown search parameters are named in `ignored` instead of refused. Nothing else becomes lenient. */
  lenient?: boolean;
}

/**
 * Parses the decoded name-value pairs of a search on `type`. Throws FhirError only: 'not-supported' for a type not kept here,
 * 'unknown-parameter', 'not-supported' or 'bad-parameter' (400), which name the parameter and the nearest right name, never a value.
 */
export function parseSearch(type: string, pairs: readonly (readonly [string, string])[], options: ParseOptions): SearchQuery {
  if (!isServedType(type))
    throw new FhirError('not-supported', `This service does not keep that resource type.${didYouMean(type, SERVED_TYPES)}`);
  checkSize(pairs);
  const filters: Filter[] = [];
  const includes: Include[] = [];
  const controls = new Map<Control, string>();
  const ignored: string[] = [];
  for (const [name, value] of pairs) {
    const control = CONTROLS.find((known) => known === name || name.startsWith(`${known}:`));
    if (/^_(rev)?include(:|$)/.test(name)) includes.push(parseInclude(type, name, value));
    else if (control) addControl(controls, control, name, value);
    else {
      const filter = filterOrIgnored(() => parseFilter(options, type, name, value), options.lenient === true);
      if (filter) filters.push(filter);
      else ignored.push(shown(name));
    }
  }
  return Object.freeze({
    type,
    filters: Object.freeze(filters),
    includes: Object.freeze(includes.filter((include) => include.kind === 'include')),
    revincludes: Object.freeze(includes.filter((include) => include.kind === 'revinclude')),
    ...parseControls(type, controls),
    ignored: Object.freeze(ignored),
  });
}

function checkSize(pairs: readonly (readonly [string, string])[]): void {
  if (pairs.length > MAX_PARAMETERS) throw new FhirError('bad-parameter', `A search takes at most ${MAX_PARAMETERS} parameters.`);
  if (pairs.filter(([name]) => /^_(rev)?include/.test(name)).length > MAX_INCLUDES)
    throw badParameter('_include', `at most ${MAX_INCLUDES} of them.`);
  const values = pairs.reduce((sum, [, value]) => sum + splitUnescaped(value, ',').length, 0);
  if (values > MAX_VALUES) throw new FhirError('bad-parameter', `A search takes at most ${MAX_VALUES} values, all lists together.`);
}

function addControl(controls: Map<Control, string>, control: Control, name: string, value: string): void {
  if (name !== control) throw notSupported(name, `${control} takes no modifier.`);
  if (controls.has(control)) throw badParameter(name, 'it is given twice.');
  if (value.trim() === '') throw badParameter(name, 'it has no value.');
  controls.set(control, value.trim());
}

/** In lenient mode an unknown name, and nothing else, comes back as undefined. */
function filterOrIgnored(parse: () => Filter, lenient: boolean): Filter | undefined {
  try {
    return parse();
  } catch (error) {
    if (lenient && error instanceof FhirError && error.kind === 'unknown-parameter') return undefined;
    throw error;
  }
}
