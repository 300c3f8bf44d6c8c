// Writing through the door: locks, versions, history, the kept plan and the critical answer, all in one database transaction.
// Order of locks (criteria, patients, rows, each sorted) is what keeps concurrent writers free of deadlocks.
import { localReferences, parseReference, withoutVersion } from '../fhir/references.js';
import { isServedType } from '../fhir/resource-types.js';
import { identifiersOf, indexValues } from '../search/index-values.js';
import { deleteCard, writeCard } from '../store/cards.js';
import { lockAll } from '../store/locks.js';
import { adoptDevices, loadCompartment, loadResources, patientsShowing, storeVersions } from '../store/resources.js';
import type { NewVersion, StoredResource } from '../store/stored-resource.js';
import type { Transaction } from '../store/transaction.js';
import { type Applied, type Change, type Draft, draft } from './draft.js';
import { DIRECTORY_TYPES, loadRecord } from './loaded-record.js';
import type { RecordKeeper } from './record.js';

export interface WriterDeps {
  keeper: RecordKeeper;
  now(): number;
  newId(): string;
  /** Base under which identifiers are unique for this writer, and who is recorded as author. */
  author: { ura: string; name: string; client: string };
}

/** Types whose business identifiers are unique per author organisation. */
export function hasAuthorIdentifiers(type: string): boolean {
  return type !== 'Patient' && type !== 'Practitioner' && type !== 'Organization' && isServedType(type);
}

export class Writer {
  private readonly touched = new Set<string>();
  private readonly written = new Set<string>();
  private readonly lockedPatients = new Set<string>();

  constructor(
    private readonly tx: Transaction,
    private readonly deps: WriterDeps,
  ) {}

  /** Takes locks on names (criteria, business identifiers) until the end of the transaction. Before any other lock. */
  async lock(names: string[]): Promise<void> {
    if (names.length > 0) await lockAll(this.tx, names);
  }

