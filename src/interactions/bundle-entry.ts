// An entry of a batch or transaction as a request of its own.
// https://hl7.org/fhir/R4/bundle.html#bundle
import type { Bundle, BundleEntry } from '@medplum/fhirtypes';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, HttpMethod } from '../fhir/exchange.js';
import { isObject } from '../fhir/json.js';

/** Entries one Bundle may hold: a day of a large hospital fits, a whole database does not. */
export const MAX_BUNDLE_ENTRIES = 500;

const METHODS: HttpMethod[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** The Bundle's entries, checked to be there and not too many. */
export function entriesOf(body: unknown): BundleEntry[] {
  const entries = (body as Bundle).entry ?? [];
  if (!Array.isArray(entries)) throw new FhirError('bad-syntax', 'Bundle.entry is an array.', { expression: 'Bundle.entry' });
  if (entries.length > MAX_BUNDLE_ENTRIES) {
    throw new FhirError('too-large', `A Bundle here holds at most ${MAX_BUNDLE_ENTRIES} entries: send it in parts.`, {
      expression: 'Bundle.entry',
    });
  }
  return entries;
}

/** Entry `index` as a request; 'bad-syntax' names what is missing. */
export function requestOf(entry: unknown, index: number, baseUrl: string): FhirRequest {
  const at = `Bundle.entry[${index}]`;
  if (!isObject(entry) || !isObject(entry.request))
    throw new FhirError('bad-syntax', 'Every entry of a batch or transaction has a request.', { expression: `${at}.request` });
  const { method, url, ifMatch, ifNoneExist, ifNoneMatch, ifModifiedSince } = entry.request as Record<string, string | undefined>;
  if (!METHODS.includes(method as HttpMethod)) {
    throw new FhirError('bad-syntax', `request.method is one of ${METHODS.join(', ')}.`, { expression: `${at}.request.method` });
  }
  if (typeof url !== 'string') throw new FhirError('bad-syntax', 'request.url is missing.', { expression: `${at}.request.url` });
  const [path, query] = relative(url, baseUrl).split('?', 2) as [string, string | undefined];
  let segments: string[];
  try {
    segments = path
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent);
  } catch {
    throw new FhirError('bad-syntax', 'request.url holds a malformed percent-escape.', { expression: `${at}.request.url` });
  }
  const headers: FhirRequest['headers'] = {};
  for (const [name, value] of Object.entries({
    'if-match': ifMatch,
    'if-none-exist': ifNoneExist,
    'if-none-match': ifNoneMatch,
    'if-modified-since': ifModifiedSince,
  })) {
    if (typeof value === 'string') headers[name] = value;
  }
  const isPatch = method === 'PATCH' && isObject(entry.resource) && entry.resource.resourceType === 'Binary';
  return {
    method: method as HttpMethod,
    path: segments,
    query: [...new URLSearchParams(query ?? '')],
    headers,
    body: isPatch ? patchOfBinary(entry.resource as Record<string, unknown>, at) : entry.resource,
    entry: index,
  };
}

function relative(url: string, baseUrl: string): string {
  return url.startsWith(`${baseUrl}/`) ? url.slice(baseUrl.length + 1) : url;
}

/** A JSON Patch travels inside a Bundle as a Binary with base64 data. */
function patchOfBinary(binary: Record<string, unknown>, at: string): unknown {
  try {
    return JSON.parse(Buffer.from(String(binary.data), 'base64').toString('utf8'));
  } catch {
    throw new FhirError('bad-syntax', 'The Binary of a PATCH entry holds a JSON Patch in base64.', { expression: `${at}.resource.data` });
  }
}
