// Moments in the past that a request names: `_at`, `_since`, `asOf`. What will be then is nobody's to tell.
import { intervalOf } from '../fhir/dates.js';
import { FhirError } from '../fhir/errors.js';

/** The period a date or time covers, ending now at the latest; epoch milliseconds. Throws 'bad-parameter' for the future. */
export function pastPeriod(text: string, name: string, now: number): { start: number; end: number } {
  // A plus sign that a form decoder turned into a space.
  const interval = intervalOf(text.replace(/ (?=\d{2}:\d{2}$)/, '+'));
  if (!interval)
    throw new FhirError('bad-parameter', `${name} takes a date or time such as 2026-03-01 or 2026-03-01T12:00:00Z.`, { expression: name });
  if (interval.start > now) throw new FhirError('bad-parameter', `${name} lies in the future.`, { expression: name });
  return { start: interval.start, end: Math.min(interval.end, now) };
}
