// What the bytes of an attachment are, found in them and not in what is said of them: the four kinds a letter may be.
// https://www.w3.org/TR/png/ , https://www.w3.org/Graphics/JPEG/itu-t81.pdf , https://mimesniff.spec.whatwg.org/
import { pdfDangers } from './pdf-content.js';

export const LETTER_TYPES = ['application/pdf', 'image/jpeg', 'image/png', 'text/plain'] as const;
export type LetterType = (typeof LETTER_TYPES)[number];

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** A PNG ends with this chunk: nothing stands behind it. */
const PNG_END = Buffer.from([0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82]);
const JPEG = Buffer.from([0xff, 0xd8, 0xff]);
const JPEG_END = Buffer.from([0xff, 0xd9]);
const PDF = Buffer.from('%PDF-');

/** Characters that no text has: controls but tab, line feed, form feed and carriage return. */
const CONTROL = /[\u0000-\u0008\u000b\u000e-\u001f\u007f]/;
/** What a browser that guesses would take for a page, a drawing or a script. */
const MARKUP = /^\ufeff?\s*<(?:[a-z!?/])/i;

/** The kind of content; undefined when it is none of the four, or is cut off. */
export function contentTypeOf(bytes: Buffer): LetterType | undefined {
  if (startsWith(bytes, PDF)) return 'application/pdf';
  if (startsWith(bytes, PNG)) return bytes.subarray(-PNG_END.length).equals(PNG_END) ? 'image/png' : undefined;
  if (startsWith(bytes, JPEG)) return bytes.lastIndexOf(JPEG_END) > 0 ? 'image/jpeg' : undefined;
  return isText(bytes) ? 'text/plain' : undefined;
}

/** Why content of this kind is not safe to keep and to show; empty when it is. English and Dutch. */
export function dangersOf(bytes: Buffer, type: LetterType): { english: string; dutch: string }[] {
  return type === 'application/pdf' ? pdfDangers(bytes) : [];
}

function startsWith(bytes: Buffer, mark: Buffer): boolean {
  return bytes.subarray(0, mark.length).equals(mark);
}

function isText(bytes: Buffer): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return text !== '' && !CONTROL.test(text) && !MARKUP.test(text);
  } catch {
    return false;
  }
}
