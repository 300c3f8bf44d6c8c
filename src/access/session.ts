// The one door to the data. A session belongs to one request of one caller; every read, search and write of every
// feature passes it, and it decides, restricts and audits. Nothing above this layer touches the store.
import type { AuditOutcome, NewAuditEvent } from '../audit/audit-event.js';
import { asFhirError, FhirError } from '../fhir/errors.js';
import type { FhirResponse } from '../fhir/exchange.js';
import type { SearchQuery } from '../search/query.js';
import { type KeptResponse, recallResponse, rememberResponse } from '../store/idempotency.js';
import { findAuthorIdentifiers, scopeOf } from '../store/identifiers.js';
import { toldOfPatients } from '../store/patient-access.js';
import { searchMatchIds } from '../store/search.js';
import { inTransaction, type Transaction } from '../store/transaction.js';
import type { ReportedVersion, ValidationReport } from '../store/validation-reports.js';
import { eventsOf, writeWith } from './access-events.js';
import type { Note } from './access-notes.js';
import { personOf } from './decide.js';
import type { MissedLocks } from './locks.js';
import { Looking } from './looking.js';
import { ownReports, ProfileReports } from './profile-reports.js';
import { Rehearsed } from './rehearsal.js';
import { IDEMPOTENCY_MS, keptHeaders, replayed } from './replay.js';
import { toldResources } from './told-resources.js';
import type { Unseen } from './unseen.js';
import { WriteAccess } from './write-access.js';
import { Writer } from './writer.js';

export type { RequestTrace } from './access-events.js';
export type { DoorDeps } from './door.js';

export class Session extends Looking {
  /** True once something of this request stands in the audit. */
  private isWritten = false;
  private unwritable: unknown;
  /** Who was asked about in vain in the transaction under way, by criteria. */
  private meant: Unseen[] = [];
  private running: { tx: Transaction; writer: Writer; access: WriteAccess; reports: ProfileReports } | undefined;

  protected override get tx(): Transaction | undefined {
    return this.running?.tx;
  }

  /**
   * Runs `work` in one database transaction; plan, card, history, events and audit are part of it. Retried inside on
   * serialization failures and deadlocks, so `work` may run again and must have no other effects. Nested calls join.
   */
  async transaction<T>(work: (writer: Writer) => Promise<T>): Promise<T> {
    if (this.running) return work(this.running.writer);
    const before = this.notes;
    let asked: Iterable<string> = [];
    let opened: WriteAccess | undefined;
    const missed: MissedLocks = new Map();
    try {
      const { value, audited } = await inTransaction(this.deps.database, async (tx) => {
        // The transaction may run again: what an attempt noted goes with it.
        this.notes = before.copy();
        this.meant = [];
        const access = new WriteAccess(tx, this.principal, this.deps.access, this.deps.now, this.deps.keeper.capacity);
        const writer = new Writer(tx, {
          keeper: this.deps.keeper,
          now: this.deps.now,
          newId: this.deps.newId,
          access,
          author: {
            ura: this.principal.organizationUra ?? '',
            // A person speaks for themselves: where an organisation's name would stand, stands who it is.
            name: this.principal.patientId === undefined ? (this.principal.organizationName ?? '') : personOf(this.principal),
            client: this.principal.clientId,
          },
          missed,
        });
        asked = writer.claimedPatients;
        opened = access;
        this.running = { tx, writer, access, reports: new ProfileReports() };
        try {
          const value = await work(writer);
          await writer.finish();
          await this.running.reports.write(tx, this.principal, new Date(this.deps.now()));
          const events = this.drain();
          await writeWith(tx, events);
          return { value, audited: events.length > 0 };
        } finally {
          this.running = undefined;
        }
      });
      this.isWritten ||= audited;
      return value;
    } catch (error) {
      // What the attempts noted was rolled back with them; whose record was to change is told all the same, by settle().
      this.notes = before;
      const told =
        error instanceof Rehearsed ? ({ outcome: 'success' } as const) : { outcome: 'error' as const, reason: asFhirError(error).kind };
      for (const patientId of asked) {
        const ground = opened?.groundOf(patientId);
        this.notes.add({ patientId, action: 'E', ...(ground && this.groundOf(ground, 'rows')), ...told });
      }
      this.noteUnseen(this.meant.filter(({ told }) => told && !told.permitted));
      throw error;
    }
  }

