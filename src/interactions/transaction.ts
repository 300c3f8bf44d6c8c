// transaction: all entries or none, in FHIR's order DELETE, POST, PUT and PATCH, GET; reads see what the transaction wrote.
// https://hl7.org/fhir/R4/http.html#transaction
import type { Session } from '../access/session.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import { isObject } from '../fhir/json.js';
import { isServedType } from '../fhir/resource-types.js';
import { entriesOf, requestOf } from './bundle-entry.js';
import type { InteractionContext } from './context.js';
import { withContradictions } from './contradiction-issues.js';
import { createEntry } from './create.js';
import { deleteEntry } from './delete.js';
import { atEntry, within } from './entry-error.js';
import { refuseOtherParameters } from './parameters.js';
import { patchEntry } from './patch.js';
import { entryPreference } from './prefer.js';
import { responseBundle, responseEntry } from './response-entry.js';
import { updateEntry } from './update.js';
import type { WriteEntry, WriteResult } from './write-entry.js';
import { writeResponse } from './write-response.js';
import { writeAll } from './write-set.js';

export async function transaction(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  refuseOtherParameters(request, []);
  const prefer = entryPreference(request);
  const entries = entriesOf(request.body);
  const requests = entries.map((entry, i) => requestOf(entry, i, context.baseUrl, prefer));
  const reads = requests.filter(({ method }) => method === 'GET' || method === 'HEAD');
  const writes = requests.filter((one) => !reads.includes(one));
  const wanted = writes.map((one) =>
    within(placeOf(one), () => writeEntryOf(one, fullUrlOf(entries[one.entry as number], one, context.baseUrl))),
  );
  const readAll = async () => {
    const answers = new Map<number, FhirResponse>();
    for (const one of reads) answers.set(one.entry as number, await readInside(context, session, one));
    return answers;
  };
  const { results, after } = await writeAll(context, session, wanted, reads.length > 0 ? readAll : undefined);
  const told = await withContradictions(session, request, results);
  const texts = requests.map((one, i) =>
    responseEntry(after?.get(i) ?? writeResponse(context.baseUrl, one, told[writes.indexOf(one)] as WriteResult)),
  );
  return { status: 200, headers: {}, text: responseBundle('transaction-response', texts) };
}

function placeOf(request: FhirRequest): string {
  return `Bundle.entry[${request.entry}]`;
}

/** References to a fullUrl become those to the entry: one that names another resource here than the url would move them there. */
function fullUrlOf(entry: unknown, { path: [type, id] }: FhirRequest, baseUrl: string): string | undefined {
  const fullUrl = isObject(entry) ? entry.fullUrl : undefined;
  if (fullUrl === undefined) return undefined;
  if (typeof fullUrl !== 'string') throw new FhirError('bad-syntax', 'Bundle.entry.fullUrl is a string.', { expression: 'http.full-url' });
  if (id !== undefined && fullUrl.startsWith(`${baseUrl}/`) && fullUrl !== `${baseUrl}/${type}/${id}`)
    throw new FhirError('bad-parameter', 'The fullUrl names another resource of this service than the url of the request.', {
      expression: 'http.full-url',
    });
  return fullUrl;
}

/** The write an entry asks; operations and unknown types are refused with the entry named. */
function writeEntryOf(request: FhirRequest, fullUrl: string | undefined): WriteEntry {
  const [type, id, third] = request.path;
  const at = placeOf(request);
  if (type === undefined || !isServedType(type) || third !== undefined || id?.startsWith('$') || id?.startsWith('_')) {
    throw new FhirError(
      'not-supported',
      'A transaction entry here creates, updates, patches, deletes, reads or searches a resource of a served type.',
      { expression: 'http.path' },
    );
  }
  if (request.method === 'PUT') return { ...updateEntry(request, at), fullUrl };
  if (request.method === 'PATCH') return { ...patchEntry(request, at), fullUrl };
  if (request.method === 'DELETE') return { ...deleteEntry(request, at), fullUrl };
  if (id !== undefined) throw new FhirError('bad-parameter', 'POST names a type only; PUT names an id.', { expression: 'http.path' });
  return { ...createEntry(request, at), fullUrl };
}

/** A read that fails inside a transaction fails the whole. */
async function readInside(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  try {
    return await context.dispatch(session, request);
  } catch (error) {
    throw atEntry(error, placeOf(request));
  }
}
