// Pages for signed-in people. registerPage(app, deps, definition) makes one of what its author writes:
//
//   registerPage(app, deps.pages, {
//     path: '/werklijst', interaction: 'worklist', purposes: ['TREAT'],
//     show: async (visit) => ({ html: renderFrame({ title, style: STYLE, viewer: visit.viewer, path: '/werklijst' }, html`<h1>…`), style: STYLE.source }),
//     receive: async (visit) => ({ seeOther: '/werklijst' }),
//   });
//
// What the author gets: a Session (the one door to the data; audited around show and receive, so never call settle), the query or the
// form, and the viewer. What the author must do: put `visit.viewer.formToken` in every <form method="post">, escape by html`…`, keep BSNs
// and words of people out of addresses, answer a form with what went wrong (status 422) or with seeOther. Everything else is done here:
// who is not signed in goes to sign-in and comes back, a form from elsewhere is refused, a form whose session ended is given back to be
// sent again, refusals and failures are Dutch pages, nothing is kept by the browser, and no style but the page's own, no script and no
// picture from anywhere is allowed.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type DoorDeps, Session } from '../../access/session.js';
import { isFormToken, type PageSession, type PageSessions } from '../../auth/page-sessions.js';
import type { Principal } from '../../auth/principal.js';
import type { Purpose } from '../../auth/purposes.js';
import { asFhirError, FhirError } from '../../fhir/errors.js';
import { typedBsn } from '../../fhir/identity.js';
import type { InteractionContext } from '../../interactions/context.js';
import type { Authenticate } from '../authenticate.js';
import { type Download, sendDownload, sendPage } from '../page-answer.js';
import { SIGN_IN_PATH, type Viewer } from '../pages/frame.js';
import type { Content } from '../pages/html.js';
import { correlationOf } from '../trace.js';
import type { Cookies } from './cookies.js';
import { FORM_AUTHOR, FORM_TOKEN, RETURN_TO, SESSION_COOKIE } from './form-names.js';
import { sendPageFailure } from './page-failure.js';
import { atOwnName, isOwnForm, PAGE_REFERRER_POLICY } from './same-origin.js';
import { unsentOf } from './unsent-form.js';
import { viewerOf } from './viewer.js';

export interface PageDeps {
  door: DoorDeps;
  context: InteractionContext;
  sessions: PageSessions;
  cookies: Cookies;
  /** Paths of the pages there are: registerPage adds its own. */
  paths: Set<string>;
  /** The service's own address without a slash at the end. */
  baseUrl(): string;
  /** The caller of a page request; counts and audits as for tokens. */
  authenticate: Authenticate;
}

export interface Visit {
  session: Session;
  context: InteractionContext;
  /** What stands behind the ? of the address. */
  query: URLSearchParams;
  /** What the form holds; empty on GET. */
  form: URLSearchParams;
  viewer: Viewer;
  /** Epoch milliseconds. */
  now: number;
}

/** A page; where to go on after a form was taken, a path of this service; or a file to be kept. */
export type PageAnswer = { status?: number; html: string; style: string } | { seeOther: string } | { download: Download };

export interface PageDefinition {
  path: string;
  /** The word for it in audit and log; in Dutch in izp/access-log-words.data.ts. */
  interaction: string;
  /** Of these the first that the person's organisation may ask for; a patient always asks as themselves. */
  purposes: readonly Purpose[];
  show(visit: Visit): Promise<PageAnswer>;
  /** Takes a form that was sent to the page's own address. */
  receive?(visit: Visit): Promise<PageAnswer>;
  /** What people typed into such a form, to be shown with one that is given back; nothing of the record. */
  typed?(form: URLSearchParams): Content;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set once the person behind a page request is known. */
    pageSession: PageSession | null;
  }
  interface FastifyContextConfig {
    /** Of a page. */
    purposes?: readonly Purpose[];
  }
}

/** Who is behind a page request. Throws FhirError 'unauthenticated' when nobody is signed in any more, 'forbidden', or 'unavailable'. */
export function pageAuthentication({ sessions, cookies }: Pick<PageDeps, 'sessions' | 'cookies'>): Authenticate {
  return async (request) => {
    const cookie = cookies.get(request, SESSION_COOKIE);
    const session = cookie === undefined ? undefined : await sessions.find(cookie);
    if (!session) throw new FhirError('unauthenticated', 'Nobody is signed in, or no longer.', { cause: 'no page session' });
    request.pageSession = session;
    return sessions.principal(session, request.routeOptions.config.purposes ?? []);
  };
}

