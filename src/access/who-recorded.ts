// Who recorded a version, as the domain is told it: an organisation, a person, or nobody but the service itself.
import type { StoredResource } from '../store/stored-resource.js';
import type { RecordEntry } from './record.js';

type Row = Pick<StoredResource, 'authorUra' | 'authorName' | 'patientId'>;

/** A person has no URA; its reference stands where the organisation's name would. A row of before that was kept is the patient's. */
export function whoRecorded({ authorUra, authorName, patientId }: Row): Pick<RecordEntry, 'author' | 'person'> {
  if (authorUra === null) return {};
  if (authorUra !== '') return { author: { ura: authorUra, name: authorName ?? '' } };
  return authorName || patientId !== null ? { person: authorName || `Patient/${patientId}` } : {};
}
