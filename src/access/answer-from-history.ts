// The answer as it would have been given at an earlier moment, from the versions that were current then.
import type { Resource } from '@medplum/fhirtypes';
import { localReferences } from '../fhir/references.js';
import { readCardByPatient } from '../store/cards.js';
import { loadResourcesAt } from '../store/history.js';
import type { Database } from '../store/pool.js';
import { loadCompartmentAt } from '../store/resources.js';
import type { StoredResource } from '../store/stored-resource.js';
import type { Transaction } from '../store/transaction.js';
import type { Told, Visibility } from '../store/visibility.js';
import { DIRECTORY_TYPES, LoadedRecord } from './loaded-record.js';
import type { Answer, PatientRecord, RecordKeeper } from './record.js';

interface Asked {
  patientId: string;
  /** Epoch milliseconds. */
  at: number;
  visibility: Visibility;
  tx: Transaction | undefined;
}

interface Deps {
  database: Database;
  keeper: RecordKeeper;
  newId(): string;
}

/** No answer when there was nothing to tell then, or nothing may be told now. `told` says which, of a patient who is here. */
export async function answerFromHistory(deps: Deps, asked: Asked): Promise<{ answer?: Answer; told?: Told }> {
  const { record, told } = await recordFromHistory(deps, asked);
  const answer = record && deps.keeper.answer(record);
  return { ...(answer ? { answer } : {}), ...(told ? { told } : {}) };
}

/** The whole record as it was, with the people and organisations it names; none when nothing was there or it may not be told. */
export async function recordFromHistory(deps: Deps, asked: Asked): Promise<{ record?: PatientRecord; told?: Told }> {
  const { patientId, at, visibility, tx } = asked;
  // Inside a transaction on its connection: waiting for a second one could be waiting for oneself.
  const database = tx
    ? { ...deps.database, read: async <R extends object>(q: object) => (await tx.query<R>(q as never)).rows }
    : deps.database;
  const rows = await loadCompartmentAt(database, patientId, new Date(at), visibility);
  const told = (await readCardByPatient(database, patientId, 'card', visibility, tx))?.told;
  const record = rows.length === 0 ? undefined : await recordOf({ ...deps, database }, patientId, rows, at);
  return { ...(record ? { record } : {}), ...(told ? { told } : {}) };
}

async function recordOf(deps: Deps, patientId: string, rows: StoredResource[], at: number): Promise<PatientRecord> {
  const record = new LoadedRecord(patientId, rows, { written: new Set(), now: at, newId: deps.newId });
  let wanted = record.entries.flatMap((entry) => localReferences(entry.resource)).filter(isDirectory);
  while (wanted.length > 0) {
    const found = await loadResourcesAt(deps.database, [...new Set(wanted)], new Date(at));
    for (const row of found) record.directory.set(`${row.type}/${row.id}`, JSON.parse(row.content) as Resource);
    wanted = found
      .flatMap((row) => localReferences(record.directory.get(`${row.type}/${row.id}`)))
      .filter((reference) => isDirectory(reference) && !record.directory.has(reference));
  }
  return record;
}

function isDirectory(reference: string): boolean {
  return DIRECTORY_TYPES.includes(reference.split('/')[0] as string);
}
