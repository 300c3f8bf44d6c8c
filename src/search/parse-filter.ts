// One search parameter of a request as a filter: plain, with a modifier, chained, or reverse chained.
// https://hl7.org/fhir/R4/search.html#modifiers
import { isServedType, SERVED_TYPES, type ServedType } from '../fhir/resource-types.js';
import { foldedValues, idValue, members, type ParseContext, valuesOf } from './filter-values.js';
import { versionedKey } from './index-references.js';
import { canName, namesCompartment, type SearchParameter, searchParameter, searchParametersOf } from './parameters.js';
import { CONTROLS } from './parse-controls.js';
import { modifiedFilter } from './parse-modifier.js';
import { dateValue, numberValue, quantityValue, referenceValues, targetsText, tokenValue, unescapeValue } from './parse-values.js';
import type { ChainFilter, Filter } from './query-nodes.js';
import { badParameter, didYouMean, notSupported, unknownParameter } from './refusal.js';

/** Parameters named in one chain after the first: `a.b.c`. */
export const MAX_CHAIN = 2;
/** `_has` inside `_has`. */
export const MAX_HAS = 2;

/** Parameters that R4 defines for every type and this service does not have. */
const UNSUPPORTED: ReadonlySet<string> = new Set([
  '_text',
  '_content',
  '_query',
  '_filter',
  '_list',
  '_type',
  '_contained',
  '_containedType',
  '_score',
  '_in',
  '_language',
  '_since',
  '_at',
]);

const RESULT_PARAMETERS: readonly string[] = [...CONTROLS, '_include', '_revinclude', '_has'];

/** The filter of `name=value`. Throws FhirError 'unknown-parameter', 'not-supported' or 'bad-parameter' that names the parameter. */
export function parseFilter(context: ParseContext, type: ServedType, name: string, value: string): Filter {
  if (value.trim() === '') throw badParameter(name, 'it has no value.');
  return filterOf(context, type, { name, rest: name, value, chained: 0, reversed: 0 });
}

interface Part {
  /** The whole name, for refusals. */
  name: string;
  /** What is left of it to read. */
  rest: string;
  value: string;
  chained: number;
  reversed: number;
}

function filterOf(context: ParseContext, type: ServedType, part: Part): Filter {
  if (/^_has($|:)/.test(part.rest)) return hasFilter(context, type, part);
  const dot = part.rest.indexOf('.');
  if (dot !== -1) return chainFilter(context, type, part, part.rest.slice(0, dot), part.rest.slice(dot + 1));
  const [code, modifier, ...more] = part.rest.split(':');
  const parameter = parameterOf(type, code as string, part.name);
  if (more.length > 0 || modifier === '') throw badParameter(part.name, 'a parameter takes one modifier after one colon.');
  if (modifier !== undefined) return modifiedFilter(context, part.name, part.value, parameter, modifier);
  return plainFilter(context, part.name, part.value, parameter);
}

/** Values as the parameter's type reads them, any of the OR list. */
function plainFilter(context: ParseContext, name: string, value: string, parameter: SearchParameter): Filter {
  const values = valuesOf(name, value);
  const key = parameter.code;
  if (key === '_id') return Object.freeze({ kind: 'id', anyOf: values.map((each) => idValue(name, each)), negated: false });
  switch (parameter.type) {
    case 'token':
      return members(
        key,
        values.map((each) => tokenValue(name, each, parameter.exactCase === true)),
      );
    case 'reference':
      return members(
        key,
        values.flatMap((each) => referenceValues(name, each, parameter, undefined, context.baseUrl)),
      );
    case 'uri':
      return members(
        key,
        values.map((each) => versionedKey(unescapeValue(each))),
      );
    case 'string':
      return Object.freeze({ kind: 'text', key, mode: 'starts', anyOf: foldedValues(name, values) });
    case 'date': {
      const anyOf = values.map((each) => dateValue(name, each, context.now));
      return Object.freeze(key === '_lastUpdated' ? { kind: 'last-updated', anyOf } : { kind: 'date', key, anyOf });
    }
    default:
      return Object.freeze({
        kind: 'number',
        key,
        anyOf: values.map((each) => (parameter.type === 'number' ? numberValue : quantityValue)(name, each)),
      });
  }
}

