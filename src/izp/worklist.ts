// What an organisation's worklists tell of a patient: who is marked and what is waiting, and which agreements contradict each other.
import type { Extension, Flag, Observation, Patient, Procedure, Task } from '@medplum/fhirtypes';
import { dutchDate } from '../fhir/dates.js';
import { URA_SYSTEM } from '../fhir/identity.js';
import { tokenKey } from '../search/tokens.js';
import type { EmergencyCard } from './card.js';
import type { CardDecision } from './card-decisions.js';
import type { CardItem } from './card-items.js';
import { ACP_PROCEDURE, SNOMED } from './codes.js';
import { codingsOf, extensionsOf, filled } from './concepts.js';
import { LOINC, PLACE_OF_DEATH } from './death.js';
import { ageInWords, words } from './dutch.js';
import { freshnessOf } from './freshness.js';
import * as izp from './izp-codes.js';
import { COLOURS } from './marking.js';
import { dateOf } from './moments.js';
import { NAME_UNKNOWN, nameOf } from './people.js';
import { VALID_OBSERVATION } from './preferred-place.js';

/** How the search index names what the worklists look for. */
export const WORKLIST_KEYS = {
  marking: tokenKey(izp.IZP_MARKING_CODE, 'palliative-phase', false),
  colours: COLOURS.map((colour) => tokenKey(izp.IZP_URGENCY, colour, false)),
  conversation: tokenKey(SNOMED, ACP_PROCEDURE, false),
  plan: tokenKey(izp.IZP_PLAN_CATEGORY, izp.IZP_PLAN_CODE, false),
  openTask: ['requested', 'received', 'accepted', 'ready', 'in-progress', 'on-hold'].map((status) => tokenKey(undefined, status, false)),
  placeOfDeath: tokenKey(LOINC, PLACE_OF_DEATH, false),
  observed: [...VALID_OBSERVATION].map((status) => tokenKey(undefined, status, false)),
};

export interface ListedPatient {
  reference: string;
  name: string;
  birthDate: string | null;
  deceased: boolean;
  /** As recorded; null for the living, and where only the fact is known. */
  diedOn: string | null;
}

export interface MarkedPatient {
  patient: ListedPatient;
  marking: {
    reference: string;
    since: string | null;
    /** Who marked, in words, and the URA of their organisation. */
    by: string | null;
    organization: string | null;
    instrument: { code: string; display: string } | null;
    colour: (typeof COLOURS)[number] | null;
    readyToTalk: boolean | null;
  };
  /** The newest conversation held, before or after the marking; null: marked without a conversation. */
  conversation: { reference: string; date: string | null } | null;
  /** Dutch civil date, and by how much it has passed: `8 maanden`. */
  reviewDue: string | null;
  reviewOverdue: string | null;
  /** The longest overdue first. */
  overdueTasks: { reference: string; what: string; due: string; dueAgo: string; owner: string | null }[];
}

/** Resources as they are stored; `reviewDue` and `now` in epoch milliseconds. */
export interface MarkedRecord {
  patient: Patient;
  flag: Flag;
  conversation: Procedure | null;
  reviewDue: number | null;
  overdueTasks: Task[];
  /** The newest, by which alone a death may be known. */
  placeOfDeath: Observation | null;
}

export function markedPatient(record: MarkedRecord, now: number): MarkedPatient {
  const { patient, flag, conversation, reviewDue, overdueTasks, placeOfDeath } = record;
  const due = reviewDue === null ? null : dutchDate(reviewDue);
  return {
    patient: listedPatient(patient, placeOfDeath),
    marking: {
      reference: `Flag/${flag.id}`,
      since: flag.period?.start ?? null,
      by: filled(flag.author?.display) ?? null,
      organization: flag.author?.identifier?.system === URA_SYSTEM ? (flag.author.identifier.value ?? null) : null,
      instrument: instrumentOf(flag),
      colour: colourOf(flag),
      readyToTalk: extensionsOf(flag, izp.IZP_READY_TO_TALK)[0]?.valueBoolean ?? null,
    },
    conversation: conversation && { reference: `Procedure/${conversation.id}`, date: dateOf(conversation) ?? null },
    reviewDue: due,
    reviewOverdue: freshnessOf({ agreedOn: null, reviewDue: due }, now).reviewOverdue,
    overdueTasks: overdueTasks.map((task) => taskOf(task, now)),
  };
}

