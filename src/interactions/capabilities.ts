// capabilities: https://hl7.org/fhir/R4/http.html#capabilities
import type { Session } from '../access/session.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import type { InteractionContext } from './context.js';
import { refuseOtherParameters } from './parameters.js';

export async function capabilities(context: InteractionContext, _session: Session, request: FhirRequest): Promise<FhirResponse> {
  refuseOtherParameters(request, ['mode']);
  return { status: 200, headers: {}, resource: context.capabilities };
}
