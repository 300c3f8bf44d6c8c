// Task/[id]/$answer: the carer who keeps the record answers what a patient or representative said, proposed or withdrew. Once; the
// same answer again changes nothing, another one is refused. Who asked reads the answer in the Task.
import type { Resource } from '@medplum/fhirtypes';
import type { Change } from '../access/draft.js';
import type { Session } from '../access/session.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import { isBsn } from '../fhir/identity.js';
import { isObject, parseJson } from '../fhir/json.js';
import { parseReference, withoutVersion } from '../fhir/references.js';
import type { InteractionContext } from '../interactions/context.js';
import { checkIfMatch } from '../interactions/preconditions.js';
import { writeResponse } from '../interactions/write-response.js';
import { isProposal } from '../izp/proposal.js';
import { answered, isServiceTask, TASK_OUTCOMES, type TaskAnswer, type TaskOutcome } from '../izp/task-answer.js';
import { type Operation, parameterOf, parametersOf, refuseUnknownParameters, textParameter } from './operation.js';

/** Characters of an answer: a paragraph. */
const MAX_CHARACTERS = 2000;

export const answer: Operation = {
  name: 'answer',
  types: ['Task'],
  levels: ['instance'],
  methods: ['POST'],
  refusals: ['business-rule', 'gone', 'precondition-failed'],
  title: 'Answer what a patient or representative said, proposed or withdrew.',
  parameters: [
    {
      name: 'outcome',
      use: 'in',
      type: 'code',
      min: 1,
      max: '1',
      documentation: 'agreed: taken over by an agreement; declined; noted: read, nothing was to be agreed (not of a proposal).',
    },
    {
      name: 'text',
      use: 'in',
      type: 'string',
      min: 0,
      max: '1',
      documentation: 'In words, for who asked. Needed when it is declined.',
    },
    {
      name: 'agreement',
      use: 'in',
      type: 'Reference',
      min: 0,
      max: '*',
      documentation: 'The agreements by which it was taken over, recorded before. Needed when it is agreed.',
    },
    { name: 'return', use: 'out', type: 'Task', min: 1, max: '1', documentation: 'The Task as it is answered.' },
  ],
  affectsState: true,
  run,
};

async function run(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  const id = request.path[1] as string;
  session.require('Task', 'u');
  refuseUnknownParameters(request, ['outcome', 'text', 'agreement']);
  const given = answerIn(request, session);
  await session.read('Task', id);
  const applied = await session.transaction(async (writer) => {
    const reference = `Task/${id}`;
    await writer.claim([{ reference }]);
    const row = (await writer.current([reference])).get(reference);
    const rows = row?.patientId ? await writer.compartment(row.patientId) : [];
    const record = new Map(rows.map((one) => [`${one.type}/${one.id}`, parseJson(one.content) as Resource]));
    const [done] = await writer.apply([change(id, given, record, request)]);
    await writer.finish();
    if (!done) throw new FhirError('internal', '');
    session.noteWrite(done.changed ? 'U' : 'R', reference, done.version, done.patientId);
    return done;
  });
  return writeResponse(context.baseUrl, request, { ...applied, status: 200 });
}

function change(id: string, given: TaskAnswer, record: ReadonlyMap<string, Resource>, request: FhirRequest): Change {
  return {
    method: 'PUT',
    type: 'Task',
    id,
    // The service's own, whoever answers it.
    keepsAuthor: true,
    build(current) {
      if (!current || current.deleted) throw new FhirError('gone', `Task/${id} was deleted: there is nothing to answer.`);
      const ifMatch = request.headers['if-match'];
      if (ifMatch !== undefined) checkIfMatch('Task', current, ifMatch, 'PUT');
      const task = parseJson(current.content) as Resource;
      if (!isServiceTask(task)) throw refusal('This Task is not one that the service left: change it as any other resource.', 'Task.code');
      const done = answered(task, given);
      if (done === undefined) throw refusal('This Task was answered otherwise, or has ended.', 'Task.status');
      if (done !== task) checkAnswer(given, record, withoutVersion(task.focus?.reference ?? ''));
      return done;
    },
  };
}

/** An agreement is one of this record; a proposal is not answered by reading it. */
function checkAnswer({ outcome, agreements }: TaskAnswer, record: ReadonlyMap<string, Resource>, focus: string): void {
  const words = record.get(focus);
  if (outcome === 'noted' && words && isProposal(words))
    throw refusal('A proposal is answered with an agreement, or declined in words.', 'outcome');
  for (const reference of agreements) {
    const found = record.get(reference);
    if (found === undefined || reference === focus || !AGREEMENTS.has(found.resourceType))
      throw refusal(`An agreement is a ${[...AGREEMENTS].join(', ')} in the record of this patient.`, 'agreement');
  }
}

/** What can stand in a plan as agreed. */
const AGREEMENTS: ReadonlySet<string> = new Set([
  'CarePlan',
  'CareTeam',
  'Consent',
  'Goal',
  'MedicationRequest',
  'Observation',
  'QuestionnaireResponse',
  'RelatedPerson',
  'ServiceRequest',
]);

function answerIn(request: FhirRequest, session: Session): TaskAnswer {
  const outcome = textParameter(request, 'outcome');
  if (!TASK_OUTCOMES.includes(outcome as TaskOutcome))
    throw new FhirError('bad-parameter', `outcome is one of ${TASK_OUTCOMES.join(', ')}.`, { expression: 'outcome' });
  const text = parameterOf(request, 'text') === undefined ? undefined : wordsOf(request);
  const agreements = parametersOf(request, 'agreement').map((value) => {
    const reference = parseReference(String(isObject(value) ? value.reference : value));
    if (reference === undefined)
      throw new FhirError('bad-parameter', 'agreement is a reference such as Consent/[id].', { expression: 'agreement' });
    return `${reference.type}/${reference.id}`;
  });
  if (outcome === 'declined' && text === undefined)
    throw new FhirError('bad-parameter', 'text is needed: who asked is told why not.', { expression: 'text' });
  if ((outcome === 'agreed') !== agreements.length > 0)
    throw new FhirError('bad-parameter', 'agreement is needed with outcome agreed, and not otherwise.', { expression: 'agreement' });
  const { organizationUra: ura, organizationName: name } = session.principal;
  return { outcome: outcome as TaskOutcome, text, agreements, by: { ura, name }, now: session.now() };
}

function wordsOf(request: FhirRequest): string {
  const text = textParameter(request, 'text')?.trim() ?? '';
  const holdsBsn = (text.match(/\d{9}/g) ?? []).some(isBsn);
  if (text !== '' && text.length <= MAX_CHARACTERS && !holdsBsn) return text;
  throw new FhirError('bad-parameter', `text is 1 to ${MAX_CHARACTERS} characters, without a BSN.`, { expression: 'text' });
}

function refusal(text: string, expression: string): FhirError {
  return new FhirError('business-rule', text, { expression });
}
