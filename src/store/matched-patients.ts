// Whose records the matches of a search are of: for the audit, where neither the question nor the answer names them.
import type { SearchQuery } from '../search/query.js';
import type { Database } from './pool.js';
import { Bindings } from './search-bindings.js';
import { matchesSql } from './search-sql.js';
import type { Transaction } from './transaction.js';
import { type Told, toldOf, type Visibility } from './visibility.js';

/** Matches that are looked at: so few are about people, more are a statistic. */
export const MAX_LOOKED_AT = 50;

export interface MatchedPatient {
  /** Null for resources of no patient. */
  patientId: string | null;
  told: Told;
}

/** Each patient once, of at most MAX_LOOKED_AT matches. */
export async function matchedPatients(
  database: Database,
  query: SearchQuery,
  visibility: Visibility,
  tx?: Transaction,
): Promise<MatchedPatient[]> {
  const sql = new Bindings(visibility);
  const matches = matchesSql({ ...query, sort: [], count: MAX_LOOKED_AT - 1 }, sql);
  const text = `SELECT DISTINCT m.patient_id, m.told FROM (${matches}) AS m ORDER BY m.patient_id`;
  type Row = { patient_id: string | null; told: string };
  const rows = tx ? (await tx.query<Row>(text, sql.values)).rows : await database.read<Row>({ text, values: sql.values });
  return rows.map(({ patient_id: patientId, told }) => ({ patientId, told: toldOf(told) }));
}
