// Every page there is, in every state people meet: what the accessibility test goes through, and what docs/screenshots/ shows. The people
// are made up, and it is always the same moment.

import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import type { Teardown } from '../harness/database.js';
import {
  BSN,
  begin,
  directive,
  done,
  GP,
  HOSPITAL_ADMISSION,
  mark,
  NAME,
  PARAMEDIC,
  PATIENT,
  palliativeKit,
  type Story,
} from '../stories/telling.js';
import { openPage, signIn } from './browser.js';
import { fillIn, openForm, sayLimit } from './conversation.js';

export interface Scene {
  /** Name of the file in docs/screenshots/. */
  name: string;
  /** What it is for, or shows: a line of docs/pages.md. */
  shows: string;
  page: Page;
}

const NOW = '2026-11-22T10:00:00Z';
/** Of nobody. */
const UNKNOWN_BSN = '123456782';
const COORDINATOR = /^A\. Postma/;

/** The scenes one after another; what is on the page is there until the next one is asked for. */
export async function* gallery(t: Teardown, browser: Browser): AsyncGenerator<Scene> {
  const { story, patient } = await recorded(t);
  const { service } = story;
  const open = async (who: RegExp, path: string) => signIn(await openPage(browser), who, `${service.base}${path}`);
  const lookUp = async (page: Page, bsn: string) => {
    await page.goto(`${service.base}/spoed`);
    await page.getByLabel('Burgerservicenummer (BSN)').fill(bsn);
    await sent(page, () => page.keyboard.press('Enter'));
  };

  const stranger = await openPage(browser);
  await stranger.goto(`${service.base}/spoed`);
  yield { name: 'aanmelden', shows: 'at a demo: choose who to be', page: stranger };

  const urgent = await open(PARAMEDIC, '/spoed');
  yield { name: 'spoed', shows: 'look up a patient at a critical moment', page: urgent };
  await lookUp(urgent, '123456789');
  yield { name: 'spoed-fout', shows: 'a number that cannot be a BSN, told beside its field', page: urgent };
  await lookUp(urgent, UNKNOWN_BSN);
  yield {
    name: 'spoed-geen',
    shows: 'nothing available: what that does not mean, and, where the service allows it, seeing it without a permission',
    page: urgent,
  };
  await urgent.getByLabel('Reden').fill('spoed, nu');
  await urgent.evaluate('document.querySelector(\'form[action="/spoed"]\').noValidate = true');
  await sent(urgent, () => urgent.getByRole('button', { name: 'Toch inzien' }).click());
  yield { name: 'spoed-reden', shows: 'the reason for that is too short', page: urgent };
  await lookUp(urgent, BSN);
  yield { name: 'spoed-kaart', shows: 'what was agreed, treatments first', page: urgent };

  const gp = await open(GP, '/plan');
  yield { name: 'plan-zoeken', shows: 'find a plan', page: gp };
  await gp.goto(`${service.base}/plan?patient=${patient}`);
  yield { name: 'plan', shows: 'the whole plan, decisions first', page: gp };
  await gp.emulateMedia({ media: 'print' });
  yield { name: 'plan-afdruk', shows: 'the same on paper', page: gp };
  await gp.emulateMedia({ media: null });
  await gp.goto(`${service.base}/plan?patient=nobody`);
  yield { name: 'plan-geen', shows: 'no plan available', page: gp };
  await gp.goto(`${service.base}/werklijst`);
  yield { name: 'werklijst', shows: 'who is marked, and what waits', page: gp };

  yield* conversation(t, browser);

  const own = await open(PATIENT, '/mijn');
  yield { name: 'mijn', shows: 'patients and representatives: what was agreed, and taking it back', page: own };
  await own.getByText('Een brief schrijven').click();
  yield { name: 'mijn-schrijven', shows: 'saying something oneself, and who may see it', page: own };
  await own.goto(`${service.base}/mijn/inzage`);
  yield { name: 'mijn-inzage', shows: 'who looked, and on what ground', page: own };
  const portal = await openPage(browser, {
    extraHTTPHeaders: { authorization: `Bearer ${await service.token(`patient:${patient}`)}`, accept: 'text/html' },
  });
  await portal.goto(`${service.base}/v1/access-log`);
  yield { name: 'inzage-portaal', shows: 'the same log, for a portal', page: portal };

  await done(service.post('Consent', directive(patient, HOSPITAL_ADMISSION, 'deny', '2026-11-20'), { as: 'hospital' }));
  await lookUp(urgent, BSN);
  yield { name: 'spoed-tegenstrijdig', shows: 'sources that contradict each other: all of them, newest first, none chosen', page: urgent };
  await gp.goto(`${service.base}/werklijst/tegenstrijdig`);
  await gp.getByRole('region', { name: NAME }).getByText('Afspraak van Ziekenhuis Lindedorp intrekken').click();
  yield { name: 'werklijst-tegenstrijdig', shows: 'agreements that contradict each other, and taking one back', page: gp };

  const refused = await open(COORDINATOR, '/plan');
  yield { name: 'geen-toegang', shows: 'a refusal', page: refused };
  await refused.getByRole('button', { name: 'Afmelden' }).click();
  await refused.getByRole('heading', { level: 1 }).waitFor();
  yield { name: 'afgemeld', shows: 'signed out', page: refused };
  await service.database.pool.query('ALTER TABLE page_session RENAME TO elsewhere');
  await urgent.goto(`${service.base}/spoed`);
  yield { name: 'spoed-geen-antwoord', shows: 'no answer now, and what to do without one', page: urgent };
  await gp.goto(`${service.base}/plan?patient=${patient}`);
  yield { name: 'geen-antwoord', shows: 'no answer now, which is never an empty answer', page: gp };
  await service.database.pool.query('ALTER TABLE elsewhere RENAME TO page_session');
}

