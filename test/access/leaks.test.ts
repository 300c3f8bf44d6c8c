// Ways round the access rule: what is hidden stays hidden in totals, includes, chains, links, kept answers and refusals; who is let in
// writes no more than that; and every change acts on the very next request.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { type Answer, type Ask, startService, type TestService } from '../harness/service.js';
import { permit, sharingPermission, team, URAS } from '../harness/sharing.js';
import { askAs } from './matrix-callers.js';

const BSN = 'http://fhir.nl/fhir/NamingSystem/bsn';
const URA = 'http://fhir.nl/fhir/NamingSystem/ura';
const HIDDEN_BSN = '999911120';
const SNOMED = 'http://snomed.info/sct';
const SECRET = /geheim|hid-|999911120/;

const dataDir = await mkdtemp(join(tmpdir(), 'izp-leaks-'));
t.teardown(() => rm(dataDir, { recursive: true, force: true }));
const service = await startService(t, { dataDir });
const HOMECARE: Ask = { as: 'homecare' };
const HOSPICE: Ask = { as: 'hospice' };

const patient = (id: string, family: string, bsn?: string) => ({
  resourceType: 'Patient',
  id,
  ...(bsn === undefined ? {} : { identifier: [{ system: BSN, value: bsn }] }),
  name: [{ family }],
});
const observation = (id: string | undefined, of: string, value: string, more: object = {}) => ({
  resourceType: 'Observation',
  ...(id === undefined ? {} : { id }),
  status: 'final',
  code: { coding: [{ system: SNOMED, code: '247751003' }] },
  subject: { reference: `Patient/${of}` },
  effectiveDateTime: '2026-03-01',
  valueString: value,
  ...more,
});
const bundle = (type: 'batch' | 'transaction', ...entry: [method: string, url: string, resource?: object][]) => ({
  resourceType: 'Bundle',
  type,
  entry: entry.map(([method, url, resource]) => ({ ...(resource ? { resource } : {}), request: { method, url } })),
});
const stored = async (on: TestService, resource: { resourceType: string; id?: string }, ask?: Ask): Promise<Answer> => {
  const answer = await on.put(`${resource.resourceType}/${resource.id}`, resource, ask);
  if (answer.status >= 300) throw new Error(answer.text);
  return answer;
};
const performer = [{ reference: 'Practitioner/dokter' }];

/** Of the GP alone: `hid`. Of home care alone: `mine`. Of the GP, and open to the hospice until withdrawn: `open`. */
await stored(service, { resourceType: 'Practitioner', id: 'dokter' });
await stored(service, patient('hid', 'geheim-naam', HIDDEN_BSN));
await stored(service, observation('hid-obs', 'hid', 'geheim-wens', { performer }));
await stored(service, observation('hid-obs', 'hid', 'geheim-andere-wens', { performer }));
await stored(service, patient('mine', 'Eigen'), HOMECARE);
await stored(
  service,
  observation('mine-obs', 'mine', 'eigen wens', {
    derivedFrom: [{ reference: 'Observation/hid-obs' }],
    hasMember: [{ reference: 'Observation/hid-obs' }],
  }),
  HOMECARE,
);

