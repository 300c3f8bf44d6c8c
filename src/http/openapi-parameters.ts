// Parameters and headers of openapi.yaml: those of the paths, of searches, and the headers requests and answers carry.
import { SERVED_TYPES } from '../fhir/resource-types.js';
import { DEFAULT_COUNT, MAX_COUNT } from '../search/query.js';

type Schema = Record<string, unknown>;

const string: Schema = { type: 'string' };

function query(name: string, description: string, schema: Schema = string): Schema {
  return { name, in: 'query', description, schema };
}

function header(name: string, description: string, schema: Schema = string): Schema {
  return { name, in: 'header', description, schema };
}

function path(name: string, description: string, schema: Schema): Schema {
  return { name, in: 'path', required: true, description, schema };
}

/** Several values of one name: `_include=a&_include=b`. */
function repeated(name: string, description: string): Schema {
  return { ...query(name, description, { type: 'array', items: string }), style: 'form', explode: true };
}

export const PARAMETERS: Record<string, Schema> = {
  type: path('type', 'A resource type this service keeps.', { type: 'string', enum: [...SERVED_TYPES] }),
  id: path('id', 'Logical id.', { $ref: '#/components/schemas/Id' }),
  clientId: path('clientId', 'Client id, percent-escaped.', { type: 'string', pattern: '^[!-~]{1,128}$' }),
  vid: path('vid', 'Version, a whole number from 1.', { type: 'string', pattern: '^[1-9][0-9]{0,9}$' }),

  filters: {
    name: 'filters',
    in: 'query',
    description:
      'Search parameters of the type (`x-search-parameters`), each with its modifiers, chains (`reason-reference:Procedure.code`) and reverse chains (`_has:Consent:patient:category`). An unknown one is 400. A BSN may stand in the form body of `_search` only.',
    style: 'form',
    explode: true,
    schema: { type: 'object', additionalProperties: string },
  },
  criteria: {
    name: 'criteria',
    in: 'query',
    description: 'Search parameters that must match at most one resource. A BSN may not stand here.',
    style: 'form',
    explode: true,
    schema: { type: 'object', additionalProperties: string },
  },
  include: repeated('_include', '`Type:parameter[:Target]`. Included resources count neither in `total` nor in `_count`.'),
  includeIterate: repeated('_include:iterate', 'As `_include`, from included resources too.'),
  revinclude: repeated('_revinclude', '`Type:parameter`: resources that refer to a match.'),
  revincludeIterate: repeated('_revinclude:iterate', 'As `_revinclude`, to included resources too.'),
  sort: query('_sort', 'Up to five search parameters, separated by commas, a hyphen before one that descends.'),
  count: query('_count', `Matches per page: ${DEFAULT_COUNT} when left out, at most ${MAX_COUNT}; 0 gives the total alone.`, {
    type: 'integer',
    minimum: 0,
  }),
  total: query(
    '_total',
    'Whether to count. A total is always accurate; it is left out with `none`, and unless `accurate` is asked where several patients have more than 10,000 candidates.',
    {
      enum: ['none', 'estimate', 'accurate'],
    },
  ),
  summary: query('_summary', 'A part of each resource, tagged SUBSETTED; `count` gives the total alone.', {
    enum: ['true', 'false', 'text', 'data', 'count'],
  }),
  subset: query('_summary', 'A part of the resource, tagged SUBSETTED.', { enum: ['true', 'false', 'text', 'data'] }),
  elements: query(
    '_elements',
    'Names of root elements of the type, separated by commas. Modifier and mandatory elements always stay. A name the type does not have is 400.',
  ),
  page: query('_page', 'The token of a `next` link. It holds the whole question: no other parameter may stand beside it but the format.'),
  since: query('_since', 'Versions from this date or instant on.'),
  at: query('_at', 'The version that was current at this date or time.'),
  historyAt: query('_at', 'The versions that were current at some moment of this date or time.'),
  historyCount: query('_count', `Versions per page: ${DEFAULT_COUNT} when left out, at most ${MAX_COUNT}.`, {
    type: 'integer',
    minimum: 1,
  }),
  format: query('_format', '`json` or `xml`, or a media type; goes before `Accept`.'),
  pretty: query('_pretty', 'Written for people.', { enum: ['true', 'false'] }),

  ifMatch: header('If-Match', 'ETag of the version that is changed. A CarePlan update without it is 428; another version is 412.'),
  ifNoneMatch: header('If-None-Match', 'ETag the client has: 304 when it is still current.'),
  ifNoneMatchAny: header('If-None-Match', '`*`: only when the resource does not exist yet, else 412.'),
  ifModifiedSince: header('If-Modified-Since', 'HTTP date; 304 when nothing changed since. If-None-Match goes before it.'),
  ifNoneExist: header('If-None-Exist', 'Search parameters without `?`: create only when they match nothing.'),
  idempotencyKey: header(
    'Idempotency-Key',
    'Made by the client for one change: a repeat within 24 hours gets the first answer, another request under it 422.',
    { type: 'string', pattern: '^[\\x21-\\x7e]{1,128}$' },
  ),
  prefer: header('Prefer', '`return=representation` (default), `minimal` or `OperationOutcome`.'),
  preferBundle: header(
    'Prefer',
    'For the entries: `return=minimal` (default), `representation` or `OperationOutcome`, and `handling` of searches among them.',
  ),
  preferHandling: header(
    'Prefer',
    '`handling=lenient`: unknown search parameters are ignored, and named in an OperationOutcome entry. Strict by default.',
  ),
  requestId: header('X-Request-Id', 'Correlation id; made when left out. It comes back, and stands in log and audit.'),
  correlationId: header('X-Correlation-Id', 'Stands in log and audit.'),
  aortaId: header('AORTA-ID', '`initialRequestID=<uuid>; requestID=<uuid>` of the national exchange; both stand in log and audit.'),
};

