// POST of a Bundle to the base: batch or transaction, as its type says.
import type { Session } from '../access/session.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import { isObject } from '../fhir/json.js';
import { batch } from './batch.js';
import type { InteractionContext } from './context.js';
import { transaction } from './transaction.js';

export async function batchOrTransaction(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  if (request.entry !== undefined)
    throw new FhirError('not-supported', 'A Bundle inside a batch or transaction is not supported.', {
      expression: `Bundle.entry[${request.entry}]`,
    });
  const body = request.body;
  if (!isObject(body) || body.resourceType !== 'Bundle') {
    throw new FhirError(
      'bad-parameter',
      'POST to the base takes a Bundle of type batch or transaction; a single resource goes to its type.',
      { expression: 'Bundle' },
    );
  }
  if (body.type === 'transaction') return transaction(context, session, request);
  if (body.type === 'batch') return batch(context, session, request);
  throw new FhirError('bad-parameter', 'Bundle.type must be batch or transaction here.', { expression: 'Bundle.type' });
}
