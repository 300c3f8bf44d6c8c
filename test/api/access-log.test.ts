// The log as it is read: by the patient the own one, by the data protection officer, as FHIR and in plain Dutch; and each reading stands in it.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { loadDefinitions } from '../../src/start/definitions.js';
import { type Ask, startService } from '../harness/service.js';

const dataDir = await mkdtemp(join(tmpdir(), 'izp-log-'));
t.teardown(() => rm(dataDir, { recursive: true, force: true }));
const service = await startService(t, { dataDir });
const { pool } = service.database;
const officer = { as: 'officer' };
const made = async (url: string, body: object) => (await service.post(url, body)).json.id as string;
const anna = await made('Patient', { resourceType: 'Patient', name: [{ family: 'Anna-Geheim' }] });
const bert = await made('Patient', { resourceType: 'Patient', name: [{ family: 'Bert-Geheim' }] });
const own: Ask = { as: `patient:${anna}` };

/** Writes an event as the service would have, this long ago. */
async function logged(minutes: number, fields: Record<string, unknown>): Promise<string> {
  const all = {
    patient_id: anna,
    action: 'R',
    interaction: 'read',
    outcome: 'success',
    client_id: 'x',
    details: { entities: [], count: 0 },
    ...fields,
  };
  const names = Object.keys(all);
  const { rows } = await pool.query(
    `INSERT INTO audit_event (id, recorded, ${names.join(', ')}) VALUES (gen_random_uuid(), $1, ${names.map((_, i) => `$${i + 2}`).join(', ')}) RETURNING id, seq`,
    [new Date(Date.now() - minutes * 60_000), ...Object.values(all)],
  );
  return `${rows[0].id}-${rows[0].seq}`;
}
const glass = await logged(30, {
  interaction: '$acp-summary',
  organization_ura: '99900004',
  organization_type: 'AMB',
  user_id: 'ambulance-user-7',
  user_role: '30.000',
  purpose: 'ETREAT',
  policy: 'break-glass',
  emergency: true,
  request_id: 'req-1',
  correlation_id: 'corr-1',
  details: { entities: [`Patient/${anna}`], count: 1, breakGlassReason: 'niet aanspreekbaar <b>&</b> alleen' },
});
await logged(20, {
  outcome: 'denied',
  reason: 'no-permission',
  organization_ura: '12345678',
  organization_type: 'constructor',
  interaction: 'search-type',
  action: 'E',
});
await logged(10, {
  policy: 'permission',
  consent: 'Consent/c1',
  organization_ura: '12345678',
  organization_type: 'H2',
  user_role: '01.015',
  details: { entities: ['Consent/c1', 'Goal/g1', `Patient/${anna}`, 'Observation/o', 'Task/t', 'Location/x', 'Client/c'], count: 7 },
});
await logged(5, { patient_id: bert, interaction: 'read', outcome: 'empty' });
await logged(5, { patient_id: null, interaction: 'token', action: 'E', outcome: 'denied', reason: 'invalid_client' });

await logged(29, { patient_id: bert, interaction: 'emergency-card', policy: 'break-glass', emergency: true });

const search = async (query: string, ask: Ask) => (await service.get(`AuditEvent${query}`, ask)).json;
const patientsOf = (bundle: any) => [
  ...new Set((bundle.entry ?? []).map(({ resource }: any) => resource.entity?.find((one: any) => one.role?.code === '1')?.what.reference)),
];

t.test('the patient reads the own log, and no other', async (t) => {
  for (const query of ['', `?patient=${anna}`, `?patient=Patient/${anna}`, '?_total=none', '?date=ge2020-01-01'])
    t.strictSame(patientsOf(await search(query, own)), [`Patient/${anna}`], query);
  t.equal((await service.get(`AuditEvent?patient=${bert}`, own)).status, 403);
  t.equal((await service.get(`/v1/access-log?patient=${bert}`, own)).status, 403);
  t.equal((await service.get('/v1/break-glass', own)).status, 403);
  const [{ resource: theirs }] = (await search(`?patient=${bert}`, officer)).entry;
  t.equal((await service.get(`AuditEvent/${theirs.id}`, own)).status, 404);
  t.equal((await service.get(`AuditEvent/${glass}`, own)).status, 200);
  t.equal((await service.get('AuditEvent/nonsense', own)).status, 404);
});

