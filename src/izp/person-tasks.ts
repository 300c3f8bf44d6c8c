// The tasks that tell the keeper of a record what a patient or representative did in it: said, proposed, withdrew. Pure.
import type { Patient, Task } from '@medplum/fhirtypes';
import { withoutVersion } from '../fhir/references.js';
import { hasCode } from './concepts.js';
import { copyJson } from './copy.js';
import { IZP_REVIEW_PROPOSAL, IZP_REVIEW_WITHDRAWAL, IZP_TASK_SYSTEM } from './izp-codes.js';
import { nameOf, relationshipWords } from './people.js';
import { aboutOf, isOwnWords, isProposal, isTakenBack, type OwnWords } from './proposal.js';
import type { PatientRecord, RecordEntry } from './record.js';
import { type Withdrawal, withdrawnBy } from './withdrawal.js';

/** In which a task still asks something of somebody. */
export const OPEN_TASK: ReadonlySet<string> = new Set(['draft', 'requested', 'received', 'accepted', 'ready', 'in-progress', 'on-hold']);

/** A patient or representative, with the name and role they are told of by. */
export type Named = NonNullable<Withdrawal['by']>;

/** Who a person of the record is, as they are told of: their reference, with name and role in Dutch. */
export function personNamed(person: string, entries: readonly Pick<RecordEntry, 'resource' | 'reference'>[]): Named {
  const found = entries.find(({ reference }) => reference === person)?.resource;
  if (found?.resourceType === 'RelatedPerson') {
    const said = [nameOf(found.name), relationshipWords(found)].filter(Boolean).join(', ');
    return { reference: person, display: said || 'vertegenwoordiger' };
  }
  return { reference: person, display: person.startsWith('Patient/') ? 'de patiënt' : 'vertegenwoordiger' };
}

/**
 * Tasks to write for what persons wrote in the running transaction: one for each statement that no open task asks to look at, one for
 * each withdrawal, one for all that goes with a plan. An open task about words that are gone, or taken back, ends.
 */
export function personTasks(record: PatientRecord): Task[] {
  const tasks = record.entries.flatMap(({ resource }) => (resource.resourceType === 'Task' ? [resource] : []));
  const about = (code: string, reference: string) =>
    tasks.filter((task) => hasCode(task.code, IZP_TASK_SYSTEM, code) && withoutVersion(task.focus?.reference ?? '') === reference);
  const isOpen = ({ status }: Task) => OPEN_TASK.has(status);
  const said = new Map(record.entries.flatMap((entry) => (isOwnWords(entry) ? [[entry.reference, entry] as const] : [])));
  const made = record.entries
    .filter((entry) => record.written.has(entry.reference))
    .flatMap((entry): Task[] => {
      const { reference, person } = entry;
      if (!said.has(reference) || person === undefined || isTakenBack(entry.resource as OwnWords)) return [];
      return about(IZP_REVIEW_PROPOSAL, reference).some(isOpen) ? [] : [proposalTask(record, entry.resource as OwnWords, person)];
    });
  const ended = tasks
    .filter((task) => isOpen(task) && hasCode(task.code, IZP_TASK_SYSTEM, IZP_REVIEW_PROPOSAL))
    .filter(({ focus }) => {
      const words = said.get(withoutVersion(focus?.reference ?? ''))?.resource as OwnWords | undefined;
      return words === undefined || isTakenBack(words);
    })
    .map((task): Task => ({ ...task, status: 'cancelled', statusReason: { text: 'Ingetrokken door wie het schreef' } }));
  const withdrawn = withdrawals(record).filter(({ reference }) => about(IZP_REVIEW_WITHDRAWAL, reference).length === 0);
  return [...made, ...ended, ...withdrawn.map((entry) => withdrawalTask(record, entry))].map(copyJson);
}

/** What persons withdrew in this transaction: the plan, or each agreement that went by itself. */
function withdrawals(record: PatientRecord): RecordEntry[] {
  const all = record.entries.filter(({ reference, resource }) => record.written.has(reference) && withdrawnBy(resource) !== undefined);
  const plans = all.filter(({ resource }) => resource.resourceType === 'CarePlan');
  return plans.length > 0 ? plans : all;
}

function proposalTask(record: PatientRecord, words: OwnWords, person: string): Task {
  const requester = personNamed(person, record.entries);
  const [about] = aboutOf(words);
  const text = isProposal(words) ? 'Voorstel beoordelen' : 'Eigen woorden lezen';
  return {
    ...frame(record, IZP_REVIEW_PROPOSAL, text),
    intent: 'proposal',
    description: isProposal(words)
      ? `Voorstel van ${requester.display}. Neem het over met een afspraak, of wijs het af met uitleg.`
      : `Eigen woorden van ${requester.display}, naast de afspraken. Lees ze en bespreek wat ze betekenen.`,
    focus: { reference: `${words.resourceType}/${words.id}` },
    requester,
    ...(about && { reasonReference: about }),
  };
}

function withdrawalTask(record: PatientRecord, { resource, reference }: RecordEntry): Task {
  const requester = withdrawnBy(resource) as Named;
  const what = resource.resourceType === 'CarePlan' ? 'Het zorgplan is' : 'Een afspraak is';
  return {
    ...frame(record, IZP_REVIEW_WITHDRAWAL, 'Intrekking bespreken'),
    intent: 'order',
    priority: 'urgent',
    description: `${what} ingetrokken door ${requester.display}. Bespreek wat er nu geldt en leg nieuwe afspraken vast.`,
    focus: { reference },
    requester,
  };
}

/** For whom the patient names as their GP, where the Patient does. */
function frame({ patientId, patient, now, newId }: PatientRecord, code: string, text: string): Omit<Task, 'intent'> {
  const [owner] = (patient as Patient | undefined)?.generalPractitioner ?? [];
  return {
    resourceType: 'Task',
    id: newId(),
    status: 'requested',
    code: { coding: [{ system: IZP_TASK_SYSTEM, code }], text },
    for: { reference: `Patient/${patientId}` },
    authoredOn: new Date(now).toISOString(),
    ...(owner && { owner }),
  };
}
