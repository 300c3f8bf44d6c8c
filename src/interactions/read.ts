// read: https://hl7.org/fhir/R4/http.html#read - and as-of: the version that was current at `_at`.

import type { Session } from '../access/session.js';
import { intervalOf } from '../fhir/dates.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import type { InteractionContext } from './context.js';
import { storedResponse } from './stored-response.js';

export async function read(_context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  const [type, id] = request.path as [string, string];
  const at = request.query.find(([name]) => name === '_at')?.[1];
  if (at === undefined) return storedResponse(request, await session.read(type, id));
  return storedResponse(request, await session.readAsOf(type, id, momentOf(at)));
}

/** Last millisecond of a date or time given as `_at` or `asOf`. */
export function momentOf(text: string, name = '_at'): number {
  const interval = intervalOf(text);
  if (!interval)
    throw new FhirError('bad-parameter', `${name} takes a date or time such as 2026-03-01 or 2026-03-01T12:00:00Z.`, { expression: name });
  return interval.end;
}
