// Writing through the door: locks, versions, history, the kept plan and the critical answer, all in one database transaction.
// Everybody takes locks in one order (names, directory resources, patients, other resources, devices, directory), each sorted:
// that keeps concurrent writers free of deadlocks, but for rare ones that PostgreSQL finds and the transaction runs again.
import { isServedType } from '../fhir/resource-types.js';
import { identifiersOf, indexValues } from '../search/index-values.js';
import { cardExpiry, deleteCard, expireCards, writeCard } from '../store/cards.js';
import { VersionConflict } from '../store/database-errors.js';
import { lockAll, tryLocks } from '../store/locks.js';
import { loadCompartment, loadResources, patientsShowing, patientsUsingDevices, storeVersions } from '../store/resources.js';
import type { NewVersion, StoredResource } from '../store/stored-resource.js';
import type { Transaction } from '../store/transaction.js';
import { type Applied, type Change, type Draft, draft } from './draft.js';
import { directoryLock, isDirectoryReference, loadRecord } from './loaded-record.js';
import { adoptUsedDevices, nameDevicePatients, nameProvenancePatients } from './named-later.js';
import type { RecordKeeper } from './record.js';

/**
 * Answers computed anew together with a changed directory resource that they show: a colleague's patients, at some 5 ms each.
 * Where more show it, as a hospital's name, each is computed by its next reader.
 */