t.test('a search tells nothing of what is hidden, by whichever way it is asked', async (t) => {
  const ways: [url: string, found: number, included?: number][] = [
    ['Observation?code=247751003', 1],
    ['Observation?code=247751003&_total=accurate&_count=1', 1],
    ['Observation?_sort=-_lastUpdated', 1],
    ['Observation?_id=hid-obs,mine-obs', 1],
    ['Observation?patient=hid', 0],
    ['Observation?subject=Patient/hid', 0],
    ['Observation?subject:Patient.family=geheim-naam', 0],
    ['Observation?patient.name=geheim', 0],
    ['Observation?derived-from:Observation.patient=hid', 0],
    ['Observation?derived-from:Observation.code=247751003', 0],
    ['Observation?_id=mine-obs&_include=Observation:derived-from', 1],
    ['Observation?_id=mine-obs&_include=Observation:derived-from&_include:iterate=Observation:subject', 1, 1],
    ['Observation?_id=mine-obs&_include=Observation:has-member&_include:iterate=Observation:performer', 1],
    ['Patient?family=geheim-naam', 0],
    ['Patient?_id=hid&_revinclude=Observation:subject', 0],
    ['Patient?_has:Observation:patient:_id=hid-obs', 0],
    ['Practitioner?_id=dokter&_revinclude=Observation:performer', 1],
    ['Practitioner?_id=dokter&_revinclude=Observation:performer&_include:iterate=Observation:subject', 1],
    ['Practitioner?_has:Observation:performer:code=247751003', 0],
    ['Practitioner?_has:Observation:performer:patient=hid', 0],
  ];
  for (const [url, found, included = 0] of ways) {
    const answer = await service.get(url, HOMECARE);
    t.equal(answer.status, 200, `${url}: ${answer.text.slice(0, 300)}`);
    const asked = answer.text.replace(/"link":\[.*?\]/, '');
    const matches = (answer.json.entry ?? []).filter(({ search }: { search: { mode: string } }) => search.mode === 'match');
    t.equal(matches.length, found, url);
    t.equal(answer.json.total, found, `${url}: total`);
    t.equal((answer.json.entry ?? []).length, found + included, `${url}: nothing more`);
    t.notMatch(asked.replaceAll('"Observation/hid-obs"', ''), SECRET, url);
    const counted = await service.get(`${url}${url.includes('?') ? '&' : '?'}_summary=count`, HOMECARE);
    if (counted.status === 200) t.equal(counted.json.total, found, `${url}: counted`);
  }
  const chain = await service.get('Practitioner?_has:Observation:performer:code=247751003');
  t.equal(chain.json.total, 1, 'whom it belongs to finds it that way');
});

t.test('histories and earlier moments tell nothing of what is hidden', async (t) => {
  const now = encodeURIComponent(new Date().toISOString());
  for (const [url, status] of [
    ['Observation/_history', 200],
    ['Patient/_history', 200],
    ['Observation/hid-obs/_history', 404],
    ['Observation/hid-obs/_history/1', 404],
    ['Observation/hid-obs/_history/99', 404],
    [`Observation/hid-obs?_at=${now}`, 404],
    [`Observation/_history?_at=${now}`, 200],
    [`Patient/hid/$acp-summary?asOf=${now}`, 404],
  ] as const) {
    const answer = await service.get(url, HOMECARE);
    t.equal(answer.status, status, url);
    t.notMatch(
      answer.text.replaceAll('"Observation/hid-obs"', '').replaceAll(/Observation\/hid-obs\S* here|hid-obs\/_history/g, ''),
      SECRET,
      url,
    );
    if (status === 200) t.equal(answer.json.total, 1, `${url}: total`);
  }
});

