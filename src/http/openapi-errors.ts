// What each kind of refusal means to a caller, and the documented responses made from the table of kinds.
import { ERROR_KINDS, type ErrorKind } from '../fhir/errors.js';

/** One sentence for each kind; docs/api.md holds the same table. */
export const ERROR_MEANINGS: Record<ErrorKind, string> = {
  'bad-syntax': 'The body cannot be read: malformed JSON, XML or JSON Patch, or no FHIR resource.',
  'bad-parameter': 'A parameter, header or address has a value that is not allowed there; the text says what is.',
  'unknown-parameter': 'There is no such parameter for this type or operation; the text gives the nearest right name.',
  'not-supported': 'FHIR defines it, this service does not do it.',
  unauthenticated: 'No access token, or one that is expired, revoked or not for this service. See `WWW-Authenticate`.',
  forbidden: "The access token's scope does not cover this; the text names the scope that would.",
  'not-found': 'Nothing there, or not available to this caller: deliberately one answer.',
  'method-not-allowed': 'The address exists and does not take this method. See `Allow`.',
  'not-acceptable': 'Neither `_format` nor `Accept` leaves JSON or XML.',
  timeout: 'The request was not sent completely in time.',
  conflict: 'It contradicts what is recorded, such as a second active plan of one patient under another id.',
  duplicate: 'Another resource has this business identifier already.',
  gone: 'The resource was deleted; its history still has the earlier versions.',
  'precondition-failed': 'If-Match or If-None-Match does not hold: read again and repeat the change.',
  'multiple-matches': 'The criteria of a conditional request match more than one resource.',
  'too-large': 'The body, or the number of entries of a Bundle, is above the limit.',
  'unsupported-media-type': 'The body is in a format this address does not take.',
  'unprocessable-content': 'Well-formed, but it cannot be carried out: a reference that leads nowhere, a patch that does not apply.',
  'invalid-resource': 'The resource breaks a rule of FHIR or of a profile it claims; every finding is one issue.',
  'business-rule': 'The resource breaks a rule of this service, such as that clinical data name their patient.',
  'key-reused': 'The Idempotency-Key came with another request before.',
  'precondition-required': 'Updating a CarePlan needs If-Match, so that nobody’s change is lost.',
  'too-many-requests': 'Too many requests from this caller: slow down. See `Retry-After`.',
  'headers-too-large': 'The headers are larger than the service takes.',
  internal: 'The service failed. Nothing was changed. The id in `X-Request-Id` finds it in the log.',
  overloaded: 'More is asked than can be done now: try again as Retry-After says.',
  unavailable: 'The service cannot answer now. This is never an empty answer: try again.',
};

/** Headers that come with a status, by status. */
const HEADERS_OF: Partial<Record<number, Record<string, unknown>>> = {
  401: { 'WWW-Authenticate': { $ref: '#/components/headers/WWW-Authenticate' } },
  503: { 'Retry-After': { $ref: '#/components/headers/Retry-After' } },
  429: Object.fromEntries(['Retry-After', 'RateLimit', 'RateLimit-Policy'].map((name) => [name, { $ref: `#/components/headers/${name}` }])),
};

const EVERY_ANSWER = { 'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' } };

/** Kinds any address behind the token can answer. */
const ALWAYS: readonly ErrorKind[] = ['unauthenticated', 'not-acceptable', 'too-many-requests', 'internal', 'unavailable', 'overloaded'];

/** Responses by status for these kinds and those any address can answer, each an OperationOutcome. */
export function refusals(kinds: readonly ErrorKind[], always: readonly ErrorKind[] = ALWAYS): Record<string, unknown> {
  const byStatus = new Map<number, ErrorKind[]>();
  for (const kind of new Set([...kinds, ...always])) {
    const { status } = ERROR_KINDS[kind];
    byStatus.set(status, [...(byStatus.get(status) ?? []), kind]);
  }
  return Object.fromEntries([...byStatus].sort(([a], [b]) => a - b).map(([status, of]) => [String(status), refusal(status, of)]));
}

function refusal(status: number, kinds: readonly ErrorKind[]): Record<string, unknown> {
  const names = (Object.keys(ERROR_KINDS) as ErrorKind[]).filter((kind) => kinds.includes(kind));
  return {
    description: names.map((kind) => ERROR_MEANINGS[kind]).join(' '),
    headers: { ...EVERY_ANSWER, ...HEADERS_OF[status] },
    content: {
      'application/fhir+json': { schema: { $ref: '#/components/schemas/OperationOutcome' } },
      'application/fhir+xml': { schema: { $ref: '#/components/schemas/Xml' } },
    },
  };
}
