// Idempotency-Key: a write that is repeated because its answer got lost is done once, and answered as the first time.
import { createHash } from 'node:crypto';
import type { Session } from '../access/session.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import { writeJson } from '../fhir/json.js';
import { OPERATIONS } from '../operations/index.js';

/** Printable ASCII; a UUID is usual. An entry of a batch adds its number. */
const KEY = /^[\x21-\x7e]{1,128}(?:#\d{1,3})?$/;

/** Headers that change what a write does. */
const CONDITIONS = ['if-none-exist', 'if-match', 'if-none-match'];

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
    (isBundle && isBatch(request)) ||
    onlyReads(request)
  )
    return work();
  if (!KEY.test(key))
    throw new FhirError('bad-parameter', 'Idempotency-Key is 1 to 128 printable characters.', { expression: 'http.idempotency-key' });
  const hash = createHash('sha256')
    .update(JSON.stringify([request.method, request.path, request.query, ...CONDITIONS.map((name) => request.headers[name])]))
    .update(request.body === undefined ? '' : writeJson(request.body))
    .digest('hex');
  return session.once(key, hash, async () => {
    const response = await work();
    return response.resource ? { status: response.status, headers: response.headers, text: writeJson(response.resource) } : response;
  });
}

/** An operation that changes nothing is answered anew each time: a day-old answer about a patient would be a wrong one. */
function onlyReads(request: FhirRequest): boolean {
  const name = request.path.find((segment) => segment.startsWith('$'))?.slice(1);
  return OPERATIONS.some((operation) => operation.name === name && !operation.affectsState);
}

/** A batch's entries are done once each, under keys of their own. */
function isBatch(request: FhirRequest): boolean {
  return (request.body as { type?: unknown } | undefined)?.type === 'batch';
}
