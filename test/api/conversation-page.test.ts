// /gesprek: the conversation form as a carer without an EHR meets it, from BSN to card, with all that goes wrong on the way.
import t, { type Test } from 'tap';
import { FORM_ITEMS } from '../../src/izp/form/form-items.data.js';
import { FIELD_ITEMS, rowsOf } from '../../src/izp/form/page-fields.js';
import { Browser, hiddenFields, type Page } from '../harness/browser.js';
import { startService } from '../harness/service.js';
import { sharingPermission, URAS } from '../harness/sharing.js';

const service = await startService(t);
const BSNS = ['123456782', '111222333', '999911120', '900186021'] as const;
const CPR = '89666000';

async function as(person: string, path = '/gesprek') {
  const browser = new Browser(service.base);
  return { browser, page: await browser.signIn(person, path) };
}

const send = (browser: Browser, page: Page, fields: Record<string, string>) => browser.send(page, '/gesprek', fields);

/** A record opened at the page; the form of its first conversation. */
async function opened(bsn: string) {
  const { browser, page } = await as('gp');
  const none = await send(browser, page, { actie: 'zoeken', bsn });
  const form = await send(browser, none, { actie: 'openen', bsn, given: 'Ans', prefix: 'van', family: 'Proef', birth: '5-5-1950' });
  return { browser, none, form, patient: new URL(form.url).searchParams.get('patient') as string };
}

const cardOf = async (bsn: string) => (await service.post('/v1/emergency-card', { bsn })).json;
const decisionOn = (card: any, treatment: string) => card.decisions.filter((one: any) => one.treatment.code === treatment);
const formIdOf = ({ url }: Page) => new URL(url).searchParams.get('concept') as string;

/** Every error of the summary leads to a control that is described by it. */
function errorsOf(t: Test, { html }: Page): string[] {
  const summary = /<div class="errors"[^>]* autofocus>.*?<\/div>/s.exec(html)?.[0] ?? '';
  return [...summary.matchAll(/<a href="#([^"]+)">([^<]+)<\/a>/g)].map(([, id]) => {
    t.match(html, new RegExp(`(id="${id}"|<fieldset)[^>]*aria-describedby="[^"]*${id}-fout`), `${id} is described by what is wrong`);
    t.match(html, `<p class="error" id="${id}-fout">`);
    return id as string;
  });
}

