// The values of search parameters: escapes, OR lists, dates, numbers, references, each as the index writes it.
// https://hl7.org/fhir/R4/search.html#escaping
import { intervalOf } from '../fhir/dates.js';
import { FHIR_ID, parseReference } from '../fhir/references.js';
import { isServedType, SERVED_TYPES } from '../fhir/resource-types.js';
import { storable } from './fold.js';
import { referenceKey, versionedKey } from './index-references.js';
import { canName, type SearchParameter } from './parameters.js';
import { splitPrefix } from './prefixes.js';
import type { DateValue, NumberValue } from './query-nodes.js';
import { badParameter, didYouMean } from './refusal.js';
import { tokenKey } from './tokens.js';

/** `ap` reaches a tenth of the value, or of its distance from now, to either side. */
const APPROXIMATELY = 0.1;

/** Splits on a separator that no backslash escapes; escapes stay for the next split. */
export function splitUnescaped(text: string, separator: ',' | '|' | '$'): string[] {
  const parts = [''];
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    if (c === '\\' && i + 1 < text.length) parts[parts.length - 1] += c + text[++i];
    else if (c === separator) parts.push('');
    else parts[parts.length - 1] += c;
  }
  return parts;
}

/** Resolves `\,` `\|` `\$` `\\`; any other backslash stands for itself. */
export function unescapeValue(text: string): string {
  return text.replace(/\\([,|$\\])/g, '$1');
}

/** `system|code`, `code`, `|code`, `system|` as the index key to look for. */
export function tokenValue(name: string, text: string, exactCase: boolean): string {
  const parts = splitUnescaped(text, '|').map((part) => unescapeValue(part).trim());
  const [first, second] = parts;
  if (parts.length > 2 || parts.every((part) => part === '')) throw badParameter(name, 'a token is code, system|code, |code or system|.');
  if (second === undefined) return tokenKey('*', first, exactCase);
  return tokenKey(first === '' ? undefined : first, second, exactCase);
}

/** A date with its prefix; `now` (epoch milliseconds) is what `ap` measures from. */
export function dateValue(name: string, text: string, now: number): DateValue {
  const { comparison, rest } = splitPrefix(text);
  // A plus sign that a form decoder turned into a space.
  const interval = intervalOf(rest.replace(/ (?=\d{2}:\d{2}$)/, '+'));
  if (!interval)
    throw badParameter(
      name,
      'a date is YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm[:ss][zone], after eq, ne, gt, lt, ge, le, sa, eb, ap or nothing.',
    );
  const { start, end } = interval;
  if (comparison !== 'ap') return Object.freeze({ comparison, start, end });
  const reach = Math.round(Math.abs(now - (start + end) / 2) * APPROXIMATELY);
  return Object.freeze({ comparison, start: start - reach, end: end + reach });
}

const NUMBER = /^([+-]?)(\d{1,20})(?:\.(\d{1,20}))?(?:[eE]([+-]?\d{1,2}))?$/;

/** A number with its prefix, as decimal texts; its precision is that of its last digit. */
export function numberValue(name: string, text: string): NumberValue {
  const { comparison, rest } = splitPrefix(text);
  const m = NUMBER.exec(rest);
  if (!m) throw badParameter(name, 'a number is written like 5.4 or 1e3, after eq, ne, gt, lt, ge, le, sa, eb, ap or nothing.');
  const fraction = m[3] ?? '';
  // One digit more than given, so that half of the last digit is a whole number.
  const scaled = BigInt(`${m[1] === '-' ? '-' : ''}${m[2]}${fraction}0`);
  const exponent = Number(m[4] ?? 0) - fraction.length - 1;
  const tenth = scaled < 0n ? -scaled / 10n : scaled / 10n;
  const reach = comparison === 'ap' ? (tenth > 5n ? tenth : 5n) : 5n;
  const written = (value: bigint) => `${value}e${exponent}`;
  return Object.freeze({ comparison, value: written(scaled), low: written(scaled - reach), high: written(scaled + reach) });
}

/** `5.4|http://unitsofmeasure.org|mg`, `5.4||mg` or `5.4`. */
export function quantityValue(name: string, text: string): NumberValue {
  const [number = '', system = '', code = '', ...more] = splitUnescaped(text, '|').map(unescapeValue);
  if (more.length > 0) throw badParameter(name, 'a quantity is number, number|system|code or number||code.');
  const value = numberValue(name, number);
  if (system === '' && code === '') return value;
  if (code === '') throw badParameter(name, 'a quantity with a unit system needs the unit code as well.');
  return Object.freeze({
    ...value,
    unit: Object.freeze(system === '' ? { any: storable(code) } : { coded: tokenKey(system, code, true) }),
  });
}

/** The index values a reference may have: `Type/id`, a URL, or for a bare id one for each type it may name. */
export function referenceValues(
  name: string,
  text: string,
  parameter: SearchParameter,
  type: string | undefined,
  baseUrl: string,
): string[] {
  const value = unescapeValue(text);
  if (parameter.canonical) return [versionedKey(value)];
  const relative = referenceKey(value, baseUrl);
  if (/^[a-z][a-z0-9+.-]*:/i.test(relative)) return [relative];
  if (FHIR_ID.test(relative)) {
    const types = type ? [type] : (parameter.targets ?? SERVED_TYPES);
    return types.map((each) => `${each}/${relative}`);
  }
  const local = parseReference(relative);
  if (!local) throw badParameter(name, 'a reference is an id, Type/id or a URL.');
  if (type !== undefined && local.type !== type) throw badParameter(name, `the reference names another type than the modifier, ${type}.`);
  if (!canName(parameter, local.type))
    throw badParameter(name, `it refers to ${targetsText(parameter)} only.${didYouMean(local.type, parameter.targets ?? [])}`);
  if (parameter.targets === undefined && !isServedType(local.type)) {
    throw badParameter(name, `the reference names a type this service does not keep.${didYouMean(local.type, SERVED_TYPES)}`);
  }
  return [`${local.type}/${local.id}`];
}

/** "Patient or Group", for refusals. */
export function targetsText(parameter: SearchParameter): string {
  return parameter.targets?.join(', ').replace(/, ([^,]+)$/, ' or $1') ?? 'any type';
}
