// One database connection that is kept open and opened again after it broke.
import pg from 'pg';
import { isStaleStatement, troubleOf } from './database-errors.js';
import { type Asked, PointBatch } from './point-batch.js';
import { type Connection, columnsKnown, type NamedStatement, PointQuery, type Row } from './point-query.js';

export type ClientOptions = pg.ClientConfig & { pipeline?: boolean };

export class ReconnectingClient {
  private connecting: Promise<pg.Client> | undefined;
  private readonly givenUp = new WeakSet<pg.Client>();
  private closed = false;
  /** Point reads of this turn, by the connection they are to go to. */
  private readonly gathering = new Map<pg.Client, Asked[]>();

  constructor(private readonly options: ClientOptions) {}

  /**
   * Runs one statement on the connection, opened when there is none. Fails with the error of pg when it breaks on the way:
   * whether the statement may run again is for the caller to know.
   */
  query<R extends pg.QueryResultRow>(statement: pg.QueryConfig): Promise<pg.QueryResult<R>> {
    return this.run((client) => client.query<R>(statement));
  }

  /** As `query`, for a named statement that only reads and is asked over and over: its rows. Those of one turn go as one. */
  rows(statement: NamedStatement): Promise<Row[]> {
    return this.run(
      (client) =>
        new Promise((resolve, reject) => {
          const done = (error: unknown, rows: Row[]) => (error ? reject(error) : resolve(rows));
          const again = () => ask(client, new PointQuery(statement, done));
          this.gather(client).push({ statement, done, again });
        }),
    );
  }

  private async run<T>(ask: (client: pg.Client) => Promise<T>): Promise<T> {
    const connecting = this.client();
    const client = await connecting;
    try {
      return await ask(client);
    } catch (error) {
      if (troubleOf(error) === 'broken' || isStaleStatement(error)) {
        if (this.connecting === connecting) this.connecting = undefined;
        this.giveUp(client);
      }
      throw error;
    }
  }

  /**
   * What one turn of the event loop asks leaves as one: under load a system call, a wake-up of the database and a transaction for
   * many statements instead of one. A turn ends when the sockets that are readable now have been read.
   */
  private gather(client: pg.Client): Asked[] {
    const known = this.gathering.get(client);
    if (known) return known;
    const asked: Asked[] = [];
    this.gathering.set(client, asked);
    setImmediate(() => {
      this.gathering.delete(client);
      askAll(client, asked);
    });
    return asked;
  }

  /** Once, however many statements failed on it. */
  private giveUp(client: pg.Client): void {
    if (this.givenUp.has(client)) return;
    this.givenUp.add(client);
    void client.end().catch(() => undefined);
  }

  /** Ends the connection; pipelined statements under way are waited for, others are the caller's to wait for. */
  async close(): Promise<void> {
    this.closed = true;
    const client = await this.connecting?.catch(() => undefined);
    this.connecting = undefined;
    // What was gathered is asked first.
    if (this.gathering.size > 0) await new Promise(setImmediate);
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

function askAll(client: pg.Client, asked: readonly Asked[]): void {
  const { connection } = client as unknown as { connection: Connection };
  const isKnown = asked.map(({ statement }) => columnsKnown(connection, statement) !== undefined);
  const known = asked.filter((_, i) => isKnown[i]);
  if (known.length > 0) ask(client, new PointBatch(known));
  for (const [i, { again }] of asked.entries()) if (!isKnown[i]) again();
}

/** The driver's types know connections by another name. */
function ask(client: pg.Client, query: PointQuery | PointBatch): void {
  client.query(query as unknown as pg.Query);
}
