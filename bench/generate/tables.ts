// The tables that hold records, as the migrations left them, and what it takes to fill them at once.
import type pg from 'pg';

/** What is no part of a record: who was told what, and what the service itself needs. */
const OTHERS = /^(audit_|kysely_|service_setting$)/;

/** Names of the tables whose rows may say or follow from what was recorded; of some nothing follows. */
export async function recordTables(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND NOT relispartition ORDER BY 1`,
  );
  return rows.map(({ name }) => name).filter((name) => !OTHERS.test(name));
}

/** The columns to fill: not those that the database makes itself. */
export async function columnsOf(client: pg.Client, table: string): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute a LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
      WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = '' AND attgenerated = ''
        AND coalesce(pg_get_expr(adbin, adrelid), '') NOT LIKE '%pg_current_xact_id%' ORDER BY attnum`,
    [table],
  );
  return rows.map(({ name }) => name).join(', ');
}

/** In which order rows are read back: as they were numbered, or else always the same. */
export async function orderOf(client: pg.Client, table: string): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attidentity <> ''`,
    [table],
  );
  return rows[0]?.name ?? 't::text';
}

/**
 * Statements that take the indexes of a table away, those that make them again, and those that then make keys of some. Several indexes
 * of a table can be made at a time, but a key only when nothing else is done to it.
 */
export async function indexesOf(client: pg.Client, tables: string[]): Promise<{ drop: string[]; create: string[]; attach: string[] }> {
  const { rows } = await client.query<{ drop: string; create: string; attach: string | null }>(
    `SELECT CASE WHEN c.oid IS NULL THEN format('DROP INDEX %I', i.indexrelid::regclass::text)
                 ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', i.indrelid::regclass, c.conname) END AS drop,
            pg_get_indexdef(i.indexrelid) AS create,
            CASE c.contype WHEN 'p' THEN format('ALTER TABLE %s ADD CONSTRAINT %I PRIMARY KEY USING INDEX %I', i.indrelid::regclass, c.conname, x.relname)
                           WHEN 'u' THEN format('ALTER TABLE %s ADD CONSTRAINT %I UNIQUE USING INDEX %I', i.indrelid::regclass, c.conname, x.relname) END AS attach
       FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
       LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
      WHERE i.indrelid = ANY ($1::regclass[])
      -- The longest first.
      ORDER BY t.relname = 'resource' AND m.amname = 'gin' DESC, t.relname LIKE 'resource%' DESC, x.relname`,
    [tables],
  );
  return { drop: rows.map((row) => row.drop), create: rows.map((row) => row.create), attach: rows.flatMap((row) => row.attach ?? []) };
}
