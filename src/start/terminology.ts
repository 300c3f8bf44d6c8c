// The value sets searches may name with :in: those of loaded packages and profiles, and the field's own.
import { canonicalKey } from '../fhir/canonical.js';
import type { ValueSetCoding } from '../interactions/context.js';
import type { DefinitionSource } from '../validation/definitions.js';
import type { Terminology } from '../validation/terminology.js';
import { FIELD_VALUE_SETS } from './field-value-sets.js';

export interface SearchableValueSets {
  /** Codings by canonical url in any of its names; undefined when the set is not loaded or cannot be listed. */
  valueSet(url: string): ValueSetCoding[] | undefined;
  /** Canonical urls of those beside R4's own. */
  valueSets(): string[];
}

export function searchableValueSets(terminology: Terminology, sources: readonly DefinitionSource[]): SearchableValueSets {
  const expanded = new Map<string, ValueSetCoding[] | undefined>();
  const names = new Set([
    ...sources.flatMap(({ valueSets }) => valueSets.map(({ url }) => canonicalKey(url))),
    ...Object.keys(FIELD_VALUE_SETS),
  ]);
  return {
    valueSet(url) {
      const key = canonicalKey(url);
      if (!expanded.has(key)) expanded.set(key, codingsOf(terminology, key) ?? FIELD_VALUE_SETS[key]);
      return expanded.get(key);
    },
    valueSets: () => [...names],
  };
}

function codingsOf(terminology: Terminology, url: string): ValueSetCoding[] | undefined {
  return terminology.expand(url)?.contains.flatMap(({ system, code }) => (system === undefined ? [] : [{ system, code }]));
}
