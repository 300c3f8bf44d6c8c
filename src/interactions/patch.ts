// patch with JSON Patch, by id or by criteria.
// https://hl7.org/fhir/R4/http.html#patch
import type { Session } from '../access/session.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import type { InteractionContext } from './context.js';
import { withContradictions } from './contradiction-issues.js';
import { parsePatch } from './json-patch.js';
import { refuseOtherParameters } from './parameters.js';
import { refuseOtherConditions } from './preconditions.js';
import { criteriaText } from './update.js';
import type { WriteEntry, WriteResult } from './write-entry.js';
import { writeResponse } from './write-response.js';
import { writeAll } from './write-set.js';

export async function patch(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  const { results } = await writeAll(context, session, [patchEntry(request, '')]);
  const [result] = await withContradictions(session, request, results);
  return writeResponse(context.baseUrl, request, result as WriteResult);
}

/** The write a PATCH asks, alone or inside a Bundle. */
export function patchEntry(request: FhirRequest, at: string): WriteEntry {
  const [type, id] = request.path as [string, string | undefined];
  if (id !== undefined) refuseOtherParameters(request, []);
  refuseOtherConditions(request, ['if-match']);
  return {
    verb: 'patch',
    type,
    id,
    criteria: id === undefined ? criteriaText(request) : undefined,
    patch: parsePatch(request.body),
    ifMatch: request.headers['if-match'],
    at,
  };
}
