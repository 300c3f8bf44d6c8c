// $withdraw: an agreement, or the whole plan, is taken back. In one transaction, so that from its commit on nobody is told it any more;
// who did it, when and why stays with it, and the history keeps what it said. Patients do it by a token of their own, and
// representatives while it is recorded that the patient cannot decide; the carer who keeps the record is told by a Task.
import type { Resource } from '@medplum/fhirtypes';
import { personOf } from '../access/decide.js';
import type { Applied, Change } from '../access/draft.js';
import type { Session } from '../access/session.js';
import { intervalOf } from '../fhir/dates.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import { isBsn } from '../fhir/identity.js';
import { parseJson } from '../fhir/json.js';
import { patientOf } from '../fhir/resource-types.js';
import type { InteractionContext } from '../interactions/context.js';
import { checkIfMatch } from '../interactions/preconditions.js';
import { writeResponse } from '../interactions/write-response.js';
import { agreedOn } from '../izp/directive.js';
import { personNamed } from '../izp/person-tasks.js';
import { isIzpCarePlan } from '../izp/plan.js';
import { type Withdrawal, withdrawalOf, withdrawn } from '../izp/withdrawal.js';
import { withdrawnWithPlan } from '../izp/withdrawn-plan.js';
import { type Operation, parameterOf, refuseUnknownParameters, textParameter } from './operation.js';

/** Characters of who and reason: a sentence or a few. */
const MAX_CHARACTERS = 1000;
/** What a withdrawn plan takes with it. */
const PLAN_TYPES = ['Consent', 'Goal', 'Observation', 'ServiceRequest', 'MedicationRequest'];

export const withdraw: Operation = {
  name: 'withdraw',
  types: ['Consent', 'CarePlan'],
  levels: ['instance'],
  methods: ['POST'],
  refusals: ['business-rule', 'gone', 'precondition-failed'],
  title: 'Take an agreement back, or the plan with all that was agreed in it.',
  parameters: [
    {
      name: 'who',
      use: 'in',
      type: 'string',
      min: 0,
      max: '1',
      documentation:
        'Who withdraws it, in words: the patient, the daughter. Needed but of a token of the patient or a representative: then the token says who it is.',
    },
    {
      name: 'when',
      use: 'in',
      type: 'dateTime',
      min: 0,
      max: '1',
      documentation: 'When that was said; now when left out. Not in the future.',
    },
    { name: 'reason', use: 'in', type: 'string', min: 1, max: '1', documentation: 'Why.' },
    {
      name: 'represented',
      use: 'in',
      type: 'boolean',
      min: 0,
      max: '1',
      documentation: 'True when somebody does it in the patient’s place. When left out: false, or as the token of a person says.',
    },
    { name: 'return', use: 'out', type: 'Resource', min: 1, max: '1', documentation: 'The agreement, or the plan, as it is withdrawn.' },
  ],
  affectsState: true,
  run,
};

async function run(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  const [type, id] = request.path as [string, string];
  // Whoever decides about a plan of their own decides about all that was agreed in it.
  const isOwn = session.principal.patientId !== undefined;
  for (const one of type === 'CarePlan' && !isOwn ? [type, ...PLAN_TYPES] : [type]) session.require(one, 'u');
  refuseUnknownParameters(request, ['who', 'when', 'reason', 'represented']);
  const withdrawalBy = withdrawalIn(request, session);
  // What is not there, or not the caller's to see, is 404; who sees it and may not write it is refused by the writer.
  const { content } = await session.read(type, id);
  const asked = parseJson(content) as Resource;
  if (isOwn && type === 'CarePlan' && !isIzpCarePlan(asked) && withdrawalOf(asked) === undefined)
    throw new FhirError('business-rule', 'This is not the individual care plan: ask the carer who made it.', { expression: type });
  const applied = await session.transaction(async (writer) => {
    const reference = `${type}/${id}`;
    await writer.claim([{ reference }]);
    const patientId = patientOf(asked);
    const isPlan = isIzpCarePlan(asked) && patientId !== undefined;
    const rows = (isPlan || isOwn) && patientId !== undefined ? await writer.compartment(patientId) : [];
    const entries = rows.map((row) => ({ resource: parseJson(row.content) as Resource, reference: `${row.type}/${row.id}` }));
    const withdrawal = withdrawalBy(entries);
    const changes = [reference, ...(isPlan ? withdrawnWithPlan(entries) : [])].map((one) =>
      change(one, withdrawal, one === reference ? request : undefined),
    );
    const done = await writer.apply(changes);
    await writer.finish();
    for (const one of done)
      session.noteWrite(
        one.changed ? 'U' : 'R',
        `${one.type}/${one.id}`,
        writer.keptVersion(`${one.type}/${one.id}`)?.version ?? one.version,
        one.patientId,
      );
    return { ...(done[0] as Applied), ...writer.keptVersion(reference) };
  });
  return writeResponse(context.baseUrl, request, { ...applied, status: 200 });
}

