// What the record says of a patient's course: the marking, the newest conversation, what each step asks for. Pure.
import type { CarePlan, CareTeam, Consent, Encounter, Flag, Procedure, RelatedPerson, SupplyDelivery } from '@medplum/fhirtypes';
import { dutchDate, intervalOf } from '../../fhir/dates.js';
import * as codes from '../codes.js';
import { codingsOf, extensionsOf, hasCode, hasSnomed } from '../concepts.js';
import { directiveKind } from '../directive.js';
import * as izp from '../izp-codes.js';
import { acpConversations, isKit, isMarking } from '../parts.js';
import { isRunning } from '../people.js';
import { rootPlan } from '../plan.js';
import { CURRENT_GOAL } from '../preferred-place.js';
import type { PatientRecord, RecordEntry } from '../record.js';
import { withdrawalOf } from '../withdrawal.js';
import { CENTRAL_CARE_PROVIDER, IZP_PHASE } from './process-codes.js';
import type { ProcessTask } from './process-task.js';
import type { Process } from './read-process.js';

export interface Conversation {
  reference: string;
  /** Dutch civil day. */
  day: string;
  /** Epoch milliseconds of its end, the last of its day where only that is known. */
  end: number;
}

export interface Facts {
  today: string;
  plan?: CarePlan;
  conversation?: Conversation;
  reviewDate?: string;
  phase?: string;
  representatives: string[];
  /** `Encounter/id`, with when it began. */
  admissions: { reference: string; start: number }[];
  kits: { reference: string; state: string }[];
}

/** What the steps of a record are judged by. */
export interface Judged {
  record: PatientRecord;
  process: Process;
  facts: Facts;
  tasks: ProcessTask[];
  /** When urgent care last looked at the card or summary, epoch milliseconds; where that is being asked about. */
  viewed?: number;
}

export function factsOf(record: PatientRecord): Facts {
  const plan = rootPlan(record)?.resource as CarePlan | undefined;
  return {
    today: dutchDate(record.now),
    plan,
    conversation: newestConversation(record),
    reviewDate: plan && extensionsOf(plan, izp.IZP_REVIEW_DATE)[0]?.valueDate,
    phase:
      plan && codingsOf(extensionsOf(plan, izp.IZP_PLAN_PHASE)[0]?.valueCodeableConcept).find(({ system }) => system === IZP_PHASE)?.code,
    representatives: record.entries
      .flatMap(({ resource, reference }) => (represents(resource as RelatedPerson, record.now) ? [reference] : []))
      .sort(),
    admissions: admissionsOf(record),
    kits: record.entries.flatMap(({ resource, reference }) =>
      isKit(resource) && (resource as SupplyDelivery).status !== 'entered-in-error'
        ? [{ reference, state: kitState(resource as SupplyDelivery) }]
        : [],
    ),
  };
}

function newestConversation({ entries, now }: PatientRecord): Conversation | undefined {
  const all = entries.flatMap(({ resource, reference }): Conversation[] => {
    if (resource.resourceType !== 'Procedure' || resource.status !== 'completed' || !hasSnomed(resource.code, codes.ACP_PROCEDURE))
      return [];
    const on = when(resource);
    return on && on.start <= now ? [{ reference, day: dutchDate(on.start), end: on.end }] : [];
  });
  return all.sort((a, b) => b.end - a.end || (a.reference < b.reference ? -1 : 1))[0];
}

function when({ performedDateTime, performedPeriod }: Procedure) {
  const text = performedDateTime ?? performedPeriod?.start;
  return text === undefined ? undefined : intervalOf(text);
}

function represents(person: RelatedPerson, now: number): boolean {
  if (person.resourceType !== 'RelatedPerson' || person.active === false || !isRunning(person.period, now)) return false;
  const byLaw = [...codes.STATUTORY_REPRESENTATIVES].some((code) => hasCode(person.relationship, codes.CONTACT_ROLE, code));
  return byLaw || hasSnomed(person.relationship, codes.WRITTEN_REPRESENTATIVE);
}

/** Encounter.class: admitted, or seen in an emergency. */
const ADMITTED: ReadonlySet<string> = new Set(['IMP', 'ACUTE', 'NONAC', 'SS', 'OBSENC', 'EMER']);
const TOOK_PLACE: ReadonlySet<string> = new Set(['arrived', 'triaged', 'in-progress', 'onleave', 'finished']);

function admissionsOf(record: PatientRecord): Facts['admissions'] {
  const conversations = acpConversations(record);
  return record.entries.flatMap(({ resource, reference, lastUpdated }) => {
    const { resourceType, class: kind, status, period } = resource as Encounter;
    if (resourceType !== 'Encounter' || !ADMITTED.has(kind?.code ?? '') || !TOOK_PLACE.has(status) || conversations.has(reference))
      return [];
    return [{ reference, start: intervalOf(period?.start ?? '')?.start ?? lastUpdated }];
  });
}

function kitState(kit: SupplyDelivery): string {
  return codingsOf(extensionsOf(kit, izp.IZP_KIT_STATE)[0]?.valueCodeableConcept)[0]?.code ?? '';
}

/** In the house, sealed or not. */
export function isInHouse({ state }: Facts['kits'][number]): boolean {
  return state === 'placed' || state === 'opened';
}