/** The conversation form, from the BSN to what it becomes. */
async function* conversation(t: Teardown, browser: Browser): AsyncGenerator<Scene> {
  const { service } = await begin(t, NOW);
  const page = await signIn(await openPage(browser), GP, `${service.base}/gesprek`);
  yield { name: 'gesprek', shows: 'record a conversation: whose', page };
  await openForm(page);
  yield { name: 'gesprek-formulier', shows: 'the uniform form, filled in with what is known', page };
  await fillIn(page);
  await sent(page, () => page.getByRole('button', { name: 'Concept opslaan' }).first().click());
  const draft = page.url();
  yield { name: 'gesprek-concept', shows: 'a draft', page };
  await sent(page, () => page.getByRole('button', { name: 'Verder naar controleren' }).click());
  yield { name: 'gesprek-fout', shows: 'what is wrong, with a link to the question', page };
  await sayLimit(page);
  await service.database.pool.query('DELETE FROM page_session');
  await sent(page, () => page.getByRole('button', { name: 'Verder naar controleren' }).click());
  yield { name: 'gesprek-afgemeld', shows: 'no longer signed in: what was typed is still there', page };
  const opened = page.waitForEvent('popup');
  await page.getByRole('link', { name: 'Opnieuw aanmelden' }).click();
  const inNewWindow = await opened;
  await inNewWindow.getByRole('button', { name: GP }).click();
  await inNewWindow.getByRole('heading', { level: 1, name: 'Gesprek vastleggen' }).waitFor();
  await inNewWindow.close();
  await sent(page, () => page.getByRole('button', { name: 'Opnieuw versturen' }).click());
  yield { name: 'gesprek-weer-aangemeld', shows: 'signed in again in another window: what was typed can be sent', page };
  await sent(page, () => page.getByRole('button', { name: 'Versturen' }).click());
  yield { name: 'gesprek-controle', shows: 'what it will say, before it becomes agreements', page };
  await page.goto(draft.replace(/\?.*/, ''));
  await page.getByLabel('Burgerservicenummer (BSN) van de patiënt').fill(BSN);
  await sent(page, () => page.getByRole('button', { name: 'Verder' }).click());
  yield { name: 'gesprek-keuze', shows: 'going on with a draft, or a new conversation', page };
  await sent(page, () => page.getByRole('link', { name: 'Verder met dit concept' }).click());
  await sent(page, () => page.getByRole('button', { name: 'Verder naar controleren' }).click());
  await sent(page, () => page.getByRole('button', { name: 'Afronden en vastleggen' }).click());
  yield { name: 'gesprek-vastgelegd', shows: 'what it has become', page };
}

/** A form that leads to the same address: the page that comes after it is loaded. */
async function sent(page: Page, send: () => Promise<void>): Promise<void> {
  const loaded = page.waitForEvent('load');
  await send();
  await loaded;
}

/** A practice with a whole plan, and patients that wait. */
async function recorded(t: Teardown): Promise<{ story: Story; patient: string }> {
  const story = await begin(t, '2026-09-14T12:00:00Z', { BREAK_GLASS: 'on' });
  const { service } = story;
  const conversation = readFileSync(new URL('../../examples/conversation.transaction.json', import.meta.url), 'utf8');
  const first = await done(service.post('', conversation));
  const patient = first.json.entry[0].response.location.split('/Patient/')[1].split('/')[0] as string;
  await mark(story, patient, '2026-09-10');
  story.at('2026-11-09T16:00:00Z');
  await done(service.put('SupplyDelivery/kit', palliativeKit(patient, 'kit', 'placed', '2026-11-10'), { as: 'homecare' }));
  for (const [id, family, birthDate, date, colour] of [
    ['aarts', 'Aarts', '1938-01-20', '2026-10-30', 'red'],
    ['brouwer', 'Brouwer', '1951-07-04', '2026-11-05', 'yellow'],
    ['claassen', 'Claassen', '1946-12-11', '2026-08-03', 'green'],
  ] as const) {
    await done(service.put(`Patient/${id}`, { resourceType: 'Patient', id, name: [{ family, given: ['Proef'] }], birthDate }));
    await mark(story, id, date, ['urgency', 'Code', colour], ['readyToTalk', 'Boolean', id !== 'aarts']);
  }
  story.at(NOW);
  return { story, patient };
}
