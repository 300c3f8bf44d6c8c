// One database connection that is kept open and opened again after it broke.
import type { Writable } from 'node:stream';
import pg from 'pg';
import { isStaleStatement, troubleOf } from './database-errors.js';
import { type NamedStatement, PointQuery, type Row } from './point-query.js';

export type ClientOptions = pg.ClientConfig & { pipeline?: boolean };

export class ReconnectingClient {
  private connecting: Promise<pg.Client> | undefined;
  private closed = false;
  private gathering = false;

  constructor(private readonly options: ClientOptions) {}

  /**
   * Runs one statement on the connection, opened when there is none. Fails with the error of pg when it breaks on the way:
   * whether the statement may run again is for the caller to know.
   */
  query<R extends pg.QueryResultRow>(statement: pg.QueryConfig): Promise<pg.QueryResult<R>> {
    return this.run((client) => client.query<R>(statement));
  }

  /** As `query`, for a named statement that is asked over and over: its rows. */
  rows(statement: NamedStatement): Promise<Row[]> {
    return this.run(
      (client) =>
        new Promise((resolve, reject) => {
          // The driver's types know connections by another name.
          const query = new PointQuery(statement, (error, rows) => (error ? reject(error) : resolve(rows)));
          client.query(query as unknown as pg.Query);
        }),
    );
  }

  private async run<T>(ask: (client: pg.Client) => Promise<T>): Promise<T> {
    const connecting = this.client();
    const client = await connecting;
    try {
      if (this.options.pipeline) this.gather(client);
      return await ask(client);
    } catch (error) {
      if (troubleOf(error) === 'broken' || isStaleStatement(error)) {
        if (this.connecting === connecting) this.connecting = undefined;
        void client.end().catch(() => undefined);
      }
      throw error;
    }
  }

  /**
   * What one turn of the event loop asks leaves in one write: under load a system call, and a wake-up of the database, for many
   * statements instead of one. A turn ends when the sockets that are readable now have been read.
   */
  private gather(client: pg.Client): void {
    if (this.gathering) return;
    const { stream } = (client as unknown as { connection: { stream: Writable } }).connection;
    this.gathering = true;
    stream.cork();
    setImmediate(() => {
      this.gathering = false;
      stream.uncork();
    });
  }

  /** Ends the connection; pipelined statements under way are waited for, others are the caller's to wait for. */
  async close(): Promise<void> {
    this.closed = true;
    const client = await this.connecting?.catch(() => undefined);
    this.connecting = undefined;
    await client?.end();
  }

  private client(): Promise<pg.Client> {
    if (this.closed) return Promise.reject(new Error('Client was closed'));
    this.connecting ??= this.open();
    return this.connecting;
  }

  private open(): Promise<pg.Client> {
    const client = new pg.Client(this.options);
    const opening = client.connect().then(() => client);
    const forget = () => {
      if (this.connecting === opening) this.connecting = undefined;
    };
    client.on('error', forget).on('end', forget);
    opening.catch(forget);
    return opening;
  }
}
