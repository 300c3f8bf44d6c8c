// A text as a QR code, drawn as squares. ISO/IEC 18004; error correction M: 15 % of it may be lost.
import { encodeQR } from 'qr';
import { BLACK, type Sheet } from './sheet.js';

/** White modules around the code, which readers need. */
const QUIET_MODULES = 4;

/** Draws the code with its quiet zone in a square of `size` points, as a figure that is told in words. */
export function drawQrCode(sheet: Sheet, text: string, { x, y, size, alt }: { x: number; y: number; size: number; alt: string }): void {
  const matrix = encodeQR(text, 'raw', { ecc: 'medium', border: QUIET_MODULES });
  const module = size / matrix.length;
  const figure = sheet.part('Div');
  const draw = () => {
    sheet.doc.save();
    matrix.forEach((row, i) => {
      row.forEach((dark, j) => {
        if (dark) sheet.doc.rect(x + j * module, y + i * module, module, module);
      });
    });
    sheet.doc.fill(BLACK).restore();
  };
  figure.add(sheet.doc.struct('Figure', { alt, bbox: [x, y, x + size, y + size] } as PDFKit.Mixins.StructureElementOptions, draw));
  figure.end();
}
