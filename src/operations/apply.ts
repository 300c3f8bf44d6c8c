// PlanDefinition/$apply: opens the process for a patient, and tells its Tasks. Exactly once, however often it is applied.
// https://hl7.org/fhir/R4/plandefinition-operation-apply.html
import type { PlanDefinition, Reference, Resource } from '@medplum/fhirtypes';
import type { Session } from '../access/session.js';
import type { Writer } from '../access/writer.js';
import { sameCanonical } from '../fhir/canonical.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import { isObject, parseJson } from '../fhir/json.js';
import { parseReference } from '../fhir/references.js';
import type { InteractionContext } from '../interactions/context.js';
import { appliedMarking, appliedPlan } from '../izp/process/apply-process.js';
import type { Process } from '../izp/process/read-process.js';
import { type Operation, parameterOf, refuseUnknownParameters, textParameter } from './operation.js';
import { subjectOf } from './subject.js';

const text = (name: string, type: string, documentation: string, min = 0) => ({
  name,
  use: 'in' as const,
  type,
  min,
  max: '1',
  documentation,
});

export const apply: Operation = {
  name: 'apply',
  types: ['PlanDefinition'],
  levels: ['type', 'instance'],
  methods: ['POST'],
  refusals: ['business-rule', 'gone'],
  title: 'Open the process of the plan for a patient: the Tasks of its steps, each once.',
  parameters: [
    text('subject', 'string', 'The patient: Patient/[id].', 1),
    text('practitioner', 'string', 'Who owns the Task that this application opens: Practitioner/[id] or PractitionerRole/[id].'),
    text('organization', 'string', 'The organisation that owns it, where no practitioner is named: Organization/[id].'),
    text('planDefinition', 'PlanDefinition', 'At type level: the process the service works by, known by its url.'),
    text('url', 'uri', 'At type level, instead: that url.'),
    {
      name: 'return',
      use: 'out',
      type: 'CarePlan',
      min: 1,
      max: '1',
      documentation:
        'Not stored, of intent order: instantiatesCanonical the process, and as activity.reference every Task of it in the record, open and ended.',
    },
  ],
  affectsState: true,
  run,
};

async function run(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  session.require('PlanDefinition', 'r');
  session.require('Task', 'c');
  session.require('Task', 'r');
  const { process } = context;
  await requireProcess(process, session, request);
  const patientId = subjectOf(request);
  if (patientId === undefined)
    throw new FhirError('bad-parameter', 'subject is needed: a reference to the Patient.', { expression: 'subject' });
  const owner =
    referenceIn(request, 'practitioner', ['Practitioner', 'PractitionerRole']) ?? referenceIn(request, 'organization', ['Organization']);
  await session.read('Patient', patientId);
  const resource = await session.transaction(async (writer) => {
    await writer.requireRecord(patientId);
    // What the record asks for already is there from here on, in records of before there was a process too.
    await writer.keepAnew(patientId);
    const entries = await entriesOf(writer, patientId);
    const task = appliedMarking({ entries, patientId, now: session.now(), newId: () => session.newId(), process, owner });
    if (task) {
      const [made] = await writer.apply([{ method: 'POST', type: 'Task', id: task.id, build: () => task }]);
      if (made) session.noteWrite('C', `Task/${made.id}`, made.version, patientId);
      await writer.finish();
    }
    const plan = appliedPlan(await entriesOf(writer, patientId), { patientId, process, now: session.now() });
    for (const { reference } of plan.activity ?? [])
      session.note({ patientId, action: 'R', outcome: 'success', pointer: reference?.reference });
    return plan;
  });
  return { status: 200, headers: {}, resource };
}

async function entriesOf(writer: Writer, patientId: string) {
  return (await writer.compartment(patientId)).map((row) => ({
    resource: parseJson(row.content) as Resource,
    reference: `${row.type}/${row.id}`,
    version: row.version,
    lastUpdated: row.lastUpdated.getTime(),
  }));
}

/** Refuses any other than the process this service works by: what it says would be carried out by nobody. */
async function requireProcess({ url, derivedFrom, definition }: Process, session: Session, request: FhirRequest): Promise<void> {
  const isAtInstance = request.path.length === 3;
  refuseUnknownParameters(request, ['subject', 'practitioner', 'organization', ...(isAtInstance ? [] : ['planDefinition', 'url'])]);
  const asked = isAtInstance ? await urlOf(definition, session, request.path[1] as string) : urlIn(request);
  if (asked !== undefined && [url, derivedFrom].some((one) => one !== undefined && sameCanonical(one, asked))) return;
  throw new FhirError('business-rule', `This service works by one process: PlanDefinition/${definition.id}, ${url}.`, {
    expression: isAtInstance ? 'PlanDefinition.id' : 'url',
  });
}

async function urlOf(definition: PlanDefinition, session: Session, id: string): Promise<string | undefined> {
  if (id === definition.id) return definition.url;
  return (parseJson((await session.read('PlanDefinition', id)).content) as PlanDefinition).url;
}

function urlIn(request: FhirRequest): string | undefined {
  const given: unknown = parameterOf(request, 'planDefinition');
  if (given === undefined) return textParameter(request, 'url');
  return isObject(given) && typeof given.url === 'string' ? given.url : undefined;
}

function referenceIn(request: FhirRequest, name: string, types: readonly string[]): Reference | undefined {
  const given = textParameter(request, name);
  if (given === undefined) return undefined;
  const target = parseReference(given);
  if (target && types.includes(target.type)) return { reference: `${target.type}/${target.id}` };
  throw new FhirError('bad-parameter', `${name} is a reference: ${types.map((type) => `${type}/[id]`).join(' or ')}.`, {
    expression: name,
  });
}
