// The ambulance looks a patient up and the patient sees who looked; wishes change and are withdrawn; the patient dies at home, the kit goes
// back, and the evaluation is made: over the API, and by the pages in a real browser.
import t, { type Test } from 'tap';
import { checkAccessible } from '../browser/accessible.js';
import { openBrowser, openPage, signIn, WITHOUT_BROWSER } from '../browser/browser.js';
import {
  ANTIBIOTICS,
  BSN,
  begin,
  careTeam,
  done,
  formTransaction,
  GP,
  HOSPITAL_ADMISSION,
  INTERNIST,
  laterForm,
  list,
  mark,
  NAME,
  noted,
  openRecord,
  PARAMEDIC,
  PATIENT,
  palliativeKit,
  placeOfDeath,
  type Story,
  steps,
  withdrawal,
} from './telling.js';

const WHY = 'Ik wil geen kuren meer.';

/** Marked, spoken with, shared; the kit stands at home. */
async function livingAtHome(t: Test) {
  const story = await begin(t, '2026-11-02T09:00:00Z');
  const { service } = story;
  const patient = await openRecord(story);
  await mark(story, patient, '2026-11-02');
  story.at('2026-11-09T16:00:00Z');
  await done(service.post('', formTransaction()));
  await done(service.post('CareTeam', careTeam(patient)));
  await done(service.put('SupplyDelivery/kit', palliativeKit(patient, 'kit', 'placed', '2026-11-10'), { as: 'homecare' }));
  story.at('2026-11-20T01:10:00Z');
  return { story, service, patient };
}

const decisionOn = (card: any, treatment: string) => card.decisions.filter((one: any) => one.treatment.code === treatment);

/** The patient dies; who cares for the relatives does what the service asks. */
async function dies(story: Story, patient: string): Promise<void> {
  story.at('2026-12-01T08:00:00Z');
  await done(story.service.post('Observation', placeOfDeath(patient, '2026-12-01'), { as: 'homecare' }));
}

async function task({ service }: Story, patient: string, step: string): Promise<any> {
  const found = await done(service.get(`Task?patient=${patient}&code=${step}`));
  if (found.json.total !== 1) throw new Error(`${found.json.total} tasks ${step}`);
  return found.json.entry[0].resource;
}

t.test('over the API', async (t) => {
  const { story, service, patient } = await livingAtHome(t);
  const asked = await story.card();
  t.match(asked.json, { status: 'found', palliativeKit: { text: 'In huis, verzegeld', note: /Linnenkast/ } });
  const kept = { 'if-none-match': asked.headers.get('etag') as string };
  t.equal((await story.card('ambulance', kept)).status, 304, 'nothing changed, nothing sent');

  const log = await done(service.get('/v1/access-log', { as: `patient:${patient}` }));
  t.match(
    log.json.entries.filter(({ emergency }: any) => emergency),
    [{ organization: { name: 'Ambulancedienst Lindedorp' } }, { when: /^2026-11-20T01:10/, outcome: 'Gelukt', breakGlass: null }],
    'the patient sees who looked, and that it was an emergency',
  );

  story.at('2026-11-23T11:00:00Z');
  await done(service.post('', laterForm()));
  const changed = await story.card('ambulance', kept);
  t.equal(changed.status, 200);
  t.match(decisionOn(changed.json, HOSPITAL_ADMISSION), [{ decision: 'do-not', date: '2026-11-23', conflict: false }]);
  t.equal(decisionOn(changed.json, HOSPITAL_ADMISSION).length, 1, 'the later conversation takes the place of the earlier one');

  story.at('2026-11-25T09:00:00Z');
  const [antibiotics] = decisionOn(changed.json, ANTIBIOTICS);
  const query = `Consent?patient=${patient}&category=129125009&_count=1`;
  const first = await done(service.get(query, { as: 'hospital' }));
  const keptNow = { 'if-none-match': changed.headers.get('etag') as string };
  const withdrawn = withdrawal(NAME, WHY);
  await done(service.post(`${antibiotics.source.reference}/$withdraw`, withdrawn, { as: `patient:${patient}` }));
  const after = await story.card('ambulance', keptNow);
  t.equal(after.status, 200);
  t.match(decisionOn(after.json, ANTIBIOTICS), [{ decision: 'not-recorded', text: /^Geen afspraak vastgelegd\./ }]);
  const shown: string[] = [];
  for (let link = first.json.link.find(({ relation }: any) => relation === 'next')?.url; link; ) {
    const page = (await done(service.get(link, { as: 'hospital' }))).json;
    shown.push(...(page.entry ?? []).map(({ resource }: any) => `Consent/${resource.id}`));
    link = page.link.find(({ relation }: any) => relation === 'next')?.url;
  }
  t.ok(shown.length > 3);
  t.notOk([...shown, `Consent/${first.json.entry[0].resource.id}`].includes(antibiotics.source.reference), 'nor on pages that were open');
  t.equal((await service.get(`Patient/${patient}/$acp-summary`, { as: 'ambulance', purpose: 'ETREAT', headers: keptNow })).status, 200);
  const told = await task(story, patient, 'review-withdrawal');
  t.equal(told.status, 'requested', 'the GP is told');
  await done(service.post(`Task/${told.id}/$answer`, noted()));

  await dies(story, patient);
  const [{ resource: plan }] = (await done(service.get(`CarePlan?patient=${patient}`))).json.entry;
  t.match(plan, { status: 'completed', period: { end: /^2026-12-01/ } });
  const dead = (await story.card()).json;
  t.match(dead, { status: 'found', warnings: [{ code: 'deceased' }] });
  t.match(decisionOn(dead, HOSPITAL_ADMISSION), [{ decision: 'do-not' }], 'what was agreed stays to be read');
  const open = (await steps(story, patient)).filter((step) => step.endsWith('requested'));
  t.match(open, ['aftercare requested', 'evaluation requested', 'kit-return requested']);
  const evaluation = await task(story, patient, 'evaluation');
  t.match(
    evaluation.output.map(({ type, valueCodeableConcept }: any) => [type.coding[0].code, valueCodeableConcept.coding[0].code]),
    [
      ['preferred-place', '264362003'],
      ['place-of-death', '264362003'],
      ['preferred-place-realised', 'realised'],
    ],
  );

  await done(service.put('SupplyDelivery/kit', palliativeKit(patient, 'kit', 'returned', '2026-12-03'), { as: 'homecare' }));
  t.equal((await task(story, patient, 'kit-return')).status, 'completed', 'the kit is back');
  t.match(await list(story, '/v1/marked'), [{ patient: { deceased: true, diedOn: /^2026-12-01/ } }], 'something is left to do');
  for (const step of ['aftercare', 'evaluation']) {
    const one = await task(story, patient, step);
    await done(service.put(`Task/${one.id}`, { ...one, status: 'completed' }));
  }
  t.strictSame(
    (await steps(story, patient)).filter((step) => /^(aftercare|evaluation|kit-return)/.test(step)),
    ['aftercare completed', 'evaluation completed', 'kit-return completed'],
  );
  t.strictSame(await list(story, '/v1/marked'), [], 'and nothing now');
});

