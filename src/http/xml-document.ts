// A small strict reader of XML documents as FHIR uses them: elements, attributes, no DTD. One pass, no regular expression that
// could run long, every refusal with its position and never with content.
// https://www.w3.org/TR/xml/, https://hl7.org/fhir/R4/xml.html
import { FhirError } from '../fhir/errors.js';
import { MAX_JSON_DEPTH } from '../fhir/json.js';

export interface XmlElement {
  name: string;
  /** Resolved default namespace. */
  namespace: string;
  /** Without namespace declarations and xsi hints. */
  attributes: Map<string, string>;
  children: XmlElement[];
  /** True when it holds text other than white space. */
  hasText: boolean;
  /** Where the element begins and ends in the source. */
  start: number;
  end: number;
}

/** Narrative may nest deeper than resources do. */
const MAX_DEPTH = 2 * MAX_JSON_DEPTH;

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const NAME = /[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?/y;
const SPACE = /[ \t\r\n]*/y;
/** Up to the next markup or reference. */
const TEXT = /[^<&]*/y;
const REFERENCE = /&(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|([A-Za-z]+));/y;
/** Characters XML 1.0 cannot hold. */
export const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/** The root element of a well-formed document. Throws 'bad-syntax' with the position. */
export function parseXml(source: string): XmlElement {
  return new Reader(source).document();
}

class Reader {
  private at = 0;
  private readonly open: XmlElement[] = [];

  constructor(private readonly source: string) {}

  document(): XmlElement {
    if (NOT_XML.test(this.source)) throw this.fault('it holds a character that XML cannot');
    if (/^<\?xml[\s?]/.test(this.source)) this.pass('?>');
    let root: XmlElement | undefined;
    while (this.at < this.source.length) {
      const closed = this.next(root !== undefined);
      if (closed && this.open.length === 0) root = closed;
    }
    if (this.open.length > 0) throw this.fault('an element is not closed');
    if (!root) throw this.fault('there is no element');
    return root;
  }

  /** One piece of content; the element it closed, if it closed one. */
  private next(hasRoot: boolean): XmlElement | undefined {
    const { source } = this;
    if (source[this.at] !== '<') {
      this.text();
      return undefined;
    }
    if (source.startsWith('<!--', this.at)) {
      const end = source.indexOf('--', this.at + 4);
      if (end === -1 || source[end + 2] !== '>') throw this.fault('a comment does not end');
      this.at = end + 3;
      return undefined;
    }
    if (source.startsWith('<!', this.at) || source.startsWith('<?', this.at)) {
      throw this.fault('FHIR XML has no DOCTYPE, entity, CDATA or processing instruction');
    }
    if (source.startsWith('</', this.at)) return this.close();
    if (hasRoot) throw this.fault('there is more than one root element');
    return this.element();
  }

  private text(): void {
    const start = this.at;
    while (this.at < this.source.length && this.source[this.at] !== '<') {
      if (this.source[this.at] === '&') this.reference();
      else this.at = this.span(TEXT);
    }
    if (!/[^ \t\r\n]/.test(this.source.slice(start, this.at))) return;
    const parent = this.open.at(-1);
    if (!parent) throw this.fault('there is text outside the root element');
    parent.hasText = true;
  }

  private element(): XmlElement | undefined {
    const start = this.at++;
    const name = this.name();
    const parent = this.open.at(-1);
    const element: XmlElement = {
      name,
      namespace: parent?.namespace ?? '',
      attributes: new Map(),
      children: [],
      hasText: false,
      start,
      end: 0,
    };
    for (let spaced = this.space(); !/[/>]/.test(this.source[this.at] ?? '/'); spaced = this.space()) {
      if (!spaced) throw this.fault('attributes are separated by white space');
      this.attribute(element);
    }
    if (name.includes(':')) throw this.fault('elements are written without a prefix, in the default namespace');
    parent?.children.push(element);
    if (this.source.startsWith('/>', this.at)) {
      this.at += 2;
      element.end = this.at;
      return element;
    }
    if (this.source[this.at] !== '>') throw this.fault('a tag does not end');
    this.at++;
    this.open.push(element);
    if (this.open.length > MAX_DEPTH) throw this.fault(`it is nested deeper than ${MAX_DEPTH} levels`);
    return undefined;
  }

  private attribute(element: XmlElement): void {
    const name = this.name();
    this.space();
    if (this.source[this.at++] !== '=') throw this.fault('an attribute has no value');
    this.space();
    const quote = this.source[this.at++];
    if (quote !== '"' && quote !== "'") throw this.fault('an attribute value is not quoted');
    let value = '';
    for (;;) {
      const from = this.at;
      while (this.at < this.source.length && !`&<${quote}`.includes(this.source[this.at] as string)) this.at++;
      // XML's own rule: white space written literally in an attribute is a space.
      value += this.source.slice(from, this.at).replace(/\r\n|[\t\r\n]/g, ' ');
      if (this.source[this.at] !== '&') break;
      value += this.reference();
    }
    if (this.source[this.at++] !== quote) throw this.fault('an attribute value does not end');
    if (name === 'xmlns') element.namespace = value;
    else if (name.startsWith('xmlns:') || name.startsWith('xsi:')) return;
    else if (element.attributes.has(name)) throw this.fault('an attribute is given twice');
    else element.attributes.set(name, value);
  }

  private close(): XmlElement {
    this.at += 2;
    const name = this.name();
    this.space();
    const element = this.open.pop();
    if (element?.name !== name || this.source[this.at++] !== '>') throw this.fault('an end tag does not match');
    element.end = this.at;
    return element;
  }

  private reference(): string {
    REFERENCE.lastIndex = this.at;
    const found = REFERENCE.exec(this.source);
    const [whole = '', decimal, hex, named = ''] = found ?? [];
    const code = decimal !== undefined ? Number(decimal) : hex !== undefined ? Number.parseInt(hex, 16) : undefined;
    const character = code === undefined ? NAMED[named] : characterOf(code);
    if (character === undefined) throw this.fault('a character reference is not one of XML');
    this.at += whole.length;
    return character;
  }

  private name(): string {
    const start = this.at;
    this.at = this.span(NAME);
    if (this.at === start) throw this.fault('a name is missing');
    return this.source.slice(start, this.at);
  }

  private space(): boolean {
    const start = this.at;
    this.at = this.span(SPACE);
    return this.at > start;
  }

  private pass(end: string): void {
    const found = this.source.indexOf(end, this.at);
    if (found === -1) throw this.fault('the XML declaration does not end');
    this.at = found + end.length;
  }

  private span(pattern: RegExp): number {
    pattern.lastIndex = this.at;
    return this.at + (pattern.exec(this.source)?.[0].length ?? 0);
  }

  private fault(what: string): FhirError {
    return new FhirError('bad-syntax', `The body is not well-formed FHIR XML: ${what} (position ${this.at}).`);
  }
}

function characterOf(code: number): string | undefined {
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
  const character = String.fromCodePoint(code);
  return NOT_XML.test(character) ? undefined : character;
}
