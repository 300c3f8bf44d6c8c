// Patient/[id]/$offline-summary: the six core decisions as a signed text of some four hundred characters, to be carried as a QR code.
// https://www.rfc-editor.org/rfc/rfc7515
import type { Parameters } from '@medplum/fhirtypes';
import type { Session } from '../access/session.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import type { InteractionContext } from '../interactions/context.js';
import { type Operation, refuseUnknownParameters } from './operation.js';

export const offlineSummary: Operation = {
  name: 'offline-summary',
  types: ['Patient'],
  levels: ['instance'],
  methods: ['GET'],
  refusals: ['gone'],
  title: 'The six core decisions, signed, to be checked without network.',
  parameters: [
    {
      name: 'return',
      use: 'out',
      type: 'Parameters',
      min: 1,
      max: '1',
      documentation: 'patient; jws, the signed text that the QR code holds; expires; version of the plan; keys, where the public keys are.',
    },
  ],
  affectsState: false,
  run,
};

async function run(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  session.require('Patient', 'r');
  refuseUnknownParameters(request, []);
  const id = request.path[1] as string;
  // As rows are read: what the emergency door alone shows is not handed out to be carried about.
  await session.read('Patient', id);
  const card = await session.cardByPatient(id, 'card');
  if (!card) throw new FhirError('not-found', 'No plan is available to you for this patient.');
  const { jws, expires } = await context.signSummary(JSON.parse(card.text));
  const parameter: Parameters['parameter'] = [
    { name: 'patient', valueReference: { reference: `Patient/${id}` } },
    { name: 'jws', valueString: jws },
    { name: 'expires', valueInstant: new Date(expires).toISOString() },
    { name: 'version', valueString: String(card.version) },
    { name: 'keys', valueUri: context.summaryKeysUrl },
  ];
  return { status: 200, headers: { 'cache-control': 'no-store' }, resource: { resourceType: 'Parameters', parameter } };
}
