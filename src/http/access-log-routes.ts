// GET /v1/access-log: who saw or changed what, in plain Dutch, for the patient and the data protection officer; JSON or a page.
// GET /v1/break-glass: the accesses without a prior permission, for the officer.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { LogFilter } from '../access/audit-log.js';
import { requirePolicy } from '../access/require-policy.js';
import { type DoorDeps, Session } from '../access/session.js';
import { intervalOf } from '../fhir/dates.js';
import { asFhirError, FhirError } from '../fhir/errors.js';
import { FHIR_ID } from '../fhir/references.js';
import { AUDIT_EVENT, naming } from '../interactions/audit-event.js';
import type { InteractionContext } from '../interactions/context.js';
import type { Authenticate } from './authenticate.js';
import { sendFailure } from './failure.js';
import { logEntries } from './log-view.js';
import { sendPage, wantsPage } from './page-answer.js';
import { renderAccessLogFailure, renderAccessLogPage } from './pages/access-log-page.js';
import { ACCESS_LOG_STYLE_HASH } from './pages/access-log-style.js';
import { traceOf } from './trace.js';

export const ACCESS_LOG_PATH = '/v1/access-log';
export const BREAK_GLASS_PATH = '/v1/break-glass';

/** Entries of one answer: some pages of paper. */
const PAGE = 100;

interface LogDeps {
  door: DoorDeps;
  context: InteractionContext;
  authenticate: Authenticate;
}

interface Kind {
  path: string;
  /** The interaction in audit and log. */
  interaction: string;
  /** Parameters beside _page. */
  takes: readonly string[];
  filter(asked: Asked): LogFilter;
}

interface Asked {
  patient?: string;
  since?: Date;
}

const ACCESS_LOG: Kind = {
  path: ACCESS_LOG_PATH,
  interaction: 'access-log',
  takes: ['patient', 'since'],
  filter: ({ patient, since }) => ({ patientId: patient, from: since }),
};

const BREAK_GLASS: Kind = {
  path: BREAK_GLASS_PATH,
  interaction: 'break-glass',
  takes: ['since'],
  filter: ({ since }) => ({ policy: 'break-glass', from: since }),
};

export function registerAccessLog(app: FastifyInstance, deps: LogDeps): void {
  app.route({
    method: 'GET',
    url: ACCESS_LOG_PATH,
    config: { access: 'token', audit: 'session' },
    handler: (request, reply) => answer(request, reply, deps, ACCESS_LOG),
  });
  app.route({
    method: 'GET',
    url: BREAK_GLASS_PATH,
    config: { access: 'token', audit: 'session' },
    handler: (request, reply) => answer(request, reply, deps, BREAK_GLASS),
  });
}

async function answer(request: FastifyRequest, reply: FastifyReply, deps: LogDeps, kind: Kind): Promise<FastifyReply> {
  const asPage = kind === ACCESS_LOG && wantsPage(request.headers.accept);
  reply.header('cache-control', 'no-store');
  try {
    const principal = await deps.authenticate(request);
    request.fhirInteraction = kind.interaction;
    const session = new Session(deps.door, principal, {
      ...traceOf(request.headers),
      requestId: request.id,
      interaction: kind.interaction,
    });
    const found = await session.audited(() => entries(request, session, deps, kind));
    if (asPage) return sendPage(reply, { status: 200, html: renderAccessLogPage(found), style: ACCESS_LOG_STYLE_HASH });
    const { entries: told, next } = found;
    return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify({ entries: told, next: next ?? null }));
  } catch (error) {
    const failure = asFhirError(error);
    if (!asPage) return sendFailure(request, reply, failure);
    reply.headers(failure.headers);
    return sendPage(reply, {
      status: failure.status,
      html: renderAccessLogFailure(failure.status, failure.status >= 500 ? undefined : failure.message),
      style: ACCESS_LOG_STYLE_HASH,
    });
  }
}

async function entries(request: FastifyRequest, session: Session, { context }: LogDeps, kind: Kind) {
  session.require(AUDIT_EVENT, 's');
  if (kind === BREAK_GLASS) requirePolicy(session.principal, 'auditor');
  const scope = kind.path.slice(1);
  const sent = Object.entries(request.query as Record<string, unknown>);
  const token = sent.find(([name]) => name === '_page')?.[1];
  if (token !== undefined && (typeof token !== 'string' || sent.length > 1))
    throw new FhirError('bad-parameter', 'A page link stands alone.', { expression: '_page' });
  const position = token === undefined ? undefined : await context.pageTokens.open(token, scope, session.principal);
  const query = position?.query ?? (sent as [string, string][]);
  const filter = await context.auditLog.allowed(session, kind.filter(askedOf(query, kind)));
  if (kind === ACCESS_LOG && filter.patientId === undefined)
    throw new FhirError('bad-parameter', 'Name the patient whose log it is: ?patient=[id].', { expression: 'patient' });
  const after = position && { recorded: new Date(Number(position.after[0])), seq: String(position.after[1]) };
  const page = await context.auditLog.page(session, filter, after, PAGE);
  const next =
    page.next &&
    `${kind.path}?_page=${await context.pageTokens.seal({ scope, query: kind === ACCESS_LOG ? naming(query, filter) : query, after: [page.next.recorded.getTime(), page.next.seq] }, session.principal)}`;
  return { entries: logEntries(page, context.showUsers), next };
}

function askedOf(query: [string, unknown][], { takes }: Kind): Asked {
  const asked: Asked = {};
  for (const [name, value] of query) {
    if (!takes.includes(name)) throw new FhirError('unknown-parameter', `This takes ${takes.join(', ')}.`, { expression: 'http.query' });
    if (typeof value !== 'string') throw new FhirError('bad-parameter', `${name} is given twice.`, { expression: name });
    if (name === 'patient') {
      if (!FHIR_ID.test(value)) throw new FhirError('bad-parameter', 'patient is the id of a Patient.', { expression: name });
      asked.patient = value;
    } else {
      const interval = intervalOf(value.replace(/ (?=\d{2}:\d{2}$)/, '+'));
      if (!interval) throw new FhirError('bad-parameter', 'since is a date or an instant.', { expression: name });
      asked.since = new Date(interval.start);
    }
  }
  return asked;
}
