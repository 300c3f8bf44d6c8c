// People who sign in at the pages, or out, as audit events: who, and how it ended; never a code, a token or a cookie.
import type { AuditEvent } from './audit-event.js';
import { tokenEvent } from './token-event.js';

export interface SignInOutcome {
  interaction: 'sign-in' | 'sign-out';
  /** Why nobody was signed in; absent on success. */
  refused?: string;
  person?: {
    clientId: string;
    organizationUra?: string;
    organizationType?: string;
    userId?: string;
    userRole?: string;
  };
  requestId: string;
}

export function signInEvent({ interaction, refused, person, requestId }: SignInOutcome, stamp: { id: string; recorded: Date }): AuditEvent {
  return {
    ...tokenEvent({ granted: refused === undefined, ...person, error: refused }, stamp),
    interaction,
    organizationType: person?.organizationType ?? null,
    userRole: person?.userRole ?? null,
    requestId,
  };
}
