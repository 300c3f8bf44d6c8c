// What the domain is handed to keep one patient's plan and answer true: everything current of that patient.
import type { Patient, Resource } from '@medplum/fhirtypes';

/** One current resource of the patient's record, with who recorded it. */
export interface RecordEntry {
  resource: Resource;
  /** `Type/id`. */
  reference: string;
  version: number;
  /** Epoch milliseconds of the last write. */
  lastUpdated: number;
  /** The organisation whose client wrote this version; absent for what a person wrote, and for what the service itself keeps. */
  author?: { ura: string; name: string };
  /** `Patient/id` or `RelatedPerson/id`: who wrote this version for themselves, by a token of their own. */
  person?: string;
}

/** Everything current of one patient at one moment. Pure input: no I/O behind it. */
export interface PatientRecord {
  patientId: string;
  /** Absent while others' resources arrived before the patient. */
  patient?: Patient;
  /** The patient compartment without deleted resources, the plan itself included. */
  entries: RecordEntry[];
  /** Practitioner, PractitionerRole and Organization resources that the entries refer to, by `Type/id`. */
  directory: Map<string, Resource>;
  /** `Type/id` of what clients wrote in the running transaction. */
  written: ReadonlySet<string>;
  /** Epoch milliseconds: when the running transaction happens. */
  now: number;
  /** Makes ids for resources the service adds. */
  newId(): string;
}

/** The critical answer about one patient, as texts ready to send. */
export interface Answer {
  /** The ETag of card and summary alike: version and identity of the plan, so that no later plan of the patient ever has the same. */
  version: string;
  /** JSON of the emergency card. */
  card: string;
  /** JSON of the summary document Bundle. */
  summary: string;
  /** Epoch milliseconds from which the texts may be untrue because a period begins or ends; absent when never. */
  expiresAt?: number;
  /** `Type/id` of directory resources whose change alters the texts. */
  shown: string[];
}

/** Whether the patient can decide, as the record says it: absent by all, absent by the last word and not by others', or else. */
export type Capacity = 'absent' | 'disputed' | 'not-absent';

/** The domain as the door to the data calls it, after every change and before its commit. All functions are pure. */
export interface RecordKeeper {
  /** Resources to write so that plan and paired resources tell the same as the record; unchanged ones may be among them. */
  keep(record: PatientRecord): Resource[];
  /** The answer for the record as kept; undefined when there is nothing to tell. */
  answer(record: PatientRecord): Answer | undefined;
  /** Whether the patient can decide: on that rests who may decide in the patient's place. */
  capacity(record: PatientRecord): Capacity;
}
