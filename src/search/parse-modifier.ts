// Search parameters with a modifier, such as description:in or subject:Patient.
// https://hl7.org/fhir/R4/search.html#modifiers
import { canonicalKey } from '../fhir/canonical.js';
import { isServedType, SERVED_TYPES, type ServedType } from '../fhir/resource-types.js';
import { foldedValues, idValue, members, type ParseContext, valuesOf } from './filter-values.js';
import { storable } from './fold.js';
import type { SearchParameter, SearchType } from './parameters.js';
import { canName } from './parameters.js';
import { referenceValues, splitUnescaped, targetsText, tokenValue, unescapeValue } from './parse-values.js';
import type { Filter } from './query-nodes.js';
import { badParameter, didYouMean, notSupported } from './refusal.js';
import { ofTypeKey, tokenKey } from './tokens.js';

/** Per search type; a reference also takes the name of a type it refers to. */
export const MODIFIERS: Record<SearchType, readonly string[]> = {
  token: ['not', 'text', 'in', 'not-in', 'of-type', 'missing'],
  string: ['exact', 'contains', 'missing'],
  date: ['missing'],
  reference: ['identifier', 'missing'],
  uri: ['missing'],
  number: ['missing'],
  quantity: ['missing'],
};

/** The filter of `code:modifier=value`. Throws 'not-supported' for a modifier the parameter does not take here. */
export function modifiedFilter(context: ParseContext, name: string, value: string, parameter: SearchParameter, modifier: string): Filter {
  const key = parameter.code;
  const allowed = modifiersOf(parameter);
  if (parameter.type === 'reference' && !parameter.canonical && /^[A-Z]/.test(modifier))
    return typedReference(context, name, value, parameter, modifier);
  if (!allowed.includes(modifier)) throw notSupported(name, unknownModifier(key, modifier, allowed));
  const exactCase = parameter.exactCase === true;
  const values = valuesOf(name, value);
  switch (modifier) {
    case 'missing':
      if (value !== 'true' && value !== 'false') throw badParameter(name, 'missing is true or false.');
      return Object.freeze({ kind: 'missing', key, missing: value === 'true' });
    case 'not':
      if (key === '_id') return Object.freeze({ kind: 'id', anyOf: values.map((each) => idValue(name, each)), negated: true });
      return members(
        key,
        values.map((each) => tokenValue(name, each, exactCase)),
        true,
      );
    case 'in':
    case 'not-in':
      return members(key, valueSetKeys(context, name, values, exactCase), modifier === 'not-in');
    case 'text':
      return Object.freeze({ kind: 'text', key: `${key}:text`, mode: 'starts', anyOf: foldedValues(name, values) });
    case 'contains':
      return Object.freeze({ kind: 'text', key, mode: 'contains', anyOf: foldedValues(name, values) });
    case 'exact':
      return members(
        `${key}:exact`,
        values.map((each) => storable(unescapeValue(each))),
      );
    case 'of-type':
      return members(
        `${key}:of-type`,
        values.map((each) => ofTypeValue(name, each)),
      );
    default:
      return members(
        `${key}:identifier`,
        values.map((each) => tokenValue(name, each, true)),
      );
  }
}

/** The modifiers a parameter takes, type names apart. */
export function modifiersOf(parameter: SearchParameter): readonly string[] {
  if (parameter.code === '_lastUpdated') return [];
  if (parameter.code === '_id') return ['not'];
  if (parameter.canonical) return ['missing'];
  return MODIFIERS[parameter.type].filter((modifier) => modifier !== 'of-type' || parameter.exactCase);
}

function unknownModifier(code: string, modifier: string, allowed: readonly string[]): string {
  if (allowed.length === 0) return `${code} takes no modifier.`;
  return `${code} takes no such modifier, but ${allowed.map((each) => `:${each}`).join(', ')}.${didYouMean(modifier, allowed)}`;
}

function typedReference(context: ParseContext, name: string, value: string, parameter: SearchParameter, type: string): Filter {
  if (!isServedType(type) || !canName(parameter, type)) {
    const known = (parameter.targets ?? SERVED_TYPES).filter(isServedType);
    throw badParameter(name, `${parameter.code} refers to ${targetsText(parameter)}.${didYouMean(type, known)}`);
  }
  const target: ServedType = type;
  return members(
    parameter.code,
    valuesOf(name, value).flatMap((each) => referenceValues(name, each, parameter, target, context.baseUrl)),
  );
}

function valueSetKeys(context: ParseContext, name: string, values: string[], exactCase: boolean): string[] {
  return values.flatMap((each) => {
    const codings = context.valueSet(canonicalKey(unescapeValue(each)));
    if (codings)
      return codings.filter((coding) => coding.code !== undefined).map((coding) => tokenKey(coding.system, coding.code, exactCase));
    const loaded = context.valueSets?.() ?? [];
    throw badParameter(name, `that value set is not loaded here.${loaded.length > 0 ? ` Loaded: ${loaded.join(', ')}.` : ''}`);
  });
}

function ofTypeValue(name: string, text: string): string {
  const [system, code, value, ...more] = splitUnescaped(text, '|').map(unescapeValue);
  if (!code || !value || more.length > 0) throw badParameter(name, 'of-type is written system|code|value.');
  return ofTypeKey(system || undefined, code, value);
}
