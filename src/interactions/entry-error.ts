// Refusals inside a Bundle name the entry they are about.
import { FhirError } from '../fhir/errors.js';

/**
 * The refusal with its place: `Bundle.entry[3].resource.Consent.status` where it named an element, else `Bundle.entry[3]`.
 * `at` is empty for a single interaction, which needs no place.
 */
export function atEntry(error: unknown, at: string): unknown {
  if (at === '' || !(error instanceof FhirError) || error.status >= 500) return error;
  const issues = error.issues.map((issue) => ({ ...issue, expression: placed(issue.expression, at) }));
  return new FhirError(error.kind, error.message, { issues, headers: error.headers, cause: error });
}

/** Paths of an entry as paths of the Bundle. */
export function placed(expression: string[] | undefined, at: string): string[] {
  if (expression === undefined || expression.length === 0) return [at];
  return expression.map((path) => {
    if (path.startsWith('Bundle.entry[')) return path;
    if (/^[A-Z][A-Za-z]+($|\.)/.test(path)) return `${at}.resource.${path}`;
    if (path === 'http.full-url') return `${at}.fullUrl`;
    return REQUEST_ELEMENTS[path] === undefined ? at : `${at}.request.${REQUEST_ELEMENTS[path]}`;
  });
}

const REQUEST_ELEMENTS: Record<string, string> = {
  'http.if-match': 'ifMatch',
  'http.if-none-match': 'ifNoneMatch',
  'http.if-none-exist': 'ifNoneExist',
  'http.if-modified-since': 'ifModifiedSince',
  'http.path': 'url',
};

/** Runs `work`; what it throws names the entry. */
export function within<T>(at: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw atEntry(error, at);
  }
}
