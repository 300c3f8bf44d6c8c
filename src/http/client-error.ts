// Requests that are not HTTP, too long or too slow: they reach no route, and are answered with an OperationOutcome all the same.
// https://nodejs.org/api/http.html#event-clienterror
import type { Socket } from 'node:net';
import { FhirError } from '../fhir/errors.js';
import { writeJson } from '../fhir/json.js';
import { ANSWER_HEADERS } from './answer-headers.js';
import { CONTENT_TYPE } from './negotiation.js';

const REASONS: Record<number, string> = { 400: 'Bad Request', 408: 'Request Timeout', 431: 'Request Header Fields Too Large' };

/** Answers on the bare socket and closes it. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  // A connection the client broke off has nobody to answer.
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const refusal = refusalOf(error.code);
  const body = writeJson(refusal.toOutcome());
  socket.end(
    [
      `HTTP/1.1 ${refusal.status} ${REASONS[refusal.status]}`,
      `Content-Type: ${CONTENT_TYPE.json}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...Object.entries(ANSWER_HEADERS).map(([name, value]) => `${name}: ${value}`),
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

function refusalOf(code: string | undefined): FhirError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new FhirError('headers-too-large', 'The address and headers together are longer than this service takes: search by POST.', {
        expression: 'http.headers',
      });
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new FhirError('timeout', 'The request took too long to arrive.');
    default:
      return new FhirError('bad-syntax', 'This is not an HTTP request that can be read.');
  }
}
