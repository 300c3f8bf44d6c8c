// Takes docs/screenshots/: every page at the width of a phone and of a desk. Run it after a change of a page, and look at what comes out.
import { mkdir, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { DESKTOP, openBrowser, PHONE } from './browser.js';
import { gallery } from './gallery.js';

const FOLDER = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));
/** How much of a longer page is shown, in CSS pixels: what is read first is on top. */
const SIZES = { phone: { ...PHONE, most: 1350 }, desktop: { ...DESKTOP, most: 1000 } };
/** The repository carries these files for ever. */
const MAX_BYTES = 200_000;

const endings: (() => unknown)[] = [];
const run = { teardown: (ending: () => unknown) => endings.unshift(ending) };
try {
  await mkdir(FOLDER, { recursive: true });
  const browser = await openBrowser(run);
  for await (const { name, page } of gallery(run, browser)) {
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
} finally {
  for (const end of endings) await end();
}
