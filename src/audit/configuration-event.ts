// A change of the configuration as an audit event: clients added, changed or shut out, keys rotated, old months of the log dropped.
import type { AuditAction, AuditEvent } from './audit-event.js';

export interface ConfigurationChange {
  action: Extract<AuditAction, 'C' | 'U' | 'D'>;
  /** What was changed, in one word: client, client-keys, signing-key, audit-log … */
  what: string;
  /** Which one of them: a client id, a key id. Never a secret. */
  which?: string;
  /** 'success' unless told otherwise. */
  outcome?: AuditEvent['outcome'];
  /** Ground of a refusal. */
  reason?: string;
  /** Names of what was changed, counts; never values that are secret. */
  details?: object;
}

/** Who changed it: the parts of a Principal that an event tells. Absent for what an operator does on the machine itself. */
export interface ConfigurationAgent {
  clientId?: string;
  organizationUra?: string;
  organizationType?: string;
  userId?: string;
  userRole?: string;
  purpose?: string;
  requestId?: string;
}

/** Written like every event: by the AuditWriter, or by insertAuditEvents in the transaction of the change itself. */
export function configurationEvent(
  change: ConfigurationChange,
  by: ConfigurationAgent | undefined,
  stamp: { id: string; recorded: Date },
): AuditEvent {
  return {
    ...stamp,
    patientId: null,
    action: change.action,
    interaction: 'configuration',
    outcome: change.outcome ?? 'success',
    clientId: by?.clientId ?? null,
    organizationUra: by?.organizationUra ?? null,
    organizationType: by?.organizationType ?? null,
    userId: by?.userId ?? null,
    userRole: by?.userRole ?? null,
    purpose: by?.purpose ?? null,
    policy: null,
    consent: null,
    emergency: false,
    reason: change.reason ?? null,
    entity: null,
    requestId: by?.requestId ?? null,
    correlationId: null,
    aortaInitialRequestId: null,
    aortaRequestId: null,
    details: { ...change.details, configuration: change.what, which: change.which },
  };
}
