// Who had a hand in a plan: every organisation that recorded something, and every practitioner named by it, as the plan keeps them.
import type { CarePlan } from '@medplum/fhirtypes';
import { peopleOf } from './people.js';
import type { PatientRecord } from './record.js';
import { personWords } from './wording.js';

/** Names with role and organisation, without repeats, in the plan's order. `planReference` is `CarePlan/id`. */
export function contributorsOf(record: PatientRecord, planReference: string): string[] {
  const plan = record.entries.find(({ reference }) => reference === planReference)?.resource as CarePlan | undefined;
  const people = peopleOf(record);
  return [...new Set((plan?.contributor ?? []).map((reference) => personWords(people.personOf(reference, plan))))];
}
