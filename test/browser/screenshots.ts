// Takes docs/screenshots/, every page at the width of a phone and of a desk, and writes the table of docs/pages.md that leads to them.
// Run it after a change of a page, and look at what comes out.
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { DESKTOP, openBrowser, PHONE } from './browser.js';
import { gallery } from './gallery.js';

const DOCS = fileURLToPath(new URL('../../docs/pages.md', import.meta.url));
const FOLDER = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));
/** How much of a longer page is shown, in CSS pixels: what is read first is on top. */
const SIZES = { phone: { ...PHONE, most: 1350 }, desktop: { ...DESKTOP, most: 1000 } };
/** The repository carries these files for ever. */
const MAX_BYTES = 200_000;

const HEAD = '| address | what it shows | |\n|---|---|---|\n';

const endings: (() => unknown)[] = [];
const run = { teardown: (ending: () => unknown) => endings.unshift(ending) };
try {
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  const browser = await openBrowser(run);
  const lines: string[] = [];
  for await (const { name, shows, page } of gallery(run, browser)) {
    const link = (kind: string) => `[${kind}](screenshots/${name}-${kind}.png)`;
    lines.push(`| \`${new URL(page.url()).pathname}\` | ${shows} | ${Object.keys(SIZES).map(link).join(' · ')} |`);
    const before = page.viewportSize();
    for (const [kind, { most, ...size }] of Object.entries(SIZES)) {
      await page.setViewportSize(size);
      const tall = await page.evaluate<number>('document.documentElement.scrollHeight');
      const path = `${FOLDER}${name}-${kind}.png`;
      await page.screenshot({
        path,
        fullPage: true,
        clip: { x: 0, y: 0, width: size.width, height: Math.min(Math.max(tall, size.height), most) },
        caret: 'hide',
        animations: 'disabled',
      });
      const { size: bytes } = await stat(path);
      console.log(`${name}-${kind}.png ${Math.ceil(bytes / 1000)} kB`);
      if (bytes > MAX_BYTES) throw new Error(`${path} is larger than ${MAX_BYTES} bytes`);
    }
    if (before) await page.setViewportSize(before);
  }
  const [above] = (await readFile(DOCS, 'utf8')).split(HEAD);
  await writeFile(DOCS, `${above}${HEAD}${lines.join('\n')}\n`);
} finally {
  for (const end of endings) await end();
}
