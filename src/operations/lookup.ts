// CodeSystem/$lookup: what a code of a loaded code system means. https://hl7.org/fhir/R4/codesystem-operation-lookup.html
import type { Parameters, ParametersParameter } from '@medplum/fhirtypes';
import type { Session } from '../access/session.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import { isObject } from '../fhir/json.js';
import type { InteractionContext } from '../interactions/context.js';
import type { Concept } from '../validation/definitions.js';
import { type Operation, parameterOf, refuseUnknownParameters, textParameter } from './operation.js';

export const lookup: Operation = {
  name: 'lookup',
  types: ['CodeSystem'],
  levels: ['type'],
  methods: ['GET', 'POST'],
  title: 'What a code of a loaded code system means.',
  parameters: [
    { name: 'code', use: 'in', type: 'code', min: 0, max: '1', documentation: 'The code; with system.' },
    { name: 'system', use: 'in', type: 'uri', min: 0, max: '1', documentation: 'Canonical URL of the code system.' },
    { name: 'coding', use: 'in', type: 'Coding', min: 0, max: '1', documentation: 'Instead of code and system; in a body.' },
    {
      name: 'return',
      use: 'out',
      type: 'Parameters',
      min: 1,
      max: '1',
      documentation: 'name, version, display, definition, designations and properties, where there are any.',
    },
  ],
  affectsState: false,
  run,
};

async function run({ terminology }: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  session.require('CodeSystem', 'r');
  refuseUnknownParameters(request, ['code', 'system', 'coding']);
  const coding = parameterOf(request, 'coding') as unknown;
  const { system, code } = (
    isObject(coding) ? coding : { system: textParameter(request, 'system'), code: textParameter(request, 'code') }
  ) as { system?: unknown; code?: unknown };
  if (typeof system !== 'string' || typeof code !== 'string')
    throw new FhirError('bad-parameter', 'system and code are needed, or in a body coding with both.', { expression: 'code' });
  const found = terminology.lookup(system, code);
  if (found === undefined)
    throw new FhirError('not-found', 'This code system is not loaded here, or not whole: nothing can be said of its codes.', {
      expression: 'system',
    });
  if (found === 'no-such-code') throw new FhirError('not-found', 'The code system has no such code.', { expression: 'code' });
  const { name, version, concept } = found;
  const resource: Parameters = {
    resourceType: 'Parameters',
    parameter: [
      // R4 wants a name; a code system without one goes by its URL.
      { name: 'name', valueString: name ?? system },
      ...(version === undefined ? [] : [{ name: 'version', valueString: version }]),
      { name: 'display', valueString: concept.display ?? concept.code },
      ...(concept.definition === undefined ? [] : [property('definition', { valueString: concept.definition })]),
      ...(concept.designation ?? []).map(designation),
      ...(concept.property ?? []).map(({ code, ...value }) => property(code, value)),
    ],
  };
  return { status: 200, headers: {}, resource };
}

function designation(given: unknown): ParametersParameter {
  const { language, use, value } = given as { language?: string; use?: object; value: string };
  const part: ParametersParameter[] = [
    ...(language === undefined ? [] : [{ name: 'language', valueCode: language }]),
    ...(use === undefined ? [] : [{ name: 'use', valueCoding: use }]),
    { name: 'value', valueString: value },
  ];
  return { name: 'designation', part };
}

function property(code: string, value: Omit<NonNullable<Concept['property']>[number], 'code'>): ParametersParameter {
  return {
    name: 'property',
    part: [
      { name: 'code', valueCode: code },
      { name: 'value', ...value },
    ],
  };
}
