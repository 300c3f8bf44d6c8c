// JSON Schemas of FHIR's frames (resource, Bundle, OperationOutcome) and of the token answers, for openapi.yaml.
// The resources themselves are described by HL7: https://hl7.org/fhir/R4/resourcelist.html
import { OAUTH_ERRORS } from '../auth/oauth-error.js';

type Schema = Record<string, unknown>;

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** https://hl7.org/fhir/R4/valueset-issue-type.html */
const ISSUE_CODES = [
  ...['invalid', 'structure', 'required', 'value', 'invariant', 'security', 'login', 'unknown', 'expired', 'forbidden', 'suppressed'],
  ...['processing', 'not-supported', 'duplicate', 'multiple-matches', 'not-found', 'deleted', 'too-long', 'code-invalid', 'extension'],
  ...['too-costly', 'business-rule', 'conflict', 'transient', 'lock-error', 'no-store', 'exception', 'timeout', 'incomplete', 'throttled'],
  'informational',
];

function bundle(description: string, type: string, entry: Schema, required: string[] = []): Schema {
  return {
    description,
    type: 'object',
    required: ['resourceType', 'type', ...required],
    properties: {
      resourceType: { const: 'Bundle' },
      type: { const: type },
      total: {
        type: 'integer',
        minimum: 0,
        description:
          'Matches of the whole question, includes not counted. Left out with `_total=none`, and where several patients have too many to be counted unasked.',
      },
      link: { type: 'array', items: ref('BundleLink') },
      entry: { type: 'array', items: entry },
    },
    additionalProperties: false,
  };
}

