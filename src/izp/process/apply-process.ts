// What $apply makes and tells: the Task that asks for the marking, where nothing is marked, and a CarePlan that lists all Tasks. Pure.
import type { CarePlan, Reference, Task } from '@medplum/fhirtypes';
import { dutchDate } from '../../fhir/dates.js';
import { deathOf } from '../death.js';
import { dutchDay } from '../dutch.js';
import { rootPlan } from '../plan.js';
import type { PatientRecord, RecordEntry } from '../record.js';
import { addDays, courseOf } from './facts.js';
import { ownerOf } from './owner.js';
import { COURSE_OF_APPLY, isOpen, newTask, processTasks } from './process-task.js';
import type { Process } from './read-process.js';

export interface Application {
  entries: RecordEntry[];
  patientId: string;
  /** Epoch milliseconds. */
  now: number;
  newId(): string;
  process: Process;
  owner?: Reference;
}

/** The Task that asks for the marking; undefined where the patient is marked, has died, is asked about already, or the process has no such step. */
export function appliedMarking({ entries, patientId, now, newId, process, owner }: Application): (Task & { id: string }) | undefined {
  const is = process.steps.find(({ known }) => known === 'marking');
  const asked = processTasks(entries).filter(({ course }) => course === COURSE_OF_APPLY);
  const patient = entries.find(({ reference }) => reference === `Patient/${patientId}`)?.resource as PatientRecord['patient'];
  const record: PatientRecord = { entries, patientId, patient, now, newId, directory: new Map(), written: new Set() };
  if (!is || deathOf(record) || courseOf(record, new Set()) || asked.some(({ task }) => isOpen(task))) return undefined;
  const day = dutchDate(now);
  const due = is.days === undefined ? {} : { due: addDays(day, is.days) };
  const want = {
    course: COURSE_OF_APPLY,
    step: is.id,
    occasion: String(asked.length + 1),
    is,
    isDone: false,
    ...due,
    memory: { since: day },
  };
  const id = newId();
  const plan = rootPlan(record)?.reference;
  return { ...newTask(want, { id, patientId, process: process.url, plan, owner: owner ?? ownerOf(is.role, record, undefined), now }), id };
}

/** Not to be stored: the patient's plan is another one. In order of their opening. */
export function appliedPlan(
  entries: readonly RecordEntry[],
  { patientId, process, now }: Pick<Application, 'patientId' | 'process' | 'now'>,
): CarePlan {
  const tasks = processTasks(entries).map(({ task }) => task);
  const inOrder = tasks.sort((a, b) => ((a.authoredOn ?? '') < (b.authoredOn ?? '') ? -1 : 1));
  return {
    resourceType: 'CarePlan',
    instantiatesCanonical: [process.url],
    status: 'active',
    intent: 'order',
    ...(process.definition.title !== undefined && { title: process.definition.title }),
    subject: { reference: `Patient/${patientId}` },
    created: new Date(now).toISOString(),
    ...(inOrder.length > 0 && {
      activity: inOrder.map((task) => ({ reference: { reference: `Task/${task.id}`, type: 'Task', display: wordsOf(task) } })),
    }),
  };
}

function wordsOf({ code, restriction }: Task): string {
  const due = restriction?.period?.end;
  return `${code?.text ?? 'Stap'}${due === undefined ? '' : `, voor ${dutchDay(due)}`}`;
}
