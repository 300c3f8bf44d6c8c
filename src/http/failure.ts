// How a refusal or failure leaves: always an OperationOutcome; and how it is logged: its kind, never its content.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { FhirError } from '../fhir/errors.js';
import { writeJson } from '../fhir/json.js';
import { CONTENT_TYPE, type Format } from './negotiation.js';
import { toXml } from './xml.js';

export function sendFailure(
  request: FastifyRequest,
  reply: FastifyReply,
  failure: FhirError,
  format: Format = 'json',
  pretty = false,
): FastifyReply {
  logFailure(request, failure);
  const text = writeJson(failure.toOutcome(), pretty && format === 'json' ? 2 : undefined);
  return reply
    .code(failure.status)
    .headers(failure.headers)
    .header('cache-control', 'no-store')
    .header('content-type', CONTENT_TYPE[format])
    .send(format === 'xml' ? toXml(text, pretty) : text);
}

/** A failure of the service itself is logged by class and place in the code; messages of others' errors may hold data. */
export function logFailure(request: Pick<FastifyRequest, 'log'> & Partial<Pick<FastifyRequest, 'id'>>, failure: FhirError): void {
  if (failure.status < 500) return;
  const cause = failure.cause;
  const first = cause instanceof Error ? cause : undefined;
  const root = first?.cause instanceof Error ? first.cause : first;
  request.log.error(
    {
      reqId: request.id,
      kind: failure.kind,
      error: root?.name,
      code: (root as { code?: unknown } | undefined)?.code,
      // Frames only: the first lines of a stack repeat the message.
      at: root?.stack
        ?.split('\n')
        .filter((line) => line.startsWith('    at '))
        .slice(0, 6),
    },
    'request failed',
  );
}

/** Fastify's own refusals (body too large, unknown content type, malformed url …) in the words of the error table. */
export function asOutcomeError(error: { code?: string; statusCode?: number }): FhirError {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new FhirError('too-large', 'The body is larger than this service takes.', {
        expression: 'http.content-length',
        // The rest of the body is still on its way: this connection cannot carry another request.
        headers: { connection: 'close' },
      });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new FhirError('unsupported-media-type', 'A resource comes as application/fhir+json or application/fhir+xml.', {
        expression: 'http.content-type',
      });
    case 'FST_ERR_BAD_URL':
      return new FhirError('bad-parameter', 'The address holds a malformed percent-escape.', { expression: 'http.path' });
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new FhirError('bad-syntax', 'The body is not as long as Content-Length says.', { expression: 'http.content-length' });
    case 'FST_ERR_ASYNC_CONSTRAINT':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new FhirError('not-found', 'There is nothing at this address.', { expression: 'http.path' });
    default:
      if (error instanceof FhirError) return error;
      return error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500
        ? new FhirError('bad-syntax', 'The request could not be read.')
        : new FhirError('internal', '', { cause: error });
  }
}