export const FHIR_SCHEMAS: Record<string, Schema> = {
  Xml: { type: 'string', description: 'The same resource as FHIR XML. https://hl7.org/fhir/R4/xml.html' },
  SentResource: {
    description: 'A FHIR R4 resource. Every element, modifierExtension included, comes back exactly as sent.',
    type: 'object',
    required: ['resourceType'],
    properties: { resourceType: { type: 'string' }, id: ref('Id') },
    additionalProperties: true,
  },
  Resource: {
    description: 'A FHIR R4 resource as stored: id, meta.versionId and meta.lastUpdated are given by the server.',
    type: 'object',
    required: ['resourceType', 'id', 'meta'],
    properties: {
      resourceType: { type: 'string' },
      id: ref('Id'),
      meta: {
        type: 'object',
        required: ['versionId', 'lastUpdated'],
        properties: {
          versionId: { type: 'string', pattern: '^[1-9][0-9]*$' },
          lastUpdated: { type: 'string', format: 'date-time' },
        },
        additionalProperties: true,
      },
    },
    additionalProperties: true,
  },
  Id: { type: 'string', pattern: '^[A-Za-z0-9\\-.]{1,64}$' },
  CapabilityStatement: {
    description: 'https://hl7.org/fhir/R4/capabilitystatement.html',
    type: 'object',
    required: ['resourceType', 'status', 'date', 'kind', 'fhirVersion', 'format', 'rest', 'instantiates'],
    properties: {
      resourceType: { const: 'CapabilityStatement' },
      status: { const: 'active' },
      date: { type: 'string', format: 'date-time' },
      kind: { const: 'instance' },
      instantiates: { type: 'array', minItems: 1, items: { type: 'string' } },
      fhirVersion: { const: '4.0.1' },
      format: { type: 'array', items: { type: 'string' } },
      rest: { type: 'array', minItems: 1, maxItems: 1, items: { type: 'object' } },
    },
    additionalProperties: true,
  },
  OperationOutcome: {
    description: 'What went wrong, or what happened. https://hl7.org/fhir/R4/operationoutcome.html',
    type: 'object',
    required: ['resourceType', 'issue'],
    properties: {
      resourceType: { const: 'OperationOutcome' },
      issue: {
        type: 'array',
        minItems: 1,
        items: {
          type: 'object',
          required: ['severity', 'code'],
          properties: {
            severity: { enum: ['fatal', 'error', 'warning', 'information'] },
            code: { enum: ISSUE_CODES },
            details: { type: 'object', description: 'A CodeableConcept: the rule that was broken.' },
            diagnostics: {
              type: 'string',
              description: 'In English: what is wrong and what would have been right. Never a BSN, token or content.',
            },
            expression: {
              type: 'array',
              items: { type: 'string' },
              description: 'FHIRPath of the element, `http.<header>`, the parameter’s name, or `Bundle.entry[n]…`.',
            },
          },
          additionalProperties: false,
        },
      },
    },
    additionalProperties: false,
  },
  BundleLink: {
    type: 'object',
    required: ['relation', 'url'],
    properties: {
      relation: { enum: ['self', 'next'] },
      url: { type: 'string', description: '`next` holds an opaque `_page` token of 10 minutes, for this client only.' },
    },
    additionalProperties: false,
  },
  SearchBundle: bundle(
    'Matches first, included resources after.',
    'searchset',
    {
      type: 'object',
      required: ['resource', 'search'],
      properties: {
        fullUrl: { type: 'string' },
        resource: {
          type: 'object',
          required: ['resourceType'],
          properties: { resourceType: { type: 'string' } },
          additionalProperties: true,
        },
        search: {
          type: 'object',
          required: ['mode'],
          properties: { mode: { enum: ['match', 'include', 'outcome'] } },
          additionalProperties: false,
        },
      },
      additionalProperties: false,
    },
    ['link'],
  ),
  HistoryBundle: bundle(
    'Versions, newest first; a deletion is an entry without a resource.',
    'history',
    {
      type: 'object',
      required: ['fullUrl', 'request', 'response'],
      properties: {
        fullUrl: { type: 'string' },
        resource: ref('Resource'),
        request: {
          type: 'object',
          required: ['method', 'url'],
          properties: { method: { enum: ['POST', 'PUT', 'PATCH', 'DELETE'] }, url: { type: 'string' } },
          additionalProperties: false,
        },
        response: {
          type: 'object',
          required: ['status', 'etag', 'lastModified'],
          properties: { status: { type: 'string' }, etag: { type: 'string' }, lastModified: { type: 'string', format: 'date-time' } },
          additionalProperties: false,
        },
      },
      additionalProperties: false,
    },
    ['link'],
  ),
  SentBundle: {
    description: 'A transaction or batch of at most 500 entries. https://hl7.org/fhir/R4/bundle.html',
    type: 'object',
    required: ['resourceType', 'type'],
    properties: {
      resourceType: { const: 'Bundle' },
      type: { enum: ['transaction', 'batch'] },
      entry: { type: 'array', maxItems: 500, items: ref('SentEntry') },
    },
  },
  SentEntry: {
    type: 'object',
    required: ['request'],
    properties: {
      fullUrl: { type: 'string', description: 'urn:uuid:… or an own address; references to it are rewritten to the id given here.' },
      resource: {
        type: 'object',
        additionalProperties: true,
        description: 'The resource; for PATCH a Binary whose data is the JSON Patch in base64.',
      },
      request: {
        type: 'object',
        required: ['method', 'url'],
        properties: {
          method: { enum: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] },
          url: { type: 'string' },
          ifMatch: { type: 'string' },
          ifNoneMatch: { type: 'string' },
          ifNoneExist: { type: 'string' },
          ifModifiedSince: { type: 'string' },
        },
      },
    },
  },
  ResponseEntry: {
    type: 'object',
    required: ['response'],
    properties: {
      resource: { type: 'object' },
      response: {
        type: 'object',
        required: ['status'],
        properties: {
          status: { type: 'string', description: 'Code and words: `201 Created`.', pattern: '^[1-5][0-9][0-9]( .+)?$' },
          location: { type: 'string' },
          etag: { type: 'string' },
          lastModified: { type: 'string', format: 'date-time' },
          outcome: ref('OperationOutcome'),
        },
        additionalProperties: false,
      },
    },
    additionalProperties: false,
  },
  TransactionBundle: bundle('One entry for each that was sent, in the same order.', 'transaction-response', ref('ResponseEntry'), []),
  BatchBundle: bundle(
    'One entry for each that was sent, in the same order, each with its own outcome.',
    'batch-response',
    ref('ResponseEntry'),
    [],
  ),
  DocumentBundle: {
    description: 'A FHIR document: Composition first, then what it refers to. https://hl7.org/fhir/R4/documents.html',
    type: 'object',
    required: ['resourceType', 'id', 'type', 'identifier', 'timestamp', 'entry'],
    properties: {
      resourceType: { const: 'Bundle' },
      id: ref('Id'),
      meta: {
        description: 'Only in the answer to whoever broke the glass: nobody is to take it for a permission.',
        type: 'object',
        required: ['security'],
        properties: {
          security: {
            type: 'array',
            minItems: 1,
            items: {
              type: 'object',
              required: ['system', 'code'],
              properties: { system: { type: 'string' }, code: { const: 'BTG' }, display: { type: 'string' } },
            },
          },
        },
        additionalProperties: false,
      },
      type: { const: 'document' },
      identifier: { type: 'object', required: ['system', 'value'], properties: { system: { type: 'string' }, value: { type: 'string' } } },
      timestamp: { type: 'string', format: 'date-time', description: 'Last change of the plan.' },
      entry: {
        type: 'array',
        minItems: 2,
        prefixItems: [
          {
            type: 'object',
            required: ['fullUrl', 'resource'],
            properties: {
              fullUrl: { type: 'string' },
              resource: {
                type: 'object',
                required: ['resourceType', 'section'],
                properties: { resourceType: { const: 'Composition' }, section: { type: 'array', minItems: 1 } },
              },
            },
          },
        ],
        items: {
          type: 'object',
          required: ['fullUrl', 'resource'],
          properties: { fullUrl: { type: 'string' }, resource: { type: 'object' } },
        },
      },
    },
    additionalProperties: false,
  },
  Parameters: {
    description: 'https://hl7.org/fhir/R4/parameters.html',
    type: 'object',
    required: ['resourceType'],
    properties: {
      resourceType: { const: 'Parameters' },
      parameter: {
        type: 'array',
        items: { type: 'object', required: ['name'], properties: { name: { type: 'string' } }, additionalProperties: true },
      },
    },
  },
  JsonPatch: {
    description: 'RFC 6902.',
    type: 'array',
    maxItems: 500,
    items: {
      type: 'object',
      required: ['op', 'path'],
      properties: {
        op: { enum: ['add', 'remove', 'replace', 'move', 'copy', 'test'] },
        path: { type: 'string' },
        from: { type: 'string' },
        value: {},
      },
    },
  },
};

