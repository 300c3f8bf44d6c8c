// A GP marks a patient, talks, fills in the form and shares the plan: over the API, and by the pages in a real browser.
import t from 'tap';
import { checkAccessible } from '../browser/accessible.js';
import { openBrowser, openPage, signIn, WITHOUT_BROWSER } from '../browser/browser.js';
import { fillIn, openForm } from '../browser/conversation.js';
import { BSN, begin, formTransaction, GP, list, mark, NAME, openRecord, PARAMEDIC, steps } from './telling.js';

const MARKED = '2026-11-02';

t.test('over the API', async (t) => {
  const story = await begin(t, `${MARKED}T09:00:00Z`);
  const { service } = story;
  const patient = await openRecord(story);
  const hidden = (await story.card()).json;
  t.equal(hidden.status, 'none-available');
  t.strictSame(await list(story, '/v1/marked'), []);

  await mark(story, patient, MARKED);
  const [waiting] = await list(story, '/v1/marked?filter=no-conversation');
  t.match(waiting, {
    patient: { reference: `Patient/${patient}`, name: NAME },
    marking: { colour: 'orange', readyToTalk: true, since: MARKED, by: 'S. Yilmaz, huisarts' },
    conversation: null,
  });
  t.strictSame(await steps(story, patient), ['conversation requested']);
  const [{ resource: talk }] = (await service.get(`Task?patient=${patient}`)).json.entry;
  t.equal(talk.restriction.period.end, '2026-11-16', 'orange: within two weeks');
  story.at('2026-11-17T08:00:00Z');
  t.match(await list(story, '/v1/marked?filter=overdue'), [{ overdueTasks: [{ what: 'Gesprek over wensen en grenzen' }] }]);

  story.at('2026-11-09T16:00:00Z');
  const gp = await story.client();
  const form = formTransaction();
  const stored = await gp.transaction({ body: form });
  t.ok(
    stored.entry.every(({ response }: any) => /^20[01]/.test(response.status)),
    JSON.stringify(stored.entry),
  );
  t.match(stored.entry[0].response.location, new RegExp(`Patient/${patient}/`), 'the record there was');
  t.strictSame(await list(story, '/v1/marked?filter=no-conversation'), []);
  t.match(await list(story, '/v1/marked'), [{ conversation: { date: /^2026-11-09/ } }]);
  t.strictSame(
    await steps(story, patient),
    ['conversation completed', 'coordinate requested', 'review requested'],
    'plan and permission came with the form: nobody is asked for them',
  );

  const shown = await story.card();
  t.equal(shown.json.status, 'found', 'shared: the patient said so in the form');
  const said = (card: any) => Object.fromEntries(card.decisions.map((one: any) => [one.treatment.code, [one.decision, one.text]]));
  t.match(said(shown.json), {
    '89666000': ['do-not', null],
    '40617009': ['do-not', null],
    '305351004': ['do-not', null],
    '32485007': ['do-with-limits', 'Alleen opnemen als er iets gebroken is.'],
    '281789004': ['do', null],
    '116762002': ['do-not', null],
    '400231000146108': ['do', null],
  });
  t.match(shown.json, {
    warnings: [],
    representative: { name: /Marit van den Berg/, phones: [{ number: '0600000321' }] },
    preferredPlaceOfDeath: { status: 'recorded', value: { code: '264362003' } },
    freshness: { agreedOn: '2026-11-09' },
  });
  const hospital = await story.client('hospital');
  for (const query of ['Consent?category=129125009', 'Goal?category=713603004', 'Observation?code=395091006', 'Procedure?code=713603004']) {
    const [type, parameter] = query.split('?') as [string, string];
    const searchParams = { patient, ...Object.fromEntries(new URLSearchParams(parameter)) };
    t.ok((await hospital.resourceSearch({ resourceType: type, searchParams })).total > 0, `${query}, for a hospital that may see it`);
  }

  const again = await gp.transaction({ body: form });
  t.equal(again.entry.at(-1).response.etag, stored.entry.at(-1).response.etag, 'sent twice, stored once');
  t.equal((await story.card('gp')).headers.get('etag'), shown.headers.get('etag'));
});

