// The CapabilityStatement (kind instance), made from the registries: routes, operations, search parameters. Never a hand-kept list.
// https://hl7.org/fhir/R4/capabilitystatement.html
import type { CapabilityStatement, CapabilityStatementRestResource } from '@medplum/fhirtypes';
import { SERVED_TYPES } from '../fhir/resource-types.js';
import { AUDIT_EVENT } from '../interactions/audit-event.js';
import { AUDIT_EVENT_PROFILE } from '../interactions/audit-event-resource.js';
import { OPERATIONS } from '../operations/index.js';
import { includesOf, revincludesOf, searchParametersOf } from '../search/parameters.js';
import { operationUrl, searchParameterUrl } from './definitions.js';
import { INTERACTION_ROUTES, LOG_ROUTES } from './interactions.js';

/** The published statement a provider of the national PZP exchange implements. */
const PROVIDER_STATEMENT = 'https://api.iknl.nl/docs/pzp/r4/CapabilityStatement/ACP-CapabilityStatementProvider';

const SYSTEM_INTERACTIONS = ['transaction', 'batch'] as const;
const NOT_OF_A_TYPE = ['capabilities', 'transaction'];

/** The log: read only, rendered from what the service wrote down, without versions. */
const LOG: CapabilityStatementRestResource = {
  type: AUDIT_EVENT,
  profile: AUDIT_EVENT_PROFILE,
  documentation: 'The patient reads the own log; the data protection officer names a patient or a time. Nobody writes it.',
  interaction: [...new Set(LOG_ROUTES.map(({ code }) => code))].map((code) => ({ code: code as 'read' })),
  versioning: 'no-version',
  readHistory: false,
  updateCreate: false,
  searchParam: [
    { name: 'patient', type: 'reference', definition: 'http://hl7.org/fhir/SearchParameter/AuditEvent-patient' },
    { name: 'date', type: 'date', definition: 'http://hl7.org/fhir/SearchParameter/AuditEvent-date' },
  ],
};

export interface CapabilityFacts {
  baseUrl: string;
  /** Of the software, from package.json. */
  version: string;
  /** When this version was released or started: ISO date-time. */
  date: string;
  tokenUrl: string;
}

export function capabilityStatement(facts: CapabilityFacts): CapabilityStatement {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: facts.date,
    kind: 'instance',
    software: { name: 'izp-record-service', version: facts.version },
    implementation: { description: 'Record service for proactive care planning and the individual care plan', url: facts.baseUrl },
    instantiates: [PROVIDER_STATEMENT],
    fhirVersion: '4.0.1',
    format: ['json', 'application/fhir+json', 'xml', 'application/fhir+xml'],
    patchFormat: ['application/json-patch+json'],
    rest: [
      {
        mode: 'server',
        security: {
          service: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' }] }],
          description: 'Every request but this one needs a bearer token, obtained with a signed client assertion (SMART Backend Services).',
          extension: [
            {
              url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
              extension: [{ url: 'token', valueUri: facts.tokenUrl }],
            },
          ],
        },
        resource: [...SERVED_TYPES.map(resourceOf), LOG],
        interaction: SYSTEM_INTERACTIONS.map((code) => ({ code })),
        operation: OPERATIONS.filter((one) => one.levels.includes('system')).map((one) => operationOf(one.name)),
      },
    ],
  };

  function resourceOf(type: (typeof SERVED_TYPES)[number]): CapabilityStatementRestResource {
    const codes = [...new Set(INTERACTION_ROUTES.map((route) => route.code))].filter((code) => !NOT_OF_A_TYPE.includes(code));
    const operations = OPERATIONS.filter((one) => one.types.includes(type)).map((one) => operationOf(one.name));
    return {
      type,
      interaction: codes.map((code) => ({ code: code as 'read' })),
      versioning: type === 'CarePlan' ? 'versioned-update' : 'versioned',
      readHistory: true,
      updateCreate: true,
      conditionalCreate: true,
      conditionalRead: 'full-support',
      conditionalUpdate: true,
      conditionalDelete: 'single',
      referencePolicy: ['literal', 'logical', 'local'],
      searchInclude: includesOf(type),
      searchRevInclude: revincludesOf(type),
      searchParam: searchParametersOf(type).map((parameter) => ({
        name: parameter.code,
        type: parameter.type,
        definition: searchParameterUrl(type, parameter),
      })),
      ...(operations.length > 0 ? { operation: operations } : {}),
    };
  }
}

function operationOf(name: string): { name: string; definition: string } {
  return { name, definition: operationUrl(name) };
}
