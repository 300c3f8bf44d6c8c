// What an operation is: one file each, one line in index.ts; the router, the CapabilityStatement and openapi follow.
// https://hl7.org/fhir/R4/operations.html
import type { Parameters } from '@medplum/fhirtypes';
import type { Session } from '../access/session.js';
import { type ErrorKind, FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse, HttpMethod } from '../fhir/exchange.js';
import { isObject } from '../fhir/json.js';
import type { InteractionContext } from '../interactions/context.js';

export type OperationLevel = 'system' | 'type' | 'instance';

export interface Operation {
  /** Without the dollar sign. */
  name: string;
  /** Resource types it works on; [] for the system level. */
  types: readonly string[];
  levels: readonly OperationLevel[];
  methods: readonly HttpMethod[];
  /** True when at type level GET is refused: what is asked about comes in a body. */
  bodyAtTypeLevel?: true;
  /** True when the resource asked about may be the body itself. */
  takesResource?: true;
  /** Refusals of its own, beside those that every operation has. */
  refusals?: readonly ErrorKind[];
  /** True when the answer has a version: ETag, and 304 for who has it. */
  versioned?: true;
  /** True when it can be had on paper as well: application/pdf. */
  prints?: true;
  /** One sentence for the OperationDefinition. */
  title: string;
  parameters: readonly { name: string; use: 'in' | 'out'; type: string; min: number; max: string; documentation: string }[];
  /** True when it changes data. */
  affectsState: boolean;
  run(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse>;
}

type ParameterValue = { system?: string; value?: string } | string | boolean;

/** An operation's input parameter, from a Parameters body (value[x] or resource) or the query; undefined when absent. */
export function parameterOf(request: FhirRequest, name: string): ParameterValue | undefined {
  return parametersOf(request, name)[0] as ParameterValue | undefined;
}

/** Every value of a parameter that may be repeated. */
export function parametersOf(request: FhirRequest, name: string): unknown[] {
  const body = request.body;
  const inQuery = request.query.flatMap(([key, value]) => (key === name ? [value] : []));
  if (!isObject(body) || body.resourceType !== 'Parameters') return inQuery;
  const listed = ((body as unknown as Parameters).parameter ?? []).filter((parameter) => parameter?.name === name);
  const inBody = listed.map((found) => found.resource ?? Object.entries(found).find(([key]) => key.startsWith('value'))?.[1]);
  return [...inBody, ...inQuery];
}

/** A parameter that is text. Throws 'bad-parameter' when it is something else. */
export function textParameter(request: FhirRequest, name: string): string | undefined {
  const value = parameterOf(request, name);
  if (value === undefined || typeof value === 'string') return value;
  throw new FhirError('bad-parameter', `${name} is text.`, { expression: name });
}

/** Refuses parameters the operation does not know. */
export function refuseUnknownParameters(request: FhirRequest, known: readonly string[]): void {
  const body = request.body;
  if (body !== undefined && !(isObject(body) && body.resourceType === 'Parameters')) {
    throw new FhirError('bad-syntax', 'An operation takes a Parameters resource or form fields.', { expression: 'Parameters' });
  }
  const listed = isObject(body) ? (body as unknown as Parameters).parameter : undefined;
  if (listed !== undefined && !Array.isArray(listed))
    throw new FhirError('bad-syntax', 'Parameters.parameter is an array.', { expression: 'Parameters.parameter' });
  const names = [...(listed ?? []).map((parameter) => String(parameter?.name)), ...request.query.map(([name]) => name)];
  const unknown = names.find((name) => !known.includes(name) && name !== '_format' && name !== '_pretty');
  if (unknown !== undefined) {
    throw new FhirError('unknown-parameter', `This operation takes ${known.join(', ')}.`, {
      expression: /^[\w-]{1,64}$/.test(unknown) ? unknown : 'Parameters.parameter.name',
    });
  }
}
