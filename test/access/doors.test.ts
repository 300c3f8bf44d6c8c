// Doors that are not the record's own rules: the glass that urgent care may break, the national register, the strict pilot.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { readPdf, readQrCode } from '../api/pdf-reading.js';
import { startService, type TestService } from '../harness/service.js';
import { permit, URAS } from '../harness/sharing.js';

const BSN_SYSTEM = 'http://fhir.nl/fhir/NamingSystem/bsn';
const BSN = '999911120';
const OTHER = '111222333';
const UNKNOWN = '123456782';
const REASON = 'Bewusteloos aangetroffen, naasten niet bereikbaar';
const URGENT = { as: 'user:ambulance:anna', purpose: 'ETREAT' };
const NOW = Date.parse('2026-11-22T10:00:00Z');

async function withPatient(service: TestService, bsn = BSN): Promise<string> {
  const patient = await service.post('Patient', {
    resourceType: 'Patient',
    identifier: [{ system: BSN_SYSTEM, value: bsn }],
    name: [{ family: 'Proef' }],
  });
  const directive = {
    resourceType: 'Consent',
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'treatment' }] },
    category: [{ coding: [{ system: 'http://snomed.info/sct', code: '129125009' }] }],
    patient: { reference: `Patient/${patient.json.id}` },
    dateTime: '2026-11-01',
    policy: [{ uri: 'https://wetten.overheid.nl/' }],
    provision: { type: 'deny', code: [{ coding: [{ system: 'http://snomed.info/sct', code: '89666000' }] }] },
  };
  const stored = await service.post('Consent', directive);
  if (stored.status !== 201) throw new Error(stored.text);
  return patient.json.id;
}

const card = (service: TestService, body: object, more: object = {}) =>
  service.post('/v1/emergency-card', { bsn: BSN, ...body }, { ...URGENT, ...more });
const lastEvent = async (service: TestService) =>
  (await service.database.pool.query('SELECT * FROM audit_event ORDER BY seq DESC LIMIT 1')).rows[0];

t.test('the glass stays whole unless the service lets it be broken', async (t) => {
  const service = await startService(t);
  const patient = await withPatient(service);
  for (const body of [{}, { reason: REASON }]) {
    const answer = await card(service, body);
    t.strictSame([answer.status, answer.json.status], [200, 'none-available']);
    t.match(await lastEvent(service), { outcome: 'denied', reason: 'no-permission', patient_id: patient, emergency: true });
  }
  t.equal((await service.get(`Task?patient=${patient}`)).json.total, 0);
});

