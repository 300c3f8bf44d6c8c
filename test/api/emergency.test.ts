// The critical moment, as those who ask live it: one call, the right answer, at once, never from memory.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { type Answer, startService, type TestService } from '../harness/service.js';
import { permit, team, URAS } from '../harness/sharing.js';

const EXAMPLE = readFileSync(new URL('../../examples/conversation.transaction.json', import.meta.url), 'utf8');
const BSN_SYSTEM = 'http://fhir.nl/fhir/NamingSystem/bsn';
const BSN = '900186021';
const CPR = '89666000';
const CORE = ['89666000', '40617009', '305351004', '32485007', '281789004', '116762002'];
const AMBULANCE = { as: 'ambulance', purpose: 'ETREAT' };

interface Decision {
  treatment: { system: string; code: string };
  decision: string;
  text: string | null;
  conflict: boolean;
  superseded: boolean;
  source: { reference: string; organization: string } | null;
}

const card = (service: TestService, bsn = BSN, headers: Record<string, string> = {}): Promise<Answer> =>
  service.post('/v1/emergency-card', { bsn }, { ...AMBULANCE, headers });
const decisionsOn = (answer: Answer, code: string): Decision[] => answer.json.decisions.filter((d: Decision) => d.treatment.code === code);
const idOf = (answer: Answer, type: string): string =>
  answer.json.entry
    .map((entry: { response: { location?: string } }) => entry.response.location ?? '')
    .find((location: string) => location.includes(`/${type}/`))
    .split('/')
    .at(-3);

function directive(patient: string, code: string, more: Record<string, unknown>): Record<string, unknown> {
  const { type, ...rest } = more;
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'treatment' }] },
    category: [{ coding: [{ system: 'http://snomed.info/sct', code: '129125009' }] }],
    patient: { reference: `Patient/${patient}` },
    policy: [{ uri: 'https://wetten.overheid.nl/' }],
    provision: { ...(type === undefined ? {} : { type }), code: [{ coding: [{ system: 'http://snomed.info/sct', code }] }] },
    ...rest,
  };
}

