// Moments at which what is told changes although nobody writes: a period begins or ends, a date that was still to come is there.
import type { Resource } from '@medplum/fhirtypes';
import { intervalOf } from '../fhir/dates.js';
import { isObject } from '../fhir/json.js';
import { dateOf } from './moments.js';
import type { PatientRecord } from './record.js';

/** Types whose periods decide whether they, or a telephone number in them, are told. */
const TIMED: ReadonlySet<string> = new Set([
  'Patient',
  'RelatedPerson',
  'CareTeam',
  'DeviceUseStatement',
  'Consent',
  'Practitioner',
  'PractitionerRole',
  'Organization',
]);

/** Epoch milliseconds, each once, in order; past ones included. */
export function timeEdges({ entries, directory, patient }: Pick<PatientRecord, 'entries' | 'directory' | 'patient'>): number[] {
  const found = new Set<number>();
  const resources: (Resource | undefined)[] = [patient, ...entries.map((entry) => entry.resource), ...directory.values()];
  for (const resource of resources) {
    // A conversation later today is the newest from then on.
    if (resource?.resourceType === 'Procedure' || resource?.resourceType === 'Encounter') addStart(dateOf(resource), found);
    if (!resource || !TIMED.has(resource.resourceType)) continue;
    collect(resource, found);
    // What is agreed on a day to come takes its place in the order of agreements on that day.
    if (resource.resourceType === 'Consent') addStart(resource.dateTime, found);
  }
  return [...found].sort((a, b) => a - b);
}

function collect(value: unknown, found: Set<number>): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, found);
    return;
  }
  if (!isObject(value)) return;
  for (const name in value) {
    const item = value[name];
    if ((name === 'period' || name.endsWith('Period')) && isObject(item)) {
      addStart(item.start, found);
      const end = typeof item.end === 'string' ? intervalOf(item.end) : undefined;
      if (end) found.add(end.end + 1);
    } else if (typeof item === 'object') collect(item, found);
  }
}

function addStart(text: unknown, found: Set<number>): void {
  const start = typeof text === 'string' ? intervalOf(text) : undefined;
  if (start) found.add(start.start);
}
