// The one active plan of a patient: kept by the service, made of whatever clients post, one version for all of it.
import type { CarePlan, CarePlanActivity, Reference, Resource } from '@medplum/fhirtypes';
import { URA_SYSTEM } from '../fhir/identity.js';
import { localReferences, parseReference, withoutVersion } from '../fhir/references.js';
import { isServedType, mustNamePatient } from '../fhir/resource-types.js';
import { CARE_PLAN_CATEGORIES, SNOMED } from './codes.js';
import { codingsOf, hasCode, hasSnomed } from './concepts.js';
import { copyJson } from './copy.js';
import { deathOf, isEndedByDeath, settledByDeath } from './death.js';
import { contentDigest, sameContent, sha256 } from './digest.js';
import * as izp from './izp-codes.js';
import { isKept, isMadeByService, keptIdentifier, newKept } from './kept.js';
import { mergeCarePlan } from './merge-care-plan.js';
import { firstConversation, isLetter, isPzpObservation, MANAGED_SUPPORT, type Parts, partsOf } from './parts.js';
import { keepPreferredPlace } from './preferred-place.js';
import type { KeptRecord, PatientRecord, RecordEntry } from './record.js';
import { timeEdges } from './time-edges.js';

const TITLE = 'Individueel zorgplan';
/** Directory resources that contribute to a plan. */
const CONTRIBUTORS: ReadonlySet<string> = new Set(['Practitioner', 'PractitionerRole', 'Organization']);

/** Whoever is named there contributes nothing by it: a Task asks for work, it is none. */
const NO_CONTRIBUTION: ReadonlySet<string> = new Set(['CarePlan', 'Patient', 'Task']);

/** True for an active CarePlan that is, or becomes, the patient's individual care plan: no category, or one of the plan's own. */
export function isIzpCarePlan(resource: Resource): resource is CarePlan {
  if (resource.resourceType !== 'CarePlan' || resource.status !== 'active') return false;
  // The plan's own profile asks it: what is proposed, or ordered, is no plan that was agreed.
  if (resource.intent !== 'plan') return false;
  if (codingsOf(resource.category).length === 0) return true;
  return hasCode(resource.category, izp.IZP_PLAN_CATEGORY, izp.IZP_PLAN_CODE) || hasSnomed(resource.category, CARE_PLAN_CATEGORIES);
}

/** True for what is, or becomes, the patient's one plan: an active one, and one that the service completed because the patient died. */
export function isRootPlan(resource: Resource): resource is CarePlan {
  return isIzpCarePlan(resource) || isEndedByDeath(resource);
}

/** The patient's one plan: the one the service keeps, else the first a client posted. */
export function rootPlan(record: Pick<PatientRecord, 'entries'>): RecordEntry | undefined {
  return rootPlans(record)[0];
}

/**
 * What to write so that there is one active plan that holds every current part, and the preferred place of death is told
 * the same everywhere. Running it on its own result writes nothing. No plan for a patient with contacts alone.
 */
export function keepRecord(record: PatientRecord): KeptRecord {
  const placed = keepPreferredPlace(record);
  const updated = withWrites(record, placed);
  const death = deathOf(updated);
  const [root = death && closedWithDeath(updated), ...others] = rootPlans(updated);
  const parts = partsOf(updated);
  if (root === undefined && (parts.content.length === 0 || isClosed(updated, parts))) return { writes: placed };

  let plan = (root?.resource as CarePlan | undefined) ?? newPlan(record);
  for (const { resource } of others) {
    plan = mergeCarePlan(plan, resource as CarePlan);
    plan.replaces = [...(plan.replaces ?? []), { reference: `CarePlan/${resource.id}` }];
  }
  const revoked = others.map(({ resource }) => ({ ...(resource as CarePlan), status: 'revoked' as const }));
  const kept = settledByDeath(withParts(plan, parts, withWrites(updated, revoked)), death, record.now);
  // Nothing is left of what asked for a plan: "there is a plan" would be untrue.
  if (isMadeByService(kept) && parts.content.length === 0 && !hasOwnContent(kept)) kept.status = 'revoked';
  const changed = root === undefined || !sameContent(root.resource, kept);
  return { writes: [...placed, ...revoked, ...(changed ? [kept] : [])] };
}

/** The record as it is after writing resources the service keeps. */
export function withWrites(record: PatientRecord, writes: readonly Resource[]): PatientRecord {
  if (writes.length === 0) return record;
  const byReference = new Map(writes.map((resource) => [`${resource.resourceType}/${resource.id}`, resource]));
  const entries = record.entries.map((entry) => {
    const resource = byReference.get(entry.reference);
    byReference.delete(entry.reference);
    return resource ? { ...entry, resource, version: entry.version + 1, lastUpdated: record.now } : entry;
  });
  for (const [reference, resource] of byReference) entries.push({ resource, reference, version: 1, lastUpdated: record.now });
  return { ...record, entries };
}