t.test('after a GP posted a conversation', async (t) => {
  const service = await startService(t);
  const posted = await service.post('', EXAMPLE);
  t.equal(posted.status, 200, posted.text.slice(0, 500));
  const patient = idOf(posted, 'Patient');
  await team(service, patient, [URAS.hospital, URAS.homecare, URAS.hospice]);

  await t.test('an ambulance gets the card in one call', async (t) => {
    const answer = await card(service);
    t.equal(answer.status, 200);
    t.equal(answer.headers.get('cache-control'), 'no-store');
    t.match(answer.headers.get('content-type'), /^application\/json/);
    t.equal(answer.json.status, 'found');
    t.strictSame(
      CORE.map((code) => decisionsOn(answer, code).length),
      CORE.map(() => 1),
      'each of the six core treatments once',
    );
    t.equal(decisionsOn(answer, CPR)[0]?.decision, 'do-not');
    t.equal(decisionsOn(answer, CPR)[0]?.conflict, false);
    t.match(answer.json.representative.phones[0].number, /\d/);
    t.equal(answer.headers.get('etag'), `W/"${answer.json.version}"`);
  });

  await t.test('an out-of-hours GP gets the same answer as a FHIR document', async (t) => {
    const json = await card(service);
    for (const ask of [
      { body: { resourceType: 'Parameters', parameter: [{ name: 'identifier', valueIdentifier: { system: BSN_SYSTEM, value: BSN } }] } },
      { form: { identifier: `${BSN_SYSTEM}|${BSN}` } },
      { form: { identifier: `urn:oid:2.16.840.1.113883.2.4.6.3|${BSN}` } },
    ]) {
      const answer = await service.ask('POST', 'Patient/$acp-summary', { as: 'hap', purpose: 'ETREAT', ...ask });
      t.equal(answer.status, 200, answer.text.slice(0, 300));
      t.equal(answer.json.type, 'document');
      t.equal(answer.json.entry[0].resource.resourceType, 'Composition');
      t.equal(answer.json.entry[1].resource.resourceType, 'Patient');
      t.equal(answer.headers.get('etag'), json.headers.get('etag'), 'one ETag for card and document');
      const all = new Set(
        answer.json.entry.map((e: { resource: { resourceType: string; id: string } }) => `${e.resource.resourceType}/${e.resource.id}`),
      );
      for (const section of answer.json.entry[0].resource.section.flatMap((s: { entry?: { reference: string }[] }) => s.entry ?? [])) {
        t.ok(all.has(section.reference), `${section.reference} is in the document`);
      }
    }
    const byId = await service.get(`Patient/${patient}/$acp-summary`, { as: 'hap' });
    t.equal(byId.status, 200);
    t.equal(
      (
        await service.get(`Patient/${patient}/$acp-summary`, {
          as: 'hap',
          headers: { 'if-none-match': byId.headers.get('etag') as string },
        })
      ).status,
      304,
    );
    t.equal((await card(service, BSN, { 'if-none-match': byId.headers.get('etag') as string })).status, 304);
  });

  await t.test('a phone gets a page in Dutch that runs and fetches nothing', async (t) => {
    const page = await card(service, BSN, { accept: 'text/html' });
    t.equal(page.status, 200);
    t.match(page.headers.get('content-type'), /^text\/html/);
    t.match(page.headers.get('content-security-policy'), /default-src 'none'/);
    const style = /<style>([\s\S]*?)<\/style>/.exec(page.text)?.[1] as string;
    const hash = createHash('sha256').update(style, 'utf8').digest('base64');
    t.match(page.headers.get('content-security-policy'), `style-src 'sha256-${hash}'`);
    t.notMatch(page.headers.get('content-security-policy'), /unsafe/);
    t.match(page.text, /lang="nl"/);
    t.match(page.text, /Niet reanimeren/i);
    t.notMatch(page.text, /<script|src=|https?:\/\/(?!www\.w3\.org)/i);
    t.notMatch(page.text, BSN);
  });

  await t.test('a change is in the next answer, and in its ETag', async (t) => {
    const before = await card(service);
    const later = directive(patient, CPR, { type: 'permit', dateTime: '2026-10-20' });
    const created = await service.post('Consent', later);
    t.equal(created.status, 201, created.text.slice(0, 300));
    const after = await card(service);
    t.equal(decisionsOn(after, CPR).length, 1, 'a later conversation of the same organisation supersedes');
    t.equal(decisionsOn(after, CPR)[0]?.decision, 'do');
    t.not(after.json.version, before.json.version);
    t.equal(
      (await card(service, BSN, { 'if-none-match': before.headers.get('etag') as string })).status,
      200,
      'the old ETag no longer holds',
    );

    const gone = await service.ask('DELETE', `Consent/${created.json.id}`);
    t.equal(gone.status, 204);
    t.equal(decisionsOn(await card(service), CPR)[0]?.decision, 'do-not');
  });

  await t.test('another organisation that says otherwise makes a conflict, both shown, newest first', async (t) => {
    const other = await service.post('Consent', directive(patient, CPR, { type: 'permit', dateTime: '2026-11-01' }), { as: 'hospital' });
    t.equal(other.status, 201);
    const answer = decisionsOn(await card(service), CPR);
    t.strictSame(
      answer.map(({ decision, conflict }) => [decision, conflict]),
      [
        ['do', true],
        ['do-not', true],
      ],
    );
    t.equal(answer[0]?.source?.organization, 'Ziekenhuis Lindedorp');
    const page = await card(service, BSN, { accept: 'text/html' });
    t.match(page.text, /tegenstrijdig|tegenspr/i);
    await service.ask('DELETE', `Consent/${other.json.id}`, { as: 'hospital' });
  });

  await t.test('what cannot be understood is never do or do-not', async (t) => {
    const odd = directive(patient, '116762002', {
      type: 'permit',
      dateTime: '2026-11-02',
      modifierExtension: [{ url: 'https://elsewhere.example/only-if', valueBoolean: true }],
    });
    const created = await service.post('Consent', odd);
    t.equal(created.status, 201, created.text.slice(0, 300));
    const answer = decisionsOn(await card(service), '116762002');
    t.equal(answer[0]?.decision, 'cannot-interpret');
    t.equal(answer[0]?.source?.reference, `Consent/${created.json.id}`);
    t.strictSame((await service.get(`Consent/${created.json.id}`)).json.modifierExtension, odd.modifierExtension);
    await service.ask('DELETE', `Consent/${created.json.id}`);
  });

  await t.test('a changed practitioner shows on the card at once', async (t) => {
    const practitioner = (await service.get('Practitioner?identifier=http://fhir.nl/fhir/NamingSystem/uzi-nr-pers|999000101')).json.entry[0]
      .resource;
    const renamed = { ...practitioner, name: [{ use: 'official', text: 'Noor Anders', family: 'Anders', given: ['Noor'] }] };
    t.equal((await service.put(`Practitioner/${practitioner.id}`, renamed)).status, 200);
    t.match((await card(service)).text, /Anders/);
  });

  await t.test('preferred place of death is told the same as Goal and as Observation, whichever is written', async (t) => {
    const observations = () => service.get(`Observation?patient=${patient}&code=http://snomed.info/sct|395091006&_sort=-date`);
    const place = (resource: {
      target?: { measure?: { coding: { code: string }[] }; detailCodeableConcept: { coding: { code: string }[] } }[];
    }) => resource.target?.find((target) => target.measure?.coding[0]?.code === '395091006')?.detailCodeableConcept.coding[0]?.code;
    const goals = async () => (await service.get(`Goal?patient=${patient}`)).json.entry.map((e: { resource: never }) => e.resource);
    const goal = (await goals()).find((g: never) => place(g) !== undefined);
    t.equal(place(goal), '264362003', 'the Observation made a Goal');
    const changed = structuredClone(goal);
    changed.target.find(
      (target: { measure: { coding: { code: string }[] } }) => target.measure.coding[0]?.code === '395091006',
    ).detailCodeableConcept = {
      coding: [{ system: 'http://snomed.info/sct', code: '284546000' }],
    };
    changed.statusDate = '2026-11-10';
    t.equal((await service.put(`Goal/${goal.id}`, changed)).status, 200);
    t.equal((await observations()).json.entry[0].resource.valueCodeableConcept.coding[0].code, '284546000', 'the Goal made an Observation');
    t.equal((await card(service)).json.preferredPlaceOfDeath.value.code, '284546000');
    t.equal(
      (await service.get(`Goal?patient=${patient}&description=http://snomed.info/sct|713148004`)).json.total,
      1,
      'it is no treatment goal',
    );
  });

  await t.test('there is one active plan, and what is posted ends in it', async (t) => {
    const plans = async () => (await service.get(`CarePlan?patient=${patient}&status=active`)).json;
    const [before] = (await plans()).entry;
    const own = {
      resourceType: 'CarePlan',
      status: 'active',
      intent: 'plan',
      subject: { reference: `Patient/${patient}` },
      note: [{ text: 'Hospice kent mevrouw.' }],
    };
    const posted = await service.post('CarePlan', own, { as: 'hospice' });
    t.equal(posted.status, 200, posted.text.slice(0, 300));
    t.equal((await plans()).total, 1);
    const [after] = (await plans()).entry;
    t.equal(after.resource.id, before.resource.id);
    t.match(JSON.stringify(after.resource.note), 'Hospice kent mevrouw.');
    const goal = {
      resourceType: 'Goal',
      lifecycleStatus: 'active',
      description: { text: 'Nog eenmaal naar zee' },
      subject: { reference: `Patient/${patient}` },
    };
    const created = await service.post('Goal', goal, { as: 'homecare' });
    t.ok((await plans()).entry[0].resource.goal.some((g: { reference: string }) => g.reference === `Goal/${created.json.id}`));
    t.equal((await service.put(`CarePlan/${after.resource.id}`, after.resource)).status, 428, 'an update says which version it changes');
    t.equal((await service.put(`CarePlan/${after.resource.id}`, after.resource, { headers: { 'if-match': 'W/"1"' } })).status, 412);
  });
});

