// The Tasks of the process as a record asks for them: made, completed, cancelled and opened again in the transaction that gives rise to it.
// Pure; running it on its own result writes nothing.
import type { Task } from '@medplum/fhirtypes';
import { dutchDate, intervalOf } from '../../fhir/dates.js';
import { copyJson } from '../copy.js';
import { type Death, deathOf } from '../death.js';
import { IZP_URGENCY } from '../izp-codes.js';
import type { PatientRecord } from '../record.js';
import { evaluationOutput } from './evaluation.js';
import { addDays, type Course, courseOf, factsOf, isInHouse, isShown, type Judged } from './facts.js';
import { ownerOf } from './owner.js';
import { type Ending, IZP_PHASE } from './process-codes.js';
import {
  broughtInLine,
  COURSE_OF_APPLY,
  COURSE_OF_DEATH,
  ended,
  endedOn,
  isEndedByHand,
  isOpen,
  newTask,
  type ProcessTask,
  processTasks,
  sameKey,
  type Want,
} from './process-task.js';
import type { Process, Step } from './read-process.js';
import { occurrences, openedByEvents, regularReview } from './reviews.js';

/** Who died longer ago came in with an archive: nobody is asked to bring back the kit. Days. */
const DEATH_IS_PAST_DAYS = 365;

/** The Tasks to write. `record` is as its plan is kept; `viewed` is when urgent care looked (epoch milliseconds), which no resource tells. */
export function keepProcess(record: PatientRecord, process: Process, viewed?: number): Task[] {
  const tasks = processTasks(record.entries);
  const death = deathOf(record);
  const course = courseOf(record, new Set(tasks.map((task) => task.course)));
  if (tasks.length === 0 && !death && !course) return [];
  const judged: Judged = { record, process, facts: factsOf(record), tasks, ...(viewed !== undefined && { viewed }) };
  const wants = death ? wantedAfter(death, judged) : [...wantedOfApply(judged, course), ...(course ? wantedIn(course, judged) : [])];
  const plan = judged.facts.plan && `CarePlan/${judged.facts.plan.id}`;
  const written = wants.flatMap((want): Task[] => {
    const known = tasks.find((task) => sameKey(task, want));
    const owner = ownerOf(want.is.role, record, course?.flag);
    if (known) {
      const task = broughtInLine(known, want, { plan, owner, now: record.now });
      return task === known.task ? [] : [task];
    }
    return want.isDone
      ? []
      : [newTask(want, { id: record.newId(), patientId: record.patientId, process: process.url, plan, owner, now: record.now })];
  });
  const known = new Set(process.steps.map(({ id }) => id));
  const left = tasks.filter((task) => isOpen(task.task) && !wants.some((want) => sameKey(want, task)));
  const withdrawn = left.flatMap((task): Task[] => {
    const ending = endingWithout(task, death, course);
    // What the configuration no longer knows is its owner's to end.
    return ending === 'no-ground' && !known.has(task.step) ? [] : [ended(task, ending, record.now)];
  });
  return [...written, ...withdrawn].map(copyJson);
}

function endingWithout({ course: key }: ProcessTask, death: Death | undefined, course: Course | undefined): Ending {
  if (key === COURSE_OF_DEATH) return death ? 'no-ground' : 'death-retracted';
  if (death) return 'deceased';
  return key === course?.key ? 'no-ground' : 'unmarked';
}

/** The marking that $apply asked for, until there is one. */
function wantedOfApply({ tasks, process }: Judged, course: Course | undefined): Want[] {
  return tasks.flatMap(({ course: key, step, occasion, memory }): Want[] => {
    const is = process.steps.find(({ id }) => id === step);
    return key === COURSE_OF_APPLY && is
      ? [{ course: key, step, occasion, is, isDone: course !== undefined, due: memory.due, memory: {} }]
      : [];
  });
}

/** When a step of a course began and, where it has, ended: Dutch civil days. */
interface Standing {
  begun: string;
  ended?: string;
}

function wantedIn(course: Course, judged: Judged): Want[] {
  const { process, facts } = judged;
  const alive = process.steps.filter((step) => !comesOfDeath(step, process));
  const standing = standings(judged, course.key, alive, course.since);
  const wants = alive.flatMap((step): Want[] => {
    const begun = standing(step)?.begun;
    if (begun === undefined || step.known === 'marking' || step.events.length > 0) return [];
    const term = termOf(step, { urgency: course.urgency, phase: facts.phase });
    if (step.known === 'review') return regularReview(step, { ...judged, course, base: begun, term });
    const isDone = isShown(step.known, judged.record, facts, course.since) === true;
    return [{ course: course.key, step: step.id, is: step, isDone, ...dueIn(begun, term), memory: {} }];
  });
  const happened = occurrences({ ...judged, course }, wants);
  const after = alive.filter(({ events }) => events.length > 0).flatMap((step) => openedByEvents(step, happened, { ...judged, course }));
  return [...wants, ...after, ...alive.flatMap((step) => wantedWhileDying(step, course, judged))];
}

