// history of an instance or a type, newest first, deletions shown, paged.
// https://hl7.org/fhir/R4/http.html#history
import type { Session } from '../access/session.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import { writeJson } from '../fhir/json.js';
import { DEFAULT_COUNT, MAX_COUNT } from '../search/query.js';
import type { InteractionContext } from './context.js';
import { pastPeriod } from './moments.js';
import { openPage, pageUrl } from './page-link.js';
import { parameter, refuseOtherParameters } from './parameters.js';
import { statusText } from './response-entry.js';

type Versions = Awaited<ReturnType<Session['history']>>;

export async function history(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  const type = request.path[0] as string;
  const id = request.path.length === 3 ? request.path[1] : undefined;
  const scope = request.path.join('/');
  const position = await openPage(context, session, request, scope);
  const asked = { ...request, query: position?.query ?? request.query };
  refuseOtherParameters(asked, ['_since', '_at', '_count']);
  const query = questionOf(asked, session.now());
  const page = await session.history({ type, id, ...query, after: position?.after });
  if (id !== undefined && page.versions.length === 0 && !position) await requireKnown(session, type, id);
  // Where nothing more can be seen, what the first page counted may be hidden by now: counted again.
  const isOver = position !== undefined && page.versions.length === 0;
  const total = isOver ? (await session.history({ type, id, ...query, count: 1 })).total : (page.total ?? position?.total);
  const link = [{ relation: 'self', url: `${context.baseUrl}/${scope}${queryText(asked.query)}` }];
  if (page.next)
    link.push({ relation: 'next', url: await pageUrl(context, session, { scope, query: asked.query, after: page.next, total }) });
  const head = writeJson({ resourceType: 'Bundle', type: 'history', total, link }).slice(0, -1);
  const entries = page.versions.map((row) => entryText(context.baseUrl, row));
  return { status: 200, headers: {}, text: entries.length === 0 ? `${head}}` : `${head},"entry":[${entries.join(',')}]}` };
}

function questionOf(request: FhirRequest, now: number): { since?: Date; at?: { start: Date; end: Date }; count: number } {
  const since = parameter(request, '_since');
  const at = parameter(request, '_at');
  const period = at === undefined ? undefined : pastPeriod(at, '_at', now);
  return {
    since: since === undefined ? undefined : new Date(pastPeriod(since, '_since', now).start),
    at: period && { start: new Date(period.start), end: new Date(period.end) },
    count: countOf(parameter(request, '_count')),
  };
}

/** An empty answer may be about the moment asked; a resource that never was is not found. */
async function requireKnown(session: Session, type: string, id: string): Promise<void> {
  const any = await session.history({ type, id, count: 1 });
  if (any.versions.length === 0) throw new FhirError('not-found', `There is no ${type}/${id} here, or it is not available to you.`);
}

function entryText(baseUrl: string, row: Versions['versions'][number]): string {
  const url = `${row.type}/${row.id}`;
  const status = row.deleted ? 204 : row.created ? 201 : 200;
  const resource = row.deleted ? '' : `,"resource":${row.content}`;
  const request = { method: row.method, url: row.method === 'POST' ? row.type : url };
  const response = { status: statusText(status), etag: `W/"${row.version}"`, lastModified: row.lastUpdated.toISOString() };
  return `{"fullUrl":${JSON.stringify(`${baseUrl}/${url}`)}${resource},"request":${JSON.stringify(request)},"response":${JSON.stringify(response)}}`;
}

function countOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_COUNT;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new FhirError('bad-parameter', '_count takes a whole number from 1.', { expression: '_count' });
  return Math.min(Number(text), MAX_COUNT);
}

function queryText(query: [string, string][]): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? '' : `?${text}`;
}
