// The audit log as it is read: newest first, by patient or by time, in pages.
import type { AuditAction, AuditEvent, AuditOutcome } from './audit-events.js';
import type { Database } from './pool.js';

/** An event with its place in the log. */
export interface LoggedEvent extends AuditEvent {
  /** Whole number as text. */
  seq: string;
}

export interface LogFilter {
  patientId?: string;
  /** Recorded at or after, and before. */
  from?: Date;
  before?: Date;
  policy?: string;
}

/** Of the last event of a page: the next one begins behind it. */
export interface LogPosition {
  recorded: Date;
  seq: string;
}

/** The columns, and no later ones. `recorded` has whole milliseconds. */
const COLUMNS =
  'id, recorded, patient_id, action, interaction, outcome, client_id, organization_ura, organization_type, user_id, user_role, purpose, policy, consent, emergency, reason, entity, request_id, correlation_id, aorta_initial_request_id, aorta_request_id, details, seq';

/** Events of the log, newest first, at most `count`. */
export async function readLog(
  database: Database,
  filter: LogFilter,
  after: LogPosition | undefined,
  count: number,
): Promise<LoggedEvent[]> {
  const values: unknown[] = [count];
  const conditions = conditionsOf(filter, values);
  if (after) {
    values.push(after.recorded, after.seq);
    conditions.push(`(recorded, seq) < ($${values.length - 1}::timestamptz, $${values.length}::bigint)`);
  }
  const text = `SELECT ${COLUMNS} FROM audit_event ${whereOf(conditions)} ORDER BY recorded DESC, seq DESC LIMIT $1`;
  return (await database.read<LogRow>({ text, values })).map(eventOf);
}

export async function countLog(database: Database, filter: LogFilter): Promise<number> {
  const values: unknown[] = [];
  const text = `SELECT count(*)::int AS n FROM audit_event ${whereOf(conditionsOf(filter, values))}`;
  return (await database.read<{ n: number }>({ text, values }))[0]?.n ?? 0;
}

/** One event by its id and its place; undefined when there is none. */
export async function readLogged(database: Database, id: string, seq: string): Promise<LoggedEvent | undefined> {
  const text = `SELECT ${COLUMNS} FROM audit_event WHERE seq = $1 AND id = $2`;
  return (await database.read<LogRow>({ text, values: [seq, id] })).map(eventOf)[0];
}

/** Names of organisations by URA, of those that have an Organization resource with a name. */
export async function organizationNames(database: Database, uraSystem: string, uras: string[]): Promise<Map<string, string>> {
  const rows = await database.read<{ ura: string; content: string }>({
    text: `SELECT i.value AS ura, r.content FROM identifier i JOIN resource r ON r.type = i.type AND r.id = i.id
           WHERE i.type = 'Organization' AND i.system = $1 AND i.scope = '' AND i.value = ANY ($2) AND NOT r.deleted`,
    values: [uraSystem, uras],
  });
  return new Map(
    rows.flatMap(({ ura, content }) => {
      const { name } = JSON.parse(content) as { name?: unknown };
      return typeof name === 'string' ? [[ura, name]] : [];
    }),
  );
}

function conditionsOf({ patientId, from, before, policy }: LogFilter, values: unknown[]): string[] {
  const conditions: string[] = [];
  const add = (condition: string, value: unknown) => {
    if (value !== undefined) conditions.push(condition.replace('?', `$${values.push(value)}`));
  };
  add('patient_id = ?', patientId);
  add('recorded >= ?', from);
  add('recorded < ?', before);
  add('policy = ?', policy);
  return conditions;
}

function whereOf(conditions: string[]): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}

interface LogRow {
  [column: string]: unknown;
}

function eventOf(row: LogRow): LoggedEvent {
  const text = (name: string) => row[name] as string | null;
  return {
    id: row.id as string,
    recorded: row.recorded as Date,
    patientId: text('patient_id'),
    action: row.action as AuditAction,
    interaction: row.interaction as string,
    outcome: row.outcome as AuditOutcome,
    clientId: text('client_id'),
    organizationUra: text('organization_ura'),
    organizationType: text('organization_type'),
    userId: text('user_id'),
    userRole: text('user_role'),
    purpose: text('purpose'),
    policy: text('policy'),
    consent: text('consent'),
    emergency: row.emergency as boolean,
    reason: text('reason'),
    entity: text('entity'),
    requestId: text('request_id'),
    correlationId: text('correlation_id'),
    aortaInitialRequestId: text('aorta_initial_request_id'),
    aortaRequestId: text('aorta_request_id'),
    details: row.details as object | null,
    seq: row.seq as string,
  };
}