export function registerPage(app: FastifyInstance, deps: PageDeps, page: PageDefinition): void {
  deps.paths.add(page.path);
  const config = { access: 'page', audit: 'session', purposes: page.purposes } as const;
  app.get(page.path, { config }, (request, reply) => visit(request, reply, deps, page, page.show));
  const { receive } = page;
  if (receive) app.post(page.path, { config }, (request, reply) => visit(request, reply, deps, page, receive));
}

async function visit(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: PageDeps,
  page: PageDefinition,
  answer: (visit: Visit) => Promise<PageAnswer>,
): Promise<FastifyReply> {
  reply.header('cache-control', 'no-store').header('referrer-policy', PAGE_REFERRER_POLICY);
  const isForm = request.method === 'POST';
  const elsewhere = isForm ? undefined : atOwnName(request, deps.baseUrl());
  if (elsewhere !== undefined) return reply.redirect(elsewhere, 303);
  request.fhirInteraction = page.interaction;
  const query = new URLSearchParams((request.raw.url ?? '').split('?')[1] ?? '');
  try {
    // Not even carried on to sign-in.
    if ([...query.values()].some((value) => typedBsn(value) !== undefined))
      throw new FhirError('bad-parameter', 'A BSN may not stand in an address: type it into the form.');
    // Nobody yet: nothing was asked, so there is nothing to refuse.
    if (!isForm && deps.cookies.get(request, SESSION_COOKIE) === undefined) return toSignIn(request, reply);
    const principal = await deps.authenticate(request);
    const signedIn = request.pageSession as PageSession;
    const session = new Session(deps.door, principal, {
      ...correlationOf(request.headers),
      requestId: request.id,
      interaction: page.interaction,
    });
    const viewer = viewerOf(signedIn);
    const shown = await session.audited(async () => {
      requirePurpose(principal, page.purposes);
      const form = isForm ? ownForm(request, deps.baseUrl(), signedIn) : new URLSearchParams();
      return answer({ session, context: deps.context, query, form, viewer, now: deps.door.now() });
    });
    if ('seeOther' in shown) return reply.redirect(shown.seeOther, 303);
    if ('download' in shown) return sendDownload(reply, shown.download);
    return sendPage(reply, { status: shown.status ?? 200, html: shown.html, style: shown.style, forms: "'self'" });
  } catch (error) {
    const failure = asFhirError(error);
    // A form that was typed is not thrown away: its sender has it back. And no redirect of a form leads to another site.
    if (failure.kind === 'unauthenticated' && !isForm) return toSignIn(request, reply);
    const unsent = isForm ? unsentOf(request, deps.baseUrl(), failure, page.typed) : undefined;
    return sendPageFailure(request, reply, failure, page.path, unsent);
  }
}

/** A patient comes as themselves, to every page. */
function requirePurpose({ purpose, patientId }: Principal, purposes: readonly string[]): void {
  if (patientId === undefined && !purposes.includes(purpose))
    throw new FhirError('forbidden', `The person may not ask for the purpose ${purposes.join(' or ')}.`);
}

/** What people filled in, if one of our pages sent it. Throws 'unsupported-media-type', or 'forbidden'. */
export function ownForm(request: FastifyRequest, baseUrl: string, session: PageSession): URLSearchParams {
  if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? ''))
    throw new FhirError('unsupported-media-type', 'A page takes a form.', { expression: 'http.content-type' });
  const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
  if (!isOwnForm(request, baseUrl) || !isFormToken(session, form.get(FORM_TOKEN) ?? undefined))
    throw new FhirError('forbidden', 'The form did not come from this page.', { expression: FORM_TOKEN });
  // Sent again in another session it is the same form.
  for (const name of [FORM_TOKEN, FORM_AUTHOR]) form.delete(name);
  return form;
}

function toSignIn(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.redirect(`${SIGN_IN_PATH}?${new URLSearchParams({ [RETURN_TO]: request.raw.url ?? '/' })}`, 303);
}
