// The shape of the search index stored beside each resource (jsonb), as indexers write it and the SQL of a search reads it.

/** A text, or a range: [low, high] for dates (epoch ms), [low, high, system|code, code, unit] for numbers and quantities. */
export type IndexValue = string | readonly (number | string | null)[];

/**
 * Per parameter code the list of its values; no key when the resource has no such element. Variants stand under
 * `code:exact`, `code:text`, `code:of-type`, `code:identifier`, and `code:sort` ([for ascending, for descending]).
 */
export type SearchIndex = Record<string, IndexValue[]>;

/** What an indexer knows beside the parameter. */
export interface IndexContext {
  type: string;
  /** The service's own base URL: absolute references below it are the relative ones. */
  baseUrl?: string;
}

/** Up to so many values a list is searched faster than a set is made. */
const FEW = 32;

/** Adds values to a key of the index, each once. */
export function addValues(index: SearchIndex, key: string, values: IndexValue[]): void {
  if (values.length === 0) return;
  const list = index[key] ?? [];
  index[key] = list;
  if (list.length + values.length > FEW) index[key] = [...new Set([...list, ...values])];
  else for (const value of values) if (!list.includes(value)) list.push(value);
}
