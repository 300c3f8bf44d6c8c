// history of an instance or a type, newest first, deletions shown, paged.
// https://hl7.org/fhir/R4/http.html#history
import type { Session } from '../access/session.js';
import { intervalOf } from '../fhir/dates.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import { writeJson } from '../fhir/json.js';
import { DEFAULT_COUNT, MAX_COUNT } from '../search/query.js';
import type { InteractionContext } from './context.js';
import { momentOf } from './read.js';

const PARAMETERS = ['_since', '_at', '_count', '_page', '_format', '_pretty'];

export async function history(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  const type = request.path[0] as string;
  const id = request.path.length === 3 ? request.path[1] : undefined;
  const scope = request.path.join('/');
  const pageToken = only(request, '_page');
  const position = pageToken === undefined ? undefined : await context.pageTokens.open(pageToken, scope, session.principal.clientId);
  const asked = position?.query ?? request.query;
  for (const [name] of asked) {
    if (!PARAMETERS.includes(name)) {
      throw new FhirError(
        'unknown-parameter',
        `history takes ${PARAMETERS.slice(0, 3).join(', ')}; not ${/^[\w.:-]{1,64}$/.test(name) ? name : 'this'}.`,
        { expression: name.slice(0, 64) },
      );
    }
  }
  const since = asked.find(([name]) => name === '_since')?.[1];
  const at = asked.find(([name]) => name === '_at')?.[1];
  const count = countOf(asked.find(([name]) => name === '_count')?.[1]);
  const page = await session.history({
    type,
    id,
    since: since === undefined ? undefined : new Date(intervalOf(since)?.start ?? momentOf(since, '_since')),
    at: at === undefined ? undefined : new Date(momentOf(at)),
    count,
    after: position?.after,
  });
  if (id !== undefined && page.versions.length === 0 && position === undefined && since === undefined && at === undefined) {
    throw new FhirError('not-found', `There is no ${type}/${id} here, or it is not available to you.`);
  }
  const links = [{ relation: 'self', url: `${context.baseUrl}/${scope}${queryText(asked)}` }];
  if (page.next) {
    const token = await context.pageTokens.seal(
      { scope, query: asked.filter(([name]) => name !== '_page'), after: page.next },
      session.principal.clientId,
    );
    links.push({ relation: 'next', url: `${context.baseUrl}/${scope}?_page=${token}` });
  }
  const entries = page.versions.map((row) => {
    const url = `${row.type}/${row.id}`;
    const status = row.deleted ? '204' : row.method === 'POST' || row.version === 1 ? '201' : '200';
    return `{"fullUrl":${JSON.stringify(`${context.baseUrl}/${url}`)}${row.deleted ? '' : `,"resource":${row.content}`},"request":${JSON.stringify(
      {
        method: row.method,
        url: row.method === 'POST' ? row.type : url,
      },
    )},"response":${JSON.stringify({ status, etag: `W/"${row.version}"`, lastModified: row.lastUpdated.toISOString() })}}`;
  });
  const head = writeJson({ resourceType: 'Bundle', type: 'history', total: page.total, link: links }).slice(0, -1);
  return { status: 200, headers: {}, text: entries.length === 0 ? `${head}}` : `${head},"entry":[${entries.join(',')}]}` };
}

function only(request: FhirRequest, name: string): string | undefined {
  return request.query.find(([key]) => key === name)?.[1];
}

function countOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_COUNT;
  if (!/^\d{1,6}$/.test(text)) throw new FhirError('bad-parameter', '_count takes a whole number.', { expression: '_count' });
  return Math.max(1, Math.min(Number(text), MAX_COUNT));
}

function queryText(query: [string, string][]): string {
  const text = new URLSearchParams(query.filter(([name]) => name !== '_page')).toString();
  return text === '' ? '' : `?${text}`;
}
