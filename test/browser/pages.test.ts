// Every page in every state, in a real browser: WCAG 2.2 AA, 320 px, keyboard alone, and nothing that the page's own policy would refuse.
import t from 'tap';
import { checkAccessible } from './accessible.js';
import { openBrowser, WITHOUT_BROWSER } from './browser.js';
import { gallery } from './gallery.js';

/** What is not shown on paper: ways to other pages and forms. */
const ON_SCREEN_ALONE = ['Afmelden', 'Ander zorgplan zoeken', 'Naar de inhoud'];

t.test('everybody can use every page', { skip: WITHOUT_BROWSER }, async (t) => {
  const seen = new Set<string>();
  for await (const { name, page } of gallery(t, await openBrowser(t))) {
    await t.test(name, async (t) => {
      t.match(await page.title(), /^\S.+/, 'it has a title');
      t.equal(await page.getByRole('heading', { level: 1 }).count(), 1, 'and one heading that says what it is');
      t.equal(await page.getByRole('main').count(), 1);
      if (name === 'plan-afdruk') {
        for (const text of ON_SCREEN_ALONE)
          t.equal(await page.getByText(text).filter({ visible: true }).count(), 0, `${text} is not printed`);
        const sheets = (await page.pdf({ preferCSSPageSize: true })).toString('latin1').match(/\/Type \/Page\b/g)?.length ?? 0;
        t.ok(sheets > 1 && sheets <= 6, `on a few sheets of A4: ${sheets}`);
      } else await checkAccessible(t, page, name);
      const refused = (await page.consoleMessages()).filter((message) => /Content Security Policy/i.test(message.text()));
      t.strictSame(
        refused.map((message) => message.text()),
        [],
        'its own policy refuses nothing of it',
      );
      if (name === 'spoed-geen-antwoord')
        t.match(await page.getByRole('alert').innerText(), /geen leeg antwoord[\s\S]*overleg met de huisarts of de huisartsenspoedpost/);
      if (name === 'mijn') t.match(await page.locator('main').innerText(), 'Uitzetten van de ICD: ICD wel uitzetten.');
    });
    t.notOk(seen.has(name), name);
    seen.add(name);
  }
});