function rootPlans(record: Pick<PatientRecord, 'entries'>): RecordEntry[] {
  const rank = (entry: RecordEntry) => (isKept(entry.resource) ? 0 : 1);
  return record.entries.filter((e) => isRootPlan(e.resource)).sort((a, b) => rank(a) - rank(b) || (a.reference < b.reference ? -1 : 1));
}

/** A plan that a client closed with the death, or wrote back without the mark of it: it still has to answer, in case nobody died. */
function closedWithDeath({ entries, written }: PatientRecord): RecordEntry | undefined {
  return entries.find(
    ({ resource, reference }) =>
      resource.resourceType === 'CarePlan' && resource.status === 'completed' && isKept(resource) && written.has(reference),
  );
}

/** True when the plan the service kept was closed and nothing has been recorded since: a withdrawn plan stays withdrawn. */
function isClosed(record: PatientRecord, parts: Parts): boolean {
  const closed = record.entries.filter(
    ({ resource }) => resource.resourceType === 'CarePlan' && isKept(resource) && resource.status !== 'active',
  );
  if (closed.length === 0) return false;
  const since = Math.max(...closed.map((entry) => entry.lastUpdated));
  // Clocks of several processes differ: what this transaction writes is new, unless it is the one that closes the plan.
  const isClosing = closed.some((entry) => record.written.has(entry.reference));
  const isNew = (entry: RecordEntry) => entry.lastUpdated > since || (!isClosing && record.written.has(entry.reference));
  // What only ends an agreement brings no closed plan back.
  return !parts.content.some(
    (entry) => isNew(entry) && !(entry.resource.resourceType === 'Consent' && entry.resource.status === 'inactive'),
  );
}

/** True when a client wrote something in the plan itself. */
function hasOwnContent({ goal, activity, careTeam, addresses, description, note, supportingInfo }: CarePlan): boolean {
  const others = supportingInfo?.filter((r) => parseReference(r.reference ?? '')?.type !== 'RelatedPerson') ?? [];
  return [goal, activity, careTeam, addresses, description, note].some((element) => element !== undefined) || others.length > 0;
}

function newPlan(record: PatientRecord): CarePlan {
  const frame = newKept('CarePlan', record.newId(), izp.IZP_CARE_PLAN_PROFILE) as CarePlan;
  return {
    ...frame,
    status: 'active',
    intent: 'plan',
    title: TITLE,
    subject: { reference: `Patient/${record.patientId}` },
    created: new Date(record.now).toISOString(),
  };
}

/** The plan with everything the service adds; what a client wrote in it stays, references to parts that are gone do not. */
function withParts(plan: CarePlan, parts: Parts, record: PatientRecord): CarePlan {
  const kept = { ...plan };
  const there = new Set(record.entries.map((entry) => entry.reference));
  const isGone = (reference: Reference) => {
    const local = reference.reference === undefined ? undefined : parseReference(reference.reference);
    return local !== undefined && isServedType(local.type) && mustNamePatient(local.type) && !there.has(`${local.type}/${local.id}`);
  };
  const current = new Set(parts.supporting.map((entry) => entry.reference));
  const goals = new Set(parts.goals.map((entry) => entry.reference));
  // The service's own Goals that repeat nothing any more; one a client posted stays, whatever became of it.
  const retracted = new Set(record.entries.flatMap((e) => (isMadeByService(e.resource) && !goals.has(e.reference) ? e.reference : [])));
  const judged = new Set(
    record.entries.filter(({ resource }) => isPzpObservation(resource) || isLetter(resource)).map(({ reference }) => reference),
  );
  const isPast = (reference: Reference) => {
    const local = reference.reference === undefined ? undefined : parseReference(reference.reference);
    return (
      local !== undefined &&
      (MANAGED_SUPPORT.has(local.type) || judged.has(`${local.type}/${local.id}`)) &&
      !current.has(`${local.type}/${local.id}`)
    );
  };

  kept.meta = { ...kept.meta, profile: union(kept.meta?.profile ?? [], [izp.IZP_CARE_PLAN_PROFILE]) };
  if (!isKept(kept)) kept.identifier = [...(kept.identifier ?? []), keptIdentifier(kept.id as string)];
  if (!hasCode(kept.category, izp.IZP_PLAN_CATEGORY, izp.IZP_PLAN_CODE)) {
    const own = { coding: [{ system: izp.IZP_PLAN_CATEGORY, code: izp.IZP_PLAN_CODE }] };
    const category = kept.category ?? [{ coding: [{ system: SNOMED, code: '736366004' }] }];
    kept.category = [...category, own];
  }
  kept.goal = list(
    kept.goal?.filter((r) => !isGone(r) && !retracted.has(withoutVersion(r.reference ?? ''))),
    parts.goals,
  );
  kept.supportingInfo = list(
    kept.supportingInfo?.filter((r) => !isGone(r) && !isPast(r)),
    parts.supporting,
  );
  kept.careTeam = list(
    kept.careTeam?.filter((r) => !isGone(r)),
    parts.teams,
  );
  kept.addresses = list(
    kept.addresses?.filter((r) => !isGone(r)),
    [],
  );
  kept.activity = activities(
    kept.activity?.filter((a) => !(a.reference && isGone(a.reference) && !a.detail)),
    parts,
  );
  kept.contributor = contributors(kept, record);
  const first = firstConversation(record);
  if (first !== undefined && (kept.period?.start === undefined || isMadeByService(kept))) kept.period = { ...kept.period, start: first };
  kept.extension = [
    ...(kept.extension ?? []).filter((x) => x.url !== izp.IZP_PLAN_DIGEST),
    { url: izp.IZP_PLAN_DIGEST, valueString: partsDigest(kept, record) },
  ];
  return copyJson(kept);
}

