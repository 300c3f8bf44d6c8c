// Dates, numbers and quantities of a resource as the ranges they cover.
// https://hl7.org/fhir/R4/search.html#date
import { type Interval, intervalOf } from '../fhir/dates.js';
import { asNumber, isObject } from '../fhir/json.js';
import type { SearchParameter } from './parameters.js';
import { addValues, type SearchIndex } from './search-index.js';
import { tokenKey } from './tokens.js';

/** An open side of a period: the first and last moment a JavaScript date can hold, in epoch milliseconds. */
export const BEGINNING = -8.64e15;
export const END = 8.64e15;
/** An open side of a quantity; within what both JSON and PostgreSQL's numeric can hold. */
const LEAST = -1e300;
const MOST = 1e300;

export function indexDates(nodes: unknown[], parameter: SearchParameter, index: SearchIndex): void {
  const ranges = nodes.map(rangeOf).filter((range): range is Interval => range !== undefined);
  if (ranges.length === 0) return;
  addValues(
    index,
    parameter.code,
    ranges.map(({ start, end }) => [start, end]),
  );
  const starts = ranges.map((range) => range.start);
  index[`${parameter.code}:sort`] = [[Math.min(...starts), Math.max(...starts)]];
}

/** A date, dateTime, instant, Period or Timing. A period that ends before it starts covers nothing. */
function rangeOf(node: unknown): Interval | undefined {
  if (typeof node === 'string') return intervalOf(node);
  if (!isObject(node)) return undefined;
  if ('start' in node || 'end' in node) return periodOf(node);
  if (!('event' in node || 'repeat' in node)) return undefined;
  const events = (Array.isArray(node.event) ? node.event : []).map(rangeOf);
  const bounds = isObject(node.repeat) && isObject(node.repeat.boundsPeriod) ? periodOf(node.repeat.boundsPeriod) : undefined;
  const all = [...events, bounds].filter((range): range is Interval => range !== undefined);
  return all.length === 0 ? undefined : { start: Math.min(...all.map((r) => r.start)), end: Math.max(...all.map((r) => r.end)) };
}

function periodOf(period: Record<string, unknown>): Interval | undefined {
  const start = typeof period.start === 'string' ? intervalOf(period.start)?.start : BEGINNING;
  const end = typeof period.end === 'string' ? intervalOf(period.end)?.end : END;
  return start === undefined || end === undefined || end < start ? undefined : { start, end };
}

export function indexNumbers(nodes: unknown[], parameter: SearchParameter, index: SearchIndex): void {
  for (const node of nodes) {
    const number = asNumber(node);
    if (number !== undefined) addRange(number, number, {});
    else if (isObject(node)) addQuantity(node);
  }

  function addQuantity(node: Record<string, unknown>): void {
    if ('low' in node || 'high' in node) {
      const [low, high] = [node.low, node.high].map((side) => (isObject(side) ? side : {}));
      addRange(asNumber(low?.value) ?? LEAST, asNumber(high?.value) ?? MOST, low?.value !== undefined ? (low ?? {}) : (high ?? {}));
      return;
    }
    const value = asNumber(node.value);
    if (value === undefined) return;
    const comparator = typeof node.comparator === 'string' ? node.comparator[0] : undefined;
    addRange(comparator === '<' ? LEAST : value, comparator === '>' ? MOST : value, node);
  }

  function addRange(low: number, high: number, { system, code, currency, unit }: Record<string, unknown>): void {
    if (!Number.isFinite(low) || !Number.isFinite(high)) return;
    const unitCode = typeof code === 'string' ? code : typeof currency === 'string' ? currency : null;
    const unitSystem = typeof system === 'string' ? system : currency ? 'urn:iso:std:iso:4217' : undefined;
    const coded = unitCode === null ? null : tokenKey(unitSystem, unitCode, true);
    addValues(index, parameter.code, [[low, high, coded, unitCode, typeof unit === 'string' ? unit : null]]);
  }
}
