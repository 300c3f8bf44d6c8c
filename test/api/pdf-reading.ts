// Reads a PDF as others do: its text by PDF.js, and the code on it from the squares that are drawn.
import { inflateSync } from 'node:zlib';
import jsqr from 'jsqr';
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';

export interface ReadPdf {
  /** Text of each page, every run of white space as one space. */
  pages: string[];
  /** Everything that is read aloud: type of each element of the structure, in order. */
  structure: string[];
  title: string;
  language: string;
}

export async function readPdf(bytes: Buffer): Promise<ReadPdf> {
  const document = await getDocument({ data: new Uint8Array(bytes), verbosity: 0 }).promise;
  const pages: string[] = [];
  const structure: string[] = [];
  for (let number = 1; number <= document.numPages; number++) {
    const page = await document.getPage(number);
    const { items } = await page.getTextContent();
    pages.push(
      items
        .map((item) => ('str' in item ? `${item.str}${item.hasEOL ? ' ' : ''}` : ''))
        .join('')
        .replace(/\s+/g, ' '),
    );
    const walk = (node: { role?: string; children?: unknown[] }) => {
      if (node.role) structure.push(node.role);
      for (const child of node.children ?? []) walk(child as typeof node);
    };
    walk((await page.getStructTree()) as never);
  }
  const { info } = (await document.getMetadata()) as unknown as { info: { Title: string; Language: string } };
  await document.destroy();
  return { pages, structure, title: info.Title, language: info.Language };
}

/** White around the code and pixels of a module, as a camera would see it. */
const QUIET = 4;
const PIXELS = 3;

/** The text of the QR code drawn in the PDF, with the modules along its side; undefined when there is none. */
export function readQrCode(bytes: Buffer): { text: string; modules: number } | undefined {
  const squares = drawing(bytes).filter(({ width, height }) => width === height);
  const counts = new Map<number, number>();
  for (const { width } of squares) counts.set(width, (counts.get(width) ?? 0) + 1);
  const [size] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [];
  if (size === undefined || (counts.get(size) ?? 0) < 100) return undefined;
  const dark = squares.filter(({ width }) => width === size);
  const [left, top] = [Math.min(...dark.map(({ x }) => x)), Math.min(...dark.map(({ y }) => y))];
  const cells = dark.map(({ x, y }) => [Math.round((x - left) / size), Math.round((y - top) / size)] as const);
  const modules = Math.max(...cells.map(([x]) => x)) + 1;
  const side = (modules + 2 * QUIET) * PIXELS;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  for (const [column, row] of cells)
    for (let i = 0; i < PIXELS * PIXELS; i++) {
      const x = (column + QUIET) * PIXELS + (i % PIXELS);
      const y = (row + QUIET) * PIXELS + Math.floor(i / PIXELS);
      pixels.fill(0, (y * side + x) * 4, (y * side + x) * 4 + 3);
    }
  const found = (jsqr as unknown as typeof jsqr.default)(pixels, side, side);
  return found === null ? undefined : { text: found.data, modules };
}

function drawing(bytes: Buffer): { x: number; y: number; width: number; height: number }[] {
  const text = bytes.toString('latin1');
  const streams = [...text.matchAll(/stream\r?\n/g)].flatMap(({ index, 0: { length } }) => {
    const start = index + length;
    try {
      return inflateSync(bytes.subarray(start, text.indexOf('endstream', start))).toString('latin1');
    } catch {
      return [];
    }
  });
  return streams.flatMap((stream) =>
    [...stream.matchAll(/(-?[\d.]+) (-?[\d.]+) ([\d.]+) ([\d.]+) re\b/g)].map(([, x, y, width, height]) => ({
      x: Number(x),
      y: Number(y),
      width: Number(width),
      height: Number(height),
    })),
  );
}
