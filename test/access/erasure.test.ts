// The law's verbs: a record destroyed leaves no word of it anywhere in the database and touches nobody else's; a record given away is whole.
import t, { type Test } from 'tap';
import { type Ask, startService, type TestService } from '../harness/service.js';
import { permit, team, URAS } from '../harness/sharing.js';

const BSN = 'http://fhir.nl/fhir/NamingSystem/bsn';
const SCT = 'http://snomed.info/sct';
const NOW = Date.parse('2026-11-02T09:00:00Z');
/** Only the patient's own; none of it may be found afterwards. */
const WORDS = [
  'Oudejans',
  'Wilhelmina',
  '999911120',
  '1941-05-02',
  'bij de vijver',
  'geheime brief',
  'R2VoZWltZSBiaWpsYWdl',
  'Zonnebloem',
  'in mijn eigen bed',
  'eigen woorden',
];

const subject = (id: string) => ({ reference: `Patient/${id}` });
const patient = (id: string, bsn: string, family: string) => ({
  resourceType: 'Patient',
  id,
  identifier: [{ system: BSN, value: bsn }],
  name: [{ family, given: ['Wilhelmina'] }],
  birthDate: '1941-05-02',
});
const wish = (id: string, patientId: string, valueString: string) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system: SCT, code: '247751003' }] },
  subject: subject(patientId),
  performer: [{ reference: 'Practitioner/shared' }],
  effectiveDateTime: '2026-03-01',
  valueString,
});
const place = (id: string, patientId: string) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system: SCT, code: '395091006' }] },
  subject: subject(patientId),
  effectiveDateTime: '2026-03-01',
  valueCodeableConcept: { coding: [{ system: SCT, code: '264362003' }], text: 'in mijn eigen bed' },
});
const directive = (id: string, patientId: string) => ({
  resourceType: 'Consent',
  id,
  status: 'active',
  scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'treatment' }] },
  category: [{ coding: [{ system: SCT, code: '129125009' }] }],
  patient: subject(patientId),
  dateTime: '2026-11-01',
  policyRule: { text: 'WGBO' },
  provision: { type: 'deny', code: [{ coding: [{ system: SCT, code: '89666000' }] }] },
});
const letter = (id: string, patientId: string, more: object = {}) => ({
  resourceType: 'DocumentReference',
  id,
  status: 'current',
  subject: subject(patientId),
  description: 'geheime brief',
  content: [{ attachment: { contentType: 'text/plain', data: 'R2VoZWltZSBiaWpsYWdl' } }],
  ...more,
});
const use = (id: string, patientId: string) => ({
  resourceType: 'DeviceUseStatement',
  id,
  status: 'active',
  subject: subject(patientId),
  device: { reference: 'Device/icd' },
});
const asked = (...parameter: object[]) => ({
  resourceType: 'Parameters',
  parameter: [
    { name: 'who', valueString: 'de patiënt' },
    { name: 'why', valueString: 'wil geen dossier' },
    { name: 'requestedOn', valueDate: '2026-10-30' },
    ...parameter,
  ],
});
const only = (...references: string[]) => references.map((reference) => ({ name: 'resource', valueReference: { reference } }));

/** Every row of every table that holds one of the words, as `table: word`. */
async function found({ database }: TestService, words: string[]): Promise<string[]> {
  const { rows: tables } = await database.pool.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT LIKE 'kysely%'`,
  );
  const hits: string[] = [];
  for (const { name } of tables)
    for (const word of words) {
      const { rows } = await database.pool.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM "${name}" t WHERE strpos(t::text, $1) > 0`,
        [word],
      );
      if (rows[0] && rows[0].n > 0) hits.push(`${name}: ${word}`);
    }
  return hits;
}

