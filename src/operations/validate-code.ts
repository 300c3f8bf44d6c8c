// ValueSet/$validate-code: whether a code belongs to a loaded value set. https://hl7.org/fhir/R4/valueset-operation-validate-code.html
import type { Coding, Parameters } from '@medplum/fhirtypes';
import type { Session } from '../access/session.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import { isObject } from '../fhir/json.js';
import type { InteractionContext } from '../interactions/context.js';
import { cannotList } from './expand.js';
import { type Operation, parameterOf, refuseUnknownParameters, textParameter } from './operation.js';

const KNOWN = ['url', 'code', 'system', 'display', 'coding', 'codeableConcept'];

export const validateCode: Operation = {
  name: 'validate-code',
  types: ['ValueSet'],
  levels: ['type'],
  methods: ['GET', 'POST'],
  title: 'Whether a code belongs to a value set that is loaded.',
  parameters: [
    { name: 'url', use: 'in', type: 'uri', min: 1, max: '1', documentation: 'Canonical URL of the value set, in any of its names.' },
    { name: 'code', use: 'in', type: 'code', min: 0, max: '1', documentation: 'The code, with its system.' },
    { name: 'system', use: 'in', type: 'uri', min: 0, max: '1', documentation: 'Code system of the code; a code without one fits any.' },
    { name: 'display', use: 'in', type: 'string', min: 0, max: '1', documentation: 'Compared with the display that is loaded.' },
    { name: 'coding', use: 'in', type: 'Coding', min: 0, max: '1', documentation: 'Instead of code and system; in a body.' },
    { name: 'codeableConcept', use: 'in', type: 'CodeableConcept', min: 0, max: '1', documentation: 'One of its codings must belong.' },
    { name: 'return', use: 'out', type: 'Parameters', min: 1, max: '1', documentation: 'result, and message and display where known.' },
  ],
  affectsState: false,
  run,
};

async function run({ terminology }: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  session.require('ValueSet', 'r');
  refuseUnknownParameters(request, KNOWN);
  const url = textParameter(request, 'url');
  if (url === undefined) throw new FhirError('bad-parameter', 'url is needed: the canonical URL of the value set.', { expression: 'url' });
  const codings = codingsOf(request);
  if (!terminology.isLoaded(url)) throw cannotList(false);
  const judged = codings.map((coding) => ({ coding, truth: terminology.validateCode(url, coding) }));
  const member = judged.find(({ truth }) => truth === true)?.coding;
  if (!member && judged.some(({ truth }) => truth === undefined)) throw cannotList(true);
  const shown = member && displayOf(terminology, url, member);
  const wrongDisplay = member?.display !== undefined && shown !== undefined && shown.toLowerCase() !== member.display.toLowerCase();
  const message = !member
    ? 'The code does not belong to the value set.'
    : wrongDisplay
      ? 'The code belongs; its display is another.'
      : undefined;
  const resource: Parameters = {
    resourceType: 'Parameters',
    parameter: [
      { name: 'result', valueBoolean: member !== undefined && !wrongDisplay },
      ...(message === undefined ? [] : [{ name: 'message', valueString: message }]),
      ...(shown === undefined ? [] : [{ name: 'display', valueString: shown }]),
    ],
  };
  return { status: 200, headers: {}, resource };
}

type Asked = { system?: string; code: string; display?: string };

function codingsOf(request: FhirRequest): Asked[] {
  const coding = parameterOf(request, 'coding');
  const concept = parameterOf(request, 'codeableConcept') as { coding?: unknown } | undefined;
  const code = textParameter(request, 'code');
  const given: unknown[] = [
    ...(coding === undefined ? [] : [coding]),
    ...(isObject(concept) && Array.isArray(concept.coding) ? concept.coding : []),
    ...(code === undefined ? [] : [{ code, system: textParameter(request, 'system'), display: textParameter(request, 'display') }]),
  ];
  const asked = given.filter((one): one is Asked => isObject(one) && typeof (one as Coding).code === 'string');
  if (asked.length === 0)
    throw new FhirError('bad-parameter', 'A code is needed: code and system, or in a body coding or codeableConcept.', {
      expression: 'code',
    });
  return asked;
}

function displayOf(terminology: InteractionContext['terminology'], url: string, { system, code }: Asked): string | undefined {
  const listed = terminology.expand(url)?.contains.find((one) => one.code === code && (system === undefined || one.system === system));
  const found = system === undefined ? undefined : terminology.lookup(system, code);
  return listed?.display ?? (found === undefined || found === 'no-such-code' ? undefined : found.concept.display);
}
