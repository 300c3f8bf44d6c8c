// XML in and out, converted from and to JSON by R4's own definitions; JSON requests never come here.
// Nothing is dropped: what the definitions do not know is refused, numbers keep their digits, narrative its text.
// https://hl7.org/fhir/R4/xml.html
import { FhirError } from '../fhir/errors.js';
import { parseJson } from '../fhir/json.js';
import type { Shape, Variant } from '../validation/shapes.js';
import { r4Shapes } from './r4-shapes.js';
import { parseXml, type XmlElement } from './xml-document.js';

export { toXml } from './xml-writer.js';

const FHIR = 'http://hl7.org/fhir';
const XHTML = 'http://www.w3.org/1999/xhtml';
const NUMBER_TYPES = new Set(['integer', 'decimal', 'unsignedInt', 'positiveInt']);
/** What JSON can write as a number. */
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** The resource of an XML body, as parseJson would give it. 'bad-syntax' names the element that is not FHIR R4's. */
export function fromXml(source: string): Record<string, unknown> {
  return resourceOf(parseXml(source), source, '');
}

function resourceOf(element: XmlElement, source: string, path: string): Record<string, unknown> {
  const shape = /^[A-Z]/.test(element.name) ? r4Shapes().of(element.name) : undefined;
  if (!shape?.isResource) throw refused(path || 'Resource', 'is no resource of FHIR R4');
  const at = path === '' ? element.name : path;
  return { resourceType: element.name, ...contentOf(element, shape, source, at) };
}

/** The attributes and child elements of a complex type or resource as JSON properties. */
function contentOf(element: XmlElement, shape: Shape, source: string, path: string): Record<string, unknown> {
  if (element.namespace !== FHIR) throw refused(path, `is not in the namespace ${FHIR}`);
  if (element.hasText) throw refused(path, 'holds text');
  const content: Record<string, unknown> = {};
  for (const [name, value] of element.attributes) {
    const isAttribute = !shape.isResource && (name === 'id' || (name === 'url' && shape.name === 'Extension'));
    if (!isAttribute) throw refused(path, 'has an attribute that FHIR does not have there');
    content[name] = value;
  }
  for (const [name, children] of byName(element)) {
    const variant = shape.byJsonName.get(name);
    const isAttribute = !shape.isResource && (name === 'id' || (name === 'url' && shape.name === 'Extension'));
    const at = `${path}.${name}`;
    if (!variant || isAttribute) throw refused(at, 'is not an element of FHIR R4 in that place');
    if (!variant.element.isArray && children.length > 1) throw refused(at, 'is there more than once');
    if (variant.isPrimitive) addPrimitives(content, variant, children, source, at);
    else {
      const values = children.map((child, i) => complexOf(child, variant, source, variant.element.isArray ? `${at}[${i}]` : at));
      content[name] = variant.element.isArray ? values : values[0];
    }
  }
  return content;
}

function byName(element: XmlElement): Map<string, XmlElement[]> {
  const groups = new Map<string, XmlElement[]>();
  for (const child of element.children) {
    const group = groups.get(child.name);
    if (group) group.push(child);
    else groups.set(child.name, [child]);
  }
  return groups;
}

function complexOf(element: XmlElement, variant: Variant, source: string, path: string): Record<string, unknown> {
  const shape = variant.shape();
  if (shape && !shape.isResource) return notEmpty(contentOf(element, shape, source, path), path);
  const [only, ...others] = element.children;
  if (!only || others.length > 0 || element.attributes.size > 0 || element.hasText) throw refused(path, 'holds exactly one resource');
  return resourceOf(only, source, path);
}

function notEmpty(content: Record<string, unknown>, path: string): Record<string, unknown> {
  if (Object.keys(content).length === 0) throw refused(path, 'is empty');
  return content;
}

/** Values under the name and ids and extensions under `_name`, aligned. */
function addPrimitives(content: Record<string, unknown>, variant: Variant, elements: XmlElement[], source: string, path: string): void {
  const name = variant.jsonName;
  const pairs = elements.map((element, i) => primitiveOf(element, variant, source, elements.length > 1 ? `${path}[${i}]` : path));
  const values = pairs.map(({ value }) => value ?? null);
  const extras = pairs.map(({ extra }) => extra ?? null);
  const isArray = variant.element.isArray;
  if (values.some((value) => value !== null)) content[name] = isArray ? values : values[0];
  if (extras.some((extra) => extra !== null)) content[`_${name}`] = isArray ? extras : extras[0];
}

function primitiveOf(element: XmlElement, variant: Variant, source: string, path: string): { value?: unknown; extra?: unknown } {
  if (variant.type.code === 'xhtml') return { value: divOf(element, source, path) };
  if (element.namespace !== FHIR) throw refused(path, `is not in the namespace ${FHIR}`);
  if (element.hasText) throw refused(path, 'holds text: its value is an attribute');
  const extra: Record<string, unknown> = {};
  let value: unknown;
  for (const [name, text] of element.attributes) {
    if (name === 'value') value = typedValue(text, variant.type.code, path);
    else if (name === 'id') extra.id = text;
    else throw refused(path, 'has an attribute that FHIR does not have there');
  }
  if (element.children.length > 0) {
    const shape = r4Shapes().of('Extension') as Shape;
    extra.extension = element.children.map((child, i) => {
      if (child.name !== 'extension') throw refused(`${path}.${child.name}`, 'is not an element of FHIR R4 in that place');
      return contentOf(child, shape, source, `${path}.extension[${i}]`);
    });
  }
  const hasExtra = Object.keys(extra).length > 0;
  if (value === undefined && !hasExtra) throw refused(path, 'is empty');
  return { value, extra: hasExtra ? extra : undefined };
}

function typedValue(text: string, type: string, path: string): unknown {
  if (type === 'boolean') {
    if (text !== 'true' && text !== 'false') throw refused(path, 'is true or false');
    return text === 'true';
  }
  if (!NUMBER_TYPES.has(type)) return text;
  if (!NUMBER.test(text)) throw refused(path, 'is not a number');
  return parseJson(text);
}

/** Narrative stays exactly the text it is. */
function divOf(element: XmlElement, source: string, path: string): string {
  if (element.namespace !== XHTML) throw refused(path, `is not in the namespace ${XHTML}`);
  const text = source.slice(element.start, element.end);
  // The namespace may have been declared further out; in JSON it stands in the div itself.
  return /^<div(?:\s[^>]*)?\sxmlns\s*=/.test(text) ? text : text.replace(/^<div/, `<div xmlns="${XHTML}"`);
}

/** Element names are FHIR's or the sender's; only those that can be names are repeated. */
function refused(path: string, what: string): FhirError {
  const known = /^[A-Za-z][\w.[\]]{0,200}$/.test(path);
  return new FhirError('bad-syntax', `The XML is not FHIR R4: ${known ? path : 'an element'} ${what}.`, known ? { expression: path } : {});
}
