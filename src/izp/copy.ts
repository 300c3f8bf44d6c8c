// Copies of JSON values that keep numbers as they were written.
import { isObject } from '../fhir/json.js';

/** A deep copy without properties that are undefined; numbers whose text is kept stay so. */
export function copyJson<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copyJson) as T;
  if (!isObject(value)) return value;
  const copied = Object.entries(value).flatMap(([name, item]) => (item === undefined ? [] : [[name, copyJson(item)]]));
  return Object.fromEntries(copied) as T;
}
