// The national pilot's strict policy (pzp-gf): the patient by BSN and the directives of query 2, nothing else.
import type { Principal } from '../auth/principal.js';
import { FhirError } from '../fhir/errors.js';
import { BSN_SYSTEM } from '../fhir/identity.js';
import { compartmentOf } from '../search/compartment.js';
import type { Filter, SearchQuery } from '../search/query.js';

const TREATMENT_SCOPE = 'http://terminology.hl7.org/CodeSystem/consentscope|treatment';
const TREATMENT_DIRECTIVE = 'http://snomed.info/sct|129125009';
/** Policies beside which the strict one is none. */
const WIDER = ['own-team', 'permission', 'patient', 'service'];

export function isPilot({ policies }: Principal): boolean {
  return policies.includes('pzp-gf') && !WIDER.some((policy) => policies.includes(policy));
}

/** Throws 'forbidden' for what the pilot does not know: reading, writing, operations. */
export function refuseBeyondPilot(): never {
  throw new FhirError(
    'forbidden',
    'The policy pzp-gf permits two searches: Patient by BSN (POST), and Consent of a patient with the scope and category of treatment directives.',
  );
}

/** Refuses a search that is neither step 0 nor query 2. */
export function requirePilotSearch(query: SearchQuery): void {
  if (!isStepZero(query) && !isQueryTwo(query)) refuseBeyondPilot();
}

function isStepZero({ type, filters, includes, revincludes }: SearchQuery): boolean {
  return (
    type === 'Patient' &&
    includes.length + revincludes.length === 0 &&
    filters.length === 1 &&
    isOnly(filters[0], 'identifier', `${BSN_SYSTEM}|`)
  );
}

function isQueryTwo(query: SearchQuery): boolean {
  const { type, filters, includes, revincludes } = query;
  const isActor = includes.every(({ code, sourceType, iterate }) => code === 'actor' && sourceType === 'Consent' && !iterate);
  const has = (key: string, value: string) => filters.some((filter) => isOnly(filter, key, value));
  return (
    type === 'Consent' &&
    compartmentOf(query) !== undefined &&
    filters.length === 3 &&
    has('scope', TREATMENT_SCOPE) &&
    has('category', TREATMENT_DIRECTIVE) &&
    isActor &&
    revincludes.length === 0
  );
}

/** Asks for one value of the key that begins so. */
function isOnly(filter: Filter | undefined, key: string, value: string): boolean {
  if (filter?.kind !== 'members' || filter.key !== key || filter.negated || filter.anyOf.length !== 1) return false;
  return filter.anyOf[0]?.startsWith(value) === true;
}
