// The body of a FHIR request, by its content type: JSON, XML, a JSON Patch or form fields.
// https://hl7.org/fhir/R4/http.html#mime-type
import type { FastifyRequest } from 'fastify';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, HttpMethod } from '../fhir/exchange.js';
import { parseJson } from '../fhir/json.js';
import { parseQuery } from '../interactions/query-text.js';
import type { FhirAddress } from './fhir-address.js';
import { bodyFormat } from './negotiation.js';
import { fromXml } from './xml.js';

/** The request as the interactions take it. `code` is its interaction; form fields belong to searches and operations only. */
export function fhirRequest(request: FastifyRequest, { path, query }: FhirAddress, code: string): FhirRequest {
  const method = request.method as HttpMethod;
  const made: FhirRequest = { method, path, query, headers: headersOf(request) };
  const body = request.body as string | undefined;
  if (body === undefined || method === 'GET' || method === 'HEAD' || method === 'DELETE') return made;
  const form = formFields(request);
  if (form) {
    if (code !== 'search-type' && !code.startsWith('$')) {
      throw new FhirError('unsupported-media-type', 'Only _search and operations take form fields.', { expression: 'http.content-type' });
    }
    return { ...made, query: [...query, ...form] };
  }
  if (body === '') return made;
  if (code === 'search-type') {
    throw new FhirError('unsupported-media-type', '_search takes its parameters as application/x-www-form-urlencoded.', {
      expression: 'http.content-type',
    });
  }
  const format = bodyFormat(request.headers['content-type'], method === 'PATCH');
  return { ...made, body: format === 'json' ? parseJson(body) : fromXml(body) };
}

/** The pairs of a form body; undefined when the body is something else. Throws 'bad-parameter'. */
export function formFields(request: FastifyRequest): [string, string][] | undefined {
  const name = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (name !== 'application/x-www-form-urlencoded' || typeof request.body !== 'string') return undefined;
  return parseQuery(request.body, 'http.body');
}

function headersOf(request: FastifyRequest): FhirRequest['headers'] {
  const headers = request.headers as FhirRequest['headers'];
  // The one header that Node.js keeps as a list.
  const cookies = request.headers['set-cookie'];
  return cookies === undefined ? headers : { ...headers, 'set-cookie': cookies.join(', ') };
}
