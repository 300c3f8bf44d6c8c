// The pages for people: the emergency look-up and the whole plan, as somebody with a browser meets them, on a record as it is posted.
import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { Browser, type Page } from '../harness/browser.js';
import type { Teardown } from '../harness/database.js';
import { startService, type TestService } from '../harness/service.js';
import { sharingPermission, URAS } from '../harness/sharing.js';

const BSN = '900186021';
const NOBODY = '123456782';
const CLOSED = '999911120';
const EXAMPLE = readFileSync(new URL('../../examples/conversation.transaction.json', import.meta.url), 'utf8');

async function started(t: Teardown, env: Record<string, string> = {}) {
  const service = await startService(t, { env });
  const posted = await service.post('', EXAMPLE);
  if (posted.status !== 200) throw new Error(posted.text);
  const { rows } = await service.database.pool.query("SELECT id FROM resource WHERE type = 'Patient'");
  const patient = rows[0].id as string;
  const as = async (person: string, path = '/spoed') => {
    const browser = new Browser(service.base);
    return { browser, page: await browser.signIn(person, path) };
  };
  return { service, patient, as };
}

const shared = await started(t);

/** What any page must be for everybody to use it: language, title, one heading, controls with names, nothing fetched and no script. */
function soundPage(t: Test, { html, status, headers }: Page, what: string): void {
  t.match(html, /^<!doctype html>\n<html lang="nl">/, `${what}: in Dutch, and says so`);
  t.equal(html.match(/<h1[ >]/g)?.length, 1, `${what}: one h1`);
  t.match(html, /<title>[^<]+<\/title>/, `${what}: a title`);
  t.equal(html.match(/<main[ >]/g)?.length, 1, `${what}: one main`);
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  t.equal(new Set(ids).size, ids.length, `${what}: ids once`);
  for (const [control, id] of html.matchAll(/<(?:input|textarea|select)(?![^>]*type="hidden")[^>]* id="([^"]+)"[^>]*>/g)) {
    t.match(html, `<label for="${id}">`, `${what}: ${id} has a label`);
    for (const by of (/aria-describedby="([^"]+)"/.exec(control)?.[1] ?? '').split(' ').filter(Boolean))
      t.ok(ids.includes(by), `${what}: ${by} is there`);
  }
  const levels = [...html.matchAll(/<h([1-6])[ >]/g)].map(([, level]) => Number(level));
  t.ok(
    levels.every((level, i) => i === 0 || level <= (levels[i - 1] as number) + 1),
    `${what}: no heading level is left out`,
  );
  t.notMatch(html, /<script|<img|<link|\son\w+=|src=|https?:\/\/(?!127\.0\.0\.1)/i, `${what}: nothing is run or fetched`);
  t.match(headers.get('content-security-policy'), /^default-src 'none'; style-src 'sha256-/, what);
  t.equal(headers.get('cache-control'), 'no-store', what);
  t.equal(headers.get('x-frame-options'), 'DENY', what);
  t.ok(status < 500, what);
}

async function events({ database }: TestService, interaction: string) {
  const { rows } = await database.pool.query(
    'SELECT outcome, patient_id, policy, emergency, client_id, user_id, reason FROM audit_event WHERE interaction = $1 ORDER BY seq',
    [interaction],
  );
  return rows;
}

t.test('/spoed shows the emergency page by BSN', async (t) => {
  const { service, patient, as } = shared;
  const { browser, page } = await as('gp');
  soundPage(t, page, 'the form');
  t.match(page.html, /<input id="bsn" name="bsn" inputmode="numeric"[^>]* required autofocus/, 'one can begin to type');
  t.match(page.html, '<a href="/spoed" aria-current="page">');

  const found = await browser.send(page, '/spoed', { bsn: ' 9001 86.021 ' });
  t.equal(found.status, 200);
  t.equal(found.url, `${service.base}/spoed`, 'nothing of the patient stands in the address');
  soundPage(t, found, 'the card');
  const api = await service.ask('POST', '/v1/emergency-card', { body: { bsn: BSN }, headers: { accept: 'text/html' } });
  const cardOf = (html: string) => html.slice(html.indexOf('<main>'), html.indexOf('<footer>'));
  t.match(cardOf(found.html), 'Behandelafspraken');
  t.equal(cardOf(found.html), cardOf(api.text), 'the page that the API gives');
  t.match(found.html, '<a href="/spoed">Andere patiënt zoeken</a>');
  t.match((await events(service, 'emergency-card')).at(-2), {
    outcome: 'success',
    patient_id: patient,
    policy: 'own-team',
    user_id: 'demo-gp',
  });

  const none = await browser.send(page, '/spoed', { bsn: NOBODY });
  t.equal(none.status, 200);
  soundPage(t, none, 'nothing');
  t.match(none.html, 'Dit betekent niet: alles doen, en ook niet: niets doen.');
  t.notMatch(none.html, 'name="reason"', 'no glass to break where that is off');

  for (const typed of ['123456789', '', 'jansen', '<b>"x"']) {
    const wrong = await browser.send(page, '/spoed', { bsn: typed });
    t.equal(wrong.status, 422, typed);
    soundPage(t, wrong, typed);
    t.match(wrong.html, /aria-describedby="bsn-hint bsn-fout" aria-invalid="true"/, typed);
    t.match(wrong.html, '<title>Fout: ', typed);
    t.notMatch(wrong.html, '<b>"x"', 'what was typed comes back as text');
  }
  const inUrl = await browser.go(`/spoed?bsn=${BSN}`);
  t.equal(inUrl.status, 400);
  t.notMatch(inUrl.html, BSN);
  const stranger = await new Browser(service.base).go(`/plan?x=${BSN}`);
  t.equal(stranger.status, 400, 'nor is it carried on to sign-in');
});