  /** Refuses unless the caller may write to this patient's record. */
  async requireRecord(patientId: string): Promise<void> {
    await this.transaction((writer) => writer.requireRecord(patientId));
  }

  /** Notes errors of published profiles in a version that this transaction stores: for the organisation's list. */
  reportProfileErrors(report: ReportedVersion): void {
    if (!this.running) throw new Error('reportProfileErrors outside a transaction');
    this.running.reports.add(report);
  }

  /** What the caller's organisation stored with errors of published profiles, oldest first. */
  async validationReports(query: Parameters<typeof ownReports>[2]): Promise<ValidationReport[]> {
    const reports = await ownReports(this.deps.database, this.principal, query);
    for (const report of reports) this.noteRow('R', report, `${report.type}/${report.id}/_history/${report.version}`);
    if (reports.length === 0) this.notes.add({ action: 'R', outcome: 'empty' });
    return reports;
  }

  /**
   * Runs `work` once per client and key: change, answer and key are committed together. A repeat within the keeping time gets
   * the first answer; the same key for another request (`hash`) is 'key-reused' (422).
   */
  async once(key: string, hash: string, work: () => Promise<FhirResponse>): Promise<FhirResponse> {
    const { clientId } = this.principal;
    return this.transaction(async (writer) => {
      await writer.lock([`once:${clientId}:${key}`]);
      const tx = (this.running as { tx: Transaction }).tx;
      const known = await recallResponse(tx, clientId, key, new Date(this.deps.now() - IDEMPOTENCY_MS));
      if (known && known.requestHash !== hash) {
        throw new FhirError('key-reused', 'This Idempotency-Key came with another request before: use a new key for a new request.', {
          expression: 'http.idempotency-key',
        });
      }
      if (known) await this.noteReplayed(writer, known);
      if (known) return replayed(known);
      const response = await work();
      await rememberResponse(tx, {
        clientId,
        key,
        requestHash: hash,
        status: response.status,
        headers: keptHeaders(response),
        body: response.text ?? null,
        created: new Date(this.deps.now()),
      });
      return response;
    });
  }

  /** Notes for the audit what a write did; 'R' when it changed nothing and only told what is there. */
  noteWrite(action: 'C' | 'R' | 'U' | 'D', reference: string, version: number, patientId: string | null): void {
    const told = patientId === null ? undefined : this.running?.access.groundOf(patientId);
    const ground = told && this.groundOf(told, 'rows');
    const pointer = `${reference}/_history/${version}`;
    this.notes.add({ patientId: patientId ?? undefined, action, outcome: 'success', pointer, ...ground });
  }

  /** Notes for the audit what an operation read or did beside the ways above. */
  note(note: Note): void {
    const told = note.patientId === undefined ? undefined : this.running?.access.groundOf(note.patientId);
    this.notes.add({ ...(told && this.groundOf(told, 'rows')), ...note });
  }

  /** Notes for the audit that a conditional write found nothing to do. */
  noteNothing(): void {
    this.notes.add({ action: 'E', outcome: 'empty' });
  }

  /** The lock of a business identifier as this caller's organisation gives it: who may create under it is decided one after the other. */
  identifierLock(type: string, { system, value }: { system: string; value: string }): string {
    return `identifier:${scopeOf(system, this.principal.organizationUra ?? '')}:${type}:${system}|${value}`;
  }

  /** Notes that one entry of a batch was refused. */
  noteRefusal(reason: string): void {
    this.notes.add({ action: 'E', outcome: 'error', reason });
  }

