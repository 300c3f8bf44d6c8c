// Pages of other origins: none may read an answer, but those the operator names. No cookies are in use, so none are allowed.
// https://fetch.spec.whatwg.org/#http-cors-protocol
import type { FastifyInstance } from 'fastify';

/** Headers such a page may send, and those of the answer it may read, besides the ones every page may. */
const SENT =
  'accept, authorization, content-type, dpop, idempotency-key, if-match, if-modified-since, if-none-exist, if-none-match, prefer, x-correlation-id, x-request-id';
const READ =
  'allow, content-location, etag, idempotency-replayed, last-modified, location, ratelimit, ratelimit-policy, retry-after, www-authenticate, x-request-id';
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';

/** Seconds a browser may keep the answer to its question before the request. */
const PREFLIGHT_SECONDS = 600;

/** Without origins there is no such header on any answer, and OPTIONS is what FHIR makes of it. */
export function registerCors(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  app.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.headers;
    reply.header('vary', 'Origin');
    if (origin === undefined || !origins.includes(origin)) return done();
    reply.header('access-control-allow-origin', origin).header('access-control-expose-headers', READ);
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return done();
    reply
      .code(204)
      .headers({
        allow: METHODS,
        'access-control-allow-methods': METHODS,
        'access-control-allow-headers': SENT,
        'access-control-max-age': String(PREFLIGHT_SECONDS),
      })
      .send();
  });
}
