// /mijn in a real browser: for everybody to use, on a phone, by keyboard alone; a patient withdraws and proposes there.

import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import t from 'tap';
import { startService } from '../harness/service.js';
import { checkAccessible } from './accessible.js';
import { DESKTOP, openBrowser, openPage, PHONE, WITHOUT_BROWSER } from './browser.js';

const EXAMPLE = readFileSync(new URL('../../examples/conversation.transaction.json', import.meta.url), 'utf8');
/** Where pictures of the page go; none are made without it. */
const { SCREENSHOTS_DIR } = process.env;

t.test('a patient uses the own page', { skip: WITHOUT_BROWSER }, async (t) => {
  const service = await startService(t);
  t.equal((await service.post('', EXAMPLE)).status, 200);
  const browser = await openBrowser(t);
  const page = await openPage(browser, { viewport: PHONE });
  const address = `${service.base}/mijn`;
  await page.goto(address);
  await page
    .getByRole('button', { name: /van den Berg.*patiënt/ })
    .first()
    .click();
  await page.waitForURL(address);
  await checkAccessible(t, page, 'as it opens');
  const picture = async (name: string) => {
    if (SCREENSHOTS_DIR === undefined) return;
    await mkdir(SCREENSHOTS_DIR, { recursive: true });
    await page.screenshot({ path: `${SCREENSHOTS_DIR}/mijn-${name}.png`, fullPage: true });
  };
  await picture('phone');

  const agreement = page.locator('.item', { hasText: 'Reanimatie: niet reanimeren' });
  await agreement.getByText('intrekken', { exact: false }).first().click();
  await agreement.getByLabel('Waarom trekt u dit in?').fill('Mijn nummer is 900186021');
  await agreement.getByRole('button').click();
  t.match(await page.getByRole('alert').textContent(), 'Er is niets gewijzigd');
  t.match(await page.title(), 'Fout');
  await checkAccessible(t, page, 'with a fault');
  await picture('fault-phone');
  const again = page.locator('.item', { hasText: 'Reanimatie: niet reanimeren' });
  await again.getByLabel('Waarom trekt u dit in?').fill('Ik wil het anders');
  await again.getByRole('button').click();
  t.match(await page.getByRole('status').textContent(), 'Het is ingetrokken');
  t.equal(await page.locator('.item', { hasText: 'Reanimatie: niet reanimeren' }).count(), 0);

  await page.getByRole('radio', { name: /voorstel/ }).check();
  await page.getByLabel('Uw woorden').fill('Ik wil graag thuis blijven, ook als het slechter gaat.');
  await page.getByRole('button', { name: 'Versturen' }).click();
  t.match(await page.locator('.item', { hasText: 'thuis blijven' }).textContent(), 'Nog niet beantwoord');
  await page.setViewportSize(DESKTOP);
  await picture('desktop');
  await page.getByRole('link', { name: 'Inzageoverzicht' }).last().click();
  await checkAccessible(t, page, 'who looked');
  await picture('log-desktop');
});
