// JSON Patch (RFC 6902) on a resource: strict, on a copy, never touching type or id.
// https://hl7.org/fhir/R4/http.html#patch
import type { Resource } from '@medplum/fhirtypes';
import jsonpatch, { type Operation } from 'fast-json-patch';
import { FhirError } from '../fhir/errors.js';
import { isObject } from '../fhir/json.js';

/** Operations one patch may hold: more is a new version, not a patch. */
const MAX_OPERATIONS = 500;

/** The patch document of a body; 'bad-syntax' when it is not an array of operations. */
export function parsePatch(body: unknown): Operation[] {
  if (
    !Array.isArray(body) ||
    body.length > MAX_OPERATIONS ||
    !body.every((operation) => isObject(operation) && typeof operation.op === 'string' && typeof operation.path === 'string')
  ) {
    throw new FhirError('bad-syntax', `A JSON Patch is an array of at most ${MAX_OPERATIONS} operations, each with op and path.`);
  }
  return body as Operation[];
}

/** The resource after the patch. A failed test operation or a missing path is 422, and nothing is changed. */
export function patched(resource: Resource, operations: Operation[]): Resource {
  const { resourceType, id } = resource;
  let result: unknown;
  try {
    result = jsonpatch.applyPatch(resource, operations, true, false, true).newDocument;
  } catch (error) {
    const { name, index } = error as { name?: string; index?: number };
    throw new FhirError('unprocessable-content', `Patch operation ${index ?? 0} cannot be applied (${patchFailure(name)}).`, {
      expression: `[${index ?? 0}]`,
    });
  }
  if (!isObject(result) || result.resourceType !== resourceType || result.id !== id) {
    throw new FhirError('unprocessable-content', 'A patch may not change resourceType or id.');
  }
  return result as unknown as Resource;
}

/** Words for the library's error names: its messages hold content. */
function patchFailure(name: string | undefined): string {
  if (name === 'TEST_OPERATION_FAILED') return 'its test does not hold';
  if (name === 'OPERATION_PATH_UNRESOLVABLE' || name === 'OPERATION_FROM_UNRESOLVABLE') return 'its path does not exist';
  return 'it is not a valid operation';
}
