// Idempotency-Key: a write that is repeated because its answer got lost is done once, and answered as the first time.
import { createHash } from 'node:crypto';
import type { Session } from '../access/session.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import { writeJson } from '../fhir/json.js';

/** Printable ASCII; a UUID is usual. */
const KEY = /^[\x21-\x7e]{1,128}$/;

/**
 * Runs `work` once per client and key within 24 hours: the key, the change and the answer are committed together.
 * A repeat gets the first answer; another request under the same key is 422. Refusals are not remembered.
 */
export async function onceOnly(session: Session, request: FhirRequest, work: () => Promise<FhirResponse>): Promise<FhirResponse> {
  const key = request.headers['idempotency-key'];
  const isBundle = request.path.length === 0;
  if (
    key === undefined ||
    request.method === 'GET' ||
    request.method === 'HEAD' ||
    request.path.includes('_search') ||
    (isBundle && isBatch(request))
  )
    return work();
  if (!KEY.test(key))
    throw new FhirError('bad-parameter', 'Idempotency-Key is 1 to 128 printable characters.', { expression: 'http.idempotency-key' });
  const hash = createHash('sha256')
    .update(JSON.stringify([request.method, request.path, request.query, request.headers['if-none-exist'], request.headers['if-match']]))
    .update(request.body === undefined ? '' : writeJson(request.body))
    .digest('hex');
  return session.once(key, hash, async () => {
    const response = await work();
    return response.resource ? { status: response.status, headers: response.headers, text: writeJson(response.resource) } : response;
  });
}

/** A batch's entries are done once each, under keys of their own. */
function isBatch(request: FhirRequest): boolean {
  return (request.body as { type?: unknown } | undefined)?.type === 'batch';
}