t.test('a token tells, and asks by, the types of its scope alone', async (t) => {
  const asking = (scope: string) => askAs(service, dataDir, { key: 'narrow', as: 'gp', scope });
  const [reading, searching, writing] = [
    await asking('system/Observation.rs'),
    await asking('system/Observation.rs system/Patient.s'),
    await asking('system/Observation.cr'),
  ];
  const told = ({ json }: Answer) => (json.entry ?? []).map(({ resource }: any) => `${resource.resourceType}/${resource.id}`).sort();
  const included = await service.get('Observation?_id=hid-obs&_include=Observation:subject&_include=Observation:performer', reading);
  t.strictSame(told(included), ['Observation/hid-obs'], 'what an include would bring of other types is left out');
  const onward = 'Observation?_id=hid-obs&_include=Observation:performer&_revinclude:iterate=Observation:performer';
  t.notMatch((await service.get(onward, reading)).text, '"Practitioner"');
  for (const [url, ask, missing] of [
    ['Observation?_id=hid-obs&_include=Observation:subject:Patient', reading, 'Patient.r'],
    ['Observation?_id=hid-obs&_include=Observation:subject:Patient', searching, 'Patient.r'],
    ['Observation?_id=hid-obs&_revinclude=Observation:derived-from', searching, undefined],
    ['Observation?_id=hid-obs&_revinclude=Provenance:target', reading, 'Provenance.r'],
    ['Observation?patient.family=geheim-naam', reading, 'Patient.s'],
    ['Observation?patient.family=geheim-naam&_summary=count', reading, 'Patient.s'],
    ['Observation?patient.family=geheim-naam', searching, undefined],
    ['Observation?patient.general-practitioner:Practitioner.name=x', searching, 'Practitioner.s'],
    ['Observation?_has:Observation:derived-from:code=1', reading, undefined],
    ['Observation?_has:Provenance:target:patient=hid', reading, 'Provenance.s'],
    ['Observation/_history', reading, undefined],
    ['Observation/_history', writing, 'Observation.s'],
    ['Observation/hid-obs/_history', writing, undefined],
  ] as const) {
    const { status, text } = await service.get(url, ask);
    t.equal(status, missing ? 403 : 200, `${url}: ${text.slice(0, 300)}`);
    if (missing) t.match(text, `system/${missing} is needed`, url);
  }
  const known = await service.post('Observation', observation(undefined, 'hid', 'x'), {
    ...writing,
    headers: { ...writing.headers, 'if-none-exist': 'patient=hid' },
  });
  t.equal(known.status, 403, 'what a condition matches is a search as well');
  t.match(known.text, 'system/Observation.s is needed');
});

t.test('refusals are the same words for what is hidden and what is not there', async (t) => {
  const words = (answer: Answer, id: string) => [answer.status, answer.text.replaceAll(id, 'x')];
  for (const url of ['Observation/ID', 'Observation/ID/_history', 'Observation/ID/_history/1', 'Observation/ID/$validate']) {
    const [hidden, absent] = [
      await service.get(url.replace('ID', 'hid-obs'), HOMECARE),
      await service.get(url.replace('ID', 'no-obs'), HOMECARE),
    ];
    t.strictSame(words(hidden, 'hid-obs'), words(absent, 'no-obs'), url);
  }
  for (const url of ['Patient/ID', 'Patient/ID/$acp-summary', 'Observation?patient=ID', 'Observation?patient=ID&_summary=count']) {
    const [hidden, absent] = [await service.get(url.replace('ID', 'hid'), HOMECARE), await service.get(url.replace('ID', 'nob'), HOMECARE)];
    t.strictSame(words(hidden, 'hid'), words(absent, 'nob'), url);
  }
  const card = async (bsn: string) => {
    const { asOf: _, ...rest } = (await service.post('/v1/emergency-card', { bsn }, HOMECARE)).json;
    return rest;
  };
  t.strictSame(await card(HIDDEN_BSN), await card('123456782'));
  const create = await service.post('Observation', observation(undefined, 'hid', 'x'), HOMECARE);
  const nowhere = await service.post('Observation', observation(undefined, 'nob', 'x'), HOMECARE);
  t.strictSame(words(create, 'hid'), words(nowhere, 'nob'), 'to write to a record that is hidden, or is not there');
});

