// The main goal of medical policy on the card: current goals of different sources that differ are all told, newest first.
import type { Goal } from '@medplum/fhirtypes';
import { CANNOT_INTERPRET, type CardItem, conceptAnswer, itemOf, NOT_RECORDED } from './card-items.js';
import * as codes from './codes.js';
import { hasSnomed, noteText, snomedCodes } from './concepts.js';
import { hasUnknownModifier } from './modifiers.js';
import { newestEntryFirst } from './moments.js';
import type { People } from './people.js';
import { isPreferredPlaceGoal } from './preferred-place.js';
import type { PatientRecord, RecordEntry } from './record.js';
import { type Statement, saidAt, standing, superseded } from './supersede.js';

export interface GoalItem extends CardItem {
  /** Other current goals that say something else, newest first: none of them is chosen. */
  others?: CardItem[];
}

const CURRENT_POLICY: ReadonlySet<string> = new Set(['proposed', 'planned', 'accepted', 'active']);

/** The form's own code for symptoms only is told as the standard's. A later goal supersedes an earlier one of the same source. */
export function policyGoalItem(record: PatientRecord, people: People): GoalItem {
  const statements = record.entries.filter(({ resource }) => isPolicyGoal(resource)).map((entry) => statementOf(entry, record.now));
  const current = standing(statements).map(({ entry }) => entry);
  const told = current.sort(newestEntryFirst).map((entry) => goalItem(entry, people));
  const [first, ...others] = told.filter((item, i) => told.findIndex((other) => saysTheSame(item, other)) === i);
  if (first === undefined) return NOT_RECORDED;
  return others.length === 0 ? first : { ...first, others };
}

/** SNOMED CT codes of the goals of policy that are current, of whatever source. */
export function currentPolicyCodes({ entries, now }: Pick<PatientRecord, 'entries' | 'now'>): Set<string> {
  const statements = entries.filter(({ resource }) => isPolicyGoal(resource)).map((entry) => statementOf(entry, now));
  const goals = standing(statements).map(({ entry }) => entry.resource as Goal);
  return new Set(goals.filter((goal) => !hasUnknownModifier(goal)).flatMap(({ description }) => snomedCodes(description)));
}

/** `Goal/id` of goals taken back, and of goals of policy that a later one of the same source supersedes. */
export function pastGoals({ entries, now }: Pick<PatientRecord, 'entries' | 'now'>): Set<string> {
  const takenBack = entries.filter(({ resource }) => resource.resourceType === 'Goal' && TAKEN_BACK.has(resource.lifecycleStatus));
  const statements = entries.filter(({ resource }) => isPolicyGoal(resource)).map((entry) => statementOf(entry, now));
  return new Set([...takenBack, ...superseded(statements).map(({ entry }) => entry)].map(({ reference }) => reference));
}

const TAKEN_BACK: ReadonlySet<string> = new Set(['cancelled', 'rejected', 'entered-in-error']);

function isPolicyGoal(resource: RecordEntry['resource']): boolean {
  if (resource.resourceType !== 'Goal' || !CURRENT_POLICY.has(resource.lifecycleStatus) || isPreferredPlaceGoal(resource)) return false;
  return hasSnomed(resource.description, codes.MEDICAL_POLICY_GOALS) || hasSnomed(resource.category, codes.ACP_PROCEDURE);
}

/** One without a date that can be true was said when it was written. */
function statementOf(entry: RecordEntry, now: number): Statement {
  const written = { start: entry.lastUpdated, end: entry.lastUpdated };
  return {
    entry,
    organization: entry.author?.ura,
    agreed: saidAt(entry, now) ?? written,
    status: 'current',
  };
}

function goalItem(entry: RecordEntry, people: People): CardItem {
  const goal = entry.resource as Goal;
  if (hasUnknownModifier(goal)) return itemOf(entry, people, { status: 'cannot-interpret', text: CANNOT_INTERPRET });
  const sameMeaning = hasSnomed(goal.description, codes.GOAL_SYMPTOMS_ONLY_FORM);
  const description = sameMeaning
    ? { ...goal.description, coding: [{ system: codes.SNOMED, code: codes.GOAL_SYMPTOMS_ONLY }] }
    : goal.description;
  return itemOf(entry, people, { ...conceptAnswer(description), note: noteText(goal.note) });
}

function saysTheSame(a: CardItem, b: CardItem): boolean {
  if (a.value?.code !== undefined && a.value.code === b.value?.code) return true;
  return a.status === b.status && a.text === b.text;
}
