// GET /v1/marked: the organisation's marked patients, who waits longest, and for what.
// GET /v1/conflicts: its patients with agreements of different sources that contradict each other.
import type { Flag, Observation, Patient, Procedure, Task } from '@medplum/fhirtypes';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type DoorDeps, Session } from '../access/session.js';
import { type MarkedFilter, type MarkedPosition, type MarkedRow, readConflicts, readMarked } from '../access/worklist.js';
import { asFhirError, FhirError } from '../fhir/errors.js';
import type { InteractionContext } from '../interactions/context.js';
import type { EmergencyCard } from '../izp/card.js';
import { COLOURS } from '../izp/marking.js';
import { type MarkedPatient, markedPatient, type PatientInConflict, patientInConflict, WORKLIST_KEYS } from '../izp/worklist.js';
import type { Authenticate } from './authenticate.js';
import { sendFailure } from './failure.js';
import { traceOf } from './trace.js';

export const MARKED_PATH = '/v1/marked';
export const CONFLICTS_PATH = '/v1/conflicts';

/** Patients of one answer: some screens. */
const PAGE = 50;

export const FILTERS: readonly MarkedFilter[] = ['no-conversation', 'review-due', 'overdue'];
/** `none`: marked without a colour. */
export const COLOUR_FILTERS = [...COLOURS, 'none'] as const;

export interface WorklistDeps {
  door: DoorDeps;
  context: InteractionContext;
  authenticate: Authenticate;
}

export interface MarkedList {
  patients: MarkedPatient[];
  next: string | null;
}

export interface ConflictList {
  patients: PatientInConflict[];
  next: string | null;
}

/** What a list is asked: its own parameters, or a link out of `next`. */
export type Asked = Record<string, unknown>;

export function registerWorklists(app: FastifyInstance, deps: WorklistDeps): void {
  const routes = [
    { url: MARKED_PATH, interaction: 'marked', read: async (...asked: Parameters<typeof markedPage>) => (await markedPage(...asked)).list },
    { url: CONFLICTS_PATH, interaction: 'conflicts', read: conflictList },
  ];
  for (const { url, interaction, read } of routes) {
    app.route({
      method: 'GET',
      url,
      config: { access: 'token', audit: 'session' },
      handler: (request, reply) => answer(request, reply, deps, interaction, (session) => read(deps, session, request.query as Asked, url)),
    });
  }
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  { door, authenticate }: WorklistDeps,
  interaction: string,
  read: (session: Session) => Promise<object>,
): Promise<FastifyReply> {
  reply.header('cache-control', 'no-store');
  try {
    const principal = await authenticate(request);
    request.fhirInteraction = interaction;
    const session = new Session(door, principal, { ...traceOf(request.headers), requestId: request.id, interaction });
    const found = await session.audited(() => read(session));
    return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(found));
  } catch (error) {
    return sendFailure(request, reply, asFhirError(error));
  }
}

export type ReadDeps = Pick<WorklistDeps, 'door' | 'context'>;

/** One page of the marked patients, and what was asked of them; `path` is where its next page is. */
export async function markedPage({ door, context }: ReadDeps, session: Session, asked: Asked, path: string) {
  const { query, after } = await questionOf(asked, ['filter', 'colour'], path, context, session);
  const filter = oneOf(query, 'filter', FILTERS);
  const colour = oneOf(query, 'colour', COLOUR_FILTERS);
  const page = await readMarked(door, session, WORKLIST_KEYS, {
    filter,
    colour: colour === undefined ? undefined : COLOUR_FILTERS.indexOf(colour),
    after: after as MarkedPosition | undefined,
    count: PAGE,
  });
  const list: MarkedList = {
    patients: page.rows.map((row) => markedPatient(recordOf(row), door.now())),
    next: await linkTo(page.next, query, path, context, session),
  };
  return { list, filter, colour };
}

/** One page of the patients with a conflict; `path` is where its next page is. */
export async function conflictList({ door, context }: ReadDeps, session: Session, asked: Asked, path: string): Promise<ConflictList> {
  const { query, after } = await questionOf(asked, [], path, context, session);
  const page = await readConflicts(door, session, { after: after?.[0] as string | undefined, count: PAGE });
  return {
    patients: page.rows.map(({ patientId, card }) => patientInConflict(patientId, JSON.parse(card) as EmergencyCard)),
    next: await linkTo(page.next === undefined ? undefined : [page.next], query, path, context, session),
  };
}

interface Question {
  query: [string, string][];
  after?: (string | number | null)[];
}

async function questionOf(
  asked: Asked,
  takes: readonly string[],
  path: string,
  context: InteractionContext,
  session: Session,
): Promise<Question> {
  const { _page: token, ...others } = asked;
  if (token !== undefined) {
    if (typeof token !== 'string' || Object.keys(others).length > 0)
      throw new FhirError('bad-parameter', 'A page link stands alone.', { expression: '_page' });
    return context.pageTokens.open(token, path.slice(1), session.principal);
  }
  const sent = Object.entries(others);
  for (const [name, value] of sent) {
    if (!takes.includes(name))
      throw new FhirError('unknown-parameter', `This takes ${takes.length === 0 ? 'no parameters' : takes.join(', ')}.`, {
        expression: 'http.query',
      });
    if (typeof value !== 'string') throw new FhirError('bad-parameter', `${name} is given twice.`, { expression: name });
  }
  return { query: sent as [string, string][] };
}

async function linkTo(
  after: Question['after'],
  query: Question['query'],
  path: string,
  { pageTokens }: InteractionContext,
  { principal }: Session,
): Promise<string | null> {
  if (after === undefined) return null;
  return `${path}?_page=${await pageTokens.seal({ scope: path.slice(1), query, after }, principal)}`;
}

function oneOf<T extends string>(query: Question['query'], name: string, values: readonly T[]): T | undefined {
  const given = query.find(([sent]) => sent === name)?.[1];
  if (given === undefined) return undefined;
  const known = values.find((value) => value === given);
  if (known === undefined) throw new FhirError('bad-parameter', `${name} is one of ${values.join(', ')}.`, { expression: name });
  return known;
}

function recordOf({ patient, flag, conversation, reviewDue, overdueTasks, placeOfDeath }: MarkedRow) {
  return {
    patient: JSON.parse(patient) as Patient,
    flag: JSON.parse(flag) as Flag,
    conversation: conversation === null ? null : (JSON.parse(conversation) as Procedure),
    reviewDue,
    overdueTasks: overdueTasks.map((task) => JSON.parse(task) as Task),
    placeOfDeath: placeOfDeath === null ? null : (JSON.parse(placeOfDeath) as Observation),
  };
}