t.test('who is hidden is not found by writing either, and the BSN is not given back', async (t) => {
  const other = patient('nieuw', 'Nieuw', HIDDEN_BSN);
  const tries: [string, () => Promise<Answer>][] = [
    ['create', () => service.post('Patient', patient(undefined as never, 'Nieuw', HIDDEN_BSN), HOMECARE)],
    ['create with an id', () => service.put('Patient/nieuw', other, HOMECARE)],
    [
      'conditional create',
      () =>
        service.post('Patient', patient(undefined as never, 'Nieuw', HIDDEN_BSN), {
          ...HOMECARE,
          headers: { 'if-none-exist': `identifier=${BSN}|${HIDDEN_BSN}` },
        }),
    ],
    ['$validate', () => service.post('Patient/$validate', patient(undefined as never, 'Nieuw', HIDDEN_BSN), HOMECARE)],
    [
      'in a transaction',
      () => service.post('', bundle('transaction', ['POST', 'Patient', patient(undefined as never, 'N', HIDDEN_BSN)]), HOMECARE),
    ],
    ['update', () => service.put('Patient/hid', patient('hid', 'Nieuw', HIDDEN_BSN), HOMECARE)],
    ['update of the own patient', () => service.put('Patient/mine', patient('mine', 'Eigen', HIDDEN_BSN), HOMECARE)],
    [
      'patch',
      () =>
        service.ask('PATCH', 'Patient/hid', {
          ...HOMECARE,
          body: [{ op: 'remove', path: '/name' }],
          headers: { 'content-type': 'application/json-patch+json' },
        }),
    ],
    ['delete', () => service.ask('DELETE', 'Patient/hid', HOMECARE)],
  ];
  for (const [name, attempt] of tries) {
    const answer = await attempt();
    t.equal(answer.status, 403, `${name}: ${answer.text.slice(0, 200)}`);
    t.notMatch(answer.text, SECRET, name);
  }
  const linked = await service.post(
    '',
    bundle('transaction', [
      'POST',
      'Observation',
      observation(undefined, `x`, 'x', { subject: { reference: `Patient?identifier=${BSN}|${HIDDEN_BSN}` } }),
    ]),
    HOMECARE,
  );
  t.equal(linked.status, 422, 'a reference by BSN');
  t.notMatch(linked.text, SECRET);
  const told = await service.database.pool.query('SELECT patient_id, outcome FROM audit_event WHERE request_id = $1', [
    linked.headers.get('x-request-id'),
  ]);
  t.strictSame(told.rows, [{ patient_id: 'hid', outcome: 'error' }], 'and who is hidden can read that somebody asked');
  t.equal((await service.get('Patient/hid')).json.meta.versionId, '1');
});

t.test('a batch gives each its own answer, a transaction with one forbidden entry leaves nothing', async (t) => {
  const mixed = await service.post(
    '',
    bundle(
      'batch',
      ['GET', 'Observation/mine-obs'],
      ['GET', 'Observation/hid-obs'],
      ['GET', 'Observation?patient=hid'],
      ['POST', 'Observation', observation(undefined, 'hid', 'x')],
      ['POST', 'Observation', observation(undefined, 'mine', 'batch')],
      ['DELETE', 'Observation/hid-obs'],
    ),
    HOMECARE,
  );
  t.strictSame(
    mixed.json.entry.map(({ response }: { response: { status: string } }) => response.status.slice(0, 3)),
    ['200', '404', '200', '403', '201', '403'],
  );
  t.equal(mixed.json.entry[2].resource.total, 0);
  t.notMatch(mixed.text.replaceAll('Observation/hid-obs', '').replaceAll('patient=hid', ''), SECRET);

  const total = async () => (await service.get('Observation?patient=mine&_summary=count', HOMECARE)).json.total;
  const before = await total();
  for (const forbidden of [
    ['POST', 'Observation', observation(undefined, 'hid', 'x')],
    ['PUT', 'Observation/hid-obs', observation('hid-obs', 'mine', 'x')],
    ['DELETE', 'Observation/hid-obs'],
    ['GET', 'Observation/hid-obs'],
  ] as [string, string, object?][]) {
    const answer = await service.post(
      '',
      bundle('transaction', ['POST', 'Observation', observation(undefined, 'mine', 'undone')], forbidden),
      HOMECARE,
    );
    t.equal(answer.status, forbidden[0] === 'GET' ? 404 : 403, forbidden.slice(0, 2).join(' '));
    t.notMatch(answer.text.replaceAll('Observation/hid-obs', ''), SECRET);
  }
  t.equal(await total(), before);
  t.equal((await service.get('Observation/hid-obs')).json.valueString, 'geheim-andere-wens');
});