  /** Serialises writers of these patients' records until the end of the transaction. */
  async lockPatients(ids: Iterable<string>): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.lockedPatients.has(id)).sort();
    if (missing.length === 0) return;
    await lockAll(
      this.tx,
      missing.map((id) => `patient:${id}`),
    );
    for (const id of missing) this.lockedPatients.add(id);
  }

  /** Current versions by `Type/id`, deleted ones included; unknown ones are absent. */
  async current(references: string[], forUpdate = false): Promise<Map<string, StoredResource>> {
    const rows =
      references.length === 0 ? [] : await loadResources(this.tx, [...new Set(references)].sort(), forUpdate ? 'update' : undefined);
    return new Map(rows.map((row) => [`${row.type}/${row.id}`, row]));
  }

  /** The current resources of one patient. Take the patient's lock first. */
  async compartment(patientId: string): Promise<StoredResource[]> {
    return loadCompartment(this.tx, patientId);
  }

  /** Makes the changes: each resource at most once. Results in the order of the changes. */
  async apply(changes: Change[]): Promise<Applied[]> {
    const references = changes.map((change) => `${change.type}/${change.id}`);
    const before = await this.current(references);
    const shown = references.filter((reference) => DIRECTORY_TYPES.includes(reference.split('/')[0] as string));
    const showing = shown.length > 0 ? await patientsShowing(this.tx, shown) : [];
    await this.lockPatients([...showing, ...[...before.values()].flatMap((row) => row.patientId ?? [])]);
    const current = await this.current(references, true);
    const now = new Date(this.deps.now());
    const drafts = changes.map((change, i) => draft(change, current.get(references[i] as string), now));
    await this.nameUnclearPatients(drafts);
    await this.lockPatients(drafts.flatMap((d) => d.patientId ?? []));
    const versions = drafts.filter((d) => d.changed).map((d) => this.versionOf(d));
    if (versions.length > 0) await storeVersions(this.tx, versions);
    for (const d of drafts.filter((one) => one.changed)) {
      this.written.add(`${d.type}/${d.id}`);
      for (const patient of [d.patientId, d.previousPatientId]) if (patient) this.touched.add(patient);
    }
    await this.adopt(drafts);
    // Who shows a directory resource may have changed until its row was locked.
    for (const patient of shown.length > 0 ? await patientsShowing(this.tx, shown) : []) this.touched.add(patient);
    return drafts;
  }

  /** Brings plan, paired resources and card of every touched patient in line. Called before commit, and before reads inside the transaction. */
  async finish(): Promise<void> {
    const patients = [...this.touched].sort();
    await this.lockPatients(patients);
    for (const patient of patients) await this.keepRecord(patient);
    this.touched.clear();
  }

  /** Computes one patient's answer anew, as when a period began or ended. */
  touch(patientId: string): void {
    this.touched.add(patientId);
  }

  private async keepRecord(patientId: string): Promise<void> {
    const now = this.deps.now();
    const record = await loadRecord(this.tx, patientId, { written: this.written, now, newId: this.deps.newId });
    const kept = this.deps.keeper.keep(record);
    const drafts = kept
      .map((resource) => {
        const reference = `${resource.resourceType}/${resource.id}`;
        const known = record.stored.get(reference);
        const change: Change = {
          method: known ? 'PUT' : 'POST',
          type: resource.resourceType,
          id: resource.id as string,
          build: () => resource,
        };
        return draft(change, known, new Date(now));
      })
      .filter((d) => d.changed);
    if (drafts.length > 0) {
      await storeVersions(
        this.tx,
        drafts.map((d) => ({
          ...this.versionOf({ ...d, patientId }),
          authorUra: d.created ? null : (record.stored.get(`${d.type}/${d.id}`)?.authorUra ?? null),
          authorName: d.created ? null : (record.stored.get(`${d.type}/${d.id}`)?.authorName ?? null),
        })),
      );
      for (const d of drafts) record.replace(d);
    }
    const answer = this.deps.keeper.answer(record);
    if (answer)
      await writeCard(this.tx, {
        patientId,
        ...answer,
        expiresAt: answer.expiresAt === undefined ? null : new Date(answer.expiresAt),
        updated: new Date(now),
      });
    else await deleteCard(this.tx, patientId);
  }

  /** A Provenance belongs to the patient of its first target that has one. */
  private async nameUnclearPatients(drafts: Draft[]): Promise<void> {
    const unclear = drafts.filter((d) => d.changed && !d.deleted && d.patientId === null && d.type === 'Provenance');
    const targets = unclear.flatMap((d) => localReferences({ target: (d.resource as { target?: unknown }).target }));
    const known = await this.current(targets);
    for (const d of unclear) {
      for (const reference of localReferences({ target: (d.resource as { target?: unknown }).target })) {
        const inSet = drafts.find((other) => `${other.type}/${other.id}` === reference);
        d.patientId ??= inSet?.patientId ?? known.get(reference)?.patientId ?? null;
      }
    }
  }

  /** A Device without a patient becomes part of the record that uses it. */
  private async adopt(drafts: Draft[]): Promise<void> {
    for (const d of drafts) {
      if (d.type !== 'DeviceUseStatement' || !d.changed || d.deleted || d.patientId === null) continue;
      const reference = (d.resource as { device?: { reference?: string } }).device?.reference;
      const device = reference === undefined ? undefined : parseReference(withoutVersion(reference));
      if (device?.type === 'Device') await adoptDevices(this.tx, [device.id], d.patientId);
    }
  }

  private versionOf(d: Draft): NewVersion {
    return {
      type: d.type,
      id: d.id,
      version: d.version,
      patientId: d.patientId,
      authorUra: this.deps.author.ura,
      authorName: this.deps.author.name,
      authorClient: this.deps.author.client,
      lastUpdated: d.lastUpdated,
      deleted: d.deleted,
      method: d.method,
      content: d.content,
      search: d.resource ? indexValues(d.resource) : {},
      identifiers: d.resource ? identifiersOf(d.resource) : [],
    };
  }
}