t.test('where it may be broken', async (t) => {
  let now = NOW;
  const service = await startService(t, { env: { BREAK_GLASS: 'on' }, clock: () => now });
  const patient = await withPatient(service);
  await withPatient(service, OTHER);

  await t.test('a reason is needed, of ten characters, whoever the patient is', async (t) => {
    t.equal((await card(service, {})).json.status, 'none-available');
    for (const bsn of [BSN, OTHER]) {
      const short = await card(service, { bsn, reason: '  spoed   ' });
      t.strictSame([short.status, short.json.issue[0].expression], [400, ['reason']]);
    }
    t.equal((await card(service, { bsn: UNKNOWN, reason: REASON })).json.status, 'none-available', 'nothing known stays nothing known');
    const inUrl = await service.get(`Patient/${patient}/$acp-summary?reason=${encodeURIComponent(REASON)}`, URGENT);
    t.equal(inUrl.status, 400);
  });

  await t.test('only by urgent carers, for urgent treatment', async (t) => {
    t.equal((await card(service, { reason: REASON }, { purpose: 'TREAT' })).json.status, 'none-available');
    t.equal((await card(service, { reason: REASON }, { as: 'homecare', purpose: undefined })).json.status, 'none-available');
  });

  await t.test('card and summary are shown, marked, and nothing else is', async (t) => {
    const answer = await card(service, { reason: REASON });
    t.equal(answer.json.status, 'found');
    t.equal(answer.json.breakGlass.until, new Date(now + 3_600_000).toISOString());
    t.match(answer.json.decisions[0], { decision: 'do-not' });
    t.match(await lastEvent(service), {
      outcome: 'success',
      policy: 'break-glass',
      emergency: true,
      patient_id: patient,
      details: { breakGlassReason: REASON },
    });
    const page = await card(service, {}, { headers: { accept: 'text/html' } });
    t.match(page.text, /zonder toestemming/);
    const summary = await service.ask('POST', 'Patient/$acp-summary', { ...URGENT, form: { identifier: `${BSN_SYSTEM}|${BSN}` } });
    t.equal(summary.status, 200);
    t.match(summary.json.meta.security, [{ code: 'BTG' }]);
    const paper = await service.get(`Patient/${patient}/$acp-summary`, { ...URGENT, headers: { accept: 'application/pdf' } });
    t.equal(paper.status, 200);
    t.match((await readPdf(paper.bytes)).pages[0], /Ingezien zonder toestemming, om een noodgeval/);
    t.notOk(readQrCode(paper.bytes), 'and not signed to be carried about');
    for (const url of [`Patient/${patient}`, `Consent?patient=${patient}`]) {
      const answer = await service.get(url, URGENT);
      t.ok(answer.status === 404 || answer.json.total === 0, url);
    }
  });

  await t.test('the keeper of the record gets one task, without what the user wrote', async (t) => {
    const tasks = (await service.get(`Task?patient=${patient}`)).json;
    t.equal(tasks.total, 1);
    t.match(tasks.entry[0].resource, { status: 'requested', priority: 'urgent', for: { reference: `Patient/${patient}` } });
    t.notMatch(JSON.stringify(tasks), /Bewusteloos/);
  });

  await t.test('for an hour, for this user', async (t) => {
    t.equal((await card(service, {}, { as: 'hap' })).json.status, 'none-available', 'another organisation has given no reason');
    t.equal((await card(service, {}, { as: 'user:ambulance:bob' })).json.status, 'none-available', 'nor has another user');
    t.equal((await card(service, {}, { as: 'ambulance' })).json.status, 'none-available', 'nor one whom the token does not name');
    t.equal((await card(service, { bsn: OTHER })).json.status, 'none-available', 'nor is it another patient’s');
    const { rows } = await service.database.pool.query('SELECT user_id FROM break_glass');
    t.strictSame(rows, [{ user_id: `${URAS.ambulance}/anna` }], 'one client may speak for several organisations, each with an Anna');
    const written = `${REASON}, BSN ${BSN.slice(0, 4)} ${BSN.slice(4)} uit de portemonnee`;
    const unnamed = await card(service, { reason: written }, { as: 'ambulance' });
    t.match(
      await lastEvent(service),
      { details: { breakGlassReason: `${REASON}, BSN [BSN] uit de portemonnee` } },
      'a BSN stays in no log',
    );
    t.strictSame([unnamed.json.status, unnamed.json.breakGlass.until], ['found', new Date(now).toISOString()]);
    t.equal((await card(service, {}, { as: 'ambulance' })).json.status, 'none-available', 'who is not named gives a reason each time');
    now = NOW + 59 * 60_000;
    t.equal((await card(service, {})).json.status, 'found');
    now = NOW + 60 * 60_000;
    t.equal((await card(service, {})).json.status, 'none-available');
    t.equal((await card(service, { reason: REASON })).json.status, 'found', 'and again with a reason');
  });

  await t.test('never against an objection', async (t) => {
    await permit(service, patient, { id: 'no', effect: 'deny', parties: ['type:AMB'] });
    t.equal((await card(service, { reason: REASON })).json.status, 'none-available', 'the glass is whole again too');
    t.match(await lastEvent(service), { outcome: 'denied', reason: 'objection', consent: 'Consent/no' });
    await permit(service, patient, { id: 'no', effect: 'deny', parties: ['type:AMB'], status: 'inactive' });
    await permit(service, patient, { id: 'yes', parties: ['type:AMB'] });
    const answer = await card(service, { reason: REASON });
    t.equal(answer.json.status, 'found');
    t.notOk('breakGlass' in answer.json, 'with a permission there is no glass to break');
    t.match(await lastEvent(service), { policy: 'emergency', consent: 'Consent/yes' });
  });
});

