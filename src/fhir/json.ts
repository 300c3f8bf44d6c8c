// JSON that comes back exactly as it was sent: 1.10 stays 1.10, and a name given two values is refused instead of losing one.
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
  const facts = factsOf(text);
  if (facts.depth > depth) throw new FhirError('bad-syntax', `JSON is nested deeper than ${depth} levels.`);
  const plain = facts.keepsNumbers ? undefined : parsePlain(text, facts.names);
  if (plain !== undefined) return plain;
  try {
    return parse(text, null, { parseNumber: keepNumber, onDuplicateKey: refuseDuplicate });
  } catch (error) {
    if (error instanceof FhirError) throw error;
    const at = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    throw new FhirError('bad-syntax', `The body is not well-formed JSON${at ? ` at position ${at}` : ''}.`);
  }
}

/**
 * JavaScript's own parser, seven times as fast, for text without numbers to keep. It drops the first of two properties of one
 * name: then there are fewer than `names`, and this is undefined, as for null and for text that is no JSON.
 */
function parsePlain(text: string, names: number): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return namesIn(value) === names ? (value ?? undefined) : undefined;
  } catch {
    return undefined;
  }
}

function namesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += namesIn(item);
    return count;
  }
  for (const name in value) count += 1 + namesIn((value as Record<string, unknown>)[name]);
  return count;
}

function refuseDuplicate({ position }: { position: number }): never {
  throw new FhirError('bad-syntax', `A JSON object names the same property twice (position ${position}).`);
}

/** Writes JSON so that parseJson(text) and back is the same text, white space apart. */
export function writeJson(value: unknown, indent?: number): string {
  if (indent === undefined && isPlain(value)) return JSON.stringify(value);
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

/** True when JavaScript's own writer writes the same text as the one that knows kept numbers. */
function isPlain(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return typeof value !== 'bigint';
  if (Array.isArray(value)) return value.every(isPlain);
  if (isLosslessNumber(value)) return false;
  for (const name in value) if (!isPlain((value as Record<string, unknown>)[name])) return false;
  return true;
}

interface TextFacts {
  /** Deepest nesting of brackets, in levels: checked before a recursive parser sees the text. */
  depth: number;
  /** Colons: as many as there are properties, in well-formed text. */
  names: number;
  /** Holds a number that keepNumber keeps. */
  keepsNumbers: boolean;
}

const NUMBER = /[-+.0-9eE]+/y;
/** Whole numbers below 10^15 are written as they are read. */
const PLAIN_NUMBER = /^(?:0|[1-9][0-9]{0,14})$/;

/** What is outside the strings of a text, in one pass. */
function factsOf(text: string): TextFacts {
  const facts = { depth: 0, names: 0, keepsNumbers: false };
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x22) i = endOfString(text, i);
    else if (c === 0x3a) facts.names++;
    else if (c === 0x7b || c === 0x5b) facts.depth = Math.max(facts.depth, ++depth);
    else if (c === 0x7d || c === 0x5d) depth--;
    else if (c === 0x2d || (c >= 0x30 && c <= 0x39)) {
      NUMBER.lastIndex = i;
      const number = (NUMBER.exec(text) as RegExpExecArray)[0];
      facts.keepsNumbers ||= !PLAIN_NUMBER.test(number) && String(Number(number)) !== number;
      i += number.length - 1;
    }
  }
  return facts;
}

/** Index of the quote that ends the string beginning at `start`; past the text when none does. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let before = end;
    while (text.charCodeAt(before - 1) === 0x5c) before--;
    if ((end - before) % 2 === 0) return end;
  }
  return text.length;
}
