// One line per request, written after the answer: what kind, who, how it went, how long. No URL, query, header or body.
import type { FastifyInstance } from 'fastify';
import { correlationOf } from './trace.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** FHIR's word for what was asked, once known. */
    fhirInteraction: string;
  }
  interface FastifyContextConfig {
    /** Who may call: a bearer token, a person signed in at the pages, or anyone. */
    access?: 'token' | 'page' | 'open';
    /** Where its audit event comes from. */
    audit?: 'session' | 'token-endpoint' | 'sign-in' | 'none';
  }
}

export function registerRequestLog(app: FastifyInstance): void {
  app.decorateRequest('fhirInteraction', '');
  // Hooks call back instead of promising: they run for every request.
  app.addHook('onResponse', (request, reply, done) => {
    const { correlationId, aortaInitialRequestId, aortaRequestId } = correlationOf(request.headers);
    request.log.info(
      {
        reqId: request.id,
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        interaction: request.fhirInteraction || undefined,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        correlationId,
        aortaInitialRequestId,
        aortaRequestId,
      },
      'request',
    );
    done();
  });
}
