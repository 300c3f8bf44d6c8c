// Who was looked at by urgent care, as the audit log tells it.
import type { Database } from './pool.js';

export interface EmergencyView {
  patientId: string;
  /** The last one of the period. */
  viewed: Date;
}

/** Patients of whom something was told through the emergency door after `from` and until `until`, once each. */
export async function emergencyViews(database: Database, from: Date, until: Date): Promise<EmergencyView[]> {
  const rows = await database.read<{ patient_id: string; viewed: Date }>({
    text: `SELECT patient_id, max(recorded) AS viewed FROM audit_event
      WHERE recorded > $1 AND recorded <= $2 AND emergency AND action = 'R' AND outcome = 'success' AND patient_id IS NOT NULL
      GROUP BY patient_id ORDER BY patient_id`,
    values: [from, until],
  });
  return rows.map(({ patient_id, viewed }) => ({ patientId: patient_id, viewed }));
}
