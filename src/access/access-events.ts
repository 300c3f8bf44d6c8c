// Noted accesses as events of the audit log: who, from where, under which request.
import type { AuditEvent } from '../audit/audit-event.js';
import type { Principal } from '../auth/principal.js';
import { FhirError } from '../fhir/errors.js';
import { insertAuditEvents } from '../store/audit-events.js';
import { troubleOf } from '../store/database-errors.js';
import type { Transaction } from '../store/transaction.js';
import type { AccessNotes } from './access-notes.js';

/** What the audit says of the request itself. Identifiers only, never a query or content. */
export interface RequestTrace {
  requestId: string;
  correlationId?: string;
  aortaInitialRequestId?: string;
  aortaRequestId?: string;
  /** FHIR's word for what is asked: read, search-type, transaction, $acp-summary … */
  interaction: string;
}

export interface Access {
  principal: Principal;
  trace: RequestTrace;
  recorded: Date;
  newId(): string;
}

/** Everything noted, as events; the notes are empty afterwards. */
export function eventsOf(notes: AccessNotes, { principal, trace, recorded, newId }: Access): AuditEvent[] {
  return notes.drain((note) => ({
    id: newId(),
    recorded,
    patientId: note.patientId ?? null,
    action: note.action,
    interaction: trace.interaction,
    outcome: note.outcome,
    clientId: principal.clientId,
    organizationUra: principal.organizationUra ?? null,
    organizationType: principal.organizationType ?? null,
    userId: principal.userId ?? null,
    userRole: principal.userRole ?? null,
    purpose: principal.purpose,
    policy: note.policy ?? null,
    consent: note.consent ?? null,
    emergency: note.emergency ?? principal.purpose === 'ETREAT',
    reason: note.reason ?? null,
    entity: note.pointers[0] ?? null,
    requestId: trace.requestId,
    correlationId: trace.correlationId ?? null,
    aortaInitialRequestId: trace.aortaInitialRequestId ?? null,
    aortaRequestId: trace.aortaRequestId ?? null,
    details: { entities: note.pointers, count: note.count, breakGlassReason: note.breakGlassReason },
  }));
}

/** The audit of a change, committed with it. When it cannot be written for good, the change cannot be made now: 'unavailable'. */
export async function writeWith(tx: Transaction, events: AuditEvent[]): Promise<void> {
  try {
    await insertAuditEvents(tx, events);
  } catch (error) {
    throw troubleOf(error) === undefined ? new FhirError('unavailable', '', { cause: error }) : error;
  }
}
