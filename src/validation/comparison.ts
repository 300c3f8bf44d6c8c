// Values against the fixed and pattern values of a profile; kept numbers count by their worth.
// https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.pattern_x_
import { asNumber, isObject } from '../fhir/json.js';

/** Exactly equal, order of properties aside. */
export function sameValue(value: unknown, fixed: unknown): boolean {
  if (Array.isArray(fixed))
    return Array.isArray(value) && value.length === fixed.length && fixed.every((each, i) => sameValue(value[i], each));
  if (!isObject(fixed)) return value === fixed || (asNumber(fixed) !== undefined && asNumber(value) === asNumber(fixed));
  if (!isObject(value)) return false;
  const keys = Object.keys(fixed);
  return Object.keys(value).length === keys.length && keys.every((key) => sameValue(value[key], fixed[key]));
}

/** Holds at least what the pattern holds; of a list, each item of the pattern must be met by some item. */
export function holdsPattern(value: unknown, pattern: unknown): boolean {
  if (Array.isArray(pattern)) return Array.isArray(value) && pattern.every((wanted) => value.some((each) => holdsPattern(each, wanted)));
  if (!isObject(pattern)) return sameValue(value, pattern);
  return isObject(value) && Object.keys(pattern).every((key) => holdsPattern(value[key], pattern[key]));
}

/** True when `a` is known to be less than `b`: numbers, quantities of one unit, dates as text of equal precision. */
export function isBelow(a: unknown, b: unknown): boolean {
  const [x, y] = [asNumber(a), asNumber(b)];
  if (x !== undefined && y !== undefined) return x < y;
  if (isObject(a) && isObject(b)) return a.code === b.code && a.system === b.system && isBelow(a.value, b.value);
  return typeof a === 'string' && typeof b === 'string' && a.length === b.length && a < b;
}
