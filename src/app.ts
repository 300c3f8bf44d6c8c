// Builds the HTTP application from its parts; never listens.
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, type FastifyServerOptions, LogController } from 'fastify';
import type { DoorDeps } from './access/session.js';
import type { TokenEndpointDeps } from './auth/token-endpoint.js';
import type { TokenVerifier } from './auth/verify-token.js';
import { FhirError } from './fhir/errors.js';
import { authenticate } from './http/auth-plugin.js';
import { bodyText } from './http/body-text.js';
import { answerClientError } from './http/client-error.js';
import { registerEmergencyCard } from './http/emergency-routes.js';
import { asOutcomeError, sendFailure } from './http/failure.js';
import { registerFhir } from './http/fhir-plugin.js';
import { registerHealth } from './http/health-routes.js';
import { failureFormat } from './http/negotiation.js';
import { registerOauthRoutes } from './http/oauth-routes.js';
import { registerRequestLog } from './http/request-log.js';
import { traceOf } from './http/trace.js';
import { registerValidationReports } from './http/validation-report-routes.js';
import type { InteractionContext } from './interactions/context.js';

export interface AppDeps {
  door: DoorDeps;
  context: InteractionContext;
  verifier: TokenVerifier;
  /** The service's own token endpoint; absent when outside issuers are configured. */
  issuer?: TokenEndpointDeps;
  isReady(): Promise<boolean>;
  /** Bytes a request body may have. */
  bodyLimit: number;
  logger: FastifyServerOptions['loggerInstance'];
}

/** Milliseconds a client may take to send a whole request: slow bodies must not hold the service. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Bytes of request line and headers together: the link to the next page carries its whole question. */
const MAX_HEADER_BYTES = 65_536;

export function buildApp(deps: AppDeps): FastifyInstance {
  const app = Fastify({
    loggerInstance: deps.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: deps.bodyLimit,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { maxHeaderSize: MAX_HEADER_BYTES },
    clientErrorHandler: answerClientError,
    genReqId: (request) => traceOf(request.headers).requestId,
    frameworkErrors: (error, request, reply) => {
      refuse(request, reply, asOutcomeError(error));
    },
    routerOptions: { ignoreDuplicateSlashes: false },
  });
  app.removeAllContentTypeParsers();
  // Bodies stay text: each route knows what its body must be, and nothing is coerced or dropped on the way.
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => bodyText(request, body));
  app.setErrorHandler((error, request, reply) => refuse(request, reply, asOutcomeError(error as { code?: string })));
  app.setNotFoundHandler((request, reply) =>
    refuse(
      request,
      reply,
      new FhirError('not-found', 'There is nothing at this address. FHIR is at /fhir/R4, the emergency card at /v1/emergency-card.', {
        expression: 'http.path',
      }),
    ),
  );
  registerRequestLog(app);
  const caller = (request: Parameters<typeof authenticate>[0]) => authenticate(request, deps.verifier);
  registerHealth(app, deps.isReady);
  if (deps.issuer) registerOauthRoutes(app, deps.issuer);
  registerEmergencyCard(app, deps.door, caller);
  registerValidationReports(app, deps.door, caller);
  registerFhir(app, { door: deps.door, context: deps.context, authenticate: caller });
  return app;
}

/** A refusal before or beside the routes, in the format the client asked. */
function refuse(request: FastifyRequest, reply: FastifyReply, failure: FhirError): FastifyReply {
  const query = /[?&]_format=([^&]*)/.exec(request.raw.url ?? '')?.[1];
  // Refusals of the framework pass no hook.
  reply.header('x-request-id', request.id);
  return sendFailure(request, reply, failure, failureFormat(query === undefined ? [] : [['_format', query]], request.headers.accept));
}