t.test('who is let in by permission writes its own, and neither what others wrote nor who is let in', async (t) => {
  await stored(service, patient('let', 'Ingelaten'));
  await stored(service, observation('let-gp', 'let', 'van de huisarts'));
  await team(service, 'let', [URAS.gp]);
  await permit(service, 'let', { id: 'let-permission', parties: [`ura:${URAS.hospice}`] });
  const own = await service.post('Observation', observation(undefined, 'let', 'van het hospice'), HOSPICE);
  t.equal(own.status, 201);
  const { id } = own.json;
  t.equal((await service.put(`Observation/${id}`, observation(id, 'let', 'anders'), HOSPICE)).status, 200);
  const permission = { ...sharingPermission('let', { parties: ['type:T2'] }) };
  const refused: [string, string, object?][] = [
    ['PUT', 'Observation/let-gp', observation('let-gp', 'let', 'anders')],
    ['DELETE', 'Observation/let-gp'],
    ['POST', 'Consent', permission],
    ['PUT', 'Consent/let-permission', { ...permission, id: 'let-permission' }],
    ['DELETE', 'Consent/let-permission'],
    ['PUT', 'CareTeam/team-let', { resourceType: 'CareTeam', id: 'team-let', status: 'active', subject: { reference: 'Patient/let' } }],
    ['POST', 'CareTeam', { resourceType: 'CareTeam', status: 'active', subject: { reference: 'Patient/let' } }],
    ['POST', 'RelatedPerson', { resourceType: 'RelatedPerson', patient: { reference: 'Patient/let' } }],
    ['PUT', 'Patient/let', patient('let', 'Anders')],
    ['DELETE', 'Patient/let'],
    ['PUT', `Observation/${id}`, observation(id, 'hid', 'weg')],
  ];
  for (const [method, url, body] of refused)
    t.equal((await service.ask(method, url, { ...HOSPICE, body })).status, 403, `${method} ${url}`);
  t.equal((await service.put(`Observation/${id}`, observation(id, 'let', 'x'), HOMECARE)).status, 403, 'the own of others');
  t.equal((await service.ask('DELETE', `Observation/${id}`, HOSPICE)).status, 204);
});

t.test('nothing is drawn out of a record, or into one', async (t) => {
  t.equal((await service.put('Observation/hid-obs', observation('hid-obs', 'mine', 'x'), HOMECARE)).status, 403, 'drawn out');
  t.equal((await service.put('Observation/mine-obs', observation('mine-obs', 'hid', 'x'), HOMECARE)).status, 403, 'pushed in');
  const device = await service.post('Device', {
    resourceType: 'Device',
    type: { text: 'ICD' },
    deviceName: [{ name: 'geheim-icd', type: 'other' }],
  });
  t.equal(device.status, 201, device.text.slice(0, 300));
  const reference = `Device/${device.json.id}`;
  t.equal((await service.get(reference, HOMECARE)).status, 404, 'nobody’s Device is its author’s');
  const use = { resourceType: 'DeviceUseStatement', status: 'active', subject: { reference: 'Patient/mine' }, device: { reference } };
  t.equal((await service.post('DeviceUseStatement', use, HOMECARE)).status, 201);
  t.equal((await service.get(reference, HOMECARE)).status, 404, 'a Device of others is not had by saying that one uses it');
  t.notMatch((await service.get('DeviceUseStatement?patient=mine&_include=DeviceUseStatement:device', HOMECARE)).text, 'geheim-icd');
  t.notMatch((await service.get('Patient/mine/$acp-summary', HOMECARE)).text, 'geheim-icd', 'nor in the answer');
  t.equal((await service.get(reference)).status, 200);
});

