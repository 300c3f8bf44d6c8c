// A copy of parsed JSON that keeps its kept numbers: structuredClone would strip their class.

/** Objects and arrays anew; everything else, LosslessNumber included, is immutable and shared. */
export function copyOf<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copyOf) as T;
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, copyOf(item)])) as T;
}
