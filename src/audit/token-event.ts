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

/** A request refused because nobody is known to have sent it. `reason` is the fault of its token, never the token. */
export function requestRefusedEvent(
  { requestId, correlationId, aortaInitialRequestId, aortaRequestId }: RefusedRequest,
  reason: string,
  stamp: { id: string; recorded: Date },
): AuditEvent {
  return {
    ...tokenEvent({ granted: false, error: reason }, stamp),
    interaction: 'authenticate',
    requestId,
    correlationId: correlationId ?? null,
    aortaInitialRequestId: aortaInitialRequestId ?? null,
    aortaRequestId: aortaRequestId ?? null,
  };
}

interface RefusedRequest {
  requestId: string;
  correlationId?: string;
  aortaInitialRequestId?: string;
  aortaRequestId?: string;
}
