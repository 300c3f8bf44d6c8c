// The transport-free pair under HTTP and under bundle entries alike: a FHIR request and its response.
// https://hl7.org/fhir/R4/http.html
import type { Resource } from '@medplum/fhirtypes';

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface FhirRequest {
  method: HttpMethod;
  /** Path below the FHIR base, decoded once, split on '/': ['Patient', 'x', '_history']. Empty for the base itself. */
  path: string[];
  /** Decoded query parameters in order; for POST _search the form's pairs are appended. */
  query: [name: string, value: string][];
  /** Lower-case names. */
  headers: Record<string, string | undefined>;
  /** The parsed resource or patch of the body. Numbers JSON cannot keep are LosslessNumber (see json.ts). */
  body?: unknown;
  /** Set for requests inside a Bundle: its index there. */
  entry?: number;
  /** Set when the answer shall be a document on paper; only where the operation prints. */
  wants?: 'pdf';
}

export interface FhirResponse {
  status: number;
  headers: Record<string, string>;
  /** When the resource it tells was last changed: exactly, where the header has whole seconds. */
  lastUpdated?: Date;
  /** JSON text to send as it is. */
  text?: string;
  /** Or a resource still to be written out. */
  resource?: Resource;
  /** Or bytes in a format of their own, with the name under which they are kept. */
  file?: { type: 'application/pdf'; name: string; bytes: Uint8Array };
}

/** Weak ETag of a version id, as FHIR writes it: W/"3". */
export function etag(versionId: string | number): string {
  return `W/"${versionId}"`;
}

/** Version ids named by an If-Match or If-None-Match header; '*' stays '*'. Weak and strong forms and bare numbers are accepted. */
export function versionsOfEtag(header: string): string[] {
  return header
    .split(',')
    .map((part) =>
      part
        .trim()
        .replace(/^W\//, '')
        .replace(/^"(.*)"$/, '$1'),
    )
    .filter((part) => part !== '');
}