t.test('in a browser', { skip: WITHOUT_BROWSER }, async (t) => {
  const { story, service, patient } = await livingAtHome(t);
  const browser = await openBrowser(t);
  const paramedic = await openPage(browser);
  const lookUp = async () => {
    await signIn(paramedic, PARAMEDIC, `${service.base}/spoed`);
    await paramedic.getByLabel('Burgerservicenummer (BSN)').fill(BSN);
    await paramedic.keyboard.press('Enter');
    await paramedic.getByRole('heading', { level: 1, name: NAME }).waitFor();
    return paramedic.locator('main').innerText();
  };
  t.match(await lookUp(), /Antibiotica[\s\S]*Linnenkast/i);

  story.at('2026-11-25T09:00:00Z');
  const own = await openPage(browser);
  await signIn(own, PATIENT, `${service.base}/mijn`);
  await own.getByRole('link', { name: 'Inzageoverzicht' }).last().click();
  const looked = own.getByRole('row').filter({ hasText: 'Ambulancedienst Lindedorp' }).first();
  t.match(await looked.innerText(), /20 november 2026[\s\S]*Ja/);
  await checkAccessible(t, own, 'who looked');

  const internist = await openPage(browser);
  await signIn(internist, INTERNIST, `${service.base}/plan?patient=${patient}`);
  const antibiotics = internist.getByRole('article').filter({ has: internist.getByRole('heading', { name: /antibiotica/i }) });
  const before = await antibiotics.innerText();
  await own.getByRole('link', { name: 'Mijn zorgplan' }).first().click();
  const agreement = own.locator('.item').filter({ hasText: /antibiotica/i });
  await agreement
    .getByText(/intrekken/)
    .first()
    .click();
  await checkAccessible(t, own, 'the patient’s page, a form open');
  await agreement.getByLabel('Waarom trekt u dit in?').fill(WHY);
  await agreement.getByRole('button', { name: 'Deze afspraak intrekken' }).click();
  await own.getByRole('status').waitFor();
  await internist.reload();
  t.not(await antibiotics.innerText(), before, 'the page that was open tells it at its next request');
  t.match(await antibiotics.innerText(), /Geen afspraak vastgelegd[\s\S]*niet: alles doen, en ook niet: niets doen/);
  t.notMatch(await own.getByRole('heading', { name: 'Wat er is afgesproken' }).locator('..').innerText(), /antibiotica wel/i);

  await dies(story, patient);
  t.match(await lookUp(), /overleden/i);
  t.match(await paramedic.locator('main').innerText(), /Niet reanimeren/i, 'whoever finds a living patient finds the agreements');
  const gp = await openPage(browser);
  await signIn(gp, GP, `${service.base}/werklijst`);
  t.match(await gp.getByRole('row', { name: NAME }).innerText(), /Overleden op 1 december 2026/);
  await gp.getByRole('link', { name: NAME }).click();
  t.match(await gp.locator('main').innerText(), /overleden/i);
});
