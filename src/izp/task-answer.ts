// The answer to a task the service left about what a patient or representative said or did: agreed, declined, noted. Pure.
import type { Resource, Task } from '@medplum/fhirtypes';
import { hasCode } from './concepts.js';
import { sameContent } from './digest.js';
import { IZP_TASK_OUTCOME, IZP_TASK_SYSTEM } from './izp-codes.js';
import { OPEN_TASK } from './person-tasks.js';

export const TASK_OUTCOMES = ['agreed', 'declined', 'noted'] as const;
export type TaskOutcome = (typeof TASK_OUTCOMES)[number];

export interface TaskAnswer {
  outcome: TaskOutcome;
  /** In words, for who asked; needed when it is declined. */
  text?: string;
  /** `Type/id` of the agreements by which it was taken over; needed when it is agreed. */
  agreements: string[];
  by: { ura?: string; name?: string };
  /** Epoch milliseconds. */
  now: number;
}

/** True for a task that the service left for the keeper of a record. */
export function isServiceTask(resource: Resource): resource is Task {
  return resource.resourceType === 'Task' && (resource.code?.coding ?? []).some(({ system }) => system === IZP_TASK_SYSTEM);
}

/** The task answered; itself when this very answer was given before; undefined when it was answered otherwise, or has ended. */
export function answered(task: Task, answer: TaskAnswer): Task | undefined {
  if (!OPEN_TASK.has(task.status)) return isSameAnswer(task, answer) ? task : undefined;
  const { outcome, text, agreements, by, now } = answer;
  const moment = new Date(now).toISOString();
  return {
    ...task,
    status: outcome === 'declined' ? 'rejected' : 'completed',
    businessStatus: { coding: [{ system: IZP_TASK_OUTCOME, code: outcome }], text: WORDS[outcome] },
    ...(outcome === 'declined' && { statusReason: { text } }),
    lastModified: moment,
    executionPeriod: { ...task.executionPeriod, end: moment },
    ...(text !== undefined && { note: [...(task.note ?? []), { authorString: by.name ?? 'zorgverlener', time: moment, text }] }),
    ...(agreements.length > 0 && { output: outputOf(agreements) }),
  };
}

const WORDS: Record<TaskOutcome, string> = { agreed: 'Overgenomen in een afspraak', declined: 'Niet overgenomen', noted: 'Gelezen' };

const outputOf = (agreements: readonly string[]): Task['output'] =>
  agreements.map((reference) => ({ type: { text: 'Afspraak' }, valueReference: { reference } }));

function isSameAnswer(task: Task, { outcome, text, agreements }: TaskAnswer): boolean {
  const known = task.output?.flatMap(({ valueReference }) => valueReference?.reference ?? []) ?? [];
  return (
    hasCode(task.businessStatus, IZP_TASK_OUTCOME, outcome) &&
    task.note?.at(-1)?.text === text &&
    sameContent({ known: [...known].sort() }, { known: [...agreements].sort() })
  );
}