async function made(service: TestService, t: Test): Promise<void> {
  const put = async (resource: { resourceType: string; id?: string }, more?: Ask) => {
    const answer = await service.put(`${resource.resourceType}/${resource.id}`, resource, more);
    t.ok(answer.status < 300, `${resource.resourceType}/${resource.id} ${answer.status < 300 ? '' : answer.text}`);
  };
  await put({ resourceType: 'Practitioner', id: 'shared', name: [{ family: 'Huisman' }] } as never);
  await put({
    resourceType: 'Device',
    id: 'icd',
    deviceName: [{ name: 'ICD', type: 'model-name' }],
    type: { coding: [{ system: SCT, code: '72506001' }] },
  } as never);
  for (const [id, bsn, family] of [
    ['p', '999911120', 'Oudejans'],
    ['p2', '900186021', 'Van Buren'],
  ] as const) {
    await put(patient(id, bsn, family), { headers: { 'idempotency-key': `patient-${id}` } });
    await put(directive(`cpr-${id}`, id));
    await put(place(`place-${id}`, id));
    await put(use(`use-${id}`, id));
  }
  await put(wish('wish', 'p', 'bij de vijver'), { headers: { 'idempotency-key': 'wish' } });
  await put(wish('wish', 'p', 'Zonnebloem'));
  await put(wish('gone', 'p', 'bij de vijver'));
  await service.ask('DELETE', 'Observation/gone');
  await put(wish('wish2', 'p2', 'aan zee'), { headers: { 'idempotency-key': 'wish2' } });
  await put(letter('letter', 'p'));
  await put({
    resourceType: 'QuestionnaireResponse',
    id: 'form',
    status: 'completed',
    subject: subject('p'),
    item: [{ linkId: '1', answer: [{ valueString: 'Zonnebloem' }] }],
  } as never);
  await put({
    resourceType: 'Provenance',
    id: 'origin',
    target: [{ reference: 'Observation/wish' }],
    recorded: '2026-03-01T10:00:00Z',
    agent: [{ who: { display: 'Huisman' } }],
    entity: [{ role: 'source', what: { reference: 'QuestionnaireResponse/form' } }],
  } as never);
}

