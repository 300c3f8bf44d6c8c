// search-type, by GET and by POST _search.
// https://hl7.org/fhir/R4/http.html#search
import type { PagePosition } from '../access/page-token.js';
import type { Session } from '../access/session.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import { compartmentOf } from '../search/compartment.js';
import { parseSearch, type SearchQuery } from '../search/query.js';
import { shown } from '../search/refusal.js';
import type { InteractionContext } from './context.js';
import { asksCurrent, currentQuery, DEFAULT_PARAMETERS, searchCurrent } from './current-search.js';
import { openPage, pageUrl } from './page-link.js';
import { isLenient } from './prefer.js';
import { searchsetBundle } from './searchset.js';

/** Characters of one search: its page links carry it, and a link must fit in a request line. */
const MAX_CHARACTERS = 30_000;

export async function search(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  const type = request.path[0] as string;
  if (request.method === 'POST' && request.body !== undefined)
    throw new FhirError('bad-parameter', 'An entry that searches has its parameters in request.url, and no resource.');
  const position = await openPage(context, session, request, type);
  const asked = position?.query ?? request.query;
  if (asked.reduce((sum, [name, value]) => sum + name.length + value.length, 0) > MAX_CHARACTERS)
    throw new FhirError('bad-parameter', `A search takes at most ${MAX_CHARACTERS} characters: ask it in parts.`);
  const isCurrent = asksCurrent(type, asked);
  const understood = parseSearch(type, isCurrent ? [...asked, ...(DEFAULT_PARAMETERS[type] ?? [])] : asked, {
    baseUrl: context.baseUrl,
    valueSet: context.valueSet,
    valueSets: context.valueSets,
    lenient: isLenient(request),
    now: session.now(),
  });
  // What was ignored is no part of the question any more: not in links, not on the next page.
  const pairs = asked.filter(([name]) => !understood.ignored.includes(shown(name)));
  const told = { pairs, ignored: asked.map(([name]) => name).filter((name) => understood.ignored.includes(shown(name))) };
  if (understood.summary === 'count') {
    const total = await session.count(isCurrent ? await currentQuery(session, understood) : understood);
    return { status: 200, headers: {}, text: searchsetBundle(context, understood, { matches: [], included: [] }, { ...told, total }) };
  }
  const named = compartmentOf(understood);
  const { page, query } = isCurrent
    ? await searchCurrent(session, understood, position?.after, named)
    : { page: await session.search(understood, position?.after, named), query: understood };
  const total = await totalOf(session, query, position, page);
  const next = page.next && (await pageUrl(context, session, { scope: type, query: pairs, after: page.next, total }));
  return { status: 200, headers: {}, text: searchsetBundle(context, query, page, { ...told, total, next }) };
}

/** A page that is the whole answer gives the total for nothing; otherwise it is counted, once, unless the client wants none. */
async function totalOf(
  session: Session,
  query: SearchQuery,
  position: PagePosition | undefined,
  page: { matches: unknown[]; next?: unknown },
): Promise<number | undefined> {
  if (query.total === 'none') return undefined;
  if (position === undefined && !page.next) return page.matches.length;
  // Nothing of what the first page counted can be seen any more: nor is its number.
  if (position !== undefined && page.matches.length === 0) return undefined;
  return position ? position.total : session.count(query);
}
