// Comparison prefixes of ordered values, and what they mean for ranges.
// https://hl7.org/fhir/R4/search.html#prefix

export const COMPARISONS = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** `ge2026-01-01` is ge and the rest; without a prefix it is eq. */
export function splitPrefix(text: string): { comparison: Comparison; rest: string } {
  const comparison = COMPARISONS.find((prefix) => text.startsWith(prefix));
  return comparison ? { comparison, rest: text.slice(comparison.length) } : { comparison: 'eq', rest: text };
}