export interface PatientInConflict {
  patient: Pick<ListedPatient, 'reference' | 'name' | 'birthDate'>;
  plan: string;
  /** By treatment; the statements newest first. */
  treatments: { treatment: CardDecision['treatment']; statements: ConflictingStatement[] }[];
  /** Goals of the treatment that differ, newest first; empty where they do not. */
  goals: CardItem[];
}

export interface ConflictingStatement {
  agreement: CardDecision;
  /** Other treatments that the same agreement is about: they go with it when it is withdrawn. */
  alsoAbout: string[];
}

export function patientInConflict(patientId: string, { patient, plan, decisions, goal }: EmergencyCard): PatientInConflict {
  const byTreatment = new Map<string, CardDecision[]>();
  for (const decision of decisions.filter(({ conflict }) => conflict)) {
    const key = JSON.stringify(decision.treatment);
    byTreatment.set(key, [...(byTreatment.get(key) ?? []), decision]);
  }
  const { others, ...newest } = goal;
  return {
    patient: { reference: `Patient/${patientId}`, name: patient.name, birthDate: patient.birthDate },
    plan: plan.reference,
    treatments: [...byTreatment.values()].map((statements) => ({
      treatment: (statements[0] as CardDecision).treatment,
      statements: statements.map((agreement) => ({ agreement, alsoAbout: alsoAbout(agreement, decisions) })),
    })),
    goals: others === undefined ? [] : [newest, ...others],
  };
}

function alsoAbout({ source, treatment }: CardDecision, decisions: readonly CardDecision[]): string[] {
  const same = decisions.filter(
    (other) =>
      other.treatment.display !== treatment.display &&
      [other.source, ...(other.alsoFrom ?? []).map((also) => also.source)].some((one) => one && one.reference === source?.reference),
  );
  return [...new Set(same.map((other) => other.treatment.display))];
}

function listedPatient(patient: Patient, placeOfDeath: Observation | null): ListedPatient {
  const diedOn = patient.deceasedDateTime ?? placeOfDeath?.effectiveDateTime ?? null;
  return {
    reference: `Patient/${patient.id}`,
    name: nameOf(patient.name) ?? NAME_UNKNOWN,
    birthDate: patient.birthDate ?? null,
    deceased: diedOn !== null || patient.deceasedBoolean === true || placeOfDeath !== null,
    diedOn,
  };
}

function instrumentOf(flag: Flag): MarkedPatient['marking']['instrument'] {
  const [assessment] = extensionsOf(flag, izp.IZP_MARKING_ASSESSMENT);
  const concept = assessment?.extension?.find(({ url }: Extension) => url === 'instrument')?.valueCodeableConcept;
  const code = codingsOf(concept).find(({ system }) => system === izp.IZP_MARKING_INSTRUMENT)?.code;
  return code === undefined ? null : { code, display: words(concept) ?? code };
}

function colourOf(flag: Flag): MarkedPatient['marking']['colour'] {
  const codings = codingsOf(extensionsOf(flag, izp.IZP_URGENCY_COLOUR)[0]?.valueCodeableConcept);
  return COLOURS.find((colour) => codings.some(({ system, code }) => system === izp.IZP_URGENCY && code === colour)) ?? null;
}

function taskOf(task: Task, now: number): MarkedPatient['overdueTasks'][number] {
  const due = task.restriction?.period?.end as string;
  return {
    reference: `Task/${task.id}`,
    what: words(task.code) ?? filled(task.description) ?? 'Taak',
    due,
    dueAgo: ageInWords(due, now),
    owner: filled(task.owner?.display) ?? null,
  };
}
