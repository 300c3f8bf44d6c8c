// Writes a tagged PDF/A-2a: real text in reading order, embedded fonts, no line ever cut off. Knows pages, not plans.
// ISO 19005-2; https://pdfkit.org/docs/accessibility.html
import { shownText } from '../../izp/narrative.js';
import type { Html } from '../pages/html.js';
import type { Fonts } from './fonts.js';

/** A4 and its margins, in points (1/72 inch). The foot holds two lines. */
const SIZE = { width: 595.28, height: 841.89 };
export const MARGIN = { left: 40, right: 40, top: 50, bottom: 46 };
export const WIDTH = SIZE.width - MARGIN.left - MARGIN.right;
const BOTTOM = SIZE.height - MARGIN.bottom;
/** Four lines of plain text, in points: less of a long one is not begun at the foot of a page. */
export const SOME_LINES = 48;
const GREY = '#3f4b57';
export const BLACK = '#14181d';

/** What stands for a character that the typeface does not have: seen to be missing, never left out. */
export const MISSING_GLYPH = '□';

export interface Style {
  size: number;
  bold?: boolean;
  color?: string;
}

export interface SheetInfo {
  title: string;
  subject: string;
  /** Epoch milliseconds. */
  made: number;
  fonts: Fonts;
}

export type Structure = ReturnType<PDFKit.PDFDocument['struct']>;

export class Sheet {
  /** Whether a character had no glyph. */
  isIncomplete = false;
  private readonly chunks: Buffer[] = [];
  private readonly ended: Promise<void>;
  private readonly root: Structure;

  private constructor(readonly doc: PDFKit.PDFDocument) {
    doc.on('data', (chunk: Buffer) => this.chunks.push(chunk));
    this.ended = new Promise((resolve, reject) => {
      doc.on('end', resolve);
      doc.on('error', reject);
    });
    this.root = doc.struct('Document');
    doc.addStructure(this.root);
  }

  /** The writer is loaded when the first document is asked: most processes never make one. */
  static async open({ title, subject, made, fonts }: SheetInfo): Promise<Sheet> {
    const { default: Document } = await import('pdfkit');
    const date = new Date(made);
    const doc = new Document({
      size: 'A4',
      margins: MARGIN,
      subset: 'PDF/A-2a',
      pdfVersion: '1.7',
      tagged: true,
      lang: 'nl-NL',
      displayTitle: true,
      bufferPages: true,
      autoFirstPage: false,
      // No standard font is ever named: they are not embedded.
      font: null as never,
      info: { Title: title, Subject: subject, Author: 'IZP', Creator: 'IZP', Producer: 'IZP', CreationDate: date, ModDate: date },
    });
    doc.registerFont('regular', fonts.regular);
    doc.registerFont('bold', fonts.bold);
    doc.addPage();
    return new Sheet(doc);
  }

  /** A part of the document under the whole, or under another part. */
  part(type: string, parent: Structure = this.root): Structure {
    const made = this.doc.struct(type);
    parent.add(made);
    return made;
  }

  /** One paragraph at (x, y or where the last one ended); flows on to the next page where it must. */
  text(text: string, style: Style, at: { x: number; width: number; y?: number; type?: string; parent: Structure }): void {
    const shown = this.use(text, style);
    const { x, width, y = this.doc.y, type = 'P', parent } = at;
    this.doc.fillColor(style.color ?? BLACK);
    const structure = this.doc.struct(type);
    parent.add(structure);
    // One content per page: text that flows on would else stand outside the structure there.
    for (const piece of this.pieces(shown, width, y)) {
      if (piece.newPage) this.doc.addPage();
      const write = () => void this.doc.text(piece.text, x, piece.newPage ? MARGIN.top : y, { width });
      structure.add(this.doc.struct('Span', {}, write));
    }
    structure.end();
  }

  /** How high a paragraph is, in points. */
  heightOf(text: string, style: Style, width: number): number {
    return this.doc.heightOfString(this.use(text, style), { width });
  }

  /** Begins a page unless so many points are free; for what no page can hold, unless some lines are. */
  keep(height: number): void {
    const wanted = height > BOTTOM - MARGIN.top ? SOME_LINES : height;
    if (this.doc.y + wanted > BOTTOM && this.doc.y > MARGIN.top) this.doc.addPage();
  }

  /** Draws what is no content: lines, bars, signs. */
  artifact(draw: () => void): void {
    this.doc.markContent('Artifact', { type: 'Layout' });
    this.doc.save();
    draw();
    this.doc.restore();
    this.doc.endMarkedContent();
  }

  /** A bar beside everything that `write` writes, over as many pages as that takes. */
  barred(color: string, x: number, width: number, write: () => void): void {
    const first = this.pageIndex();
    const from = this.doc.y;
    write();
    const last = this.pageIndex();
    const to = this.doc.y;
    for (let page = first; page <= last; page++) {
      this.doc.switchToPage(page);
      const top = page === first ? from : MARGIN.top;
      const end = page === last ? to : BOTTOM;
      this.artifact(() => this.doc.rect(x, top, width, end - top).fill(color));
    }
    this.doc.y = to;
  }

