// What openapi.yaml says about each FHIR interaction, by its code: parameters, body, answers, refusals.
// The table is keyed by the codes of INTERACTION_ROUTES; a code without a row does not compile into a document.
import type { ErrorKind } from '../fhir/errors.js';
import * as examples from './openapi-examples.js';

export interface InteractionText {
  summary: string;
  description: string;
  /** Names in PARAMETERS, path parameters apart. */
  parameters: readonly string[];
  body?: Body;
  /** Success answers by status. */
  answers: Record<string, AnswerText>;
  refusals: readonly ErrorKind[];
}

export interface Body {
  /** By media type. */
  content: Record<string, { schema: string; example?: unknown }>;
  required: boolean;
}

export interface AnswerText {
  description: string;
  /** Name of the schema of the JSON body; absent without a body. */
  schema?: string | readonly string[];
  headers: readonly string[];
  example?: unknown;
  /** True when the answer can be had as PDF too. */
  prints?: true;
}

const FORMATS = ['format', 'pretty'];
const READS: readonly ErrorKind[] = ['bad-parameter', 'unknown-parameter', 'forbidden', 'not-found'];
const WRITES: readonly ErrorKind[] = [
  'bad-syntax',
  'bad-parameter',
  'unknown-parameter',
  'not-supported',
  'forbidden',
  'not-found',
  'conflict',
  'duplicate',
  'precondition-failed',
  'multiple-matches',
  'too-large',
  'unsupported-media-type',
  'unprocessable-content',
  'invalid-resource',
  'business-rule',
  'key-reused',
];
const STORED = ['ETag', 'Last-Modified', 'Cache-Control'];
const WRITTEN_SCHEMAS = ['Resource', 'OperationOutcome'] as const;

const resourceBody = (example?: unknown): Body => ({
  required: true,
  content: { 'application/fhir+json': { schema: 'SentResource', example }, 'application/fhir+xml': { schema: 'Xml' } },
});

const UNCHANGED: AnswerText = { description: 'Unchanged since the version the client has.', headers: STORED };
const UPDATED: AnswerText = {
  description: 'Stored; also when nothing changed, with the version that was there. Without a body for `Prefer: return=minimal`.',
  schema: WRITTEN_SCHEMAS,
  headers: [...STORED, 'Content-Location', 'Idempotency-Replayed'],
};
const CREATED: AnswerText = {
  description: 'Created. Without a body for `Prefer: return=minimal`.',
  schema: WRITTEN_SCHEMAS,
  headers: [...STORED, 'Location', 'Idempotency-Replayed'],
};
const FOUND: AnswerText = {
  description: 'The resource, exactly as it was sent.',
  schema: 'Resource',
  headers: STORED,
  example: examples.GOAL,
};
const VERSIONS: AnswerText = { description: 'Versions, newest first.', schema: 'HistoryBundle', headers: ['Cache-Control'] };

