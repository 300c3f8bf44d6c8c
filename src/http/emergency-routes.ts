// The emergency card for those without FHIR: POST /v1/emergency-card, JSON or a page for a phone. The BSN comes in the body only.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type DoorDeps, Session } from '../access/session.js';
import { asFhirError, FhirError } from '../fhir/errors.js';
import { etag, versionsOfEtag } from '../fhir/exchange.js';
import { BSN_SYSTEM, typedBsn } from '../fhir/identity.js';
import { isObject, parseJson } from '../fhir/json.js';
import { withFreshness } from '../izp/freshness.js';
import type { Authenticate } from './authenticate.js';
import { emergencyDoor } from './emergency-address.js';
import { sendFailure } from './failure.js';
import { sendPage, wantsPage } from './page-answer.js';
import { renderEmergencyPage, renderFailurePage, renderNonePage } from './pages/emergency-page.js';
import { EMERGENCY_STYLE_HASH } from './pages/emergency-style.js';
import { correlationOf } from './trace.js';

export const EMERGENCY_CARD_PATH = '/v1/emergency-card';

export function registerEmergencyCard(app: FastifyInstance, shared: DoorDeps, authenticate: Authenticate): void {
  const door = emergencyDoor(shared);
  app.route({
    method: 'POST',
    url: EMERGENCY_CARD_PATH,
    config: { access: 'token', audit: 'session' },
    handler: (request, reply) => answer(request, reply, door, authenticate),
  });
}

async function answer(request: FastifyRequest, reply: FastifyReply, door: DoorDeps, authenticate: Authenticate): Promise<FastifyReply> {
  const asPage = wantsPage(request.headers.accept);
  reply.header('cache-control', 'no-store');
  try {
    const principal = await authenticate(request);
    request.fhirInteraction = 'emergency-card';
    const session = new Session(door, principal, {
      ...correlationOf(request.headers),
      requestId: request.id,
      interaction: 'emergency-card',
    });
    const card = await session.audited(async () => {
      session.require('Patient', 'r');
      const { bsn, reason } = askedOf(request);
      return session.cardByIdentifier(BSN_SYSTEM, bsn, 'card', reason);
    });
    if (!card) return asPage ? sendOwnPage(reply, 200, renderNonePage(door.now())) : sendJson(reply, noneAvailable(door.now()));
    reply.header('etag', etag(card.version));
    const held = request.headers['if-none-match'];
    if (held !== undefined && versionsOfEtag(held).includes(String(card.version)) && !asPage) return reply.code(304).send();
    return asPage
      ? sendOwnPage(reply, 200, renderEmergencyPage(JSON.parse(card.text), door.now()))
      : sendJson(reply, withFreshness(card.text, door.now()));
  } catch (error) {
    const failure = asFhirError(error);
    // Whatever goes wrong inside: "cannot answer now" and never an empty answer.
    const told =
      failure.kind === 'internal' ? new FhirError('unavailable', '', { cause: failure.cause, headers: { 'retry-after': '1' } }) : failure;
    if (asPage) {
      reply.code(told.status).headers(told.headers);
      return sendOwnPage(reply, told.status, renderFailurePage(told.status, told.status >= 500 ? undefined : told.message));
    }
    return sendFailure(request, reply, told);
  }
}

/** `{"bsn":"…"}`, or the form field bsn; with a reason to break the glass. */
function askedOf(request: FastifyRequest): { bsn: string; reason?: string } {
  const text = typeof request.body === 'string' ? request.body : '';
  const isForm = request.headers['content-type']?.toLowerCase().startsWith('application/x-www-form-urlencoded');
  const body = isForm ? Object.fromEntries(new URLSearchParams(text)) : parseJson(text);
  const { bsn, reason } = isObject(body) ? body : {};
  if (typeof bsn !== 'string')
    throw new FhirError('bad-parameter', 'The body is {"bsn":"…"} with the BSN as text of nine digits.', { expression: 'bsn' });
  const digits = typedBsn(bsn);
  if (digits === undefined)
    throw new FhirError('bad-parameter', 'This is not a valid BSN: nine digits that pass the eleven check.', { expression: 'bsn' });
  if (reason !== undefined && typeof reason !== 'string') throw new FhirError('bad-parameter', 'reason is text.', { expression: 'reason' });
  return { bsn: digits, ...(reason === undefined ? {} : { reason }) };
}

/** One answer for every reason: no such patient, no plan, or not available to you. */
function noneAvailable(now: number): string {
  return JSON.stringify({ status: 'none-available', asOf: new Date(now).toISOString(), version: null });
}

function sendJson(reply: FastifyReply, text: string): FastifyReply {
  return reply.header('content-type', 'application/json; charset=utf-8').send(text);
}

function sendOwnPage(reply: FastifyReply, status: number, html: string): FastifyReply {
  return sendPage(reply, { status, html, style: EMERGENCY_STYLE_HASH, forms: "'self'" });
}
