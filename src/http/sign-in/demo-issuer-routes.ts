// The demo issuer's own page: choose who to be. Registered at a demo alone.
// https://openid.net/specs/openid-connect-core-1_0.html#AuthorizationEndpoint
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  afterSignOut,
  answerUrl,
  type DemoIssuer,
  grantCode,
  isFault,
  openidConfiguration,
  readAuthorization,
} from '../../auth/demo-issuer.js';
import { demoPeople } from '../../auth/demo-people.js';
import { asFhirError } from '../../fhir/errors.js';
import { logFailure } from '../failure.js';
import { sendPage } from '../page-answer.js';
import { demoPeoplePage } from '../pages/demo-people-page.js';
import { type Note, renderNote } from '../pages/frame.js';
import { pageFailure } from './page-failure.js';
import { isOwnForm, PAGE_REFERRER_POLICY } from './same-origin.js';

export const AUTHORIZE_PATH = '/oauth/authorize';
export const END_SESSION_PATH = '/oauth/end-session';
export const OPENID_CONFIGURATION_PATH = '/.well-known/openid-configuration';

/** Field of the form that names who was chosen; the request it answers stands beside it. */
export const WHO = 'persoon';

export function registerDemoIssuer(app: FastifyInstance, issuer: DemoIssuer): void {
  const config = { access: 'open', audit: 'none' } as const;
  app.get(OPENID_CONFIGURATION_PATH, { config }, async (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(JSON.stringify(openidConfiguration(issuer.baseUrl()))),
  );
  app.get(AUTHORIZE_PATH, { config }, (request, reply) => told(request, reply, () => choose(reply, parametersOf(request), issuer)));
  app.post(AUTHORIZE_PATH, { config }, (request, reply) => told(request, reply, () => chosen(request, reply, issuer)));
  app.get(END_SESSION_PATH, { config }, async (request, reply) => {
    const to = afterSignOut(parametersOf(request), issuer);
    return to === undefined ? note(reply, 400, BAD_REQUEST) : reply.redirect(to, 303);
  });
}

async function told(request: FastifyRequest, reply: FastifyReply, answer: () => Promise<FastifyReply>): Promise<FastifyReply> {
  reply.header('referrer-policy', PAGE_REFERRER_POLICY);
  try {
    return await answer();
  } catch (error) {
    const failure = asFhirError(error);
    logFailure(request, failure);
    return note(reply, failure.status, pageFailure(failure, '/aanmelden'));
  }
}

async function choose(reply: FastifyReply, parameters: URLSearchParams, issuer: DemoIssuer, status = 200): Promise<FastifyReply> {
  const read = readAuthorization(parameters, issuer);
  if (isFault(read)) return refuse(reply, read, issuer);
  const people = await demoPeople(issuer.db);
  return sendPage(reply, {
    status,
    forms: "'self'",
    ...demoPeoplePage({ people, parameters, action: AUTHORIZE_PATH, who: WHO, nobody: status === 422 }),
  });
}

async function chosen(request: FastifyRequest, reply: FastifyReply, issuer: DemoIssuer): Promise<FastifyReply> {
  if (!isOwnForm(request, issuer.baseUrl())) return note(reply, 403, BAD_REQUEST);
  const parameters = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
  const key = parameters.get(WHO) ?? '';
  parameters.delete(WHO);
  const read = readAuthorization(parameters, issuer);
  if (isFault(read)) return refuse(reply, read, issuer);
  const code = await grantCode(read, key, issuer);
  if (code === undefined) return choose(reply, parameters, issuer, 422);
  return reply.redirect(answerUrl(read, { code }, issuer) as string, 303);
}

/** By redirect where the client is known; a stranger's address is never gone to. */
function refuse(
  reply: FastifyReply,
  fault: Exclude<ReturnType<typeof readAuthorization>, { challenge: string }>,
  issuer: DemoIssuer,
): FastifyReply {
  const to = answerUrl(fault, { error: fault.error, error_description: fault.description }, issuer);
  return to === undefined ? note(reply, 400, { ...BAD_REQUEST, detail: fault.description }) : reply.redirect(to, 303);
}

function parametersOf({ raw }: FastifyRequest): URLSearchParams {
  return new URLSearchParams((raw.url ?? '').split('?')[1] ?? '');
}

function note(reply: FastifyReply, status: number, told: Note): FastifyReply {
  return sendPage(reply, { status, ...renderNote(told) });
}

const BAD_REQUEST: Note = {
  title: 'Verzoek niet begrepen',
  text: 'Dit verzoek om iemand aan te melden klopt niet. Er is niemand aangemeld.',
  link: { to: '/aanmelden', name: 'Opnieuw aanmelden' },
};
