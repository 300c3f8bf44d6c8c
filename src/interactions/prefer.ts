// Prefer: what a write answers with, and how unknown parameters are taken.
// https://hl7.org/fhir/R4/http.html#ops
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest } from '../fhir/exchange.js';

export type ReturnPreference = 'minimal' | 'representation' | 'OperationOutcome';

function preference(request: FhirRequest, name: string): string | undefined {
  const header = request.headers.prefer;
  if (header === undefined) return undefined;
  for (const part of header.split(/[,;]/)) {
    const [key, value] = part.split('=', 2).map((text) => text.trim());
    if (key?.toLowerCase() === name && value !== undefined) return value.replace(/^"(.*)"$/, '$1');
  }
  return undefined;
}

/** The Prefer header of an entry: that of its Bundle, and `return=minimal` where it names none, for a Bundle has many entries. */
export function entryPreference(bundle: FhirRequest): string {
  return `return=${returnPreference(bundle, 'minimal')}; handling=${isLenient(bundle) ? 'lenient' : 'strict'}`;
}

/** `representation` unless the client asks otherwise; unknown values are refused, not guessed. */
export function returnPreference(request: FhirRequest, byDefault: ReturnPreference = 'representation'): ReturnPreference {
  const value = preference(request, 'return') ?? byDefault;
  if (value === 'minimal' || value === 'representation' || value === 'OperationOutcome') return value;
  throw new FhirError('bad-parameter', 'Prefer: return= takes minimal, representation or OperationOutcome.', { expression: 'http.prefer' });
}

/** True for `Prefer: handling=lenient`; strict is the default. */
export function isLenient(request: FhirRequest): boolean {
  const value = preference(request, 'handling') ?? 'strict';
  if (value === 'strict' || value === 'lenient') return value === 'lenient';
  throw new FhirError('bad-parameter', 'Prefer: handling= takes strict or lenient.', { expression: 'http.prefer' });
}
