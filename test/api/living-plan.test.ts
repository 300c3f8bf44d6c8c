// The living plan over HTTP: what was agreed is withdrawn, checked, contradicted, disputed and marked.
import { readFileSync } from 'node:fs';
import t from 'tap';
import { type Answer, type Ask, startService, type TestService } from '../harness/service.js';
import { permit, team, URAS } from '../harness/sharing.js';

const EXAMPLE = readFileSync(new URL('../../examples/conversation.transaction.json', import.meta.url), 'utf8');
const SNOMED = 'http://snomed.info/sct';
const CONSENTS = 'http://terminology.hl7.org/CodeSystem';
const WITHDRAWAL = 'https://fhir.izp.example/r4/StructureDefinition/izp-withdrawal';
const CPR = '89666000';
const BSN = '900186021';
const BECAUSE = { who: 'de patiënt', reason: 'Van gedachten veranderd', represented: false };

type Values = Record<string, string | boolean>;

const parameters = (values: Values) => ({
  resourceType: 'Parameters',
  parameter: Object.entries(values).map(([name, value]) => ({
    name,
    [typeof value === 'boolean' ? 'valueBoolean' : name === 'when' ? 'valueDateTime' : name === 'version' ? 'valueString' : 'valueString']:
      value,
  })),
});
const withdraw = (service: TestService, reference: string, more: Values = {}, ask: Ask = {}) =>
  service.post(`${reference}/$withdraw`, parameters({ ...BECAUSE, ...more }), ask);
const card = (service: TestService, headers: Record<string, string> = {}) =>
  service.post('/v1/emergency-card', { bsn: BSN }, { as: 'gp', headers });
const decisionsOn = (answer: Answer, code: string) =>
  answer.json.decisions.filter((d: { treatment: { code: string } }) => d.treatment.code === code);
const idsIn = (answer: Answer): string[] =>
  (answer.json.entry ?? []).map((e: { resource: { resourceType: string; id: string } }) => `${e.resource.resourceType}/${e.resource.id}`);
const idOf = (answer: Answer, type: string): string =>
  answer.json.entry
    .map((entry: { response: { location?: string } }) => entry.response.location ?? '')
    .find((location: string) => location.includes(`/${type}/`))
    .split('/')
    .at(-3);

const queries = (patient: string) => [
  `Procedure?patient=${patient}&code=${SNOMED}|713603004&_include=Procedure:encounter`,
  `Consent?patient=${patient}&scope=${CONSENTS}/consentscope|treatment&category=${SNOMED}|129125009&_include=Consent:actor`,
  `Consent?patient=${patient}&scope=${CONSENTS}/consentscope|adr&category=${CONSENTS}/consentcategorycodes|acd&_include=Consent:actor`,
  `Goal?patient=${patient}&description=${SNOMED}|385987000,${SNOMED}|1351964001,${SNOMED}|713148004`,
  `Observation?patient=${patient}&code=${SNOMED}|665671000146101,153851000146100,395091006,340171000146104,247751003,570801000146104`,
  `DeviceUseStatement?patient=${patient}&device.type=${SNOMED}|72506001,465460004&_include=DeviceUseStatement:device`,
  `Communication?patient=${patient}&reason-code=${SNOMED}|713603004`,
];

function directive(patient: string, code: string, { type = 'deny', ...more }: Record<string, unknown> = {}) {
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: { coding: [{ system: `${CONSENTS}/consentscope`, code: 'treatment' }] },
    category: [{ coding: [{ system: SNOMED, code: '129125009' }] }],
    patient: { reference: `Patient/${patient}` },
    policy: [{ uri: 'https://wetten.overheid.nl/' }],
    dateTime: '2026-03-01',
    provision: { type, code: [{ coding: [{ system: SNOMED, code }] }] },
    ...more,
  };
}

async function posted(service: TestService, resource: object, ask?: Ask): Promise<string> {
  const answer = await service.post((resource as { resourceType: string }).resourceType, resource, ask);
  if (answer.status !== 201) throw new Error(answer.text);
  return `${answer.json.resourceType}/${answer.json.id}`;
}