t.test('when there is nothing to tell', async (t) => {
  const service = await startService(t);

  await t.test('nothing known is none-available, and 404 in FHIR that says the same', async (t) => {
    const answer = await card(service, '123456782');
    t.equal(answer.status, 200);
    t.equal(answer.json.status, 'none-available');
    t.notOk('decisions' in answer.json);
    const document = await service.ask('POST', 'Patient/$acp-summary', { ...AMBULANCE, form: { identifier: `${BSN_SYSTEM}|123456782` } });
    t.equal(document.status, 404);
    t.equal(document.json.resourceType, 'OperationOutcome');
    t.match(document.json.issue[0].diagnostics, /available/);
    t.match((await card(service, '123456782', { accept: 'text/html' })).text, /Geen zorgplan beschikbaar/);
  });

  await t.test('a patient without agreements is none-available; one agreement makes the others not-recorded', async (t) => {
    const patient = await service.post('Patient', {
      resourceType: 'Patient',
      identifier: [{ system: BSN_SYSTEM, value: '111222333' }],
      name: [{ text: 'Proef Persoon' }],
    });
    await permit(service, patient.json.id, { parties: ['type:AMB'] });
    t.equal((await card(service, '111222333')).json.status, 'none-available');
    await service.post('Consent', directive(patient.json.id, CPR, { type: 'deny', dateTime: '2026-11-01' }));
    const answer = await card(service, '111222333');
    t.equal(answer.json.status, 'found');
    t.strictSame(
      CORE.map((code) => decisionsOn(answer, code)[0]?.decision),
      ['do-not', 'not-recorded', 'not-recorded', 'not-recorded', 'not-recorded', 'not-recorded'],
    );
  });

  await t.test('an invalid BSN is refused and not repeated', async (t) => {
    for (const bsn of ['123456789', '000000000', '12345678', '1234567890', 'abcdefghi', '']) {
      const answer = await card(service, bsn);
      t.equal(answer.status, 400, bsn);
      t.equal(answer.json.resourceType, 'OperationOutcome');
      if (bsn !== '') t.notMatch(answer.text, bsn);
    }
    for (const body of ['{"bsn":123456782}', '{"bsn":', '[]', '"x"', '{}'])
      t.equal((await service.post('/v1/emergency-card', body, AMBULANCE)).status, 400, body);
    t.notMatch(service.log(), '123456789');
  });

  await t.test('without a token nothing is answered', async (t) => {
    for (const answer of [
      await service.post('/v1/emergency-card', { bsn: '111222333' }, { as: null }),
      await service.ask('POST', 'Patient/$acp-summary', { as: null, form: { identifier: `${BSN_SYSTEM}|111222333` } }),
      await service.get('Patient', { as: null }),
    ]) {
      t.equal(answer.status, 401);
      t.match(answer.headers.get('www-authenticate'), /^Bearer/);
      t.equal(answer.json.resourceType, 'OperationOutcome');
    }
    t.equal((await service.get('metadata', { as: null })).status, 200);
  });

  await t.test('an agreement with an end is out of the answer the moment it ends', async (t) => {
    let now = Date.parse('2026-11-22T10:00:00Z');
    const timed = await startService(t, { clock: () => now });
    const patient = await timed.post('Patient', { resourceType: 'Patient', identifier: [{ system: BSN_SYSTEM, value: '999911120' }] });
    await permit(timed, patient.json.id, { parties: ['type:AMB'] });
    const ending = directive(patient.json.id, CPR, { dateTime: '2026-11-01' });
    (ending as { provision: Record<string, unknown> }).provision = {
      ...(ending.provision as object),
      type: 'deny',
      period: { start: '2026-11-01', end: '2026-11-22' },
    };
    t.equal((await timed.post('Consent', ending)).status, 201);
    t.equal(decisionsOn(await card(timed, '999911120'), CPR)[0]?.decision, 'do-not');
    now = Date.parse('2026-11-22T23:30:00Z');
    const after = await card(timed, '999911120');
    t.not(decisionsOn(after, CPR)[0]?.decision, 'do-not', 'midnight in Amsterdam has passed');
  });
});

