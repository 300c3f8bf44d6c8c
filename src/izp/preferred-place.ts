// The preferred place of death as Goal and as Observation 395091006: reading both, and keeping them equal whichever was written.
import type { Annotation, CodeableConcept, Extension, Goal, GoalTarget, Observation, Resource } from '@medplum/fhirtypes';
import { dutchDate, intervalOf } from '../fhir/dates.js';
import * as codes from './codes.js';
import { codingsOf, extensionsOf, filled, hasSnomed, noteText } from './concepts.js';
import { contentDigest } from './digest.js';
import { words } from './dutch.js';
import * as izp from './izp-codes.js';
import { isKept, newKept } from './kept.js';
import { hasUnknownModifier } from './modifiers.js';
import { dayOf, momentOf } from './moments.js';
import type { PatientRecord, RecordEntry } from './record.js';

/** One statement of where the patient wants to die: a place, or why there is none (asked-unknown and not-asked differ). */
export interface PreferredPlace {
  value?: CodeableConcept;
  absent?: CodeableConcept;
  notes: Annotation[];
  /** Dutch civil day, as precise as known. */
  day: string;
  entry: RecordEntry;
}

export const VALID_OBSERVATION: ReadonlySet<string> = new Set(['final', 'amended', 'corrected', 'preliminary']);
export const CURRENT_GOAL: ReadonlySet<string> = new Set(['proposed', 'planned', 'accepted', 'active', 'on-hold']);

/** True for a Goal that says where the patient wants to die, by target, by profile or by its description's code. */
export function isPreferredPlaceGoal(resource: Resource): boolean {
  if (resource.resourceType !== 'Goal') return false;
  if (hasSnomed(resource.category, codes.ACP_PROCEDURE)) return false;
  const profiled = (resource.meta?.profile ?? []).some((profile) => profile.split('|')[0] === izp.IZP_PREFERRED_PLACE_PROFILE);
  return profiled || placeTarget(resource) !== undefined || hasSnomed(resource.description, codes.PREFERRED_PLACE_OF_DEATH);
}

/** The newest statement, Goal or Observation: what every reader is told. Resources the service keeps equal are no statements. */
export function preferredPlace(record: Pick<PatientRecord, 'entries' | 'written'>): PreferredPlace | undefined {
  const statements = record.entries.filter((entry) => isCurrentPlace(entry) && !isMirror(entry.resource)).map(read);
  const best = (type: string) => statements.filter((s) => s.entry.resource.resourceType === type).sort(byMoment(record.written))[0];
  const [observation, goal] = [best('Observation'), best('Goal')];
  if (!observation || !goal) return observation ?? goal;
  return [observation, goal].sort(byDay(record.written))[0];
}

/** What to write so that every current Goal and the service's own Observation tell the newest statement. Empty when they do. */
export function keepPreferredPlace(record: PatientRecord): Resource[] {
  const winner = preferredPlace(record);
  if (winner === undefined) return record.entries.filter((e) => isCurrentPlace(e) && isMirror(e.resource)).map(retracted);
  const others = record.entries.filter((e) => isCurrentPlace(e) && e !== winner.entry);
  const stale = others.filter((e) => (e.resource.resourceType === 'Goal' || isMirror(e.resource)) && !saysTheSame(read(e), winner));
  const writes = stale.map((e) => mirror(e.resource, winner, record));
  const told = (type: string) =>
    [winner.entry, ...others].some((e) => e.resource.resourceType === type && (stale.includes(e) || saysTheSame(read(e), winner)));
  for (const type of ['Goal', 'Observation'] as const) if (!told(type)) writes.push(mirror(retired(record, type), winner, record, type));
  return writes;
}

function isCurrentPlace({ resource }: RecordEntry): boolean {
  if (hasUnknownModifier(resource)) return false;
  if (resource.resourceType === 'Observation')
    return hasSnomed(resource.code, codes.PREFERRED_PLACE_OF_DEATH) && VALID_OBSERVATION.has(resource.status);
  return isPreferredPlaceGoal(resource) && CURRENT_GOAL.has((resource as Goal).lifecycleStatus);
}

function read(entry: RecordEntry): PreferredPlace {
  const resource = entry.resource as Goal | Observation;
  const concept = resource.resourceType === 'Goal' ? placeOfGoal(resource) : placeOfObservation(resource);
  const base = { notes: resource.note ?? [], day: dayOf(entry), entry };
  const reasons = codingsOf(concept).filter((c) => c.system === codes.DATA_ABSENT_REASON);
  return reasons.length > 0 ? { ...base, absent: { coding: reasons } } : { ...base, value: concept };
}

