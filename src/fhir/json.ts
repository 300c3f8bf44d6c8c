// JSON that comes back exactly as it was sent: 1.10 stays 1.10, and a name given twice is refused instead of silently dropped.
// https://hl7.org/fhir/R4/json.html
import { isLosslessNumber, LosslessNumber, parse, stringify } from 'lossless-json';
import { FhirError } from './errors.js';

/** Deeper than any FHIR resource, shallower than the stack. */
export const MAX_JSON_DEPTH = 100;

/** Levels a Bundle of stored resources adds around each of them. */
const BUNDLE_LEVELS = 8;

/** The parser below would set an object's prototype instead of a property, and so lose the element. */
const PROTO_NAME = /"(?:_|\\u005f){2}proto(?:_|\\u005f){2}"\s*:/i;

/** A number whose text JavaScript would write differently (1.10, 1e3, 20 digits) keeps its text. */
function keepNumber(text: string): number | LosslessNumber {
  const value = Number(text);
  return String(value) === text ? value : new LosslessNumber(text);
}

/**
 * Parses JSON without losing anything. Throws FhirError 'bad-syntax' with the position, never the content.
 * Numbers whose text JavaScript would change come back as LosslessNumber.
 */
export function parseJson(text: string): unknown {
  return parseWithin(text, MAX_JSON_DEPTH);
}

/** The same for what the service itself wrote: a Bundle around a resource that was as deep as one may be. */
export function parseStoredJson(text: string): unknown {
  return parseWithin(text, MAX_JSON_DEPTH + BUNDLE_LEVELS);
}

function parseWithin(text: string, depth: number): unknown {
  if (PROTO_NAME.test(text)) throw new FhirError('bad-syntax', 'A JSON property may not be named __proto__.');
  if (nestingOf(text) > depth) throw new FhirError('bad-syntax', `JSON is nested deeper than ${depth} levels.`);
  try {
    return parse(text, null, { parseNumber: keepNumber, onDuplicateKey: refuseDuplicate });
  } catch (error) {
    if (error instanceof FhirError) throw error;
    const at = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    throw new FhirError('bad-syntax', `The body is not well-formed JSON${at ? ` at position ${at}` : ''}.`);
  }
}

function refuseDuplicate({ position }: { position: number }): never {
  throw new FhirError('bad-syntax', `A JSON object names the same property twice (position ${position}).`);
}

/** Writes JSON so that parseJson(text) and back is the same text, white space apart. */
export function writeJson(value: unknown, indent?: number): string {
  return stringify(value, undefined, indent) as string;
}

/** A parsed FHIR number, kept text or not, as a JavaScript number; undefined for anything else. */
export function asNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return isLosslessNumber(value) ? Number(value.value) : undefined;
}

/** True for a JSON object (not an array, not a kept number). */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}

/** Deepest nesting of brackets outside strings, in levels: checked before the recursive parser sees the text. */
function nestingOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 0x5c) i++;
      else if (c === 0x22) inString = false;
    } else if (c === 0x22) inString = true;
    else if (c === 0x7b || c === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (c === 0x7d || c === 0x5d) depth--;
  }
  return deepest;
}
