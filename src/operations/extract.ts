// QuestionnaireResponse/$extract: what a form becomes in the record, as a transaction. Nothing is stored: a form that is stored as
// completed is extracted in that very write.
// https://hl7.org/fhir/uv/sdc/OperationDefinition-QuestionnaireResponse-extract.html
import { createHash } from 'node:crypto';
import type { Bundle, BundleEntry, Identifier, Patient, Procedure, QuestionnaireResponse, Resource } from '@medplum/fhirtypes';
import type { Session } from '../access/session.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import { isObject, parseJson } from '../fhir/json.js';
import { parseReference, withoutVersion } from '../fhir/references.js';
import type { InteractionContext } from '../interactions/context.js';
import { issuesOf } from '../interactions/extract-forms.js';
import { PZP_FORM } from '../izp/codes.js';
import { extract as extractForm } from '../izp/form/extract.js';
import { FORM_PROFESSIONAL } from '../izp/form/form-codes.js';
import { formKeyOf } from '../izp/form/form-key.js';
import { isKnownForm } from '../izp/form/form-state.js';
import type { Part } from '../izp/form/parts.js';
import { isError } from '../validation/write-verdict.js';
import { type Operation, parametersOf, refuseUnknownParameters } from './operation.js';
import { subjectOf } from './subject.js';

export const extract: Operation = {
  name: 'extract',
  types: ['QuestionnaireResponse'],
  levels: ['type', 'instance'],
  methods: ['GET', 'POST'],
  bodyAtTypeLevel: true,
  takesResource: true,
  refusals: ['business-rule', 'gone'],
  title: 'What a filled-in form becomes in the record, as a transaction; nothing is stored.',
  parameters: [
    {
      name: 'questionnaire-response',
      use: 'in',
      type: 'QuestionnaireResponse',
      min: 0,
      max: '1',
      documentation: 'The form; it may also be the body itself. At type level.',
    },
    { name: 'subject', use: 'in', type: 'Reference', min: 0, max: '1', documentation: 'The patient, where the form does not name one.' },
    {
      name: 'return',
      use: 'out',
      type: 'Bundle',
      min: 1,
      max: '1',
      documentation: 'A transaction that creates or updates what the form says.',
    },
  ],
  affectsState: false,
  run,
};

async function run(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  session.require('QuestionnaireResponse', 'r');
  const response = await formOf(session, request);
  const wrong = context.validate(response).issues.filter(isError);
  if (wrong.length > 0) throw new FhirError('invalid-resource', 'The form is not a valid QuestionnaireResponse.', { issues: wrong });
  if (!isKnownForm(response))
    throw new FhirError('unprocessable-content', `This is not a response to a form that is known here: ${PZP_FORM}.`, {
      expression: 'QuestionnaireResponse.questionnaire',
    });
  const patientId = patientOfForm(response, request);
  const patient = parseJson((await session.read('Patient', patientId)).content) as Patient;
  const known = await conversationsOf(session, response, patientId);
  const { principal } = session;
  const { parts, problems } = extractForm(
    response,
    { reference: `Patient/${patientId}` },
    {
      key: formKeyOf(response, (reference) => known.get(reference)),
      now: session.now(),
      birthDate: patient.birthDate,
      ...(principal.organizationUra !== undefined && {
        sender: { ura: principal.organizationUra, name: principal.organizationName ?? '' },
      }),
      referenceTo: (type, part) => urn(context, patientId, response, `${type}/${part}`),
    },
  );
  if (problems.length > 0) throw new FhirError('business-rule', 'The form cannot be read.', { issues: issuesOf(problems, 'error') });
  const bundle: Bundle = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: parts.map((part) => entryOf(part, urn(context, patientId, response, `${part.resource.resourceType}/${part.part}`))),
  };
  return { status: 200, headers: {}, resource: bundle };
}

/** The stored form, or the one in the body. */
async function formOf(session: Session, request: FhirRequest): Promise<QuestionnaireResponse> {
  const { body } = request;
  const isForm = isObject(body) && body.resourceType === 'QuestionnaireResponse';
  if (request.path.length === 3) {
    refuseUnknownParameters(request, ['subject']);
    return parseJson((await session.read('QuestionnaireResponse', request.path[1] as string)).content) as QuestionnaireResponse;
  }
  refuseUnknownParameters(isForm ? { ...request, body: undefined } : request, ['questionnaire-response', 'subject']);
  const given = isForm ? body : parametersOf(request, 'questionnaire-response')[0];
  if (!isObject(given) || given.resourceType !== 'QuestionnaireResponse')
    throw new FhirError(
      'bad-parameter',
      'A QuestionnaireResponse is needed: by POST, as the body or as the parameter questionnaire-response.',
      {
        expression: 'questionnaire-response',
      },
    );
  return given as unknown as QuestionnaireResponse;
}

function patientOfForm(response: QuestionnaireResponse, request: FhirRequest): string {
  const asked = subjectOf(request);
  const named =
    isObject(response.subject) && typeof response.subject.reference === 'string' ? parseReference(response.subject.reference) : undefined;
  const own = named?.type === 'Patient' ? named.id : undefined;
  if (asked !== undefined && own !== undefined && asked !== own)
    throw new FhirError('business-rule', 'The form names another patient than the parameter subject does.', {
      expression: 'QuestionnaireResponse.subject',
    });
  const id = asked ?? own;
  if (id === undefined)
    throw new FhirError(
      'business-rule',
      'The form does not say whose it is: give QuestionnaireResponse.subject, or the parameter subject, as a reference to a Patient of this service.',
      { expression: 'QuestionnaireResponse.subject' },
    );
  return id;
}

/** The recorded conversations the form says it is part of. */
async function conversationsOf(session: Session, { partOf }: QuestionnaireResponse, patientId: string): Promise<Map<string, Resource>> {
  const known = new Map<string, Resource>();
  for (const { reference } of Array.isArray(partOf) ? partOf : []) {
    const target = typeof reference === 'string' ? parseReference(reference) : undefined;
    if (target?.type !== 'Procedure') continue;
    const row = await session.read('Procedure', target.id);
    if (row.patientId === patientId) known.set(withoutVersion(reference as string), parseJson(row.content) as Procedure);
  }
  return known;
}

/** The same name each time the same form is extracted, as a version 8 UUID. */
function urn({ baseUrl }: InteractionContext, patientId: string, { id = '' }: QuestionnaireResponse, name: string): string {
  const hex = createHash('sha256')
    .update(JSON.stringify([baseUrl, patientId, id, name]))
    .digest('hex');
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Made before, it is updated; who is known by name and function is not made twice. */
function entryOf({ resource }: Part, fullUrl: string): BundleEntry {
  const type = resource.resourceType;
  const [identifier] = (resource as { identifier?: Identifier[] }).identifier ?? [];
  if (identifier === undefined) return { fullUrl, resource, request: { method: 'POST', url: type } };
  const criteria = `identifier=${encodeURIComponent(`${identifier.system}|${identifier.value}`)}`;
  if (identifier.system === FORM_PROFESSIONAL) return { fullUrl, resource, request: { method: 'POST', url: type, ifNoneExist: criteria } };
  return { fullUrl, resource, request: { method: 'PUT', url: `${type}?${criteria}` } };
}
