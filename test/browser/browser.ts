// A real browser for the tests: Chromium, without a window, driven by playwright-core. Where there is none, tests that need it skip and say so.
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { Teardown } from '../harness/database.js';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** In CSS pixels: what most phones show, and a common screen. */
export const PHONE = { width: 390, height: 844 };
export const DESKTOP = { width: 1280, height: 900 };

/** What a page may take in all, on a machine that does other things as well, in ms. */
const PATIENCE_MS = 20_000;

/** Where Chromium is; undefined when it is not. Throws when CHROMIUM_PATH names nothing: who set it wants these tests run. */
export function chromiumPath(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const { CHROMIUM_PATH } = env;
  if (CHROMIUM_PATH && !existsSync(CHROMIUM_PATH)) throw new Error(`CHROMIUM_PATH: there is no ${CHROMIUM_PATH}`);
  return CHROMIUM_PATH || PLACES.find((place) => existsSync(place));
}

/** For the options of a test: `{ skip: WITHOUT_BROWSER }`. */
export const WITHOUT_BROWSER: string | false =
  chromiumPath() === undefined && 'no Chromium on this machine: install it, or name it in CHROMIUM_PATH';

/** One for a test file; ends when the test `t` ends. */
export async function openBrowser(t: Teardown): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    // Chromium's sandbox refuses to run as root, which is who runs tests in containers.
    chromiumSandbox: process.getuid?.() !== 0,
    args: ['--disable-dev-shm-usage', '--font-render-hinting=none'],
  });
  t.teardown(() => browser.close());
  return browser;
}

/** A page with cookies of its own, as another person at another machine would have. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: DESKTOP, locale: 'nl-NL', timezoneId: 'Europe/Amsterdam', ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  return context.newPage();
}

/** Signs in at the demo issuer on the way to an address, by the button that `who` names as it is read. */
export async function signIn(page: Page, who: string | RegExp, address: string): Promise<Page> {
  await page.goto(address);
  await page.getByRole('button', { name: who }).click();
  await page.waitForURL(address);
  return page;
}
