// Writing through the door: locks, versions, history, the kept plan and the critical answer, all in one database transaction.
import type { Resource } from '@medplum/fhirtypes';
import { FhirError } from '../fhir/errors.js';
import { isServedType, patientOf } from '../fhir/resource-types.js';
import { identifiersOf, indexValues } from '../search/index-values.js';
import { cardExpiry, deleteCard, expireCards, shownOn, writeCard } from '../store/cards.js';
import { VersionConflict } from '../store/database-errors.js';
import { type Erasure, erase, letGoOfSharedDevices, recordToErase } from '../store/erasure.js';
import { DuplicateIdentifier } from '../store/identifiers.js';
import { addHolder, replaceRules } from '../store/patient-access.js';
import { loadCompartment, loadResources, storeVersions } from '../store/resources.js';
import type { NewVersion, StoredResource } from '../store/stored-resource.js';
import type { Transaction } from '../store/transaction.js';
import { type Claim, locksNeeded } from './claim.js';
import { type Applied, type Change, type Draft, draft } from './draft.js';
import { isDirectoryReference, loadRecord } from './loaded-record.js';
import { directoryLock, Locks, type MissedLocks, patientLock } from './locks.js';
import { adoptUsedDevices, nameDevicePatients, nameProvenancePatients } from './named-later.js';
import { refuseOrphans } from './orphans.js';
import type { RecordKeeper } from './record.js';
import { patientsRegranted } from './regrant.js';
import { rulesOf } from './rules.js';
import type { WriteAccess } from './write-access.js';

export interface WriterDeps {
  keeper: RecordKeeper;
  now(): number;
  newId(): string;
  /** Base under which identifiers are unique for this writer, and who is recorded as author. */
  author: { ura: string; name: string; client: string };
  /** Who may write what. */
  access: WriteAccess;
  /** Kept from attempt to attempt of one transaction. */
  missed: MissedLocks;
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
  /** Patients whose answers show a claimed directory resource. */
  private readonly showing = new Set<string>();
  private readonly locks: Locks;
  /** Claimed resources as they stand, deleted ones included; undefined where there was none. */
  private readonly claimed = new Map<string, StoredResource | undefined>();
  private readonly kept = new Map<string, Applied>();
  /** Changed Patients by id, as they were before this transaction. */
  private readonly patientsBefore = new Map<string, string>();
  private at: number | undefined;

  constructor(
    private readonly tx: Transaction,
    private readonly deps: WriterDeps,
  ) {
    this.locks = new Locks(tx, deps.missed);
  }

  /** Takes locks on names (criteria, business identifiers) until the end of the transaction. Before any other lock. */
  async lock(names: string[]): Promise<void> {
    await this.locks.take(names);
  }

  /** Lets the whole transaction run again: what it found at its start is no longer so. */
  startAgain(): never {
    throw new VersionConflict('what this transaction found has changed');
  }

  /**
   * Locks all that a set of changes needs until the end of the transaction: the resources, the patients they belong to or will,
   * the devices and directory resources on which their answers rest. What others write to them is over or waits.
   */
  async claim(claims: Claim[]): Promise<void> {
    const missing = claims.filter(({ reference }) => !this.claimed.has(reference));
    if (missing.length === 0) return;
    const before = await this.current(missing.map(({ reference }) => reference));
    const needed = await locksNeeded(this.tx, missing, before);
    await this.locks.claim(needed.exclusive, needed.shared);
    // A claimed resource that somebody makes meanwhile shows when this transaction writes it: then everything starts again.
    for (const { reference } of missing) this.claimed.set(reference, undefined);
    if (before.size > 0) {
      for (const row of await loadResources(this.tx, [...before.keys()].sort(), 'update')) {
        if (row.patientId !== null && !this.locks.has(patientLock(row.patientId))) this.startAgain();
        this.claimed.set(referenceOf(row), row);
      }
    }
    for (const patient of needed.showing) this.showing.add(patient);
    const isNew = (patient: string) => this.claimed.has(`Patient/${patient}`) && this.claimed.get(`Patient/${patient}`) === undefined;
    for (const patient of needed.patients) if (!isNew(patient)) this.claimedPatients.add(patient);
    await this.deps.access.requireRecords(needed.patients, this.bringing());
  }

