// Rows of the audit log: written, never changed. Partitions by month are made ahead of time.
import type pg from 'pg';
import type { Queryable } from './pool.js';

/** FHIR's AuditEvent.action: create, read, update, delete, execute (search, operation). */
export type AuditAction = 'C' | 'R' | 'U' | 'D' | 'E';
export type AuditOutcome = 'success' | 'denied' | 'empty' | 'error';

/** One event: who did what about which patient. Pointers and counts only, never content. */
export interface AuditEvent {
  id: string;
  recorded: Date;
  patientId: string | null;
  action: AuditAction;
  /** FHIR's word for what was asked: read, search-type, transaction, $acp-summary … */
  interaction: string;
  outcome: AuditOutcome;
  clientId: string | null;
  organizationUra: string | null;
  organizationType: string | null;
  userId: string | null;
  userRole: string | null;
  purpose: string | null;
  /** The access policy that decided. */
  policy: string | null;
  /** The consent it rested on. */
  consent: string | null;
  /** Whether the emergency door was used. */
  emergency: boolean;
  /** Ground of a denial, or the kind of error. */
  reason: string | null;
  /** `Type/id` or `Type/id/_history/n`. */
  entity: string | null;
  requestId: string | null;
  correlationId: string | null;
  aortaInitialRequestId: string | null;
  aortaRequestId: string | null;
  details: object | null;
}

/** An event on its way into the log: what it does not know is left out, and costs nothing on the way. */
export type NewAuditEvent = Pick<AuditEvent, 'id' | 'recorded' | 'action' | 'interaction' | 'outcome' | 'emergency'> & Partial<AuditEvent>;

/** Column and its type, by field of the event. */
const COLUMNS: Record<keyof AuditEvent, [name: string, type: string]> = {
  id: ['id', 'uuid'],
  recorded: ['recorded', 'timestamptz'],
  patientId: ['patient_id', 'text'],
  action: ['action', 'text'],
  interaction: ['interaction', 'text'],
  outcome: ['outcome', 'text'],
  clientId: ['client_id', 'text'],
  organizationUra: ['organization_ura', 'text'],
  organizationType: ['organization_type', 'text'],
  userId: ['user_id', 'text'],
  userRole: ['user_role', 'text'],
  purpose: ['purpose', 'text'],
  policy: ['policy', 'text'],
  consent: ['consent', 'text'],
  emergency: ['emergency', 'boolean'],
  reason: ['reason', 'text'],
  entity: ['entity', 'text'],
  requestId: ['request_id', 'text'],
  correlationId: ['correlation_id', 'text'],
  aortaInitialRequestId: ['aorta_initial_request_id', 'text'],
  aortaRequestId: ['aorta_request_id', 'text'],
  details: ['details', 'jsonb'],
};

const NAMES = Object.values(COLUMNS).map(([name]) => name);
const FIELDS = Object.entries(COLUMNS).map(([field, [, type]]) => `"${field}" ${type}`);

const INSERT = `INSERT INTO audit_event (${NAMES.join(', ')})
SELECT * FROM json_to_recordset($1) AS event(${FIELDS.join(', ')})`;

/** An event that is there already stays as it is. A third dearer, so for repeats alone. */
const INSERT_AGAIN = `${INSERT} ON CONFLICT (recorded, id) DO NOTHING`;

/**
 * Writes events in one statement. Resolves when they are committed, or with the caller's transaction. `again` says that they may
 * have been written before, as after a lost connection: each is then written once, however often it is sent.
 */
export async function insertAuditEvents(
  client: Pick<Queryable, 'query'> | StatementRunner,
  events: readonly NewAuditEvent[],
  again = false,
): Promise<void> {
  if (events.length === 0) return;
  const statement = again ? { name: 'insert_audit_events_again', text: INSERT_AGAIN } : { name: 'insert_audit_events', text: INSERT };
  await (client as StatementRunner).query({ ...statement, values: [storableJson(events)] });
}

/** Whatever runs one statement: a pool, a client, or a connection kept apart. */
export interface StatementRunner {
  query(statement: pg.QueryConfig): Promise<unknown>;
}

/**
 * JSON without what PostgreSQL cannot keep (zero characters, halves of surrogate pairs; JSON.stringify writes both as escapes):
 * a caller who sends such a request id must not be able to stop the audit, and with it everybody's answers.
 */
function storableJson(events: readonly NewAuditEvent[]): string {
  return JSON.stringify(events).replace(/\\\\|\\u(?:0000|d[89a-f][0-9a-f]{2})/g, (sequence) =>
    sequence === '\\\\' ? sequence : '\\ufffd',
  );
}

/** Makes the log's partitions for the month of `now` and the two after it. At every start and daily. */
export async function ensureAuditPartitions(db: Queryable, now: Date): Promise<void> {
  await db.query('SELECT ensure_audit_partitions($1)', [now]);
}
