// If-Match and If-None-Match on writes, and what must be there before a write.
// https://hl7.org/fhir/R4/http.html#concurrency
import { FhirError } from '../fhir/errors.js';
import { type FhirRequest, versionsOfEtag } from '../fhir/exchange.js';

interface CurrentVersion {
  version: number;
  deleted: boolean;
}

/** Types whose update must say which version it changes: a plan has many hands. */
const NEEDS_IF_MATCH = ['CarePlan'];

/** Headers, or elements of a Bundle's entry.request, by which a client makes its request depend on what is there. */
const CONDITIONS = ['if-match', 'if-none-match', 'if-none-exist', 'if-unmodified-since'];

/**
 * Throws 'bad-parameter' for a condition outside `heeded`: done without it, the write would be one that was not asked.
 * If-Modified-Since on a write is ignored as a header (RFC 9110 13.1.3), not as an element of an entry, where a client wrote it.
 */
export function refuseOtherConditions(request: FhirRequest, heeded: readonly string[]): void {
  const known = request.entry === undefined ? CONDITIONS : [...CONDITIONS, 'if-modified-since'];
  const other = known.find((name) => request.headers[name] !== undefined && !heeded.includes(name));
  if (other === undefined) return;
  const takes = heeded.length === 0 ? 'no condition' : heeded.join(', ');
  throw new FhirError('bad-parameter', `${other} is not a condition that this request can have: it takes ${takes}.`, {
    expression: `http.${other}`,
  });
}

/** Throws 412 or 428 unless the current version is the one the writer saw. */
export function checkIfMatch(
  type: string,
  current: CurrentVersion | undefined,
  ifMatch: string | undefined,
  method: 'PUT' | 'PATCH' | 'DELETE',
): void {
  const exists = current !== undefined && !current.deleted;
  if (ifMatch === undefined) {
    if (exists && method !== 'DELETE' && NEEDS_IF_MATCH.includes(type)) {
      throw new FhirError(
        'precondition-required',
        `Updating a ${type} needs If-Match with the ETag you read (W/"n"), so that nobody's change is lost.`,
        {
          expression: 'http.if-match',
        },
      );
    }
    return;
  }
  const versions = versionsOfEtag(ifMatch);
  if (exists && (versions.includes('*') || versions.includes(String(current.version)))) return;
  throw new FhirError(
    'precondition-failed',
    exists
      ? `If-Match does not name the current version, which is W/"${current.version}": read it again and repeat the change.`
      : 'If-Match was sent, but there is no current version to match.',
    { expression: 'http.if-match' },
  );
}

/** If-None-Match on a write: `*` only when there is nothing yet, a version only when that is not the current one. */
export function checkIfNoneMatch(current: CurrentVersion | undefined, ifNoneMatch: string | undefined): void {
  if (ifNoneMatch === undefined || !current || current.deleted) return;
  const versions = versionsOfEtag(ifNoneMatch);
  if (!versions.includes('*') && !versions.includes(String(current.version))) return;
  const what = versions.includes('*') ? '* was sent, but the resource exists' : 'names the current version';
  throw new FhirError('precondition-failed', `If-None-Match: ${what}.`, { expression: 'http.if-none-match' });
}
