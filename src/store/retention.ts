// Records nobody changed for long: what the law lets go.
import type { Database } from './pool.js';

export interface DueRecord {
  patientId: string;
  lastChanged: Date;
}

/** Records whose last change was before `before`, by id, after `after`. Looks at Patients unchanged since then only. */
export async function recordsUnchangedSince(database: Database, before: Date, after: string, count: number): Promise<DueRecord[]> {
  return database.read<{ patientId: string; lastChanged: Date }>({
    name: 'records_unchanged_since',
    text: `SELECT p.id AS "patientId", (SELECT max(r.last_updated) FROM resource r WHERE r.patient_id = p.id) AS "lastChanged"
             FROM resource p
            WHERE p.type = 'Patient' AND p.last_updated < $1 AND p.id > $2
              AND NOT EXISTS (SELECT FROM resource r WHERE r.patient_id = p.id AND r.last_updated >= $1)
            ORDER BY p.id LIMIT $3`,
    values: [before, after, count],
  });
}