t.test('every request leaves its audit before it is answered', async (t) => {
  const service = await startService(t);
  const posted = await service.post('', EXAMPLE);
  const patient = idOf(posted, 'Patient');
  const rows = async (where: string) =>
    (
      await service.database.pool.query(
        `SELECT patient_id, action, interaction, outcome, client_id, purpose, entity FROM audit_event WHERE ${where} ORDER BY recorded, id`,
      )
    ).rows;
  t.equal((await rows("interaction = 'transaction'")).length, 1, 'one row for a request about one patient');
  t.strictSame((await rows("interaction = 'transaction'"))[0].patient_id, patient);

  const since = new Date();
  await card(service);
  const [read] = await rows(`interaction = 'emergency-card' AND recorded >= '${since.toISOString()}'`);
  t.match(read, { patient_id: patient, outcome: 'success', client_id: 'ambulance', purpose: 'ETREAT' });
  await card(service, '123456782');
  t.match((await rows("interaction = 'emergency-card' AND outcome = 'empty'"))[0], { patient_id: null, client_id: 'ambulance' });
  await service.get(`Consent?patient=${patient}&category=nothing`);
  t.match((await rows("interaction = 'search-type' AND outcome = 'empty'"))[0], { patient_id: patient, client_id: 'gp' });
  await service.get('Patient/nobody');
  t.equal((await rows("interaction = 'read' AND outcome = 'empty'")).length, 1);
  await t.rejects(service.database.pool.query("UPDATE audit_event SET outcome = 'success'"));
  await t.rejects(service.database.pool.query('DELETE FROM audit_event'));

  await t.test('and when the database cannot take it now it comes there later', async (t) => {
    await service.database.pool.query('ALTER TABLE audit_event RENAME TO audit_event_away');
    const during = new Date();
    t.equal((await card(service)).status, 200);
    await service.database.pool.query('ALTER TABLE audit_event_away RENAME TO audit_event');
    for (const until = Date.now() + 10_000; Date.now() < until; await delay(100))
      if ((await rows(`interaction = 'emergency-card' AND recorded >= '${during.toISOString()}'`)).length > 0) break;
    t.equal((await rows(`interaction = 'emergency-card' AND recorded >= '${during.toISOString()}'`)).length, 1);
  });
});

