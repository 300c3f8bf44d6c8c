// The hospital adds a limit that contradicts what the GP agreed. Everybody sees both, until the GP resolves it by a deliberate act: over
// the API, and by the pages in a real browser.
import t, { type Test } from 'tap';
import { checkAccessible } from '../browser/accessible.js';
import { openBrowser, openPage, signIn, WITHOUT_BROWSER } from '../browser/browser.js';
import {
  BSN,
  begin,
  careTeam,
  directive,
  done,
  formTransaction,
  GP,
  HOSPITAL_ADMISSION,
  INTERNIST,
  list,
  NAME,
  openRecord,
  PARAMEDIC,
  type Story,
  withdrawal,
} from './telling.js';

const GPS_WORDS = 'Alleen opnemen als er iets gebroken is.';
const REASON = 'Besproken aan huis: bij een breuk wil mevrouw wel naar het ziekenhuis.';
const CONFLICT = /Tegenstrijdig: .*ziekenhuis/i;

/** The plan of the conversation of 9 November, and a week later the hospital's limit. */
async function contradicted(t: Test) {
  const story = await begin(t, '2026-11-09T16:00:00Z');
  const patient = await openRecord(story);
  await done(story.service.post('', formTransaction()));
  await done(story.service.post('CareTeam', careTeam(patient)));
  const agreed = await story.card();
  story.at('2026-11-16T10:00:00Z');
  const limit = directive(patient, HOSPITAL_ADMISSION, 'deny', '2026-11-16');
  const added = await (await story.client('hospital')).create({ resourceType: 'Consent', body: limit });
  return { story, patient, agreed, added };
}

/** Every place where a machine reads what is agreed about admission: the words there. */
async function everywhere({ service, card, client }: Story, patient: string) {
  const [{ resource: plan }] = (await done(service.get(`CarePlan?patient=${patient}`))).json.entry;
  const document = await done(service.get(`CarePlan/${plan.id}/$document`));
  const summary = await done(service.get(`Patient/${patient}/$acp-summary`, { as: 'ambulance', purpose: 'ETREAT' }));
  const told = (answer: { json: any }) => answer.json.entry[0].resource.section.map(({ text }: any) => text?.div ?? '').join(' ');
  const found = await (await client('hospital')).resourceSearch({
    resourceType: 'Consent',
    searchParams: { patient, category: 'http://snomed.info/sct|129125009' },
  });
  return {
    card: (await card()).json.decisions.filter(({ treatment }: any) => treatment.code === HOSPITAL_ADMISSION),
    document: told(document),
    summary: told(summary),
    found: found.entry.map(({ resource }: any) => resource.id),
  };
}

t.test('over the API', async (t) => {
  const { story, patient, agreed, added } = await contradicted(t);
  const { service } = story;
  const kept = await story.card('ambulance', { 'if-none-match': agreed.headers.get('etag') as string });
  t.equal(kept.status, 200, 'what the ambulance kept is no longer the plan');
  t.match(kept.json.warnings, [{ code: 'conflict' }]);
  const both = await everywhere(story, patient);
  t.match(both.card, [
    {
      decision: 'do-not',
      conflict: true,
      date: '2026-11-16',
      source: { reference: `Consent/${added.id}`, organization: 'Ziekenhuis Lindedorp' },
    },
    { decision: 'do-with-limits', text: GPS_WORDS, conflict: true, source: { organization: 'Huisartsenpraktijk Lindedorp' } },
  ]);
  for (const told of [both.document, both.summary]) t.match(told, /Ziekenhuis Lindedorp[\s\S]*Alleen opnemen als er iets gebroken is/);
  for (const as of ['gp', 'hospital', 'homecare']) {
    const [one] = await list(story, '/v1/conflicts', as);
    t.match(
      one,
      {
        patient: { name: NAME },
        treatments: [{ statements: [{ agreement: { decision: 'do-not' } }, { agreement: { text: GPS_WORDS } }] }],
      },
      as,
    );
  }
  t.strictSame(await list(story, '/v1/conflicts', 'hospice'), []);

  story.at('2026-11-18T15:00:00Z');
  await done(service.post(`Consent/${added.id}/$withdraw`, withdrawal('Mevrouw zelf, bij de huisarts', REASON)));
  const one = await everywhere(story, patient);
  t.match(one.card, [{ decision: 'do-with-limits', text: GPS_WORDS, conflict: false }]);
  t.equal(one.card.length, 1);
  t.strictSame((await story.card()).json.warnings, []);
  for (const told of [one.document, one.summary]) t.notMatch(told, /tegenstrijdig|spreken elkaar tegen/i);
  t.notOk(one.found.includes(added.id));
  for (const as of ['gp', 'hospital']) t.strictSame(await list(story, '/v1/conflicts', as), [], as);

  const before = await service.get(`Patient/${patient}/$acp-summary?asOf=2026-11-17`);
  t.match(JSON.stringify(before.json), 'Ziekenhuis Lindedorp', 'the past stays as it was told');
  const history = await (await story.client('hospital')).resourceHistory({ resourceType: 'Consent', id: added.id });
  t.strictSame(
    history.entry.map(({ resource }: any) => resource.status),
    ['inactive', 'active'],
  );
  t.match(JSON.stringify(history.entry[0].resource.extension), REASON);
});

