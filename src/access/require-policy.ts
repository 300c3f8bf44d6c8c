// For what belongs to a policy as a whole and not to a patient: administration, reading the log of all.
import type { Policy } from '../auth/policies.js';
import type { Principal } from '../auth/principal.js';
import { FhirError } from '../fhir/errors.js';

/** Throws 'forbidden' unless the caller holds the policy. */
export function requirePolicy(principal: Principal, policy: Policy): void {
  if (!principal.policies.includes(policy)) throw new FhirError('forbidden', `This is for callers with the access policy ${policy}.`);
}
