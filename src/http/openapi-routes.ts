// The addresses of openapi.yaml that are not FHIR interactions: emergency card, tokens, keys, discovery, health.
import { ASSERTION_TYPE } from '../auth/client-assertion.js';
import { CODE_GRANT } from '../auth/demo-issuer.js';
import { OAUTH_ERRORS } from '../auth/oauth-error.js';
import { PERSON_GRANT } from '../auth/person-assertion.js';
import { PURPOSES } from '../auth/purposes.js';
import { EMERGENCY_CARD_PATH } from './emergency-routes.js';
import { JWKS_PATH, SMART_CONFIGURATION_PATH, TOKEN_PATH } from './oauth-routes.js';
import { refusals } from './openapi-errors.js';
import { CARD, NONE } from './openapi-examples.js';
import { CORRELATION, headerRef, parameterRef } from './openapi-parameters.js';
import { RETENTION_PATH } from './retention-routes.js';
import { SUMMARY_KEYS_PATH } from './summary-key-routes.js';
import { VALIDATION_REPORTS_PATH } from './validation-report-routes.js';

type Json = Record<string, unknown>;

const OPEN: Json[] = [];
const EVERY = { 'X-Request-Id': headerRef('X-Request-Id') };

/** Path → operations, for the addresses that Fastify routes itself. */
export function plainPaths(): Record<string, Json> {
  return {
    [EMERGENCY_CARD_PATH]: { post: emergencyCard() },
    [VALIDATION_REPORTS_PATH]: { get: validationReports() },
    [RETENTION_PATH]: { get: retention() },
    [TOKEN_PATH]: { post: token() },
    [SUMMARY_KEYS_PATH]: {
      get: open('summaryKeys', 'Public keys of offline summaries', 'Critical moment', 'SummaryKeys', 'application/jwk-set+json'),
    },
    [JWKS_PATH]: { get: open('jwks', 'Public keys of the tokens', 'Identity', 'Jwks', 'application/jwk-set+json') },
    [SMART_CONFIGURATION_PATH]: { get: open('smartConfiguration', 'Where to get a token', 'Identity', 'SmartConfiguration') },
    '/health/live': { get: open('live', 'Is the process alive', 'Health', 'Health') },
    '/health/ready': {
      get: {
        ...open('ready', 'Can it answer: does the database', 'Health', 'Health'),
        responses: { 200: json('It can.', 'Health'), 503: json('It cannot now.', 'Health') },
      },
    },
  };
}

