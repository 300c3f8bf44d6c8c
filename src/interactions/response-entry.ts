// A response as an entry of a batch-response or transaction-response.
// https://hl7.org/fhir/R4/bundle.html#Bundle.entry.response
import type { OperationOutcome } from '@medplum/fhirtypes';
import type { FhirResponse } from '../fhir/exchange.js';
import { writeJson } from '../fhir/json.js';

/** JSON text of one entry: resource if the response has one, status with its reason phrase, location, etag, lastModified. */
export function responseEntry(response: FhirResponse, outcome?: OperationOutcome): string {
  const resource = response.text ?? (response.resource ? writeJson(response.resource) : undefined);
  const modified = response.headers['last-modified'];
  const told = {
    status: `${response.status} ${PHRASES[response.status] ?? ''}`.trim(),
    location: response.headers.location,
    etag: response.headers.etag,
    lastModified: modified === undefined ? undefined : new Date(modified).toISOString(),
    outcome,
  };
  return `{${resource === undefined ? '' : `"resource":${resource},`}"response":${JSON.stringify(told)}}`;
}

const PHRASES: Record<number, string> = {
  200: 'OK',
  201: 'Created',
  204: 'No Content',
  304: 'Not Modified',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  422: 'Unprocessable Content',
  428: 'Precondition Required',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};