t.test('in a browser', { skip: WITHOUT_BROWSER }, async (t) => {
  const story = await begin(t, `${MARKED}T09:00:00Z`);
  const { service } = story;
  const browser = await openBrowser(t);
  const page = await openPage(browser);
  await signIn(page, GP, `${service.base}/werklijst`);
  t.equal(await page.getByText('Geen patiënten op deze lijst.').count(), 1);
  await page.getByRole('link', { name: 'Gesprek', exact: true }).click();
  await openForm(page);
  const patient = new URL(page.url()).searchParams.get('patient') as string;
  await mark(story, patient, MARKED);
  await page.getByRole('link', { name: 'Werklijst' }).click();
  await page.getByRole('link', { name: 'Zonder gesprek' }).click();
  const row = page.getByRole('row', { name: NAME });
  t.match(await row.innerText(), /Oranje[\s\S]*Sinds 2 november 2026[\s\S]*Nog geen gesprek/);
  await checkAccessible(t, page, 'the worklist');

  const urgent = await openPage(browser);
  await signIn(urgent, PARAMEDIC, `${service.base}/spoed`);
  const lookUp = async () => {
    await urgent.goto(`${service.base}/spoed`);
    await urgent.getByLabel('Burgerservicenummer (BSN)').fill(BSN);
    await urgent.keyboard.press('Enter');
  };
  await lookUp();
  await urgent.getByRole('heading', { level: 1, name: 'Geen zorgplan beschikbaar' }).waitFor();

  story.at('2026-11-09T16:00:00Z');
  await signIn(page, GP, `${service.base}/gesprek?patient=${patient}`);
  await fillIn(page);
  const carryOn = page.getByRole('button', { name: 'Verder naar controleren' });
  await carryOn.click();
  const wrong = page.getByRole('alert').getByRole('link');
  t.match(await wrong.allInnerTexts(), [/^d\) Opname in het ziekenhuis.*Schrijf op wat is afgesproken/]);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.keyboard.type('Alleen opnemen als er iets gebroken is.');
  t.equal((await story.card()).json.status, 'none-available', 'nothing is agreed before it was checked');
  await carryOn.click();
  await page.getByRole('heading', { level: 1, name: 'Gesprek controleren' }).waitFor();
  t.match(await page.locator('main').innerText(), /Reanimatie\s+Niet uitvoeren[\s\S]*Alleen opnemen als er iets gebroken is/);
  await page.getByRole('button', { name: 'Afronden en vastleggen' }).click();
  await page.getByRole('heading', { level: 1, name: 'Gesprek vastgelegd' }).waitFor();
  await page.goto(`${service.base}/werklijst?filter=no-conversation`);
  t.equal(await page.getByText('Geen patiënten op deze lijst.').count(), 1, 'who was spoken with is off this list');
  await page.getByRole('link', { name: 'Allemaal' }).click();
  t.match(await row.innerText(), /9 november 2026/);
  await page.getByRole('link', { name: NAME }).click();
  await page.getByRole('heading', { level: 1, name: 'Individueel zorgplan' }).waitFor();
  t.match(await page.locator('main').innerText(), /Niet reanimeren[\s\S]*Toestemming voor inzage/);

  await signIn(urgent, PARAMEDIC, `${service.base}/spoed`);
  await lookUp();
  await urgent.getByRole('heading', { level: 1, name: NAME }).waitFor();
  const told = await urgent.locator('main').innerText();
  t.match(told, /Behandelafspraken[\s\S]*Niet reanimeren[\s\S]*Alleen opnemen als er iets gebroken is\./);
  t.match(told, /Bel[\s\S]*06/);
  await checkAccessible(t, urgent, 'the card');
});
