// Whether the patient has died, as the record says it, and what that makes of the plan.
import type { CarePlan, CodeableConcept, Extension, Observation, Resource } from '@medplum/fhirtypes';
import { dutchDate, intervalOf } from '../fhir/dates.js';
import { extensionsOf, hasCode } from './concepts.js';
import { hasUnknownModifier } from './modifiers.js';
import { newestEntryFirst } from './moments.js';
import { VALID_OBSERVATION } from './preferred-place.js';
import { IZP_ENDED_BY_DEATH } from './process/process-codes.js';
import type { PatientRecord } from './record.js';

export const LOINC = 'http://loinc.org';
export const PLACE_OF_DEATH = '58332-8';

export interface Death {
  /** FHIR date or dateTime as recorded; undefined when only that the patient has died is known. */
  on?: string;
  /** Where; undefined when nobody recorded it, or recorded that it is not known. */
  place?: CodeableConcept;
}

/** The death as recorded in Patient.deceased or by where it took place; undefined while the patient lives. Not one that is still to come. */
export function deathOf({ patient, entries, now }: Pick<PatientRecord, 'patient' | 'entries' | 'now'>): Death | undefined {
  const [place] = entries
    .filter(({ resource }) => isPlaceOfDeath(resource as Observation) && !isToCome((resource as Observation).effectiveDateTime, now))
    .sort(newestEntryFirst)
    .map(({ resource }) => resource as Observation);
  const dated = isToCome(patient?.deceasedDateTime, now) ? undefined : patient?.deceasedDateTime;
  if (place === undefined && dated === undefined && patient?.deceasedBoolean !== true) return undefined;
  const on = dated ?? place?.effectiveDateTime;
  const where = place?.valueCodeableConcept;
  return { ...(on !== undefined && { on }), ...(where !== undefined && { place: where }) };
}

function isPlaceOfDeath(resource: Observation): boolean {
  return (
    resource.resourceType === 'Observation' &&
    VALID_OBSERVATION.has(resource.status) &&
    hasCode(resource.code, LOINC, PLACE_OF_DEATH) &&
    !hasUnknownModifier(resource)
  );
}

/** True when a FHIR date or dateTime begins after `now`, epoch milliseconds. */
export function isToCome(text: string | undefined, now: number): boolean {
  const interval = text === undefined ? undefined : intervalOf(text);
  return interval !== undefined && interval.start > now;
}

/** True for a plan that the service completed because the patient died: it stays the patient's root plan. */
export function isEndedByDeath(resource: Resource): boolean {
  return resource.resourceType === 'CarePlan' && resource.status === 'completed' && extensionsOf(resource, IZP_ENDED_BY_DEATH).length > 0;
}

/** The plan as the death leaves it: completed, its period ended; active again when there was no death. `now` dates one without a date. */
export function settledByDeath(plan: CarePlan, death: Death | undefined, now: number): CarePlan {
  const [mark] = extensionsOf(plan, IZP_ENDED_BY_DEATH);
  const part = (name: string) => mark?.extension?.find(({ url }) => url === name)?.valueDateTime;
  const others = (plan.extension ?? []).filter(({ url }) => url !== IZP_ENDED_BY_DEATH);
  if (death === undefined) {
    if (mark === undefined) return plan;
    // An end that somebody else set since is theirs.
    const end = plan.period?.end === part('on') ? part('formerEnd') : plan.period?.end;
    const { end: _end, ...begun } = plan.period ?? {};
    const period = end === undefined ? begun : { ...begun, end };
    const { period: _period, ...rest } = plan;
    return { ...rest, status: 'active', ...(Object.keys(period).length > 0 && { period }), extension: others };
  }
  const on = death.on ?? part('on') ?? dutchDate(now);
  const former = mark === undefined ? plan.period?.end : part('formerEnd');
  const extension: Extension = {
    url: IZP_ENDED_BY_DEATH,
    extension: [{ url: 'on', valueDateTime: on }, ...(former === undefined ? [] : [{ url: 'formerEnd', valueDateTime: former }])],
  };
  return { ...plan, status: 'completed', period: { ...plan.period, end: on }, extension: [...others, extension] };
}
