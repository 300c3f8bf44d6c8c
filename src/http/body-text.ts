// Request bodies as text: UTF-8 and nothing else. Bytes that are no UTF-8 would be stored as question marks.
import type { FastifyRequest } from 'fastify';
import { FhirError } from '../fhir/errors.js';

/** Strict, and without a byte order mark. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Throws 'unsupported-media-type' for another charset or a compressed body, 'bad-syntax' for bytes that are no UTF-8. */
export function bodyText(request: FastifyRequest, body: Buffer): string {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase();
  if (encoding !== undefined && encoding !== '' && encoding !== 'identity')
    throw new FhirError('unsupported-media-type', 'Bodies are taken uncompressed.', { expression: 'http.content-encoding' });
  const charset = /;\s*charset\s*=\s*"?([\w.:-]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset))
    throw new FhirError('unsupported-media-type', 'Bodies are taken in UTF-8 only.', { expression: 'http.content-type' });
  try {
    return utf8.decode(body);
  } catch {
    throw new FhirError('bad-syntax', 'The body is not UTF-8.');
  }
}
