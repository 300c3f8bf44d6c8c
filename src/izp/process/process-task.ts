// A Task of the process: made once, ended and opened again by the service where the record says so, otherwise whoever owns it decides.
import type { CodeableConcept, Extension, Reference, Resource, Task } from '@medplum/fhirtypes';
import { dutchDate, intervalOf } from '../../fhir/dates.js';
import { codingsOf, extensionsOf } from '../concepts.js';
import { KEPT_TAG_CODE, KEPT_TAG_SYSTEM } from '../izp-codes.js';
import { OPEN_TASK } from '../person-tasks.js';
import type { RecordEntry } from '../record.js';
import {
  type Ending,
  type EventName,
  IZP_PROCESS_COURSE,
  IZP_PROCESS_EVENT,
  IZP_PROCESS_MEMORY,
  IZP_PROCESS_TASK,
  IZP_STEP_ENDING,
} from './process-codes.js';
import type { Step } from './read-process.js';

/** What the service remembers on a Task (IzpProcessMemory). */
export interface Memory {
  /** Due date as the service set it. */
  due?: string;
  /** Before the service ended it. */
  formerStatus?: string;
  /** Dutch civil day from which its term counts. */
  since?: string;
  /** `Procedure/id` of the newest conversation when it was opened. */
  conversation?: string;
  reviewDate?: string;
  urgency?: string;
  /** `RelatedPerson/id` of who represented the patient. */
  representatives: string[];
}

/** Where a Task belongs: what began its course, its step, and which occasion of a step that comes several times. */
export interface TaskKey {
  /** `Flag/id` of the marking, or COURSE_OF_DEATH, or the one that $apply began. */
  course: string;
  step: string;
  occasion?: string;
}

export interface ProcessTask extends TaskKey {
  entry: RecordEntry;
  task: Task;
  memory: Memory;
}

/** A step that has begun, as it should stand in the record. */
export interface Want extends TaskKey {
  is: Step;
  /** True when the record shows what it asks for. */
  isDone: boolean;
  due?: string;
  because?: { event: EventName; reference?: string };
  memory: Partial<Memory>;
  output?: Task['output'];
}

export const COURSE_OF_DEATH = 'death';
/** Of the marking that $apply asks for. */
export const COURSE_OF_APPLY = 'apply';

/** Stands in no id and no reference. */
const BETWEEN = ':';

export function isOpen({ status }: Task): boolean {
  return OPEN_TASK.has(status);
}

/** The Tasks of the process in a record. */
export function processTasks(entries: readonly RecordEntry[]): ProcessTask[] {
  return entries.flatMap((entry) => {
    const { resource } = entry;
    const key =
      resource.resourceType === 'Task' ? resource.identifier?.find(({ system }) => system === IZP_PROCESS_TASK)?.value : undefined;
    const [, course, step, occasion] = key?.split(BETWEEN) ?? [];
    if (course === undefined || step === undefined || (resource as Task).status === 'entered-in-error') return [];
    return [
      { entry, task: resource as Task, memory: memoryOf(resource as Task), course, step, ...(occasion !== undefined && { occasion }) },
    ];
  });
}

export function sameKey(a: TaskKey, b: TaskKey): boolean {
  return a.course === b.course && a.step === b.step && a.occasion === b.occasion;
}

export interface NewTask {
  id: string;
  patientId: string;
  /** Canonical URL of the process. */
  process: string;
  /** `CarePlan/id`. */
  plan?: string;
  owner?: Reference;
  now: number;
}

export function newTask(want: Want, { id, patientId, process, plan, owner, now }: NewTask): Task {
  const { is, course, occasion, due, because, memory, output } = want;
  const key = [patientId, course, is.id, ...(occasion === undefined ? [] : [occasion])].join(BETWEEN);
  const moment = new Date(now).toISOString();
  return {
    resourceType: 'Task',
    id,
    meta: { tag: [{ system: KEPT_TAG_SYSTEM, code: KEPT_TAG_CODE }] },
    extension: [memoryExtension({ representatives: [], ...memory, due })],
    identifier: [{ system: IZP_PROCESS_TASK, value: key }],
    instantiatesCanonical: process,
    groupIdentifier: { system: IZP_PROCESS_COURSE, value: `${patientId}${BETWEEN}${course}` },
    status: 'requested',
    intent: 'order',
    code: { ...is.code, text: is.code.text ?? is.title },
    ...(is.description !== undefined && { description: is.description }),
    ...(plan !== undefined && { focus: { reference: plan } }),
    for: { reference: `Patient/${patientId}` },
    authoredOn: moment,
    lastModified: moment,
    ...(is.role && { performerType: [is.role] }),
    ...(owner && { owner: owner as Task['owner'] }),
    ...(because && { reasonCode: { coding: [{ system: IZP_PROCESS_EVENT, code: because.event }] } }),
    ...(because?.reference !== undefined && { reasonReference: { reference: because.reference } }),
    ...(due !== undefined && { restriction: { period: { end: due } } }),
    ...(output && { output }),
  };
}

/**
 * The Task brought in line with what is wanted of it. What a care provider ended stays ended, a due date of theirs stays, an owner of
 * theirs too. The same object when nothing changes.
 */
