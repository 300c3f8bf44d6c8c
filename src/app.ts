// Builds the HTTP application from its parts; never listens.
import type { ServerOptions } from 'node:http';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, type FastifyServerOptions, LogController } from 'fastify';
import type { DoorDeps } from './access/session.js';
import type { PageSessions } from './auth/page-sessions.js';
import type { SigningKeys } from './auth/signing-keys.js';
import type { TokenEndpointDeps } from './auth/token-endpoint.js';
import type { TokenVerifier } from './auth/verify-token.js';
import type { Config } from './config.js';
import { FhirError } from './fhir/errors.js';
import { registerAccessLog } from './http/access-log-routes.js';
import { registerAdmission } from './http/admission.js';
import { registerAnswerHeaders, setAnswerHeaders } from './http/answer-headers.js';
import { auditRefusals } from './http/audit-refusals.js';
import { authenticate } from './http/auth-plugin.js';
import { bodyText } from './http/body-text.js';
import { answerClientError } from './http/client-error.js';
import { registerClients } from './http/client-routes.js';
import { registerCors } from './http/cors.js';
import { registerEmergencyCard } from './http/emergency-routes.js';
import { asOutcomeError, sendFailure } from './http/failure.js';
import { registerFhir } from './http/fhir-plugin.js';
import { registerHealth } from './http/health-routes.js';
import { failureFormat } from './http/negotiation.js';
import { registerDiscovery, registerOauthRoutes } from './http/oauth-routes.js';
import { registerRateLimits } from './http/rate-limits.js';
import { registerRequestLog } from './http/request-log.js';
import { registerRetention } from './http/retention-routes.js';
import { registerConversationPage } from './http/sign-in/conversation-page-route.js';
import { createCookies } from './http/sign-in/cookies.js';
import { registerDemoIssuer } from './http/sign-in/demo-issuer-routes.js';
import { registerEmergencyPage } from './http/sign-in/emergency-page-route.js';
import { registerOwnPages } from './http/sign-in/own-page-route.js';
import { sendPageFailure } from './http/sign-in/page-failure.js';
import { type PageDeps, pageAuthentication } from './http/sign-in/page-route.js';
import { registerPlanPage } from './http/sign-in/plan-page-route.js';
import { registerSignIn, type SignIn } from './http/sign-in/sign-in-routes.js';
import { registerWorklistPages } from './http/sign-in/worklist-page-route.js';
import { registerSummaryKeys } from './http/summary-key-routes.js';
import { traceOf } from './http/trace.js';
import { registerValidationReports } from './http/validation-report-routes.js';
import { registerWorklists } from './http/worklist-routes.js';
import type { InteractionContext } from './interactions/context.js';

export interface AppDeps {
  door: DoorDeps;
  context: InteractionContext;
  verifier: TokenVerifier;
  /** The service's own token endpoint; absent when outside issuers are configured. */
  issuer?: TokenEndpointDeps;
  /** The SMART discovery document. */
  discovery(): Record<string, unknown>;
  /** People at the pages. `signIn` is absent where nobody can sign in. */
  pages: { sessions: PageSessions; baseUrl(): string; signIn?: SignIn };
  /** Keys of offline summaries, whose public halves are told. */
  summaryKeys: Pick<SigningKeys, 'publicJwks'>;
  /** Set when the service terminates TLS itself. */
  tls?: TlsFiles;
  isReady(): Promise<boolean>;
  limits: Limits;
  logger: FastifyServerOptions['loggerInstance'];
}

/** PEM texts. `ca` holds the authorities of client certificates; none is asked for without it. */
export interface TlsFiles {
  cert: string;
  key: string;
  ca?: string;
}

/** What callers may ask of the process, from the configuration. */
export type Limits = Pick<
  Config,
  | 'bodyLimit'
  | 'rateLimit'
  | 'rateLimitEmergency'
  | 'rateLimitRefusals'
  | 'trustedProxies'
  | 'corsOrigins'
  | 'headersTimeout'
  | 'requestTimeout'
  | 'keepAliveTimeout'
  | 'maxConnections'
  | 'maxReads'
  | 'maxWrites'
>;

/** Slow requests are looked for so often, in ms. */
const SLOW_CHECK_MS = 1_000;

/** A connection on which nothing moves in either direction is closed after this, in ms: longer than any statement may take. */
const SILENCE_MS = 60_000;

/** Bytes of request line and headers together: the link to the next page carries its whole question. */
const MAX_HEADER_BYTES = 65_536;

/** Header lines of a request; a browser behind two proxies sends about 40. */
const MAX_HEADERS = 200;

