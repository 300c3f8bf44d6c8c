// vread: https://hl7.org/fhir/R4/http.html#vread
import type { Session } from '../access/session.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import type { InteractionContext } from './context.js';
import { refuseOtherParameters } from './parameters.js';
import { storedResponse } from './stored-response.js';
import { SUBSET_PARAMETERS, subsetOf } from './subset.js';

/** Larger numbers are no version this service gave. */
const MAX_VERSION = 2_147_483_647;

export async function vread(_context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  const [type, id, , text] = request.path as [string, string, string, string];
  refuseOtherParameters(request, SUBSET_PARAMETERS);
  const subset = subsetOf(request);
  const version = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(version <= MAX_VERSION))
    throw new FhirError('not-found', `${type}/${id} has no such version: versions here are whole numbers from 1.`);
  return storedResponse(request, await session.readVersion(type, id, version), subset);
}