t.test('who is no representative any more does not read it either', async (t) => {
  const person = await made('RelatedPerson', {
    resourceType: 'RelatedPerson',
    patient: { reference: `Patient/${anna}` },
    relationship: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode', code: 'NBOR' }] }],
  });
  for (const url of ['AuditEvent', '/v1/access-log', `AuditEvent/${glass}`])
    t.equal((await service.get(url, { as: `representative:${anna}:${person}` })).status, 403, url);
});

t.test('nobody else reads any, whatever they may read of the record', async (t) => {
  for (const as of ['gp', 'hospital', 'ambulance', 'admin', 'region'])
    for (const url of [
      `AuditEvent?patient=${anna}`,
      'AuditEvent',
      `AuditEvent/${glass}`,
      `/v1/access-log?patient=${anna}`,
      '/v1/break-glass',
    ])
      t.equal((await service.get(url, { as })).status, 403, `${as} ${url}`);
});

t.test('the officer names a patient or a time, and sees what belongs to nobody too', async (t) => {
  t.equal((await service.get('AuditEvent', officer)).status, 400);
  t.equal((await service.get('AuditEvent?date=lt2026-01-01', officer)).status, 400);
  t.equal((await service.get('/v1/access-log', officer)).status, 400);
  const all = await search(`?date=ge${new Date(Date.now() - 6 * 60_000).toISOString()}&_count=200`, officer);
  t.ok(patientsOf(all).includes(`Patient/${anna}`) && patientsOf(all).includes(`Patient/${bert}`));
  t.ok(
    all.entry.some(({ resource }: any) => resource.type.code === '110114' && resource.outcome === '4'),
    'a refused token',
  );
  const none = await search(`?date=eb2000-01-01&date=ge1999&patient=${anna}`, officer);
  t.strictSame([none.total, none.entry], [0, undefined]);
});

t.test('an event has what NEN 7513 asks for, and is valid in its profile', async (t) => {
  const { json, headers } = await service.get(`AuditEvent/${glass}`, own);
  t.equal(headers.get('cache-control'), 'no-store');
  t.match(json, {
    resourceType: 'AuditEvent',
    id: glass,
    meta: { profile: ['https://fhir.izp.example/r4/StructureDefinition/izp-audit-event'] },
    type: { code: 'rest' },
    subtype: [{ code: 'operation' }, { code: '$acp-summary' }],
    action: 'R',
    outcome: '0',
    purposeOfEvent: [{ coding: [{ code: 'ETREAT' }] }],
    agent: [
      {
        who: { identifier: { value: '99900004' } },
        requestor: true,
        policy: ['urn:izp:policy:break-glass'],
        role: [{ coding: [{ code: 'AMB' }] }, { coding: [{ code: '30.000' }] }],
      },
      { who: { identifier: { value: 'x' } }, requestor: false },
    ],
    entity: [
      { what: { reference: `Patient/${anna}` } },
      { what: { identifier: { value: 'req-1' } } },
      { what: { identifier: { value: 'corr-1' } } },
    ],
    extension: [
      {
        extension: [
          { valueCodeableConcept: { coding: [{ code: 'break-the-glass' }] } },
          { valueString: 'niet aanspreekbaar <b>&</b> alleen' },
        ],
      },
    ],
  });
  t.equal(json.entity.length, 3);
  t.equal((await service.get(`AuditEvent/${glass}`, { ...own, headers: { accept: 'application/fhir+xml' } })).status, 200);

  const definitions = await loadDefinitions(undefined);
  const { entry } = await search(`?date=ge2020-01-01&_count=200`, officer);
  t.ok(entry.length > 10);
  for (const { resource } of entry) {
    const { issues } = await definitions.validate(resource as never);
    t.strictSame(
      issues.filter(({ severity }: { severity: string }) => severity === 'error' || severity === 'fatal'),
      [],
      JSON.stringify(resource),
    );
  }
});

