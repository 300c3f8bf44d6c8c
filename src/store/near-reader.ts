// Searches within one patient's record: few rows, found by one index, so they too are named statements on pipelined connections.
// Their own, so that a point read never waits for a search. Shapes of searches are the callers' to choose: their number is bounded.
import type { QueryResultRow } from 'pg';
import { PointReader } from './point-reader.js';
import type { ClientOptions } from './reconnecting-client.js';

/** Shapes a connection keeps prepared, at some 100 kB each in the database; the published queries in every variant are thirty. */
const MAX_SHAPES = 200;

export class NearReader {
  private readonly shapes = new Set<string>();
  private reader: PointReader;

  constructor(
    private readonly options: ClientOptions,
    private readonly connections: number,
  ) {
    this.reader = new PointReader(options, connections);
  }

  /** As PointReader.read. After MAX_SHAPES shapes the connections are made anew, and with them what they keep. */
  async read<R extends QueryResultRow>(text: string, values: unknown[]): Promise<R[]> {
    if (!this.shapes.has(text)) {
      if (this.shapes.size >= MAX_SHAPES) this.renew();
      this.shapes.add(text);
    }
    return this.reader.read<R>(text, values);
  }

  async close(): Promise<void> {
    await this.reader.close();
  }

  /** What is under way on the old connections is waited for. */
  private renew(): void {
    const old = this.reader;
    this.reader = new PointReader(this.options, this.connections);
    this.shapes.clear();
    void old.close().catch(() => undefined);
  }
}