t.test('a conversation from BSN to card', async (t) => {
  const [bsn] = BSNS;
  const { browser, none, form, patient } = await opened(bsn);
  t.equal(none.status, 404);
  t.match(none.html, 'Met dit BSN is voor u geen dossier beschikbaar');
  t.match(form.html, 'Ans van Proef · 5 mei 1950');
  t.notMatch(form.url, bsn);
  const stored = await service.get(`Patient/${patient}`);
  t.match(stored.json, { birthDate: '1950-05-05', name: [{ use: 'official', family: 'van Proef' }], identifier: [{ value: bsn }] });

  await t.test('the form asks every question, once', async (t) => {
    const names = [...form.html.matchAll(/<(?:input|select|textarea)[^>]* name="(\d+(?:\.\d+)?)"/g)].map(([, name]) => name);
    t.strictSame([...new Set(names)].sort(), FIELD_ITEMS.map((item) => (rowsOf(item) ? `${item.linkId}.0` : item.linkId)).sort());
    t.match(form.html, /name="967"[^>]* value="05-05-1950" readonly/, 'what is known is there');
    t.match(form.html, /<fieldset[^>]*><legend>a\) Reanimatie<\/legend>/);
    t.equal(form.html.match(/<section /g)?.length, 9);
    const ids = [...form.html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    t.equal(new Set(ids).size, ids.length);
    for (const [, id] of form.html.matchAll(/<(?:input|select|textarea)(?![^>]*type="hidden")[^>]* id="([^"]+)"/g))
      t.match(form.html, `<label for="${id}">`);
    t.ok(FORM_ITEMS.length > names.length / 4);
  });

  const wrong = await send(browser, form, { actie: 'bewaren-deel-4', '963': '30-2-2026', '1190': 'blijft <b>staan</b>' });
  t.equal(wrong.status, 422);
  t.strictSame(errorsOf(t, wrong), ['v963']);
  t.match(wrong.html, 'blijft &lt;b&gt;staan&lt;/b&gt;', 'what was typed stays');
  t.match(wrong.html, 'value="30-2-2026"');
  t.match(wrong.html, '<title>Fout: ');
  t.strictSame((await service.get(`QuestionnaireResponse?subject=Patient/${patient}`)).json.entry ?? [], [], 'and nothing was stored');

  const answers = {
    '1386': '2',
    '1390': '1',
    '1391': 'hooguit drie dagen',
    '1190': 'thuis\r\nblijven',
    '976.0': '0612345678',
    '977.0': 'MC',
    '975': 'Zoon',
    '982': '24',
  };
  const draft = await send(browser, wrong, { actie: 'bewaren-deel-4', ...answers });
  t.equal(draft.status, 200, draft.html.slice(-900));
  t.match(draft.url, /\?concept=[\w-]+#deel-4$/);
  t.match(draft.html, /name="1386" value="2" checked/);
  t.match(draft.html, 'thuis\nblijven</textarea>');
  t.match(draft.html, 'name="976.1"', 'and a line for another number');
  const id = formIdOf(draft);
  t.match((await service.get(`QuestionnaireResponse/${id}`)).json, { status: 'in-progress', subject: { reference: `Patient/${patient}` } });
  t.strictSame((await service.get(`CarePlan?patient=${patient}`)).json.entry ?? [], [], 'a draft is no agreement');

  const refused = await send(browser, draft, { actie: 'controleren', ...answers });
  t.equal(refused.status, 422);
  t.strictSame(errorsOf(t, refused), ['v963'], 'what the service refuses stands at its question');
  t.match(refused.html, 'Vul in op welke dag het gesprek was.');
  const unsaid = await send(browser, refused, { actie: 'controleren', ...answers, '963': '2026-09-10', '1387': '1', '1010': 'later' });
  t.strictSame(errorsOf(t, unsaid), ['v1388', 'v1005'], 'in the order of the form');
  const future = await send(browser, unsaid, { actie: 'controleren', ...answers, '963': '2999-01-01' });
  t.match(future.html, 'Deze dag ligt in de toekomst.');

  const check = await send(browser, future, { actie: 'controleren', ...answers, '963': '2026-09-10', '999': '225353007', '1393': '0' });
  t.equal(check.status, 200, check.html.slice(-900));
  t.match(check.url, /stap=controle$/);
  t.match(check.html, /<dt>a\) Reanimatie<\/dt><dd class="limit">Niet uitvoeren<\/dd>/);
  t.match(check.html, /<dt>c\) Opname op de intensive care<\/dt><dd class="limit">Anders<\/dd><dd class="limit">hooguit drie dagen<\/dd>/);
  t.match(check.html, 'b) Bereikbaarheid van de vertegenwoordiger, nummer 1</dt>', 'whose number it is');
  t.ok(check.html.indexOf('4. Behandelgrenzen') < check.html.indexOf('3. Doel'), 'decisions first');
  t.match(check.html, 'd) Opname in het ziekenhuis');
  t.match(check.html, /e\) Behandeling met antibiotica<\/dt><dd class="open">Niet ingevuld/);
  t.strictSame((await service.get(`CarePlan?patient=${patient}`)).json.entry ?? [], [], 'looking at it agrees nothing');

  const done = await send(browser, check, { actie: 'afronden' });
  t.equal(done.status, 200, done.html.slice(-900));
  t.match(done.html, '<h1>Gesprek vastgelegd</h1>');
  t.match(done.html, `/plan?patient=${patient}`);
  const card = await cardOf(bsn);
  t.match(decisionOn(card, CPR), [{ decision: 'do-not', date: '2026-09-10' }]);
  t.match(decisionOn(card, '305351004'), [{ decision: 'do-with-limits', text: 'hooguit drie dagen' }]);
  t.match(card.representative.phones, [{ number: '0612345678' }]);
  const again = await send(browser, check, { actie: 'afronden' });
  t.equal(again.url, done.url, 'sent twice, it is done once');
  const late = await send(browser, check, { actie: 'verwijderen' });
  t.match(late.html, '<h1>Gesprek vastgelegd</h1>', 'and is no draft any more');
  const versions = (await service.get(`QuestionnaireResponse/${id}/_history`)).json;
  t.equal(versions.entry.filter((one: any) => one.resource?.status === 'completed').length, 1);
  t.equal((await service.get(`Procedure?patient=${patient}`)).json.entry.length, 1);

  await t.test('the next one begins with what is agreed, and corrects nothing', async (t) => {
    const chosen = await browser.go(`/gesprek?patient=${patient}`);
    t.match(chosen.html, 'Het gesprek van 10 september 2026 verbeteren');
    const next = await browser.go(`/gesprek?patient=${patient}&soort=nieuw`);
    t.match(next.html, /name="1386" value="2" checked/);
    t.match(next.html, /name="963"[^>]* value=""/, 'on a day of its own');
    const correction = await browser.go(`/gesprek?patient=${patient}&soort=verbetering`);
    t.match(correction.html, /name="963"[^>]* value="10-09-2026"/);
    const corrected = await send(browser, correction, { actie: 'controleren', ...answers, '963': '2026-09-10', '1386': '0' });
    t.equal(corrected.status, 200, corrected.html.slice(-900));
    await send(browser, corrected, { actie: 'afronden' });
    t.match(decisionOn(await cardOf(bsn), CPR), [{ decision: 'do' }]);
    t.equal((await service.get(`Procedure?patient=${patient}`)).json.entry.length, 1, 'it is the same conversation');
  });
});

