// Named statements that one turn of the event loop asked of a pipelined connection, sent as one: each is bound and executed, and one
// Sync ends them all. The database then begins one transaction and sends one answer where it would do both for every statement.
// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
import pg from 'pg';
import { type Column, type Connection, columnsKnown, Driver, type NamedStatement, type Row, rowOf, writeBound } from './point-query.js';

/** Execute without a limit of rows. */
const EXECUTE = Buffer.from([0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0]);
const SYNC = Buffer.from([0x53, 0, 0, 0, 4]);

export interface Asked {
  statement: NamedStatement;
  done(error: unknown, rows: Row[]): void;
  /** Asks once more, by itself: one before it in the batch failed, and the database passed over the rest. */
  again(): void;
}

/** Only for statements that read: those behind one that fails are asked again. */
export class PointBatch extends Driver {
  /** Place of the statement whose answer comes. */
  private place = 0;
  /** Rows of that statement so far. */
  private found: Row[] = [];
  private unreadable: unknown;
  private columns: readonly (readonly Column[])[] = [];

  /** Each of `asked` is known to the connection this is sent on (`isKnown`). */
  constructor(private readonly asked: readonly Asked[]) {
    super('');
    this.callback = (error) => this.failRest(error);
  }

  override submit(connection: Connection): Error | null {
    this.columns = this.asked.map(({ statement }) => columnsKnown(connection, statement) ?? []);
    connection.stream.cork();
    for (const { statement } of this.asked) {
      writeBound(connection, statement);
      if (connection.stream.writable) connection.stream.write(EXECUTE);
    }
    if (connection.stream.writable) connection.stream.write(SYNC);
    connection.stream.uncork();
    return null;
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    try {
      this.found.push(rowOf(this.columns[this.place] as readonly Column[], fields));
    } catch (error) {
      this.unreadable = error;
    }
  }

  handleCommandComplete(): void {
    const { found, unreadable } = this;
    this.found = [];
    this.unreadable = undefined;
    this.asked[this.place++]?.done(unreadable ?? null, found);
  }

  handleReadyForQuery(): void {
    this.callback(null);
  }

  handleError(error: unknown): void {
    this.callback(error);
  }

  /** The database refused one and passed over those behind it; or the connection is gone, and with it all that is left. */
  private failRest(error: unknown): void {
    const rest = this.asked.slice(this.place);
    this.place = this.asked.length;
    const isRefused = error instanceof pg.DatabaseError;
    for (const [i, { done, again }] of rest.entries()) {
      if (isRefused && i > 0) again();
      else done(error ?? new Error('Connection terminated before the answer'), []);
    }
  }
}