export function buildApp(deps: AppDeps): FastifyInstance {
  const { limits } = deps;
  const app = Fastify({
    loggerInstance: deps.logger,
    logController: new LogController({ disableRequestLogging: true }),
    // A logger of its own for every request costs more than the line it writes: lines name the request themselves.
    childLoggerFactory: (logger) => logger,
    bodyLimit: limits.bodyLimit,
    requestTimeout: limits.requestTimeout * 1000,
    keepAliveTimeout: limits.keepAliveTimeout * 1000,
    connectionTimeout: SILENCE_MS,
    ...transport(deps.tls, {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: Math.min(limits.headersTimeout, limits.requestTimeout) * 1000,
      connectionsCheckingInterval: SLOW_CHECK_MS,
    }),
    trustProxy: limits.trustedProxies.length > 0 && limits.trustedProxies,
    clientErrorHandler: answerClientError,
    genReqId: (request) => traceOf(request.headers).requestId,
    frameworkErrors: (error, request, reply) => {
      refuse(request, reply, asOutcomeError(error));
    },
    routerOptions: { ignoreDuplicateSlashes: false },
  });
  const { server } = app;
  server.maxConnections = limits.maxConnections;
  // Node.js would drop further headers without a word, an If-Match among them: they are counted and refused instead.
  server.maxHeadersCount = 0;
  const baseUrl = () => deps.context.baseUrl;
  const refuse = (request: FastifyRequest, reply: FastifyReply, failure: FhirError) => {
    // Refusals of the framework pass no hook.
    setAnswerHeaders(request, reply, baseUrl());
    return refusal(request, reply, failure);
  };
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
  registerAnswerHeaders(app, baseUrl);
  registerCors(app, limits.corsOrigins);
  app.addHook('onRequest', (request, _reply, done) => {
    // Name and value stand one after the other.
    done(request.raw.rawHeaders.length > 2 * MAX_HEADERS ? tooManyHeaders() : undefined);
  });
  registerAdmission(app, { reads: limits.maxReads, writes: limits.maxWrites });
  const people = { ...deps.pages, cookies: createCookies(deps.pages.baseUrl), paths: new Set<string>() };
  const authenticatePage = pageAuthentication(people);
  app.decorateRequest('pageSession', null);
  const rates = { client: limits.rateLimit, emergency: limits.rateLimitEmergency, refusals: limits.rateLimitRefusals };
  const limited = registerRateLimits(app, rates, deps.door.now, (request) =>
    request.routeOptions.config.access === 'page' ? authenticatePage(request) : authenticate(request, deps.verifier),
  );
  const caller = auditRefusals(deps.door, limited);
  const pages: PageDeps = { ...people, door: deps.door, context: deps.context, authenticate: caller };
  registerHealth(app, deps.isReady);
  if (deps.issuer) registerOauthRoutes(app, deps.issuer);
  registerDiscovery(app, deps.discovery);
  registerSummaryKeys(app, deps.summaryKeys);
  if (deps.issuer?.demo) registerDemoIssuer(app, deps.issuer.demo);
  registerSignIn(app, { ...pages, signIn: deps.pages.signIn });
  registerEmergencyPage(app, pages);
  registerWorklistPages(app, pages);
  registerPlanPage(app, pages);
  registerConversationPage(app, pages);
  registerOwnPages(app, pages);
  registerClients(app, deps.door, caller);
  registerEmergencyCard(app, deps.door, caller);
  registerValidationReports(app, deps.door, caller);
  registerRetention(app, deps.door, caller);
  registerAccessLog(app, { door: deps.door, context: deps.context, authenticate: caller });
  registerWorklists(app, { door: deps.door, context: deps.context, authenticate: caller });
  registerFhir(app, { door: deps.door, context: deps.context, authenticate: caller });
  return app;
}

/** Options of Node.js's server, as Fastify takes them for plain HTTP and for TLS. */
function transport(tls: TlsFiles | undefined, options: ServerOptions): { http?: ServerOptions } {
  if (!tls) return { http: options };
  // A connection without a certificate is let in: it is the token that asks for one.
  const https = { ...options, ...tls, requestCert: tls.ca !== undefined, rejectUnauthorized: false, minVersion: 'TLSv1.2' };
  // Fastify's types tell the two kinds of server apart; what is registered here does not.
  return { https } as { http?: ServerOptions };
}

function tooManyHeaders(): FhirError {
  return new FhirError('headers-too-large', `A request may have ${MAX_HEADERS} headers.`, { expression: 'http.headers' });
}

/** A refusal before or beside the routes, in the format the client asked. */
function refusal(request: FastifyRequest, reply: FastifyReply, failure: FhirError): FastifyReply {
  const { config, url } = request.routeOptions;
  if (config?.access === 'page') return sendPageFailure(request, reply, failure, url ?? '/');
  const query = /[?&]_format=([^&]*)/.exec(request.raw.url ?? '')?.[1];
  reply.header('x-request-id', request.id);
  return sendFailure(request, reply, failure, failureFormat(query === undefined ? [] : [['_format', query]], request.headers.accept));
}
