// What belongs to a patient's plan: which resources make a plan necessary, and which of them are current.
import type { CareTeam, DocumentReference, Encounter, Procedure, Resource } from '@medplum/fhirtypes';
import { sameCanonical } from '../fhir/canonical.js';
import { intervalOf } from '../fhir/dates.js';
import { withoutVersion } from '../fhir/references.js';
import * as codes from './codes.js';
import { hasCode, hasSnomed, snomedCodes } from './concepts.js';
import { type Decisions, decisionsOf } from './decisions.js';
import { directiveKind, standingOf } from './directive.js';
import * as izp from './izp-codes.js';
import { newestEntryFirst } from './moments.js';
import { CURRENT_GOAL, VALID_OBSERVATION } from './preferred-place.js';
import { isOwnWords } from './proposal.js';
import type { PatientRecord, RecordEntry } from './record.js';

/** The current parts of a plan, each list in a fixed order. */
export interface Parts {
  goals: RecordEntry[];
  /** Directives, observations, contacts, devices, conversations, communications, forms, markings, kit, letters. */
  supporting: RecordEntry[];
  teams: RecordEntry[];
  /** Scenarios and the medication foreseen for them. */
  activities: RecordEntry[];
  /** True when any of it asks for a plan: a patient with contacts alone has none. */
  content: RecordEntry[];
}

/** Types whose place in CarePlan.supportingInfo the service decides: one that is no longer current leaves it. */
export const MANAGED_SUPPORT: ReadonlySet<string> = new Set([
  'Consent',
  'RelatedPerson',
  'DeviceUseStatement',
  'Procedure',
  'Encounter',
  'Communication',
  'CommunicationRequest',
  'QuestionnaireResponse',
  'Flag',
  'SupplyDelivery',
]);

export function partsOf(record: PatientRecord, decisions: Decisions = decisionsOf(record)): Parts {
  const directives = directiveReferences(decisions);
  const observations = currentObservations(record);
  const conversations = acpConversations(record);
  const supporting: RecordEntry[] = [];
  const parts: Parts = { goals: [], supporting, teams: [], activities: [], content: [] };
  for (const entry of [...record.entries].sort(byTypeAndReference)) {
    const { resource, reference } = entry;
    const isSupport =
      directives.has(reference) ||
      observations.has(reference) ||
      conversations.has(reference) ||
      isCurrentLetter(resource) ||
      (isSupporting(resource) && !isOwnWords(entry));
    if (isSupport) supporting.push(entry);
    if (resource.resourceType === 'Goal' && CURRENT_GOAL.has(resource.lifecycleStatus)) parts.goals.push(entry);
    if (isCurrentTeam(resource)) parts.teams.push(entry);
    if (isActivity(resource)) parts.activities.push(entry);
    if (isContent(entry, isSupport, record.now)) parts.content.push(entry);
  }
  return parts;
}

/** The newest valid Observation of each care-planning code, by code. */
export function newestObservations(record: Pick<PatientRecord, 'entries'>): Map<string, RecordEntry> {
  const newest = new Map<string, RecordEntry>();
  for (const entry of record.entries) {
    if (entry.resource.resourceType !== 'Observation' || !VALID_OBSERVATION.has(entry.resource.status)) continue;
    for (const code of snomedCodes(entry.resource.code)) {
      if (!codes.PZP_OBSERVATIONS.has(code)) continue;
      const other = newest.get(code);
      if (!other || newestEntryFirst(entry, other) < 0) newest.set(code, entry);
    }
  }
  return newest;
}

/** Advance care planning conversations that took place: Procedures, and the Encounters they belong to. */
export function acpConversations(record: Pick<PatientRecord, 'entries'>): Map<string, RecordEntry> {
  const procedures = record.entries.filter(({ resource }) => isAcpProcedure(resource));
  const found = new Map(procedures.map((entry) => [entry.reference, entry]));
  const encounters = new Set(procedures.map((entry) => withoutVersion((entry.resource as Procedure).encounter?.reference ?? '')));
  for (const entry of record.entries) {
    const { resource } = entry;
    if (resource.resourceType !== 'Encounter' || resource.status === 'entered-in-error' || resource.status === 'cancelled') continue;
    const reasons = resource.reasonReference?.some((r) => found.has(withoutVersion(r.reference ?? '')));
    if (encounters.has(entry.reference) || reasons || hasSnomed(resource.reasonCode, codes.ACP_PROCEDURE))
      found.set(entry.reference, entry);
  }
  return found;
}

/** Dutch civil date of the first conversation; undefined when none is recorded. */
export function firstConversation(record: Pick<PatientRecord, 'entries'>): string | undefined {
  const dates = [...acpConversations(record).values()].flatMap(({ resource }) => startsOf(resource as Procedure | Encounter));
  return dates.sort((a, b) => (intervalOf(a)?.start ?? 0) - (intervalOf(b)?.start ?? 0) || (a < b ? -1 : 1))[0];
}

/** True for a response to the published form, under any name it was published at. */
export function isPzpForm(resource: Resource): boolean {
  if (resource.resourceType !== 'QuestionnaireResponse' || resource.questionnaire === undefined) return false;
  return sameCanonical(resource.questionnaire, codes.PZP_FORM);
}