function list<T extends Resource>(own: Reference<T>[] | undefined, parts: RecordEntry[]): Reference<T>[] | undefined {
  const known = new Set((own ?? []).map((reference) => withoutVersion(reference.reference ?? '')));
  const added = parts.filter((entry) => !known.has(entry.reference)).map((entry) => ({ reference: entry.reference }) as Reference<T>);
  const all = [...(own ?? []), ...added];
  return all.length > 0 ? all : undefined;
}

function activities(own: CarePlanActivity[] | undefined, parts: Parts): CarePlanActivity[] | undefined {
  const known = new Set((own ?? []).map((activity) => withoutVersion(activity.reference?.reference ?? '')));
  const added = parts.activities
    .filter((e) => !known.has(e.reference))
    .map((e) => ({ reference: { reference: e.reference } }) as CarePlanActivity);
  const all = [...(own ?? []), ...added];
  return all.length > 0 ? all : undefined;
}

/** Every organisation that recorded something, and every practitioner named by it. */
function contributors(plan: CarePlan, record: PatientRecord): CarePlan['contributor'] {
  const all = [...(plan.contributor ?? [])];
  const references = new Set(all.map((r) => withoutVersion(r.reference ?? '')));
  const uras = new Set(all.flatMap((r) => (r.identifier?.system === URA_SYSTEM && r.identifier.value ? [r.identifier.value] : [])));
  const sorted = [...record.entries].sort((a, b) => (a.reference < b.reference ? -1 : 1));
  for (const { author, resource } of sorted) {
    if (!author || resource.resourceType === 'Task' || uras.has(author.ura)) continue;
    uras.add(author.ura);
    all.push({ type: 'Organization', identifier: { system: URA_SYSTEM, value: author.ura }, display: author.name });
  }
  for (const { resource } of sorted) {
    if (NO_CONTRIBUTION.has(resource.resourceType)) continue;
    for (const reference of localReferences(resource).sort()) {
      if (!CONTRIBUTORS.has(parseReference(reference)?.type ?? '') || references.has(reference) || !record.directory.has(reference))
        continue;
      references.add(reference);
      all.push({ reference });
    }
  }
  return all.length > 0 ? all : undefined;
}

/** Raised when cards or summaries come to tell the same record otherwise, with a migration that has them computed anew: see CONTRIBUTING.md. */
const TELLING = 2;

/**
 * Digest of every part, of the people and organisations shown with them, and of the moments at which periods of theirs began or
 * ended: what changes what is told changes the plan, and with it the ETag.
 */
function partsDigest(plan: CarePlan, record: PatientRecord): string {
  const parts = new Set(localReferences(plan));
  const resources = new Map(record.entries.filter((entry) => parts.has(entry.reference)).map((entry) => [entry.reference, entry.resource]));
  resources.delete(`CarePlan/${plan.id}`);
  if (record.patient) resources.set(`Patient/${record.patientId}`, record.patient);
  const lines: string[] = [];
  for (const [reference, resource] of resources) lines.push(`${reference} ${contentDigest(resource)}`);
  for (const [reference, resource] of record.directory) lines.push(`${reference} ${contentDigest(resource)}`);
  lines.push(`told ${TELLING}`, ...timeEdges(record).flatMap((edge) => (edge <= record.now ? [`passed ${edge}`] : [])));
  return sha256([...new Set(lines)].sort().join('\n'));
}

function union<T>(a: readonly T[], b: readonly T[]): T[] {
  return [...new Set([...a, ...b])];
}
