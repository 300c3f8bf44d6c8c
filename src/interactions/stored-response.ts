// A stored version as a response: its text unparsed, ETag and Last-Modified.
// https://hl7.org/fhir/R4/http.html#read

import type { FhirRequest } from '../fhir/exchange.js';
import { etag, type FhirResponse, versionsOfEtag } from '../fhir/exchange.js';
import { subsetText } from './subset.js';
import type { SubsetQuery } from './summary-view.js';

export interface Versioned {
  version: number;
  lastUpdated: Date;
  content: string;
}

export function versionHeaders(row: { version: number; lastUpdated: Date }): Record<string, string> {
  return { etag: etag(row.version), 'last-modified': row.lastUpdated.toUTCString() };
}

/** 200 with the stored text, or the part of it that is asked, or 304 when If-None-Match or If-Modified-Since say the client has it. */
export function storedResponse(request: FhirRequest, row: Versioned, subset?: SubsetQuery): FhirResponse {
  const headers = versionHeaders(row);
  if (isUnchanged(request, row)) return { status: 304, headers };
  return { status: 200, headers, lastUpdated: row.lastUpdated, text: subsetText(row.content, subset) };
}

/** If-None-Match decides where both are sent (RFC 9110 13.1.3). */
export function isUnchanged(request: FhirRequest, row: { version: number; lastUpdated: Date }): boolean {
  const noneMatch = request.headers['if-none-match'];
  if (noneMatch !== undefined) {
    const versions = versionsOfEtag(noneMatch);
    return versions.includes('*') || versions.includes(String(row.version));
  }
  const moment = modifiedSince(request);
  return moment !== undefined && secondOf(row.lastUpdated) <= moment;
}

/**
 * The second that decides whether a read is 304, when it is the second of this very version: HTTP dates have no parts of it, so the
 * client may hold an earlier version of the same second. Undefined where something else decides.
 */
export function doubtfulSecond(request: FhirRequest, row: { version: number; lastUpdated: Date }): Date | undefined {
  if (row.version === 1 || request.headers['if-none-match'] !== undefined) return undefined;
  const second = secondOf(row.lastUpdated);
  const moment = modifiedSince(request);
  return moment !== undefined && Math.floor(moment / 1000) * 1000 === second ? new Date(second) : undefined;
}

function modifiedSince(request: FhirRequest): number | undefined {
  const moment = Date.parse(request.headers['if-modified-since'] ?? '');
  return Number.isNaN(moment) ? undefined : moment;
}

function secondOf(moment: Date): number {
  return Math.floor(moment.getTime() / 1000) * 1000;
}