t.test('the national register', async (t) => {
  const asked: any[] = [];
  let answer: { status: number; body: string } = { status: 200, body: '{"decision":"Permit","evidence":"toets-1"}' };
  const register = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      asked.push(JSON.parse(text));
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => register.listen(0, '127.0.0.1', resolve));
  t.teardown(() => register.close());
  let now = NOW;
  const url = `http://127.0.0.1:${(register.address() as AddressInfo).port}/vraag`;
  const service = await startService(t, { env: { REGISTER_URL: url }, clock: () => now });
  const patient = await withPatient(service);
  const later = () => {
    now += 6_000;
  };

  await t.test('is asked where the record has no rule, and its evidence is in the log', async (t) => {
    const read = await service.get(`Patient/${patient}`, { as: 'homecare' });
    t.equal(read.status, 200, read.text);
    t.match(asked.at(-1), { bsn: BSN, organizationUra: URAS.homecare, organizationType: 'T2', purpose: 'TREAT' });
    t.match(await lastEvent(service), { outcome: 'success', policy: 'register', consent: 'toets-1' });
    t.equal((await service.get(`Consent?patient=${patient}`, { as: 'homecare' })).json.total, 1);
    t.equal((await service.get(`Consent?patient=${patient}&_summary=count`, { as: 'homecare' })).json.total, 1);
    t.equal((await service.ask('POST', 'Patient/_search', { as: 'homecare', form: { identifier: `${BSN_SYSTEM}|${BSN}` } })).json.total, 1);
    t.equal((await card(service, {})).json.status, 'found');
    t.equal(
      (await service.put(`Patient/${patient}`, { resourceType: 'Patient', id: patient }, { as: 'homecare' })).status,
      403,
      'it opens for reading',
    );
  });

  await t.test('one answer serves for seconds', async (t) => {
    const before = asked.length;
    await service.get(`Patient/${patient}`, { as: 'homecare' });
    t.equal(asked.length, before);
    later();
    await service.get(`Patient/${patient}`, { as: 'homecare' });
    t.equal(asked.length, before + 1);
  });

  await t.test('anything but Permit is no, and so is a register out of reach', async (t) => {
    for (const given of ['Deny', 'NotApplicable', 'Indeterminate', 'permit', '']) {
      later();
      answer = { status: 200, body: JSON.stringify({ decision: given }) };
      t.equal((await service.get(`Patient/${patient}`, { as: 'homecare' })).status, 404, given);
    }
    for (const broken of [
      { status: 500, body: '{"decision":"Permit"}' },
      { status: 200, body: 'Permit' },
      { status: 200, body: '{}' },
    ]) {
      later();
      answer = broken;
      t.equal((await service.get(`Patient/${patient}`, { as: 'homecare' })).status, 404, broken.body);
      t.equal((await card(service, {})).json.status, 'none-available');
    }
  });

  await t.test('is not asked where the record speaks, nor of who has no such policy', async (t) => {
    later();
    answer = { status: 200, body: '{"decision":"Permit"}' };
    await permit(service, patient, { id: 'no', effect: 'deny', parties: [`ura:${URAS.homecare}`] });
    const before = asked.length;
    t.equal((await service.get(`Patient/${patient}`, { as: 'homecare' })).status, 404, 'the objection stands');
    t.equal((await service.get(`Patient/${patient}`)).status, 200, 'the keeper of the record');
    t.equal((await service.get('Patient/nobody', { as: 'homecare' })).status, 404);
    t.equal(asked.length, before);
  });

  await t.test('urgent care gets the answer without it only where that is switched on', async (t) => {
    const open = await startService(t, { env: { REGISTER_URL: 'http://127.0.0.1:9/', EMERGENCY_WITHOUT_REGISTER: 'on' } });
    const here = await withPatient(open);
    t.equal((await card(open, {})).json.status, 'found');
    t.match(await lastEvent(open), { policy: 'register', consent: 'register-unreachable' });
    t.equal((await open.get(`Patient/${here}`, { as: 'homecare' })).status, 404, 'nobody else');
  });
});

t.test('the pilot policy is step 0 and query 2', async (t) => {
  const service = await startService(t);
  const patient = await withPatient(service);
  await permit(service, patient, { parties: ['type:T2'] });
  await service.database.pool.query("UPDATE client SET policies = '{pzp-gf}' WHERE client_id = 'homecare'");
  const as = 'homecare';
  const query2 =
    'Consent?patient=ID&scope=http://terminology.hl7.org/CodeSystem/consentscope|treatment&category=http://snomed.info/sct|129125009&_include=Consent:actor'.replace(
      'ID',
      patient,
    );
  t.equal((await service.ask('POST', 'Patient/_search', { as, form: { identifier: `${BSN_SYSTEM}|${BSN}` } })).json.total, 1);
  t.equal((await service.get(query2, { as })).json.total, 1);
  const refused = [
    `Patient/${patient}`,
    `Consent?patient=${patient}`,
    `${query2}&status=active`,
    query2.replace('_include=Consent:actor', '_include=Consent:patient'),
    query2.replace('129125009', '1'),
    query2.replace('patient=', 'patient:missing='),
    `Goal?patient=${patient}`,
    'Patient?_id=x',
    `Patient/${patient}/$acp-summary`,
    `Patient/${patient}/_history`,
    'Consent/_history',
    'Organization?name=x',
    'AuditEvent?date=2026-01-01',
    '/v1/marked',
    '/v1/conflicts',
    '/v1/validation-reports',
    '/v1/access-log',
    '/v1/break-glass?since=2026-01-01',
    '/v1/admin/clients',
    '/v1/retention',
  ];
  for (const url of refused) {
    const { status } = await service.get(url, { as });
    t.ok(status === 403 || status === 400, `${url}: ${status}`);
  }
  const resource = { resourceType: 'Flag', status: 'active', code: { text: 'x' }, subject: { reference: `Patient/${patient}` } };
  t.equal((await service.post('Flag', resource, { as })).status, 403);
  t.equal((await service.post('/v1/emergency-card', { bsn: BSN }, { as })).status, 403);
  await service.database.pool.query("UPDATE client SET policies = '{pzp-gf}' WHERE client_id = 'hospice'");
  t.equal((await service.get(query2, { as: 'hospice' })).json.total, 0, 'and only with permission');
});

