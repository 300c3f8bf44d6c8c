// Formats: what a body is in, what the answer shall be in, and whether it is written for people.
// https://hl7.org/fhir/R4/http.html#mime-type
import { FhirError } from '../fhir/errors.js';

export type Format = 'json' | 'xml';

export const CONTENT_TYPE: Record<Format, string> = {
  json: 'application/fhir+json; charset=utf-8',
  xml: 'application/fhir+xml; charset=utf-8',
};

const JSON_NAMES = ['application/fhir+json', 'application/json', 'text/json', 'json'];
const XML_NAMES = ['application/fhir+xml', 'application/xml', 'text/xml', 'xml'];

function formatOf(name: string): Format | undefined {
  if (JSON_NAMES.includes(name)) return 'json';
  return XML_NAMES.includes(name) ? 'xml' : undefined;
}

/** The answer's format: `_format` before Accept; 406 when neither leaves one this service writes. `text/html` in Accept gets JSON. */
export function answerFormat(formatParameter: string | undefined, accept: string | undefined): Format {
  if (formatParameter !== undefined) {
    // A plus sign in a query is a space.
    const format = formatOf((formatParameter.split(';')[0] as string).trim().replace(' ', '+').toLowerCase());
    if (!format) throw new FhirError('not-acceptable', '_format takes json or xml here.', { expression: '_format' });
    return format;
  }
  if (accept === undefined || accept.trim() === '') return 'json';
  const wanted = accept
    .split(',')
    .map((part) => {
      const [name, ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
      const quality = Number(parameters.find((text) => text.startsWith('q='))?.slice(2) ?? 1);
      return { name: name as string, quality };
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality);
  for (const { name } of wanted) {
    const format = formatOf(name);
    if (format) return format;
    if (['*/*', 'application/*', 'text/*', 'text/html'].includes(name)) return 'json';
  }
  throw new FhirError('not-acceptable', 'This service answers in application/fhir+json or application/fhir+xml.', {
    expression: 'http.accept',
  });
}

/** The format of a request body by its content type; 415 names what is taken. */
export function bodyFormat(contentType: string | undefined, isPatch: boolean): Format {
  const name = (contentType?.split(';')[0] ?? '').trim().toLowerCase();
  if (isPatch) {
    if (name === 'application/json-patch+json') return 'json';
    throw new FhirError('unsupported-media-type', 'PATCH takes a JSON Patch: application/json-patch+json.', {
      headers: { 'accept-patch': 'application/json-patch+json' },
    });
  }
  const format = name.includes('/') ? formatOf(name) : undefined;
  if (format) return format;
  throw new FhirError('unsupported-media-type', 'A resource comes as application/fhir+json or application/fhir+xml.', {
    expression: 'http.content-type',
  });
}
