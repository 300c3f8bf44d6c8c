// One living plan per patient, whoever posts one.
import type { Resource } from '@medplum/fhirtypes';
import type { Writer } from '../access/writer.js';
import { FhirError } from '../fhir/errors.js';
import { parseJson } from '../fhir/json.js';
import { patientOf } from '../fhir/resource-types.js';
import { isIzpCarePlan, isRootPlan } from '../izp/plan.js';
import { redirectReferences } from './bundle-references.js';
import { refuseTwice, type Target } from './write-target.js';

/**
 * One plan per patient: a posted IZP goes into the plan the patient has; a PUT under another id is told which one that is.
 * The patients' records must be claimed.
 */
export async function redirectPlans(writer: Writer, targets: Target[]): Promise<void> {
  const plans = targets.filter(
    ({ entry, found }) =>
      !found &&
      entry.type === 'CarePlan' &&
      entry.resource &&
      isIzpCarePlan(entry.resource) &&
      (entry.verb === 'create' || entry.verb === 'update'),
  );
  if (plans.length === 0) return;
  for (const target of plans) {
    const patient = patientOf(target.entry.resource as Resource);
    if (patient === undefined) continue;
    const rows = await writer.compartment(patient);
    const root = rows.find((row) => row.type === 'CarePlan' && isRootPlan(parseJson(row.content) as Resource));
    const earlier = plans.find(
      (other) =>
        other !== target && plans.indexOf(other) < plans.indexOf(target) && patientOf(other.entry.resource as Resource) === patient,
    );
    const rootId = root?.id ?? earlier?.id;
    // Posted again under its own identifier it still only adds: others may have added to it since.
    if (rootId === target.id && target.entry.verb === 'create') target.mergeInto = true;
    if (rootId === undefined || rootId === target.id) continue;
    if (target.entry.verb === 'update' || earlier) {
      throw new FhirError(
        'conflict',
        `This patient has a plan already: CarePlan/${rootId}. A patient has one active IZP; read it and update that one with If-Match.`,
        {
          expression: target.entry.at === '' ? 'CarePlan' : `${target.entry.at}.resource`,
        },
      );
    }
    redirectReferences(
      targets.map(({ entry }) => entry),
      `CarePlan/${target.id}`,
      `CarePlan/${rootId}`,
    );
    target.id = rootId;
    target.isRepeat = true;
    target.mergeInto = true;
    target.remark = 'The patient had a plan already: what was posted was added to it.';
  }
  // A posted plan may have met the one that another entry changes.
  refuseTwice(targets);
}
