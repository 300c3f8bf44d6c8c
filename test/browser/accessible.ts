// What every page must be for everybody to use it, as a browser finds it: WCAG 2.2 AA by axe, reflow at 320 px, and by keyboard alone.
// https://www.w3.org/TR/WCAG22/

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import type { Test } from 'tap';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** 1280 px at 400 %: https://www.w3.org/WAI/WCAG22/Understanding/reflow. In CSS pixels. */
const REFLOW_WIDTH = 320;

interface Violation {
  id: string;
  help: string;
  nodes: { target: string[]; failureSummary: string }[];
}

/** Of everything that can be reached by Tab: what it is, and whether one sees that one is there. */
interface Reached {
  name: string;
  isShown: boolean;
}

const TABBABLE = `a[href],button:not([disabled]),input:not([type=hidden]):not([disabled]),select,textarea,summary,[tabindex="0"]`;

/** Fails `t` with what is wrong, and where. The page is left as wide as it was. */
export async function checkAccessible(t: Test, page: Page, what: string): Promise<void> {
  const size = page.viewportSize();
  t.strictSame(await violations(page), [], `${what}: axe finds nothing`);
  await page.setViewportSize({ width: REFLOW_WIDTH, height: 640 });
  const width = await page.evaluate<number>('document.documentElement.scrollWidth');
  t.ok(width <= REFLOW_WIDTH, `${what}: fits ${REFLOW_WIDTH} px (${width}; ${await widest(page)})`);
  t.strictSame(await violations(page), [], `${what}: axe finds nothing at ${REFLOW_WIDTH} px`);
  if (size) await page.setViewportSize(size);
  await checkKeyboard(t, page, what);
}

async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate<boolean>('"axe" in window'))) await page.evaluate(AXE);
  const options = { runOnly: { type: 'tag', values: TAGS }, rules: { 'target-size': { enabled: true } }, resultTypes: ['violations'] };
  const found = await page.evaluate<Violation[]>(`axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => violations)`);
  return found.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(' ')}: ${failureSummary.split('\n')[1]?.trim()}`),
  );
}

/** The first element that reaches beyond the window. */
function widest(page: Page): Promise<string> {
  return page.evaluate<string>(
    `[...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > ${REFLOW_WIDTH}).map((one) => one.outerHTML.slice(0, 120))[0] ?? 'nothing'`,
  );
}

/** Tab goes through all there is to do, in the order of reading, and one sees where one is. */
async function checkKeyboard(t: Test, page: Page, what: string): Promise<void> {
  const expected = await page.evaluate<string[]>(
    `(() => {
      const name = (one) => (one.id || one.textContent || one.getAttribute('value') || one.name || one.tagName).trim().slice(0, 40);
      window.nameOfControl = name;
      const radios = new Set();
      // So that Tab begins at the top, and not after what the page put the cursor in.
      document.body.tabIndex = -1;
      document.body.focus();
      document.body.removeAttribute('tabindex');
      return [...document.querySelectorAll(${JSON.stringify(TABBABLE)})]
        .filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.tabIndex >= 0)
        .filter((one) => {
          if (one.type !== 'radio') return true;
          const group = (one.form?.action ?? '') + one.name;
          if (radios.has(group)) return false;
          radios.add(group);
          return true;
        })
        .map((one) => (one.type === 'radio' ? one.name : name(one)));
    })()`,
  );
  await page.evaluate(`
    window.reached = [];
    // A page may be looked at twice.
    window.watching?.abort();
    window.watching = new AbortController();
    document.addEventListener('focusin', ({ target: one }) => {
      const style = getComputedStyle(one);
      const box = one.getBoundingClientRect();
      const isSeen = box.top < innerHeight && box.bottom > 0 && box.width > 0;
      window.reached.push({
        name: one.type === 'radio' ? one.name : nameOfControl(one),
        isShown: isSeen && one.matches(':focus-visible') && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
      });
    }, { signal: window.watching.signal });
  `);
  for (const _ of expected) await page.keyboard.press('Tab');
  const reached = await page.evaluate<Reached[]>('window.reached');
  t.strictSame(
    reached.map(({ name }) => name),
    expected,
    `${what}: by Tab, in the order of reading`,
  );
  t.strictSame(
    reached.filter(({ isShown }) => !isShown).map(({ name }) => name),
    [],
    `${what}: one sees where one is`,
  );
}