t.test('a wish is never without its patient, nor told about another', async (t) => {
  const service = await startService(t);
  const person = (bsn: string | undefined, more: object = {}) => ({
    resourceType: 'Patient',
    name: [{ text: `Proef ${bsn}` }],
    ...(bsn && { identifier: [{ system: BSN_SYSTEM, value: bsn }] }),
    ...more,
  });
  const a = (await service.post('Patient', person('111222333'))).json;
  const b = (await service.post('Patient', person('999911120'))).json;
  await permit(service, a.id, { parties: ['type:AMB'] });
  await permit(service, b.id, { parties: ['type:AMB'] });
  const wish = (await service.post('Consent', directive(a.id, CPR, { type: 'deny', dateTime: '2026-11-01' }))).json;

  const removed = await service.ask('DELETE', `Patient/${a.id}`);
  t.equal(removed.status, 409, removed.text.slice(0, 300));
  t.match(removed.json.issue[0], { severity: 'error', code: 'conflict', diagnostics: /CarePlan, Consent/ });
  const nameless = await service.put(`Patient/${a.id}`, person(undefined, { id: a.id }));
  t.equal(nameless.status, 409, nameless.text.slice(0, 300));
  t.match(nameless.json.issue[0], { code: 'conflict', expression: ['Patient.identifier'] });
  t.notMatch(removed.text + nameless.text, '111222333');
  t.equal(decisionsOn(await card(service, '111222333'), CPR)[0]?.decision, 'do-not', 'and all is as it was');

  const corrected = await service.put(`Patient/${a.id}`, person('123456782', { id: a.id }));
  t.equal(corrected.status, 200, 'a wrong BSN can be put right');
  t.equal((await card(service, '111222333')).json.status, 'none-available');
  t.equal(decisionsOn(await card(service, '123456782'), CPR)[0]?.decision, 'do-not');

  const before = await card(service, '123456782');
  const moved = await service.put(`Consent/${wish.id}`, { ...wish, patient: { reference: `Patient/${b.id}` } });
  t.equal(moved.status, 200, moved.text.slice(0, 300));
  t.equal(decisionsOn(await card(service, '999911120'), CPR)[0]?.decision, 'do-not', 'told about the patient it now names');
  t.equal((await card(service, '123456782')).json.status, 'none-available', 'and about nobody else');

  const anew = await service.post('Consent', directive(a.id, CPR, { type: 'permit', dateTime: '2026-11-02' }));
  t.equal(anew.status, 201);
  const after = await card(service, '123456782', { 'if-none-match': before.headers.get('etag') as string });
  t.equal(after.status, 200, 'the next plan of a patient does not have the ETag of the one before');
  t.equal(decisionsOn(after, CPR)[0]?.decision, 'do');

  const left = ['CarePlan', 'Consent'].map(async (type) => (await service.get(`${type}?patient=${a.id}`)).json.entry ?? []);
  const entry = [{ resource: a }, ...(await Promise.all(left)).flat()].map(({ resource }) => ({
    request: { method: 'DELETE', url: `${resource.resourceType}/${resource.id}` },
  }));
  const whole = await service.post('', { resourceType: 'Bundle', type: 'transaction', entry });
  t.equal(whole.status, 200, whole.text.slice(0, 500));
  t.equal((await card(service, '123456782')).json.status, 'none-available');
});