t.test('the directory lets nobody into a care team', async (t) => {
  const organization = (id: string, ura: string) => ({
    resourceType: 'Organization',
    id,
    identifier: [{ system: URA, value: ura }],
    name: 'Zorg',
  });
  await stored(service, organization('own-org', '90000077'), HOMECARE);
  const role = (organization: string) => ({
    resourceType: 'PractitionerRole',
    id: 'role',
    practitioner: { reference: 'Practitioner/dokter' },
    organization: { reference: `Organization/${organization}` },
  });
  await stored(service, role('demo-gp'));
  await stored(service, {
    resourceType: 'CareTeam',
    id: 'hid-team',
    status: 'active',
    subject: { reference: 'Patient/hid' },
    participant: [{ member: { reference: 'PractitionerRole/role' } }, { member: { reference: 'Organization/own-org' } }],
  } as never);
  t.equal((await service.put('PractitionerRole/role', role('demo-homecare'), HOMECARE)).status, 403, 'a role of others');
  t.equal((await service.put('PractitionerRole/role', role('demo-homecare'))).status, 422, 'not even by its author');
  t.equal((await service.put('Organization/own-org', organization('own-org', '90000078'), HOMECARE)).status, 422, 'another URA');
  t.equal((await service.put('Organization/demo-gp', organization('demo-gp', URAS.gp), HOMECARE)).status, 403, 'an entry of others');
  t.ok(
    (await service.post('Organization', organization(undefined as never, URAS.gp), HOMECARE)).status !== 201,
    'a URA that another holds',
  );
  t.equal((await service.get('Patient/hid', HOMECARE)).status, 404);
});

t.test('what was begun before a permission was withdrawn ends with it', async (t) => {
  await stored(service, patient('open', 'Opennaam', '123456782'));
  for (let i = 0; i < 5; i++) await stored(service, observation(`open-${i}`, 'open', `openwens ${i}`));
  await stored(service, observation('open-0', 'open', 'openwens anders'));
  await permit(service, 'open', { id: 'open-permission', parties: ['type:H2'] });
  const nextOf = ({ json }: Answer) => json.link.find(({ relation }: { relation: string }) => relation === 'next')?.url as string;
  const links = [
    nextOf(await service.get('Observation?patient=open&_count=2&_total=accurate&_include=Observation:subject', HOSPICE)),
    nextOf(await service.get('Observation?patient=open&_count=2&_sort=-_lastUpdated', HOSPICE)),
    nextOf(await service.get('Observation/open-0/_history?_count=1', HOSPICE)),
    nextOf(await service.get('Observation/_history?_count=1', HOSPICE)),
  ];
  for (const link of links) t.match((await service.get(link, HOSPICE)).text, 'openwens', 'as long as it is there');
  for (const another of [{ as: 'patient:open' }, HOMECARE])
    for (const link of links) t.equal((await service.get(link, another)).status, 400, 'a link is its caller’s, with the total it carries');
  const persons = (await service.get('Observation?_count=2', { as: 'patient:open' })).json;
  t.equal(persons.total, 5);
  const personsLink = persons.link.find(({ relation }: { relation: string }) => relation === 'next').url;
  const otherPerson = await service.get(personsLink, { as: 'patient:hid' });
  t.equal(otherPerson.status, 400, 'nor another person’s of the same portal');
  const key = { 'idempotency-key': randomUUID() };
  const sent = observation(undefined, 'open', 'openwens hospice');
  t.equal((await service.post('Observation', sent, { ...HOSPICE, headers: key })).status, 201);
  t.equal((await service.post('Observation', sent, { ...HOSPICE, headers: key })).headers.get('idempotency-replayed'), 'true');
  const row = await service.get('Observation/open-0', HOSPICE);
  const summary = await service.get('Patient/open/$acp-summary', HOSPICE);
  const held = (answer: Answer) => ({ ...HOSPICE, headers: { 'if-none-match': answer.headers.get('etag') as string } });
  t.equal((await service.get('Observation/open-0', held(row))).status, 304);
  t.equal((await service.get('Patient/open/$acp-summary', held(summary))).status, 304);

  await permit(service, 'open', { id: 'open-permission', parties: ['type:H2'], status: 'inactive' });
  const [everyType, ...ofThePatient] = [...links].reverse() as [string, ...string[]];
  const text = (page: Answer) => page.text.replace(/"link":\[.*?\]/, '');
  t.notMatch(text(await service.get(everyType, HOSPICE)), /openwens|Opennaam|open-\d/, 'the history of a type goes on without it');
  for (const link of ofThePatient) {
    const page = await service.get(link, HOSPICE);
    t.notMatch(text(page), /openwens|Opennaam|open-\d/);
    t.equal(page.json.total ?? 0, 0, 'nor how many there were');
    t.notOk(page.json.entry);
    t.notOk(nextOf(page));
  }
  const replay = await service.post('Observation', sent, { ...HOSPICE, headers: key });
  t.equal(replay.status, 403);
  t.notMatch(replay.text, 'openwens');
  t.equal((await service.get('Observation/open-0', held(row))).status, 404);
  t.equal((await service.get('Patient/open/$acp-summary', held(summary))).status, 404);
  const card = await service.post('/v1/emergency-card', { bsn: '123456782' }, held(summary));
  t.strictSame([card.status, card.json.status, card.headers.get('etag')], [200, 'none-available', null]);
});

