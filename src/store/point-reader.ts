// Reads of one row by its key: named statements on pipelined connections, where many questions are under way at once.
// Nothing else may run there: a transaction or a slow search would hold up every answer behind it.
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { QueryResultRow } from 'pg';
import { asUnavailable, isStaleStatement, troubleOf } from './database-errors.js';
import { type ClientOptions, ReconnectingClient } from './reconnecting-client.js';

/** How long a read keeps trying while the database restarts, in ms: a restart takes less, and a caller waits for no more. */
const PATIENCE_MS = 2_000;
const PAUSE_MS = 25;

/** Statement texts differ by access rule and by nothing a caller sends, so their number is small. */
const MAX_NAMES = 1_000;

export class PointReader {
  private readonly clients: ReconnectingClient[];
  private readonly names = new Map<string, string>();
  private turn = 0;

  constructor(options: ClientOptions, connections: number) {
    this.clients = Array.from({ length: connections }, () => new ReconnectingClient({ ...options, pipeline: true }));
  }

  /** The rows of one statement that only reads. Tried again on a new connection when one breaks; then FhirError 'unavailable'. */
  async read<R extends QueryResultRow>(text: string, values: unknown[]): Promise<R[]> {
    const statement = { name: this.nameOf(text), text, values };
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      this.turn = (this.turn + 1) % this.clients.length;
      try {
        return (await (this.clients[this.turn] as ReconnectingClient).rows(statement)) as R[];
      } catch (error) {
        if ((troubleOf(error) !== 'broken' && !isStaleStatement(error)) || Date.now() >= until) throw asUnavailable(error);
        await delay(PAUSE_MS);
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
  }

  /** A name that follows from the text, so that a prepared statement can never answer for another text. */
  private nameOf(text: string): string {
    const known = this.names.get(text);
    if (known !== undefined) return known;
    if (this.names.size >= MAX_NAMES) this.names.clear();
    const name = `p_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
    this.names.set(text, name);
    return name;
  }
}