t.test('records from before the rules get theirs at the next start', async (t) => {
  const first = await startService(t);
  const patient = await withPatient(first);
  await permit(first, patient, { parties: ['type:T2'] });
  await first.close();
  const { pool } = first.database;
  await pool.query("DELETE FROM patient_access WHERE ground <> 'holder'");
  await pool.query("DELETE FROM service_setting WHERE name = 'access-rules-derived'");
  const second = await startService(t, { database: first.database });
  t.equal((await second.get(`Patient/${patient}`, { as: 'homecare' })).status, 200);
});

t.test('a membership follows the role and the organisation it rests on, for however many patients', async (t) => {
  const service = await startService(t);
  const patients = await Promise.all(
    Array.from({ length: 30 }, async (_, i) => {
      const id = `many-${i}`;
      await service.put(`Patient/${id}`, { resourceType: 'Patient', id });
      return id;
    }),
  );
  const role = (more: object = {}) => ({
    resourceType: 'PractitionerRole',
    id: 'nurse',
    organization: { reference: 'Organization/care' },
    ...more,
  });
  const organization = {
    resourceType: 'Organization',
    id: 'care',
    identifier: [{ system: 'http://fhir.nl/fhir/NamingSystem/ura', value: '90000077' }],
  };
  for (const id of patients) {
    const member = { member: { reference: 'PractitionerRole/nurse' } };
    await service.put(`CareTeam/${id}`, {
      resourceType: 'CareTeam',
      id,
      status: 'active',
      subject: { reference: `Patient/${id}` },
      participant: [member],
    });
  }
  await service.database.pool.query("UPDATE client SET organization_ura = '90000077' WHERE client_id = 'homecare'");
  const seen = async () => (await service.get('Patient?_summary=count', { as: 'homecare' })).json.total;
  t.equal(await seen(), 0, 'the role is not there yet');
  await service.put('PractitionerRole/nurse', role());
  t.equal(await seen(), 0, 'nor the organisation');
  await service.put('Organization/care', organization);
  t.equal(await seen(), 30);
  await service.put('PractitionerRole/nurse', role({ active: false }));
  t.equal(await seen(), 0, 'the nurse has left');
  await service.put('PractitionerRole/nurse', role());
  t.equal(await seen(), 30);
  t.equal((await service.ask('DELETE', 'Organization/care')).status, 204);
  t.equal(await seen(), 0, 'the organisation is gone');
});

t.test('a patient writes own words and who may see them, and nothing that professionals agreed', async (t) => {
  const service = await startService(t);
  const patient = await withPatient(service);
  const as = `patient:${patient}`;
  const words = (more: object = {}) => ({
    resourceType: 'DocumentReference',
    status: 'current',
    docStatus: 'preliminary',
    subject: { reference: `Patient/${patient}` },
    content: [{ attachment: { contentType: 'text/plain', data: 'SWsgYmxpam cgdGh1aXM='.replace(' ', '') } }],
    ...more,
  });
  const own = await service.post('DocumentReference', words(), { as });
  t.equal(own.status, 201, own.text);
  t.equal((await service.get(`DocumentReference/${own.json.id}`)).status, 200, 'and the GP reads them');
  t.equal((await service.post('DocumentReference', words({ docStatus: 'final' }), { as })).status, 403);
  t.equal((await service.post('DocumentReference', words({ subject: { reference: 'Patient/another' } }), { as })).status, 403);
  const directive = (await service.get(`Consent?patient=${patient}`)).json.entry[0].resource;
  t.equal((await service.put(`Consent/${directive.id}`, { ...directive, status: 'inactive' }, { as })).status, 403);

  t.equal((await service.get(`Patient/${patient}`, { as: 'hospital' })).status, 404);
  const allowed = await permit(service, patient, { parties: ['type:V4'] }, { as });
  t.equal((await service.get(`Patient/${patient}`, { as: 'hospital' })).status, 200, 'on the next request');
  const objection = { ...allowed.json, status: 'inactive' };
  t.equal((await service.put(`Consent/${allowed.json.id}`, objection, { as })).status, 200);
  t.equal((await service.get(`Patient/${patient}`, { as: 'hospital' })).status, 404, 'and withdrawn on the next');
});
