// A resource's JSON as XML, elements in the order of R4's definitions.
// https://hl7.org/fhir/R4/xml.html
import { isLosslessNumber } from 'lossless-json';
import { FhirError } from '../fhir/errors.js';
import { isObject, parseStoredJson } from '../fhir/json.js';
import type { Shape, Variant } from '../validation/shapes.js';
import { r4Shapes } from './r4-shapes.js';
import { XHTML_ENTITIES } from './xhtml-entities.data.js';
import { NOT_XML } from './xml-document.js';

const INDENT = '  ';

/** The XML of a resource's JSON text; with `pretty` one element a line. Throws 'not-acceptable' for what XML cannot hold. */
export function toXml(json: string, pretty = false): string {
  const resource = parseStoredJson(json);
  if (!isObject(resource)) throw unwritable('Resource');
  const lines = new Lines(pretty);
  writeResource(lines, resource, ' xmlns="http://hl7.org/fhir"');
  const text = `<?xml version="1.0" encoding="UTF-8"?>${pretty ? '\n' : ''}${lines.text()}`;
  if (NOT_XML.test(text)) throw new FhirError('not-acceptable', 'This holds a character that XML cannot hold: ask for JSON.');
  return text;
}

/** Collects elements; knows how deep it is. */
class Lines {
  private readonly parts: string[] = [];
  private depth = 0;

  constructor(private readonly pretty: boolean) {}

  open(tag: string): void {
    this.line(`<${tag}>`);
    this.depth++;
  }

  close(name: string): void {
    this.depth--;
    this.line(`</${name}>`);
  }

  line(text: string): void {
    this.parts.push(this.pretty ? `${INDENT.repeat(this.depth)}${text}\n` : text);
  }

  text(): string {
    return this.parts.join('');
  }
}

function writeResource(lines: Lines, resource: Record<string, unknown>, namespace = ''): void {
  const { resourceType, ...content } = resource;
  const shape = typeof resourceType === 'string' ? r4Shapes().of(resourceType) : undefined;
  if (!shape?.isResource) throw unwritable('Resource');
  lines.open(`${shape.name}${namespace}`);
  writeContent(lines, content, shape);
  lines.close(shape.name);
}

/** Child elements in the order of the definition; every property must be one of them. */
function writeContent(lines: Lines, content: Record<string, unknown>, shape: Shape): void {
  let written = 0;
  for (const variant of shape.byJsonName.values()) {
    const name = variant.jsonName;
    const [value, extra] = [content[name], content[`_${name}`]];
    if (value !== undefined) written++;
    if (extra !== undefined) written++;
    if (isAttribute(shape, name) || (value === undefined && extra === undefined)) continue;
    if (variant.isPrimitive) writePrimitives(lines, variant, value, extra);
    else for (const each of [value].flat()) writeComplex(lines, variant, each);
  }
  if (written !== Object.keys(content).length) throw unwritable(shape.name);
}

function isAttribute(shape: Shape, name: string): boolean {
  return !shape.isResource && (name === 'id' || (name === 'url' && shape.name === 'Extension'));
}

/** ` id="…" url="…"` of an element that has them. */
function attributesOf(content: Record<string, unknown>, names: readonly string[]): string {
  return names.map((name) => (content[name] === undefined ? '' : ` ${name}="${escaped(scalar(content[name], name))}"`)).join('');
}

function writeComplex(lines: Lines, variant: Variant, value: unknown): void {
  if (!isObject(value)) throw unwritable(variant.element.path);
  const name = variant.jsonName;
  const shape = variant.shape();
  if (!shape || shape.isResource) {
    lines.open(name);
    writeResource(lines, value);
    lines.close(name);
    return;
  }
  const attributes = attributesOf(value, shape.name === 'Extension' ? ['id', 'url'] : ['id']);
  lines.open(`${name}${attributes}`);
  writeContent(lines, value, shape);
  lines.close(name);
}

function writePrimitives(lines: Lines, variant: Variant, value: unknown, extra: unknown): void {
  const values = value === undefined ? [] : [value].flat();
  const extras = extra === undefined ? [] : [extra].flat();
  for (let i = 0; i < Math.max(values.length, extras.length); i++) {
    writePrimitive(lines, variant, values[i] ?? undefined, extras[i] ?? undefined);
  }
}

function writePrimitive(lines: Lines, variant: Variant, value: unknown, extra: unknown): void {
  const name = variant.jsonName;
  if (variant.type.code === 'xhtml') {
    lines.line(withoutNamedEntities(scalar(value, name)));
    return;
  }
  const more = extra === undefined ? {} : extra;
  if (!isObject(more)) throw unwritable(variant.element.path);
  const tag = `${name}${attributesOf(more, ['id'])}${value === undefined ? '' : ` value="${escaped(scalar(value, name))}"`}`;
  const extensions = more.extension === undefined ? [] : [more.extension].flat();
  if (Object.keys(more).some((key) => key !== 'id' && key !== 'extension')) throw unwritable(variant.element.path);
  if (extensions.length === 0) {
    lines.line(`<${tag}/>`);
    return;
  }
  lines.open(tag);
  const shape = r4Shapes().of('Extension') as Shape;
  for (const extension of extensions) {
    if (!isObject(extension)) throw unwritable(variant.element.path);
    lines.open(`extension${attributesOf(extension, ['id', 'url'])}`);
    writeContent(lines, extension, shape);
    lines.close('extension');
  }
  lines.close(name);
}

function scalar(value: unknown, name: string): string {
  if (isLosslessNumber(value)) return value.value;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw unwritable(name);
}

function escaped(text: string): string {
  return text.replace(/[&<>"\t\r\n]/g, (character) => ESCAPES[character] as string);
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\r': '&#13;',
  '\n': '&#10;',
};

function withoutNamedEntities(xhtml: string): string {
  return xhtml.replace(/&([A-Za-z][A-Za-z0-9]*);/g, (whole, name: string) => {
    const code = XHTML_ENTITIES.get(name);
    return code === undefined ? whole : `&#${code};`;
  });
}

function unwritable(path: string): FhirError {
  return new FhirError('not-acceptable', `${path} holds something that FHIR R4 has no XML for: ask for JSON.`, { expression: path });
}