export const INTERACTION_TEXTS: Record<string, InteractionText> = {
  capabilities: {
    summary: 'What this service can do',
    description: 'The CapabilityStatement, made from the same registries that route the requests. Open: no token is needed.',
    parameters: ['mode', ...FORMATS],
    answers: { 200: { description: 'CapabilityStatement.', schema: 'CapabilityStatement', headers: ['Cache-Control'] } },
    refusals: ['bad-parameter', 'unknown-parameter'],
  },
  transaction: {
    summary: 'Transaction or batch',
    description:
      'A transaction is carried out whole or not at all, in the order DELETE, POST, PUT and PATCH, GET; references by urn:uuid and conditional references are resolved inside. The entries of a batch are independent. At most 500 entries.',
    parameters: ['idempotencyKey', 'preferBundle', ...FORMATS],
    body: {
      required: true,
      content: {
        'application/fhir+json': { schema: 'SentBundle', example: examples.TRANSACTION },
        'application/fhir+xml': { schema: 'Xml' },
      },
    },
    answers: {
      200: {
        description: 'Every entry of the transaction was carried out; or the outcome of each entry of the batch.',
        schema: ['TransactionBundle', 'BatchBundle'],
        headers: ['Cache-Control', 'Idempotency-Replayed'],
        example: examples.TRANSACTION_RESPONSE,
      },
    },
    refusals: [...WRITES, 'gone', 'precondition-required'],
  },
  'search-type': {
    summary: 'Search resources of a type',
    description:
      'No match is 200 with an empty Bundle. Whatever the service does not understand is refused with 400 and never quietly left out.',
    parameters: [
      ...[
        'filters',
        'include',
        'includeIterate',
        'revinclude',
        'revincludeIterate',
        'sort',
        'count',
        'total',
        'summary',
        'elements',
        'page',
      ],
      ...['preferHandling', ...FORMATS],
    ],
    answers: { 200: { description: 'One page.', schema: 'SearchBundle', headers: ['Cache-Control'], example: examples.SEARCHSET } },
    refusals: [...READS, 'not-supported'],
  },
  create: {
    summary: 'Create a resource',
    description:
      'The server gives the id. A resource with a business identifier the same organisation used before updates that resource; an individual care plan is added to the plan the patient has.',
    parameters: ['ifNoneExist', 'idempotencyKey', 'prefer', ...FORMATS],
    body: resourceBody(examples.SENT_GOAL),
    answers: {
      200: {
        ...UPDATED,
        description:
          'Nothing was created: If-None-Exist matched, or the business identifier or the patient’s plan was known and was updated.',
        headers: [...STORED, 'Location', 'Idempotency-Replayed'],
      },
      201: CREATED,
    },
    refusals: WRITES,
  },
  update: {
    summary: 'Update a resource, or create it under this id',
    description: 'Client ids are accepted. An update that changes nothing makes no version. Updating a CarePlan needs If-Match.',
    parameters: ['ifMatch', 'ifNoneMatchAny', 'idempotencyKey', 'prefer', ...FORMATS],
    body: resourceBody(examples.GOAL),
    answers: { 200: UPDATED, 201: CREATED },
    refusals: [...WRITES, 'precondition-required'],
  },
  patch: {
    summary: 'Change a part of a resource',
    description: 'JSON Patch (RFC 6902), all operations or none. It may not touch resourceType or id.',
    parameters: ['ifMatch', 'idempotencyKey', 'prefer', ...FORMATS],
    body: { required: true, content: { 'application/json-patch+json': { schema: 'JsonPatch', example: examples.PATCH } } },
    answers: { 200: UPDATED },
    refusals: [...WRITES, 'gone', 'precondition-required'],
  },
  delete: {
    summary: 'Delete a resource',
    description:
      'The history stays and is readable. Deleting what is deleted already is 204 as well; what never existed is 404. A Patient whose record holds anything is 409.',
    parameters: ['ifMatch', 'idempotencyKey', 'prefer', ...FORMATS],
    answers: {
      204: {
        description: 'Deleted. With the ETag of the deletion, unless nothing matched the criteria.',
        headers: ['Cache-Control', 'Idempotency-Replayed'],
      },
    },
    refusals: [
      'bad-parameter',
      'unknown-parameter',
      'not-supported',
      'forbidden',
      'not-found',
      'conflict',
      'precondition-failed',
      'multiple-matches',
      'key-reused',
    ],
  },
  'history-type': {
    summary: 'Versions of all resources of a type',
    description: 'Newest first, deletions among them, paged.',
    parameters: ['since', 'historyAt', 'historyCount', 'page', ...FORMATS],
    answers: { 200: VERSIONS },
    refusals: READS,
  },
  'history-instance': {
    summary: 'Versions of a resource',
    description: 'Newest first, deletions among them, paged.',
    parameters: ['since', 'historyAt', 'historyCount', 'page', ...FORMATS],
    answers: { 200: VERSIONS },
    refusals: READS,
  },
  read: {
    summary: 'Read a resource',
    description: 'The current version, or with `_at` the one that was current then.',
    parameters: ['at', 'subset', 'elements', 'ifNoneMatch', 'ifModifiedSince', ...FORMATS],
    answers: { 200: FOUND, 304: UNCHANGED },
    refusals: [...READS, 'gone'],
  },
  vread: {
    summary: 'Read a version',
    description: 'Versions are whole numbers from 1, without gaps.',
    parameters: ['subset', 'elements', 'ifNoneMatch', 'ifModifiedSince', ...FORMATS],
    answers: { 200: FOUND, 304: UNCHANGED },
    refusals: [...READS, 'gone'],
  },
};

/** What POST needs beyond GET when a search comes as a form. */
export const SEARCH_FORM: Body = {
  required: false,
  content: {
    'application/x-www-form-urlencoded': {
      schema: 'SearchForm',
      example: { identifier: 'http://fhir.nl/fhir/NamingSystem/bsn|900186021' },
    },
  },
};
export const FORM_REFUSALS: readonly ErrorKind[] = ['too-large', 'unsupported-media-type', 'bad-syntax'];

/** Parameters of one interaction only. */
export const MODE = {
  name: 'mode',
  in: 'query',
  description: 'Taken and without effect.',
  schema: { enum: ['full', 'normative', 'terminology'] },
};
