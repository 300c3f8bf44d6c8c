// The parameter that names the patient an operation is about.
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest } from '../fhir/exchange.js';
import { isObject } from '../fhir/json.js';
import { FHIR_ID, parseReference } from '../fhir/references.js';
import { parameterOf } from './operation.js';

/** The id in `subject`, a Reference or the text of one; undefined when it is not given. */
export function subjectOf(request: FhirRequest): string | undefined {
  const given: unknown = parameterOf(request, 'subject');
  if (given === undefined) return undefined;
  const text = isObject(given) ? given.reference : given;
  if (typeof text === 'string') {
    const target = parseReference(text);
    if (target?.type === 'Patient') return target.id;
    if (FHIR_ID.test(text)) return text;
  }
  throw new FhirError('bad-parameter', 'subject is a reference to a Patient of this service: Patient/[id].', { expression: 'subject' });
}
