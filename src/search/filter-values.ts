// What plain and modified filters share: the OR list, folding, and what a request is parsed against.
import { FHIR_ID } from '../fhir/references.js';
import { foldText } from './fold.js';
import { splitUnescaped, unescapeValue } from './parse-values.js';
import type { Filter } from './query-nodes.js';
import { badParameter } from './refusal.js';

export interface ParseContext {
  /** The service's own base URL. */
  baseUrl: string;
  /** The codings of a loaded value set, by its canonicalKey; undefined when it is not loaded. */
  valueSet(url: string): readonly { system?: string; code?: string }[] | undefined;
  /** Canonical URLs of the loaded value sets, for refusals. */
  valueSets?(): string[];
  /** Epoch milliseconds. */
  now: number;
}

/** The OR list of a value, split but still escaped; an empty member is refused, or it would quietly change the question. */
export function valuesOf(name: string, value: string): string[] {
  const values = splitUnescaped(value, ',').map((each) => each.trim());
  if (values.includes('')) throw badParameter(name, 'its list has an empty value.');
  return values;
}

/** Folded for comparison with the index; a value of accents alone would match everything and is refused. */
export function foldedValues(name: string, values: string[]): string[] {
  const folded = values.map((each) => foldText(unescapeValue(each)));
  if (folded.includes('')) throw badParameter(name, 'nothing is left of its value without accents and white space.');
  return folded;
}

export function members(key: string, anyOf: string[], negated = false): Filter {
  return Object.freeze({ kind: 'members', key, anyOf: Object.freeze([...new Set(anyOf)]), negated });
}

export function idValue(name: string, text: string): string {
  const id = unescapeValue(text);
  if (!FHIR_ID.test(id)) throw badParameter(name, 'an id has 1 to 64 letters, digits, hyphens and points, without its type.');
  return id;
}