function placeOfObservation(observation: Observation): CodeableConcept {
  if (observation.valueCodeableConcept) return observation.valueCodeableConcept;
  if (filled(observation.valueString)) return { coding: [{ system: codes.NULL_FLAVOR, code: 'OTH' }], text: observation.valueString };
  const reasons = codingsOf(observation.dataAbsentReason);
  return { coding: [{ system: codes.DATA_ABSENT_REASON, code: reasons[0]?.code ?? 'unknown' }] };
}

function placeOfGoal(goal: Goal): CodeableConcept {
  const target = placeTarget(goal);
  const detail =
    target?.detailCodeableConcept ??
    (filled(target?.detailString) ? { coding: [{ system: codes.NULL_FLAVOR, code: 'OTH' }], text: target?.detailString } : undefined);
  if (detail === undefined) return describedPlace(goal);
  const described = filled(goal.description?.text);
  return detail.text === undefined && described !== undefined && described !== describe(detail) ? { ...detail, text: described } : detail;
}

/** The description apart from a code that only names the subject. */
function describedPlace({ description }: Goal): CodeableConcept {
  const coding = codingsOf(description).filter((c) => c.code !== codes.PREFERRED_PLACE_OF_DEATH);
  if (coding.length > 0) return { ...description, coding };
  return filled(description?.text) ? { text: description?.text } : { coding: [{ system: codes.DATA_ABSENT_REASON, code: 'unknown' }] };
}

function placeTarget(goal: Goal): GoalTarget | undefined {
  return goal.target?.find((target) => hasSnomed(target.measure, codes.PREFERRED_PLACE_OF_DEATH));
}

const describe = (concept: CodeableConcept) => `Voorkeursplek van overlijden: ${(words(concept) ?? 'niet vermeld').toLowerCase()}`;

function saysTheSame(a: PreferredPlace, b: PreferredPlace): boolean {
  return statementKey(a) === statementKey(b);
}

function statementKey({ value, absent, notes, day }: PreferredPlace): string {
  const codesOf = (concept: CodeableConcept | undefined) =>
    codingsOf(concept)
      .map((c) => `${c.system ?? ''}|${c.code ?? ''}`)
      .sort();
  return JSON.stringify([codesOf(value), filled(value?.text), codesOf(absent), noteText(notes), day]);
}

/** Resources of the same type: by moment, then written now, then last written. */
const byMoment = (written: ReadonlySet<string>) => (a: PreferredPlace, b: PreferredPlace) =>
  momentOf(b.entry) - momentOf(a.entry) || byWriting(written, a, b);

/** A Goal has no time of day: Goal and Observation are compared by day, and no day lies after the one of writing. */
const byDay = (written: ReadonlySet<string>) => (a: PreferredPlace, b: PreferredPlace) =>
  orderDay(b) - orderDay(a) || byWriting(written, a, b);

const startOf = (day: string) => intervalOf(day)?.start ?? 0;
const orderDay = ({ day, entry }: PreferredPlace) => Math.min(startOf(day), startOf(dutchDate(entry.lastUpdated)));

function byWriting(written: ReadonlySet<string>, a: PreferredPlace, b: PreferredPlace): number {
  const now = (place: PreferredPlace) => (written.has(place.entry.reference) ? 1 : 0);
  return now(b) - now(a) || b.entry.lastUpdated - a.entry.lastUpdated || (a.entry.reference > b.entry.reference ? -1 : 1);
}

/** True for a resource that only repeats another, until a client changes it: then it is a statement of its own. */
function isMirror(resource: Resource): boolean {
  const [mark] = extensionsOf(resource as { extension?: Extension[] }, izp.IZP_MIRROR_OF);
  return mark !== undefined && mark.extension?.find((x) => x.url === 'digest')?.valueString === mirrorDigest(resource);
}

function mirrorDigest(resource: Resource): string {
  const { extension, ...rest } = resource as Goal;
  const others = extension?.filter((x) => x.url !== izp.IZP_MIRROR_OF) ?? [];
  return contentDigest(others.length > 0 ? { ...rest, extension: others } : rest);
}

