// Whom a demo can sign in as, beside its organisations: the patients recorded last, and the people recorded with them.
import type { Queryable } from './pool.js';

/** A page of names, not a register. */
const MAX_PATIENTS = 20;

export interface DemoRow {
  type: 'Patient' | 'RelatedPerson';
  id: string;
  patientId: string;
  content: string;
}

export async function demoPatientRows(db: Queryable): Promise<DemoRow[]> {
  const { rows } = await db.query<DemoRow>({
    name: 'demo_patients',
    text: `WITH patient AS (
             SELECT id FROM resource WHERE type = 'Patient' AND NOT deleted ORDER BY last_updated DESC, id LIMIT ${MAX_PATIENTS})
           SELECT type, id, coalesce(patient_id, id) AS "patientId", content FROM resource
           WHERE NOT deleted AND (type, id) IN (SELECT 'Patient', id FROM patient)
           UNION ALL
           SELECT type, id, patient_id, content FROM resource
           WHERE NOT deleted AND type = 'RelatedPerson' AND patient_id IN (SELECT id FROM patient)`,
  });
  return rows;
}