t.test('a whole record', { timeout: 120_000 }, async (t) => {
  const service = await startService(t, { clock: () => NOW });
  const { post, get, database } = service;
  await made(service, t);
  await permit(service, 'p', { id: 'sharing', parties: [`ura:${URAS.hospital}`, 'type:AMB'] });
  await team(service, 'p', [URAS.homecare]);
  t.ok((await found(service, WORDS)).length > 10, 'the words are there before');
  const others = async () =>
    (
      await database.pool.query(`SELECT r::text FROM resource r WHERE patient_id = 'p2' UNION ALL SELECT h::text FROM resource_history h WHERE patient_id = 'p2'
      UNION ALL SELECT c::text FROM emergency_card c WHERE patient_id = 'p2' UNION ALL SELECT a::text FROM patient_access a WHERE patient_id = 'p2' ORDER BY 1`)
    ).rows;
  const before = await others();
  const logged = (await database.pool.query('SELECT id FROM audit_event')).rows.length;

  for (const [as, status] of [
    ['hospital', 403],
    ['ambulance', 403],
    ['hospice', 403],
    ['region', 403],
    ['admin', 403],
  ] as const)
    t.equal((await post('Patient/p/$erase', asked(), { as })).status, status, `${as} may not`);
  t.equal((await post('Patient/nobody/$erase', asked())).status, 403, 'a patient who is not here is refused like one that is');
  for (const parameters of [
    { resourceType: 'Parameters', parameter: asked().parameter.slice(1) },
    { resourceType: 'Parameters', parameter: asked().parameter.slice(0, 2) },
    asked({ name: 'resource', valueReference: { reference: 'Patient/p' } }),
    asked({ name: 'resource', valueString: 'x' }),
    { resourceType: 'Parameters', parameter: [{ name: 'who', valueString: 'BSN 999911120' }, ...asked().parameter.slice(1)] },
    { resourceType: 'Parameters', parameter: [...asked().parameter.slice(0, 2), { name: 'requestedOn', valueDate: '2026-12-01' }] },
  ])
    t.equal((await post('Patient/p/$erase', parameters)).status, 400, JSON.stringify(parameters.parameter.at(-1)));
  t.equal((await get('Patient/p')).status, 200, 'all of it is still there');

  const erased = await post('Patient/p/$erase', asked(), { as: 'homecare', headers: { 'x-request-id': 'erased' } });
  t.equal(erased.status, 200, erased.text);
  t.match(erased.json.issue[0].diagnostics, /^\d+ resources were destroyed/);
  t.strictSame(
    await found(
      service,
      WORDS.filter((word) => !['Wilhelmina', '1941-05-02', 'in mijn eigen bed'].includes(word)),
    ),
    [],
    'no word of it is left anywhere',
  );
  t.strictSame(await others(), before, "the other patient's record is as it was");
  const pointers = (await found(service, ['Patient/p"', '(p,', ',p,', 'Patient/p,', 'Patient/p)'])).map((hit) => hit.split(':')[0]);
  for (const table of [
    'resource',
    'resource_history',
    'identifier',
    'emergency_card',
    'patient_access',
    'idempotency',
    'validation_report',
    'break_glass',
  ])
    t.notOk(pointers.includes(table), `${table} does not point to it either`);

  for (const url of [
    'Patient/p',
    'Patient/p/_history/1',
    'Observation/wish',
    'Observation/wish/_history/1',
    'Observation/gone',
    'Patient/p/$acp-summary',
  ])
    t.equal((await get(url)).status, 404, url);
  t.strictSame((await get('Observation?patient=p')).json.total, 0);
  t.equal((await get('Patient/p/_history')).status, 404);
  t.equal((await post('Patient/_search', undefined, { form: { identifier: `${BSN}|999911120` } })).json.total, 0);
  t.equal((await post('/v1/emergency-card', { bsn: '999911120' })).json.status, 'none-available');
  t.equal((await get('Practitioner/shared')).status, 200, 'who cares for others stays');
  t.equal((await get('Device/icd')).status, 200, 'so does what others use');

  const { rows: log } = await database.pool.query("SELECT * FROM audit_event WHERE request_id = 'erased'");
  t.match(log, [{ action: 'D', interaction: '$erase', outcome: 'success', patient_id: 'p', entity: 'Patient/p' }]);
  t.ok((await database.pool.query('SELECT id FROM audit_event')).rows.length > logged, 'the log stays and grows');
  const { rows: tombs } = await database.pool.query('SELECT * FROM erasure');
  t.match(tombs, [
    {
      patient_id: 'p',
      requested_by: 'de patiënt',
      reason: 'wil geen dossier',
      organization_ura: URAS.homecare,
      whole: true,
      resources: [],
    },
  ]);
  for (const change of ['UPDATE erasure SET reason = $1', 'DELETE FROM erasure WHERE reason <> $1'])
    await t.rejects(database.pool.query(change, ['x']), /append-only/);
  const { rows: events } = await database.pool.query(
    "SELECT type, id, version FROM change_event WHERE method = 'ERASE' AND patient_id = 'p' AND type = 'Patient'",
  );
  t.strictSame(events, [{ type: 'Patient', id: 'p', version: 2 }], 'who must forget it too is told');

  t.equal((await post('Patient/p/$erase', asked())).status, 403, 'there is nothing left');
  const anew = await post('Patient', { ...patient('x', '999911120', 'Oudejans'), id: undefined });
  t.equal(anew.status, 201, 'the same person can be recorded anew');
  t.not(anew.json.id, 'p');
});