t.test('/spoed breaks the glass where that is switched on, for a reason', async (t) => {
  const { service, as } = await started(t, { BREAK_GLASS: 'on' });
  await service.put('Patient/closed', {
    resourceType: 'Patient',
    id: 'closed',
    identifier: [{ system: 'http://fhir.nl/fhir/NamingSystem/bsn', value: CLOSED }],
    name: [{ text: 'G. de Boer' }],
  });
  await service.put('Goal/closed', {
    resourceType: 'Goal',
    id: 'closed',
    lifecycleStatus: 'active',
    description: { coding: [{ system: 'http://snomed.info/sct', code: '713148004' }] },
    subject: { reference: 'Patient/closed' },
  });
  const { browser, page } = await as('ambulance');
  const none = await browser.send(page, '/spoed', { bsn: CLOSED });
  t.equal(none.status, 200);
  soundPage(t, none, 'nothing, so far');
  t.match(none.html, '<label for="reason">');
  const nobody = await browser.send(page, '/spoed', { bsn: NOBODY });
  t.equal(nobody.html.replaceAll(NOBODY, CLOSED), none.html, 'the same for who is not there');
  const short = await browser.send(none, '/spoed', { reason: 'spoed' });
  t.equal(short.status, 422);
  soundPage(t, short, 'too short a reason');
  t.match(short.html, 'aria-invalid="true">spoed</textarea>');
  const shown = await browser.send(none, '/spoed', { reason: 'Buiten bewustzijn aangetroffen' });
  t.equal(shown.status, 200);
  soundPage(t, shown, 'through the glass');
  t.match(shown.html, 'Ingezien zonder toestemming');
  t.match(shown.html, 'Behandelafspraken');
  t.match((await events(service, 'emergency-card')).at(-1), {
    outcome: 'success',
    patient_id: 'closed',
    policy: 'break-glass',
    emergency: true,
  });
  const gp = await as('gp');
  t.notMatch((await gp.browser.send(gp.page, '/spoed', { bsn: NOBODY })).html, 'name="reason"', 'a GP is no urgent care');
});

t.test('/plan shows the whole plan, decisions first', async (t) => {
  const { service, patient, as } = shared;
  const { browser, page } = await as('gp', '/plan');
  soundPage(t, page, 'the form');
  const plan = await browser.send(page, '/plan', { bsn: BSN });
  t.equal(plan.url, `${service.base}/plan?patient=${patient}`, 'found by BSN, shown by id');
  t.equal(plan.status, 200);
  soundPage(t, plan, 'the plan');
  const headings = [...plan.html.matchAll(/<h2[^>]*>([^<]+)<\/h2>/g)].map(([, heading]) => heading);
  t.equal(headings[0], 'Behandelafspraken');
  const expected = [
    'Wie beslist en wie te bellen',
    'Wensen',
    'Medicatie voor als het nodig is',
    'Palliatieve spoedkit',
    'Voorkeursplek van zorg',
    'Wat belangrijk is',
    'Wensenbrieven',
    'Situatie',
    'Instemming en herziening',
    'Toestemming om te delen',
    'Wie aan dit plan meewerkten',
  ];
  t.strictSame(
    headings.filter((heading) => expected.includes(heading ?? '')),
    expected,
    'each part, in this order',
  );
  t.match(plan.html, /Wie aan dit plan meewerkten<\/h2><div class="part"><ul><li>[^<]*Huisartsenpraktijk Lindedorp/);
  const card = (await service.ask('POST', '/v1/emergency-card', { body: { bsn: BSN } })).json;
  t.match(plan.html, `Versie ${card.version}, laatst gewijzigd op`);
  t.match(
    plan.html,
    new RegExp(`@page\\{size:A4;.*@bottom-left\\{content:"Individueel zorgplan · versie ${card.version} van [^"]+ · afgedrukt [^"]+"`),
  );
  for (const { treatment } of card.decisions) t.match(plan.html, treatment.display);
  t.match((await events(service, 'plan-page')).at(-1), { outcome: 'success', patient_id: patient, policy: 'own-team', client_id: 'gp' });

  const elsewhere = await browser.go('/plan?patient=no%20id');
  t.equal(elsewhere.status, 400);
  const wrong = await browser.send(page, '/plan', { bsn: '1' });
  t.equal(wrong.status, 422);
  soundPage(t, wrong, 'a wrong BSN');
});

