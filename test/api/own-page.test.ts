// /mijn as patients and their representatives meet it in a browser: they read, withdraw, say, propose, write a letter, object.
import { readFileSync } from 'node:fs';
import t from 'tap';
import { Browser, hiddenFields, type Page } from '../harness/browser.js';
import { startService } from '../harness/service.js';

const EXAMPLE = readFileSync(new URL('../../examples/conversation.transaction.json', import.meta.url), 'utf8');
const BSN = '900186021';
const CPR = '89666000';

t.test('patients in their own record', async (t) => {
  const service = await startService(t);
  const posted = await service.post('', EXAMPLE);
  t.equal(posted.status, 200, posted.text.slice(0, 300));
  const { rows } = await service.database.pool.query("SELECT id FROM resource WHERE type = 'Patient'");
  const patient = rows[0].id as string;
  const browser = new Browser(service.base);
  let page: Page = await browser.signIn(`patient:${patient}`, '/mijn');
  const once = () => ({ keer: hiddenFields(page.html, '/mijn').keer as string });
  const send = (fields: Record<string, string>) => browser.send(page, '/mijn', { ...once(), ...fields });
  const card = async () => (await service.post('/v1/emergency-card', { bsn: BSN })).json;
  const reanimation = async () => (await card()).decisions.find((d: any) => d.treatment.code === CPR);
  const tasks = async (code: string) => (await service.get(`Task?patient=${patient}&code=${code}&status=requested`)).json.total;

  await t.test('they read what was agreed, in a page that everybody can use', async (t) => {
    t.equal(page.status, 200, page.html.slice(0, 400));
    t.match(page.html, 'Reanimatie: niet reanimeren.');
    t.match(page.html, /<h1>Mijn zorgplan<\/h1>/);
    t.match(page.html, '<a href="/mijn" aria-current="page">Mijn overzicht</a>');
    t.notMatch(page.html, 'href="/werklijst"', 'what is for carers is not offered');
    const ids = [...page.html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    t.equal(new Set(ids).size, ids.length, 'ids once');
    for (const [, id] of page.html.matchAll(/<(?:textarea|select|input type="text")[^>]* id="([^"]+)"/g))
      t.match(page.html, `<label for="${id}">`, `${id} has a label`);
    for (const [radio] of page.html.matchAll(/<label[^>]*><input type="radio"[^>]*>[^<]*/g)) t.match(radio, />[^<]+$/);
    t.notMatch(page.html, /<script|<img|\son\w+=|src=/i);
    t.equal(page.headers.get('cache-control'), 'no-store');
    const plan = await browser.go('/plan');
    t.equal(plan.status, 200);
  });

  await t.test('they withdraw an agreement for a reason, once', async (t) => {
    const { reference } = (await reanimation()).source;
    const without = await send({ doen: 'intrekken', wat: reference, reden: '  ' });
    t.equal(without.status, 422);
    t.match(without.html, /<details open>[\s\S]*aria-invalid="true"/, 'where it was, with what is wrong');
    t.equal((await reanimation()).decision, 'do-not');
    const fields = { doen: 'intrekken', wat: reference, reden: 'Ik wil het anders' };
    const [done, again] = await Promise.all([send(fields), send(fields)]);
    t.strictSame([done.status, again.status], [200, 200], done.html.slice(0, 600));
    t.match(done.html, 'Het is ingetrokken.');
    t.equal((await reanimation()).decision, 'not-recorded');
    t.equal(await tasks('review-withdrawal'), 1);
    page = done;
  });

  await t.test('they propose, read the answer, and take words back', async (t) => {
    const typed = 'Ik wil <b>graag</b> thuis blijven.';
    const proposal = { doen: 'zeggen', soort: 'voorstel', tekst: typed, over: '' };
    const [first, second] = await Promise.all([send(proposal), send(proposal)]);
    t.strictSame([first.status, second.status], [200, 200]);
    t.equal((await service.get(`Communication?patient=${patient}`)).json.total, 1, 'sent twice is said once');
    t.match(first.html, '&lt;b&gt;graag&lt;/b&gt;');
    t.match(first.html, 'Nog niet beantwoord.');
    const [task] = (await service.get(`Task?patient=${patient}&code=review-proposal`)).json.entry;
    const no = [
      { name: 'outcome', valueCode: 'declined' },
      { name: 'text', valueString: 'We praten er dinsdag over.' },
    ];
    t.equal((await service.post(`Task/${task.resource.id}/$answer`, { resourceType: 'Parameters', parameter: no })).status, 200);
    page = await browser.go('/mijn');
    t.match(page.html, 'Niet overgenomen.');
    t.match(page.html, 'We praten er dinsdag over.');
    page = await send({ doen: 'zeggen', soort: 'eigen-woorden', tekst: 'Mijn hond moet ergens heen.', over: '' });
    const words = /name="wat" value="(Communication\/[^"]+)"/.exec(page.html)?.[1] as string;
    page = await send({ doen: 'terugnemen', wat: words });
    t.match(page.html, 'U hebt dit ingetrokken.');
    t.equal(await tasks('review-proposal'), 0);
    const bsn = await send({ doen: 'zeggen', soort: 'eigen-woorden', tekst: `Mijn nummer is ${BSN}`, over: '' });
    t.equal(bsn.status, 422);
  });

  await t.test('they write a letter, which comes as a file and never as a page', async (t) => {
    page = await send({ doen: 'brief', tekst: 'Lieve allemaal,\r\nik blijf thuis.' });
    t.match(page.html, 'Lieve allemaal,\nik blijf thuis.');
    const at = /href="(\/mijn\/brief\?id=[^"]+)"/.exec(page.html)?.[1] as string;
    const file = await browser.go(at);
    t.equal(file.html, 'Lieve allemaal,\nik blijf thuis.');
    t.equal(file.headers.get('content-disposition'), 'attachment; filename="wensenbrief.txt"');
    t.equal(file.headers.get('content-type'), 'text/plain; charset=utf-8');
    t.equal(file.headers.get('content-security-policy'), "default-src 'none'; sandbox");
    t.equal(file.headers.get('x-content-type-options'), 'nosniff');
    t.equal((await browser.go('/mijn/brief?id=nergens')).status, 404);
  });

  await t.test('they decide who sees the record', async (t) => {
    const seen = async (as: string) => (await service.get(`Patient/${patient}`, { as })).status;
    t.equal(await seen('hospice'), 404);
    t.equal((await send({ doen: 'delen', keuze: 'permit', wie: 'iedereen' })).status, 422);
    page = await send({ doen: 'delen', keuze: 'permit', wie: 'H2' });
    t.match(page.html, 'Toestemming voor inzage door Hospices');
    t.equal(await seen('hospice'), 200);
    const item = page.html.split('<div class="item">').find((part) => part.includes('Hospices')) as string;
    const consent = /name="wat" value="(Consent\/[^"]+)"/.exec(item)?.[1] as string;
    page = await send({ doen: 'intrekken', wat: consent, reden: 'Niet meer nodig' });
    t.equal(await seen('hospice'), 404);
  });

  await t.test('they see who looked', async (t) => {
    const log = await browser.go('/mijn/inzage');
    t.equal(log.status, 200);
    t.match(log.html, 'Huisartsenpraktijk Lindedorp');
    t.match(log.html, 'Eigen overzicht ingezien of gewijzigd');
  });

  await t.test('a form from elsewhere does nothing, nor one of a carer or of nobody', async (t) => {
    const fields = { ...hiddenFields(page.html, '/mijn'), doen: 'delen', keuze: 'permit', wie: 'H2' };
    t.equal((await browser.go('/mijn', { form: { ...fields, formulier: 'x' } })).status, 403);
    t.equal((await browser.go('/mijn', { form: fields, headers: { origin: 'https://elders.example' } })).status, 403);
    const gp = new Browser(service.base);
    t.equal((await gp.signIn('gp', '/mijn')).status, 403);
    t.equal((await new Browser(service.base).go('/mijn', { form: fields })).status, 401);
    for (const doen of ['', 'weg', 'constructor']) t.equal((await send({ doen })).status, 400, doen);
    t.equal((await browser.go('/mijn?klaar=constructor')).status, 200);
    t.equal((await send({ doen: 'intrekken', wat: 'Task/x', reden: 'x' })).status, 400);
    t.equal((await send({ doen: 'intrekken', wat: 'Consent/nergens', reden: 'x' })).status, 422);
    t.equal((await service.get(`Patient/${patient}`, { as: 'hospice' })).status, 404);
  });

  await t.test('a representative sees it, and may not withdraw while the patient can decide', async (t) => {
    const person = (await service.get(`RelatedPerson?patient=${patient}`)).json.entry
      .map((one: any) => one.resource)
      .find((one: any) => JSON.stringify(one.relationship).includes('"24"'));
    const other = new Browser(service.base);
    const theirs = await other.signIn(`representative:${patient}:${person.id}`, '/mijn');
    t.equal(theirs.status, 200, theirs.html.slice(0, 400));
    t.match(theirs.html, 'U kijkt als vertegenwoordiger');
    const reference = (await card()).decisions.find((d: any) => d.source !== null).source.reference;
    const refused = await other.send(theirs, '/mijn', { doen: 'intrekken', wat: reference, reden: 'Beter zo' });
    t.equal(refused.status, 422);
    t.match(refused.html, 'Schrijf wat u wilt als voorstel');
  });
});