t.test('in a browser', { skip: WITHOUT_BROWSER }, async (t) => {
  const { story, patient, added } = await contradicted(t);
  const { service } = story;
  const browser = await openBrowser(t);
  const [gp, internist, paramedic] = [await openPage(browser), await openPage(browser), await openPage(browser)];
  await signIn(gp, GP, `${service.base}/werklijst`);
  await gp.getByRole('link', { name: 'Tegenstrijdige afspraken' }).click();
  const one = gp.getByRole('region', { name: NAME });
  t.match(await one.innerText(), /Ziekenhuis Lindedorp[\s\S]*Alleen opnemen als er iets gebroken is[\s\S]*Huisartsenpraktijk Lindedorp/);
  const admission = (page: typeof gp) => page.getByRole('region', { name: /^Tegenstrijdige afspraken over/ });
  await signIn(internist, INTERNIST, `${service.base}/plan?patient=${patient}`);
  t.match(await admission(internist).innerText(), CONFLICT);
  await signIn(paramedic, PARAMEDIC, `${service.base}/spoed`);
  const lookUp = async () => {
    await paramedic.goto(`${service.base}/spoed`);
    await paramedic.getByLabel('Burgerservicenummer (BSN)').fill(BSN);
    await paramedic.keyboard.press('Enter');
    await paramedic.getByRole('heading', { level: 1, name: NAME }).waitFor();
  };
  await lookUp();
  t.match(await paramedic.getByRole('alert').innerText(), /Let op/);
  t.match(await admission(paramedic).innerText(), CONFLICT);
  t.match(await admission(paramedic).innerText(), /Ziekenhuis Lindedorp[\s\S]*Huisartsenpraktijk Lindedorp/, 'newest first');
  await checkAccessible(t, paramedic, 'the card with a conflict');

  const form = one.getByRole('group').filter({ hasText: 'Afspraak van Ziekenhuis Lindedorp intrekken' });
  await form.getByText('Afspraak van Ziekenhuis Lindedorp intrekken').click();
  await checkAccessible(t, gp, 'the conflicts, a form open');
  await form.getByLabel('Wie trekt de afspraak in?').fill('Mevrouw zelf');
  await form.getByLabel('Waarom?').fill(`BSN ${BSN}`);
  await form.getByRole('button', { name: 'Intrekken' }).click();
  t.match(await gp.title(), /^Fout: /);
  await checkAccessible(t, gp, 'the conflicts, with what is wrong');
  t.equal((await story.card()).json.warnings.length, 1, 'nothing happened yet');
  await form.getByLabel('Waarom?').fill(REASON);
  await form.getByRole('button', { name: 'Intrekken' }).click();
  await gp.getByText('Bij geen van de eigen patiënten spreken afspraken elkaar tegen.').waitFor();

  await internist.reload();
  t.equal(await admission(internist).count(), 0);
  await lookUp();
  t.equal(await admission(paramedic).count(), 0);
  t.match(await paramedic.locator('main').innerText(), GPS_WORDS);
  t.match((await service.get(`Consent/${added.id}`)).json.status, 'inactive');
});