  /** A picture made of simple SVG shapes on a square of 48, as the pages' signs are. */
  sign({ text: svg }: Html, x: number, y: number, size: number): void {
    this.artifact(() => {
      this.doc.translate(x, y).scale(size / 48);
      for (const [, name, inside = ''] of svg.matchAll(/<(circle|rect|path) ([^>]*?)\/>/g)) this.shape(name as string, inside);
    });
  }

  /** Head and foot of every page, then the bytes. `foot` is told the number of the page and of all. */
  async finish(foot: (page: number, of: number) => string[]): Promise<Buffer> {
    this.root.end();
    const { count } = this.doc.bufferedPageRange();
    for (let page = 0; page < count; page++) {
      this.doc.switchToPage(page);
      this.doc.markContent('Artifact', { type: 'Pagination', attached: ['Bottom'] });
      // In the margin, where the writer would begin a new page.
      this.doc.page.margins.bottom = 0;
      foot(page + 1, count).forEach((line, i) => {
        const shown = this.use(line, { size: 8, bold: i === 0 });
        this.doc
          .fillColor(i === 0 ? BLACK : GREY)
          .text(shown, MARGIN.left, BOTTOM + 10 + 11 * i, { width: WIDTH, height: 10, ellipsis: true });
      });
      this.doc.endMarkedContent();
    }
    this.doc.end();
    await this.ended;
    return Buffer.concat(this.chunks);
  }

  private pageIndex(): number {
    const { start, count } = this.doc.bufferedPageRange();
    return start + count - 1;
  }

  /** Sets the style; gives the text as this typeface can show it. */
  private use(text: string, { size, bold }: Style): string {
    this.doc.font(bold ? 'bold' : 'regular').fontSize(size);
    const shown = shownText(text.normalize('NFC'))
      .replace(/\r\n|[\r\u2028\u2029]/g, '\n')
      .replace(/[\t\u00a0\u202f]/g, ' ');
    const { font } = (this.doc as unknown as { _font: { font: { hasGlyphForCodePoint(code: number): boolean } } })._font;
    return [...shown]
      .map((character) => {
        if (character === '\n' || font.hasGlyphForCodePoint(character.codePointAt(0) as number)) return character;
        this.isIncomplete = true;
        return MISSING_GLYPH;
      })
      .join('');
  }

  /** The text in as many pieces as pages it takes, divided between words. */
  private *pieces(text: string, width: number, y: number): Generator<{ text: string; newPage: boolean }> {
    let rest = text;
    let free = BOTTOM - y;
    for (let newPage = false; ; newPage = true) {
      if (this.doc.heightOfString(rest, { width }) <= free) {
        yield { text: rest, newPage };
        return;
      }
      const end = this.fitting(rest, width, free);
      if (end > 0) yield { text: rest.slice(0, end).trimEnd(), newPage };
      rest = rest.slice(end).trimStart();
      free = BOTTOM - MARGIN.top;
    }
  }

  /** How many characters of it fit, up to the end of a word; the whole page's worth where there is no space. */
  private fitting(text: string, width: number, height: number): number {
    let [low, high] = [0, text.length];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.doc.heightOfString(text.slice(0, middle), { width }) <= height) low = middle;
      else high = middle - 1;
    }
    const space = Math.max(text.lastIndexOf(' ', low), text.lastIndexOf('\n', low));
    return space > 0 ? space : low;
  }

  private shape(name: string, attributes: string): void {
    const value = (key: string) => new RegExp(`(?:^| )${key}="([^"]*)"`).exec(attributes)?.[1];
    const number = (key: string) => Number(value(key) ?? 0);
    const { doc } = this;
    doc.lineCap(value('stroke-linecap') === 'round' ? 'round' : 'butt').lineJoin(value('stroke-linejoin') === 'round' ? 'round' : 'miter');
    if (name === 'circle') doc.circle(number('cx'), number('cy'), number('r'));
    else if (name === 'rect') doc.roundedRect(number('x'), number('y'), number('width'), number('height'), number('rx'));
    else doc.path(value('d') ?? '');
    const [dash, gap] = (value('stroke-dasharray') ?? '').split(' ').map(Number);
    if (dash) doc.dash(dash, { space: gap ?? dash });
    const [fill, stroke] = [value('fill') ?? 'black', value('stroke')];
    if (stroke !== undefined) doc.lineWidth(number('stroke-width') || 1);
    if (stroke === undefined) doc.fill(fill);
    else if (fill === 'none') doc.stroke(stroke);
    else doc.fillAndStroke(fill, stroke);
    doc.undash();
  }
}