t.test('withdrawing an agreement', async (t) => {
  const service = await startService(t);
  const stored = await service.post('', EXAMPLE);
  t.equal(stored.status, 200, stored.text.slice(0, 300));
  const patient = idOf(stored, 'Patient');
  await team(service, patient, [URAS.hospital]);
  await permit(service, patient, { parties: [`ura:${URAS.hospice}`] });
  const query2 = queries(patient)[1] as string;
  const before = await card(service);
  const reference = decisionsOn(before, CPR)[0].source.reference as string;
  t.ok(idsIn(await service.get(query2)).includes(reference));
  const moment = new Date().toISOString();

  await t.test('is refused without who and why, in the future, before the agreement was made, and of what is not there', async (t) => {
    for (const [wrong, expression] of [
      [{ who: '' }, 'who'],
      [{ reason: `Hoort bij ${BSN}` }, 'reason'],
      [{ when: '2999-01-01' }, 'when'],
      [{ when: 'gisteren' }, 'when'],
      [{ represented: 'misschien' }, 'represented'],
    ] as [Values, string][]) {
      const answer = await withdraw(service, reference, wrong);
      t.equal(answer.status, 400, answer.text);
      t.equal(answer.json.issue[0].expression[0], expression);
    }
    const earlier = await withdraw(service, reference, { when: '2001-01-01' });
    t.equal(earlier.status, 422, earlier.text);
    t.equal(earlier.json.issue[0].code, 'business-rule');
    t.equal((await withdraw(service, 'Consent/nowhere')).status, 404);
    t.equal((await withdraw(service, reference, {}, { as: 'hospice' })).status, 403, 'theirs to see, not to write');
    t.equal((await withdraw(service, reference, {}, { headers: { 'if-match': 'W/"99"' } })).status, 412);
    t.strictSame((await card(service)).json.decisions, before.json.decisions, 'nothing was changed');
  });

  await t.test('acts on the next request: queries, card, summary, ETag', async (t) => {
    const done = await withdraw(service, reference, { when: '2026-11-20', represented: true }, { as: 'hospital', purpose: 'TREAT' });
    t.equal(done.status, 200, done.text);
    t.equal(done.json.status, 'inactive');
    const [mark] = done.json.extension.filter((x: { url: string }) => x.url === WITHDRAWAL);
    t.match(mark.extension, [
      { url: 'who', valueString: 'de patiënt' },
      { url: 'when', valueDateTime: '2026-11-20' },
      { url: 'reason', valueString: 'Van gedachten veranderd' },
      { url: 'represented', valueBoolean: true },
    ]);
    const now = await card(service, { 'if-none-match': before.headers.get('etag') as string });
    t.equal(now.status, 200, 'the client that has a copy gets the new one');
    t.equal(decisionsOn(now, CPR)[0].decision, 'not-recorded');
    t.notMatch(now.text, reference);
    for (const query of queries(patient)) t.notOk(idsIn(await service.get(query)).includes(reference), query);
    t.notMatch((await service.get(`Patient/${patient}/$acp-summary`)).text, reference);
    t.notOk(idsIn(await service.get(`Patient?_id=${patient}&_revinclude=Consent:patient`)).includes(reference), 'nor as included');
    t.equal((await service.get(`${query2}&_summary=count`)).json.total, (await service.get(query2)).json.total);
  });

  await t.test('keeps it for who asks: by status, by id, in the history and as of then', async (t) => {
    const id = reference.split('/')[1];
    t.ok(idsIn(await service.get(`Consent?patient=${patient}&status=inactive`)).includes(reference));
    t.ok(idsIn(await service.get(`Consent?_id=${id}`)).includes(reference));
    t.ok(idsIn(await service.get(`Consent?patient=${patient}&_lastUpdated=gt2020`)).includes(reference));
    t.equal((await service.get(reference)).json.status, 'inactive');
    t.equal((await service.get(`${reference}/_history`)).json.entry.length, 2);
    t.match((await service.get(`Patient/${patient}/$acp-summary?asOf=${encodeURIComponent(moment)}`)).text, reference);
  });

  await t.test('again changes nothing', async (t) => {
    const again = await withdraw(service, reference, { who: 'iemand anders' });
    t.equal(again.status, 200);
    t.equal(again.json.meta.versionId, '2');
    t.match(JSON.stringify(again.json.extension), /de patiënt/);
  });

  await t.test('holds for a page whose link was given before', async (t) => {
    const first = await service.get(`${query2}&_count=1&_sort=_id`);
    const next = first.json.link.find((link: { relation: string }) => link.relation === 'next').url;
    const all = idsIn(await service.get(`${query2}&_sort=_id`)).filter((one) => one.startsWith('Consent/'));
    const second = all[1] as string;
    t.equal((await withdraw(service, second)).status, 200);
    t.notOk(idsIn(await service.get(next)).includes(second));
  });

  await t.test('does not bring back what it had superseded', async (t) => {
    await posted(service, directive(patient, '116762002', { dateTime: '2025-01-01', type: 'permit' }), { as: 'hospital' });
    const later = await posted(service, directive(patient, '116762002', { dateTime: '2025-06-01' }), { as: 'hospital' });
    const shown = idsIn(await service.get(query2));
    t.ok(shown.includes(later));
    t.equal(decisionsOn(await card(service), '116762002').find((d: any) => d.source?.reference === later).decision, 'do-not');
    t.equal((await withdraw(service, later)).status, 200);
    const answer = await card(service);
    t.notMatch(answer.text, later);
    t.notOk(
      decisionsOn(answer, '116762002').some((d: any) => d.source?.organization === 'Ziekenhuis Lindedorp'),
      'neither is told',
    );
  });

  await t.test('of another source leaves the own one standing', async (t) => {
    const own = await posted(service, directive(patient, '40617009', { dateTime: '2026-11-01', type: 'permit' }));
    const theirs = await posted(service, directive(patient, '40617009', { dateTime: '2026-11-10' }), { as: 'hospital' });
    const sources = async () => decisionsOn(await card(service), '40617009').map((d: any) => d.source.reference);
    t.strictSame(await sources(), [theirs, own], 'a conflict');
    t.equal((await withdraw(service, theirs)).status, 200);
    t.strictSame(await sources(), [own], 'the later one is not taken for a later one of who withdrew it');
  });

  await t.test('a superseded agreement is in no default query', async (t) => {
    const old = await posted(service, directive(patient, '281789004', { dateTime: '2024-01-01', type: 'permit' }), { as: 'hospital' });
    t.ok(idsIn(await service.get(query2)).includes(old));
    const later = await posted(service, directive(patient, '281789004', { dateTime: '2024-06-01' }), { as: 'hospital' });
    const shown = idsIn(await service.get(query2));
    t.ok(shown.includes(later) && !shown.includes(old));
    t.ok(idsIn(await service.get(`${query2}&status=active`)).includes(old), 'who asks by status gets it');
    t.notOk(idsIn(await service.get(`Consent?category=${SNOMED}|129125009`)).includes(old), 'nor in a search over all patients');
  });

  await t.test('withdrawing the plan withdraws all that was agreed in it, and a later conversation begins a new one', async (t) => {
    const plan = (await card(service)).json.plan.reference as string;
    const draft = await posted(service, directive(patient, '305351004', { status: 'entered-in-error' }));
    t.equal((await withdraw(service, draft)).status, 422, 'nothing of it was in force');
    t.equal((await withdraw(service, plan, {}, { as: 'hospice' })).status, 403);
    const done = await withdraw(service, plan);
    t.equal(done.status, 200, done.text);
    t.equal(done.json.status, 'revoked');
    t.equal((await card(service)).json.status, 'none-available');
    t.equal((await service.get(`Patient/${patient}/$acp-summary`)).status, 404);
    const [, treatment, wills, goals, observations] = await Promise.all(queries(patient).map((query) => service.get(query)));
    for (const answer of [treatment, wills, goals]) t.equal(answer?.json.total, 0);
    const wishes = JSON.stringify(observations?.json.entry).match(/153851000146100|395091006|340171000146104|247751003/g);
    t.equal(wishes, null, 'wishes are taken back, facts stay');
    t.match(JSON.stringify(observations?.json.entry), /665671000146101/);
    const again = await withdraw(service, plan);
    t.strictSame([again.status, again.json.meta.versionId], [200, done.json.meta.versionId]);
    const fresh = await posted(service, directive(patient, CPR, { dateTime: '2026-11-21', type: 'permit' }));
    const answer = await card(service);
    t.equal(answer.json.status, 'found');
    t.not(answer.json.plan.reference, plan);
    t.equal(decisionsOn(answer, CPR)[0].source.reference, fresh);
    t.equal(answer.json.decisions.filter((d: any) => d.decision !== 'not-recorded').length, 1, 'nothing of the old plan comes back');
    t.equal(answer.json.goal.status, 'not-recorded');
  });
});