  /** Refuses unless the record is open to the caller for writing. */
  async requireRecord(patientId: string): Promise<void> {
    this.claimedPatients.add(patientId);
    await this.deps.access.requireRecords([patientId], new Set());
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
    await this.claim(changes.map((change) => ({ reference: referenceOf(change) })));
    const now = new Date(this.moment());
    const drafts = changes.map((change) => draft(change, this.claimed.get(referenceOf(change)), now));
    const changed = drafts.filter((d) => d.changed);
    if (changed.length === 0) return drafts;
    await nameProvenancePatients(this.tx, changed);
    await nameDevicePatients(this.tx, this.locks, changed);
    const patients = [...new Set(changed.flatMap((d) => [d.patientId ?? [], d.previousPatientId ?? []].flat()))];
    await this.deps.access.requireRecords(patients, this.bringing());
    const before = (reference: string) => this.claimed.get(reference);
    this.deps.access.requireChanges(changed, before);
    patients.push(...(await patientsRegranted(this.tx, changed, before)));
    await this.locks.takeLate(patients.map(patientLock));
    for (const patient of patients) this.touched.add(patient);
    const directory = changed.map(referenceOf).filter(isDirectoryReference);
    await this.locks.takeLate(directory.map(directoryLock));
    if (directory.length > 0) for (const patient of this.showing) this.touched.add(patient);
    const versions = changed.map((d) => this.versionOf(d));
    await this.store(versions);
    for (const version of versions) {
      const before = this.claimed.get(referenceOf(version));
      if (version.type === 'Patient' && before && !before.deleted && !this.patientsBefore.has(version.id))
        this.patientsBefore.set(version.id, before.content);
      this.claimed.set(referenceOf(version), version);
      this.written.add(referenceOf(version));
    }
    await adoptUsedDevices(this.tx, changed, this.deps.author.ura);
    for (const { type, id, patientId } of changed)
      if (type === 'Patient' && patientId !== null && this.deps.author.ura !== '' && this.claimed.get(`Patient/${id}`)?.version === 1)
        await addHolder(this.tx, id, this.deps.author.ura);
    // Of all answers that show what changed, those not made anew with it wait for their next reader.
    if (directory.length > 0) await expireCards(this.tx, directory, [...this.touched]);
    return drafts;
  }

  /** Brings plan, paired resources and card of every touched patient in line. Called before commit, and before reads inside the transaction. */
  async finish(): Promise<void> {
    for (const patient of [...this.touched].sort()) await this.keepRecord(patient);
    this.touched.clear();
  }

  /** What the service itself made of a resource after the client's change, as with a plan that gets its parts. */
  keptVersion(reference: string): Applied | undefined {
    return this.kept.get(reference);
  }

  /** Breaks the glass of a patient and leaves the task that tells the keeper of the record; neither is the caller's to write otherwise. */
  async openGlass(open: (tx: Transaction) => Promise<void>, task: Resource & { id: string }): Promise<void> {
    const patientId = patientOf(task) as string;
    await this.locks.claim([patientLock(patientId)], (await shownOn(this.tx, [patientId])).map(directoryLock));
    await open(this.tx);
    const change = { method: 'POST' as const, type: task.resourceType, id: task.id, build: () => task };
    const made = draft(change, undefined, new Date(this.moment()));
    await storeVersions(this.tx, [{ ...this.versionOf(made), authorUra: null, authorName: null }]);
    this.touched.add(patientId);
    await this.finish();
  }