/** `request` of the resource that was asked for: its If-Match counts, and it is told why it cannot be withdrawn. */
function change(reference: string, withdrawal: Withdrawal, request: FhirRequest | undefined): Change {
  const [type, id] = reference.split('/') as [string, string];
  return {
    method: 'PUT',
    type,
    id,
    act: 'withdraw',
    keepsAuthor: true,
    build(current) {
      if (!current || current.deleted) throw new FhirError('gone', `${reference} was deleted: there is nothing to withdraw.`);
      const ifMatch = request?.headers['if-match'];
      if (ifMatch !== undefined) checkIfMatch(type, current, ifMatch, 'PUT');
      const resource = parseJson(current.content) as Resource;
      const recorder = current.authorUra ? { ura: current.authorUra, name: current.authorName ?? '' } : undefined;
      const result = withdrawn(resource, withdrawal, recorder);
      if (request === undefined) return result ?? resource;
      if (result === undefined)
        throw new FhirError('business-rule', `This ${type} is not in force: there is nothing to withdraw.`, { expression: type });
      if (result !== resource) refuseEarlier(resource, withdrawal);
      return result;
    },
  };
}

/** A withdrawal that was said before the agreement was made is about another one. */
function refuseEarlier(resource: Resource, { when }: Withdrawal): void {
  const agreed = resource.resourceType === 'Consent' ? agreedOn(resource, Number.POSITIVE_INFINITY) : undefined;
  const said = intervalOf(when);
  if (agreed && said && said.end < agreed.start)
    throw new FhirError('business-rule', 'This agreement was made after the moment of the withdrawal: it is about an earlier one.', {
      expression: 'when',
    });
}

/** The withdrawal as it is asked; who a person is who asks it, is known from the record. */
function withdrawalIn(request: FhirRequest, session: Session): (entries: readonly Known[]) => Withdrawal {
  const now = session.now();
  const when = textParameter(request, 'when') ?? new Date(now).toISOString();
  const interval = intervalOf(when);
  if (!interval || interval.start > now)
    throw new FhirError('bad-parameter', 'when is a date or date and time that is not in the future.', { expression: 'when' });
  const said = { when, reason: wordsOf(request, 'reason') };
  if (session.principal.patientId === undefined) {
    const plain = { ...said, who: wordsOf(request, 'who'), represented: isRepresented(request) ?? false };
    return () => plain;
  }
  const person = personOf(session.principal);
  const isRepresentative = !person.startsWith('Patient/');
  const who = parameterOf(request, 'who') === undefined ? undefined : wordsOf(request, 'who');
  if ((isRepresented(request) ?? isRepresentative) !== isRepresentative)
    throw new FhirError('bad-parameter', 'The token says whether somebody does this in the patient’s place: leave represented out.', {
      expression: 'represented',
    });
  return (entries) => {
    const by = personNamed(person, entries);
    return { ...said, who: who ?? by.display, represented: isRepresentative, by };
  };
}

type Known = Parameters<typeof personNamed>[1][number];

function isRepresented(request: FhirRequest): boolean | undefined {
  const given: unknown = parameterOf(request, 'represented');
  if (given === undefined) return undefined;
  if (given === true || given === 'true') return true;
  if (given === false || given === 'false') return false;
  throw new FhirError('bad-parameter', 'represented is true or false.', { expression: 'represented' });
}

function wordsOf(request: FhirRequest, name: string): string {
  const text = textParameter(request, name)?.trim() ?? '';
  const holdsBsn = (text.match(/\d{9}/g) ?? []).some(isBsn);
  if (text === '' || text.length > MAX_CHARACTERS || holdsBsn)
    throw new FhirError('bad-parameter', `${name} is needed: 1 to ${MAX_CHARACTERS} characters, without a BSN.`, { expression: name });
  return text;
}
