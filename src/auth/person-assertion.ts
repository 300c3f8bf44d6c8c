// Whom a portal brings: a patient or their representative, who logged in there. The portal vouches with an assertion it signed.
// https://www.rfc-editor.org/rfc/rfc7523#section-2.1
import type { JWTPayload } from 'jose';
import { FHIR_ID } from '../fhir/references.js';
import type { Client } from '../store/clients.js';
import { OauthError } from './oauth-error.js';
import { type AssertionDeps, type AssertionWords, requireShort, takeAssertion } from './signed-assertion.js';

/** The grant_type that brings a person's assertion. */
export const PERSON_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

export interface Person {
  /** `Patient/id` or `RelatedPerson/id`. */
  fhirUser: string;
  /** The patient they may ask about: themselves, or whom they say to represent. Whether they do is decided at each access. */
  patientId: string;
}

const WORDS: AssertionWords = {
  name: 'assertion',
  refused: (description, cause) => new OauthError('invalid_grant', description, cause),
  notAuthentic: 'The assertion is not signed with a key registered for the client (RS384, ES384 or EdDSA).',
};

/** The person the client vouches for. Throws OauthError unauthorized_client when it may not, invalid_grant when the assertion does not hold. */
export async function personOf(assertion: string, client: Client, audiences: string[], deps: AssertionDeps): Promise<Person> {
  if (!client.vouchesForPatients) throw new OauthError('unauthorized_client', 'The client may not vouch for patients.');
  requireShort(assertion, WORDS);
  const claims = await takeAssertion(assertion, client, audiences, deps, WORDS);
  if (claims.iss !== client.clientId) throw WORDS.refused('The iss of the assertion must be the client that brings it.');
  return readPerson(claims);
}

function readPerson({ sub, patient }: JWTPayload): Person {
  const [type, id, more] = typeof sub === 'string' ? sub.split('/') : [];
  if ((type !== 'Patient' && type !== 'RelatedPerson') || !isId(id) || more !== undefined) {
    throw WORDS.refused('The sub of the assertion must be Patient/id or RelatedPerson/id.');
  }
  if (!isId(patient)) throw WORDS.refused('The assertion must name the id of the patient in the claim patient.');
  if (type === 'Patient' && patient !== id) throw WORDS.refused('A patient can only be vouched for as themselves: sub and patient differ.');
  return { fhirUser: `${type}/${id}`, patientId: patient };
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && FHIR_ID.test(value);
}
