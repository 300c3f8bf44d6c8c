// When a resource says its content was true, and which of several is the newest.
import type { Resource } from '@medplum/fhirtypes';
import { dutchDate, intervalOf } from '../fhir/dates.js';
import type { RecordEntry } from './record.js';

/** The published form's question for the day of the conversation. */
const FORM_DATE = '963';

/** The date a resource gives for its own content, as sent; undefined when it gives none. */
export function dateOf(resource: Resource): string | undefined {
  switch (resource.resourceType) {
    case 'Observation':
      return resource.effectiveDateTime ?? resource.effectivePeriod?.start ?? resource.effectiveInstant;
    case 'Goal':
      return resource.statusDate ?? resource.startDate;
    case 'Consent':
      return resource.dateTime;
    case 'Communication':
      return resource.sent ?? resource.received;
    case 'CommunicationRequest':
      return resource.authoredOn ?? resource.occurrenceDateTime ?? resource.occurrencePeriod?.start;
    case 'DeviceUseStatement':
      return resource.recordedOn;
    case 'Procedure':
      return resource.performedDateTime ?? resource.performedPeriod?.start;
    case 'Encounter':
      return resource.period?.start;
    case 'ServiceRequest':
    case 'MedicationRequest':
      return resource.authoredOn;
    case 'SupplyDelivery':
      return resource.occurrenceDateTime;
    case 'QuestionnaireResponse':
      // The form asks for the day of the conversation; `authored` is when it was typed in.
      return resource.item?.find(({ linkId }) => linkId === FORM_DATE)?.answer?.[0]?.valueDateTime ?? resource.authored;
    case 'DocumentReference':
      return resource.content?.[0]?.attachment?.creation ?? resource.date;
    default:
      return undefined;
  }
}

const DAY_LENGTH = 'YYYY-MM-DD'.length;

/**
 * Epoch milliseconds by which contents are put in order: the own date, else when it was written. A day without a time is that
 * day's last word, and no date lies after the moment of writing: a mistyped year would otherwise stay the newest for ever.
 */
export function momentOf(entry: RecordEntry): number {
  const date = dateOf(entry.resource);
  const interval = date === undefined ? undefined : intervalOf(date);
  if (date === undefined || interval === undefined) return entry.lastUpdated;
  return Math.min(date.length === DAY_LENGTH ? interval.end : interval.start, entry.lastUpdated);
}

/** The Dutch civil day of a resource's content: its own date as precise as sent, else the day it was written. */
export function dayOf(entry: RecordEntry): string {
  const date = dateOf(entry.resource);
  const interval = date === undefined ? undefined : intervalOf(date);
  if (date === undefined || interval === undefined) return dutchDate(entry.lastUpdated);
  return date.length > 10 ? dutchDate(interval.start) : date;
}

/** Total order, newest first: by own date, then by when it was written, then by reference. */
export function newestEntryFirst(a: RecordEntry, b: RecordEntry): number {
  return momentOf(b) - momentOf(a) || b.lastUpdated - a.lastUpdated || (a.reference < b.reference ? -1 : a.reference > b.reference ? 1 : 0);
}