t.test('a part of a record', { timeout: 120_000 }, async (t) => {
  const service = await startService(t, { clock: () => NOW });
  const { post, get } = service;
  await made(service, t);
  const card = async () => (await post('/v1/emergency-card', { bsn: '999911120' })).json;
  t.equal((await card()).otherInformation.status, 'recorded');
  t.equal((await card()).preferredPlaceOfDeath.status, 'recorded');

  t.equal((await post('Patient/p/$erase', asked(...only('Observation/wish2')))).status, 404, "another patient's is not part of it");
  t.equal((await post('Patient/p/$erase', asked(...only('Observation/wish', 'Observation/none')))).status, 404, 'all of them or none');
  t.equal((await get('Observation/wish')).status, 200);

  const erased = await post('Patient/p/$erase', asked(...only('Observation/wish', 'Observation/gone', 'Observation/place-p')), {
    headers: { 'idempotency-key': 'erase', 'x-request-id': 'part' },
  });
  t.equal(erased.status, 200, erased.text);
  t.strictSame(await found(service, ['bij de vijver', 'Zonnebloem']), [], 'the form it came from and the kept answers went as well');
  for (const url of ['Observation/wish', 'Observation/gone', 'QuestionnaireResponse/form', 'Provenance/origin', 'Observation/place-p'])
    t.equal((await get(url)).status, 404, url);
  const after = await card();
  t.equal(after.status, 'found');
  t.equal(after.otherInformation.status, 'not-recorded', 'the card was made anew with it');
  t.equal(after.preferredPlaceOfDeath.status, 'not-recorded', 'what repeats it does not bring it back');
  t.equal((await get('Goal?patient=p')).json.entry?.filter((e: any) => JSON.stringify(e).includes('eigen bed')).length ?? 0, 0);
  t.equal(after.decisions[0].decision, 'do-not', 'the rest stays');
  t.equal((await get('DocumentReference/letter')).status, 200);
  t.equal((await get('Observation/wish2')).status, 200);
  t.equal((await post('/v1/emergency-card', { bsn: '900186021' })).json.preferredPlaceOfDeath.status, 'recorded');
  const again = await post('Patient/p/$erase', asked(...only('Observation/wish', 'Observation/gone', 'Observation/place-p')), {
    headers: { 'idempotency-key': 'erase' },
  });
  t.equal(again.headers.get('idempotency-replayed'), 'true', 'a repeat gets the same answer');
  const { rows } = await service.database.pool.query('SELECT whole, resources FROM erasure');
  t.equal(rows.length, 1);
  t.match(rows[0], { whole: false });
  t.ok(rows[0].resources.includes('QuestionnaireResponse/form'));
});

t.test('erasing and writing at the same time', { timeout: 120_000 }, async (t) => {
  const service = await startService(t);
  await made(service, t);
  const writes = Array.from({ length: 20 }, (_, i) =>
    service.post('Observation', { ...wish('', 'p', `bij de vijver ${i}`), id: undefined }),
  );
  const [erased, ...written] = await Promise.all([service.post('Patient/p/$erase', asked()), ...writes]);
  t.equal(erased?.status, 200, erased?.text);
  t.ok(
    written.every(({ status }) => [201, 403, 422].includes(status)),
    written.map(({ status }) => status).join(),
  );
  t.strictSame(await found(service, ['bij de vijver', 'Oudejans']), [], 'a write is before it and gone, or after it and refused');
});

t.test('a whole record for the patient', { timeout: 120_000 }, async (t) => {
  const service = await startService(t, { clock: () => NOW });
  const { get, post } = service;
  await made(service, t);
  await permit(service, 'p', { parties: [`ura:${URAS.hospital}`] });
  const whole = await get('Patient/p/$export-record', { headers: { 'x-request-id': 'export' } });
  t.equal(whole.status, 200, whole.text.slice(0, 300));
  const references = (answer: { json: any }) => answer.json.entry.map(({ resource }: any) => `${resource.resourceType}/${resource.id}`);
  const { rows } = await service.database.pool.query(
    `SELECT type || '/' || id AS reference FROM resource WHERE patient_id = 'p' AND NOT deleted`,
  );
  t.strictSame(
    references(whole)
      .filter((one: string) => one !== 'Practitioner/shared')
      .sort(),
    rows.map(({ reference }) => reference).sort(),
    'everything current, and nothing of others',
  );
  t.ok(references(whole).includes('Practitioner/shared'), 'and whom it names');
  t.notMatch(whole.text, /Patient\/p2|Van Buren|aan zee/);
  t.match(whole.json.link, [{ relation: 'related', url: /AuditEvent\?patient=p$/ }]);
  const all = await post('Patient/p/$export-record', { resourceType: 'Parameters', parameter: [{ name: 'history', valueBoolean: true }] });
  t.equal(references(all).filter((one: string) => one === 'Observation/wish').length, 2, 'with its versions');
  t.match(all.text, 'bij de vijver');
  const log = await service.database.pool.query("SELECT interaction, outcome, patient_id FROM audit_event WHERE request_id = 'export'");
  t.strictSame(log.rows, [{ interaction: '$export-record', outcome: 'success', patient_id: 'p' }]);
  t.equal((await get('Patient/p/$export-record', { as: 'hospice' })).status, 404, 'who may not see it does not learn that it is there');
  t.equal((await get('Patient/nobody/$export-record')).status, 404);
  t.equal((await get('Patient/p/$export-record', { as: 'region' })).status, 403);
  t.equal((await get('Patient/p/$export-record?history=maybe')).status, 400);
});

