// What a write answers: status, Location, ETag, and the body the client prefers.
// https://hl7.org/fhir/R4/http.html#create
import { successOutcome } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import { returnPreference } from './prefer.js';
import { versionHeaders } from './stored-response.js';
import type { WriteResult } from './write-entry.js';

export function writeResponse(baseUrl: string, request: FhirRequest, result: WriteResult): FhirResponse {
  const prefer = returnPreference(request);
  if (result.version === 0) return { status: 204, headers: {} };
  const headers = versionHeaders(result);
  const location = `${baseUrl}/${result.type}/${result.id}/_history/${result.version}`;
  if (result.status === 201) headers.location = location;
  else if (result.status === 200) headers['content-location'] = location;
  const { lastUpdated } = result;
  if (result.status === 204) return { status: 204, headers, lastUpdated };
  if (prefer === 'minimal') return { status: result.status, headers, lastUpdated };
  if (prefer === 'OperationOutcome') {
    const what = result.status === 201 ? 'Created' : 'Stored';
    return {
      status: result.status,
      headers,
      lastUpdated,
      resource: successOutcome(
        `${what} as ${result.type}/${result.id}, version ${result.version}.${result.remark ? ` ${result.remark}` : ''}`,
        result.issues,
      ),
    };
  }
  return { status: result.status, headers, lastUpdated, text: result.content };
}
