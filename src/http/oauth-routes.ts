// The open doors of identity: the token endpoint, its public keys, and the SMART discovery document.
// https://www.rfc-editor.org/rfc/rfc6749#section-5, https://hl7.org/fhir/smart-app-launch/conformance.html
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { OauthError } from '../auth/oauth-error.js';
import { grantToken, type TokenEndpointDeps } from '../auth/token-endpoint.js';

const FORM = 'application/x-www-form-urlencoded';

/** Bytes of a token request: an assertion of the longest length taken, percent-escapes, and a long list of scopes. */
const MAX_FORM_BYTES = 32_768;

/** Seconds that others may keep our public keys. A new key reaches them by its unknown key id. */
const JWKS_MAX_AGE_SECONDS = 300;

/** Seconds after which a client may ask again when the service cannot answer. */
const RETRY_AFTER_SECONDS = 2;

export const TOKEN_PATH = '/oauth/token';
export const JWKS_PATH = '/oauth/jwks';
export const SMART_CONFIGURATION_PATH = '/fhir/R4/.well-known/smart-configuration';

/** Adds the routes in a scope of their own, so that their form parser and error form stay theirs. */
export function registerOauthRoutes(app: FastifyInstance, deps: TokenEndpointDeps): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(FORM, { parseAs: 'string' }, (_request, body, done) => done(null, new URLSearchParams(body as string)));
    scope.setErrorHandler((error: FastifyError, request, reply) => {
      const refusal = oauthErrorOf(error);
      if (refusal.status >= 500)
        request.log.error({ reqId: request.id, errorClass: error.name, code: error.code }, 'token endpoint failed');
      return sendRefusal(reply, refusal, error.statusCode === 413 ? 413 : refusal.status);
    });

    scope.post(TOKEN_PATH, { bodyLimit: MAX_FORM_BYTES, config: { access: 'open', audit: 'token-endpoint' } }, async (request, reply) => {
      if (!(request.body instanceof URLSearchParams)) throw new OauthError('invalid_request', `The request is a form: ${FORM}.`);
      const { dpop } = request.headers;
      const answer = await grantToken(request.body, typeof dpop === 'string' ? dpop : dpop?.join(), deps);
      return unstored(reply).send(answer);
    });

    scope.get(JWKS_PATH, { config: { access: 'open', audit: 'none' } }, async (_request, reply) =>
      reply
        .header('cache-control', `public, max-age=${JWKS_MAX_AGE_SECONDS}`)
        .type('application/jwk-set+json')
        .send(JSON.stringify(await deps.keys.publicJwks())),
    );
  });
}

/** Adds the SMART discovery document, which tells where tokens are given: here or elsewhere. */
export function registerDiscovery(app: FastifyInstance, discovery: () => Record<string, unknown>): void {
  app.get(SMART_CONFIGURATION_PATH, { config: { access: 'open', audit: 'none' } }, async (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(JSON.stringify(discovery())),
  );
}

function unstored(reply: FastifyReply): FastifyReply {
  return reply.header('cache-control', 'no-store').header('pragma', 'no-cache');
}

function sendRefusal(reply: FastifyReply, refusal: OauthError, status: number): FastifyReply {
  if (refusal.code === 'invalid_client') reply.header('www-authenticate', 'Bearer realm="izp", error="invalid_client"');
  if (refusal.status === 503) reply.header('retry-after', String(RETRY_AFTER_SECONDS));
  return unstored(reply).status(status).send({ error: refusal.code, error_description: refusal.description });
}

/** Whatever was thrown, in OAuth's words. What is not the client's fault never looks like a refusal. */
function oauthErrorOf(error: FastifyError | OauthError): OauthError {
  if (error instanceof OauthError) return error;
  const { statusCode } = error;
  if (statusCode === 413) return new OauthError('invalid_request', `The request is larger than ${MAX_FORM_BYTES} bytes.`);
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new OauthError('invalid_request', `The request is not a readable form: ${FORM}.`);
  return new OauthError('temporarily_unavailable', 'The service cannot give tokens now: try again.', error);
}
