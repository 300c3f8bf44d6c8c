// Requests of nobody in particular: a missing or bad token is refused, and the refusal stands in the log before it leaves.
import type { DoorDeps } from '../access/session.js';
import { requestRefusedEvent } from '../audit/token-event.js';
import { FhirError } from '../fhir/errors.js';
import type { Authenticate } from './authenticate.js';
import { traceOf } from './trace.js';

/** The authentication whose refusals are audited. Those above an address's limit are not: they would fill the log. */
export function auditRefusals({ audit, now, newId }: Pick<DoorDeps, 'audit' | 'now' | 'newId'>, authenticate: Authenticate): Authenticate {
  return async (request) => {
    try {
      return await authenticate(request);
    } catch (error) {
      if (error instanceof FhirError && error.kind === 'unauthenticated') {
        const trace = { ...traceOf(request.headers), requestId: request.id };
        const reason = typeof error.cause === 'string' ? error.cause : 'no token';
        await audit.write([requestRefusedEvent(trace, reason, { id: newId(), recorded: new Date(now()) })]);
      }
      throw error;
    }
  };
}
