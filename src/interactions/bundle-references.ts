// References inside a transaction: urn:uuid and the senders' own urls become the ids given here.
// https://hl7.org/fhir/R4/http.html#trules
import { FhirError } from '../fhir/errors.js';
import { parseReference, rewriteReferences } from '../fhir/references.js';
import type { WriteEntry } from './write-entry.js';

/** Old reference text → `Type/id` here, for every entry with an id. */
export function referenceMap(entries: { entry: WriteEntry; id: string }[]): Map<string, string> {
  const map = new Map<string, string>();
  for (const { entry, id } of entries) {
    if (entry.fullUrl === undefined) continue;
    const here = `${entry.type}/${id}`;
    map.set(entry.fullUrl, here);
    // A sender that uses its own REST urls as fullUrl may refer to the entry relatively.
    const tail = entry.fullUrl.startsWith('urn:') ? undefined : /[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/.exec(entry.fullUrl)?.[0];
    if (tail !== undefined && tail !== here && parseReference(tail)) map.set(tail, here);
  }
  return map;
}

/** Conditional references (`Patient?identifier=…`) in the entries' resources, each once, with where it stands first. */
export function conditionalReferences(entries: WriteEntry[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of entries) {
    rewriteReferences(entry.resource, (reference, path) => {
      if (/^[A-Z][A-Za-z]+\?/.test(reference) && !found.has(reference))
        found.set(reference, entry.at === '' ? path : `${entry.at}.resource.${path}`);
      return undefined;
    });
  }
  return found;
}

/** Rewrites in place; a urn reference that no entry answers to is refused, for it would point nowhere. */
export function applyReferenceMap(entry: WriteEntry, map: Map<string, string>, baseUrl: string): void {
  const own = `${baseUrl}/`;
  rewriteReferences(entry.resource, (reference, path) => {
    const mapped = map.get(reference);
    if (mapped !== undefined) return mapped;
    if (reference.startsWith('urn:uuid:') || reference.startsWith('urn:oid:')) {
      throw new FhirError('unprocessable-content', 'This reference names a fullUrl that no entry of the transaction has.', {
        expression: entry.at === '' ? path : `${entry.at}.resource.${path}`,
      });
    }
    return reference.startsWith(own) && parseReference(reference.slice(own.length)) ? reference.slice(own.length) : undefined;
  });
}
