// Writes the audit before the answers leave: the events of one event-loop turn go in one statement, and all of them wait for its commit.
// What the database cannot take now goes to the local spool, and all of them wait for that.
import { setTimeout as delay } from 'node:timers/promises';
import { FhirError } from '../fhir/errors.js';
import { insertAuditEvents, type NewAuditEvent, type StatementRunner } from '../store/audit-events.js';
import { isRefusedData, troubleOf } from '../store/database-errors.js';
import type { AuditSpool } from './spool.js';

/** Events in one statement; more wait for the next. */
const MAX_BATCH = 500;
/** How long writing is tried again while the connection or the database restarts, in ms. */
const PATIENCE_MS = 2_000;
const PAUSE_MS = 25;
/** Between looks whether the database takes what was spooled, in ms. */
const RECOVERY_PAUSE_MS = 1_000;

interface Waiting {
  events: readonly NewAuditEvent[];
  resolve(): void;
  reject(error: unknown): void;
}

/** What an operator is told; never of an event's content. */
export type SpoolReport = (message: string, counts?: { events: number; refused: number }) => void;

export class AuditWriter {
  private waiting: Waiting[] = [];
  private writing: Promise<void> | undefined;
  private recovering: Promise<void> | undefined;
  private isSpooling = false;
  private readonly closing = new AbortController();

  /**
   * `client` must not be inside a transaction: what it writes counts as soon as it is written. Without a spool nothing is answered
   * while the database takes no audit.
   */
  constructor(
    private readonly client: StatementRunner,
    private readonly spool?: AuditSpool,
    private readonly report: SpoolReport = () => {},
  ) {}

  /** Resolves when the events are committed, or on disk to be. Rejects with FhirError 'unavailable' when neither can be: then nothing may be answered. */
  write(events: readonly NewAuditEvent[]): Promise<void> {
    if (events.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.waiting.push({ events, resolve, reject });
      this.writing ??= this.writeAll();
    });
  }

  /** Writes what an earlier run left in the spool. Goes on by itself later when the database does not take it now. */
  async recover(): Promise<void> {
    if (!this.spool) return;
    try {
      await this.replay(this.spool);
    } catch {
      this.recovering ??= this.recoverLater(this.spool);
    }
  }

  /** Resolves when nothing waits any more. What is in the spool is for the next start. */
  async close(): Promise<void> {
    await this.writing;
    this.closing.abort();
    await this.recovering;
    await this.spool?.close();
  }

  /** One statement at a time: what arrives meanwhile makes the next batch. */
  private async writeAll(): Promise<void> {
    await new Promise(setImmediate);
    while (this.waiting.length > 0) await this.writeBatch(this.takeBatch());
    this.writing = undefined;
  }

  private takeBatch(): Waiting[] {
    let size = 0;
    let end = 0;
    for (const { events } of this.waiting) {
      if (end > 0 && size + events.length > MAX_BATCH) break;
      size += events.length;
      end++;
    }
    return this.waiting.splice(0, end);
  }

  private async writeBatch(batch: Waiting[]): Promise<void> {
    const events = batch.flatMap((one) => one.events);
    try {
      // The database failed a moment ago: nobody waits for it again until it has taken what was spooled.
      if (this.isSpooling) await this.spoolInstead(events);
      else await this.insert(events).catch((error) => this.spoolInstead(events, error));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      if (batch.length > 1 && isRefusedData(error)) {
        // Something is wrong with one of them: the others must not fail with it.
        for (const one of batch) await this.writeBatch([one]);
        return;
      }
      for (const { reject } of batch) reject(new FhirError('unavailable', '', { cause: error }));
    }
  }

  private async spoolInstead(events: readonly NewAuditEvent[], error?: unknown): Promise<void> {
    if (!this.spool || isRefusedData(error)) throw error;
    await this.spool.append(events);
    if (!this.isSpooling) this.report('the audit is spooled: the database does not take it');
    this.isSpooling = true;
    this.recovering ??= this.recoverLater(this.spool);
  }

  /** Until the spool is empty; from then on events go to the database again. */
  private async recoverLater(spool: AuditSpool): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      await delay(RECOVERY_PAUSE_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await this.replay(spool);
        // Events that came meanwhile are in a new file.
        while (spool.isInUse) await this.replay(spool);
        break;
      } catch {
        // Not yet.
      }
    }
    this.isSpooling = false;
    this.recovering = undefined;
  }

  private async replay(spool: AuditSpool): Promise<void> {
    const counts = await spool.replay((events) => insertAuditEvents(this.client, events, true), isRefusedData);
    if (counts.refused > 0) this.report('spooled audit could not be read or was refused, and was put aside', counts);
    else if (counts.events > 0) this.report('the spooled audit was written to the database', counts);
  }

  /** Again after a lost connection, with the same ids: an event that had been committed is not written twice. */
  private async insert(events: readonly NewAuditEvent[]): Promise<void> {
    const until = Date.now() + PATIENCE_MS;
    for (let again = false; ; again = true, await delay(PAUSE_MS)) {
      try {
        return await insertAuditEvents(this.client, events, again);
      } catch (error) {
        if (troubleOf(error) !== 'broken' || Date.now() >= until) throw error;
      }
    }
  }
}
