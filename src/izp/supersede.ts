// Which of several statements on one subject are current: a later conversation supersedes an earlier one of the same source,
// and what was superseded never becomes current again by itself.
import { type Interval, intervalOf } from '../fhir/dates.js';
import type { Standing } from './directive.js';
import { dateOf } from './moments.js';
import type { RecordEntry } from './record.js';

export interface Statement {
  entry: RecordEntry;
  /** Source organisation; undefined equals no other. */
  organization?: string;
  /** When it was agreed; undefined neither supersedes nor is superseded. */
  agreed?: Interval;
  status: Standing;
  changesAt?: number;
}

/**
 * When a resource says its content was said; undefined without a date, and for one that cannot be true yet at `now` (epoch
 * milliseconds). Nothing was said after it was written: a mistyped date, once it has passed, overtakes no later correction.
 */
export function saidAt({ resource, lastUpdated }: RecordEntry, now: number): Interval | undefined {
  const date = dateOf(resource);
  const interval = date === undefined ? undefined : intervalOf(date);
  if (interval === undefined || interval.start > now) return undefined;
  return interval.start > lastUpdated ? { start: lastUpdated, end: lastUpdated } : interval;
}

/** The statements in force that no later statement of the same source supersedes, one that has ended by now included. */
export function standing<T extends Statement>(group: readonly T[]): T[] {
  return group.filter((item) => item.status === 'current' && supersedersOf(item, group).length === 0);
}

/** The statements that were ever in force and that a later one of the same source supersedes. */
export function superseded<T extends Statement>(group: readonly T[]): T[] {
  return group.filter((item) => (item.status === 'current' || item.status === 'ended') && supersedersOf(item, group).length > 0);
}

/**
 * Sources whose newest statement has ended while an older one was never confirmed again: the ended one, and the older ones
 * it had superseded.
 */
export function lapsed<T extends Statement>(group: readonly T[]): { last: T; earlier: T[] }[] {
  const found = new Map<string, T[]>();
  for (const item of group) {
    if (item.status !== 'current') continue;
    const later = supersedersOf(item, group);
    if (later.length > 0 && later.every((other) => other.status === 'ended')) {
      found.set(item.organization as string, [...(found.get(item.organization as string) ?? []), item]);
    }
  }
  return [...found.values()].map((earlier) => {
    const superseders = earlier.flatMap((item) => supersedersOf(item, group)).sort(newestFirst);
    return { last: superseders[0] as T, earlier };
  });
}

/** Later statements of the same source that were ever in force: only if the whole interval is later. */
function supersedersOf<T extends Statement>(item: T, group: readonly T[]): T[] {
  return group.filter(
    (other) =>
      (other.status === 'current' || other.status === 'ended') &&
      other.organization !== undefined &&
      other.organization === item.organization &&
      other.agreed !== undefined &&
      item.agreed !== undefined &&
      other.agreed.start > item.agreed.end,
  );
}

/** Order of showing: by date, newest first, undated last; then by when it was written; then by reference, so that it is total. */
export function newestFirst(a: Statement, b: Statement): number {
  const started = (b.agreed?.start ?? Number.NEGATIVE_INFINITY) - (a.agreed?.start ?? Number.NEGATIVE_INFINITY);
  const ended = (b.agreed?.end ?? Number.NEGATIVE_INFINITY) - (a.agreed?.end ?? Number.NEGATIVE_INFINITY);
  return (
    started ||
    0 ||
    ended ||
    0 ||
    b.entry.lastUpdated - a.entry.lastUpdated ||
    (a.entry.reference < b.entry.reference ? -1 : a.entry.reference > b.entry.reference ? 1 : 0)
  );
}