export function broughtInLine(known: ProcessTask, want: Want, { plan, owner, now }: Pick<NewTask, 'plan' | 'owner' | 'now'>): Task {
  const { task } = known;
  const isEnded = !isOpen(task);
  if (isEnded && endingOf(task) === undefined) return withOutput(task, want.output);
  if (want.isDone) return isEnded ? withOutput(task, want.output) : ended(known, 'recorded', now);
  const open = isEnded ? reopened(known) : task;
  const due = open.restriction?.period?.end;
  const isOurs = due === known.memory.due;
  const { formerStatus: _former, ...before } = known.memory;
  const memory = { ...before, ...want.memory, ...(isOurs ? { due: want.due } : {}) };
  const changed: Task = {
    ...withOutput(open, want.output),
    extension: withMemory(open, memory),
    ...(isOurs &&
      want.due !== undefined && { restriction: { ...open.restriction, period: { ...open.restriction?.period, end: want.due } } }),
    ...(open.owner === undefined && owner && { owner: owner as Task['owner'] }),
    ...(plan !== undefined && open.focus?.reference?.startsWith('CarePlan/') && { focus: { ...open.focus, reference: plan } }),
  };
  return JSON.stringify(changed) === JSON.stringify(task) ? task : { ...changed, lastModified: new Date(now).toISOString() };
}

/** The Task ended by the service; the words of whoever gave it its status stay. */
export function ended({ task, memory }: ProcessTask, ending: Ending, now: number): Task {
  const { coding, ...reason } = task.statusReason ?? {};
  return {
    ...task,
    extension: withMemory(task, { ...memory, formerStatus: task.status }),
    status: ending === 'recorded' ? 'completed' : 'cancelled',
    statusReason: { ...reason, coding: [...withoutEnding(coding), { system: IZP_STEP_ENDING, code: ending }] },
    lastModified: new Date(now).toISOString(),
  };
}

function reopened({ task, memory }: ProcessTask): Task {
  const { statusReason, ...rest } = task;
  const coding = withoutEnding(statusReason?.coding);
  const { coding: _all, ...words } = statusReason ?? {};
  const reason: CodeableConcept = coding.length > 0 ? { ...words, coding } : words;
  return {
    ...rest,
    status: (memory.formerStatus as Task['status']) ?? 'requested',
    ...(Object.keys(reason).length > 0 && { statusReason: reason }),
  };
}

const withoutEnding = (coding: CodeableConcept['coding'] = []) => coding.filter(({ system }) => system !== IZP_STEP_ENDING);

/** Why the service ended it; undefined when it is open, or somebody else ended it. */
export function endingOf({ status, statusReason }: Task): Ending | undefined {
  const code = codingsOf(statusReason).find(({ system }) => system === IZP_STEP_ENDING)?.code as Ending | undefined;
  return code !== undefined && status === (code === 'recorded' ? 'completed' : 'cancelled') ? code : undefined;
}

/** Ended by a care provider, who knows what the record does not show. */
export function isEndedByHand({ task }: ProcessTask): boolean {
  return !isOpen(task) && endingOf(task) === undefined;
}

/** The Dutch civil day on which somebody ended it. */
export function endedOn({ task, entry }: ProcessTask): string {
  const end = intervalOf(task.executionPeriod?.end ?? '')?.end;
  return dutchDate(Math.min(end ?? entry.lastUpdated, entry.lastUpdated));
}

/** What the service tells in the output, beside what others wrote there. */
function withOutput(task: Task, output: Task['output']): Task {
  if (output === undefined) return task;
  const ours = new Set(output.map(({ type }) => codingsOf(type)[0]?.code));
  const others = (task.output ?? []).filter(
    ({ type }) => !codingsOf(type).some(({ system, code }) => system === codingsOf(output[0]?.type)[0]?.system && ours.has(code)),
  );
  const all = [...output, ...others];
  return JSON.stringify(all) === JSON.stringify(task.output) ? task : { ...task, output: all };
}

function memoryOf(task: Task): Memory {
  const parts = extensionsOf(task, IZP_PROCESS_MEMORY)[0]?.extension ?? [];
  const part = (name: string) => parts.find(({ url }) => url === name);
  return {
    due: part('due')?.valueDate,
    formerStatus: part('formerStatus')?.valueCode,
    since: part('since')?.valueDate,
    conversation: part('conversation')?.valueString,
    reviewDate: part('reviewDate')?.valueDate,
    urgency: part('urgency')?.valueCode,
    representatives: parts.flatMap(({ url, valueString }) => (url === 'representative' && valueString !== undefined ? [valueString] : [])),
  };
}

function withMemory(task: Task, memory: Memory): Extension[] {
  const extension = memoryExtension(memory);
  const known = extensionsOf(task, IZP_PROCESS_MEMORY).length > 0;
  if (!known) return [...(task.extension ?? []), extension];
  return (task.extension ?? []).map((one) => (one.url === IZP_PROCESS_MEMORY ? extension : one));
}

function memoryExtension({ due, formerStatus, since, conversation, reviewDate, urgency, representatives }: Memory): Extension {
  const date = (url: string, valueDate: string | undefined): Extension[] => (valueDate === undefined ? [] : [{ url, valueDate }]);
  const code = (url: string, valueCode: string | undefined): Extension[] => (valueCode === undefined ? [] : [{ url, valueCode }]);
  const text = (url: string, valueString: string | undefined): Extension[] => (valueString === undefined ? [] : [{ url, valueString }]);
  return {
    url: IZP_PROCESS_MEMORY,
    extension: [
      ...date('due', due),
      ...code('formerStatus', formerStatus),
      ...date('since', since),
      ...text('conversation', conversation),
      ...date('reviewDate', reviewDate),
      ...code('urgency', urgency),
      ...representatives.flatMap((reference) => text('representative', reference)),
    ],
  };
}

/** True for a Task of the process, whatever became of it. */
export function isProcessTask(resource: Resource): boolean {
  return resource.resourceType === 'Task' && resource.identifier?.some(({ system }) => system === IZP_PROCESS_TASK) === true;
}
