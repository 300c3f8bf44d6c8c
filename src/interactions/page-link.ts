// Links to further pages: one parameter, _page, that carries the whole question.
import type { PagePosition } from '../access/page-token.js';
import type { Session } from '../access/session.js';
import type { FhirRequest } from '../fhir/exchange.js';
import type { InteractionContext } from './context.js';
import { parameter, refuseOtherParameters } from './parameters.js';

/** Where the page begins that a request asks by its link; undefined for a first page. Throws 'bad-parameter' for a link that is no good. */
export async function openPage(
  context: InteractionContext,
  session: Session,
  request: FhirRequest,
  scope: string,
): Promise<PagePosition | undefined> {
  const token = parameter(request, '_page');
  if (token === undefined) return undefined;
  // Another parameter beside the link would change the question half way.
  refuseOtherParameters(request, ['_page']);
  return context.pageTokens.open(token, scope, session.principal);
}

/** The url of the page at a position. */
export async function pageUrl(context: InteractionContext, session: Session, position: PagePosition): Promise<string> {
  return `${context.baseUrl}/${position.scope}?_page=${await context.pageTokens.seal(position, session.principal)}`;
}
