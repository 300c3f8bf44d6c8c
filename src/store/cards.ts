// Emergency cards: the critical answer as text, found by one statement.
import type { Database } from './pool.js';
import type { Visibility } from './search-bindings.js';
import { binder } from './stored-resource.js';
import type { Transaction } from './transaction.js';

export interface NewCard {
  patientId: string;
  /** Version of the plan it tells. */
  version: number;
  /** JSON of the emergency card. */
  card: string;
  /** JSON of the summary document Bundle. */
  summary: string;
  updated: Date;
  /** From then on it must be computed anew; null when never. */
  expiresAt: Date | null;
  /** `Type/id` of directory resources it shows. */
  shown: string[];
}

export type StoredCard = Omit<NewCard, 'shown'>;

const CARD = 'c.patient_id, c.version, c.content, c.summary, c.updated, c.expires_at';

interface CardRow {
  patient_id: string;
  version: number;
  content: string;
  summary: string;
  updated: Date;
  expires_at: Date | null;
}

/**
 * The card of the patient who holds this national identifier: one index probe each for identity, patient and card.
 * Undefined when there is none for this caller, for whichever reason. The identifier stands in no text, only in a bound value.
 */
export async function readCardByIdentifier(
  database: Database,
  system: string,
  value: string,
  visibility: Visibility,
): Promise<StoredCard | undefined> {
  const values: unknown[] = [system, value];
  const text = `SELECT ${CARD} FROM identifier i JOIN resource r ON r.type = 'Patient' AND r.id = i.id JOIN emergency_card c ON c.patient_id = i.id
                 WHERE i.type = 'Patient' AND i.system = $1 AND i.value = $2 AND i.scope = '' AND NOT r.deleted AND (${visibility('r', binder(values))})`;
  return cardOf(await database.points.read<CardRow>(text, values));
}

export async function readCardByPatient(database: Database, patientId: string, visibility: Visibility): Promise<StoredCard | undefined> {
  const values: unknown[] = [patientId];
  const text = `SELECT ${CARD} FROM resource r JOIN emergency_card c ON c.patient_id = r.id
                 WHERE r.type = 'Patient' AND r.id = $1 AND NOT r.deleted AND (${visibility('r', binder(values))})`;
  return cardOf(await database.points.read<CardRow>(text, values));
}

function cardOf([row]: CardRow[]): StoredCard | undefined {
  return (
    row && {
      patientId: row.patient_id,
      version: row.version,
      card: row.content,
      summary: row.summary,
      updated: row.updated,
      expiresAt: row.expires_at,
    }
  );
}

/** Puts the card in the place of the one before, in the transaction of the change that altered it. */
export async function writeCard(tx: Transaction, card: NewCard): Promise<void> {
  await tx.query({
    name: 'write_card',
    text: `INSERT INTO emergency_card (patient_id, version, content, summary, updated, expires_at, shown) VALUES ($1, $2, $3, $4, $5, $6, $7)
           ON CONFLICT (patient_id) DO UPDATE SET version = excluded.version, content = excluded.content, summary = excluded.summary,
             updated = excluded.updated, expires_at = excluded.expires_at, shown = excluded.shown`,
    values: [card.patientId, card.version, card.card, card.summary, card.updated, card.expiresAt, card.shown],
  });
}

export async function deleteCard(tx: Transaction, patientId: string): Promise<void> {
  await tx.query({ name: 'delete_card', text: 'DELETE FROM emergency_card WHERE patient_id = $1', values: [patientId] });
}
