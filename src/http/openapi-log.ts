// What openapi.yaml says of the log: AuditEvent, read only, and the two addresses beside FHIR.
import { AUDIT_EVENT } from '../interactions/audit-event.js';
import { ACCESS_LOG_PATH, BREAK_GLASS_PATH } from './access-log-routes.js';
import { FHIR_PATH } from './fhir-address.js';
import { refusals } from './openapi-errors.js';
import { CORRELATION, headerRef, parameterRef } from './openapi-parameters.js';

type Json = Record<string, unknown>;

const WHO = 'For the patient (the own log, with a token of the policy patient) and the data protection officer (policy auditor).';
const PLAIN_REFUSALS = ['unauthenticated', 'too-many-requests', 'internal', 'unavailable'] as const;

const query = (name: string, description: string, schema: Json = { type: 'string' }): Json => ({ name, in: 'query', description, schema });

/** Path → operations. */
export function logPaths(): Record<string, Json> {
  return {
    [`${FHIR_PATH}/${AUDIT_EVENT}`]: { get: search('auditEventSearch', 'Search the log') },
    [`${FHIR_PATH}/${AUDIT_EVENT}/_search`]: {
      post: { ...search('auditEventSearchByForm', 'Search the log, by form', true), requestBody: FORM },
    },
    [`${FHIR_PATH}/${AUDIT_EVENT}/{id}`]: { get: read() },
    [ACCESS_LOG_PATH]: { get: accessLog() },
    [BREAK_GLASS_PATH]: { get: breakGlass() },
  };
}

const FORM: Json = {
  required: false,
  content: {
    'application/x-www-form-urlencoded': { schema: { $ref: '#/components/schemas/SearchForm' }, example: { date: 'ge2026-01-01' } },
  },
};

export const LOG_SCHEMAS: Record<string, Json> = {
  AccessLog: {
    type: 'object',
    required: ['entries', 'next'],
    properties: {
      entries: { type: 'array', items: { $ref: '#/components/schemas/AccessLogEntry' } },
      next: { type: ['string', 'null'], description: 'Where older entries are; null on the last page. Ten minutes, for this client only.' },
    },
    additionalProperties: false,
  },
  AccessLogEntry: {
    type: 'object',
    required: ['id', 'when', 'patient', 'organization', 'role', 'what', 'outcome', 'ground', 'consent', 'emergency'],
    properties: {
      id: { type: 'string', description: 'Id of the AuditEvent.' },
      when: { type: 'string', format: 'date-time' },
      patient: { type: ['string', 'null'] },
      organization: {
        type: 'object',
        required: ['name', 'ura', 'type'],
        properties: {
          name: { type: ['string', 'null'] },
          ura: { type: ['string', 'null'] },
          type: { type: ['string', 'null'], description: 'In Dutch.' },
        },
        additionalProperties: false,
      },
      role: { type: ['string', 'null'], description: 'In Dutch.' },
      user: { type: 'string', description: 'Only where the service shows users.' },
      what: { type: 'string', description: 'In Dutch.' },
      outcome: { type: 'string', description: 'In Dutch, with the reason of a denial.' },
      ground: { type: ['string', 'null'], description: 'The access policy, in Dutch.' },
      consent: { type: ['string', 'null'], description: 'Reference of the Consent it rested on, or evidence of an outside register.' },
      emergency: { type: 'boolean' },
      breakGlass: {
        type: 'object',
        description: 'There was no prior permission: what the user wrote.',
        required: ['reason'],
        properties: { reason: { type: ['string', 'null'] } },
        additionalProperties: false,
      },
    },
    additionalProperties: false,
  },
};

function search(operationId: string, summary: string, isForm = false): Json {
  const form = isForm ? (['too-large', 'unsupported-media-type', 'bad-syntax'] as const) : [];
  return {
    operationId,
    tags: ['Log'],
    summary,
    description: `${WHO} Newest first. The officer names a patient or a time from which on. This reading stands in the log too.`,
    parameters: [
      query('patient', 'Whose log; the own one with a token of a patient.'),
      query('date', 'When it was recorded, with the prefixes of FHIR; twice for a range.'),
      query('_count', 'Events per page: 50 when left out, at most 200; 0 gives the total alone.', { type: 'integer', minimum: 0 }),
      ...['total', 'page', 'format', 'pretty'].map(parameterRef),
      ...CORRELATION.map(parameterRef),
    ],
    responses: {
      200: fhir('One page.', 'SearchBundle'),
      ...refusals(['bad-parameter', 'unknown-parameter', 'forbidden', ...form]),
    },
  };
}

function read(): Json {
  return {
    operationId: 'auditEventRead',
    tags: ['Log'],
    summary: 'Read one event of the log',
    description: `${WHO} Events never change and have no versions.`,
    parameters: [...['id', 'format', 'pretty'].map(parameterRef), ...CORRELATION.map(parameterRef)],
    responses: {
      200: fhir('The event.', 'Resource'),
      ...refusals(['bad-parameter', 'unknown-parameter', 'forbidden', 'not-found']),
    },
  };
}

function fhir(description: string, schema: string): Json {
  return {
    description,
    headers: { 'X-Request-Id': headerRef('X-Request-Id'), 'Cache-Control': headerRef('Cache-Control') },
    content: {
      'application/fhir+json': { schema: { $ref: `#/components/schemas/${schema}` } },
      'application/fhir+xml': { schema: { $ref: '#/components/schemas/Xml' } },
    },
  };
}

function accessLog(): Json {
  const page = { 'text/html': { schema: { type: 'string', description: 'A page to read and to print, in Dutch.' } } };
  const answers = refusals(['bad-parameter', 'unknown-parameter', 'forbidden'], PLAIN_REFUSALS);
  for (const refusal of Object.values(answers) as { content: Json }[]) Object.assign(refusal.content, page);
  return {
    operationId: 'accessLog',
    tags: ['Log'],
    summary: 'Who saw or changed what, in plain Dutch',
    description: `${WHO} JSON, or by \`Accept: text/html\` a page. Newest first, 100 at once. This reading stands in the log too.`,
    parameters: [
      query('patient', 'Whose log: for the officer. A token of a patient has its own.'),
      query('since', 'Recorded from this date or instant on.'),
      parameterRef('page'),
      ...CORRELATION.map(parameterRef),
    ],
    responses: { 200: plain('The log; an empty list when nothing was done.', page), ...answers },
  };
}

function breakGlass(): Json {
  return {
    operationId: 'breakGlass',
    tags: ['Log'],
    summary: 'Accesses in an emergency without a prior permission',
    description: 'For the data protection officer (policy auditor): of all patients, newest first, 100 at once, with what the user wrote.',
    parameters: [query('since', 'Recorded from this date or instant on.'), parameterRef('page'), ...CORRELATION.map(parameterRef)],
    responses: {
      200: plain('The accesses; an empty list when there were none.'),
      ...refusals(['bad-parameter', 'unknown-parameter', 'forbidden'], PLAIN_REFUSALS),
    },
  };
}

function plain(description: string, more: Json = {}): Json {
  return {
    description,
    headers: { 'X-Request-Id': headerRef('X-Request-Id'), 'Cache-Control': headerRef('Cache-Control') },
    content: { 'application/json': { schema: { $ref: '#/components/schemas/AccessLog' } }, ...more },
  };
}
