// What was typed into a page outlives the session it was typed in: it is given back to the browser that sent it, and to nobody else, and
// becomes something only by the hand of who typed it.
import t, { type Test } from 'tap';
import { Browser, hiddenFields, type Page } from '../harness/browser.js';
import { startService } from '../harness/service.js';

const MINUTE = 60_000;
const BSN = '999911120';
const clock = Object.assign(() => clock.now, { now: Date.parse('2026-11-02T09:00:00Z') });
const service = await startService(t, { clock });
const { pool } = service.database;

/** Of a question with several answers, with line ends, and of what HTML would read otherwise. */
const TYPED = 'actie=controleren&963=30-2-2026&1190=thuis+%3Cb%3E%26%0D%0Ablijven&1386=2';

/** A form of the first conversation of somebody, opened at the page. */
async function opened(t: Test) {
  const browser = new Browser(service.base);
  const start = await browser.signIn('gp', '/gesprek');
  const none = await browser.send(start, '/gesprek', { actie: 'zoeken', bsn: BSN });
  const form =
    none.status === 404
      ? await browser.send(none, '/gesprek', { actie: 'openen', bsn: BSN, given: 'Ans', family: 'Proef', birth: '5-5-1950' })
      : await browser.go(`${none.url}&soort=nieuw`);
  t.match(form.html, '<h1>Gesprek vastleggen</h1>');
  const hidden = new URLSearchParams(hiddenFields(form.html, '/gesprek'));
  return { browser, patient: hidden.get('patient') as string, draft: hidden.get('concept') as string, typed: `${hidden}&${TYPED}` };
}

const draftCount = async () =>
  Number((await pool.query("SELECT count(*) FROM resource WHERE type = 'QuestionnaireResponse'")).rows[0].count);