function wantedWhileDying(step: Step, course: Course, { tasks, facts, record }: Judged): Want[] {
  if (!step.events.includes('dying-phase') || facts.phase !== 'dying') return [];
  const key = { course: course.key, step: step.id };
  const since = tasks.find((task) => sameKey(task, key))?.memory.since ?? facts.today;
  const isDone = isShown(step.known, record, facts, course.since) === true;
  return [{ ...key, is: step, isDone, ...dueIn(since, termOf(step, facts)), because: { event: 'dying-phase' }, memory: { since } }];
}

function wantedAfter(death: Death, judged: Judged): Want[] {
  const { process, tasks, facts, record } = judged;
  const day = dayOfDeath(death, facts.today);
  const isPast = addDays(day, DEATH_IS_PAST_DAYS) < facts.today;
  if (facts.plan === undefined || (isPast && !tasks.some(({ course }) => course === COURSE_OF_DEATH))) return [];
  const steps = process.steps.filter((step) => comesOfDeath(step, process));
  const standing = standings(judged, COURSE_OF_DEATH, steps, day);
  return steps.flatMap((step): Want[] => {
    const begun = standing(step)?.begun;
    if (begun === undefined) return [];
    const want = { course: COURSE_OF_DEATH, step: step.id, is: step, ...dueIn(begun, step.days), memory: {} };
    if (step.known === 'kit-return')
      return facts.kits
        .filter((kit) => isInHouse(kit) || tasks.some((task) => sameKey(task, { ...want, occasion: kit.reference })))
        .map((kit) => ({
          ...want,
          occasion: kit.reference,
          isDone: kit.state === 'returned',
          because: { event: 'death' as const, reference: kit.reference },
        }));
    const output = step.known === 'evaluation' ? { output: evaluationOutput(record, death) } : {};
    return [{ ...want, isDone: false, because: { event: 'death' }, ...output }];
  });
}

/** The day itself, or the last day of what is known of it; never one to come. */
function dayOfDeath({ on }: Death, today: string): string {
  const interval = on === undefined ? undefined : intervalOf(on);
  const day = interval ? dutchDate(interval.end) : today;
  return day < today ? day : today;
}

/** True for what a death opens, and for what comes after that. */
function comesOfDeath(step: Step, process: Process): boolean {
  const before = process.steps.find(({ id }) => id === step.after?.id);
  return step.events.includes('death') || (before !== undefined && comesOfDeath(before, process));
}

/** Tells of a step when it began and ended; undefined while it has not begun. */
function standings(
  { record, facts, tasks }: Judged,
  course: string,
  steps: readonly Step[],
  since: string,
): (step: Step) => Standing | undefined {
  const standing = (step: Step): Standing | undefined => {
    const begun = beginning(step);
    if (begun === undefined || step.known === 'marking') return begun === undefined ? undefined : { begun, ended: begun };
    if (isShown(step.known, record, facts, since) === true) return { begun, ended: shownOn(step, begun) };
    const [last] = tasks
      .filter((task) => task.course === course && task.step === step.id && task.task.status === 'completed' && isEndedByHand(task))
      .map(endedOn)
      .sort();
    return last === undefined ? { begun } : { begun, ended: last < begun ? begun : last };
  };
  const beginning = (step: Step): string | undefined => {
    const { after } = step;
    if (after === undefined) return since;
    const before = steps.find(({ id }) => id === after.id);
    const stands = before && standing(before);
    const from = after.of === 'start' ? stands?.begun : stands?.ended;
    return from === undefined ? undefined : addDays(from, after.days);
  };
  const shownOn = (step: Step, begun: string) => {
    const day = step.known === 'conversation' ? facts.conversation?.day : undefined;
    return day !== undefined && day > begun ? day : begun;
  };
  return standing;
}

/** Days within which a step is to be done, by colour or phase where the step says so. */
function termOf({ terms, days }: Step, { urgency, phase }: { urgency?: string; phase?: string }): number | undefined {
  const own = terms.find(({ system, code }) => (system === IZP_URGENCY && code === urgency) || (system === IZP_PHASE && code === phase));
  return own?.days ?? days;
}

function dueIn(day: string, days: number | undefined): { due?: string } {
  return days === undefined ? {} : { due: addDays(day, days) };
}
