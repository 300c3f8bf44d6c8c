// XML in and out, converted from and to the JSON text; JSON requests never come here.
// https://hl7.org/fhir/R4/xml.html
import { createRequire } from 'node:module';
import { isLosslessNumber } from 'lossless-json';
import { FhirError } from '../fhir/errors.js';
import { isObject, parseJson } from '../fhir/json.js';

interface Converter {
  objToXml(resource: unknown): string;
  /** JSON text in which decimals keep their digits. */
  xmlToJson(xml: string): string;
}

let loaded: Converter | undefined;

/** The converter is large: loaded when the first XML comes by. */
function converter(): Converter {
  if (!loaded) {
    const { Fhir } = createRequire(import.meta.url)('fhir') as { Fhir: new () => Converter };
    loaded = new Fhir();
  }
  return loaded;
}

/** The XML of a resource's JSON text; with `pretty` one element a line. */
export function toXml(json: string, pretty = false): string {
  const xml = converter().objToXml(withTexts(parseJson(json)));
  return pretty ? indented(xml) : xml;
}

/**
 * The resource of an XML body, decimals as lossless as from JSON. 'bad-syntax' when it is not well-formed FHIR XML, or holds
 * anything FHIR R4 has no place for: the converter would drop it silently, and a dropped element can turn a meaning round.
 */
export function fromXml(xml: string): unknown {
  if (/<!DOCTYPE|<!ENTITY|<!\[CDATA\[/i.test(xml)) throw new FhirError('bad-syntax', 'FHIR XML has no DOCTYPE, entities or CDATA.');
  const bare = xml.replace(/<!--[\s\S]*?-->/g, '');
  let resource: unknown;
  try {
    resource = parseJson(converter().xmlToJson(bare));
  } catch {
    throw new FhirError('bad-syntax', 'The body is not well-formed FHIR XML.');
  }
  if (!isObject(resource) || typeof resource.resourceType !== 'string')
    throw new FhirError('bad-syntax', 'The body is not a FHIR resource in XML.');
  if (shapeOf(converter().objToXml(withTexts(resource))) !== shapeOf(bare)) {
    throw new FhirError('bad-syntax', 'The XML holds an element or attribute that FHIR R4 does not have in that place, or an empty one.');
  }
  return resource;
}

/** Kept numbers as their texts: the converter would write them as JavaScript does. */
function withTexts(value: unknown): unknown {
  if (isLosslessNumber(value)) return value.value;
  if (Array.isArray(value)) return value.map(withTexts);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withTexts(item)]));
}

/** How often each element and attribute name occurs: what a conversion forth and back must keep. */
function shapeOf(xml: string): string {
  const counts = new Map<string, number>();
  for (const [tag, name] of xml.matchAll(/<([A-Za-z][\w:.-]*)(?:\s+[^<>"']+=\s*(?:"[^"]*"|'[^']*'))*\s*\/?>/g)) {
    counts.set(name as string, (counts.get(name as string) ?? 0) + 1);
    for (const [, attribute] of tag.matchAll(/\s([\w:.-]+)\s*=\s*(?:"[^"]*"|'[^']*')/g)) {
      if (attribute?.startsWith('xmlns') || attribute?.startsWith('xsi:')) continue;
      counts.set(`@${attribute}`, (counts.get(`@${attribute}`) ?? 0) + 1);
    }
  }
  return [...counts.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name}:${count}`)
    .join(' ');
}

/** Line breaks between elements, never inside the narrative, whose white space may count. */
function indented(xml: string): string {
  let depth = 0;
  let inNarrative = 0;
  return xml.replace(/<(\/?)([\w:.-]+)([^<>]*?)(\/?)>/g, (tag, close: string, name: string, _rest: string, selfClose: string) => {
    if (name === 'div') inNarrative += close ? -1 : selfClose ? 0 : 1;
    if (inNarrative > 0 && !(name === 'div' && inNarrative === 1 && !close)) return tag;
    if (close) depth--;
    const line = `\n${'  '.repeat(Math.max(depth, 0))}${tag}`;
    if (!close && !selfClose) depth++;
    return name === 'div' && close ? tag : line;
  });
}
