// A record is found by its patient, at the critical moment by the BSN: neither may go while the record stays.
import { FhirError } from '../fhir/errors.js';
import { BSN_SYSTEM } from '../fhir/identity.js';
import { parseJson } from '../fhir/json.js';
import { identifiersOf } from '../search/index-values.js';
import type { PatientRecord } from './record.js';

/** Throws 'conflict' when a change took the patient, or the last BSN, from a record that still holds something. `before` is the Patient as it was. */
export function refuseOrphans(record: Pick<PatientRecord, 'patient' | 'entries'>, before: string): void {
  const left = record.entries.filter(({ resource }) => resource.resourceType !== 'Patient');
  if (left.length === 0) return;
  if (record.patient === undefined) {
    const types = [...new Set(left.map(({ resource }) => resource.resourceType))].sort().join(', ');
    throw new FhirError(
      'conflict',
      `This patient's record still holds resources (${types}). Nobody would find them again: delete them in the same transaction, or keep the Patient.`,
      { expression: 'Patient' },
    );
  }
  if (hasBsn(parseJson(before)) && !hasBsn(record.patient))
    throw new FhirError(
      'conflict',
      'This patient has a record, which urgent care finds by the BSN: the BSN can be replaced by the right one and not be left out.',
      { expression: 'Patient.identifier' },
    );
}

function hasBsn(patient: unknown): boolean {
  return identifiersOf(patient).some(({ system }) => system === BSN_SYSTEM);
}
