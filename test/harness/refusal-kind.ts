// What a promise was refused with.
import { FhirError } from '../../src/fhir/errors.js';

/** The FhirError's kind; 'nothing' when the promise was kept; any other error is passed on. */
export async function refusalKind(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'nothing';
  } catch (error) {
    if (error instanceof FhirError) return error.kind;
    throw error;
  }
}