export const HEADERS: Record<string, Schema> = {
  'X-Request-Id': { description: 'Finds this request in log and audit.', required: true, schema: string },
  'WWW-Authenticate': { description: 'RFC 6750, 3.', required: true, schema: string },
  ETag: {
    description:
      'Version, weak: `W/"3"`. Of card and summary with the identity of the plan: `W/"3-84f955c8"`; on paper with the day as well.',
    required: true,
    schema: { type: 'string', pattern: '^W/"[1-9][0-9]*(-[0-9a-f]{8}(-[0-9]{8})?)?"$' },
  },
  'Last-Modified': { description: 'HTTP date of the version.', required: true, schema: string },
  Location: { description: 'Address of the version that was created.', required: true, schema: string },
  'Content-Location': { description: 'Address of the version as it is now.', schema: string },
  'Cache-Control': { description: '`no-store`: nothing on the way keeps it.', required: true, schema: { const: 'no-store' } },
  'Idempotency-Replayed': { description: '`true`: this is the answer of the first request with this key.', schema: { const: 'true' } },
  'Retry-After': { description: 'Seconds.', schema: { type: 'string', pattern: '^[0-9]+$' } },
  RateLimit: {
    description: 'What is left of the limit that counts here, and the seconds until all of it is there again: `"client";r=29999;t=1`.',
    schema: { type: 'string', pattern: '^"(client|emergency|refusals)";r=[0-9]+;t=[0-9]+$' },
  },
  'RateLimit-Policy': {
    description: 'The limit that counts here: requests and the seconds they are for: `"client";q=30000;w=60`.',
    schema: { type: 'string', pattern: '^"(client|emergency|refusals)";q=[0-9]+;w=60$' },
  },
};

export const parameterRef = (name: keyof typeof PARAMETERS): Schema => ({ $ref: `#/components/parameters/${name}` });
export const headerRef = (name: keyof typeof HEADERS): Schema => ({ $ref: `#/components/headers/${name}` });

/** Sent with any request to a FHIR address or the card. */
export const CORRELATION: readonly string[] = ['requestId', 'correlationId', 'aortaId'];