t.test('own words of the patient stand beside what professionals recorded', async (t) => {
  const service = await startService(t, { clock: () => NOW });
  await made(service, t);
  const statement = letter('own', 'p', {
    docStatus: 'preliminary',
    category: [{ coding: [{ system: 'https://fhir.izp.example/r4/CodeSystem/izp-document-type', code: 'wish-letter' }] }],
    description: 'Mijn eigen woorden: dit klopt niet',
    context: { related: [{ reference: 'Consent/cpr-p' }] },
  });
  t.equal((await service.put('DocumentReference/own', statement)).status, 201);
  t.equal((await service.get('Consent/cpr-p')).json.meta.versionId, '1', 'what it corrects is not overwritten');
  const card = (await service.post('/v1/emergency-card', { bsn: '999911120' })).json;
  t.equal(card.decisions[0].decision, 'do-not', 'a statement is no decision');
  t.match((await service.get('Patient/p/$export-record')).text, 'eigen woorden', 'it is part of the record');
  t.equal((await service.post('Patient/p/$erase', asked(...only('DocumentReference/own')))).status, 200);
  t.strictSame(await found(service, ['eigen woorden']), []);
});

t.test('records that need no longer be kept', async (t) => {
  let now = Date.parse('2005-03-01T00:00:00Z');
  const service = await startService(t, { clock: () => now });
  const put = (id: string, more: object = {}) =>
    service.put(`Patient/${id}`, { resourceType: 'Patient', id, name: [{ text: 'N' }], ...more });
  await put('old');
  await put('touched');
  await put('later');
  now = Date.parse('2006-11-03T00:00:00Z');
  await service.put('Flag/f', { resourceType: 'Flag', id: 'f', status: 'active', code: { text: 'x' }, subject: subject('touched') });
  now = NOW;
  await put('later', { active: true });
  const report = await service.get('/v1/retention', { as: 'admin' });
  t.equal(report.status, 200, report.text);
  t.strictSame(
    report.json,
    { years: 20, records: [{ patient: 'Patient/old', lastChanged: '2005-03-01T00:00:00.000Z' }] },
    'a change of any part counts',
  );
  now = Date.parse('2026-11-04T00:00:00Z');
  t.strictSame((await service.get('/v1/retention', { as: 'admin' })).json.records.length, 2);
  t.strictSame(
    (await service.get('/v1/retention?after=old', { as: 'admin' })).json.records.map(({ patient }: any) => patient),
    ['Patient/touched'],
  );
  t.equal((await service.get('/v1/retention')).status, 403);
  t.equal((await service.get('/v1/retention?after=%2F', { as: 'admin' })).status, 400);
  t.equal((await service.get('/v1/retention?x=1', { as: 'admin' })).status, 400);
  const { rows } = await service.database.pool.query(
    "SELECT DISTINCT patient_id FROM audit_event WHERE interaction = 'retention' AND outcome = 'success' ORDER BY 1",
  );
  t.strictSame(rows, [{ patient_id: 'old' }, { patient_id: 'touched' }], 'whoever is listed finds it in the log');
});
