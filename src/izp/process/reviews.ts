// When the plan is to be looked at again: by its term, one review after the other, and after each event that may have made it untrue.
import { dutchDate, intervalOf } from '../../fhir/dates.js';
import { codingsOf } from '../concepts.js';
import { addDays, type Course, type Judged } from './facts.js';
import { EVENTS, type EventName, IZP_PROCESS_EVENT } from './process-codes.js';
import { endedOn, endingOf, isEndedByHand, isOpen, type Memory, type ProcessTask, sameKey, type Want } from './process-task.js';
import type { Step } from './read-process.js';

interface InCourse extends Judged {
  course: Course;
}

/** Something happened since the plan was last looked at. */
export interface Occurrence {
  event: EventName;
  /** `Type/id` of what tells it; a view stands in the log alone. */
  reference?: string;
  occasion: string;
}

/** The review by term: the one that is open, or the next. `base` is the day from which the first counts, `term` in days. */
export function regularReview(step: Step, { tasks, facts, course, base, term }: InCourse & { base: string; term?: number }): Want[] {
  const last = lastOf(step, tasks, course);
  const { conversation, reviewDate } = facts;
  const from = latest(base, conversation?.day);
  const known: Partial<Memory> = { reviewDate, urgency: course.urgency, representatives: facts.representatives };
  const want = (number: number, since: string, isDone: boolean, memory: Partial<Memory>): Want => ({
    course: course.key,
    step: step.id,
    occasion: String(number),
    is: step,
    isDone,
    ...(reviewDate !== undefined && reviewDate > since ? { due: reviewDate } : term === undefined ? {} : { due: addDays(since, term) }),
    memory,
  });
  const next = (number: number, since: string) => want(number, since, false, { ...known, since, conversation: conversation?.reference });
  if (last === undefined) return [next(1, from)];
  const number = Number(last.occasion);
  const { memory, task } = last;
  if (isOpen(task) || (endingOf(task) !== undefined && task.status === 'cancelled')) {
    const moved = isMoved(memory, reviewDate);
    if (moved || isTalkedSince(last, conversation))
      return [want(number, from, true, {}), next(number + 1, latest(from, moved ? facts.today : undefined))];
    // Lost with an edit: it counts from here on.
    const since = memory.since ?? from;
    return [want(number, since, false, { ...known, ...(memory.since === undefined && { since, conversation: conversation?.reference }) })];
  }
  if (task.status === 'completed') return [next(number + 1, latest(from, endingOf(task) ? undefined : endedOn(last)))];
  // Somebody decided against this review; the next conversation begins anew.
  return isTalkedSince(last, conversation) ? [next(number + 1, from)] : [];
}

function latest(a: string, b: string | undefined): string {
  return b !== undefined && b > a ? b : a;
}

/** The newest Task of a step that comes again and again. */
function lastOf(step: Step, tasks: readonly ProcessTask[], course: Course): ProcessTask | undefined {
  return tasks
    .filter((task) => task.course === course.key && task.step === step.id && /^\d{1,9}$/.test(task.occasion ?? ''))
    .sort((a, b) => Number(b.occasion) - Number(a.occasion))[0];
}

/** A conversation that was not known when the review was opened, and took place since. */
function isTalkedSince({ memory, entry, task }: ProcessTask, conversation: Judged['facts']['conversation']): boolean {
  if (conversation === undefined || conversation.reference === memory.conversation) return false;
  return conversation.day >= (memory.since ?? (task.authoredOn ?? new Date(entry.lastUpdated).toISOString()).slice(0, 10));
}

/** Who sets a later review date has looked at the plan. */
function isMoved({ reviewDate: before }: Memory, reviewDate: string | undefined): boolean {
  return before !== undefined && reviewDate !== undefined && reviewDate > before;
}

