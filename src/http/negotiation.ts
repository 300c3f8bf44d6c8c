// Formats: what a body is in, what the answer shall be in, and whether it is written for people.
// https://hl7.org/fhir/R4/http.html#mime-type
import { FhirError } from '../fhir/errors.js';

export type Format = 'json' | 'xml';
export type AnswerFormat = Format | 'pdf';

export const CONTENT_TYPE: Record<Format, string> = {
  json: 'application/fhir+json; charset=utf-8',
  xml: 'application/fhir+xml; charset=utf-8',
};

const JSON_NAMES = ['application/fhir+json', 'application/json', 'text/json', 'json'];
const XML_NAMES = ['application/fhir+xml', 'application/xml', 'text/xml', 'xml'];
const PDF_NAMES = ['application/pdf', 'pdf'];
const FHIR_VERSION = /^4\.0(\.\d+)?$/;

function formatOf(name: string): Format | undefined {
  if (JSON_NAMES.includes(name)) return 'json';
  return XML_NAMES.includes(name) ? 'xml' : undefined;
}

/** `application/fhir+json; fhirVersion=4.0` as its name and parameters, in lower case. */
function mediaType(text: string): { name: string; parameters: Map<string, string> } {
  const [name = '', ...rest] = text.split(';').map((part) => part.trim().toLowerCase());
  const pairs = rest
    .map((part) => part.split('=', 2))
    .map(([key = '', value = '']) => [key.trim(), value.trim().replace(/^"(.*)"$/, '$1')]);
  return { name, parameters: new Map(pairs as [string, string][]) };
}

/** True unless another FHIR release than R4 is asked or sent. */
function isR4(parameters: Map<string, string>): boolean {
  return FHIR_VERSION.test(parameters.get('fhirversion') ?? '4.0');
}

/** The answer's format: `_format` before Accept; 406 when neither leaves one this service writes. `text/html` in Accept gets JSON. */
export function answerFormat(query: readonly [string, string][], accept: string | undefined): Format;
/** The same where the address prints: PDF is one of its formats. */
export function answerFormat(query: readonly [string, string][], accept: string | undefined, prints: boolean): AnswerFormat;
export function answerFormat(query: readonly [string, string][], accept: string | undefined, prints = false): AnswerFormat {
  const asked = query.find(([name]) => name === '_format')?.[1];
  if (asked !== undefined) {
    // A plus sign in a query is a space.
    const { name, parameters } = mediaType(asked.replace(' ', '+'));
    if (prints && PDF_NAMES.includes(name)) return 'pdf';
    const format = formatOf(name);
    if (!format || !isR4(parameters)) throw new FhirError('not-acceptable', '_format takes json or xml here.', { expression: '_format' });
    return format;
  }
  if (accept === undefined || accept.trim() === '') return 'json';
  const wanted = accept
    .split(',')
    .map(mediaType)
    .filter(({ parameters }) => Number(parameters.get('q') ?? 1) > 0 && isR4(parameters))
    .sort((a, b) => Number(b.parameters.get('q') ?? 1) - Number(a.parameters.get('q') ?? 1));
  for (const { name } of wanted) {
    if (prints && PDF_NAMES.includes(name)) return 'pdf';
    const format = formatOf(name);
    if (format) return format;
    if (['*/*', 'application/*', 'text/*', 'text/html'].includes(name)) return 'json';
  }
  throw new FhirError('not-acceptable', 'This service answers in application/fhir+json or application/fhir+xml, FHIR 4.0.', {
    expression: 'http.accept',
  });
}

/** The format of a refusal: as asked where that can be understood, else JSON. */
export function failureFormat(query: readonly [string, string][], accept: string | undefined): Format {
  try {
    return answerFormat(query, accept);
  } catch {
    return 'json';
  }
}

/** The format of a request body by its content type; 415 names what is taken. */
export function bodyFormat(contentType: string | undefined, isPatch: boolean): Format {
  const { name, parameters } = mediaType(contentType ?? '');
  if (isPatch) {
    if (name === 'application/json-patch+json') return 'json';
    throw new FhirError('unsupported-media-type', 'PATCH takes a JSON Patch: application/json-patch+json.', {
      expression: 'http.content-type',
      headers: { 'accept-patch': 'application/json-patch+json' },
    });
  }
  const format = name.includes('/') ? formatOf(name) : undefined;
  if (format && isR4(parameters)) return format;
  throw new FhirError('unsupported-media-type', 'A resource comes as application/fhir+json or application/fhir+xml, FHIR 4.0.', {
    expression: 'http.content-type',
  });
}
