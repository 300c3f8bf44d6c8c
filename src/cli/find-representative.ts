// Who represents a patient, asked of the running service: for the token command, which would otherwise need their id.
import type { Bundle, RelatedPerson } from '@medplum/fhirtypes';
import { TokenRefused } from '../auth/request-token.js';
import { CONTACT_ROLE, STATUTORY_REPRESENTATIVES, WRITTEN_REPRESENTATIVE } from '../izp/codes.js';
import { hasCode, hasSnomed } from '../izp/concepts.js';

/** Milliseconds to wait for the answer. */
const ANSWER_TIMEOUT_MS = 10_000;

/** Id of the first RelatedPerson recorded as representative; undefined when nobody is. Throws TokenRefused when the question is refused. */
export async function findRepresentative(
  baseUrl: string,
  token: string,
  patientId: string,
  fetch: typeof globalThis.fetch,
): Promise<string | undefined> {
  const response = await fetch(`${baseUrl}/fhir/R4/RelatedPerson?patient=${patientId}`, {
    headers: { authorization: `Bearer ${token}`, accept: 'application/fhir+json' },
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
  if (!response.ok) throw new TokenRefused(`the search for a representative was answered ${response.status}`);
  const { entry = [] } = (await response.json()) as Bundle;
  return entry.map(({ resource }) => resource as RelatedPerson).find(represents)?.id;
}

function represents({ active, relationship = [] }: RelatedPerson): boolean {
  const byLaw = [...STATUTORY_REPRESENTATIVES].some((code) => hasCode(relationship, CONTACT_ROLE, code));
  return active !== false && (byLaw || hasSnomed(relationship, WRITTEN_REPRESENTATIVE));
}
