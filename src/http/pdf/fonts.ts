// The typeface on paper: DejaVu Sans Condensed, Latin with every diacritic of Europe and Vietnam, Greek, Cyrillic and signs.
// Read once at start; every document embeds the part of it that it uses. https://dejavu-fonts.github.io/
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

export interface Fonts {
  regular: Buffer;
  bold: Buffer;
}

/** Throws when the package that brings the files is missing. */
export async function readFonts(): Promise<Fonts> {
  const require = createRequire(import.meta.url);
  const read = (name: string) => readFile(require.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`));
  const [regular, bold] = await Promise.all([read('DejaVuSansCondensed'), read('DejaVuSansCondensed-Bold')]);
  return { regular, bold };
}