/** Schemas used here alone. */
export const PLAIN_SCHEMAS: Record<string, Json> = {
  Health: {
    type: 'object',
    required: ['status'],
    properties: { status: { enum: ['alive', 'ready', 'unavailable'] } },
    additionalProperties: false,
  },
  ValidationReports: {
    type: 'object',
    required: ['reports', 'next'],
    properties: {
      reports: {
        type: 'array',
        items: {
          type: 'object',
          required: ['recorded', 'resource', 'client', 'errors'],
          properties: {
            recorded: { type: 'string', format: 'date-time' },
            resource: { type: 'string', description: '`Type/id/_history/version` below the FHIR base.' },
            client: { type: 'string', description: 'Client id of the system that sent it.' },
            errors: {
              type: 'array',
              minItems: 1,
              items: {
                type: 'object',
                required: ['profile', 'expression', 'rule'],
                properties: {
                  profile: { type: 'string', description: 'Canonical URL of the profile or extension.' },
                  expression: { type: 'string', description: 'FHIRPath of the element.' },
                  rule: { type: 'string', description: 'Key of the invariant, or the name of the rule.' },
                },
                additionalProperties: false,
              },
            },
          },
          additionalProperties: false,
        },
      },
      next: { type: 'string', description: 'Where to go on, now or at the next look: nothing is passed over.' },
    },
    additionalProperties: false,
  },
  Retention: {
    type: 'object',
    required: ['years', 'records'],
    properties: {
      years: { type: 'integer', description: 'Since the last change.' },
      records: {
        type: 'array',
        items: {
          type: 'object',
          required: ['patient', 'lastChanged'],
          properties: { patient: { type: 'string' }, lastChanged: { type: 'string', format: 'date-time' } },
          additionalProperties: false,
        },
      },
      next: { type: 'string', description: 'Where to go on; absent at the end.' },
    },
    additionalProperties: false,
  },
  CardRequest: {
    type: 'object',
    required: ['bsn'],
    properties: {
      bsn: { type: 'string', description: 'Nine digits that pass the eleven check; spaces and points are left out.' },
      reason: {
        type: 'string',
        minLength: 10,
        maxLength: 1000,
        description:
          'Why urgent care must see this without a permission: breaks the glass for an hour, where the service allows it. Told to the patient.',
      },
    },
  },
  TokenRequest: {
    type: 'object',
    required: ['grant_type'],
    properties: {
      grant_type: {
        enum: ['client_credentials', PERSON_GRANT, CODE_GRANT],
        description:
          'The second brings a patient or representative, vouched for by a portal (RFC 7523 section 2.1). The third is there at a demo alone, for its pages, with `code`, `redirect_uri`, `client_id` and `code_verifier`; the others need a client assertion.',
      },
      client_assertion_type: { const: ASSERTION_TYPE },
      client_assertion: { type: 'string', description: 'JWT signed by the client (RFC 7523), at most five minutes old, used once.' },
      assertion: {
        type: 'string',
        description:
          'About the person, with the second grant: a JWT signed by the client, with `sub` `Patient/id` or `RelatedPerson/id` and the patient’s id in `patient`.',
      },
      client_id: { type: 'string' },
      code: { type: 'string' },
      redirect_uri: { type: 'string' },
      code_verifier: { type: 'string', description: 'RFC 7636.' },
      scope: {
        type: 'string',
        description: 'SMART v2 scopes; everything the client holds when left out. Never silently fewer than asked.',
      },
      purpose: { enum: [...PURPOSES], description: 'Purpose of use; the client’s first one when left out.' },
    },
  },
};

function emergencyCard(): Json {
  const page = { 'text/html': { schema: { type: 'string', description: 'A page for a phone, in Dutch.' } } };
  const answers = refusals(
    ['bad-syntax', 'bad-parameter', 'forbidden', 'too-large', 'unsupported-media-type'],
    ['unauthenticated', 'too-many-requests', 'unavailable'],
  );
  for (const refusal of Object.values(answers) as { content: Json }[]) {
    delete refusal.content['application/fhir+xml'];
    Object.assign(refusal.content, page);
  }
  return {
    operationId: 'emergencyCard',
    tags: ['Critical moment'],
    summary: 'What was agreed with this patient, in one call',
    description:
      'For those without FHIR: JSON, or by `Accept: text/html` a page for a phone. Three answers are never confused: a card; `none-available` (no such patient, no plan, or not available to you: deliberately one answer, and never full treatment); and 503, "cannot answer now".',
    parameters: [parameterRef('ifNoneMatch'), ...CORRELATION.map(parameterRef)],
    requestBody: {
      required: true,
      content: {
        'application/json': { schema: { $ref: '#/components/schemas/CardRequest' }, example: { bsn: '900186021' } },
        'application/x-www-form-urlencoded': { schema: { $ref: '#/components/schemas/CardRequest' } },
      },
    },
    responses: {
      200: {
        description: 'The card, or that none is available to you. The ETag comes with a card.',
        headers: { ...EVERY, 'Cache-Control': headerRef('Cache-Control') },
        content: {
          'application/json': {
            schema: { oneOf: [{ $ref: '#/components/schemas/EmergencyCard' }, { $ref: '#/components/schemas/NoneAvailable' }] },
            examples: { found: { value: CARD }, none: { value: NONE } },
          },
          ...page,
        },
      },
      304: {
        description: 'The card has not changed since the version the client has. JSON only.',
        headers: { ...EVERY, ETag: headerRef('ETag'), 'Cache-Control': headerRef('Cache-Control') },
      },
      ...answers,
    },
  };
}

