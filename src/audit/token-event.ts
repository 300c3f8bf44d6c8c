// A token request as an audit event: who asked, whether they got it, never the token.
import type { AuditEvent } from './audit-event.js';

export interface TokenOutcome {
  granted: boolean;
  clientId?: string;
  organizationUra?: string;
  userId?: string;
  purpose?: string;
  jti?: string;
  error?: string;
}

export function tokenEvent(outcome: TokenOutcome, stamp: { id: string; recorded: Date }): AuditEvent {
  return {
    ...stamp,
    patientId: null,
    action: 'E',
    interaction: 'token',
    outcome: outcome.granted ? 'success' : 'denied',
    clientId: outcome.clientId ?? null,
    organizationUra: outcome.organizationUra ?? null,
    organizationType: null,
    userId: outcome.userId ?? null,
    userRole: null,
    purpose: outcome.purpose ?? null,
    policy: null,
    consent: null,
    emergency: outcome.purpose === 'ETREAT',
    reason: outcome.error ?? null,
    entity: null,
    requestId: null,
    correlationId: null,
    aortaInitialRequestId: null,
    aortaRequestId: null,
    details: outcome.jti === undefined ? null : { token: outcome.jti },
  };
}
