// The registry of clients in openapi.yaml.

import { POLICIES } from '../auth/policies.js';
import { PURPOSES } from '../auth/purposes.js';
import type { ErrorKind } from '../fhir/errors.js';
import { CLIENT_PATH, CLIENTS_PATH } from './client-routes.js';
import { refusals } from './openapi-errors.js';
import { CORRELATION, headerRef, parameterRef } from './openapi-parameters.js';

type Json = Record<string, unknown>;

const texts = { type: 'array', items: { type: 'string' } };

export const CLIENT_SCHEMAS: Record<string, Json> = {
  Client: {
    description: 'A system that may ask for tokens. Keys are public.',
    type: 'object',
    required: ['clientId', 'name', 'scopes', 'policies', 'purposes'],
    properties: {
      clientId: { type: 'string', pattern: '^[!-~]{1,128}$' },
      name: { type: 'string', minLength: 1 },
      organization: {
        type: 'object',
        description: 'For whom the client speaks.',
        properties: {
          ura: { type: 'string', pattern: '^[0-9]{8}$' },
          name: { type: 'string' },
          type: { type: 'string', description: 'Code of http://nictiz.nl/fhir/NamingSystem/organization-type.' },
        },
        additionalProperties: false,
      },
      jwks: {
        type: 'object',
        description: 'Public keys by value (RFC 7517), or:',
        required: ['keys'],
        properties: { keys: { type: 'array' } },
      },
      jwksUrl: { type: 'string', description: 'where they are published, by https.' },
      scopes: { ...texts, description: 'SMART v2 scopes; a token holds these or fewer.' },
      policies: { type: 'array', items: { enum: [...POLICIES] }, description: 'Access policies.' },
      purposes: {
        type: 'array',
        minItems: 1,
        items: { enum: [...PURPOSES] },
        description: 'Purposes of use; the first when none is asked.',
      },
      onProfileErrors: { enum: ['refuse', 'accept-and-report'], description: 'What errors of published profiles do to its writes.' },
      vouchesForPatients: { type: 'boolean', description: 'Whether it may bring patients and representatives.' },
      revoked: { type: 'boolean', description: 'Out within 60 seconds, and for good. Not changed by PUT.' },
      version: { type: 'integer', description: 'Rises with every change; the number in the ETag.' },
    },
    additionalProperties: false,
  },
  Clients: {
    type: 'object',
    required: ['clients'],
    properties: { clients: { type: 'array', items: { $ref: '#/components/schemas/Client' } } },
    additionalProperties: false,
  },
};

const ALWAYS: readonly ErrorKind[] = ['unauthenticated', 'too-many-requests', 'internal', 'unavailable'];
const ANSWERED = { 'X-Request-Id': headerRef('X-Request-Id'), 'Cache-Control': headerRef('Cache-Control') };
const DOCUMENT = { 'application/json': { schema: { $ref: '#/components/schemas/Client' } } };
const WITH_BODY: readonly ErrorKind[] = ['bad-syntax', 'too-large', 'unsupported-media-type', 'unprocessable-content'];

/** Path → operations. */
export function clientPaths(): Record<string, Json> {
  const one = { headers: { ...ANSWERED, ETag: headerRef('ETag') }, content: DOCUMENT };
  const list = { headers: ANSWERED, content: { 'application/json': { schema: { $ref: '#/components/schemas/Clients' } } } };
  const created = { ...one, headers: { ...one.headers, Location: { ...headerRef('Location') } } };
  return {
    [CLIENTS_PATH]: {
      get: operation('clientList', 'Every registered client', [], { 200: { description: 'All, revoked ones included.', ...list } }),
      post: operation('clientAdd', 'Register a client', ['duplicate', ...WITH_BODY], {
        201: { description: 'It may ask for tokens.', ...created },
      }),
    },
    [CLIENT_PATH.replace(':clientId', '{clientId}')]: {
      get: operation('clientRead', 'One client', ['not-found'], { 200: { description: 'The client.', ...one } }),
      put: operation('clientChange', 'Change a client', ['not-found', 'precondition-required', 'precondition-failed', ...WITH_BODY], {
        200: { description: 'The client as it is now.', ...one },
      }),
      delete: operation('clientRevoke', 'Shut a client out', ['not-found'], {
        200: { description: 'It is out within 60 seconds. Revoking twice is no error.', ...one },
      }),
    },
  };
}

function operation(operationId: string, summary: string, kinds: readonly ErrorKind[], success: Json): Json {
  const parameters = CORRELATION.map(parameterRef);
  if (!/List|Add/.test(operationId)) parameters.unshift(parameterRef('clientId'));
  if (operationId === 'clientChange') parameters.push(parameterRef('ifMatch'));
  return {
    operationId,
    tags: ['Administration'],
    summary,
    description: 'For callers with the access policy `admin`.',
    parameters,
    ...(/Add|Change/.test(operationId) && { requestBody: { required: true, content: DOCUMENT } }),
    responses: { ...success, ...refusals(['forbidden', ...kinds], ALWAYS) },
  };
}
