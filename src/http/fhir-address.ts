// The address of a FHIR request: path below the base and query, decoded once, strictly.
import { FhirError } from '../fhir/errors.js';
import { holdsBsn } from '../interactions/bsn.js';
import { parseAddress } from '../interactions/query-text.js';

/** The path of the FHIR base, as the national exchange writes it. */
export const FHIR_PATH = '/fhir/R4';

/** Of the base itself, in segments. */
const BASE_SEGMENTS = 2;

export interface FhirAddress {
  path: string[];
  query: [name: string, value: string][];
}

/** Decoded here and nowhere else: a segment written %24match is an operation, not an id. Throws 'bad-parameter'. */
export function fhirAddress(rawUrl: string): FhirAddress {
  // A proxy may send the whole address.
  const url = rawUrl.replace(/^https?:\/\/[^/]*/i, '');
  if (/[^\x21-\x7e]/.test(url))
    throw new FhirError('bad-parameter', 'An address has ASCII only: write other characters as percent-escapes of UTF-8.', {
      expression: 'http.path',
    });
  const { path, query } = parseAddress(url);
  return { path: path.slice(BASE_SEGMENTS), query };
}

/** The BSN never stands in a URL: urls are logged by everything on the way. */
export function refuseBsnInUrl(query: [string, string][]): void {
  const holder = query.find(([name, value]) => holdsBsn(name, value));
  if (!holder) return;
  throw new FhirError(
    'bad-parameter',
    'A BSN may not stand in a URL: search by POST to _search with a form body; a conditional write names it in If-None-Exist or inside a transaction.',
    { expression: /^[\w:.-]{1,64}$/.test(holder[0]) ? holder[0] : 'http.path' },
  );
}
