// What the domain works on: everything current that is known of one patient, as the door to the data hands it over.
import type { Resource } from '@medplum/fhirtypes';

export type { Answer, Capacity, PatientRecord, RecordEntry, RecordKeeper } from '../access/record.js';

/** What must be stored so that plan, paired goals and card tell the same as the record. */
export interface KeptRecord {
  /** Resources to create or update, all with id; only those that differ from what the record holds. */
  writes: Resource[];
}