/** What happened since the review by term that is wanted was opened; nothing while none is, and nothing that came with a review. */
export function occurrences({ tasks, facts, course, process, viewed }: InCourse, wants: readonly Want[]): Occurrence[] {
  const regular = process.steps.find(({ known, events }) => known === 'review' && events.length === 0);
  const want = wants.find(({ is, isDone }) => is === regular && !isDone);
  const last = regular && lastOf(regular, tasks, course);
  const known = want === undefined ? last : tasks.find((task) => sameKey(task, want));
  const memory = known?.memory.since === undefined ? want?.memory : known.memory;
  if (memory?.since === undefined) return [];
  const talked = facts.conversation?.day === memory.since ? facts.conversation?.end : undefined;
  const seenUntil = talked ?? intervalOf(memory.since)?.end ?? Number.POSITIVE_INFINITY;
  const found: Occurrence[] = facts.admissions
    .filter(({ start }) => start > seenUntil)
    .map(({ reference }) => ({ event: 'admission', reference, occasion: reference }));
  for (const reference of facts.representatives)
    if (!memory.representatives?.includes(reference)) found.push({ event: 'representative', reference, occasion: reference });
  // While one asks to look because of a view, another view asks for nothing more.
  const isAsked = tasks.some((task) => task.course === course.key && isOpen(task.task) && eventOf(task) === 'emergency-view');
  if (viewed !== undefined && viewed > seenUntil && !isAsked)
    found.push({ event: 'emergency-view', occasion: `emergency-view/${dutchDate(viewed)}` });
  const { flag, urgency } = course;
  if (urgency !== undefined && urgency !== memory.urgency)
    found.push({ event: 'urgency', reference: flag.reference, occasion: `${flag.reference}/${flag.version}` });
  return found;
}

/** The Tasks of a step that events open: those there are, as long as what opened them is so, and one for each event that has none yet. */
export function openedByEvents(step: Step, happened: readonly Occurrence[], { tasks, facts, course, process }: InCourse): Want[] {
  const own = tasks.filter((task) => task.course === course.key && task.step === step.id && task.occasion !== undefined);
  const isReview = (id: string) => process.steps.some((one) => one.id === id && one.known === 'review');
  const byHand = tasks.filter((task) => isReview(task.step) && task.task.status === 'completed' && isEndedByHand(task));
  const due = (since: string) => (step.days === undefined ? {} : { due: addDays(since, step.days) });
  const there = own.flatMap((task): Want[] => {
    const { memory, occasion, entry } = task;
    const event = eventOf(task);
    const reference = task.task.reasonReference?.reference ?? '';
    if (event === 'admission' && !facts.admissions.some((one) => one.reference === reference)) return [];
    if (event === 'representative' && !facts.representatives.includes(reference)) return [];
    const opened = Date.parse(task.task.authoredOn ?? '') || entry.lastUpdated;
    const isSet = memory.reviewDate === undefined && facts.reviewDate !== undefined;
    const isReviewed =
      isSet ||
      isMoved(memory, facts.reviewDate) ||
      isTalkedSince(task, facts.conversation) ||
      byHand.some((one) => one !== task && one.entry.lastUpdated > opened);
    const since = memory.since ?? facts.today;
    return [
      {
        course: course.key,
        step: step.id,
        occasion,
        is: step,
        isDone: step.known === 'review' && isReviewed,
        ...due(since),
        memory: { since },
      },
    ];
  });
  const fresh = happened.filter(({ event, occasion }) => step.events.includes(event) && !own.some((task) => task.occasion === occasion));
  const memory = { since: facts.today, conversation: facts.conversation?.reference, reviewDate: facts.reviewDate };
  return [
    ...there,
    ...fresh.map(
      ({ event, reference, occasion }): Want => ({
        course: course.key,
        step: step.id,
        occasion,
        is: step,
        isDone: false,
        ...due(facts.today),
        because: { event, reference },
        memory,
      }),
    ),
  ];
}

function eventOf({ task }: ProcessTask): EventName | undefined {
  const code = codingsOf(task.reasonCode).find(({ system }) => system === IZP_PROCESS_EVENT)?.code;
  return EVENTS.find((event) => event === code);
}
