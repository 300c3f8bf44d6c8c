// The way in and out for people: to the issuer and back, and a session behind a cookie in between.
// https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowSteps, https://openid.net/specs/openid-connect-rpinitiated-1_0.html
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type SignInOutcome, signInEvent } from '../../audit/sign-in-event.js';
import type { ClaimNames } from '../../auth/issuer.js';
import type { SignedIn } from '../../auth/page-sessions.js';
import { PURPOSES } from '../../auth/purposes.js';
import { ATTEMPT_SECONDS, openAttempt, sealAttempt } from '../../auth/sign-in-attempt.js';
import { principalOf } from '../../auth/verify-token.js';
import { type SignInIssuer, SignInRefused } from '../../exchange/sign-in-issuer.js';
import { asFhirError, FhirError } from '../../fhir/errors.js';
import { logFailure } from '../failure.js';
import { sendPage } from '../page-answer.js';
import { type Note, renderNote, SIGN_IN_PATH, SIGN_OUT_PATH } from '../pages/frame.js';
import { html } from '../pages/html.js';
import { RETURN_TO, SESSION_COOKIE } from './form-names.js';
import { sendPageFailure } from './page-failure.js';
import { ownForm, type PageDeps } from './page-route.js';
import { returnPath, START_PAGE } from './return-path.js';
import { atOwnName, isPrivateWay, PAGE_REFERRER_POLICY } from './same-origin.js';

/** Where the issuer sends the browser back to. */
export const CALLBACK_PATH = '/aanmelden/terug';
export const SIGNED_OUT_PATH = '/afgemeld';
/** Where the issuer tells that it signed somebody out. */
export const BACKCHANNEL_PATH = '/afmelden/issuer';

/** Name of the cookie of a sign-in under way; the start of its state follows, so that two tabs do not disturb each other. */
const ATTEMPT_COOKIE = 'izp-aanmelding-';
const STATE_CHARS = 8;

export interface SignIn {
  issuer: SignInIssuer;
  /** How its claims are read. */
  claims: ClaimNames;
  /** 32 bytes that seal what the browser carries on the way. */
  attemptKey: Uint8Array;
}

export type SignInDeps = Omit<PageDeps, 'authenticate'> & {
  /** Absent where nobody can sign in. */
  signIn?: SignIn;
};

export function registerSignIn(app: FastifyInstance, deps: SignInDeps): void {
  const config = { access: 'open', audit: 'sign-in' } as const;
  const answered = (answer: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>) => {
    return async (request: FastifyRequest, reply: FastifyReply) => {
      reply.header('cache-control', 'no-store').header('referrer-policy', PAGE_REFERRER_POLICY);
      try {
        return await answer(request, reply);
      } catch (error) {
        return sendPageFailure(request, reply, asFhirError(error), START_PAGE);
      }
    };
  };
  app.get(
    SIGN_IN_PATH,
    { config },
    answered((request, reply) => begin(request, reply, deps)),
  );
  app.get(
    CALLBACK_PATH,
    { config },
    answered((request, reply) => finish(request, reply, deps)),
  );
  app.post(BACKCHANNEL_PATH, { config }, (request, reply) => signedOutThere(request, reply, deps));
  app.post(
    SIGN_OUT_PATH,
    { config },
    answered((request, reply) => signOut(request, reply, deps)),
  );
  app.get(
    SIGNED_OUT_PATH,
    { config: { access: 'open', audit: 'none' } },
    answered(async (_request, reply) => note(reply, 200, SIGNED_OUT)),
  );
}