t.test('contradictions are told before they are agreed', async (t) => {
  const { browser, form } = await opened(BSNS[1]);
  const check = await send(browser, form, { actie: 'controleren', '963': '2026-09-10', '1386': '0', '999': '225353007' });
  t.equal(check.status, 200, check.html.slice(-900));
  t.match(check.html, /<h2>Let op<\/h2><p>[^<]*[Rr]eanim/);
});

t.test('a draft is of its organisation, and nothing is overwritten silently', async (t) => {
  const [, , bsn] = BSNS;
  const { browser, form, patient } = await opened(bsn);
  await service.post('Consent', sharingPermission(patient, { parties: [`ura:${URAS.hospital}`] }));
  const fields = { actie: 'bewaren-deel-0', '963': '2026-09-10', '1386': '2' };
  const draft = await send(browser, form, fields);
  const id = formIdOf(draft);
  const twice = await send(browser, form, fields);
  t.equal(formIdOf(twice), id, 'sent twice, it is one draft');
  t.equal((await service.get(`QuestionnaireResponse/${id}`)).json.meta.versionId, '1');

  await t.test('others see none of it here', async (t) => {
    const other = await as('hospital');
    const choice = await other.browser.go(`/gesprek?patient=${patient}`);
    t.equal(choice.status, 200);
    t.notMatch(choice.html, id);
    for (const stap of ['', '&stap=controle', '&stap=verwijderen'])
      t.equal((await other.browser.go(`/gesprek?concept=${id}${stap}`)).status, 404);
    for (const actie of ['afronden', 'verwijderen', 'bewaren-deel-0']) {
      const taken = await send(other.browser, other.page, { actie, concept: id, versie: '1', plan: '', patient, '1386': '0' });
      t.equal(taken.status, 404, actie);
    }
    const stranger = await as('hospice', `/gesprek?patient=${patient}`);
    t.equal(stranger.page.status, 404);
    const refused = await send(stranger.browser, (await as('hospice')).page, { actie: 'zoeken', bsn });
    t.equal(refused.status, 403, 'a form of another session');
    const person = await as(`patient:${patient}`, '/gesprek');
    t.equal(person.page.status, 403);
  });

  await t.test('saved in another window', async (t) => {
    const elsewhere = await send(browser, draft, { ...fields, '1190': 'elders' });
    t.equal(elsewhere.status, 200);
    const behind = await send(browser, draft, { ...fields, '1190': 'hier' });
    t.equal(behind.status, 409);
    t.match(behind.html, 'intussen elders opgeslagen');
    t.match(behind.html, '\nhier</textarea>');
    t.match((await browser.go(`/gesprek?concept=${id}`)).html, '\nelders</textarea>', 'nothing was overwritten');
    const chosen = await send(browser, behind, { ...fields, '1190': 'hier' });
    t.match(chosen.html, '\nhier</textarea>', 'until its writer chose to');
  });

  await t.test('the plan changed meanwhile', async (t) => {
    const check = await send(browser, await browser.go(`/gesprek?concept=${id}`), { ...fields, actie: 'controleren' });
    t.notMatch(check.html, 'name="gezien"');
    const begun = await service.post('QuestionnaireResponse', {
      resourceType: 'QuestionnaireResponse',
      questionnaire: 'https://fhir.iknl.nl/fhir/Questionnaire/ACP-zib2020',
      status: 'completed',
      subject: { reference: `Patient/${patient}` },
      item: [
        { linkId: '963', answer: [{ valueDateTime: '2026-09-01' }] },
        { linkId: '83', item: [{ linkId: '1409', item: [{ linkId: '1386', answer: [{ valueCoding: { code: '0' } }] }] }] },
      ],
    });
    t.equal(begun.status, 201, begun.text);
    const stale = await send(browser, check, { actie: 'afronden' });
    t.equal(stale.status, 409);
    t.match(stale.html, 'Het zorgplan is gewijzigd sinds u aan dit concept begon.');
    t.match(decisionOn(await cardOf(bsn), CPR), [{ decision: 'do' }], 'nothing was agreed');
    t.match((await browser.go(`/gesprek?concept=${id}`)).html, 'Het zorgplan is gewijzigd');
    t.equal((await send(browser, stale, { actie: 'afronden' })).status, 409, 'it must be said to be seen');
    t.equal(
      (await send(browser, stale, { actie: 'afronden', gezien: 'ja', versie: '1' })).status,
      409,
      'and the draft be the one that was checked',
    );
    const done = await send(browser, stale, { actie: 'afronden', gezien: 'ja' });
    t.match(done.html, '<h1>Gesprek vastgelegd</h1>');
    t.match(decisionOn(await cardOf(bsn), CPR), [{ decision: 'do-not' }]);
  });

  await t.test('what changed is told', async (t) => {
    const next = await send(browser, await browser.go(`/gesprek?patient=${patient}&soort=nieuw`), {
      actie: 'bewaren-deel-0',
      '963': '2026-10-01',
    });
    const goal = {
      resourceType: 'Consent',
      ...(await service.get(`Consent?patient=${patient}&category=http://snomed.info/sct|129125009`)).json.entry[0].resource,
    };
    await service.put(`Consent/${goal.id}`, { ...goal, status: 'inactive' });
    const stale = await browser.go(`/gesprek?concept=${formIdOf(next)}`);
    t.match(stale.html, /<li><b>[^<]*[Rr]eanim[^<]*<\/b><br>Was: /);
    const gone = await send(browser, await browser.go(`/gesprek?concept=${formIdOf(next)}&stap=verwijderen`), { actie: 'verwijderen' });
    t.match(gone.url, `?patient=${patient}`);
    t.notMatch(gone.html, formIdOf(next));
    const kept = await send(browser, stale, { actie: 'bewaren-deel-0', '963': '2026-10-02' });
    t.equal(kept.status, 409, 'what was deleted does not come back by itself');
    t.match(kept.html, 'intussen verwijderd');
    t.match(kept.html, 'value="02-10-2026"', 'and what was typed is not lost');
    const back = await send(browser, kept, { actie: 'bewaren-deel-0', '963': '2026-10-02' });
    t.equal(formIdOf(back), formIdOf(next));
    t.equal((await service.get(`QuestionnaireResponse/${formIdOf(back)}`)).json.status, 'in-progress');
  });
});