t.test('verifying a copy of the plan', async (t) => {
  const service = await startService(t);
  const patient = idOf(await service.post('', EXAMPLE), 'Patient');
  const before = await card(service);
  const plan = before.json.plan.reference as string;
  const verify = (version: string) => service.get(`${plan}/$verify?version=${encodeURIComponent(version)}`);
  const value = (answer: Answer, name: string) => answer.json.parameter.find((p: any) => p.name === name);
  const changed = (answer: Answer) =>
    answer.json.parameter
      .filter((p: any) => p.name === 'changed')
      .map((p: any) => Object.fromEntries(p.part.map((part: any) => [part.name, part.valueString ?? part.valueDateTime])));
  const same = await verify(before.json.version);
  t.equal(same.status, 200, same.text);
  t.equal(value(same, 'current').valueBoolean, true);
  t.strictSame(changed(same), []);
  await withdraw(service, decisionsOn(before, CPR)[0].source.reference, { when: '2026-11-20' });
  await posted(service, directive(patient, '305351004', { dateTime: '2026-11-21', type: 'permit' }));
  const stale = await verify(before.headers.get('etag') as string);
  t.equal(value(stale, 'current').valueBoolean, false);
  t.equal(`${value(stale, 'version').valueString}`, (await card(service)).json.version.split('-')[0]);
  const of = (what: string) => changed(stale).find((one: any) => one.what === what);
  t.match(of('Reanimatie'), { by: 'Ingetrokken door de patiënt', when: '2026-11-20' });
  t.match(of('Opname op de intensive care'), { by: 'Huisartsenpraktijk Lindedorp', when: '2026-11-21' });
  t.notOk(of('Antibiotica'), 'what did not change is not told');
  await withdraw(service, plan);
  const withdrawn = await verify(before.json.version);
  t.equal(value(withdrawn, 'status').valueCode, 'revoked');
  t.equal(value(withdrawn, 'withdrawn').part[0].valueString, 'de patiënt');
  t.ok(changed(withdrawn).length > 5);
  t.equal((await verify('9999')).status, 404);
  t.equal((await verify('1-00000000')).status, 400, 'of another plan');
  t.equal((await verify('laatste')).status, 400);
});

