// One event of the log as a patient reads it: when, which organisation and role, what, on which ground, emergency or not.
import type { LoggedEvent, LogPage } from '../access/audit-log.js';
import {
  groundInWords,
  organizationTypeInWords,
  outcomeInWords,
  personInWords,
  roleInWords,
  whatInWords,
} from '../izp/access-log-words.js';

export interface LogEntry {
  id: string;
  /** ISO 8601, UTC. */
  when: string;
  patient: string | null;
  organization: { name: string | null; ura: string | null; type: string | null };
  role: string | null;
  /** Only where the service is set to show users. */
  user?: string;
  what: string;
  outcome: string;
  ground: string | null;
  /** Reference of the Consent, or the evidence of an outside register. */
  consent: string | null;
  emergency: boolean;
  /** Set when the glass was broken: what the user wrote, if it is known. */
  breakGlass?: { reason: string | null };
}

export function logEntries({ events, names }: Pick<LogPage, 'events' | 'names'>, showUsers: boolean): LogEntry[] {
  return events.map((event) => entryOf(event, names, showUsers));
}

function entryOf(event: LoggedEvent, names: ReadonlyMap<string, string>, showUsers: boolean): LogEntry {
  const details = (event.details ?? {}) as { entities?: string[]; breakGlassReason?: string };
  const types = (details.entities ?? []).map((pointer) => pointer.split('/')[0] as string);
  const { organizationUra: ura } = event;
  return {
    id: `${event.id}-${event.seq}`,
    when: event.recorded.toISOString(),
    patient: event.patientId,
    organization: { name: (ura !== null && names.get(ura)) || null, ura, type: organizationTypeInWords(event.organizationType) ?? null },
    role: roleInWords(event.userRole) ?? (ura === null ? personInWords(event.policy) : undefined) ?? null,
    ...(showUsers && event.userId !== null ? { user: event.userId } : {}),
    what: whatInWords(event.interaction, event.action, types),
    outcome: outcomeInWords(event.outcome, event.reason),
    ground: groundInWords(event.policy) ?? null,
    consent: event.consent,
    emergency: event.emergency,
    ...(event.policy === 'break-glass' ? { breakGlass: { reason: details.breakGlassReason ?? null } } : {}),
  };
}
