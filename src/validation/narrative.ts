// Narrative is shown to people in a browser: one well-formed div of plain formatting, nothing that acts.
// https://hl7.org/fhir/R4/narrative.html#rules
const XHTML = 'http://www.w3.org/1999/xhtml';

const ELEMENTS = new Set(
  (
    'div p br hr h1 h2 h3 h4 h5 h6 blockquote pre address ul ol li dl dt dd table caption colgroup col thead tbody tfoot tr th td ' +
    'a img map area span b i em strong small big tt dfn q var abbr acronym cite bdo kbd samp code sub sup'
  ).split(' '),
);
const EVERYWHERE = 'title style class id lang xml:lang dir accesskey tabindex align valign width height char charoff abbr span scope'.split(
  ' ',
);
const ATTRIBUTES: Record<string, Set<string>> = {
  a: new Set('href name charset type hreflang rel rev shape coords target'.split(' ')),
  area: new Set('href shape coords alt nohref'.split(' ')),
  blockquote: new Set(['cite']),
  q: new Set(['cite']),
  div: new Set(['xmlns', 'xmlns:xhtml', 'xmlns:h', 'xmlns:xsi', 'xmlns:fhir']),
  img: new Set('src alt border longdesc usemap ismap'.split(' ')),
  map: new Set(['name']),
  ol: new Set(['type', 'start']),
  ul: new Set(['type']),
  pre: new Set(['xml:space']),
  table: new Set('summary border frame rules cellspacing cellpadding bgcolor'.split(' ')),
  td: new Set('headers axis rowspan colspan nowrap bgcolor'.split(' ')),
  th: new Set('headers axis rowspan colspan nowrap bgcolor'.split(' ')),
  tr: new Set(['bgcolor']),
};
const SAFE_LINK = /^(https?:|ftp:|mailto:|tel:|urn:|cid:|#|[^:]*$|[^:]*[/?#])/i;
const SAFE_IMAGE = /^(https?:|#|cid:|data:image\/(png|jpe?g|gif|bmp|webp);|[^:]*$)/i;
/** Style may colour and align; it may not load anything but an image written out in place, or hide scripts in old browsers. */
const UNSAFE_STYLE = /url\s*\((?!\s*['"]?data:\s*image\/(?:png|jpe?g|gif);)|expression\s*\(|javascript:|@import|behavior\s*:|-moz-binding/i;

const TOKEN = /<!--(?:(?!--)[\s\S])*-->|<(\/?)([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;
const ATTRIBUTE = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const STRAY_AMPERSAND = /&(?!(?:[A-Za-z][A-Za-z0-9]*|#\d+|#x[0-9A-Fa-f]+);)/;

/** 'malformed' when it is no well-formed XHTML div, 'unsafe' when it holds what narrative may not, 'empty' without text or image. */
export type NarrativeFault = 'malformed' | 'unsafe' | 'empty' | undefined;

/** Checks Narrative.div (the invariants txt-1 and txt-2). */
export function narrativeFault(xhtml: string): NarrativeFault {
  const source = xhtml.trim();
  const open: string[] = [];
  let content = false;
  let position = 0;
  while (position < source.length) {
    TOKEN.lastIndex = position;
    const token = TOKEN.exec(source);
    if (!token) return 'malformed';
    const [whole, slash, name, attributes, selfClosing, text] = token;
    if (open.length === 0 && (position > 0 || name !== 'div' || slash === '/')) return 'malformed';
    position += whole.length;
    if (text !== undefined) {
      if (STRAY_AMPERSAND.test(text)) return 'malformed';
      if (/\S/.test(text.replace(/&nbsp;|&#160;|&#xa0;/gi, ' '))) content = true;
    } else if (name !== undefined) {
      if (slash === '/') {
        if (open.pop() !== name || attributes !== '') return 'malformed';
        continue;
      }
      const fault = tagFault(name, attributes ?? '', open.length === 0);
      if (fault) return fault;
      if (name === 'img') content = true;
      if (selfClosing !== '/') open.push(name);
      else if (open.length === 0) return 'empty';
    }
  }
  if (open.length > 0 || position === 0) return 'malformed';
  return content ? undefined : 'empty';
}

function tagFault(name: string, attributes: string, isRoot: boolean): NarrativeFault {
  if (!ELEMENTS.has(name)) return 'unsafe';
  const own = ATTRIBUTES[name];
  const seen = new Map<string, string>();
  for (const [, key, double, single] of attributes.matchAll(ATTRIBUTE)) {
    const attribute = key as string;
    const value = double ?? single ?? '';
    if (seen.has(attribute) || STRAY_AMPERSAND.test(value)) return 'malformed';
    seen.set(attribute, value);
    if (attribute !== 'xmlns' && !EVERYWHERE.includes(attribute) && !own?.has(attribute)) return 'unsafe';
    if (attribute === 'style' && UNSAFE_STYLE.test(decode(value))) return 'unsafe';
    if (attribute === 'href' && !SAFE_LINK.test(address(value))) return 'unsafe';
    if (attribute === 'src' && !SAFE_IMAGE.test(address(value))) return 'unsafe';
  }
  const namespace = seen.get('xmlns');
  return (namespace ?? (isRoot ? '' : XHTML)) === XHTML ? undefined : 'malformed';
}

/** As a browser reads it: entities resolved, white space and control characters dropped, so `java&#10;script:` is seen. */
function address(value: string): string {
  return decode(value).replace(/[\u0000-\u0020]/g, '');
}

function decode(value: string): string {
  return value
    .replace(/&#x([0-9a-f]+);/gi, (_, hex: string) => character(Number.parseInt(hex, 16)))
    .replace(/&#(\d+);/g, (_, decimal: string) => character(Number(decimal)))
    .replace(/&colon;/gi, ':')
    .replace(/&(tab|newline);/gi, '')
    .replace(/&lpar;/gi, '(');
}

function character(code: number): string {
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
}