t.test('what is no form of this page changes nothing', async (t) => {
  const [, , , bsn] = BSNS;
  const { browser, page } = await as('gp');
  const post = (fields: Record<string, string>) => send(browser, page, fields);
  for (const [typed, status] of [
    ['123456789', 422],
    ['<b>', 422],
    ['', 422],
  ] as const) {
    const wrong = await post({ actie: 'zoeken', bsn: typed });
    t.equal(wrong.status, status);
    t.match(wrong.html, /id="bsn"[^>]*aria-describedby="bsn-hint bsn-fout" aria-invalid="true"/);
  }
  t.equal((await browser.go(`/gesprek?bsn=${bsn}`)).status, 400, 'no BSN in an address');
  const empty = await post({ actie: 'openen', bsn, birth: '2999-01-01' });
  t.equal(empty.status, 422);
  t.match(empty.html, 'Vul de achternaam in.');
  t.match(empty.html, 'Vul de geboortedatum in');
  t.match(empty.html, 'value="01-01-2999"');
  for (const fields of [
    { actie: 'x' },
    { actie: 'afronden' },
    { actie: 'bewaren-x', concept: 'a b' },
    { actie: 'controleren', concept: 'a', versie: 'x' },
  ])
    t.equal((await post(fields as Record<string, string>)).status, 400, JSON.stringify(fields));
  t.equal((await post({ actie: 'afronden', concept: 'nobody', versie: '1' })).status, 404);
  t.equal((await browser.go('/gesprek?patient=nobody')).status, 404);
  const token = hiddenFields(page.html, '/gesprek');
  t.equal((await browser.go('/gesprek', { form: { actie: 'openen', bsn } })).status, 403, 'no token');
  const foreign = {
    form: { ...token, actie: 'openen', bsn, family: 'X', birth: '1950-01-01' },
    headers: { origin: 'https://elsewhere.example' },
  };
  t.equal((await browser.go('/gesprek', foreign)).status, 403, 'from elsewhere');
  t.equal((await post({ actie: 'zoeken', bsn })).status, 404, 'and no record was opened');
  const many = new URLSearchParams({ ...token, actie: 'bewaren-deel-0' });
  for (let i = 0; i < 2_001; i += 1) many.append('x', '');
  t.equal((await browser.go('/gesprek', { form: many.toString() })).status, 413);
});
