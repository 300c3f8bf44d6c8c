// A withdrawn agreement that is sent again as it was: systems that send all they know would undo what the patient took back.
import type { Resource } from '@medplum/fhirtypes';
import { intervalOf } from '../fhir/dates.js';
import { dateOf } from './moments.js';
import { isInForce, withdrawalOf } from './withdrawal.js';

/**
 * True when `after` would put back in force what `before` says was withdrawn, without a date of its own that is new and not before
 * the withdrawal. A plan is none: what is recorded later may begin it anew, and what was agreed in it stays withdrawn.
 */
export function isStaleReturn(before: Resource, after: Resource): boolean {
  const withdrawal = before.resourceType === 'CarePlan' ? undefined : withdrawalOf(before);
  if (withdrawal === undefined || isInForce(before) || !isInForce(after)) return false;
  const [known, said] = [dateOf(before), dateOf(after)];
  const [agreed, taken] = [said === undefined ? undefined : intervalOf(said), intervalOf(withdrawal.when)];
  return agreed === undefined || said === known || (taken !== undefined && agreed.end < taken.start);
}