const MAX_SHOWING = 25;

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
  /** Patients whose records were there and are asked to change: for the audit, also when the change is refused. */
  readonly claimedPatients = new Set<string>();
  private readonly touched = new Set<string>();
  private readonly written = new Set<string>();
  private readonly lockedPatients = new Set<string>();
  /** Claimed resources as they stand, deleted ones included; undefined where there was none. */
  private readonly claimed = new Map<string, StoredResource | undefined>();
  private readonly kept = new Map<string, Applied>();

  constructor(
    private readonly tx: Transaction,
    private readonly deps: WriterDeps,
  ) {}

  /** Takes locks on names (criteria, business identifiers) until the end of the transaction. Before any other lock. */
  async lock(names: string[]): Promise<void> {
    if (names.length > 0) await lockAll(this.tx, names);
  }

  /** Lets the whole transaction run again: what it found at its start is no longer so. */
  startAgain(): never {
    throw new VersionConflict('what this transaction found has changed');
  }

  /**
   * Locks all that a set of changes needs until the end of the transaction: the resources (`Type/id`), the patients they belong
   * to and the `patients` that their next versions name. What others write to them is over or waits.
   */
  async claim(references: string[], patients: string[] = []): Promise<void> {
    const missing = [...new Set(references)].filter((reference) => !this.claimed.has(reference));
    await this.hold(missing.filter(isDirectoryReference));
    const others = missing.filter((reference) => !isDirectoryReference(reference));
    const before = await this.current(others);
    const devices = others.flatMap((reference) => (reference.startsWith('Device/') ? reference.slice('Device/'.length) : []));
    const users = devices.length > 0 ? await patientsUsingDevices(this.tx, devices) : new Map<string, string>();
    const owners = [...before.values()].flatMap((row) => row.patientId ?? []);
    await this.lockPatients([...patients, ...owners, ...users.values()]);
    await this.hold([...before.keys()]);
    for (const reference of others) if (!before.has(reference)) this.claimed.set(reference, undefined);
    const created = (patient: string) => this.claimed.has(`Patient/${patient}`) && this.claimed.get(`Patient/${patient}`) === undefined;
    for (const patient of [...owners, ...patients]) if (!created(patient)) this.claimedPatients.add(patient);
  }

  /** Current versions by `Type/id`, deleted ones included; unknown ones are absent. */
  async current(references: string[]): Promise<Map<string, StoredResource>> {
    const rows = references.length === 0 ? [] : await loadResources(this.tx, [...new Set(references)].sort());
    return new Map(rows.map((row) => [`${row.type}/${row.id}`, row]));
  }

  /** The current resources of one patient. Claim the patient first. */
  async compartment(patientId: string): Promise<StoredResource[]> {
    return loadCompartment(this.tx, patientId);
  }

  /** Makes the changes: each resource at most once. Results in the order of the changes. */
  async apply(changes: Change[]): Promise<Applied[]> {
    await this.claim(changes.map(referenceOf));
    const now = new Date(this.deps.now());
    const drafts = changes.map((change) => draft(change, this.claimed.get(referenceOf(change)), now));
    const changed = drafts.filter((d) => d.changed);
    if (changed.length === 0) return drafts;
    await nameProvenancePatients(this.tx, changed);
    await nameDevicePatients(this.tx, changed);
    await this.lockPatients(changed.flatMap((d) => [d.patientId ?? [], d.previousPatientId ?? []].flat()));
    const directory = changed.map(referenceOf).filter(isDirectoryReference);
    await this.lock(directory.map(directoryLock));
    const versions = changed.map((d) => this.versionOf(d));
    await storeVersions(this.tx, versions);
    for (const version of versions) this.claimed.set(referenceOf(version), version);
    for (const d of changed) {
      this.written.add(referenceOf(d));
      for (const patient of [d.patientId, d.previousPatientId]) if (patient) this.touched.add(patient);
    }
    await adoptUsedDevices(this.tx, changed);
    await this.touchShowing(directory);
    return drafts;
  }

  /** Brings plan, paired resources and card of every touched patient in line. Called before commit, and before reads inside the transaction. */
  async finish(): Promise<void> {
    const patients = [...this.touched].sort();
    await this.lockPatients(patients);
    for (const patient of patients) await this.keepRecord(patient);
    this.touched.clear();
  }

  /** What the service itself made of a resource after the client's change, as with a plan that gets its parts. */
  keptVersion(reference: string): Applied | undefined {
    return this.kept.get(reference);
  }

  /** Computes one patient's answer anew when its time is over; of many who ask at once, the first does it for all. */
  async refresh(patientId: string): Promise<void> {
    await this.lockPatients([patientId]);
    const expiry = await cardExpiry(this.tx, patientId);
    if (expiry === undefined || expiry > this.deps.now()) return;
    this.touched.add(patientId);
    await this.finish();
  }

  /** Serialises writers of these patients' records until the end of the transaction. */
  private async lockPatients(ids: Iterable<string>): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.lockedPatients.has(id));
    await this.lock(missing.map(patientLock));
    for (const id of missing) this.lockedPatients.add(id);
  }

  private async hold(references: string[]): Promise<void> {
    if (references.length === 0) return;
    const rows = await loadResources(this.tx, [...references].sort(), 'update');
    const found = new Map(rows.map((row) => [referenceOf(row), row]));
    for (const reference of references) this.claimed.set(reference, found.get(reference));
  }

  /** Answers that show a changed directory resource: computed anew with this change when they are few and free, else when next read. */
  private async touchShowing(references: string[]): Promise<void> {
    if (references.length === 0) return;
    const showing = await patientsShowing(this.tx, references, MAX_SHOWING + 1);
    if (showing.length === 0) return;
    if (showing.length <= MAX_SHOWING) {
      // Waiting here would be out of order: who holds such a patient may wait for this very resource.
      const free = await tryLocks(this.tx, showing.filter((id) => !this.lockedPatients.has(id)).map(patientLock));
      for (const id of showing) {
        if (free.includes(patientLock(id))) this.lockedPatients.add(id);
        if (this.lockedPatients.has(id)) this.touched.add(id);
      }
    }
    await expireCards(this.tx, references, [...this.touched]);
  }

  private async keepRecord(patientId: string): Promise<void> {
    const now = this.deps.now();
    const record = await loadRecord(this.tx, patientId, { written: this.written, now, newId: this.deps.newId });
    const drafts = this.deps.keeper
      .keep(record)
      .map((resource) => {
        const [type, id] = [resource.resourceType, resource.id as string];
        const known = record.stored.get(`${type}/${id}`);
        return draft({ method: known ? 'PUT' : 'POST', type, id, build: () => resource }, known, new Date(now));
      })
      .filter((d) => d.changed);
    if (drafts.length > 0) {
      const versions = drafts.map((d): NewVersion => {
        const { authorUra = null, authorName = null } = record.stored.get(referenceOf(d)) ?? {};
        return { ...this.versionOf({ ...d, patientId }), authorUra, authorName };
      });
      await storeVersions(this.tx, versions);
      for (const version of versions) if (this.claimed.has(referenceOf(version))) this.claimed.set(referenceOf(version), version);
      for (const d of drafts) {
        record.replace(d);
        this.kept.set(referenceOf(d), d);
      }
    }
    const answer = this.deps.keeper.answer(record);
    if (!answer) return deleteCard(this.tx, patientId);
    await writeCard(this.tx, {
      patientId,
      ...answer,
      expiresAt: answer.expiresAt === undefined ? null : new Date(answer.expiresAt),
      updated: new Date(now),
      // Not only those in the texts: the plan's version covers all, and a missing one may come.
      shown: [...record.directoryReferences].sort(),
    });
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

function patientLock(id: string): string {
  return `patient:${id}`;
}

function referenceOf({ type, id }: { type: string; id: string }): string {
  return `${type}/${id}`;
}