/** All fields of the form that came back, each as often as it is there. */
function given(page: Page): string {
  const form = page.html.split('<form ').find((part) => part.includes('action="/gesprek"')) as string;
  const fields = [...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(([, name = '', value = '']) => [
    name,
    plain(value),
  ]);
  return new URLSearchParams(fields as [string, string][]).toString();
}

const plain = (text: string) =>
  text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&');

const sorted = (form: string) => [...new URLSearchParams(form)].map(([name, value]) => `${name}=${value}`).sort();
const isProof = (field: string) => /^(formulier|invuller)=/.test(field);

t.test('a form sent after its session ended is given back, and taken once its writer is there again', async (t) => {
  const { browser, draft, typed } = await opened(t);
  const before = await draftCount();
  clock.now += 16 * MINUTE;
  const ended = await browser.go('/gesprek', { form: typed });
  t.equal(ended.status, 401);
  t.strictSame(sorted(given(ended)), sorted(typed), 'all that was sent, and nothing else');
  t.match(ended.html, 'thuis &lt;b&gt;&amp;\nblijven</dd>', 'shown as it was typed');
  t.match(ended.html, '30-2-2026</dd>', 'also what is no answer');
  t.match(ended.html, '<a class="button" href="/gesprek" target="_blank" rel="noopener">Opnieuw aanmelden (nieuw venster)</a>');
  t.notMatch(ended.html, 'Ans Proef', 'nothing of the record, for nobody is signed in');
  t.equal(ended.headers.get('cache-control'), 'no-store');
  t.notOk(ended.headers.get('set-cookie'));
  t.match(ended.headers.get('content-security-policy'), /default-src 'none'.*form-action 'self'/);
  const still = await browser.go('/gesprek', { form: given(ended) });
  t.equal(still.status, 401, 'sent too early it comes back again');
  t.strictSame(sorted(given(still)), sorted(typed));
  t.equal(await draftCount(), before);

  await browser.signIn('gp', '/gesprek');
  const again = await browser.go('/gesprek', { form: given(still) });
  t.equal(again.status, 403, 'a token of another session does nothing');
  t.match(again.html, /U bent aangemeld als [^<]*Huisartsenpraktijk Lindedorp/);
  t.strictSame(
    sorted(given(again)).filter((field) => !isProof(field)),
    sorted(typed).filter((field) => !isProof(field)),
  );
  t.equal(await draftCount(), before);

  const wrong = await browser.go('/gesprek', { form: given(again) });
  t.equal(wrong.status, 422, 'read as any other form');
  t.match(wrong.html, 'value="30-2-2026"');
  t.match(wrong.html, 'blijven</textarea>');
  const saved = await browser.send(wrong, '/gesprek', { actie: 'bewaren-deel-0', '1190': 'thuis\r\nblijven' });
  t.equal(saved.status, 200);
  t.match((await service.get(`QuestionnaireResponse/${draft}`)).json, { status: 'in-progress' });
});

t.test('nobody else can send it, and it is not lost when they try', async (t) => {
  const { browser, draft, patient, typed } = await opened(t);
  clock.now += 16 * MINUTE;
  const ended = await browser.go('/gesprek', { form: typed });
  const before = await draftCount();
  for (const other of ['hospital', 'hospice', `patient:${patient}`]) {
    browser.cookies.clear();
    await browser.signIn(other, '/plan');
    t.ok(browser.session);
    const taken = await browser.go('/gesprek', { form: given(ended) });
    t.equal(taken.status, 403, other);
    t.match(taken.html, 'Ingevuld door iemand anders', other);
    t.notMatch(taken.html.replace(/<input[^>]*>/g, ''), 'blijven', 'not shown');
    t.notMatch(taken.html, 'action="/afmelden"', 'no way out that loses it');
    t.strictSame(sorted(given(taken)), sorted(typed), 'with the marks of who typed it');
    const forced = await browser.go('/gesprek', { form: given(taken) });
    t.equal(forced.status, 403);
  }
  t.equal(await draftCount(), before);
  t.equal((await service.get(`QuestionnaireResponse/${draft}`)).status, 404);
  browser.cookies.clear();
  await browser.signIn('gp', '/gesprek');
  t.match((await browser.go('/gesprek', { form: given(ended) })).html, 'Nog niet verwerkt');
});

t.test('it is given back to our own pages alone', async (t) => {
  const { browser, typed } = await opened(t);
  const form = new URLSearchParams(typed);
  const without = (name: string) => new URLSearchParams([...form].filter(([one]) => one !== name)).toString();
  const refused = {
    'from another site': { form: typed, headers: { origin: 'https://evil.example' } },
    'from a neighbour': { form: typed, headers: { 'sec-fetch-site': 'same-site' } },
    'from nowhere': { form: typed, headers: { origin: 'null' } },
    'with no token': { form: without('formulier') },
    'with no writer': { form: without('invuller') },
  };
  const stale = { ...refused, 'with too many fields': { form: `${typed}${'&x='.repeat(2_000)}` } };
  const another = new Browser(service.base);
  await another.signIn('gp', '/gesprek');
  for (const [what, visit] of Object.entries(refused)) {
    const sent = await another.go('/gesprek', visit);
    t.equal(sent.status, 403, what);
    t.notMatch(sent.html, 'blijven', what);
  }
  clock.now += 16 * MINUTE;
  for (const [what, visit] of Object.entries(stale)) {
    const sent = await browser.go('/gesprek', visit);
    t.equal(sent.status, 401, what);
    t.notMatch(sent.html, 'blijven', what);
  }
  // What no browser would send: without its own word on where it comes from.
  const silent = await fetch(`${service.base}/gesprek`, { method: 'POST', body: new URLSearchParams(typed) });
  t.equal(silent.status, 401);
  t.notMatch(await silent.text(), 'blijven');
});

t.test('the other pages give back what was typed likewise', async (t) => {
  const { patient } = await opened(t);
  const urgent = new Browser(service.base);
  const asked = await urgent.signIn('gp', '/spoed');
  const list = new Browser(service.base);
  const listed = await list.signIn('gp', '/werklijst/tegenstrijdig');
  const own = new Browser(service.base);
  const mine = await own.signIn(`patient:${patient}`, '/mijn');
  const proof = ({ html }: Page) => hiddenFields(html, '/afmelden');
  clock.now += 16 * MINUTE;
  const reason = await urgent.go('/spoed', { form: { ...proof(asked), bsn: BSN, reason: 'Patiënt is niet aanspreekbaar' } });
  t.equal(reason.status, 401);
  t.match(reason.html, '<dt>Reden</dt><dd>Patiënt is niet aanspreekbaar</dd>');
  t.match(hiddenFields(reason.html, '/spoed'), { bsn: BSN, reason: 'Patiënt is niet aanspreekbaar' });
  const withdrawn = await list.go('/werklijst/tegenstrijdig', { form: { ...proof(listed), who: 'de dochter', reason: 'Vervallen' } });
  t.match(withdrawn.html, '<dt>Wie</dt><dd>de dochter</dd><dt>Waarom</dt><dd>Vervallen</dd>');

  const said = {
    ...proof(mine),
    keer: hiddenFields(mine.html, '/mijn').keer as string,
    doen: 'zeggen',
    tekst: 'Liever thuis',
    soort: 'voorstel',
  };
  const ended = await own.go('/mijn', { form: said });
  t.equal(ended.status, 401);
  t.match(ended.html, '<dt>Wat u schreef</dt><dd>Liever thuis</dd>');
  await own.signIn(`patient:${patient}`, '/mijn');
  const again = await own.send(ended, '/mijn');
  const done = await own.send(again, '/mijn');
  t.equal(done.status, 200, done.html.slice(0, 600));
  t.match(done.url, /klaar=gezegd/);
  const twice = await own.send(again, '/mijn');
  t.equal(twice.status, 200, 'sent twice');
  clock.now += 16 * MINUTE;
  const later = await own.send(again, '/mijn');
  await own.signIn(`patient:${patient}`, '/mijn');
  t.match((await own.send(await own.send(later, '/mijn'), '/mijn')).url, /klaar=gezegd/, 'and again in another session');
  const kept = await service.get(`Communication?subject=Patient/${patient}`);
  t.equal(kept.json.entry?.length, 1, 'it is done once');
});

t.test('a form is given back while the service cannot answer', async (t) => {
  const { browser, draft, typed } = await opened(t);
  const valid = typed.replace('30-2-2026', '2-11-2026').replace('controleren', 'bewaren-deel-0');
  await pool.query('ALTER TABLE page_session RENAME TO elsewhere');
  t.teardown(() => pool.query('ALTER TABLE IF EXISTS elsewhere RENAME TO page_session'));
  const failed = await browser.go('/gesprek', { form: valid });
  t.equal(failed.status, 503);
  t.match(failed.html, 'Nu geen antwoord');
  await pool.query('ALTER TABLE elsewhere RENAME TO page_session');
  t.equal((await browser.go('/gesprek', { form: given(failed) })).status, 200, 'taken without more ado');
  t.match((await service.get(`QuestionnaireResponse/${draft}`)).json, { status: 'in-progress' });
});

t.test('none of it stands in a log or an address', async (t) => {
  t.match(service.log(), 'conversation-page');
  for (const word of ['blijven', 'aanspreekbaar', BSN, 'Liever', '30-2-2026']) t.notMatch(service.log(), word);
  const { rows } = await pool.query("SELECT a::text AS text FROM audit_event a WHERE interaction IN ('conversation-page', 'authenticate')");
  t.ok(rows.length > 0);
  for (const word of ['blijven', BSN, '30-2-2026']) t.notMatch(JSON.stringify(rows), word);
});
