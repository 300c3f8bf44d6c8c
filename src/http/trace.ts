// Correlation ids of a request: read leniently, capped, never trusted further than the audit and the log.
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Longer ids are cut: they are for finding, not for keeping data in. */
const MAX_ID_LENGTH = 128;

export interface Trace {
  requestId: string;
  correlationId?: string;
  aortaInitialRequestId?: string;
  aortaRequestId?: string;
}

/** X-Request-Id, X-Correlation-Id and `AORTA-ID: initialRequestID=<uuid>; requestID=<uuid>`; a request id is made where none came. */
export function traceOf(headers: IncomingHttpHeaders): Trace {
  return { requestId: clean(text(headers['x-request-id'])) ?? randomUUID(), ...correlationOf(headers) };
}

/** Of the many requests that bring none. */
const NONE: Omit<Trace, 'requestId'> = {};

/** The ids that came from outside, without the request's own. */
export function correlationOf(headers: IncomingHttpHeaders): Omit<Trace, 'requestId'> {
  const aorta = text(headers['aorta-id']);
  if (aorta === undefined && headers['x-correlation-id'] === undefined) return NONE;
  return {
    correlationId: clean(text(headers['x-correlation-id'])),
    aortaInitialRequestId: clean(/initialRequestID\s*=\s*"?([^;"\s]+)/i.exec(aorta ?? '')?.[1]),
    aortaRequestId: clean(/(?:^|;|\s)requestID\s*=\s*"?([^;"\s]+)/i.exec(aorta ?? '')?.[1]),
  };
}

function text(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

/** Only what ids are made of; nine digits in a row could be a BSN and are not an id. */
function clean(id: string | undefined): string | undefined {
  const kept = id?.slice(0, MAX_ID_LENGTH);
  return kept !== undefined && /^[A-Za-z0-9._:\-/+=]+$/.test(kept) && !/^\d{9}$/.test(kept) ? kept : undefined;
}
