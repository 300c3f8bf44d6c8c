// Patient/[id]/$mark: the palliative phase is marked, marked anew, or the marking ended. One active marking per patient.
import type { Flag, Resource } from '@medplum/fhirtypes';
import type { Session } from '../access/session.js';
import { intervalOf } from '../fhir/dates.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import { parseJson } from '../fhir/json.js';
import type { InteractionContext } from '../interactions/context.js';
import type { WriteResult } from '../interactions/write-entry.js';
import { writeResponse } from '../interactions/write-response.js';
import { writeAll } from '../interactions/write-set.js';
import { ANSWERS, COLOURS, INSTRUMENTS, marked, unmarked } from '../izp/marking.js';
import { isMarking } from '../izp/parts.js';
import { type Operation, parameterOf, parametersOf, refuseUnknownParameters, textParameter } from './operation.js';

const NAMES = ['instrument', 'answer', 'date', 'by', 'readyToTalk', 'urgency', 'end', 'reason'];
const MAX_CHARACTERS = 300;
const text = (name: string, type: string, documentation: string, max = '1') => ({
  name,
  use: 'in' as const,
  type,
  min: 0,
  max,
  documentation,
});

export const mark: Operation = {
  name: 'mark',
  types: ['Patient'],
  levels: ['instance'],
  methods: ['POST'],
  refusals: ['business-rule', 'gone'],
  title: 'Mark the palliative phase, mark it anew, or end the marking.',
  parameters: [
    text('instrument', 'code', `To mark: ${INSTRUMENTS.join(', ')}.`),
    text('answer', 'code', `To mark: ${ANSWERS.join(', ')}. The double surprise question has two.`, '2'),
    text('date', 'date', 'When it was found; not in the future.'),
    text('by', 'string', 'Who marked, or ended it, in words.'),
    text('readyToTalk', 'boolean', 'Whether the patient is ready for the conversation; left out: as it was.'),
    text('urgency', 'code', `${COLOURS.join(', ')}; left out: as it was.`),
    text('end', 'date', 'To end the marking: from which day. With reason, and without instrument and answer.'),
    text('reason', 'string', 'Why the marking ends.'),
    { name: 'return', use: 'out', type: 'Flag', min: 1, max: '1', documentation: 'The marking as it is stored.' },
  ],
  affectsState: true,
  run,
};

async function run(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  for (const action of ['c', 'u'] as const) session.require('Flag', action);
  refuseUnknownParameters(request, NAMES);
  const patientId = request.path[1] as string;
  const next = nextOf(session, request, patientId);
  await session.read('Patient', patientId);
  const result = await session.transaction(async (writer) => {
    // Two who mark at once end in one marking.
    await writer.lock([`mark:${patientId}`]);
    const flags = (await session.judgedBy('Flag', [patientId])).map(({ content }) => parseJson(content) as Resource);
    const known = flags.find((flag): flag is Flag => isMarking(flag) && (flag as Flag).status === 'active');
    const resource = next(known);
    const entry = known ? { verb: 'update' as const, id: known.id as string } : { verb: 'create' as const };
    return (await writeAll(context, session, [{ ...entry, type: 'Flag', resource, at: '' }])).results[0] as WriteResult;
  });
  return writeResponse(context.baseUrl, request, { ...result, status: 200 });
}

/** What becomes of the marking there is, or is not. Throws 'bad-parameter' before anything is read. */
function nextOf(session: Session, request: FhirRequest, patientId: string): (known: Flag | undefined) => Flag {
  if (parameterOf(request, 'end') !== undefined) {
    const [end, reason] = [dayOf(session, request, 'end'), wordsOf(request, 'reason')];
    return (known) => {
      if (known) return unmarked(known, end, reason);
      throw new FhirError('business-rule', 'This patient has no active marking to end.', { expression: 'end' });
    };
  }
  const answers = parametersOf(request, 'answer').map((answer) => oneOf(answer, 'answer', ANSWERS));
  if (answers.length === 0 || answers.length > 2)
    throw new FhirError('bad-parameter', 'One answer is needed, or two.', { expression: 'answer' });
  const ready = parameterOf(request, 'readyToTalk');
  if (ready !== undefined && typeof ready !== 'boolean' && ready !== 'true' && ready !== 'false')
    throw new FhirError('bad-parameter', 'readyToTalk is true or false.', { expression: 'readyToTalk' });
  const urgency = parameterOf(request, 'urgency');
  const marking = {
    instrument: oneOf(parameterOf(request, 'instrument'), 'instrument', INSTRUMENTS),
    answers,
    date: dayOf(session, request, 'date'),
    by: wordsOf(request, 'by'),
    ura: session.principal.organizationUra,
    ...(ready === undefined ? {} : { readyToTalk: String(ready) === 'true' }),
    ...(urgency === undefined ? {} : { urgency: oneOf(urgency, 'urgency', COLOURS) }),
  };
  return (known) => marked(patientId, known, marking);
}

function oneOf(value: unknown, name: string, codes: readonly string[]): string {
  if (typeof value === 'string' && codes.includes(value)) return value;
  throw new FhirError('bad-parameter', `${name} is one of ${codes.join(', ')}.`, { expression: name });
}

function dayOf(session: Session, request: FhirRequest, name: string): string {
  const day = textParameter(request, name) ?? '';
  const interval = /^\d{4}-\d\d-\d\d$/.test(day) ? intervalOf(day) : undefined;
  if (interval && interval.start <= session.now()) return day;
  throw new FhirError('bad-parameter', `${name} is needed: a day such as 2026-03-01, not in the future.`, { expression: name });
}

function wordsOf(request: FhirRequest, name: string): string {
  const words = textParameter(request, name)?.trim() ?? '';
  if (words !== '' && words.length <= MAX_CHARACTERS) return words;
  throw new FhirError('bad-parameter', `${name} is needed: 1 to ${MAX_CHARACTERS} characters.`, { expression: name });
}
