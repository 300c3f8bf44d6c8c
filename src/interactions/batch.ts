// batch: independent entries, each with its own outcome and its own audit.
// https://hl7.org/fhir/R4/http.html#transaction
import type { Session } from '../access/session.js';
import { asFhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import { entriesOf, requestOf } from './bundle-entry.js';
import type { InteractionContext } from './context.js';
import { responseEntry } from './response-entry.js';

export async function batch(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  const texts: string[] = [];
  for (const [index, entry] of entriesOf(request.body).entries()) {
    try {
      texts.push(responseEntry(await context.dispatch(session, withOwnKey(request, requestOf(entry, index, context.baseUrl)))));
    } catch (error) {
      const refusal = asFhirError(error);
      context.report(refusal);
      session.noteRefusal(refusal.kind);
      texts.push(responseEntry({ status: refusal.status, headers: refusal.headers }, refusal.toOutcome()));
    }
  }
  return { status: 200, headers: {}, text: `{"resourceType":"Bundle","type":"batch-response","entry":[${texts.join(',')}]}` };
}

/** The batch's Idempotency-Key, made the entry's own: entries are independent, so each is done once. */
function withOwnKey(batch: FhirRequest, entry: FhirRequest): FhirRequest {
  const key = batch.headers['idempotency-key'];
  return key === undefined ? entry : { ...entry, headers: { ...entry.headers, 'idempotency-key': `${key}#${entry.entry}` } };
}
