// read: https://hl7.org/fhir/R4/http.html#read - and as-of: the version that was current at `_at`.
import type { Session } from '../access/session.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import type { InteractionContext } from './context.js';
import { pastPeriod } from './moments.js';
import { parameter, refuseOtherParameters } from './parameters.js';
import { doubtfulSecond, storedResponse } from './stored-response.js';
import { SUBSET_PARAMETERS, subsetOf } from './subset.js';

export async function read(_context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  const [type, id] = request.path as [string, string];
  refuseOtherParameters(request, ['_at', ...SUBSET_PARAMETERS]);
  const subset = subsetOf(request);
  const at = parameter(request, '_at');
  const row = await (at === undefined ? session.read(type, id) : session.readAsOf(type, id, pastPeriod(at, '_at', session.now()).end));
  const second = doubtfulSecond(request, row);
  const isStale = second !== undefined && (await session.changedBefore(row, second));
  const asked = isStale ? { ...request, headers: { ...request.headers, 'if-modified-since': undefined } } : request;
  return storedResponse(asked, row, subset);
}