function validationReports(): Json {
  const query = (name: string, description: string) => ({ name, in: 'query', description, schema: { type: 'string' } });
  return {
    operationId: 'validationReports',
    tags: ['FHIR'],
    summary: 'What your organisation stored with errors of published profiles',
    description:
      'For the vendor of a client whose setting is accept-and-report. Oldest first, at most 200 at once; only what your own organisation recorded; where and which rule, never content.',
    parameters: [
      query('since', 'Stored from this date or instant on.'),
      query('after', 'Number out of `next`.'),
      ...CORRELATION.map(parameterRef),
    ],
    responses: {
      200: {
        ...json('The reports; an empty list when there are none.', 'ValidationReports'),
        headers: { ...EVERY, 'Cache-Control': headerRef('Cache-Control') },
      },
      ...refusals(['bad-parameter', 'unknown-parameter', 'forbidden'], ['unauthenticated', 'too-many-requests', 'internal', 'unavailable']),
    },
  };
}

function retention(): Json {
  return {
    operationId: 'retention',
    tags: ['FHIR'],
    summary: 'Records that need no longer be kept',
    description:
      'Twenty years after the last change, by id, at most 200 at once. For callers with the policy admin; ids and instants only.',
    parameters: [
      { name: 'after', in: 'query', description: 'Id out of `next`.', schema: { type: 'string' } },
      ...CORRELATION.map(parameterRef),
    ],
    responses: {
      200: {
        ...json('The records; an empty list when there are none.', 'Retention'),
        headers: { ...EVERY, 'Cache-Control': headerRef('Cache-Control') },
      },
      ...refusals(['bad-parameter', 'unknown-parameter', 'forbidden'], ['unauthenticated', 'too-many-requests', 'internal', 'unavailable']),
    },
  };
}

function token(): Json {
  const statuses = [...new Set([...Object.values(OAUTH_ERRORS), 413, 429])].sort();
  const meaning: Record<number, string> = {
    400: 'The request is not one, or asks what the client may not have.',
    401: 'The client is not who it says.',
    413: 'The request is larger than the endpoint takes.',
    429: 'Too many refused requests from this address.',
    503: 'No tokens now: try again.',
  };
  const error = (status: number) => ({
    ...json(meaning[status] as string, 'OauthError'),
    headers: {
      ...EVERY,
      'Cache-Control': headerRef('Cache-Control'),
      ...(status === 401 && { 'WWW-Authenticate': headerRef('WWW-Authenticate') }),
      ...((status === 503 || status === 429) && { 'Retry-After': headerRef('Retry-After') }),
    },
  });
  return {
    operationId: 'token',
    tags: ['Identity'],
    security: OPEN,
    summary: 'Get an access token',
    description: 'OAuth 2 client credentials with a signed assertion, as SMART Backend Services defines. Tokens live five minutes.',
    requestBody: {
      required: true,
      content: { 'application/x-www-form-urlencoded': { schema: { $ref: '#/components/schemas/TokenRequest' } } },
    },
    responses: {
      200: { ...json('A token.', 'TokenResponse'), headers: { ...EVERY, 'Cache-Control': headerRef('Cache-Control') } },
      ...Object.fromEntries(statuses.map((status) => [status, error(status)])),
    },
  };
}

function open(operationId: string, summary: string, tag: string, schema: string, type?: string): Json {
  return { operationId, tags: [tag], security: OPEN, summary, responses: { 200: json(`${summary}.`, schema, type) } };
}

function json(description: string, schema: string, type = 'application/json'): Json {
  return { description, headers: EVERY, content: { [type]: { schema: { $ref: `#/components/schemas/${schema}` } } } };
}
