// create, and conditional create by If-None-Exist.
// https://hl7.org/fhir/R4/http.html#create
import type { Resource } from '@medplum/fhirtypes';
import type { Session } from '../access/session.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import type { InteractionContext } from './context.js';
import { withContradictions } from './contradiction-issues.js';
import { refuseOtherParameters } from './parameters.js';
import { refuseOtherConditions } from './preconditions.js';
import type { WriteEntry } from './write-entry.js';
import { writeResponse } from './write-response.js';
import { writeAll } from './write-set.js';

export async function create(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  const { results } = await writeAll(context, session, [createEntry(request, '')]);
  const [result] = await withContradictions(session, request, results);
  if (!result) throw new FhirError('internal', '');
  // A resource that met one already there still says where it is.
  const response = writeResponse(context.baseUrl, request, result);
  response.headers.location ??= `${context.baseUrl}/${result.type}/${result.id}/_history/${result.version}`;
  return response;
}

/** The write a POST asks, alone or inside a Bundle. */
export function createEntry(request: FhirRequest, at: string): WriteEntry {
  refuseOtherParameters(request, []);
  refuseOtherConditions(request, ['if-none-exist']);
  const criteria = request.headers['if-none-exist']?.replace(/^\?/, '');
  return { verb: 'create', type: request.path[0] as string, criteria, resource: bodyOf(request), at };
}

/** The resource of a write's body; 'bad-syntax' when there is none. */
export function bodyOf(request: FhirRequest): Resource {
  if (request.body === undefined) throw new FhirError('bad-syntax', 'This interaction needs a FHIR resource as its body.');
  return request.body as Resource;
}
