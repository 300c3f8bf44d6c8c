// Parameters of interactions other than searches: the known ones, and no others, for what is ignored is misread.
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest } from '../fhir/exchange.js';

/** How the answer is written; the http layer reads these. */
const FORMAT = ['_format', '_pretty'];

/** Throws 'unknown-parameter' for a parameter outside `known`, 'bad-parameter' for one given twice. */
export function refuseOtherParameters(request: FhirRequest, known: readonly string[]): void {
  const seen = new Set<string>();
  for (const [name] of request.query) {
    const expression = /^[\w:.-]{1,64}$/.test(name) && !/\d{5}/.test(name) ? name : undefined;
    if (!known.includes(name) && !FORMAT.includes(name)) {
      const takes = [...known, ...FORMAT].join(', ');
      throw new FhirError('unknown-parameter', `${expression ?? 'A parameter'} is not known here: this takes ${takes}.`, { expression });
    }
    if (seen.has(name)) throw new FhirError('bad-parameter', `${name} is given twice.`, { expression: name });
    seen.add(name);
  }
}

export function parameter(request: FhirRequest, name: string): string | undefined {
  return request.query.find(([key]) => key === name)?.[1];
}