t.test('agreements that contradict each other', async (t) => {
  let now = Date.parse('2026-11-22T12:00:00Z');
  const service = await startService(t, { clock: () => now });
  const patient = idOf(await service.post('', EXAMPLE), 'Patient');
  const prefer = { headers: { prefer: 'return=OperationOutcome' } };
  const told = (answer: Answer) =>
    answer.json.issue
      .filter((i: any) => i.details?.coding?.[0]?.code?.startsWith('contradiction-'))
      .map((i: any) => i.details.coding[0].code);
  const first = await service.post('Consent', directive(patient, CPR, { dateTime: '2026-11-20', type: 'permit' }), prefer);
  t.equal(first.status, 201);
  const second = await service.post('Consent', directive(patient, '305351004', { dateTime: '2026-11-20' }), prefer);
  t.equal(second.status, 201, 'it is stored all the same');
  t.ok(told(second).includes('contradiction-cpr-icu'), second.text);
  const issue = second.json.issue.find((i: any) => i.details?.coding?.[0]?.code === 'contradiction-cpr-icu');
  t.equal(issue.severity, 'warning');
  t.match(issue.details.text, 'Na een geslaagde reanimatie volgt opname op de intensive care.');
  const entry = (resource: object) => ({ resource, request: { method: 'POST', url: 'Consent' } });
  const bundle = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [entry(directive(patient, '32485007', { dateTime: '2026-11-20' }))],
  };
  const posted = await service.post('', bundle, prefer);
  t.match(JSON.stringify(posted.json.entry[0].response.outcome), 'contradiction-cpr-hospital');
  const answer = await card(service);
  const warnings = answer.json.warnings.filter((w: any) => w.code === 'contradiction').map((w: any) => w.text);
  t.ok(warnings.some((text: string) => text.startsWith('Reanimatie: wel, opname op de intensive care: niet.')));
  t.equal(decisionsOn(answer, CPR)[0].decision, 'do', 'nothing is mended');
  const page = await service.post('/v1/emergency-card', { bsn: BSN }, { headers: { accept: 'text/html' } });
  t.match(page.text, 'Na een geslaagde reanimatie volgt opname op de intensive care.');

  await t.test('how fresh it is, is counted when it is told', async (t) => {
    const fresh = (await card(service)).json.freshness;
    t.strictSame([fresh.agreedOn, fresh.agreedAgo, fresh.reviewOverdue], ['2026-11-20', '2 dagen geleden', null]);
    now = Date.parse('2028-01-22T12:00:00Z');
    const later = (await card(service)).json;
    t.equal(later.freshness.agreedAgo, '14 maanden geleden');
    t.match(later.freshness.text, /^Vastgesteld 14 maanden geleden, /);
    t.equal(decisionsOn({ json: later } as Answer, CPR)[0].decision, 'do', 'an old wish is not hidden');
    t.equal(later.version, answer.json.version, 'and nothing was computed anew');
  });
});