/** A conversation of at most so many days before the marking is the one the marking asks for. */
const CONVERSATION_COUNTS_DAYS = 365;

/** Whether the record shows what a step asks for, in a course that began on the day `since`. Undefined for a step that only its owner ends. */
export function isShown(step: string | undefined, record: PatientRecord, facts: Facts, since: string): boolean | undefined {
  switch (step) {
    case 'conversation':
      return facts.conversation !== undefined && facts.conversation.day >= addDays(since, -CONVERSATION_COUNTS_DAYS);
    case 'plan':
      return record.entries.some((entry) => isAgreement(entry) || isTakenBackAfter(entry, facts.conversation?.day ?? since));
    case 'share':
      return record.entries.some(
        ({ resource }) =>
          resource.resourceType === 'Consent' &&
          resource.status === 'active' &&
          hasCode(resource.scope, codes.CONSENT_SCOPE, 'patient-privacy'),
      );
    case 'coordinate':
      return record.entries.some(({ resource }) => hasCentralCareProvider(resource as CareTeam, record.now));
    case 'dying-phase':
      return facts.kits.some(isInHouse);
    default:
      return undefined;
  }
}

function isAgreement({ resource }: RecordEntry): boolean {
  if (resource.resourceType === 'Goal') return CURRENT_GOAL.has(resource.lifecycleStatus);
  return resource.resourceType === 'Consent' && resource.status === 'active' && directiveKind(resource as Consent) !== undefined;
}

/** A plan that the patient took back since the conversation: nobody is asked to write it down again. */
function isTakenBackAfter({ resource }: RecordEntry, day: string): boolean {
  if (resource.resourceType !== 'CarePlan') return false;
  const interval = intervalOf(withdrawalOf(resource)?.when ?? '');
  return interval !== undefined && dutchDate(interval.end) >= day;
}

function hasCentralCareProvider(team: CareTeam, now: number): boolean {
  if (team.resourceType !== 'CareTeam' || team.status !== 'active') return false;
  return (team.participant ?? []).some(
    ({ role, member, period }) =>
      member !== undefined && hasCode(role, izp.IZP_CARE_TEAM_ROLE, CENTRAL_CARE_PROVIDER) && isRunning(period, now),
  );
}

/** What a marking began and has not ended: all markings that follow each other without a gap are one. */
export interface Course {
  /** `Flag/id` under which its Tasks stand. */
  key: string;
  /** Dutch civil day of the first marking. */
  since: string;
  /** The active marking. */
  flag: RecordEntry;
  urgency?: string;
}

/** The course that is running; undefined when nothing is marked. `known` are the courses that have Tasks. */
export function courseOf({ entries, now }: PatientRecord, known: ReadonlySet<string>): Course | undefined {
  const markings = entries.flatMap((entry) => {
    const { status, period } = entry.resource as Flag;
    if (!isMarking(entry.resource) || (status !== 'active' && status !== 'inactive')) return [];
    const since = intervalOf(period?.start ?? '')?.start;
    const end = status === 'active' ? Number.POSITIVE_INFINITY : (intervalOf(period?.end ?? '')?.end ?? entry.lastUpdated);
    return [{ entry, since: since === undefined ? dutchDate(entry.lastUpdated) : dutchDate(Math.min(since, now)), end }];
  });
  const inOrder = markings.sort((a, b) =>
    a.since < b.since ? -1 : a.since > b.since ? 1 : a.entry.reference < b.entry.reference ? -1 : 1,
  );
  const active = inOrder.filter(({ end }) => end === Number.POSITIVE_INFINITY);
  const [first] = active;
  if (first === undefined) return undefined;
  let chain = active;
  let from = first.since;
  for (let earlier = ''; earlier !== from; ) {
    earlier = from;
    chain = inOrder.filter((one) => one.end === Number.POSITIVE_INFINITY || dutchDate(one.end) >= earlier);
    from = (chain[0] as (typeof chain)[number]).since;
  }
  const [key] = [...chain.filter(({ entry }) => known.has(entry.reference)), ...chain] as [(typeof chain)[number]];
  const flag = (active.at(-1) ?? first).entry;
  return { key: key.entry.reference, since: from, flag, ...urgencyOf(active.map(({ entry }) => entry.resource as Flag)) };
}

const COLOURS = ['red', 'orange', 'yellow', 'green'];

/** The most urgent colour of the active markings. */
function urgencyOf(flags: Flag[]): { urgency?: string } {
  const found = flags.flatMap((flag) =>
    codingsOf(extensionsOf(flag, izp.IZP_URGENCY_COLOUR)[0]?.valueCodeableConcept).map(({ code = '' }) => code),
  );
  const urgency = COLOURS.find((colour) => found.includes(colour)) ?? found[0];
  return urgency === undefined ? {} : { urgency };
}

/** A Dutch civil day, so many days later; what is no day, as an edit may leave it, stays as it is. */
export function addDays(day: string, days: number): string {
  const [year = Number.NaN, month = 1, date = 1] = day.split('-').map(Number);
  const moment = new Date(Date.UTC(year, month - 1, date + days));
  return Number.isNaN(moment.getTime()) ? day : moment.toISOString().slice(0, 10);
}
