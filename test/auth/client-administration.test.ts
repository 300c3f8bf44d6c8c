// The registry of clients by the admin API and by the commands, and the rotation of signing keys, against a whole service.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeProtectedHeader } from 'jose';
import pg from 'pg';
import t from 'tap';
import { KEEP_REPLACED_MS } from '../../src/auth/signing-keys.js';
import { clientCommand } from '../../src/cli/client-command.js';
import { keysCommand } from '../../src/cli/keys-command.js';
import { startService, type TestService } from '../harness/service.js';
import { newClient } from './setup.js';

const PATH = '/v1/admin/clients';
const admin = { as: 'admin' };

async function newDocument(clientId: string, more: object = {}) {
  const { registration } = await newClient(clientId);
  const { organizationUra: ura, organizationName: name, organizationType: type, ...rest } = registration;
  return { ...rest, organization: { ura, name, type }, ...more };
}

interface Audited {
  interaction: string;
  action: string;
  outcome: string;
  client_id: string | null;
  details: object;
}

async function audited(service: TestService): Promise<Audited[]> {
  const { rows } = await service.database.pool.query<Audited>(
    `SELECT interaction, action, outcome, client_id, details FROM audit_event WHERE interaction IN ('client-registry', 'configuration') ORDER BY recorded, id`,
  );
  return rows;
}

t.test('administrators list, add, show, change and revoke clients, and every request is in the log once', async (t) => {
  const service = await startService(t);
  const document = await newDocument('new/system', { onProfileErrors: 'accept-and-report' });
  const url = `${PATH}/${encodeURIComponent('new/system')}`;
  const added = await service.post(PATH, document, admin);
  t.equal(added.status, 201);
  t.equal(added.headers.get('location'), url);
  t.equal(added.headers.get('etag'), 'W/"1"');
  const stored = { ...document, vouchesForPatients: false, revoked: false, version: 1 };
  t.strictSame(added.json, stored);
  t.strictSame((await service.get(url, admin)).json, stored);
  const listed = (await service.get(PATH, admin)).json.clients as { clientId: string }[];
  t.strictSame(
    listed.map(({ clientId }) => clientId),
    ['admin', 'ambulance', 'gp', 'hap', 'homecare', 'hospice', 'hospital', 'new/system', 'officer', 'portal', 'region'],
  );

  const changed = await service.put(
    url,
    { ...stored, name: 'Ander', policies: ['own-team', 'permission'] },
    { ...admin, headers: { 'if-match': 'W/"1"' } },
  );
  t.equal(changed.status, 200);
  t.strictSame(changed.json, { ...stored, name: 'Ander', policies: ['own-team', 'permission'], version: 2 });
  t.equal(changed.headers.get('etag'), 'W/"2"');
  const late = await service.put(url, { ...stored, name: 'Te laat' }, { ...admin, headers: { 'if-match': 'W/"1"' } });
  t.equal(late.status, 412, 'nobody’s change is lost');
  t.equal((await service.put(url, stored, admin)).status, 428);

  const revoked = await service.ask('DELETE', url, admin);
  t.match(revoked.json, { clientId: 'new/system', revoked: true, version: 3 });
  t.match((await service.ask('DELETE', url, admin)).json, { revoked: true, version: 3 }, 'twice is no error and no change');
  const back = await service.put(url, { ...stored, revoked: false }, { ...admin, headers: { 'if-match': 'W/"3"' } });
  t.equal(back.status, 422, 'nobody comes back');

  const events = await audited(service);
  t.strictSame(
    events.map(({ interaction, action, outcome }) => `${interaction} ${action} ${outcome}`),
    [
      'configuration C success',
      'client-registry R success',
      'client-registry R success',
      'configuration U success',
      'configuration E error',
      'configuration E error',
      'configuration D success',
      'configuration D success',
      'configuration E error',
    ],
  );
  t.ok(events.every(({ client_id }) => client_id === 'admin'));
  t.match(events[0]?.details, { entities: ['Client/new/system'] });
});

