// The parameters that shape a result instead of filtering it: _sort, _count, _total, _summary, _elements, _format, _pretty, _page.
// https://hl7.org/fhir/R4/search.html#return
import type { ServedType } from '../fhir/resource-types.js';
import { type SearchParameter, searchParameter, searchParametersOf } from './parameters.js';
import type { SearchQuery, SortRule, Summary, Total } from './query-nodes.js';
import { badParameter, didYouMean } from './refusal.js';
import { BASE_ELEMENTS, ROOT_ELEMENTS } from './root-elements.data.js';

/** Matches per page when a client asks for no number: a whole care plan fits. */
export const DEFAULT_COUNT = 50;
/** More matches per page are given in several pages; bounds the memory one answer takes. */
export const MAX_COUNT = 1000;
/** Sort keys of one search; each is a column of every row of the page. */
export const MAX_SORT_KEYS = 5;

/** Names of the result parameters, _include and _revinclude apart. */
export const CONTROLS = ['_sort', '_count', '_total', '_summary', '_elements', '_format', '_pretty', '_page'] as const;
export type Control = (typeof CONTROLS)[number];

export type Controls = Pick<SearchQuery, 'sort' | 'count' | 'total' | 'summary' | 'elements' | 'format' | 'pretty' | 'page'>;

const TOTALS: readonly Total[] = ['none', 'estimate', 'accurate'];
const SUMMARIES: readonly Summary[] = ['true', 'false', 'text', 'data', 'count'];

/** The result parameters of a search on `type`. Throws 'bad-parameter' for a value outside what R4 defines. */
export function parseControls(type: ServedType, values: ReadonlyMap<Control, string>): Controls {
  const count = countOf(values.get('_count'));
  const summary = oneOf('_summary', values.get('_summary'), SUMMARIES);
  const elements = values.get('_elements');
  const pretty = oneOf('_pretty', values.get('_pretty'), ['true', 'false']);
  return {
    sort: Object.freeze(
      (values.get('_sort')?.split(',') ?? []).map((key) => sortRule(type, key.trim())).slice(0, sortLimit(values.get('_sort'))),
    ),
    count: Math.max(1, count),
    total: oneOf('_total', values.get('_total'), TOTALS),
    summary: count === 0 ? 'count' : summary,
    elements: elements === undefined ? undefined : Object.freeze(elementNames(type, elements)),
    format: values.get('_format'),
    pretty: pretty === undefined ? undefined : pretty === 'true',
    page: values.get('_page'),
  };
}

function countOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_COUNT;
  if (!/^\d{1,9}$/.test(text)) throw badParameter('_count', 'it is a whole number, 0 or more.');
  return Math.min(Number(text), MAX_COUNT);
}

function oneOf<T extends string>(name: string, text: string | undefined, allowed: readonly T[]): T | undefined {
  const found = allowed.find((value) => value === text);
  if (text !== undefined && found === undefined)
    throw badParameter(name, `it is one of ${allowed.join(', ')}.${didYouMean(text, allowed)}`);
  return found;
}

function sortLimit(text: string | undefined): number {
  if ((text?.split(',').length ?? 0) > MAX_SORT_KEYS) throw badParameter('_sort', `at most ${MAX_SORT_KEYS} keys.`);
  return MAX_SORT_KEYS;
}

function sortRule(type: ServedType, key: string): SortRule {
  const descending = key.startsWith('-');
  const code = descending ? key.slice(1) : key;
  const parameter = searchParameter(type, code);
  if (!parameter) {
    const codes = searchParametersOf(type).map((known) => known.code);
    throw badParameter(
      '_sort',
      `${type} cannot be sorted by that; keys are search parameters, with a hyphen before one that descends.${didYouMean(code, codes)}`,
    );
  }
  return Object.freeze({ code, descending, by: orderOf(parameter) });
}

function orderOf(parameter: SearchParameter): SortRule['by'] {
  if (parameter.code === '_id') return 'id';
  if (parameter.code === '_lastUpdated') return 'last-updated';
  if (parameter.type === 'date') return 'date';
  return parameter.type === 'number' || parameter.type === 'quantity' ? 'number' : 'text';
}

/** Names of root elements as JSON has them; asked with or without the type before them, a choice by its name or by one of its types. */
function elementNames(type: ServedType, text: string): string[] {
  const known = jsonNamesOf(type);
  return text.split(',').flatMap((name) => {
    const bare = name.trim().replace(new RegExp(`^${type}\\.`), '');
    if (!/^[A-Za-z][A-Za-z0-9]{0,63}$/.test(bare))
      throw badParameter('_elements', 'it is a list of element names of the resource itself, separated by commas.');
    const asked = known.get(bare);
    if (asked === undefined) throw badParameter('_elements', `${type} has no element of that name.${didYouMean(bare, known.keys())}`);
    return asked;
  });
}

const jsonNames = new Map<ServedType, ReadonlyMap<string, readonly string[]>>();

/** Every name an element of that type can be asked by, with the names it has in JSON. */
function jsonNamesOf(type: ServedType): ReadonlyMap<string, readonly string[]> {
  let names = jsonNames.get(type);
  if (!names) {
    const elements = [...BASE_ELEMENTS, ...ROOT_ELEMENTS[type]].map((element) => {
      const [name = '', ...types] = element.split(' ');
      return { name, typed: types.map((each) => name + each) };
    });
    names = new Map<string, readonly string[]>([
      ...elements.flatMap(({ typed }) => typed.map((name) => [name, [name]] as const)),
      ...elements.map(({ name, typed }) => [name, typed.length > 0 ? typed : [name]] as const),
    ]);
    jsonNames.set(type, names);
  }
  return names;
}
