// delete: by id, or by criteria that match one. The history stays; erasure is another thing.
// https://hl7.org/fhir/R4/http.html#delete
import type { Session } from '../access/session.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import type { InteractionContext } from './context.js';
import { refuseOtherParameters } from './parameters.js';
import { refuseOtherConditions } from './preconditions.js';
import { criteriaText } from './update.js';
import type { WriteEntry, WriteResult } from './write-entry.js';
import { writeResponse } from './write-response.js';
import { writeAll } from './write-set.js';

export async function remove(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  const { results } = await writeAll(context, session, [deleteEntry(request, '')]);
  return writeResponse(context.baseUrl, request, results[0] as WriteResult);
}

/** The write a DELETE asks, alone or inside a Bundle. */
export function deleteEntry(request: FhirRequest, at: string): WriteEntry {
  const [type, id] = request.path as [string, string | undefined];
  if (id !== undefined) refuseOtherParameters(request, []);
  refuseOtherConditions(request, ['if-match']);
  return {
    verb: 'delete',
    type,
    id,
    criteria: id === undefined ? criteriaText(request) : undefined,
    ifMatch: request.headers['if-match'],
    at,
  };
}
