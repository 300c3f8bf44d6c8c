// Headers of every answer, refusals of the framework included: nothing is kept, sniffed, framed or told to other sites.
// https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html#security-headers
import type { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { setRateHeaders } from './rate-limits.js';

/** What a route may set differently: a page its own policy, public keys how long they may be kept. */
export const ANSWER_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** Two years, the least that browsers' own lists ask. https://hstspreload.org/ */
export const HSTS = 'max-age=63072000; includeSubDomains';

const NAMES = Object.entries(ANSWER_HEADERS);

/** Sets them on every answer that passes the hooks. `baseUrl` tells whether clients come by https. */
export function registerAnswerHeaders(app: FastifyInstance, baseUrl: () => string): void {
  app.addHook('onSend', (request, reply, _payload, done) => {
    reply.header('x-request-id', request.id);
    setAnswerHeaders(request, reply, baseUrl());
    setRateHeaders(request, reply);
    done();
  });
}

/** For an answer that passes no hook. */
export function setAnswerHeaders(request: FastifyRequest, reply: FastifyReply, baseUrl: string): void {
  for (const [name, value] of NAMES) if (!reply.hasHeader(name)) reply.header(name, value);
  // Over plain HTTP a browser must not believe it.
  if (baseUrl.startsWith('https:') || (request.raw.socket as Partial<TLSSocket>).encrypted) reply.header('strict-transport-security', HSTS);
}