async function begin(request: FastifyRequest, reply: FastifyReply, deps: SignInDeps): Promise<FastifyReply> {
  const { signIn, cookies, baseUrl, door } = deps;
  const elsewhere = atOwnName(request, baseUrl());
  if (elsewhere !== undefined) return reply.redirect(elsewhere, 303);
  if (!signIn) return note(reply, 404, NOT_SET_UP);
  if (!isPrivateWay(baseUrl())) return note(reply, 403, NOT_PRIVATE);
  const returnTo = returnPath(queryOf(request).get(RETURN_TO), deps.paths);
  const { url, ...checks } = await signIn.issuer.begin(`${baseUrl()}${CALLBACK_PATH}`);
  const sealed = await sealAttempt({ ...checks, returnTo }, signIn.attemptKey, door.now);
  cookies.set(reply, attemptCookie(checks.state), sealed, ATTEMPT_SECONDS);
  return reply.redirect(url, 303);
}

async function finish(request: FastifyRequest, reply: FastifyReply, deps: SignInDeps): Promise<FastifyReply> {
  const { signIn, cookies, baseUrl, sessions, door } = deps;
  if (!signIn) return note(reply, 404, NOT_SET_UP);
  const state = queryOf(request).get('state') ?? '';
  const sealed = cookies.get(request, attemptCookie(state));
  const attempt = await openAttempt(sealed, state, signIn.attemptKey, door.now);
  if (!attempt) {
    await record(request, deps, { interaction: 'sign-in', refused: 'no sign-in of this browser' });
    return note(reply, 403, NOT_BEGUN);
  }
  cookies.clear(reply, attemptCookie(state));
  let signedIn: SignedIn | undefined;
  try {
    const { claims, idToken } = await signIn.issuer.finish(new URL(`${baseUrl()}${request.raw.url ?? ''}`), attempt);
    signedIn = signedInOf(claims, idToken, signIn);
    // Whoever could do nothing is told now, and not on every page.
    await sessions.principal(signedIn, PURPOSES);
  } catch (error) {
    const reason = refusalOf(error);
    if (reason === undefined) throw error;
    await record(request, deps, { interaction: 'sign-in', refused: reason, person: signedIn?.person });
    return note(reply, 403, NOT_SIGNED_IN);
  }
  // Always a new session: what a stranger put into this browser before is worth nothing afterwards.
  const old = cookies.get(request, SESSION_COOKIE);
  if (old !== undefined) await sessions.close(old);
  const cookie = await sessions.open(signedIn);
  await record(request, deps, { interaction: 'sign-in', person: signedIn.person });
  cookies.set(reply, SESSION_COOKIE, cookie);
  return reply.redirect(attempt.returnTo, 303);
}

function signedInOf(claims: Record<string, unknown>, idToken: string, { issuer, claims: names }: SignIn): SignedIn {
  const { sub, sid, name } = claims;
  // The purpose is the page's: whatever stands here is not used.
  const { purpose: _purpose, ...person } = principalOf(claims, { claims: names, defaultPurpose: 'TREAT' });
  return {
    issuer: issuer.issuer(),
    subject: String(sub),
    ...(typeof sid === 'string' && { issuerSession: sid }),
    idToken,
    person: { ...person, ...(typeof name === 'string' && { name }) },
  };
}

/** Why nobody is signed in; undefined for a failure of the service or the issuer. */
function refusalOf(error: unknown): string | undefined {
  if (error instanceof SignInRefused) return error.reason;
  if (!(error instanceof FhirError) || (error.kind !== 'unauthenticated' && error.kind !== 'forbidden')) return undefined;
  return typeof error.cause === 'string' ? error.cause : error.kind;
}

async function signOut(request: FastifyRequest, reply: FastifyReply, deps: SignInDeps): Promise<FastifyReply> {
  const { signIn, cookies, sessions, baseUrl } = deps;
  const cookie = cookies.get(request, SESSION_COOKIE);
  const session = cookie === undefined ? undefined : await sessions.find(cookie);
  if (cookie === undefined || !session) {
    cookies.clear(reply, SESSION_COOKIE);
    return reply.redirect(SIGNED_OUT_PATH, 303);
  }
  request.pageSession = session;
  ownForm(request, baseUrl(), session);
  await sessions.close(cookie);
  await record(request, deps, { interaction: 'sign-out', person: session.person });
  cookies.clear(reply, SESSION_COOKIE);
  const after = `${baseUrl()}${SIGNED_OUT_PATH}`;
  // Here it is done, whatever becomes of it there.
  const there = await signIn?.issuer.endSessionUrl(session.idToken, after).catch(() => undefined);
  // Not by redirect: browsers let no form of ours lead to another site, not even by a detour.
  return note(reply, 200, there === undefined ? SIGNED_OUT : signingOutThere(there));
}