export function isPzpObservation(resource: Resource): boolean {
  return resource.resourceType === 'Observation' && hasSnomed(resource.code, codes.PZP_OBSERVATIONS);
}

export function isMarking(resource: Resource): boolean {
  return resource.resourceType === 'Flag' && hasCode(resource.code, izp.IZP_MARKING_CODE, 'palliative-phase');
}

export function isKit(resource: Resource): boolean {
  return resource.resourceType === 'SupplyDelivery' && hasCode(resource.suppliedItem?.itemCodeableConcept, izp.IZP_SUPPLY, izp.IZP_KIT);
}

/** True for a wish letter of the patient's own. */
export function isLetter(resource: Resource): resource is DocumentReference {
  return resource.resourceType === 'DocumentReference' && hasCode(resource.type, izp.IZP_DOCUMENT_TYPE, izp.IZP_WISH_LETTER);
}

export function isCurrentLetter(resource: Resource): resource is DocumentReference {
  return isLetter(resource) && resource.status === 'current';
}

export function isScenario(resource: Resource): boolean {
  if (resource.resourceType !== 'ServiceRequest' || resource.status !== 'active' || resource.doNotPerform === true) return false;
  const profiled = (resource.meta?.profile ?? []).some((profile) => profile.split('|')[0] === izp.IZP_SCENARIO_PROFILE);
  return profiled || (resource.code?.coding ?? []).some((coding) => coding.system === izp.IZP_SCENARIO_KIND);
}

function directiveReferences({ treatments, advanceDirectives }: Decisions): Set<string> {
  const shown = treatments.flatMap((d) => (d.entry ? [d.entry, ...d.alsoFrom] : []));
  return new Set([...shown, ...advanceDirectives.map((d) => d.entry)].map((entry) => entry.reference));
}

function currentObservations(record: PatientRecord): Set<string> {
  return new Set([...newestObservations(record).values()].map((entry) => entry.reference));
}

function isSupporting(resource: Resource): boolean {
  switch (resource.resourceType) {
    case 'RelatedPerson':
      return resource.active !== false;
    case 'DeviceUseStatement':
      return resource.status !== 'entered-in-error';
    case 'Communication':
      return (
        !NEVER_HAPPENED.has(resource.status) &&
        (hasSnomed(resource.reasonCode, codes.ACP_PROCEDURE) || hasSnomed(resource.topic, codes.INFORM_RELATIVES))
      );
    case 'CommunicationRequest':
      return !NEVER_HAPPENED.has(resource.status) && hasSnomed(resource.category, codes.INFORM_RELATIVES);
    case 'QuestionnaireResponse':
      return isPzpForm(resource) && AGREED_FORM.has(resource.status);
    case 'Flag':
      return resource.status === 'active' && isMarking(resource);
    case 'SupplyDelivery':
      return resource.status !== 'entered-in-error' && isKit(resource);
    default:
      return false;
  }
}

/** A draft is the affair of whoever is writing it: it makes no plan, and changes none. */
export const AGREED_FORM: ReadonlySet<string> = new Set(['completed', 'amended']);

const NEVER_HAPPENED: ReadonlySet<string> = new Set(['entered-in-error', 'not-done', 'revoked']);

function isAcpProcedure(resource: Resource): boolean {
  return resource.resourceType === 'Procedure' && !NEVER_HAPPENED.has(resource.status) && hasSnomed(resource.code, codes.ACP_PROCEDURE);
}

function isCurrentTeam(resource: Resource): resource is CareTeam {
  return (
    resource.resourceType === 'CareTeam' &&
    (resource.status === undefined || resource.status === 'active' || resource.status === 'proposed')
  );
}

function isActivity(resource: Resource): boolean {
  if (isScenario(resource)) return true;
  return resource.resourceType === 'MedicationRequest' && resource.status === 'active' && resource.intent === 'plan';
}

/** A directive that was ever in force counts, so that one that ended or begins later still hangs in a plan. */
function isContent({ resource }: RecordEntry, isSupport: boolean, now: number): boolean {
  if (resource.resourceType === 'Consent') return directiveKind(resource) !== undefined && standingOf(resource, now).standing !== 'void';
  if (resource.resourceType === 'RelatedPerson') return false;
  // What is proposed hangs in a plan, and makes none.
  if (resource.resourceType === 'DocumentReference') return isSupport && resource.docStatus !== 'preliminary';
  if (resource.resourceType === 'Goal') return CURRENT_GOAL.has(resource.lifecycleStatus);
  return isSupport || isCurrentTeam(resource) || isActivity(resource);
}

function startsOf(resource: Procedure | Encounter): string[] {
  const start =
    resource.resourceType === 'Procedure' ? (resource.performedDateTime ?? resource.performedPeriod?.start) : resource.period?.start;
  return start !== undefined && intervalOf(start) ? [start] : [];
}

function byTypeAndReference(a: RecordEntry, b: RecordEntry): number {
  return a.reference < b.reference ? -1 : a.reference > b.reference ? 1 : 0;
}
