// A search as small frozen nodes, between the words of the request and the SQL of the store.
// Keys and values are those of the search index (search-index.ts); parameter codes come from the registry only.
import type { ServedType } from '../fhir/resource-types.js';
import type { Comparison } from './prefixes.js';

/** The resource has at least one of these index values under the key (or, negated, none of them). */
export interface MembersFilter {
  readonly kind: 'members';
  readonly key: string;
  readonly anyOf: readonly string[];
  readonly negated: boolean;
}

/** A text under the key starts with, or contains, one of these (folded as the index is). */
export interface TextFilter {
  readonly kind: 'text';
  readonly key: string;
  readonly mode: 'starts' | 'contains';
  readonly anyOf: readonly string[];
}

/** Epoch milliseconds, both ends inclusive. */
export interface DateValue {
  readonly comparison: Comparison;
  readonly start: number;
  readonly end: number;
}

export interface DateFilter {
  readonly kind: 'date';
  readonly key: string;
  readonly anyOf: readonly DateValue[];
}

/** Decimal texts, so that no binary rounding moves a bound. `low` and `high` are the precision's range, high exclusive. */
export interface NumberValue {
  readonly comparison: Comparison;
  readonly value: string;
  readonly low: string;
  readonly high: string;
  /** `system|code`, or a unit in any system. */
  readonly unit?: { readonly coded: string } | { readonly any: string };
}

export interface NumberFilter {
  readonly kind: 'number';
  readonly key: string;
  readonly anyOf: readonly NumberValue[];
}

export interface MissingFilter {
  readonly kind: 'missing';
  readonly key: string;
  readonly missing: boolean;
}

/** On the id column. */
export interface IdFilter {
  readonly kind: 'id';
  readonly anyOf: readonly string[];
  readonly negated: boolean;
}

/** On the last_updated column. */
export interface LastUpdatedFilter {
  readonly kind: 'last-updated';
  readonly anyOf: readonly DateValue[];
}

/** A resource that the reference names satisfies the filter of its type. */
export interface ChainFilter {
  readonly kind: 'chain';
  readonly key: string;
  readonly canonical: boolean;
  /** The reference alone decides the patient the resource belongs to. */
  readonly namesCompartment: boolean;
  readonly branches: readonly { readonly type: ServedType; readonly filter: Filter }[];
}

/** A resource of `type` names this one by its reference `key`, and satisfies the filter. */
export interface HasFilter {
  readonly kind: 'has';
  readonly type: ServedType;
  readonly key: string;
  readonly namesCompartment: boolean;
  readonly filter: Filter;
}

export type Filter =
  | MembersFilter
  | TextFilter
  | DateFilter
  | NumberFilter
  | MissingFilter
  | IdFilter
  | LastUpdatedFilter
  | ChainFilter
  | HasFilter;

export interface Include {
  readonly kind: 'include' | 'revinclude';
  /** The type that holds the reference. */
  readonly sourceType: ServedType;
  readonly code: string;
  /** Only references to this type. */
  readonly targetType?: ServedType;
  readonly iterate: boolean;
  readonly canonical: boolean;
}

export interface SortRule {
  readonly code: string;
  readonly descending: boolean;
  /** Where the sort value stands, and how it compares. */
  readonly by: 'id' | 'last-updated' | 'date' | 'number' | 'text';
}

export type Total = 'none' | 'estimate' | 'accurate';
export type Summary = 'true' | 'false' | 'text' | 'data' | 'count';

export interface SearchQuery {
  readonly type: ServedType;
  /** All must hold. */
  readonly filters: readonly Filter[];
  readonly includes: readonly Include[];
  readonly revincludes: readonly Include[];
  /** Before the id, which always comes last. */
  readonly sort: readonly SortRule[];
  /** Matches per page, 1 to MAX_COUNT. */
  readonly count: number;
  readonly total?: Total;
  /** 'count' also for `_count=0`. */
  readonly summary?: Summary;
  readonly elements?: readonly string[];
  readonly format?: string;
  readonly pretty?: boolean;
  /** The opaque token of `_page`, as given. */
  readonly page?: string;
  /** Ids of matches not to be told: no longer current, and not asked for. */
  readonly leftOut?: readonly string[];
  /** Unknown parameters left out in lenient mode, by name. */
  readonly ignored: readonly string[];
}
