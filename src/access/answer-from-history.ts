// The answer as it would have been given at an earlier moment, from the versions that were current then.
import type { Resource } from '@medplum/fhirtypes';
import { localReferences } from '../fhir/references.js';
import { loadResourcesAt } from '../store/history.js';
import type { Database } from '../store/pool.js';
import type { StoredResource } from '../store/stored-resource.js';
import { DIRECTORY_TYPES, LoadedRecord } from './loaded-record.js';
import type { Answer, RecordKeeper } from './record.js';

/** Undefined when there was nothing to tell then. `rows` are the patient's resources as they were at `at`, epoch milliseconds. */
export async function answerFromHistory(
  deps: { database: Database; keeper: RecordKeeper; newId(): string },
  patientId: string,
  rows: StoredResource[],
  at: number,
): Promise<Answer | undefined> {
  if (rows.length === 0) return undefined;
  const record = new LoadedRecord(patientId, rows, { written: new Set(), now: at, newId: deps.newId });
  let wanted = record.entries.flatMap((entry) => localReferences(entry.resource)).filter(isDirectory);
  while (wanted.length > 0) {
    const found = await loadResourcesAt(deps.database, [...new Set(wanted)], new Date(at));
    for (const row of found) record.directory.set(`${row.type}/${row.id}`, JSON.parse(row.content) as Resource);
    wanted = found
      .flatMap((row) => localReferences(record.directory.get(`${row.type}/${row.id}`)))
      .filter((reference) => isDirectory(reference) && !record.directory.has(reference));
  }
  return deps.keeper.answer(record);
}

function isDirectory(reference: string): boolean {
  return DIRECTORY_TYPES.includes(reference.split('/')[0] as string);
}