  /** Which of these business identifiers the caller's organisation recorded before: `type|system|value` → id. Inside a transaction only. */
  async ownIdentifiers(wanted: { type: string; system: string; value: string }[]): Promise<Map<string, string>> {
    if (!this.running) throw new Error('ownIdentifiers outside a transaction');
    return findAuthorIdentifiers(this.running.tx, this.principal.organizationUra ?? '', wanted);
  }

  /** Ids of resources that match, at most two: enough to know none, one or several. Inside a transaction only. */
  async matchIds(query: SearchQuery): Promise<string[]> {
    this.requireSearch(query);
    return searchMatchIds(this.deps.database, query, { visibility: this.visibility }, this.running?.tx);
  }

  /** Notes about whom criteria ask that matched nothing, for a write that is refused for it. Inside a transaction only. */
  async noteMeant(query: SearchQuery): Promise<void> {
    this.meant.push(...(await this.unseen(query, undefined)));
  }

  /**
   * Writes the audit of everything not yet written. The answer leaves only after this: when the audit cannot be written
   * this throws 'unavailable' and nothing may be answered. `outcome` and `reason` tell how the request as a whole ended.
   */
  async settle(outcome: AuditOutcome, reason?: string): Promise<void> {
    // Asked again because the audit failed: it would fail again, and nothing may be answered either way.
    if (this.unwritable) throw this.unwritable;
    if (outcome === 'error' || outcome === 'denied') this.notes.fail(outcome, reason);
    else if (this.notes.isEmpty && !this.isWritten) this.notes.add({ action: 'E', outcome, reason });
    try {
      await this.deps.audit.write(this.drain());
      this.isWritten = true;
    } catch (error) {
      this.unwritable = error;
      throw error;
    }
  }

  /** Runs `work` for an answer and writes its audit, whether it ends in an answer or in a refusal; only then either may leave. */
  async audited<T>(work: () => Promise<T>): Promise<T> {
    try {
      const answer = await work();
      await this.settle('success');
      return answer;
    } catch (error) {
      const { status, kind } = asFhirError(error);
      await this.settle(status === 403 ? 'denied' : status === 404 || status === 410 ? 'empty' : 'error', kind);
      throw error;
    }
  }

  private drain(): NewAuditEvent[] {
    return eventsOf(this.notes, {
      principal: this.principal,
      trace: this.trace,
      recorded: new Date(this.deps.now()),
      newId: this.deps.newId,
    });
  }

  /** A repeated answer tells what it told the first time: its audit names the same patients. Not for who may not see them any more. */
  private async noteReplayed(writer: Writer, known: KeptResponse): Promise<void> {
    const rows = await writer.current(toldResources(known));
    const patients = [...new Set([...rows.values()].flatMap(({ patientId }) => patientId ?? []))];
    const told = await toldOfPatients(this.deps.database, patients, this.visibility, this.running?.tx);
    const hidden = patients.find((patientId) => !told.get(patientId)?.permitted);
    if (hidden !== undefined) {
      this.notes.add({ patientId: hidden, action: 'R', outcome: 'denied', reason: 'no-permission' });
      throw new FhirError('forbidden', 'The answer to this Idempotency-Key is about a record that is not available to you any more.');
    }
    for (const row of rows.values()) this.noteRow('R', { ...row, told: told.get(row.patientId ?? '') });
    if (rows.size === 0) this.notes.add({ action: 'E', outcome: 'success' });
  }

  /** Has an answer past its expiry computed anew, under the patient's lock. Throws 'unavailable': never the answer of before. */
  async refresh(patientId: string): Promise<void> {
    if (this.running) return this.running.writer.refresh(patientId);
    try {
      await this.transaction((writer) => writer.refresh(patientId));
    } catch (error) {
      throw new FhirError('unavailable', '', { cause: error });
    }
  }
}
