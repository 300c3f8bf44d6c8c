// A named statement on a pipelined connection that asks for its columns once per connection and not with every answer: much of
// what driver and database do for a read of one row is about columns that both have seen a thousand times.
// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
import type { Writable } from 'node:stream';
import pg from 'pg';

/** The driver's connection, as far as it is used here. */
export interface Connection {
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
export const Driver = pg.Query as unknown as new (text: string) => DriverQuery;

export interface Column {
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

/** The columns of a statement that the connection has prepared and described; undefined where it must be asked by itself first. */
export function columnsKnown(connection: Connection, { name, text, values }: NamedStatement): readonly Column[] | undefined {
  if (connection.parsedStatements[name] !== text || !values.every(isText)) return undefined;
  return columnsOf.get(connection)?.get(name);
}

export function writeBound(connection: Connection, { name, values }: NamedStatement): void {
  connection.bind({ statement: name, values, valueMapper: asItIs });
}

/** Throws what a value that cannot be read throws. */
export function rowOf(columns: readonly Column[], fields: readonly (string | null)[]): Row {
  const row: Row = {};
  for (const [i, { name, parse }] of columns.entries()) {
    const text = fields[i] as string | null;
    row[name] = text === null ? null : parse(text);
  }
  return row;
}

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
    this.connection = connection;
    return super.submit(connection);
  }

  handleRowDescription({ fields }: { fields: { name: string; dataTypeID: number }[] }): void {
    this.columns = fields.map(({ name, dataTypeID }) => ({ name, parse: pg.types.getTypeParser(dataTypeID, 'text') }));
    const connection = this.connection as Connection;
    const known = columnsOf.get(connection) ?? new Map<string, readonly Column[]>();
    columnsOf.set(connection, known.set(this.statement.name, this.columns));
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    try {
      this.found.push(rowOf(this.columns, fields));
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
