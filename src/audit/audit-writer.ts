// Writes the audit before the answers leave: the events of one event-loop turn go in one statement, and all of them wait for its commit.
import { setTimeout as delay } from 'node:timers/promises';
import { FhirError } from '../fhir/errors.js';
import { type AuditEvent, insertAuditEvents, type StatementRunner } from '../store/audit-events.js';
import { troubleOf } from '../store/database-errors.js';

/** Events in one statement; more wait for the next. */
const MAX_BATCH = 500;
/** How long writing is tried again while the connection or the database restarts, in ms. */
const PATIENCE_MS = 2_000;
const PAUSE_MS = 25;

interface Waiting {
  events: readonly AuditEvent[];
  resolve(): void;
  reject(error: unknown): void;
}

export class AuditWriter {
  private waiting: Waiting[] = [];
  private writing: Promise<void> | undefined;

  /** `client` must not be inside a transaction: what it writes counts as soon as it is written. */
  constructor(private readonly client: StatementRunner) {}

  /** Resolves when the events are committed. Rejects with FhirError 'unavailable' when they cannot be: then nothing may be answered. */
  write(events: readonly AuditEvent[]): Promise<void> {
    if (events.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.waiting.push({ events, resolve, reject });
      this.writing ??= this.writeAll();
    });
  }

  /** Resolves when nothing waits any more. */
  async close(): Promise<void> {
    await this.writing;
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
    try {
      await this.insert(batch.flatMap(({ events }) => events));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      if (batch.length > 1 && troubleOf(error) === undefined) {
        // Something is wrong with one of them: the others must not fail with it.
        for (const one of batch) await this.writeBatch([one]);
        return;
      }
      // The place where events go to the local spool once there is one; without it the reads they tell of fail.
      for (const { reject } of batch) reject(new FhirError('unavailable', '', { cause: error }));
    }
  }

  /** Again after a lost connection, with the same ids: an event that had been committed is not written twice. */
  private async insert(events: readonly AuditEvent[]): Promise<void> {
    for (const until = Date.now() + PATIENCE_MS; ; await delay(PAUSE_MS)) {
      try {
        return await insertAuditEvents(this.client, events);
      } catch (error) {
        if (troubleOf(error) !== 'broken' || Date.now() >= until) throw error;
      }
    }
  }
}
