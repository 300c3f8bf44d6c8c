// FHIR dates and times as the interval they cover. A partial date covers its whole day, month or year;
// where no zone is given it is Dutch civil time (Europe/Amsterdam), summer time included.
// https://hl7.org/fhir/R4/search.html#date

export const DUTCH_ZONE = 'Europe/Amsterdam';

/** From the first to the last millisecond (both inclusive), epoch milliseconds. */
export interface Interval {
  start: number;
  end: number;
}

const DATE_TIME = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/;

/** The interval a FHIR date, dateTime or instant covers; undefined when it is not one or does not exist (2026-02-30). */
export function intervalOf(text: string): Interval | undefined {
  const m = DATE_TIME.exec(text);
  if (!m) return undefined;
  const [, y, mo, d, h, mi, s, fraction, zone] = m;
  const year = Number(y);
  const month = mo === undefined ? 1 : Number(mo);
  const day = d === undefined ? 1 : Number(d);
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (h === undefined) {
    const next = d !== undefined ? [year, month, day + 1] : mo !== undefined ? [year, month + 1, 1] : [year + 1, 1, 1];
    return { start: civil(year, month, day, 0), end: civil(next[0] as number, next[1] as number, next[2] as number, 0) - 1 };
  }
  const [hour, minute, second] = [Number(h), Number(mi), Number(s ?? 0)];
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const millis = fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * 1000);
  const time = ((hour * 60 + minute) * 60 + second) * 1000 + millis;
  const start = zone === undefined ? civil(year, month, day, time) : utc(year, month, day) + time - offsetOf(zone);
  const width = s === undefined ? 60_000 : fraction === undefined ? 1000 : 1;
  return { start, end: start + width - 1 };
}

/** The Dutch civil date (YYYY-MM-DD) of a moment in epoch milliseconds. */
export function dutchDate(epochMillis: number): string {
  const quarter = Math.floor(epochMillis / QUARTER_HOUR_MS);
  if (quarter === lastDate.quarter) return lastDate.text;
  const text = civilFormat.format(epochMillis).slice(0, 10);
  if (epochMillis >= WHOLE_QUARTERS_SINCE) lastDate = { quarter, text };
  return text;
}

/** Today is asked for with every answer, and the calendar takes 5 us to say it. */
let lastDate = { quarter: Number.NaN, text: '' };
const QUARTER_HOUR_MS = 900_000;
/** Before, Dutch time differed from the world's by odd minutes, and days did not begin at a quarter. */
const WHOLE_QUARTERS_SINCE = Date.UTC(1950, 0, 1);

function daysIn(year: number, month: number): number {
  return new Date(utc(year, month + 1, 0)).getUTCDate();
}

function utc(year: number, month: number, day: number): number {
  // Date.UTC reads years below 100 as 19xx.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime();
}

function offsetOf(zone: string): number {
  if (zone === 'Z') return 0;
  const sign = zone.startsWith('-') ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6))) * 60_000;
}

// 'sv-SE' writes ISO order: 2026-03-29 03:00:00.
const civilFormat = new Intl.DateTimeFormat('sv-SE', {
  timeZone: DUTCH_ZONE,
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** Asking the calendar for an offset takes 10 us; the same few days are asked for again and again. */
const OFFSETS_KEPT = 20_000;
const offsets = new Map<number, number>();

function zoneOffsetAt(epochMillis: number): number {
  const known = offsets.get(epochMillis);
  if (known !== undefined) return known;
  if (offsets.size >= OFFSETS_KEPT) offsets.clear();
  const offset = computeOffsetAt(epochMillis);
  offsets.set(epochMillis, offset);
  return offset;
}

function computeOffsetAt(epochMillis: number): number {
  const local = civilFormat.format(epochMillis);
  return Date.parse(`${local.replace(' ', 'T')}Z`) - Math.floor(epochMillis / 1000) * 1000;
}

/** Epoch milliseconds of a Dutch wall-clock time; `time` is milliseconds since midnight. */
function civil(year: number, month: number, day: number, time: number): number {
  const wall = utc(year, month, day) + time;
  // Before the zone's history and after the formatter's four-digit years: plain Central European Time.
  if (year < 1900 || year > 9998) return wall - 3_600_000;
  const first = wall - zoneOffsetAt(wall);
  return wall - zoneOffsetAt(first);
}
