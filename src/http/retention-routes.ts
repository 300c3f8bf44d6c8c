// GET /v1/retention: records nobody changed for twenty years, which the law no longer asks to be kept. For the policy admin.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RETENTION_YEARS, recordsDue } from '../access/retention.js';
import { type DoorDeps, Session } from '../access/session.js';
import { asFhirError, FhirError } from '../fhir/errors.js';
import { FHIR_ID } from '../fhir/references.js';
import type { Authenticate } from './authenticate.js';
import { sendFailure } from './failure.js';
import { traceOf } from './trace.js';

export const RETENTION_PATH = '/v1/retention';

/** Records in one answer. */
const PAGE = 200;

export function registerRetention(app: FastifyInstance, door: DoorDeps, authenticate: Authenticate): void {
  app.route({
    method: 'GET',
    url: RETENTION_PATH,
    config: { access: 'token', audit: 'session' },
    handler: (request, reply) => answer(request, reply, door, authenticate),
  });
}

async function answer(request: FastifyRequest, reply: FastifyReply, door: DoorDeps, authenticate: Authenticate): Promise<FastifyReply> {
  try {
    const principal = await authenticate(request);
    request.fhirInteraction = 'retention';
    const session = new Session(door, principal, { ...traceOf(request.headers), requestId: request.id, interaction: 'retention' });
    const text = await session.audited(async () => {
      const after = afterOf(request.query as Record<string, unknown>);
      const records = await recordsDue(door, principal, { after, count: PAGE });
      for (const { patientId } of records) session.note({ patientId, action: 'R', outcome: 'success', pointer: `Patient/${patientId}` });
      if (records.length === 0) session.note({ action: 'R', outcome: 'empty' });
      const last = records.length === PAGE ? records.at(-1) : undefined;
      return JSON.stringify({
        years: RETENTION_YEARS,
        records: records.map(({ patientId, lastChanged }) => ({ patient: `Patient/${patientId}`, lastChanged: lastChanged.toISOString() })),
        ...(last && { next: `${RETENTION_PATH}?after=${last.patientId}` }),
      });
    });
    return reply.header('content-type', 'application/json; charset=utf-8').send(text);
  } catch (error) {
    return sendFailure(request, reply, asFhirError(error));
  }
}

function afterOf(query: Record<string, unknown>): string {
  if (Object.keys(query).some((name) => name !== 'after'))
    throw new FhirError('unknown-parameter', 'This list takes after.', { expression: 'http.query' });
  const after = query.after ?? '';
  if (typeof after !== 'string' || (after !== '' && !FHIR_ID.test(after)))
    throw new FhirError('bad-parameter', 'after is an id out of a next link.', { expression: 'after' });
  return after;
}
