// Questionnaire/$populate: the form filled in from what is known of a patient, to be checked, completed and saved by a person.
// https://hl7.org/fhir/uv/sdc/OperationDefinition-Questionnaire-populate.html
import type { OperationOutcomeIssue, Parameters, Questionnaire, QuestionnaireItem } from '@medplum/fhirtypes';
import type { Session } from '../access/session.js';
import { sameCanonical } from '../fhir/canonical.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import { parseJson } from '../fhir/json.js';
import type { InteractionContext } from '../interactions/context.js';
import { patientRecord } from '../interactions/patient-record.js';
import { PZP_FORM } from '../izp/codes.js';
import { type PopulateOptions, populate as populateForm } from '../izp/form/populate.js';
import { type Operation, refuseUnknownParameters, textParameter } from './operation.js';
import { subjectOf } from './subject.js';

export const populate: Operation = {
  name: 'populate',
  types: ['Questionnaire'],
  levels: ['type', 'instance'],
  methods: ['GET', 'POST'],
  refusals: ['business-rule', 'gone'],
  title: 'The form, filled in from what is known of a patient.',
  parameters: [
    { name: 'subject', use: 'in', type: 'Reference', min: 1, max: '1', documentation: 'The patient.' },
    { name: 'canonical', use: 'in', type: 'uri', min: 0, max: '1', documentation: 'The form, under any of its names. At type level.' },
    {
      name: 'return',
      use: 'out',
      type: 'Parameters',
      min: 1,
      max: '1',
      documentation: 'response, the form filled in; issues, which questions were left open although something is recorded.',
    },
  ],
  affectsState: false,
  run,
};

async function run(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  session.require('Questionnaire', 'r');
  const options = await formAsked(session, request);
  const patientId = subjectOf(request);
  if (patientId === undefined)
    throw new FhirError('bad-parameter', 'subject is needed: a reference to the Patient.', { expression: 'subject' });
  const { response, open } = populateForm(await patientRecord(context, session, patientId), options);
  const issue = open.map(
    (linkId): OperationOutcomeIssue => ({
      severity: 'warning',
      code: 'multiple-matches',
      diagnostics: 'Left open: the sources disagree, or say more than this question can hold. Read the record, and ask.',
      expression: [`QuestionnaireResponse.item.where(linkId='${linkId}')`],
    }),
  );
  const parameters: Parameters = {
    resourceType: 'Parameters',
    parameter: [
      { name: 'response', resource: response },
      ...(issue.length > 0 ? [{ name: 'issues', resource: { resourceType: 'OperationOutcome' as const, issue } }] : []),
    ],
  };
  return { status: 200, headers: {}, resource: parameters };
}

/** The form by the id of a stored Questionnaire, whose questions then stand in the response too; else by its canonical name. */
async function formAsked(session: Session, request: FhirRequest): Promise<PopulateOptions> {
  if (request.path.length === 3) {
    refuseUnknownParameters(request, ['subject']);
    const questionnaire = parseJson((await session.read('Questionnaire', request.path[1] as string)).content) as Questionnaire;
    if (questionnaire.url === undefined || !sameCanonical(questionnaire.url, PZP_FORM)) throw unknownForm('Questionnaire.url');
    const name = questionnaire.version === undefined ? questionnaire.url : `${questionnaire.url}|${questionnaire.version}`;
    return { questionnaire: name, texts: textsOf(questionnaire.item) };
  }
  refuseUnknownParameters(request, ['subject', 'canonical']);
  const canonical = textParameter(request, 'canonical');
  if (canonical === undefined)
    throw new FhirError('bad-parameter', `canonical is needed: ${PZP_FORM} or another of its names.`, { expression: 'canonical' });
  if (!sameCanonical(canonical, PZP_FORM)) throw unknownForm('canonical');
  return { questionnaire: canonical };
}

function unknownForm(expression: string): FhirError {
  return new FhirError('unprocessable-content', `No other form than ${PZP_FORM} can be filled in here, under whichever of its names.`, {
    expression,
  });
}

function textsOf(items: QuestionnaireItem[] | undefined): Map<string, string> {
  return new Map(
    (items ?? []).flatMap(({ linkId, text, item }) => [
      ...(linkId !== undefined && text !== undefined ? [[linkId, text] as const] : []),
      ...textsOf(item),
    ]),
  );
}