  /**
   * Destroys what `going` chooses of everything a patient's record holds (`Type/id`), or without it the whole record. Needs what
   * deleting each of them needs. Returns what was destroyed; throws 'not-found' when the record does not hold one of them.
   */
  async erase(erasure: Erasure, going?: (record: StoredResource[]) => string[]): Promise<string[]> {
    const { patientId } = erasure;
    await this.locks.claim([patientLock(patientId)], (await shownOn(this.tx, [patientId])).map(directoryLock));
    const rows = new Map((await recordToErase(this.tx, patientId)).map((row) => [referenceOf(row), row]));
    if (rows.size > 0) this.claimedPatients.add(patientId);
    await this.deps.access.requireRecords([patientId], new Set());
    const chosen = going?.([...rows.values()]);
    if (chosen?.some((reference) => !rows.has(reference)))
      throw new FhirError('not-found', 'The record of this patient does not hold all of these resources.');
    const staying = chosen ? [] : await letGoOfSharedDevices(this.tx, patientId);
    const references = chosen ?? [...rows.keys()].filter((reference) => !staying.includes(reference));
    const deletions = references.map((reference) => {
      const { type, id } = rows.get(reference) as StoredResource;
      return draft({ method: 'DELETE', type, id, build: () => 'delete' }, rows.get(reference), new Date(this.moment()));
    });
    this.deps.access.requireChanges(deletions, (reference) => rows.get(reference));
    await erase(this.tx, erasure, { references, whole: chosen === undefined, staying });
    // Of a whole record nothing is left to bring in line.
    if (chosen) this.touched.add(patientId);
    return references;
  }

  /** Keeps one patient's record anew: plan, rules and answer follow from what is there. */
  async keepAnew(patientId: string): Promise<void> {
    await this.locks.claim([patientLock(patientId)], (await shownOn(this.tx, [patientId])).map(directoryLock));
    this.touched.add(patientId);
    await this.finish();
  }

  /** Computes one patient's answer anew when its time is over; of many who ask at once, the first does it for all. */
  async refresh(patientId: string): Promise<void> {
    await this.locks.claim([patientLock(patientId)], (await shownOn(this.tx, [patientId])).map(directoryLock));
    const expiry = await cardExpiry(this.tx, patientId);
    if (expiry !== undefined && expiry <= this.deps.now()) await this.keepAnew(patientId);
  }

  /** One moment for all that this transaction writes, epoch milliseconds: once it holds what it claimed. */
  private moment(): number {
    this.at ??= this.deps.now();
    return this.at;
  }

  /** Ids of the patients that this transaction brings. */
  private bringing(): Set<string> {
    const isNew = ([reference, row]: [string, StoredResource | undefined]) => row === undefined && reference.startsWith('Patient/');
    return new Set([...this.claimed].filter(isNew).map(([reference]) => reference.slice('Patient/'.length)));
  }

  /** A patient whom others hold is refused as their record would be, not told to be there. */
  private async store(versions: NewVersion[]): Promise<void> {
    try {
      await storeVersions(this.tx, versions);
    } catch (error) {
      if (error instanceof DuplicateIdentifier && error.type === 'Patient') {
        await this.requireRecord(error.holder);
      }
      throw error;
    }
  }

  private async keepRecord(patientId: string): Promise<void> {
    const now = this.moment();
    const moment = { written: this.written, now, newId: this.deps.newId };
    const record = await loadRecord(this.tx, patientId, moment, (references) =>
      this.locks.takeLate(references.map(directoryLock), 'shared'),
    );
    const before = this.patientsBefore.get(patientId);
    if (before !== undefined) refuseOrphans(record, before);
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
    await replaceRules(this.tx, patientId, rulesOf(record));
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
      authorUra: d.author ? d.author.authorUra : this.deps.author.ura,
      authorName: d.author ? d.author.authorName : this.deps.author.name,
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

function referenceOf({ type, id }: { type: string; id: string }): string {
  return `${type}/${id}`;
}
