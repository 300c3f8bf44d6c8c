// The text of a query (`name=value&…`) as decoded pairs, strictly: a malformed escape is refused, not kept as it is, or a search
// would quietly ask something else.
// https://url.spec.whatwg.org/#urlencoded-parsing
import { FhirError } from '../fhir/errors.js';

/** Decoded pairs in their order, plus signs as spaces. Throws 'bad-parameter'. */
export function parseQuery(text: string, expression = 'http.path'): [name: string, value: string][] {
  return text
    .replace(/^\?/, '')
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const [name, value] = equals === -1 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
      return [decoded(name, expression), decoded(value, expression)];
    });
}

function decoded(text: string, expression: string): string {
  if (!/[%+]/.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new FhirError('bad-parameter', 'A percent-escape is malformed, or does not spell UTF-8.', { expression });
  }
}

/** A url as its path segments, decoded once, and its query. Throws 'bad-parameter'. */
export function parseAddress(url: string, expression = 'http.path'): { path: string[]; query: [string, string][] } {
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  return {
    path: path
      .split('/')
      .filter((segment) => segment !== '')
      .map((segment) => (segment.includes('%') ? decoded(segment.replaceAll('+', '%2B'), expression) : segment)),
    query: mark === -1 ? [] : parseQuery(url.slice(mark + 1), expression),
  };
}
