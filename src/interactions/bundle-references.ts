// References inside a transaction: temporary and senders' own urls become the ids given here, in references, in elements of type
// uri and url, and in links of the narrative.
// https://hl7.org/fhir/R4/http.html#trules, https://hl7.org/fhir/R4/bundle.html#references
import { FhirError } from '../fhir/errors.js';
import { isObject } from '../fhir/json.js';
import { parseReference, rewriteReferences } from '../fhir/references.js';
import type { WriteEntry } from './write-entry.js';

/** A fullUrl → `Type/id` here. */
export type ReferenceMap = Map<string, string>;

/** Elements that may hold a url of type uri, url, uuid or oid; an identifier's value is no link and stays. */
const LINK_ELEMENT = /^(?:uri|url)$|(?:Uri|Url|Uuid|Oid)$/;

/** The server's base in a RESTful fullUrl: all before `Type/id`. */
const REST_ROOT = /^(https?:\/\/.+\/)[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/;

/** UUIDs compare without case. */
function keyOf(url: string): string {
  return /^urn:uuid:/i.test(url) ? url.toLowerCase() : url;
}

/** Throws 'bad-parameter' when two entries have one fullUrl: a reference to it would be to either. */
export function referenceMap(entries: { entry: WriteEntry; id: string }[]): ReferenceMap {
  const map: ReferenceMap = new Map();
  const seen = new Map<string, string>();
  for (const { entry, id } of entries) {
    if (entry.fullUrl === undefined) continue;
    const key = keyOf(entry.fullUrl);
    const other = seen.get(key);
    if (other !== undefined) {
      throw new FhirError('bad-parameter', 'Two entries have the same fullUrl.', {
        expression: [`${other}.fullUrl`, `${entry.at}.fullUrl`],
      });
    }
    seen.set(key, entry.at);
    if (id !== '') map.set(key, `${entry.type}/${id}`);
  }
  return map;
}

/** Conditional references (`Patient?identifier=…`) in the entries' resources, each once, with where it stands first. */
export function conditionalReferences(entries: WriteEntry[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of entries) {
    rewriteReferences(entry.resource, (reference, path) => {
      if (/^[A-Z][A-Za-z]+\?/.test(reference) && !found.has(reference)) found.set(reference, placeOf(entry, path));
      return undefined;
    });
  }
  return found;
}

/**
 * Rewrites one entry's resource in place. A relative reference is first read beside the entry's own fullUrl, as FHIR resolves it.
 * A urn reference that no entry answers to is refused, for it would point nowhere.
 */
export function applyReferenceMap(entry: WriteEntry, map: ReferenceMap, baseUrl: string): void {
  const own = `${baseUrl}/`;
  const root = REST_ROOT.exec(entry.fullUrl ?? '')?.[1];
  rewriteReferences(entry.resource, (reference, path) => {
    const direct = map.get(keyOf(reference));
    if (direct !== undefined) return direct;
    if (/^urn:(uuid|oid):/i.test(reference)) {
      const why =
        entry.at === ''
          ? 'A urn stands for an entry of the same transaction: alone or in a batch it refers to nothing.'
          : 'This reference names a fullUrl that no entry of the transaction has.';
      throw new FhirError('unprocessable-content', why, { expression: placeOf(entry, path) });
    }
    if (parseReference(reference)) return (root === undefined ? undefined : map.get(root + reference)) ?? map.get(own + reference);
    return reference.startsWith(own) && parseReference(reference.slice(own.length)) ? reference.slice(own.length) : undefined;
  });
  if (map.size > 0) rewriteLinks(entry.resource, map);
}

/** Replaces `Type/id` by another in the references of all entries: an id that turned out to be known already. */
export function redirectReferences(entries: WriteEntry[], from: string, to: string): void {
  for (const entry of entries) rewriteReferences(entry.resource, (reference) => (reference === from ? to : undefined));
}

function rewriteLinks(value: unknown, map: ReferenceMap): void {
  if (Array.isArray(value)) for (const item of value) rewriteLinks(item, map);
  if (!isObject(value)) return;
  for (const [name, item] of Object.entries(value)) {
    if (typeof item !== 'string') rewriteLinks(item, map);
    else if (LINK_ELEMENT.test(name)) value[name] = map.get(keyOf(item)) ?? item;
    else if (name === 'div') {
      value[name] = item.replace(/(\s(?:href|src)\s*=\s*)(["'])([^"'<>]*)\2/g, (whole, before: string, quote: string, link: string) => {
        const here = map.get(keyOf(link));
        return here === undefined ? whole : `${before}${quote}${here}${quote}`;
      });
    }
  }
}

function placeOf(entry: WriteEntry, path: string): string {
  return entry.at === '' ? path : `${entry.at}.resource.${path}`;
}
