// What openapi.yaml says of the worklists.
import { INSTRUMENTS } from '../izp/marking.js';
import { refusals } from './openapi-errors.js';
import { CORRELATION, headerRef, parameterRef } from './openapi-parameters.js';
import { COLOUR_FILTERS, CONFLICTS_PATH, FILTERS, MARKED_PATH } from './worklist-routes.js';

type Json = Record<string, unknown>;

const WHO =
  'For organisations with the access policy own-team: of the patients whose record they hold or in whose team they are. Everybody on the list learns of it in the log.';

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
const textOrNull = (description: string): Json => ({ type: ['string', 'null'], description });
const list = (items: Json, description?: string): Json => ({ type: 'array', items, ...(description && { description }) });
const exactly = (properties: Record<string, Json>): Json => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
  additionalProperties: false,
});
const orNull = (schema: Json, description: string): Json => ({ oneOf: [schema, { type: 'null' }], description });

const NEXT = textOrNull('Where the next page is; null on the last. Ten minutes, for this client only.');
const REFERENCE: Json = { type: 'string', description: '`Type/id` below the FHIR base.' };
const BIRTH_DATE = textOrNull('As recorded.');

/** Path → operations. */
export function worklistPaths(): Record<string, Json> {
  return {
    [MARKED_PATH]: {
      get: route(
        'marked',
        'Marked patients of the organisation',
        'Red first, then who has been marked longest, the deceased last; 50 at once, as things stand at the request.',
        'Marked',
        [
          query('filter', 'no-conversation: no conversation was held. review-due: the day of review is past. overdue: a task is.', FILTERS),
          query('colour', 'Of this urgency; none: without one.', COLOUR_FILTERS),
        ],
      ),
    },
    [CONFLICTS_PATH]: {
      get: route(
        'conflicts',
        'Patients of the organisation with agreements that contradict each other',
        'Current agreements of different sources on one treatment, or goals of treatment, that differ; by id, 50 at once. A conflict is resolved by withdrawing what no longer holds ($withdraw), or by a later agreement of the same source.',
        'Conflicts',
        [],
      ),
    },
  };
}

export const WORKLIST_SCHEMAS: Record<string, Json> = {
  Marked: exactly({ patients: list(ref('MarkedPatient')), next: NEXT }),
  MarkedPatient: exactly({
    patient: exactly({
      reference: REFERENCE,
      name: { type: 'string' },
      birthDate: BIRTH_DATE,
      deceased: { type: 'boolean' },
      diedOn: textOrNull('As recorded; null where only the fact is known.'),
    }),
    marking: exactly({
      reference: REFERENCE,
      since: textOrNull('First day of the marking.'),
      by: textOrNull('Who marked, in words.'),
      organization: textOrNull('URA of their organisation.'),
      instrument: orNull(exactly({ code: { enum: [...INSTRUMENTS] }, display: { type: 'string' } }), 'With what it was found.'),
      colour: { enum: [...COLOUR_FILTERS.filter((colour) => colour !== 'none'), null] },
      readyToTalk: { type: ['boolean', 'null'], description: 'Whether the patient is ready for the conversation; null when not said.' },
    }),
    conversation: orNull(
      exactly({ reference: REFERENCE, date: textOrNull('As recorded.') }),
      'The newest one held (Procedure 713603004, completed), before or after the marking; null: marked without a conversation.',
    ),
    reviewDue: textOrNull('The day by which the plan is to be reviewed.'),
    reviewOverdue: textOrNull('By how much that day is past, in Dutch: 8 maanden.'),
    overdueTasks: list(
      exactly({
        reference: REFERENCE,
        what: { type: 'string' },
        due: { type: 'string', description: 'Task.restriction.period.end.' },
        dueAgo: { type: 'string', description: 'In Dutch: 3 dagen geleden.' },
        owner: textOrNull('In words.'),
      }),
      'Still to be done and past their time, the longest overdue first.',
    ),
  }),
  Conflicts: exactly({ patients: list(ref('PatientInConflict')), next: NEXT }),
  PatientInConflict: exactly({
    patient: exactly({ reference: REFERENCE, name: { type: 'string' }, birthDate: BIRTH_DATE }),
    plan: REFERENCE,
    treatments: list(
      exactly({
        treatment: ref('CardTreatment'),
        statements: {
          ...list(
            exactly({
              agreement: ref('CardDecision'),
              alsoAbout: list({ type: 'string' }, 'Other treatments this agreement is about: they go with it when it is withdrawn.'),
            }),
            'Newest first.',
          ),
          minItems: 2,
        },
      }),
    ),
    goals: list(ref('CardItem'), 'Goals of the treatment that differ, newest first; empty where they do not.'),
  }),
};

function query(name: string, description: string, values: readonly string[]): Json {
  return { name, in: 'query', description, schema: { enum: [...values] } };
}

function route(operationId: string, summary: string, description: string, schema: string, parameters: Json[]): Json {
  return {
    operationId,
    tags: ['Worklists'],
    summary,
    description: `${description} ${WHO}`,
    parameters: [...parameters, parameterRef('page'), ...CORRELATION.map(parameterRef)],
    responses: {
      200: {
        description: 'One page; an empty list when there is nobody.',
        headers: { 'X-Request-Id': headerRef('X-Request-Id'), 'Cache-Control': headerRef('Cache-Control') },
        content: { 'application/json': { schema: ref(schema) } },
      },
      ...refusals(['bad-parameter', 'unknown-parameter', 'forbidden'], ['unauthenticated', 'too-many-requests', 'internal', 'unavailable']),
    },
  };
}