export const TOKEN_SCHEMAS: Record<string, Schema> = {
  TokenResponse: {
    description: 'RFC 6749, 5.1.',
    type: 'object',
    required: ['access_token', 'token_type', 'expires_in', 'scope'],
    properties: {
      access_token: { type: 'string', description: 'A signed JWT, opaque to the client.' },
      token_type: { enum: ['Bearer', 'DPoP'], description: 'DPoP for a token bound to the key of the proof that came with the request.' },
      expires_in: { type: 'integer', description: 'Seconds.' },
      scope: { type: 'string', description: 'SMART v2 scopes, separated by spaces.' },
      id_token: { type: 'string', description: 'At a demo, for the code of a person who signed in; then the access token opens nothing.' },
    },
    additionalProperties: false,
  },
  OauthError: {
    description: 'RFC 6749, 5.2.',
    type: 'object',
    required: ['error', 'error_description'],
    properties: { error: { enum: Object.keys(OAUTH_ERRORS) }, error_description: { type: 'string' } },
    additionalProperties: false,
  },
  Jwks: keySet('P-384', 'ES384'),
  SummaryKeys: keySet('P-256', 'ES256'),
  SmartConfiguration: {
    description: 'https://hl7.org/fhir/smart-app-launch/conformance.html',
    type: 'object',
    required: [
      'issuer',
      'token_endpoint',
      'grant_types_supported',
      'token_endpoint_auth_methods_supported',
      'token_endpoint_auth_signing_alg_values_supported',
      'scopes_supported',
      'code_challenge_methods_supported',
      'dpop_signing_alg_values_supported',
      'capabilities',
    ],
    properties: {
      issuer: { type: 'string' },
      jwks_uri: { type: 'string', description: 'Left out where an outside issuer gives the tokens and publishes no keys.' },
      token_endpoint: { type: 'string' },
      grant_types_supported: { type: 'array', items: { type: 'string' } },
      token_endpoint_auth_methods_supported: { type: 'array', items: { type: 'string' } },
      token_endpoint_auth_signing_alg_values_supported: { type: 'array', items: { type: 'string' } },
      scopes_supported: { type: 'array', items: { type: 'string' } },
      dpop_signing_alg_values_supported: { type: 'array', items: { type: 'string' } },
      code_challenge_methods_supported: { type: 'array', items: { type: 'string' } },
      capabilities: { type: 'array', items: { type: 'string' } },
    },
    additionalProperties: false,
  },
};

/** Public keys on one curve, for one algorithm. */
function keySet(crv: string, alg: string): Schema {
  return {
    description: 'RFC 7517. Public keys only.',
    type: 'object',
    required: ['keys'],
    properties: {
      keys: {
        type: 'array',
        minItems: 1,
        items: {
          type: 'object',
          required: ['kty', 'crv', 'x', 'y', 'kid', 'alg', 'use'],
          properties: {
            kty: { const: 'EC' },
            crv: { const: crv },
            x: { type: 'string' },
            y: { type: 'string' },
            kid: { type: 'string' },
            alg: { const: alg },
            use: { const: 'sig' },
          },
          additionalProperties: false,
        },
      },
    },
    additionalProperties: false,
  };
}
