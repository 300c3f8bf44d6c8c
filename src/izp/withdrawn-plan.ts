// What a patient takes back by withdrawing the plan.
import type { Resource } from '@medplum/fhirtypes';
import { EUTHANASIA_POSITION, OTHER_INFORMATION, PREFERRED_PLACE_OF_DEATH, SPECIFIC_WISHES } from './codes.js';
import { hasSnomed } from './concepts.js';
import { directiveKind } from './directive.js';
import { isScenario } from './parts.js';
import { CURRENT_GOAL, VALID_OBSERVATION } from './preferred-place.js';
import type { RecordEntry } from './record.js';

/** Wishes that Observations tell; capacity and the donor register are facts, which no withdrawal makes untrue. */
const WISHES: ReadonlySet<string> = new Set([SPECIFIC_WISHES, PREFERRED_PLACE_OF_DEATH, EUTHANASIA_POSITION, OTHER_INFORMATION]);

/**
 * What goes with a patient's plan when it is withdrawn: every directive, goal and wish, the scenarios and the medication foreseen
 * for them. Facts stay: conversations, contacts, devices, kit, team, capacity; and so do permissions to share.
 */
export function withdrawnWithPlan(entries: readonly Pick<RecordEntry, 'resource' | 'reference'>[]): string[] {
  return entries.filter(({ resource }) => goesWithPlan(resource)).map(({ reference }) => reference);
}

function goesWithPlan(resource: Resource): boolean {
  switch (resource.resourceType) {
    case 'Consent':
      return resource.status === 'active' && directiveKind(resource) !== undefined;
    case 'Goal':
      return CURRENT_GOAL.has(resource.lifecycleStatus);
    case 'Observation':
      return VALID_OBSERVATION.has(resource.status) && hasSnomed(resource.code, WISHES);
    case 'ServiceRequest':
      return isScenario(resource);
    case 'MedicationRequest':
      return resource.status === 'active' && resource.intent === 'plan';
    default:
      return false;
  }
}
