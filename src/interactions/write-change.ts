// A target as a change the door can make: preconditions, patch or merge, and validation, against the version that is current then.
import type { CarePlan, Resource } from '@medplum/fhirtypes';
import type { Change } from '../access/draft.js';
import { FhirError } from '../fhir/errors.js';
import { parseJson } from '../fhir/json.js';
import { mustNamePatient, patientOf, type ServedType } from '../fhir/resource-types.js';
import { mergeCarePlan } from '../izp/merge-care-plan.js';
import type { InteractionContext } from './context.js';
import { within } from './entry-error.js';
import { patched } from './json-patch.js';
import { checkIfMatch, checkIfNoneMatch } from './preconditions.js';
import type { Target } from './write-target.js';

/** What its `build` throws names the entry. */
export function changeOf(context: InteractionContext, target: Target): Change {
  const change = plainChange(context, target);
  return { ...change, build: (current) => within(target.entry.at, () => change.build(current)) };
}

function plainChange(context: InteractionContext, target: Target): Change {
  const { entry, id } = target;
  const shared = { type: entry.type, id };
  if (entry.verb === 'delete') {
    return {
      ...shared,
      method: 'DELETE',
      build(current) {
        if (!current && entry.criteria === undefined)
          throw new FhirError('not-found', `There is no ${entry.type}/${id} here, or it is not available to you.`);
        checkIfMatch(entry.type, current, entry.ifMatch, 'DELETE');
        return 'delete';
      },
    };
  }
  if (entry.verb === 'patch') {
    return {
      ...shared,
      method: 'PATCH',
      build(current) {
        if (!current) throw new FhirError('not-found', `There is no ${entry.type}/${id} here, or it is not available to you.`);
        if (current.deleted) throw new FhirError('gone', `${entry.type}/${id} was deleted: there is nothing to patch.`);
        checkIfMatch(entry.type, current, entry.ifMatch, 'PATCH');
        return valid(context, patched(parseJson(current.content) as Resource, entry.patch ?? []));
      },
    };
  }
  return {
    ...shared,
    method: entry.verb === 'create' && !target.isRepeat ? 'POST' : 'PUT',
    build(current) {
      if (entry.verb === 'update') {
        checkIfMatch(entry.type, current, entry.ifMatch, 'PUT');
        checkIfNoneMatch(current, entry.ifNoneMatch);
      }
      const sent = entry.resource as Resource;
      const wanted =
        target.mergeInto && current && !current.deleted ? mergeCarePlan(parseJson(current.content) as CarePlan, sent as CarePlan) : sent;
      return valid(context, wanted);
    },
  };
}

/** The resource, or 422 with everything that is wrong with it. */
function valid(context: InteractionContext, resource: Resource): Resource {
  const issues = context.validate(resource);
  if (issues.some((issue) => issue.severity === 'error' || issue.severity === 'fatal'))
    throw new FhirError('invalid-resource', 'The resource is not valid.', { issues });
  if (mustNamePatient(resource.resourceType as ServedType) && patientOf(resource) === undefined) {
    throw new FhirError(
      'business-rule',
      `A ${resource.resourceType} must name the patient it belongs to, as a reference to a Patient of this service.`,
      { expression: resource.resourceType },
    );
  }
  return resource;
}
