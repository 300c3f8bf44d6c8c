// batch: independent entries, each with its own outcome and its own audit.
// https://hl7.org/fhir/R4/http.html#transaction
import type { Session } from '../access/session.js';
import { asFhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import { entriesOf, requestOf } from './bundle-entry.js';
import type { InteractionContext } from './context.js';
import { atEntry } from './entry-error.js';
import { refuseOtherParameters } from './parameters.js';
import { entryPreference } from './prefer.js';
import { responseBundle, responseEntry } from './response-entry.js';

export async function batch(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  refuseOtherParameters(request, []);
  const prefer = entryPreference(request);
  const texts: string[] = [];
  for (const [index, entry] of entriesOf(request.body).entries()) {
    try {
      const one = requestOf(entry, index, context.baseUrl, prefer);
      texts.push(responseEntry(await context.dispatch(session, withOwnKey(request, one))));
    } catch (error) {
      const refusal = asFhirError(atEntry(error, `Bundle.entry[${index}]`));
      context.report(refusal);
      session.noteRefusal(refusal.kind);
      texts.push(responseEntry({ status: refusal.status, headers: refusal.headers, resource: refusal.toOutcome() }));
    }
  }
  return { status: 200, headers: {}, text: responseBundle('batch-response', texts) };
}

/** The batch's Idempotency-Key, made the entry's own: entries are independent, so each is done once. */
function withOwnKey(batch: FhirRequest, entry: FhirRequest): FhirRequest {
  const key = batch.headers['idempotency-key'];
  return key === undefined ? entry : { ...entry, headers: { ...entry.headers, 'idempotency-key': `${key}#${entry.entry}` } };
}