t.test('what time changes is no 304 to who holds the answer of before', async (t) => {
  let now = Date.parse('2026-11-22T10:00:00Z');
  const service = await startService(t, { clock: () => now });
  const patient = (await service.post('Patient', { resourceType: 'Patient', identifier: [{ system: BSN_SYSTEM, value: '999911120' }] }))
    .json;
  await permit(service, patient.id, { parties: ['type:AMB'] });
  await service.post('Consent', directive(patient.id, CPR, { type: 'deny', dateTime: '2020-01-01' }));
  const trial = directive(patient.id, CPR, { dateTime: '2026-11-01' });
  (trial as { provision: object }).provision = { ...(trial.provision as object), type: 'permit', period: { end: '2026-11-22' } };
  await service.post('Consent', trial);
  const related = { resourceType: 'RelatedPerson', patient: { reference: `Patient/${patient.id}` }, name: [{ text: 'Buur' }] };
  t.equal((await service.post('RelatedPerson', { ...related, period: { end: '2026-11-23' } })).status, 201);
  const first = await card(service, '999911120');
  t.equal(decisionsOn(first, CPR)[0]?.decision, 'do');
  const held = { 'if-none-match': first.headers.get('etag') as string };
  t.equal((await card(service, '999911120', held)).status, 304);
  now = Date.parse('2026-11-22T23:30:00Z');
  const second = await card(service, '999911120', held);
  t.equal(second.status, 200, 'the agreement has ended');
  t.not(decisionsOn(second, CPR)[0]?.decision, 'do');
  const summary = await service.get(`Patient/${patient.id}/$acp-summary`, { headers: held });
  t.equal(summary.status, 200);
  t.equal(summary.headers.get('etag'), second.headers.get('etag'));
  t.equal(second.json.contacts.length, 1);
  now = Date.parse('2026-11-23T23:30:00Z');
  const third = await card(service, '999911120', { 'if-none-match': second.headers.get('etag') as string });
  t.equal(third.status, 200, 'a contact person is no longer one');
  t.equal(third.json.contacts.length, 0);
});
