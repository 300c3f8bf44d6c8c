// transaction: all entries or none, in FHIR's order DELETE, POST, PUT and PATCH, GET; reads see what the transaction wrote.
// https://hl7.org/fhir/R4/http.html#transaction
import type { Session } from '../access/session.js';
import { FhirError } from '../fhir/errors.js';
import { etag, type FhirRequest, type FhirResponse } from '../fhir/exchange.js';
import { isServedType } from '../fhir/resource-types.js';
import { entriesOf, requestOf } from './bundle-entry.js';
import type { InteractionContext } from './context.js';
import { bodyOf } from './create.js';
import { deleteEntry } from './delete.js';
import { patchEntry } from './patch.js';
import { returnPreference } from './prefer.js';
import { responseEntry } from './response-entry.js';
import { updateEntry } from './update.js';
import type { WriteEntry, WriteResult } from './write-entry.js';
import { writeAll } from './write-set.js';

export async function transaction(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  const entries = entriesOf(request.body);
  const requests = entries.map((entry, i) => requestOf(entry, i, context.baseUrl));
  const reads = requests.filter(({ method }) => method === 'GET' || method === 'HEAD');
  const writes = requests.filter((one) => !reads.includes(one));
  const wanted = writes.map((one) => {
    const at = `Bundle.entry[${one.entry}]`;
    const fullUrl = entries[one.entry as number]?.fullUrl;
    return { ...writeEntryOf(one, at), fullUrl: typeof fullUrl === 'string' ? fullUrl : undefined };
  });
  const prefer = returnPreference(request);
  const readAll = async () => {
    const answers = new Map<number, FhirResponse>();
    for (const one of reads) answers.set(one.entry as number, await readInside(context, session, one));
    return answers;
  };
  const { results, after } = await writeAll(context, session, wanted, reads.length > 0 ? readAll : undefined);
  const texts = requests.map((one, i) => {
    const answer = after?.get(i);
    if (answer) return responseEntry(answer);
    const result = results[writes.indexOf(one)] as WriteResult;
    return responseEntry(asResponse(context.baseUrl, result, prefer === 'representation' && request.headers.prefer !== undefined));
  });
  return { status: 200, headers: {}, text: `{"resourceType":"Bundle","type":"transaction-response","entry":[${texts.join(',')}]}` };
}

/** The write an entry asks; operations and unknown types are refused with the entry named. */
function writeEntryOf(request: FhirRequest, at: string): WriteEntry {
  const [type, id, third] = request.path;
  if (type === undefined || !isServedType(type) || third !== undefined || id?.startsWith('$') || id?.startsWith('_')) {
    throw new FhirError(
      'not-supported',
      'A transaction entry here creates, updates, patches, deletes, reads or searches a resource of a served type.',
      {
        expression: `${at}.request.url`,
      },
    );
  }
  if (request.method === 'PUT') return updateEntry(request, at);
  if (request.method === 'PATCH') return patchEntry(request, at);
  if (request.method === 'DELETE') return deleteEntry(request, at);
  if (id !== undefined)
    throw new FhirError('bad-parameter', 'POST names a type only; PUT names an id.', { expression: `${at}.request.url` });
  return { verb: 'create', type, criteria: request.headers['if-none-exist']?.replace(/^\?/, ''), resource: bodyOf(request), at };
}

/** A read that fails inside a transaction fails the whole. */
async function readInside(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  try {
    return await context.dispatch(session, request);
  } catch (error) {
    if (error instanceof FhirError)
      throw new FhirError(error.kind, error.message, { expression: `Bundle.entry[${request.entry}]`, cause: error });
    throw error;
  }
}

function asResponse(baseUrl: string, result: WriteResult, withResource: boolean): FhirResponse {
  if (result.version === 0) return { status: 204, headers: {} };
  const headers = {
    location: `${baseUrl}/${result.type}/${result.id}/_history/${result.version}`,
    etag: etag(result.version),
    'last-modified': result.lastUpdated.toISOString(),
  };
  return withResource && result.content !== ''
    ? { status: result.status, headers, text: result.content }
    : { status: result.status, headers };
}