t.test('refuses whoever is no administrator, and what cannot be a client', async (t) => {
  const service = await startService(t);
  const document = await newDocument('fresh');
  for (const as of ['gp', 'region', 'officer', 'patient:p']) {
    for (const [method, url] of [
      ['GET', PATH],
      ['POST', PATH],
      ['GET', `${PATH}/gp`],
      ['PUT', `${PATH}/gp`],
      ['DELETE', `${PATH}/gp`],
    ] as const) {
      const answer = await service.ask(method, url, { as, ...(method[0] === 'P' && { body: document }) });
      t.equal(answer.status, 403, `${as} ${method}`);
      t.equal(answer.json.resourceType, 'OperationOutcome');
    }
  }
  t.equal((await service.get(PATH, { as: null })).status, 401);
  const denied = await audited(service);
  t.equal(denied.length, 20, 'each refusal is in the log');
  t.ok(denied.every(({ outcome }) => outcome === 'denied'));

  const post = (body: unknown, headers = {}) => service.post(PATH, body, { ...admin, headers });
  t.equal((await post('{"clientId":')).status, 400);
  t.equal((await post(document, { 'content-type': 'text/plain' })).status, 415);
  t.equal((await post({ ...document, clientId: 'gp' })).status, 409);
  t.equal((await service.get(`${PATH}/nobody`, admin)).status, 404);
  t.equal((await service.ask('DELETE', `${PATH}/nobody`, admin)).status, 404);
  t.equal((await service.put(`${PATH}/nobody`, document, { ...admin, headers: { 'if-match': 'W/"1"' } })).status, 404);
  const wrongs: [object | null, RegExp][] = [
    [[], /not an object/],
    [{ ...document, scopes: undefined }, /scopes is missing/],
    [{ ...document, secret: 'x' }, /secret is not known here/],
    [{ ...document, policies: ['everything'] }, /The access policies of a client are out of/],
    [{ ...document, policies: 'own-team' }, /policies is not a list of texts/],
    [{ ...document, onProfileErrors: 'ignore' }, /onProfileErrors is not one of refuse, accept-and-report/],
    [{ ...document, vouchesForPatients: 'yes' }, /vouchesForPatients is not true or false/],
    [{ ...document, jwks: { keys: [null] } }, /jwks is not a JWK Set/],
    [{ ...document, jwks: { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] } }, /private or symmetric/],
    [{ ...document, organization: { agb: '1' } }, /agb is not known here/],
    [{ ...document, revoked: true }, /registered first and revoked later/],
  ];
  for (const [body, text] of wrongs) {
    const answer = await post(body);
    t.equal(answer.status, 422, String(text));
    t.match(answer.json.issue[0].diagnostics, text);
    t.notMatch(answer.text, /c2VjcmV0/);
  }
  const renamed = await service.put(`${PATH}/gp`, { ...document, clientId: 'other' }, { ...admin, headers: { 'if-match': 'W/"1"' } });
  t.equal(renamed.status, 422);
});

t.test('of two changes to one version one is made', async (t) => {
  const service = await startService(t);
  const current = (await service.get(`${PATH}/gp`, admin)).json;
  const names = ['a', 'b', 'c', 'd'];
  const answers = await Promise.all(
    names.map((name) => service.put(`${PATH}/gp`, { ...current, name }, { ...admin, headers: { 'if-match': 'W/"1"' } })),
  );
  t.strictSame(answers.map(({ status }) => status).sort(), [200, 412, 412, 412]);
  const made = answers.findIndex(({ status }) => status === 200);
  t.match((await service.get(`${PATH}/gp`, admin)).json, { name: names[made], version: 2 });
});

