// search-type, by GET and by POST _search.
// https://hl7.org/fhir/R4/http.html#search
import type { Session } from '../access/session.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import { BSN_OID, BSN_SYSTEM } from '../fhir/identity.js';
import { compartmentOf } from '../search/compartment.js';
import { parseSearch, type SearchQuery } from '../search/query.js';
import type { InteractionContext } from './context.js';
import { isLenient } from './prefer.js';
import { searchsetBundle } from './searchset.js';

export async function search(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  const type = request.path[0] as string;
  if (request.method !== 'POST') refuseBsn(request);
  const token = request.query.find(([name]) => name === '_page')?.[1];
  const position = token === undefined ? undefined : await context.pageTokens.open(token, type, session.principal.clientId);
  const pairs = position?.query ?? request.query;
  const query = parseSearch(type, pairs, {
    baseUrl: context.baseUrl,
    valueSet: context.valueSet,
    lenient: isLenient(request),
    now: session.now(),
  });
  if (query.summary === 'count') {
    return {
      status: 200,
      headers: {},
      text: searchsetBundle(context, query, { matches: [], included: [] }, { pairs, total: await session.count(query) }),
    };
  }
  const page = await session.search(query, position?.after, compartmentOf(query));
  const total = await totalOf(session, query, position, page);
  const next =
    page.next && (await context.pageTokens.seal({ scope: type, query: pairs, after: page.next, total }, session.principal.clientId));
  return { status: 200, headers: {}, text: searchsetBundle(context, query, page, { pairs, total, next }) };
}

/** A page that is the whole answer gives the total for nothing; otherwise it is counted unless the client wants none. */
async function totalOf(
  session: Session,
  query: SearchQuery,
  position: { total?: number } | undefined,
  page: { matches: unknown[]; next?: unknown },
): Promise<number | undefined> {
  if (query.total === 'none') return undefined;
  if (position === undefined && !page.next) return page.matches.length;
  return position?.total ?? (await session.count(query));
}

/** The BSN never stands in a URL: urls are logged by everything on the way. */
function refuseBsn(request: FhirRequest): void {
  if (request.entry !== undefined) return;
  const holder = request.query.find(([, value]) => value.includes(BSN_SYSTEM) || value.includes(BSN_OID));
  if (holder) {
    throw new FhirError('bad-parameter', 'A BSN may not stand in a URL: send this search by POST to _search with a form body.', {
      expression: (holder[0].split(':')[0] as string).slice(0, 64),
    });
  }
}
