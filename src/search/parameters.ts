// The search parameters of every served type: the one registry that feeds index, query, CapabilityStatement and documentation.
// https://hl7.org/fhir/R4/searchparameter-registry.html
import { isObject } from '../fhir/json.js';
import { isServedType, PATIENT_ELEMENTS, SERVED_TYPES, type ServedType } from '../fhir/resource-types.js';
import { ADDED_PARAMETERS } from './added-parameters.js';
import { compileExpression } from './compile-expression.js';
import { CHOICE_ELEMENTS, R4_PARAMETERS } from './parameters.data.js';
import { SEARCH_TYPES, type SearchParameter, type SearchType } from './search-parameter.js';

export type { SearchParameter, SearchType } from './search-parameter.js';

/** Answered from the row's own columns, not from the index. */
export const COLUMN_PARAMETERS: ReadonlySet<string> = new Set(['_id', '_lastUpdated']);

const R4_BASE = 'http://hl7.org/fhir/SearchParameter/';
const CODE = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;
const choices = new Set(CHOICE_ELEMENTS);

function r4Parameters(type: string): SearchParameter[] {
  return (R4_PARAMETERS[type] ?? []).map(({ name, type: searchType, ...row }) => ({
    ...row,
    type: searchType as SearchType,
    url: R4_BASE + name,
  }));
}

const common = r4Parameters('Resource');
const registry = new Map<string, Map<string, SearchParameter>>(
  SERVED_TYPES.map((type) => {
    const all = [...common, ...r4Parameters(type), ...(ADDED_PARAMETERS[type] ?? [])];
    return [type, new Map(all.map((parameter) => [parameter.code, Object.freeze(parameter)]))];
  }),
);

/** The lists of searchParametersOf, until a parameter is added. */
const inOrder = new Map<string, readonly SearchParameter[]>();

/** The parameter of that code for a type, `_id` and its like included; undefined when there is none. */
export function searchParameter(type: string, code: string): SearchParameter | undefined {
  return registry.get(type)?.get(code);
}

/** All parameters of a type, by code. Types that are not served have none. */
export function searchParametersOf(type: string): readonly SearchParameter[] {
  const known = inOrder.get(type);
  if (known) return known;
  const sorted = [...(registry.get(type)?.values() ?? [])].sort((a, b) => (a.code < b.code ? -1 : 1));
  if (registry.has(type)) inOrder.set(type, sorted);
  return sorted;
}

/** What `_include` accepts for a type: `Procedure:encounter` and so on. */
export function includesOf(type: string): string[] {
  return searchParametersOf(type)
    .filter((parameter) => parameter.type === 'reference')
    .map((parameter) => `${type}:${parameter.code}`);
}

/** What `_revinclude` accepts for a type: the includes of other types that can name it. */
export function revincludesOf(type: string): string[] {
  return SERVED_TYPES.flatMap((source) =>
    searchParametersOf(source)
      .filter((parameter) => parameter.type === 'reference' && !parameter.canonical && canName(parameter, type))
      .map((parameter) => `${source}:${parameter.code}`),
  );
}

/** Whether a reference parameter may point at a type. */
export function canName(parameter: SearchParameter, type: string): boolean {
  return parameter.targets === undefined || parameter.targets.includes(type);
}

/**
 * Whether a parameter's value alone decides the patient a resource belongs to, so that the patient column can stand for it.
 * Not for types whose element may name several patients.
 */
export function namesCompartment(type: string, code: string): boolean {
  if (!isServedType(type) || type === 'Provenance') return false;
  const element = PATIENT_ELEMENTS[type][0];
  const paths = searchParameter(type, code)?.paths;
  return element !== undefined && paths?.length === 1 && (paths[0] === element || paths[0] === `${element}(is Patient)`);
}

export type CompiledParameter = { types: ServedType[]; parameter: (type: ServedType) => SearchParameter } | { problem: string };

/** A SearchParameter resource as registry entries, one per served base type; or why this service cannot search by it. */
export function compileSearchParameter(resource: unknown): CompiledParameter {
  if (!isObject(resource) || resource.resourceType !== 'SearchParameter') return { problem: 'It is not a SearchParameter.' };
  const { code, type, expression, url, target } = resource;
  if (typeof code !== 'string' || !CODE.test(code) || code in {})
    return { problem: 'Its code is missing or not usable as a parameter name.' };
  const searchType = SEARCH_TYPES.find((known) => known === type);
  if (!searchType) return { problem: `Its type is not one of ${SEARCH_TYPES.join(', ')}.` };
  if (typeof expression !== 'string') return { problem: 'It has no expression.' };
  const types = (Array.isArray(resource.base) ? resource.base : []).filter((base): base is ServedType => isServedType(String(base)));
  if (types.length === 0) return { problem: 'None of its base types is served here.' };
  const entries = new Map<ServedType, SearchParameter>();
  for (const base of types) {
    const compiled = compileExpression(expression, base, (elements) => isChoice(base, elements));
    if ('problem' in compiled) return compiled;
    entries.set(base, {
      code,
      type: searchType,
      paths: compiled.paths,
      ...(typeof url === 'string' && { url }),
      ...(Array.isArray(target) && { targets: target.map(String) }),
      ...(/(^|-)identifier$/.test(code) && { exactCase: true }),
    });
  }
  return { types, parameter: (base) => entries.get(base) as SearchParameter };
}

/** Choices inside the resource itself are listed; of the data types only these two have one that parameters read. */
function isChoice(base: string, elements: string[]): boolean {
  const [parent, name] = elements.slice(-2);
  return choices.has(`${base}.${elements.join('.')}`) || ((parent === 'extension' || parent === 'useContext') && name === 'value');
}

/**
 * Adds a SearchParameter resource to the registry; call at start, before anything is indexed. Resources stored earlier
 * need reindexing. Returns undefined, or why it was not added; R4's own parameters are never replaced.
 */
export function registerSearchParameter(resource: unknown): string | undefined {
  const compiled = compileSearchParameter(resource);
  if ('problem' in compiled) return compiled.problem;
  for (const type of compiled.types) {
    const parameter = compiled.parameter(type);
    const known = searchParameter(type, parameter.code);
    if (known && (known.url !== undefined || known.type !== parameter.type))
      return `${type} already has a search parameter '${parameter.code}'.`;
  }
  for (const type of compiled.types) {
    const parameter = compiled.parameter(type);
    // One the service has had without a published definition: this names it.
    const known = searchParameter(type, parameter.code);
    registry.get(type)?.set(parameter.code, Object.freeze(known ? { ...known, url: parameter.url } : parameter));
    inOrder.delete(type);
  }
  return undefined;
}
