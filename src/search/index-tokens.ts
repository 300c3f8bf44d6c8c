// Tokens of a resource: codes, codings, identifiers, contact points, booleans.
// https://hl7.org/fhir/R4/search.html#token
import { asNumber, isObject } from '../fhir/json.js';
import { foldText } from './fold.js';
import type { SearchParameter } from './parameters.js';
import { addValues, type IndexContext, type SearchIndex } from './search-index.js';
import { type Coding, equivalentCodings, ofTypeKey, tokenKeys } from './tokens.js';

/** ContactPoint.system is a kind of contact, not the name of a code system. */
const CONTACT_SYSTEMS: ReadonlySet<unknown> = new Set(['phone', 'fax', 'email', 'pager', 'url', 'sms', 'other']);

export function indexTokens(nodes: unknown[], parameter: SearchParameter, index: SearchIndex, context: IndexContext): void {
  for (const node of nodes) {
    const { codings, texts } = codedValue(node);
    const withEquivalents = codings.flatMap((coding) => [coding, ...equivalentCodings(context.type, parameter.code, coding)]);
    for (const coding of withEquivalents) addValues(index, parameter.code, keysOf(coding, parameter));
    addValues(index, `${parameter.code}:text`, texts.map(foldText));
    if (isObject(node)) addValues(index, `${parameter.code}:of-type`, ofTypeKeys(node));
  }
}

/** Keys of a bare code also under the system its binding implies. */
function keysOf(coding: Coding, parameter: SearchParameter): string[] {
  const keys = tokenKeys(coding, parameter.exactCase === true);
  if (coding.system === undefined && parameter.system !== undefined)
    keys.push(...tokenKeys({ ...coding, system: parameter.system }, false));
  return keys;
}

/** Tokens of the `identifier` of references, for `:identifier`. */
export function identifierKeys(identifier: unknown): string[] {
  return isObject(identifier) ? codedValue(identifier).codings.flatMap((coding) => tokenKeys(coding, true)) : [];
}

function codedValue(node: unknown): { codings: Coding[]; texts: string[] } {
  if (typeof node === 'string' || typeof node === 'boolean') return { codings: [{ code: String(node) }], texts: [] };
  const number = asNumber(node);
  if (number !== undefined) return { codings: [{ code: String(number) }], texts: [] };
  if (!isObject(node)) return { codings: [], texts: [] };
  if (Array.isArray(node.coding)) {
    const inner = node.coding.map(codedValue);
    return { codings: inner.flatMap((c) => c.codings), texts: [...strings(node.text), ...inner.flatMap((c) => c.texts)] };
  }
  if ('value' in node) {
    const system = CONTACT_SYSTEMS.has(node.system) ? undefined : text(node.system);
    return { codings: [{ system, code: text(node.value) }], texts: isObject(node.type) ? strings(node.type.text) : [] };
  }
  const coding = { system: text(node.system), code: text(node.code) };
  return { codings: coding.code || coding.system ? [coding] : [], texts: [...strings(node.text), ...strings(node.display)] };
}

function ofTypeKeys(identifier: Record<string, unknown>): string[] {
  const value = text(identifier.value);
  const codings = isObject(identifier.type) && Array.isArray(identifier.type.coding) ? identifier.type.coding : [];
  if (value === undefined) return [];
  return codings.flatMap((coding) =>
    isObject(coding) && text(coding.code) ? [ofTypeKey(text(coding.system), text(coding.code) as string, value)] : [],
  );
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function strings(value: unknown): string[] {
  return typeof value === 'string' && value !== '' ? [value] : [];
}
