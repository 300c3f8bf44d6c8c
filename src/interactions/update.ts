// update: by id (client-assigned ids are accepted) or by criteria.
// https://hl7.org/fhir/R4/http.html#update
import type { Session } from '../access/session.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import type { InteractionContext } from './context.js';
import { withContradictions } from './contradiction-issues.js';
import { bodyOf } from './create.js';
import { refuseOtherParameters } from './parameters.js';
import { refuseOtherConditions } from './preconditions.js';
import type { WriteEntry, WriteResult } from './write-entry.js';
import { writeResponse } from './write-response.js';
import { writeAll } from './write-set.js';

export async function update(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  const { results } = await writeAll(context, session, [updateEntry(request, '')]);
  const [result] = await withContradictions(session, request, results);
  return writeResponse(context.baseUrl, request, result as WriteResult);
}

/** The write a PUT asks, alone or inside a Bundle. */
export function updateEntry(request: FhirRequest, at: string): WriteEntry {
  const [type, id] = request.path as [string, string | undefined];
  if (id !== undefined) refuseOtherParameters(request, []);
  refuseOtherConditions(request, ['if-match', 'if-none-match']);
  return {
    verb: 'update',
    type,
    id,
    criteria: id === undefined ? criteriaText(request) : undefined,
    resource: bodyOf(request),
    ifMatch: request.headers['if-match'],
    ifNoneMatch: request.headers['if-none-match'],
    at,
  };
}

/** The criteria of a conditional request; format parameters are not criteria. */
export function criteriaText(request: FhirRequest): string {
  return new URLSearchParams(request.query.filter(([name]) => name !== '_format' && name !== '_pretty')).toString();
}