t.test('/plan shows it to whom the access rule opens it, and to everybody else the same nothing', async (t) => {
  const { service, patient, as } = shared;
  const nothing = async (person: string) => {
    const { browser, page } = await as(person, '/plan');
    const byBsn = await browser.send(page, '/plan', { bsn: BSN });
    t.equal(byBsn.status, 404, `${person} by BSN`);
    const byId = await browser.go(`/plan?patient=${patient}`);
    t.equal(byId.status, 404, `${person} by id`);
    soundPage(t, byId, person);
    const nobody = await browser.go('/plan?patient=nobody');
    t.equal(nobody.status, 404);
    t.equal(nobody.html, byId.html, `${person}: one answer`);
    t.match((await events(service, 'plan-page')).slice(-3), [
      { outcome: 'denied', patient_id: patient },
      { outcome: 'denied', patient_id: patient },
      { outcome: 'empty', patient_id: null },
    ]);
  };
  await nothing('hospice');
  await service.put('Consent/sharing', sharingPermission(patient, { id: 'sharing', parties: [`ura:${URAS.hospice}`] }));
  const { page } = await as('hospice', `/plan?patient=${patient}`);
  t.equal(page.status, 200, 'on the next request after the patient permitted it');
  t.match(page.html, 'Toestemming voor inzage door');
  await service.ask('DELETE', 'Consent/sharing');
  await nothing('hospice');

  const own = await as(`patient:${patient}`, '/plan');
  t.equal(own.page.status, 200, 'the patient needs not look');
  t.match(own.page.html, 'Behandelafspraken');
  t.equal((await own.browser.go('/plan?patient=nobody')).status, 404);
  const region = await as('region', '/plan');
  t.equal(region.page.status, 403);
  soundPage(t, region.page, 'refused');
  t.match((await events(service, 'plan-page')).at(-1), { outcome: 'denied', reason: 'forbidden', client_id: 'region' });
});

t.test('what people wrote is text on every page', async (t) => {
  const { service, patient, as } = shared;
  const evil = '"><script>alert(1)</script><a href="javascript:1">\'&amp;';
  const { json } = await service.get(`Patient/${patient}`);
  const put = await service.put(`Patient/${patient}`, { ...json, name: [{ text: evil, family: evil }] });
  t.ok(put.status < 300);
  await service.put('Observation/evil', {
    resourceType: 'Observation',
    id: 'evil',
    status: 'final',
    code: { coding: [{ system: 'http://snomed.info/sct', code: '247751003' }] },
    subject: { reference: `Patient/${patient}` },
    effectiveDateTime: '2026-11-01',
    valueString: evil,
  });
  const { browser, page } = await as('gp');
  const chooser = await new Browser(service.base).go('/spoed');
  const plan = await browser.go(`/plan?patient=${patient}`);
  const card = await browser.send(page, '/spoed', { bsn: BSN });
  for (const [what, { html }] of Object.entries({ chooser, plan, card })) {
    t.match(html, '&lt;script&gt;alert(1)', what);
    t.notMatch(html, /<script|href="javascript/, what);
  }
});

t.test('without the database a page says that there is no answer, and never that there is nothing', async (t) => {
  const { service, as } = shared;
  const { browser, page } = await as('gp');
  await service.database.pool.query('ALTER TABLE page_session RENAME TO elsewhere');
  for (const answer of [await browser.send(page, '/spoed', { bsn: BSN }), await browser.go('/plan')]) {
    t.equal(answer.status, 503);
    t.match(answer.html, 'Dit is geen leeg antwoord');
    t.ok(answer.headers.has('content-security-policy'));
  }
  await service.database.pool.query('ALTER TABLE elsewhere RENAME TO page_session');
});

t.test('what is refused before a page is asked is a page as well', async (t) => {
  const { browser, page } = await shared.as('gp', '/plan');
  const large = await browser.send(page, '/plan', { bsn: 'x'.repeat(17 * 1024 * 1024) });
  t.equal(large.status, 413);
  soundPage(t, large, 'too large');
  const other = await browser.go('/plan', {
    form: { bsn: BSN },
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=latin1' },
  });
  t.equal(other.status, 415);
  soundPage(t, other, 'of another charset');
});

t.test('who comes by another name of this machine goes on by the one the service has', async (t) => {
  const { service } = shared;
  const port = new URL(service.base).port;
  const asked = await service.app.inject({ url: '/plan?patient=p', headers: { host: `localhost:${port}` } });
  t.equal(asked.headers.location, `${service.base}/plan?patient=p`);
  const strange = await service.app.inject({ url: '/spoed', headers: { host: 'zorg.example' } });
  t.equal(strange.headers.location, '/aanmelden?naar=%2Fspoed', 'names of others are not our business');
});
