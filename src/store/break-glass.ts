// Doors broken open in an emergency: for one patient and one user, until a moment.
import type { Database } from './pool.js';
import type { Transaction } from './transaction.js';

export interface GlassHolder {
  patientId: string;
  clientId: string;
  /** Organisation and user: `99900006/anna`; nothing after the slash where the token names no user. */
  userId: string;
}

export interface OpenedGlass {
  opened: Date;
  until: Date;
}

/** The glass this user broke for this patient, as long as it is open. */
export async function readGlass(
  database: Database,
  { patientId, clientId, userId }: GlassHolder,
  now: Date,
): Promise<OpenedGlass | undefined> {
  const [row] = await database.read<{ opened: Date; until: Date }>({
    name: 'read_glass',
    text: 'SELECT opened, until FROM break_glass WHERE patient_id = $1 AND client_id = $2 AND user_id = $3 AND until > $4 ORDER BY until DESC LIMIT 1',
    values: [patientId, clientId, userId, now],
  });
  return row && { opened: row.opened, until: row.until };
}

/** Breaks it; two requests at one moment break it once. */
export async function openGlass(
  tx: Transaction,
  { patientId, clientId, userId }: GlassHolder,
  { opened, until }: OpenedGlass,
): Promise<void> {
  await tx.query({
    name: 'open_glass',
    text: 'INSERT INTO break_glass (patient_id, client_id, user_id, opened, until) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING',
    values: [patientId, clientId, userId, opened, until],
  });
}