/**
 * Signs out whom the issuer signed out: whoever lost their rights there is out here with the next request.
 * https://openid.net/specs/openid-connect-backchannel-1_0.html#BCRequest
 */
async function signedOutThere(request: FastifyRequest, reply: FastifyReply, deps: SignInDeps): Promise<FastifyReply> {
  reply.header('cache-control', 'no-store');
  const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
  const refuse = (status: number, error: string) =>
    reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify({ error }));
  try {
    if (!deps.signIn) return refuse(400, 'invalid_request');
    const ended = await deps.sessions.closeOf(await deps.signIn.issuer.signedOut(form.get('logout_token') ?? ''));
    for (const { person } of ended) await record(request, deps, { interaction: 'sign-out', person });
    return reply.code(200).send('');
  } catch (error) {
    if (error instanceof SignInRefused) return refuse(400, 'invalid_request');
    logFailure(request, asFhirError(error));
    // The issuer is to tell it again.
    return refuse(503, 'temporarily_unavailable');
  }
}

async function record(request: FastifyRequest, { door }: SignInDeps, outcome: Omit<SignInOutcome, 'requestId'>): Promise<void> {
  const stamp = { id: door.newId(), recorded: new Date(door.now()) };
  await door.audit.write([signInEvent({ ...outcome, requestId: request.id }, stamp)]);
}

function attemptCookie(state: string): string {
  return `${ATTEMPT_COOKIE}${state.replace(/[^\w-]/g, '').slice(0, STATE_CHARS)}`;
}

function queryOf({ raw }: FastifyRequest): URLSearchParams {
  return new URLSearchParams((raw.url ?? '').split('?')[1] ?? '');
}

function note(reply: FastifyReply, status: number, told: Note): FastifyReply {
  return sendPage(reply, { status, forms: "'self'", ...renderNote(told) });
}

const AGAIN = { to: SIGN_IN_PATH, name: 'Opnieuw aanmelden' };

const SIGNED_OUT: Note = {
  title: 'U bent afgemeld',
  text: 'Sluit dit venster als u deze computer met anderen deelt.',
  link: AGAIN,
};

function signingOutThere(url: string): Note {
  return {
    title: 'U bent afgemeld',
    text: 'U bent hier afgemeld. U wordt nu ook afgemeld waar u zich aanmeldde.',
    link: { to: url, name: 'Verder' },
    head: html`<meta http-equiv="refresh" content="${`0;url=${url}`}">`,
  };
}

const NOT_SET_UP: Note = {
  title: 'Aanmelden is niet ingesteld',
  text: 'Op deze dienst kunnen mensen zich niet aanmelden. Overleg met de beheerder.',
};

const NOT_PRIVATE: Note = {
  title: 'Aanmelden kan hier niet',
  text: 'Aanmelden kan alleen over een beveiligde verbinding (https). Overleg met de beheerder.',
};

const NOT_BEGUN: Note = {
  title: 'Aanmelden niet gelukt',
  text: 'Deze aanmelding is verlopen of niet in dit venster begonnen. U bent niet aangemeld.',
  link: AGAIN,
};

const NOT_SIGNED_IN: Note = {
  title: 'Aanmelden niet gelukt',
  text: 'U bent niet aangemeld. Misschien bent u of is uw organisatie hier niet of niet meer bekend.',
  link: AGAIN,
};