t.test('users are not told unless the service is set to', async (t) => {
  const told = await Promise.all(['AuditEvent', `AuditEvent/${glass}`, '/v1/access-log'].map((url) => service.get(url, own)));
  for (const { text } of told) t.notMatch(text, /ambulance-user-7/);
  const showing = await startService(t, { database: service.database, dataDir, env: { AUDIT_LOG_SHOW_USERS: 'on' } });
  for (const url of [`AuditEvent/${glass}`, '/v1/access-log']) t.match((await showing.get(url, own)).text, /ambulance-user-7/, url);
});

t.test('pages follow each other without a gap or a repeat, and a link is asked again', async (t) => {
  for (let n = 0; n < 7; n++) await logged(60, { interaction: 'vread' });
  const ids: string[] = [];
  let url: string | undefined = `AuditEvent?date=lt${new Date(Date.now() - 60_000).toISOString()}&_count=4`;
  const totals = new Set<number>();
  let link = '';
  while (url) {
    const { json }: any = await service.get(url, own);
    ids.push(...json.entry.map(({ resource }: any) => resource.id));
    totals.add(json.total);
    url = json.link.find(({ relation }: any) => relation === 'next')?.url;
    link = url ?? link;
  }
  t.equal(new Set(ids).size, ids.length);
  t.strictSame([...totals], [ids.length]);
  t.ok(ids.length >= 10);
  t.equal((await service.get(link, { as: `patient:${bert}` })).status, 400, 'the same portal, another patient');
  t.equal((await service.get(link, officer)).status, 400, 'another client');
  for (const query of [
    '_count=x',
    '_total=all',
    'date=yesterday',
    'patient=a b',
    'patient=a&patient=b',
    'agent=x',
    '_sort=date',
    '_include=*',
  ])
    t.equal((await service.get(`AuditEvent?${query}`, officer)).status, 400, query);
});

t.test('in plain Dutch: when, which organisation and role, what, on which ground, emergency or not', async (t) => {
  const { json } = await service.get('/v1/access-log', own);
  const entry = json.entries.find(({ id }: any) => id === glass);
  t.match(entry, {
    patient: anna,
    organization: { ura: '99900004', type: 'ambulancedienst' },
    role: 'verpleegkundige',
    what: 'Samenvatting voor spoed ingezien',
    outcome: 'Gelukt',
    ground: 'Noodgeval, zonder toestemming vooraf',
    emergency: true,
    breakGlass: { reason: 'niet aanspreekbaar <b>&</b> alleen' },
  });
  const denied = json.entries.find(({ outcome }: any) => /^Geweigerd/.test(outcome) && outcome.includes('toestemming'));
  t.match(denied, {
    what: 'Gezocht',
    outcome: 'Geweigerd: er is geen toestemming',
    ground: null,
    organization: { type: null, name: null },
  });
  const shared = json.entries.find(({ consent }: any) => consent === 'Consent/c1');
  t.match(shared, { role: 'huisarts', ground: 'Toestemming van de patiënt', emergency: false, organization: { type: 'hospice' } });
  t.equal(shared.what, 'Ingezien: behandelafspraak of toestemming, doel of wens, persoonsgegevens, en meer');
  t.ok(
    json.entries.some(({ what, organization }: any) => what.startsWith('Vastgelegd') && organization.name !== null),
    'the GP by name',
  );
  t.notMatch(JSON.stringify(json), /Geheim/);
  t.strictSame((await service.get(`/v1/access-log?patient=${anna}&since=2099-01-01`, officer)).json, { entries: [], next: null });
});