t.test('the client command does the same beside a running service, and its changes are in the log', async (t) => {
  const service = await startService(t);
  const folder = await mkdtemp(join(tmpdir(), 'izp-clients-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const file = async (document: unknown) => {
    await writeFile(`${folder}/client.json`, typeof document === 'string' ? document : JSON.stringify(document));
    return `${folder}/client.json`;
  };
  const { readFile } = await import('node:fs/promises');
  const run = (...args: string[]) =>
    clientCommand(args, {
      async withDatabase(action) {
        const client = new pg.Client(service.database.connection);
        await client.connect();
        try {
          return await action(client);
        } finally {
          await client.end();
        }
      },
      read: (path) => readFile(path, 'utf8'),
      clock: Date.now,
      newId: () => crypto.randomUUID(),
    });
  const document = await newDocument('by-command');
  const added = await run('add', await file(document));
  t.match(JSON.parse(added.ok ? added.output : '{}'), { clientId: 'by-command', version: 1, revoked: false });
  t.match(await run('list'), { ok: true, output: /^by-command\tby-command\town-team$/m });
  const shown = await run('show', 'by-command');
  const current = JSON.parse(shown.ok ? shown.output : '{}');
  t.match(await run('set', await file({ ...current, name: 'Nieuw' })), { ok: true, output: /"name": "Nieuw"/ });
  t.match(await run('set', await file({ ...current, name: 'Te laat' })), { ok: false, message: /was changed since it was shown/ });
  t.match(await run('set', await file({ ...document, onProfileErrors: 'accept-and-report' })), { ok: true, output: /"version": 3/ });
  t.match(await run('revoke', 'by-command'), { ok: true, output: /"revoked": true/ });
  t.match(await run('list'), { ok: true, output: /^by-command\t.*\trevoked$/m });

  const cases: [string[], RegExp][] = [
    [[], /^Usage/],
    [['add'], /^Usage/],
    [['list', 'x'], /^Usage/],
    [['remove', 'x'], /^Usage/],
    [['show', 'nobody'], /no client of this id/],
    [['revoke', 'nobody'], /no client of this id/],
    [['add', `${folder}/nothing`], /cannot be read/],
    [['add', await file(document)], /registered already/],
  ];
  for (const [args, message] of cases) t.match(await run(...args), { ok: false, message }, args.join(' '));
  t.match(await run('add', await file('{')), { ok: false, message: /is not JSON/ });
  t.match(await run('add', await file({ ...document, clientId: 'x y' })), { ok: false, message: /client id is 1 to 128/ });
  t.match(await run('set', await file({ ...document, clientId: 'nobody' })), { ok: false, message: /add it/ });
  t.match(await run('set', await file({ ...document, colour: 'red' })), { ok: false, message: /colour is not known here/ });

  const events = await audited(service);
  t.strictSame(
    events.map(({ action, outcome, client_id, details }) => ({ action, outcome, client_id, details })),
    ['C', 'U', 'U', 'D'].map((action) => ({
      action,
      outcome: 'success',
      client_id: null,
      details: { configuration: 'client', which: 'by-command' },
    })),
  );
});

t.test('signing keys rotate beside a running service: new tokens are signed anew, old ones live on', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'izp-keys-'));
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
  let now = Date.now();
  const clock = () => now;
  const service = await startService(t, { dataDir, clock });
  const folder = `${dataDir}/keys`;
  const signing = async () => (await readdir(folder)).filter((name) => name.startsWith('signing-'));
  const run = (...args: string[]) => keysCommand(args, folder, clock);
  const kidOf = (token: string) => decodeProtectedHeader(token).kid;
  const jwks = async () => ((await service.get('/oauth/jwks', { as: null })).json.keys as { kid: string }[]).map(({ kid }) => kid);
  const asked = (token: string) => service.get('Questionnaire', { as: null, headers: { authorization: `Bearer ${token}` } });

  const old = await service.token('gp');
  now += 60_000;
  t.match(await run('rotate', '--older-than', '1'), { ok: true, output: /^The newest key is not older than 1 days\.$/ });
  const rotated = await run('rotate');
  t.match(rotated, { ok: true, output: /^New key: \S+$/ });
  now += 11_000;
  const renewed = await service.token('gp');
  t.not(kidOf(renewed), kidOf(old));
  t.strictSame(await jwks(), [kidOf(old), kidOf(renewed)], 'both are published');
  t.equal((await asked(old)).status, 200);
  t.equal((await asked(renewed)).status, 200);
  t.match(await run('list'), { ok: true, output: new RegExp(`^${kidOf(old)}\\t.*\\n${kidOf(renewed)}\\t`) });

  now += KEEP_REPLACED_MS - 20_000;
  t.match(await run('rotate', '--older-than', '1'), { ok: true, output: /^The newest key is not older[^\n]*$/ });
  t.equal((await signing()).length, 2, 'not removed too early');
  now += 20_000;
  t.match(await run('rotate', '--older-than', '1'), { ok: true, output: /\nRemoved: signing-/ });
  t.equal((await signing()).length, 1);
  now += 11_000;
  t.strictSame(await jwks(), [kidOf(renewed)]);
  for (const args of [[], ['turn'], ['rotate', 'x'], ['rotate', '--older-than', 'x'], ['list', '--older-than', '1'], ['rotate', '--all']])
    t.match(await run(...args), { ok: false, message: /^Usage/ });
});
