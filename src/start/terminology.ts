// The value sets searches may name with :in, from the loaded packages and the field's own.
import { canonicalKey } from '../fhir/canonical.js';
import type { ValueSetCoding } from '../interactions/context.js';
import { FIELD_VALUE_SETS } from './field-value-sets.js';

export interface LoadedTerminology {
  valueSet(url: string): ValueSetCoding[] | undefined;
  valueSets(): string[];
}

export async function openTerminology(_packagesDir: string | undefined): Promise<LoadedTerminology> {
  return {
    valueSet: (url) => FIELD_VALUE_SETS[canonicalKey(url)],
    valueSets: () => Object.keys(FIELD_VALUE_SETS),
  };
}
