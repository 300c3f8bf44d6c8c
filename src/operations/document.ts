// CarePlan/[id]/$document: the whole plan as a FHIR document, now or as it was at a moment. ETag over the whole plan: If-None-Match
// gives 304. https://hl7.org/fhir/R4/documents.html
import type { Session } from '../access/session.js';
import { FhirError } from '../fhir/errors.js';
import { etag, type FhirRequest, type FhirResponse, versionsOfEtag } from '../fhir/exchange.js';
import type { InteractionContext } from '../interactions/context.js';
import { pastPeriod } from '../interactions/moments.js';
import { type PlanContent, planContent, planDocument } from '../izp/document.js';
import type { PatientRecord } from '../izp/record.js';
import { type Operation, refuseUnknownParameters, textParameter } from './operation.js';
import { printed } from './printed.js';

/** What the document may hold: with a scope that leaves one out, a part would be taken for the whole. */
export const TOLD = [
  'CarePlan',
  'Patient',
  'CareTeam',
  'Communication',
  'CommunicationRequest',
  'Consent',
  'DeviceUseStatement',
  'DocumentReference',
  'Encounter',
  'Flag',
  'Goal',
  'MedicationRequest',
  'Observation',
  'Procedure',
  'QuestionnaireResponse',
  'RelatedPerson',
  'ServiceRequest',
  'SupplyDelivery',
] as const;

export const document: Operation = {
  name: 'document',
  types: ['CarePlan'],
  levels: ['instance'],
  methods: ['GET'],
  refusals: ['gone', 'business-rule'],
  versioned: true,
  prints: true,
  title: 'The whole plan as a document, decisions first.',
  parameters: [
    {
      name: 'at',
      use: 'in',
      type: 'dateTime',
      min: 0,
      max: '1',
      documentation: 'The plan as it was then.',
    },
    { name: 'return', use: 'out', type: 'Bundle', min: 1, max: '1', documentation: 'A document: Composition first.' },
  ],
  affectsState: false,
  run,
};

async function run(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  for (const type of TOLD) session.require(type, 'r');
  refuseUnknownParameters(request, ['at']);
  const id = request.path[1] as string;
  const at = textParameter(request, 'at');
  const { patientId } = await session.read('CarePlan', id);
  if (patientId === null) throw notThePlan();
  const held = at === undefined ? await currentVersion(session, patientId, id) : undefined;
  const given = request.headers['if-none-match'];
  const headers = (version: string) => ({ etag: etag(version), 'cache-control': 'no-store' });
  const isPaper = request.wants === 'pdf';
  if (!isPaper && held !== undefined && given !== undefined && versionsOfEtag(given).includes(held))
    return { status: 304, headers: headers(held) };
  const { record, content } = await contentAt(session, patientId, id, at);
  if (isPaper) {
    const print = async () =>
      context.paper.plan(content, at === undefined ? await context.signSummary(content.card) : undefined, session.now());
    return printed(request, { version: content.card.version, now: session.now(), name: 'zorgplan.pdf' }, print);
  }
  return { status: 200, headers: headers(content.card.version), resource: planDocument(record, content, context.baseUrl) };
}

/** The version of the plan, brought up to date first: a period that ended meanwhile is a change. */
async function currentVersion(session: Session, patientId: string, id: string): Promise<string> {
  const card = await session.cardByPatient(patientId, 'card');
  if (card === undefined || !card.text.includes(`"reference":"CarePlan/${id}"`)) throw notThePlan();
  return String(card.version);
}

/** The record and what there is to tell of its plan, now or at a moment. Throws 'business-rule' when it is not the active plan. */
export async function contentAt(
  session: Session,
  patientId: string,
  id: string,
  at: string | undefined,
): Promise<{ record: PatientRecord; content: PlanContent }> {
  const moment = at === undefined ? session.now() : pastPeriod(at, 'at', session.now()).end;
  const record = await session.recordAsOf(patientId, moment);
  const content = record && planContent(record, `CarePlan/${id}`);
  if (!record || !content) throw notThePlan();
  return { record, content };
}

function notThePlan(): FhirError {
  return new FhirError('business-rule', 'This is not the active plan of a patient, now or at that moment: there is no document of it.', {
    expression: 'CarePlan.status',
  });
}
