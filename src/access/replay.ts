// The first answer to an Idempotency-Key, kept and given again.
import type { FhirResponse } from '../fhir/exchange.js';
import type { KeptResponse } from '../store/idempotency.js';

/** How long the answer to an Idempotency-Key is kept, in milliseconds: a day of retries. */
export const IDEMPOTENCY_MS = 24 * 60 * 60 * 1000;

/** Kept among the headers of an answer and never sent: what an entry of a Bundle tells to the millisecond. */
const LAST_UPDATED = ':last-updated';

/** The headers of an answer as they are kept with it. */
export function keptHeaders({ headers, lastUpdated }: FhirResponse): Record<string, string> {
  return lastUpdated ? { ...headers, [LAST_UPDATED]: lastUpdated.toISOString() } : headers;
}

/** The kept answer as it is given again. */
export function replayed({ status, headers: kept, body }: KeptResponse): FhirResponse {
  const { [LAST_UPDATED]: lastUpdated, ...headers } = kept;
  return {
    status,
    headers: { ...headers, 'idempotency-replayed': 'true' },
    text: body ?? undefined,
    lastUpdated: lastUpdated === undefined ? undefined : new Date(lastUpdated),
  };
}
