// What every write must be before anything is looked up: the right type, an id that can be one, a patient it belongs to.
import { FhirError } from '../fhir/errors.js';
import { isObject } from '../fhir/json.js';
import { FHIR_ID } from '../fhir/references.js';
import { mustNamePatient, PATIENT_ELEMENTS, type ServedType } from '../fhir/resource-types.js';
import { SUBSETTED } from './summary-view.js';
import type { WriteEntry } from './write-entry.js';

export function checkWritable(entry: WriteEntry): void {
  const at = (path: string) => (entry.at === '' ? path : `${entry.at}.resource.${path}`);
  if (entry.id !== undefined && !FHIR_ID.test(entry.id)) {
    throw new FhirError('bad-parameter', 'A resource id is 1 to 64 letters, digits, dots and hyphens.', {
      expression: at(`${entry.type}.id`),
    });
  }
  if (entry.verb === 'delete' || entry.verb === 'patch') return;
  const resource = entry.resource;
  if (!isObject(resource) || typeof resource.resourceType !== 'string') {
    throw new FhirError('bad-syntax', 'A FHIR resource is a JSON object with a resourceType.', { expression: entry.at || undefined });
  }
  if (resource.resourceType !== entry.type) {
    throw new FhirError('bad-parameter', `The resource's type is not the type in the url, ${entry.type}.`, {
      expression: at('resourceType'),
    });
  }
  if (entry.verb === 'update' && entry.id !== undefined && resource.id !== entry.id) {
    throw new FhirError('bad-parameter', 'The id in the resource must be the id in the url.', { expression: at(`${entry.type}.id`) });
  }
  if (entry.verb === 'update' && (resource.id === '.' || resource.id === '..')) {
    throw new FhirError(
      'bad-parameter',
      'An id of dots alone is a step in an address: clients and proxies take it out (RFC 3986, 5.2.4).',
      {
        expression: at(`${entry.type}.id`),
      },
    );
  }
  if (isSubset(resource)) {
    throw new FhirError(
      'business-rule',
      'This is a part of a resource, tagged SUBSETTED by _summary or _elements: storing it would lose the rest. Read the whole one.',
      { expression: at(`${entry.type}.meta.tag`) },
    );
  }
  const type = entry.type as ServedType;
  if (mustNamePatient(type) && !namesPatient(resource as Record<string, unknown>, PATIENT_ELEMENTS[type])) {
    throw new FhirError(
      'business-rule',
      `A ${type} must name the patient it belongs to in ${PATIENT_ELEMENTS[type][0]}, as a reference to a Patient.`,
      {
        expression: at(`${type}.${PATIENT_ELEMENTS[type][0]}`),
      },
    );
  }
}

/** True for what _summary and _elements leave of a resource. */
function isSubset(resource: object): boolean {
  const { meta } = resource as { meta?: unknown };
  const tags = isObject(meta) && Array.isArray(meta.tag) ? meta.tag : [];
  return tags.some((tag) => isObject(tag) && tag.code === SUBSETTED.code && tag.system === SUBSETTED.system);
}

/** True when one of the elements refers to something: whether it is a patient is known after references are resolved. */
function namesPatient(resource: Record<string, unknown>, elements: readonly string[]): boolean {
  return elements.some((element) =>
    [resource[element]].flat().some((reference) => isObject(reference) && typeof reference.reference === 'string'),
  );
}