function signed<T extends Goal | Observation>(resource: T, source: string): T {
  const extension = resource.extension?.filter((x) => x.url !== izp.IZP_MIRROR_OF) ?? [];
  const mark: Extension = {
    url: izp.IZP_MIRROR_OF,
    extension: [
      { url: 'of', valueReference: { reference: source } },
      { url: 'digest', valueString: mirrorDigest(resource) },
    ],
  };
  return { ...resource, extension: [...extension, mark] };
}

/** The service's own Goal or Observation that was retracted earlier and can tell the newest statement now. */
function retired(record: PatientRecord, type: 'Goal' | 'Observation'): Resource | undefined {
  const retracted = record.entries.filter(({ resource }) => {
    if (resource.resourceType !== type || !isKept(resource) || !isMirror(resource)) return false;
    return resource.resourceType === 'Observation' || isPreferredPlaceGoal(resource);
  });
  return retracted.sort((a, b) => (a.reference < b.reference ? -1 : 1))[0]?.resource;
}

/** What a mirror becomes when nothing states the place any more. */
function retracted({ resource }: RecordEntry): Resource {
  const source =
    extensionsOf(resource as Goal, izp.IZP_MIRROR_OF)[0]?.extension?.find((x) => x.url === 'of')?.valueReference?.reference ?? '';
  if (resource.resourceType === 'Goal') return signed({ ...resource, lifecycleStatus: 'cancelled' }, source);
  return signed({ ...(resource as Observation), status: 'cancelled' }, source);
}

function mirror(existing: Resource | undefined, winner: PreferredPlace, record: PatientRecord, type = existing?.resourceType): Resource {
  const made =
    type === 'Goal'
      ? mirrorGoal(existing as Goal | undefined, winner, record)
      : mirrorObservation(existing as Observation | undefined, winner, record);
  return signed(made, winner.entry.reference);
}

function mirrorGoal(existing: Goal | undefined, { value, absent, notes, day }: PreferredPlace, record: PatientRecord): Goal {
  const detail = value ?? { coding: [{ system: codes.NULL_FLAVOR, code: 'UNK' }, ...codingsOf(absent)] };
  const known = value !== undefined && !codingsOf(value).some((c) => c.code === 'UNK' && c.system === codes.NULL_FLAVOR);
  const target: GoalTarget = {
    measure: { coding: [{ system: codes.SNOMED, code: codes.PREFERRED_PLACE_OF_DEATH }] },
    detailCodeableConcept: detail,
  };
  const previous = existing?.lifecycleStatus;
  const kept = previous === 'accepted' || previous === 'planned' || previous === 'on-hold' ? previous : 'active';
  const { note: _note, ...rest } = existing ?? newResource('Goal', izp.IZP_PREFERRED_PLACE_PROFILE, record);
  return {
    ...rest,
    lifecycleStatus: known ? kept : 'proposed',
    description: { text: filled(value?.text) ?? describe(detail) },
    subject: existing?.subject ?? { reference: `Patient/${record.patientId}` },
    target: [...(existing?.target ?? []).filter((t) => !hasSnomed(t.measure, codes.PREFERRED_PLACE_OF_DEATH)), target],
    statusDate: day,
    ...(notes.length > 0 && { note: notes }),
  } as Goal;
}

function mirrorObservation(
  existing: Observation | undefined,
  { value, absent, notes, day, entry }: PreferredPlace,
  record: PatientRecord,
): Observation {
  const source = entry.resource as Goal | Observation;
  const performer = source.resourceType === 'Goal' ? (source.expressedBy ? [source.expressedBy] : undefined) : source.performer;
  const base = existing ?? newResource('Observation', codes.PZP_PREFERRED_PLACE_PROFILE, record);
  return {
    resourceType: 'Observation',
    id: base.id,
    meta: base.meta,
    identifier: base.identifier,
    status: 'final',
    code: { coding: [{ system: codes.SNOMED, code: codes.PREFERRED_PLACE_OF_DEATH }] },
    subject: { reference: `Patient/${record.patientId}` },
    effectiveDateTime: day,
    ...(performer && { performer }),
    ...(value ? { valueCodeableConcept: value } : { dataAbsentReason: absent }),
    ...(notes.length > 0 && { note: notes }),
  } as Observation;
}

function newResource(resourceType: 'Goal' | 'Observation', profile: string, record: PatientRecord): Goal | Observation {
  return newKept(resourceType, record.newId(), profile) as Goal | Observation;
}
