// What was stored with errors of published profiles, for the vendor of the system that sent it: pointers and rules, never content.
import type { Database } from './pool.js';
import type { Transaction } from './transaction.js';

export interface ReportedVersion {
  type: string;
  id: string;
  version: number;
  patientId: string | null;
  errors: { profile: string; expression: string; rule: string }[];
}

export interface ValidationReport extends ReportedVersion {
  /** Position in the list; grows, with gaps. */
  seq: number;
  recorded: Date;
  clientId: string;
}

export interface ReportQuery {
  ura: string;
  types: readonly string[];
  since?: Date;
  /** `seq` of the last one known. */
  after: number;
  count: number;
}

/** Adds reports in order. Under a lock of the organisation's list (`reportsLock`). */
export async function insertReports(
  tx: Transaction,
  author: { ura: string; client: string },
  recorded: Date,
  reports: readonly ReportedVersion[],
): Promise<void> {
  await tx.query({
    name: 'insert_reports',
    text: `INSERT INTO validation_report (recorded, author_ura, client_id, patient_id, type, id, version, errors)
           SELECT $1, $2, $3, r->>'patientId', r->>'type', r->>'id', (r->>'version')::integer, r->'errors'
             FROM jsonb_array_elements($4::jsonb) WITH ORDINALITY AS given(r, place) ORDER BY place`,
    values: [recorded, author.ura, author.client, JSON.stringify(reports)],
  });
}

/** The lock under which an organisation's list grows. */
export function reportsLock(ura: string): string {
  return `validation-reports:${ura}`;
}

/** Reports on what an organisation recorded, oldest first. */
export async function readReports(database: Database, { ura, types, since, after, count }: ReportQuery): Promise<ValidationReport[]> {
  const rows = await database.read<{
    seq: string;
    recorded: Date;
    client_id: string;
    patient_id: string | null;
    type: string;
    id: string;
    version: number;
    errors: ReportedVersion['errors'];
  }>({
    name: 'read_reports',
    text: `SELECT seq, recorded, client_id, patient_id, type, id, version, errors FROM validation_report
            WHERE author_ura = $1 AND seq > $2 AND type = ANY($3) AND ($4::timestamptz IS NULL OR recorded >= $4)
            ORDER BY seq LIMIT $5`,
    values: [ura, after, types, since ?? null, count],
  });
  return rows.map((row) => ({
    seq: Number(row.seq),
    recorded: row.recorded,
    clientId: row.client_id,
    patientId: row.patient_id,
    type: row.type,
    id: row.id,
    version: row.version,
    errors: row.errors,
  }));
}
