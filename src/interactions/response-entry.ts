// A response as an entry of a batch-response or transaction-response.
// https://hl7.org/fhir/R4/bundle.html#Bundle.entry.response
import type { OperationOutcome, Resource } from '@medplum/fhirtypes';
import type { FhirResponse } from '../fhir/exchange.js';
import { writeJson } from '../fhir/json.js';

/** JSON text of one entry: resource if the response has one, status with its reason phrase, location, etag, lastModified, outcome. */
export function responseEntry({ status, headers, text, resource, lastUpdated }: FhirResponse): string {
  const outcome = isOutcome(resource) ? resource : undefined;
  const told = text ?? (resource && !outcome ? writeJson(resource) : undefined);
  const modified = lastUpdated ?? (headers['last-modified'] === undefined ? undefined : new Date(headers['last-modified']));
  const response = {
    status: statusText(status),
    location: headers.location ?? headers['content-location'],
    etag: headers.etag,
    lastModified: modified?.toISOString(),
    outcome,
  };
  return `{${told === undefined ? '' : `"resource":${told},`}"response":${JSON.stringify(response)}}`;
}

/** JSON text of the Bundle of these entries. */
export function responseBundle(type: 'batch-response' | 'transaction-response', entries: string[]): string {
  return `{"resourceType":"Bundle","type":"${type}"${entries.length === 0 ? '' : `,"entry":[${entries.join(',')}]`}}`;
}

/** "201 Created". */
export function statusText(status: number): string {
  return `${status} ${PHRASES[status] ?? ''}`.trim();
}

function isOutcome(resource: Resource | undefined): resource is OperationOutcome {
  return resource?.resourceType === 'OperationOutcome';
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
  406: 'Not Acceptable',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  428: 'Precondition Required',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};
