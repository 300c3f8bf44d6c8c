// What one access leaves in the audit log (NEN 7513): one event per request and patient.
export type { AuditAction, AuditEvent, AuditOutcome, NewAuditEvent } from '../store/audit-events.js';
