// Every refusal of the service: one table of kinds, one error class, one OperationOutcome.
// https://hl7.org/fhir/R4/operationoutcome.html
import type { OperationOutcome, OperationOutcomeIssue } from '@medplum/fhirtypes';

/** HTTP status and FHIR issue code of each kind of refusal. 5xx texts are fixed: nothing of the inside leaves. */
export const ERROR_KINDS = {
  'bad-syntax': { status: 400, code: 'structure' },
  'bad-parameter': { status: 400, code: 'invalid' },
  'unknown-parameter': { status: 400, code: 'not-supported' },
  'not-supported': { status: 400, code: 'not-supported' },
  unauthenticated: { status: 401, code: 'login' },
  forbidden: { status: 403, code: 'forbidden' },
  'not-found': { status: 404, code: 'not-found' },
  'method-not-allowed': { status: 405, code: 'not-supported' },
  'not-acceptable': { status: 406, code: 'not-supported' },
  timeout: { status: 408, code: 'timeout' },
  conflict: { status: 409, code: 'conflict' },
  duplicate: { status: 409, code: 'duplicate' },
  gone: { status: 410, code: 'deleted' },
  'precondition-failed': { status: 412, code: 'conflict' },
  'multiple-matches': { status: 412, code: 'multiple-matches' },
  'too-large': { status: 413, code: 'too-long' },
  'unsupported-media-type': { status: 415, code: 'not-supported' },
  'unprocessable-content': { status: 422, code: 'processing' },
  'invalid-resource': { status: 422, code: 'invalid' },
  'business-rule': { status: 422, code: 'business-rule' },
  'key-reused': { status: 422, code: 'duplicate' },
  'precondition-required': { status: 428, code: 'required' },
  'too-many-requests': { status: 429, code: 'throttled' },
  'headers-too-large': { status: 431, code: 'too-long' },
  internal: { status: 500, code: 'exception' },
  unavailable: { status: 503, code: 'transient' },
  overloaded: { status: 503, code: 'throttled' },
} as const satisfies Record<string, { status: number; code: OperationOutcomeIssue['code'] }>;

export type ErrorKind = keyof typeof ERROR_KINDS;

/** The only sentences a client sees of a failure of the service itself. */
const FIXED_TEXT: Partial<Record<ErrorKind, string>> = {
  internal: 'The service failed to handle this request. Nothing was changed. The correlation id in X-Request-Id finds it in the log.',
  unavailable: 'The service cannot answer now. This is not an empty answer: try again.',
  overloaded: 'The service has more to do than it can take on now. This is not an empty answer: try again as Retry-After says.',
};

export interface ErrorDetails {
  /** FHIRPath of the offending element (`Consent.provision.code`), or `http.<header>` / the parameter's name. */
  expression?: string | string[];
  /** Response headers the refusal needs, such as Allow or Retry-After. */
  headers?: Record<string, string>;
  /** Several findings at once; replaces the single issue made from `diagnostics`. */
  issues?: OperationOutcomeIssue[];
  /** What went wrong inside; for the log's error class only, never sent. */
  cause?: unknown;
}

/** A refusal or failure. `diagnostics` says in English what is wrong and what would have been right; it never holds a BSN, token or content. */
export class FhirError extends Error {
  readonly kind: ErrorKind;
  readonly headers: Record<string, string>;
  readonly issues: OperationOutcomeIssue[];

  constructor(kind: ErrorKind, diagnostics: string, details: ErrorDetails = {}) {
    super(FIXED_TEXT[kind] ?? diagnostics, { cause: details.cause });
    this.name = 'FhirError';
    this.kind = kind;
    this.headers = details.headers ?? {};
    this.issues = FIXED_TEXT[kind] === undefined && details.issues ? details.issues : [issue(kind, this.message, details.expression)];
  }

  get status(): number {
    return ERROR_KINDS[this.kind].status;
  }

  toOutcome(): OperationOutcome {
    return { resourceType: 'OperationOutcome', issue: this.issues };
  }
}

function issue(kind: ErrorKind, diagnostics: string, expression?: string | string[]): OperationOutcomeIssue {
  const base: OperationOutcomeIssue = { severity: 'error', code: ERROR_KINDS[kind].code, diagnostics };
  if (expression !== undefined) base.expression = Array.isArray(expression) ? expression : [expression];
  return base;
}

/** Whatever was thrown, as a FhirError: unknown errors become the fixed 500. */
export function asFhirError(error: unknown): FhirError {
  return error instanceof FhirError ? error : new FhirError('internal', '', { cause: error });
}

/** An OperationOutcome that says all went well, with one informational sentence, and what was noticed besides. */
export function successOutcome(diagnostics: string, noticed: OperationOutcomeIssue[] = []): OperationOutcome {
  return { resourceType: 'OperationOutcome', issue: [{ severity: 'information', code: 'informational', diagnostics }, ...noticed] };
}