t.test('a change acts on the next request', async (t) => {
  let now = Date.now();
  const clocked = await startService(t, { clock: () => now });
  const read = async (ask: Ask) => (await clocked.get('Observation/c-obs', ask)).status;
  await stored(clocked, patient('c', 'Klok'));
  await stored(clocked, observation('c-obs', 'c', 'wens'));
  t.equal(await read(HOMECARE), 404);
  await team(clocked, 'c', [URAS.homecare]);
  t.equal(await read(HOMECARE), 200, 'a member of the team');
  await team(clocked, 'c', [URAS.gp]);
  t.equal(await read(HOMECARE), 404, 'no member any more');

  const until = new Date(now + 3_600_000).toISOString();
  await permit(clocked, 'c', { id: 'c-until', parties: ['type:H2'], period: { end: until } });
  t.equal(await read(HOSPICE), 200);
  now += 3_700_000;
  t.equal(await read(HOSPICE), 404, 'a permission ends by itself');
  const from = new Date(now + 3_600_000).toISOString();
  await permit(clocked, 'c', { id: 'c-from', parties: ['type:H2'], period: { start: from } });
  t.equal(await read(HOSPICE), 404, 'nor does one begin before its time');
  now += 3_700_000;
  t.equal(await read(HOSPICE), 200);
  await permit(clocked, 'c', { id: 'c-against', effect: 'deny', parties: [`ura:${URAS.hospice}`] });
  t.equal(await read(HOSPICE), 404, 'an objection');

  const person = (more: object) => ({
    resourceType: 'RelatedPerson',
    id: 'c-person',
    patient: { reference: 'Patient/c' },
    relationship: [{ coding: [{ system: 'urn:oid:2.16.840.1.113883.2.4.3.11.22.472', code: '24' }] }],
    ...more,
  });
  const representative: Ask = { as: 'representative:c:c-person' };
  t.equal(await read(representative), 404, 'nobody yet');
  await stored(clocked, person({}));
  t.equal(await read(representative), 200);
  await stored(clocked, person({ active: false }));
  t.equal(await read(representative), 404, 'no representative any more');
  await stored(clocked, person({ period: { end: '2026-01-01' } }));
  t.equal(await read(representative), 404);
});
