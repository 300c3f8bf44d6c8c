// The value sets of the service: those of R4, loaded packages and its own profiles, and the field's own where these cannot be listed.
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

/** Terminology that also knows the field's value sets: as published they draw on SNOMED CT, which is not loaded. */
export function withFieldValueSets(terminology: Terminology): Terminology {
  const field = new Map(Object.entries(FIELD_VALUE_SETS));
  const fieldSet = (url: string) => field.get(canonicalKey(url));
  return {
    ...terminology,
    isLoaded: (url) => terminology.isLoaded(url) || fieldSet(url) !== undefined,
    expand(url) {
      const expansion = terminology.expand(url);
      const contains = fieldSet(url);
      return expansion ?? (contains && { url: canonicalKey(url), contains });
    },
    validateCode(url, { system, code }) {
      const truth = terminology.validateCode(url, { system, code });
      const contains = fieldSet(url);
      if (truth !== undefined || contains === undefined) return truth;
      return contains.some((one) => one.code === code && (system === undefined || one.system === system));
    },
  };
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
      // Only what is loaded is kept in mind: a client may name anything.
      if (!terminology.isLoaded(key)) return undefined;
      if (!expanded.has(key)) expanded.set(key, codingsOf(terminology, key));
      return expanded.get(key);
    },
    valueSets: () => [...names],
  };
}

function codingsOf(terminology: Terminology, url: string): ValueSetCoding[] | undefined {
  return terminology.expand(url)?.contains.flatMap(({ system, code }) => (system === undefined ? [] : [{ system, code }]));
}
