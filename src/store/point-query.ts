// A named statement on a pipelined connection that asks for its columns once per connection and not with every answer: much of
// what driver and database do for a read of one row is about columns that both have seen a thousand times.
// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
import type { Writable } from 'node:stream';
import pg from 'pg';

/** The driver's connection, as far as it is used here. */
interface Connection {
  stream: Writable;
  /** Texts of what it has prepared, by name. */
  parsedStatements: Record<string, string | undefined>;
  bind(config: { statement: string; values: unknown[]; valueMapper(value: unknown): unknown }): void;
}

/** The driver's own class, with what its published types leave out. */
interface DriverQuery {
  name: string;
  values: readonly unknown[];
  /** The driver puts its time limit around it. */
  callback(error: unknown): void;
  /** Null, or why it was not sent. */
  submit(connection: Connection): Error | null;
}
const Driver = pg.Query as unknown as new (text: string) => DriverQuery;

interface Column {
  name: string;
  parse(text: string): unknown;
}

export type Row = Record<string, unknown>;

export interface NamedStatement {
  name: string;
  text: string;
  /** Texts, nulls, and what the driver makes texts of. */
  values: unknown[];
}

/** By statement. A statement whose columns change is refused by the database, and its connection given up. */
const columnsOf = new WeakMap<Connection, Map<string, readonly Column[]>>();

/** Execute without a limit of rows, and Sync. */
const EXECUTE_AND_SYNC = Buffer.from([0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0x53, 0, 0, 0, 4]);

export class PointQuery extends Driver {
  private readonly found: Row[] = [];
  private columns: readonly Column[] = [];
  private connection: Connection | undefined;
  /** A value that could not be read; the statement runs to its end all the same. */
  private unreadable: unknown;

  constructor(
    private readonly statement: NamedStatement,
    done: (error: unknown, rows: Row[]) => void,
  ) {
    super(statement.text);
    this.name = statement.name;
    this.values = statement.values;
    this.callback = (error) => done(error, this.found);
  }

  override submit(connection: Connection): Error | null {
    const { name, text, values } = this.statement;
    this.connection = connection;
    const known = connection.parsedStatements[name] === text ? columnsOf.get(connection)?.get(name) : undefined;
    if (!known || !values.every(isText)) return super.submit(connection);
    this.columns = known;
    connection.stream.cork();
    connection.bind({ statement: name, values, valueMapper: asItIs });
    // As the driver does: of a connection that is lost, its end tells.
    if (connection.stream.writable) connection.stream.write(EXECUTE_AND_SYNC);
    connection.stream.uncork();
    return null;
  }

  handleRowDescription({ fields }: { fields: { name: string; dataTypeID: number }[] }): void {
    this.columns = fields.map(({ name, dataTypeID }) => ({ name, parse: pg.types.getTypeParser(dataTypeID, 'text') }));
    const connection = this.connection as Connection;
    const known = columnsOf.get(connection) ?? new Map<string, readonly Column[]>();
    columnsOf.set(connection, known.set(this.statement.name, this.columns));
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    const row: Row = {};
    try {
      for (const [i, { name, parse }] of this.columns.entries()) {
        const text = fields[i] as string | null;
        row[name] = text === null ? null : parse(text);
      }
      this.found.push(row);
    } catch (error) {
      this.unreadable = error;
    }
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.callback(this.unreadable ?? null);
  }

  handleError(error: unknown): void {
    this.callback(error);
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string' || value === null;
}

function asItIs(value: unknown): unknown {
  return value;
}
