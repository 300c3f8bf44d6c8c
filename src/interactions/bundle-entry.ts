// An entry of a batch or transaction as a request of its own.
// https://hl7.org/fhir/R4/bundle.html#bundle
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, HttpMethod } from '../fhir/exchange.js';
import { isObject, parseJson } from '../fhir/json.js';
import { within } from './entry-error.js';
import { refuseOtherConditions } from './preconditions.js';
import { parseAddress } from './query-text.js';

/** Entries one Bundle may hold: a day of a large hospital fits, a whole database does not. */
export const MAX_BUNDLE_ENTRIES = 500;

const METHODS: HttpMethod[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Elements of entry.request that are headers elsewhere. */
const CONDITIONS = {
  ifMatch: 'if-match',
  ifNoneExist: 'if-none-exist',
  ifNoneMatch: 'if-none-match',
  ifModifiedSince: 'if-modified-since',
} as const;

/** What FHIR knows of an entry and its request. A modifier extension is not among them: nobody here knows what it changes. */
const ENTRY_NAMES = ['id', 'extension', 'link', 'fullUrl', 'resource', 'search', 'request', 'response'];
const REQUEST_NAMES = ['id', 'extension', 'method', 'url', ...Object.keys(CONDITIONS)];

/** The Bundle's entries, checked to be there and not too many. */
export function entriesOf(body: unknown): unknown[] {
  const entries = isObject(body) ? (body.entry ?? []) : [];
  if (!Array.isArray(entries)) throw new FhirError('bad-syntax', 'Bundle.entry is an array.', { expression: 'Bundle.entry' });
  if (entries.length > MAX_BUNDLE_ENTRIES) {
    throw new FhirError('too-large', `A Bundle here holds at most ${MAX_BUNDLE_ENTRIES} entries: send it in parts.`, {
      expression: 'Bundle.entry',
    });
  }
  return entries;
}

/** Entry `index` as a request with the Bundle's `prefer`; 'bad-syntax' names what is missing. */
export function requestOf(entry: unknown, index: number, baseUrl: string, prefer: string): FhirRequest {
  const at = `Bundle.entry[${index}]`;
  if (!isObject(entry) || !isObject(entry.request))
    throw new FhirError('bad-syntax', 'Every entry of a batch or transaction has a request.', { expression: `${at}.request` });
  refuseOtherNames(entry, ENTRY_NAMES, at);
  refuseOtherNames(entry.request, REQUEST_NAMES, `${at}.request`);
  const { method, url } = entry.request;
  if (!METHODS.includes(method as HttpMethod))
    throw new FhirError('bad-syntax', `request.method is one of ${METHODS.join(', ')}.`, { expression: `${at}.request.method` });
  if (typeof url !== 'string') throw new FhirError('bad-syntax', 'request.url is missing.', { expression: `${at}.request.url` });
  const isPatch = method === 'PATCH' && isObject(entry.resource) && entry.resource.resourceType === 'Binary';
  const request = {
    method: method as HttpMethod,
    ...parseAddress(relative(url, baseUrl), `${at}.request.url`),
    headers: { prefer, ...conditionsOf(entry.request, at) },
    body: isPatch ? patchOfBinary(entry.resource as Record<string, unknown>, at) : entry.resource,
    entry: index,
  };
  if (method === 'GET' || method === 'HEAD') within(at, () => refuseOtherConditions(request, ['if-none-match', 'if-modified-since']));
  return request;
}

/** A misspelt `ifmatch` that is passed over would be a write without its condition. */
function refuseOtherNames(element: Record<string, unknown>, known: readonly string[], at: string): void {
  if (Object.keys(element).every((name) => known.includes(name.replace(/^_/, '')))) return;
  throw new FhirError('bad-syntax', `There is an element here that is not understood: this takes ${known.join(', ')}.`, { expression: at });
}

function relative(url: string, baseUrl: string): string {
  return url.startsWith(`${baseUrl}/`) ? url.slice(baseUrl.length + 1) : url;
}

/** A condition that is no text would be passed over, and the write done without it. */
function conditionsOf(request: Record<string, unknown>, at: string): FhirRequest['headers'] {
  const headers: FhirRequest['headers'] = {};
  for (const [element, header] of Object.entries(CONDITIONS)) {
    const value = request[element];
    if (value === undefined) continue;
    if (typeof value !== 'string')
      throw new FhirError('bad-syntax', `request.${element} is a string.`, { expression: `${at}.request.${element}` });
    headers[header] = value;
  }
  return headers;
}

/** A JSON Patch travels inside a Bundle as a Binary with base64 data. */
function patchOfBinary(binary: Record<string, unknown>, at: string): unknown {
  try {
    return parseJson(Buffer.from(String(binary.data), 'base64').toString('utf8'));
  } catch {
    throw new FhirError('bad-syntax', 'The Binary of a PATCH entry holds a JSON Patch in base64.', { expression: `${at}.resource.data` });
  }
}
