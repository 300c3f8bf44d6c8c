// GET /v1/validation-reports: what the caller's organisation stored with errors of published profiles, for the vendor of its system.
// Pointers, profiles and rules; never content.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type DoorDeps, Session } from '../access/session.js';
import { intervalOf } from '../fhir/dates.js';
import { asFhirError, FhirError } from '../fhir/errors.js';
import type { Authenticate } from './authenticate.js';
import { sendFailure } from './failure.js';
import { traceOf } from './trace.js';

export const VALIDATION_REPORTS_PATH = '/v1/validation-reports';

/** Reports in one answer. */
const PAGE = 200;

export function registerValidationReports(app: FastifyInstance, door: DoorDeps, authenticate: Authenticate): void {
  app.route({
    method: 'GET',
    url: VALIDATION_REPORTS_PATH,
    config: { access: 'token', audit: 'session' },
    handler: (request, reply) => answer(request, reply, door, authenticate),
  });
}

async function answer(request: FastifyRequest, reply: FastifyReply, door: DoorDeps, authenticate: Authenticate): Promise<FastifyReply> {
  reply.header('cache-control', 'no-store');
  try {
    const principal = await authenticate(request);
    request.fhirInteraction = 'validation-reports';
    const session = new Session(door, principal, { ...traceOf(request.headers), requestId: request.id, interaction: 'validation-reports' });
    const text = await session.audited(async () => {
      const asked = askedOf(request.query as Record<string, unknown>);
      const reports = await session.validationReports({ ...asked, count: PAGE });
      const last = reports.at(-1)?.seq;
      return JSON.stringify({
        reports: reports.map(({ recorded, type, id, version, clientId, errors }) => ({
          recorded: recorded.toISOString(),
          resource: `${type}/${id}/_history/${version}`,
          client: clientId,
          errors,
        })),
        next: nextOf(asked, last),
      });
    });
    return reply.header('content-type', 'application/json; charset=utf-8').send(text);
  } catch (error) {
    return sendFailure(request, reply, asFhirError(error));
  }
}

interface Asked {
  since?: Date;
  after: number;
}

function askedOf(query: Record<string, unknown>): Asked {
  const unknown = Object.keys(query).find((name) => name !== 'since' && name !== 'after');
  if (unknown !== undefined) throw new FhirError('unknown-parameter', 'This list takes since and after.', { expression: 'http.query' });
  const after = query.after ?? '0';
  if (typeof after !== 'string' || !/^\d{1,15}$/.test(after))
    throw new FhirError('bad-parameter', 'after is a number out of a next link.', { expression: 'after' });
  if (query.since === undefined) return { after: Number(after) };
  const start = typeof query.since === 'string' ? intervalOf(query.since)?.start : undefined;
  if (start === undefined) throw new FhirError('bad-parameter', 'since is a date or an instant.', { expression: 'since' });
  return { since: new Date(start), after: Number(after) };
}

/** Where to go on, now or at the next look: nothing that is stored from here on is passed over. */
function nextOf({ since, after }: Asked, last: number | undefined): string {
  const query = new URLSearchParams({ after: String(last ?? after) });
  if (last === undefined && since) query.set('since', since.toISOString());
  return `${VALIDATION_REPORTS_PATH}?${query}`;
}
