// Emergency cards: the critical answer as text, found by one statement.
import type { Database } from './pool.js';
import type { Transaction } from './transaction.js';
import { type MakeText, type Statement, statementFor, type Told, toldOf, type Visibility } from './visibility.js';

export interface NewCard {
  patientId: string;
  /** Version and identity of the plan it tells. */
  version: string;
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

/** One of the two texts: only what is sent is fetched, the summary is five times the card. */
export type CardPart = 'card' | 'summary';

export interface StoredCard extends Omit<NewCard, 'shown' | CardPart> {
  /** JSON of the part asked for. */
  text: string;
}

/** What is known of a patient who was asked for: for the audit, also when nothing may be told. */
export interface FoundPatient {
  patientId: string;
  told: Told;
  /** Only with permission, and where there is something to tell. */
  card?: StoredCard;
}

const PART: Record<CardPart, string> = { card: 'c.content', summary: 'c.summary' };

/** The columns of a `CardRow`; the text leaves the table with permission only. */
function columns(part: CardPart): string {
  const text = `CASE WHEN v.told LIKE 'permit%' THEN ${PART[part]} END AS text`;
  return `r.id AS patient_id, c.version, ${text}, c.updated, c.expires_at, v.told`;
}

/** OFFSET 0: the rule is asked once, not at each place that names it. */
function toldSql(...[rule, bind]: Parameters<MakeText>): string {
  return `CROSS JOIN LATERAL (SELECT ${rule.answer('r.id', bind)} AS told OFFSET 0) AS v`;
}

interface CardRow {
  patient_id: string;
  version: string | null;
  text: string | null;
  updated: Date | null;
  expires_at: Date | null;
  told: string | null;
}

/**
 * The card of the patient who holds this national identifier: one index probe each for identity, patient, rules and card.
 * Undefined when there is no such patient. The identifier stands in no text, only in a bound value.
 */
export async function readCardByIdentifier(
  database: Database,
  system: string,
  value: string,
  part: CardPart,
  visibility: Visibility,
  tx?: Transaction,
): Promise<FoundPatient | undefined> {
  const make: MakeText = (rule, bind) =>
    `SELECT ${columns(part)} FROM identifier i JOIN resource r ON r.type = 'Patient' AND r.id = i.id
       LEFT JOIN emergency_card c ON c.patient_id = i.id ${toldSql(rule, bind)}
      WHERE i.type = 'Patient' AND i.system = $1 AND i.value = $2 AND i.scope = '' AND NOT r.deleted`;
  return readOne(database, statementFor(visibility, `${part} by identifier`, [system, value], make), tx);
}

export async function readCardByPatient(
  database: Database,
  patientId: string,
  part: CardPart,
  visibility: Visibility,
  tx?: Transaction,
): Promise<FoundPatient | undefined> {
  const make: MakeText = (rule, bind) =>
    `SELECT ${columns(part)} FROM resource r LEFT JOIN emergency_card c ON c.patient_id = r.id ${toldSql(rule, bind)}
      WHERE r.type = 'Patient' AND r.id = $1 AND NOT r.deleted`;
  return readOne(database, statementFor(visibility, `${part} by patient`, [patientId], make), tx);
}

/** On a pipelined connection, or on `tx` when the caller is inside a transaction and must see its own writes. */
async function readOne(database: Database, { text, values }: Statement, tx?: Transaction): Promise<FoundPatient | undefined> {
  const [row] = tx ? (await tx.query<CardRow>(text, values)).rows : await database.points.read<CardRow>(text, values);
  if (!row) return undefined;
  const { patient_id: patientId, version, text: told, updated, expires_at: expiresAt } = row;
  const card = told === null || version === null || updated === null ? undefined : { patientId, version, text: told, updated, expiresAt };
  return { patientId, told: toldOf(row.told), ...(card ? { card } : {}) };
}

/** Puts the card in the place of the one before, in the transaction of the change that altered it. */
export async function writeCard(tx: Transaction, card: NewCard): Promise<void> {
  await tx.query({
    name: 'write_card',
    text: `INSERT INTO emergency_card (patient_id, version, content, summary, updated, expires_at, shown, changes_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $6)
           ON CONFLICT (patient_id) DO UPDATE SET version = excluded.version, content = excluded.content, summary = excluded.summary,
             updated = excluded.updated, expires_at = excluded.expires_at, shown = excluded.shown, changes_at = excluded.changes_at`,
    values: [card.patientId, card.version, card.card, card.summary, card.updated, card.expiresAt, card.shown],
  });
}

export async function deleteCard(tx: Transaction, patientId: string): Promise<void> {
  await tx.query({ name: 'delete_card', text: 'DELETE FROM emergency_card WHERE patient_id = $1', values: [patientId] });
}

/** When the card must be computed anew; undefined when it need not, or when there is none. Epoch milliseconds. */
export async function cardExpiry(tx: Transaction, patientId: string): Promise<number | undefined> {
  const { rows } = await tx.query<{ expires_at: Date | null }>({
    name: 'card_expiry',
    text: 'SELECT expires_at FROM emergency_card WHERE patient_id = $1',
    values: [patientId],
  });
  return rows[0]?.expires_at?.getTime();
}

/** `Type/id` of the directory resources that these patients' cards show. */
export async function shownOn(tx: Transaction, patientIds: string[]): Promise<string[]> {
  const { rows } = await tx.query<{ shown: string }>({
    name: 'shown_on',
    text: 'SELECT DISTINCT unnest(shown) AS shown FROM emergency_card WHERE patient_id = ANY ($1)',
    values: [patientIds],
  });
  return rows.map((row) => row.shown);
}

/** Cards that show one of the `Type/id` references are to be computed anew by their next reader; not those of the patients in `except`. */
export async function expireCards(tx: Transaction, references: string[], except: string[]): Promise<void> {
  // The epoch is past for every process, however its clock runs.
  await tx.query({
    name: 'expire_cards',
    text: `UPDATE emergency_card SET expires_at = 'epoch'
            WHERE shown && $1 AND patient_id <> ALL ($2) AND (expires_at IS NULL OR expires_at > 'epoch')`,
    values: [references, except],
  });
}