t.test('marking the palliative phase', async (t) => {
  const service = await startService(t);
  const patient = (await service.post('Patient', { resourceType: 'Patient', name: [{ family: 'Proef' }] })).json.id as string;
  const given = (values: [string, string, unknown][]) => ({
    resourceType: 'Parameters',
    parameter: values.map(([name, type, value]) => ({ name, [`value${type}`]: value })),
  });
  const mark = (more: [string, string, unknown][], ask?: Ask) => service.post(`Patient/${patient}/$mark`, given(more), ask);
  const found: [string, string, unknown][] = [
    ['instrument', 'Code', 'surprise-question'],
    ['answer', 'Code', 'not-surprised-by-death'],
    ['date', 'Date', '2026-11-01'],
    ['by', 'String', 'S. Yilmaz, huisarts'],
  ];
  const flags = async () => (await service.get(`Flag?patient=${patient}&status=active`)).json.entry ?? [];
  t.equal((await mark(found.slice(1))).status, 400, 'without an instrument');
  t.equal((await mark([...found, ['urgency', 'Code', 'paars']])).status, 400);
  t.equal(
    (
      await mark([
        ['end', 'Date', '2026-11-02'],
        ['reason', 'String', 'hersteld'],
      ])
    ).status,
    422,
    'nothing to end',
  );
  t.equal((await mark(found, { as: 'hospital' })).status, 404);
  const first = await mark([...found, ['urgency', 'Code', 'orange'], ['readyToTalk', 'Boolean', false]]);
  t.equal(first.status, 200, first.text);
  t.match(first.json, { status: 'active', period: { start: '2026-11-01' }, author: { display: 'S. Yilmaz, huisarts' } });
  const later = found.map(([name, type, value]): [string, string, unknown] => [name, type, name === 'date' ? '2026-11-10' : value]);
  const [a, b] = await Promise.all([
    mark([...later, ['readyToTalk', 'Boolean', true]]),
    mark([...later, ['readyToTalk', 'Boolean', true]]),
  ]);
  t.strictSame([a.json.id, b.json.id], [first.json.id, first.json.id], 'one marking, whoever marks');
  t.equal((await flags()).length, 1);
  t.equal(a.json.period.start, '2026-11-01', 'marked since its first day');
  t.match(JSON.stringify(a.json.extension), /orange/, 'what is not said again stays');
  t.equal((await service.get(`Flag?urgency=orange&ready-to-talk=true&status=active`)).json.total, 1);
  const ended = await mark([
    ['end', 'Date', '2026-11-12'],
    ['reason', 'String', 'Onverwacht hersteld'],
  ]);
  t.match(ended.json, { status: 'inactive', period: { start: '2026-11-01', end: '2026-11-12' } });
  t.equal((await flags()).length, 0);
});