t.test('as a page: Dutch, with a policy of its own, no script, nothing fetched, everything escaped', async (t) => {
  const page = await service.get('/v1/access-log', { ...own, headers: { accept: 'text/html,*/*' } });
  t.equal(page.status, 200);
  t.match(page.headers.get('content-type'), /^text\/html/);
  t.match(
    page.headers.get('content-security-policy'),
    /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
  );
  t.match(page.text, '<html lang="nl">');
  t.match(page.text, '<th scope="col">Wanneer</th>');
  t.match(page.text, 'Reden: “niet aanspreekbaar &lt;b&gt;&amp;&lt;/b&gt; alleen”');
  t.match(page.text, 'Ja, zonder toestemming vooraf');
  t.notMatch(page.text, /<script|<link|<img|javascript:|https?:\/\/|ambulance-user-7|Geheim/);
  t.match(page.text, /@media print/);
  for (let n = 0; n < 120; n++) await logged(90, { interaction: 'vread' });
  const first = await service.get('/v1/access-log', { ...own, headers: { accept: 'text/html' } });
  const [, next] = /<a href="(\/v1\/access-log\?_page=[^"]+)" rel="next">Ouder<\/a>/.exec(first.text) ?? [];
  t.ok(next);
  const second = await service.get(next as string, { ...own, headers: { accept: 'text/html' } });
  t.match(second.text, /Eerdere versie ingezien/);
  t.equal((await service.get(`${next}&patient=${anna}`, own)).status, 400);
  for (const [ask, status, words] of [
    [{ as: null }, 401, 'niet of niet meer aangemeld'],
    [{ as: 'gp' }, 403, 'U mag dit logboek niet inzien'],
  ] as const) {
    const refused = await service.get('/v1/access-log', { ...ask, headers: { accept: 'text/html' } });
    t.equal(refused.status, status);
    t.match(refused.text, words);
  }
});

t.test('the officer gets every access without a prior permission, and no other', async (t) => {
  const { json } = await service.get('/v1/break-glass?since=2020-01-01', officer);
  t.strictSame(
    json.entries.map(({ id, patient }: any) => [id, patient]),
    [
      [json.entries[0].id, bert],
      [glass, anna],
    ],
  );
  t.strictSame((await service.get(`/v1/break-glass?since=${new Date().toISOString()}`, officer)).json, { entries: [], next: null });
  t.equal((await service.get('/v1/break-glass?patient=x', officer)).status, 400);
});

t.test('reading the log stands in the log, refusals too', async (t) => {
  const since = async (from: Date) =>
    (
      await pool.query(
        'SELECT patient_id, interaction, outcome, policy, client_id, details FROM audit_event WHERE recorded >= $1 AND interaction <> $2 ORDER BY seq',
        [from, 'token'],
      )
    ).rows;
  const told = async (ask: Ask, url: string) => {
    await service.get('Patient/warm-up', ask);
    const from = new Date();
    await service.get(url, ask);
    return since(from);
  };
  t.match(await told(own, 'AuditEvent'), [
    { patient_id: anna, interaction: 'search-type', outcome: 'success', policy: 'patient', details: { entities: ['AuditEvent'] } },
  ]);
  t.match(await told(officer, `/v1/access-log?patient=${anna}`), [
    { patient_id: anna, interaction: 'access-log', outcome: 'success', policy: 'auditor', client_id: 'officer' },
  ]);
  t.match(await told(officer, `AuditEvent/${glass}`), [
    { patient_id: anna, interaction: 'read', policy: 'auditor', details: { entities: [`AuditEvent/${glass}`] } },
  ]);
  t.match(
    (await told(officer, '/v1/break-glass')).filter(({ patient_id }) => patient_id === anna),
    [{ patient_id: anna, interaction: 'break-glass', policy: 'auditor' }],
  );
  const refused = await told({ as: 'gp' }, `AuditEvent?patient=${anna}`);
  t.equal(refused.length, 1);
  t.match(refused[0], { outcome: 'denied', client_id: 'gp' });
  const shown = (await service.get('/v1/access-log', own)).json.entries;
  t.ok(
    shown.some(({ what, ground }: any) => what === 'Dit logboek ingezien' && /functionaris/.test(ground)),
    'the patient sees that the officer looked',
  );
});

t.test('every organisation type the service names has a Dutch word', async (t) => {
  const text = await readFile(new URL('../../src/auth/demo-clients.ts', import.meta.url), 'utf8');
  const { organizationTypeInWords } = await import('../../src/izp/access-log-words.js');
  const types = [...text.matchAll(/type: '([A-Z0-9]{2,3})'/g)].map(([, code]) => code as string);
  t.ok(types.length > 3);
  for (const code of [...types, 'Z3', 'H1', 'N6', 'V4', 'V5', 'V6', 'X3', 'R5', 'T2', 'H2', 'AMB', 'J8', 'G5'])
    t.ok(organizationTypeInWords(code), code);
});
