// A patient's record read from the store for the domain: the compartment and the directory resources it refers to.
import type { Patient, Resource } from '@medplum/fhirtypes';
import { parseJson } from '../fhir/json.js';
import { localReferences } from '../fhir/references.js';
import { loadCompartment, loadResources } from '../store/resources.js';
import type { StoredResource } from '../store/stored-resource.js';
import type { Transaction } from '../store/transaction.js';
import type { Draft } from './draft.js';
import type { PatientRecord, RecordEntry } from './record.js';
import { whoRecorded } from './who-recorded.js';

/** Directory types: shared by all patients, shown on their cards. */
export const DIRECTORY_TYPES = ['Practitioner', 'PractitionerRole', 'Organization'];

export interface RecordMoment {
  written: ReadonlySet<string>;
  /** Epoch milliseconds. */
  now: number;
  newId(): string;
}

/**
 * Everything current of the patient. Under the patient's lock. `share` holds the directory resources still that the record refers
 * to, missing ones too: whoever changes or brings one waits for this record's answer and then finds it.
 */
export async function loadRecord(
  tx: Transaction,
  patientId: string,
  moment: RecordMoment,
  share: (references: string[]) => Promise<void> = async () => {},
): Promise<LoadedRecord> {
  const rows = await loadCompartment(tx, patientId);
  const record = new LoadedRecord(patientId, rows, moment);
  await loadDirectory(tx, record, share);
  return record;
}

export function isDirectoryReference(reference: string): boolean {
  return DIRECTORY_TYPES.includes(reference.slice(0, reference.indexOf('/')));
}

/** Directory resources the entries refer to, and those these refer to in turn. */
async function loadDirectory(tx: Transaction, record: LoadedRecord, share: (references: string[]) => Promise<void>): Promise<void> {
  let wanted = new Set(record.entries.flatMap((entry) => localReferences(entry.resource)).filter(isDirectoryReference));
  while (wanted.size > 0) {
    for (const reference of wanted) record.directoryReferences.add(reference);
    await share([...wanted]);
    const next = new Set<string>();
    for (const row of await loadResources(tx, [...wanted].sort())) {
      if (row.deleted) continue;
      const resource = JSON.parse(row.content) as Resource;
      record.directory.set(`${row.type}/${row.id}`, resource);
      for (const reference of localReferences(resource))
        if (isDirectoryReference(reference) && !record.directoryReferences.has(reference)) next.add(reference);
    }
    wanted = next;
  }
}

function entryOf(row: StoredResource): RecordEntry {
  return {
    // Lossless: what the domain changes (plan, goal) goes back into the store.
    resource: parseJson(row.content) as Resource,
    reference: `${row.type}/${row.id}`,
    version: row.version,
    lastUpdated: row.lastUpdated.getTime(),
    ...whoRecorded(row),
  };
}

/** A patient's record with the rows it came from, so that kept resources can be versioned on. */
export class LoadedRecord implements PatientRecord {
  readonly stored: Map<string, StoredResource>;
  /** `Type/id` of every directory resource the record refers to, there or not. */
  readonly directoryReferences = new Set<string>();
  readonly entries: RecordEntry[];
  readonly written: ReadonlySet<string>;
  readonly now: number;
  readonly newId: () => string;
  patient?: Patient;

  constructor(
    readonly patientId: string,
    rows: StoredResource[],
    moment: RecordMoment,
    readonly directory = new Map<string, Resource>(),
  ) {
    this.entries = rows.map(entryOf);
    this.stored = new Map(rows.map((row) => [`${row.type}/${row.id}`, row]));
    this.patient = this.entries.find((entry) => entry.reference === `Patient/${patientId}`)?.resource as Patient | undefined;
    this.written = moment.written;
    this.now = moment.now;
    this.newId = moment.newId;
  }

  replace(d: Draft): void {
    const reference = `${d.type}/${d.id}`;
    const index = this.entries.findIndex((entry) => entry.reference === reference);
    const entry: RecordEntry = {
      ...this.entries[index],
      resource: d.resource as Resource,
      reference,
      version: d.version,
      lastUpdated: d.lastUpdated.getTime(),
    };
    if (index === -1) this.entries.push(entry);
    else this.entries[index] = entry;
  }
}
