// If-Match and If-None-Match on writes, and what must be there before a write.
// https://hl7.org/fhir/R4/http.html#concurrency
import { FhirError } from '../fhir/errors.js';
import { versionsOfEtag } from '../fhir/exchange.js';

interface CurrentVersion {
  version: number;
  deleted: boolean;
}

/** Types whose update must say which version it changes: a plan has many hands. */
const NEEDS_IF_MATCH = ['CarePlan'];

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

/** `If-None-Match: *` on a write: only when there is nothing yet. */
export function checkIfNoneMatch(current: CurrentVersion | undefined, ifNoneMatch: string | undefined): void {
  if (ifNoneMatch !== undefined && versionsOfEtag(ifNoneMatch).includes('*') && current && !current.deleted) {
    throw new FhirError('precondition-failed', 'If-None-Match: * was sent, but the resource exists.', { expression: 'http.if-none-match' });
  }
}
