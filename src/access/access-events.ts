// Noted accesses as events of the audit log: who, from where, under which request.
import type { NewAuditEvent } from '../audit/audit-event.js';
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
export function eventsOf(notes: AccessNotes, { principal, trace, recorded, newId }: Access): NewAuditEvent[] {
  return notes.drain((note) => ({
    id: newId(),
    recorded,
    patientId: note.patientId,
    action: note.action,
    interaction: trace.interaction,
    outcome: note.outcome,
    clientId: principal.clientId,
    organizationUra: principal.organizationUra,
    organizationType: principal.organizationType,
    userId: principal.userId,
    userRole: principal.userRole,
    purpose: principal.purpose,
    policy: note.policy,
    consent: note.consent,
    emergency: note.emergency ?? principal.purpose === 'ETREAT',
    reason: note.reason,
    entity: note.pointers[0],
    requestId: trace.requestId,
    correlationId: trace.correlationId,
    aortaInitialRequestId: trace.aortaInitialRequestId,
    aortaRequestId: trace.aortaRequestId,
    details: { entities: note.pointers, count: note.count, breakGlassReason: note.breakGlassReason },
  }));
}

/** The audit of a change, committed with it. When it cannot be written for good, the change cannot be made now: 'unavailable'. */
export async function writeWith(tx: Transaction, events: NewAuditEvent[]): Promise<void> {
  try {
    await insertAuditEvents(tx, events);
  } catch (error) {
    throw troubleOf(error) === undefined ? new FhirError('unavailable', '', { cause: error }) : error;
  }
}