function parameterOf(type: ServedType, code: string, name: string): SearchParameter {
  const parameter = searchParameter(type, code);
  if (parameter) return parameter;
  if (UNSUPPORTED.has(code)) throw notSupported(name, 'this service does not search by it.');
  const known = searchParametersOf(type).map((each) => each.code);
  throw unknownParameter(name, type, code, code === name ? [...known, ...RESULT_PARAMETERS] : known);
}

function chainFilter(context: ParseContext, type: ServedType, part: Part, head: string, rest: string): Filter {
  const { name } = part;
  if (part.chained === MAX_CHAIN) throw notSupported(name, `a chain goes through at most ${MAX_CHAIN} references.`);
  const [code, wanted] = head.split(':');
  const parameter = parameterOf(type, code as string, name);
  if (parameter.type !== 'reference') throw badParameter(name, `only a reference can be followed, and ${code} is a ${parameter.type}.`);
  if (wanted !== undefined) targetOf(name, parameter, wanted);
  else if (!parameter.targets) throw badParameter(name, `${code} may refer to any type: name one, as in ${code}:${type}.parameter.`);
  const targets = wanted !== undefined ? [wanted as ServedType] : (parameter.targets ?? SERVED_TYPES).filter(isServedType);
  const next = { ...part, rest, chained: part.chained + 1 };
  const branches: ChainFilter['branches'][number][] = [];
  const nextCode = /^[^.:]*/.exec(rest)?.[0] as string;
  for (const target of targets) {
    if (searchParameter(target, nextCode) || rest.startsWith('_has:'))
      branches.push(Object.freeze({ type: target, filter: filterOf(context, target, next) }));
  }
  if (branches.length === 0) {
    throw unknownParameter(
      name,
      targets.join(' or ') || targetsText(parameter),
      nextCode,
      targets.flatMap((t) => searchParametersOf(t).map((p) => p.code)),
    );
  }
  return Object.freeze({
    kind: 'chain',
    key: parameter.code,
    canonical: parameter.canonical === true,
    namesCompartment: namesCompartment(type, parameter.code),
    branches,
  });
}

function targetOf(name: string, parameter: SearchParameter, type: string): ServedType {
  if (isServedType(type) && canName(parameter, type)) return type;
  throw badParameter(name, `${parameter.code} refers to ${targetsText(parameter)}.${didYouMean(type, parameter.targets ?? SERVED_TYPES)}`);
}

/** `_has:Observation:patient:code`: type, reference, and then a parameter of that type. */
function hasFilter(context: ParseContext, type: ServedType, part: Part): Filter {
  const { name } = part;
  if (part.reversed === MAX_HAS) throw notSupported(name, `_has goes at most ${MAX_HAS} levels deep.`);
  const [, source, code, ...rest] = part.rest.split(':');
  if (source === undefined || code === undefined || rest.length === 0)
    throw badParameter(name, '_has is written _has:Type:reference:parameter.');
  if (!isServedType(source)) throw badParameter(name, `_has names a type this service does not keep.${didYouMean(source, SERVED_TYPES)}`);
  const parameter = parameterOf(source, code, name);
  if (parameter.type !== 'reference' || parameter.canonical || !canName(parameter, type))
    throw badParameter(name, `${source}.${code} does not refer to ${type}.`);
  const filter = filterOf(context, source, { ...part, rest: rest.join(':'), reversed: part.reversed + 1 });
  return Object.freeze({
    kind: 'has',
    type: source,
    key: code,
    namesCompartment: type === 'Patient' && namesCompartment(source, code),
    filter,
  });
}
