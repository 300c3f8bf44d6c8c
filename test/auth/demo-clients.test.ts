// The demo callers and `npm run token`, over a listening service, a real database and real files; and what may be registered at all.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import Fastify from 'fastify';
import { decodeJwt, exportJWK, generateKeyPair, type JSONWebKeySet, type JWK } from 'jose';
import t from 'tap';
import { createClientKeys } from '../../src/auth/client-keys.js';
import { faultOfClient, registerClient } from '../../src/auth/client-registry.js';
import { DEMO_CLIENTS, type DemoClientFile, demoOrganizations, ensureDemoClients } from '../../src/auth/demo-clients.js';
import { isCovered, parseScope, type Scope } from '../../src/auth/scopes.js';
import { ensureSigningKey, openSigningKeys } from '../../src/auth/signing-keys.js';
import { tokenCommand } from '../../src/cli/token-command.js';
import { ORGANIZATION_TYPE_SYSTEM, URA_SYSTEM } from '../../src/fhir/identity.js';
import { registerOauthRoutes } from '../../src/http/oauth-routes.js';
import { findClient, revokeClient } from '../../src/store/clients.js';
import { runs } from '../harness/programs.js';
import { startService as startWhole } from '../harness/service.js';
import { newClient, openPool } from './setup.js';

const pool = await openPool(t);
const dataDir = t.testdir({});
const NAMES = ['admin', 'ambulance', 'gp', 'hap', 'homecare', 'hospice', 'hospital', 'officer', 'portal', 'region'];

await ensureDemoClients(pool, dataDir, Date.now);
await ensureSigningKey(`${dataDir}/keys`, Date.now);
const app = Fastify();
let baseUrl = '';
registerOauthRoutes(app, {
  db: pool,
  keys: await openSigningKeys(`${dataDir}/keys`, Date.now),
  clientKeys: createClientKeys(globalThis.fetch, Date.now),
  clock: Date.now,
  newId: randomUUID,
  baseUrl: () => baseUrl,
  record: async () => undefined,
});
baseUrl = await app.listen({ host: '127.0.0.1', port: 0 });
t.teardown(() => app.close());
await writeFile(`${dataDir}/address`, `${baseUrl}\n`);

const deps = { fetch: globalThis.fetch, clock: Date.now, newId: randomUUID };
const token = (...args: string[]) => tokenCommand(args, dataDir, deps);

async function fileOf(name: string): Promise<DemoClientFile> {
  return JSON.parse(await readFile(`${dataDir}/demo-clients/${name}.json`, 'utf8')) as DemoClientFile;
}

t.test('keeps every private key to its owner', async (t) => {
  t.strictSame(
    (await readdir(`${dataDir}/demo-clients`)).sort(),
    NAMES.map((name) => `${name}.json`),
  );
  const folders = ['keys', 'demo-clients'].map((name) => `${dataDir}/${name}`);
  for (const folder of folders) {
    t.equal((await stat(folder)).mode & 0o777, 0o700);
    for (const name of await readdir(folder)) t.equal((await stat(`${folder}/${name}`)).mode & 0o777, 0o600, name);
  }
  const keys = await Promise.all(NAMES.map(async (name) => (await fileOf(name)).privateJwk.d));
  t.equal(new Set(keys).size, NAMES.length, 'each client has a key of its own');
  const { rows } = await pool.query<{ jwks: string }>('SELECT jwks::text AS jwks FROM client');
  t.notOk(
    rows.some((row) => row.jwks.includes('"d"')),
    'the database holds public halves alone',
  );
});

t.test('describes each organisation the same way in client, token and resource', async (t) => {
  for (const organization of demoOrganizations()) {
    const name = organization.id?.slice('demo-'.length) as string;
    const { organisation } = await fileOf(name);
    t.match(organisation.ura, /^\d{8}$/);
    t.strictSame(organization.identifier, [{ system: URA_SYSTEM, value: organisation.ura }]);
    t.equal(organization.name, organisation.name);
    t.strictSame(
      organization.type?.flatMap((type) => type.coding ?? []),
      organisation.type === undefined ? [] : [{ system: ORGANIZATION_TYPE_SYSTEM, code: organisation.type }],
    );
    // The portal gets tokens for persons alone, who speak for themselves.
    if (name === 'portal') continue;
    const result = await token(name);
    const claims = decodeJwt(result.ok ? result.output : '');
    t.match(claims, { client_id: name, organization_ura: organisation.ura, organization_name: organisation.name });
    t.equal(claims.organization_type, organisation.type);
  }
  t.strictSame(
    ['gp', 'hospital', 'homecare', 'hospice', 'hap', 'ambulance'].map((name) => DEMO_CLIENTS[name]?.organisation.type),
    ['Z3', 'V4', 'T2', 'H2', 'N6', 'AMB'],
  );
  t.equal(new Set(Object.values(DEMO_CLIENTS).map(({ organisation }) => organisation.ura)).size, NAMES.length);
});

t.test('every demo client would pass the registration of any client', async (t) => {
  for (const name of NAMES) {
    const client = await findClient(pool, name);
    t.equal(client && faultOfClient(client), undefined, name);
  }
});

t.test('leaves registered demo clients alone, and mends what a start cut short left behind', async (t) => {
  const before = await Promise.all(NAMES.map(fileOf));
  await revokeClient(pool, 'hap', new Date());
  await ensureDemoClients(pool, dataDir, Date.now);
  t.strictSame(await Promise.all(NAMES.map(fileOf)), before);

  await rm(`${dataDir}/demo-clients/gp.json`);
  await pool.query("DELETE FROM client WHERE client_id = 'hospice'");
  await writeFile(`${dataDir}/demo-clients/hap.json`, '{"clientId":');
  await ensureDemoClients(pool, dataDir, Date.now);
  for (const name of ['gp', 'hospice', 'hospital']) t.equal((await token(name)).ok, true, name);
  t.match(await token('hap'), { ok: false, message: /refused: invalid_client/ }, 'a revoked client stays revoked');
});

t.test('prints a token with the asked scope, purpose and user', async (t) => {
  const result = await token('gp', '--purpose', 'ETREAT', '--scope', 'system/Consent.rs', '--user', '900012345', '--role', '01.015');
  const claims = decodeJwt(result.ok ? result.output : '');
  t.match(claims, { scope: 'system/Consent.rs', purpose_of_use: 'ETREAT', user_id: '900012345', user_role: '01.015' });
  const ambulance = await token('ambulance');
  t.match(decodeJwt(ambulance.ok ? ambulance.output : ''), { purpose_of_use: 'ETREAT', scope: 'system/*.rs' });
});

t.test('prints the token of a patient, and of a representative, through the portal that vouches for them', async (t) => {
  const patient = await token('patient', '--patient', 'p1');
  t.match(decodeJwt(patient.ok ? patient.output : ''), {
    client_id: 'portal',
    sub: 'Patient/p1',
    patient: 'p1',
    fhirUser: 'Patient/p1',
    user_id: 'Patient/p1',
    purpose_of_use: 'PATRQT',
    scope: 'patient/*.rs patient/Consent.cu patient/CarePlan.u patient/Communication.cu patient/DocumentReference.cu',
  });
  const representative = await token('representative', '--patient', 'p1', '--person', 'r1', '--scope', 'patient/Consent.rs');
  t.match(decodeJwt(representative.ok ? representative.output : ''), {
    patient: 'p1',
    fhirUser: 'RelatedPerson/r1',
    user_id: 'RelatedPerson/r1',
    scope: 'patient/Consent.rs',
  });
});

t.test('finds who represents a patient in the record of the running service', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'izp-persons-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const whole = await startWhole(t, { dataDir: folder });
  const run = (...args: string[]) => tokenCommand([...args, '--base', whole.base], folder, deps);
  const relation = (id: string, code: string, more: object = {}) => ({
    resourceType: 'RelatedPerson',
    id,
    patient: { reference: 'Patient/p' },
    relationship: [{ coding: [{ system: 'urn:oid:2.16.840.1.113883.2.4.3.11.22.472', code }] }],
    ...more,
  });
  t.equal((await whole.put('Patient/p', { resourceType: 'Patient', id: 'p', name: [{ text: 'W. van den Berg' }] })).status, 201);
  t.equal((await whole.put('RelatedPerson/first-contact', relation('first-contact', '1'))).status, 201);
  t.equal((await whole.put('RelatedPerson/former', relation('former', '24', { active: false }))).status, 201);
  t.match(await run('representative', '--patient', 'p'), { ok: false, message: /Nobody is recorded as representative .*--person/ });
  t.equal((await whole.put('RelatedPerson/daughter', relation('daughter', '24'))).status, 201);
  const result = await run('representative', '--patient', 'p');
  t.match(decodeJwt(result.ok ? result.output : ''), { patient: 'p', fhirUser: 'RelatedPerson/daughter' });

  const own = await whole.get('Patient/p', { as: 'patient:p' });
  t.equal(own.status, 200, 'patients read their own record');
  t.equal((await whole.get('Patient/p', { as: 'patient:q' })).status, 404, 'and nobody else’s');
  const created = await whole.post('Flag', { resourceType: 'Flag' }, { as: 'patient:p' });
  t.equal(created.status, 403, 'and write what their scopes name alone');
  t.match(created.json.issue[0].diagnostics, /patient\/Flag\.c is needed/);
});

t.test('says in one line what is wrong', async (t) => {
  const cases: [string[], RegExp][] = [
    [[], /^Usage: npm run -s token -- <client>/],
    [['gp', 'hospital'], /^Usage/],
    [['gp', '--porpose', 'TREAT'], /^Usage/],
    [
      ['dentist'],
      /no demo client of that name\. Known: admin, ambulance, gp, hap, homecare, hospice, hospital, officer, portal, region; and patient, representative\.$/,
    ],
    [['../keys/signing'], /no demo client of that name/],
    [['patient'], /^Usage/],
    [['gp', '--patient', 'x'], /^Usage/],
    [['patient', '--patient', 'x', '--person', 'y'], /^Usage/],
    [['patient', '--patient', '../x'], /are ids of resources/],
    [['portal'], /refused: invalid_scope: A patient\/ scope is for the token of a patient or representative/],
    [['patient', '--patient', 'x', '--purpose', 'TREAT'], /refused: invalid_request: The purpose of a person's token is PATRQT/],
    [['homecare', '--purpose', 'ETREAT'], /refused: unauthorized_client: The client may not ask for the purpose ETREAT\.$/],
    [['gp', '--base', 'http://127.0.0.1:1/'], /does not answer at http:\/\/127\.0\.0\.1:1: start it with npm start/],
    [['gp', '--base', 'nowhere'], /is not a URL/],
  ];
  for (const [args, text] of cases) {
    const result = await token(...args);
    t.match(result, { ok: false, message: text });
    t.notMatch(result, { message: /\n/ });
  }
  const empty = t.testdir({ 'demo-clients': {} });
  t.match(await tokenCommand(['gp'], empty, deps), { ok: false, message: /no demo clients in .*: start the service first/ });
  await rm(`${dataDir}/address`);
  t.match(await token('gp'), { ok: false, message: /not running: start it with npm start/ });
  t.match(await token('gp', '--base', baseUrl), { ok: true });
  await writeFile(`${dataDir}/address`, baseUrl);
});

t.test('as a command prints the token and nothing else, or exits with 1', async (t) => {
  const run = (name: string) =>
    promisify(execFile)(process.execPath, [...runs('src/cli/token.ts'), name], { env: { ...process.env, DATA_DIR: dataDir } }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, stdout: error.stdout, stderr: error.stderr }),
    );
  const [good, bad] = await Promise.all([run('gp'), run('dentist')]);
  t.match(good, { code: 0, stdout: /^[\w-]+\.[\w-]+\.[\w-]+\n$/, stderr: /^$/ });
  t.match(bad, { code: 1, stdout: /^$/, stderr: /^There is no demo client of that name\. .*\n$/ });
});

t.test('registers only clients that can be told from others and that cannot sign for anybody', async (t) => {
  const good = (await newClient('fit', 'EdDSA')).registration;
  t.equal(faultOfClient(good), undefined);
  const key = (jwk: JWK): JSONWebKeySet => ({ keys: [jwk] });
  const [fit] = (good.jwks as JSONWebKeySet).keys as [JWK];
  const rsa = await exportJWK((await generateKeyPair('RS384', { modulusLength: 2048 })).publicKey);
  t.equal(faultOfClient({ ...good, jwks: key(rsa) }), undefined);
  t.equal(faultOfClient({ ...good, jwks: { keys: [fit, { ...rsa, kid: 'second' }] } }), undefined);
  const p256 = await exportJWK((await generateKeyPair('ES256')).publicKey);
  const cases: [Partial<typeof good>, RegExp][] = [
    [{ clientId: 'with space' }, /client id/],
    [{ jwks: undefined }, /either the key set or the URL/],
    [{ jwksUrl: 'https://ehr.example/jwks' }, /either the key set or the URL/],
    [{ jwks: undefined, jwksUrl: 'http://ehr.example/jwks' }, /not an https URL/],
    [{ jwks: undefined, jwksUrl: 'file:///etc/passwd' }, /not an https URL/],
    [{ jwks: { keys: [] } }, /no key/],
    [{ jwks: key({ ...fit, d: 'x' }) }, /private or symmetric/],
    [{ jwks: key({ kty: 'oct', k: 'c2VjcmV0' }) }, /private or symmetric/],
    [{ jwks: key({ ...fit, alg: 'HS256' }) }, /another algorithm/],
    [{ jwks: key(p256) }, /neither RSA, nor EC on P-384/],
    [{ jwks: key({ ...rsa, n: rsa.n?.slice(0, 171) }) }, /shorter than 2048 bits/],
    [{ jwks: { keys: [fit, fit] } }, /kid of its own/],
    [{ organizationUra: '123' }, /eight digits/],
    [{ scopes: [] }, /scopes/],
    [{ scopes: ['system/*.read'] }, /scopes/],
    [{ scopes: ['patient/*.rs'] }, /for clients that vouch for patients/],
    [{ policies: ['everything'] }, /access policies of a client are out of own-team, permission/],
    [{ purposes: [] }, /purposes/],
    [{ purposes: ['treat'] }, /purposes/],
  ];
  for (const [change, text] of cases) t.match(faultOfClient({ ...good, ...change }) ?? '', text);
  t.equal(await registerClient(pool, { ...good, jwks: undefined, jwksUrl: 'https://ehr.example/jwks' }, Date.now), undefined);
  t.match(await registerClient(pool, good, Date.now), /registered already/);
  t.match(await findClient(pool, 'fit'), { jwksUrl: 'https://ehr.example/jwks', jwks: undefined, revoked: false });
});

t.test('covers a scope exactly when every letter of it is held', (t) => {
  const letters = fc.subarray([...'cruds'], { minLength: 1 }).map((subset) => subset.join(''));
  const scope: fc.Arbitrary<Scope> = fc.record(
    { context: fc.constantFrom('system', 'user', 'patient'), type: fc.constantFrom('*', 'Consent', 'Goal'), letters },
    { noNullPrototype: true },
  );
  const text = ({ context, type, letters }: Scope) => `${context}/${type}.${letters}`;
  fc.assert(
    fc.property(scope, (s) => t.strictSame(parseScope(text(s)), s)),
    { numRuns: 50 },
  );
  fc.assert(
    fc.property(scope, fc.array(scope, { maxLength: 4 }), (asked, held) => {
      const actions = (s: Scope) =>
        (s.type === '*' ? ['*', 'Consent', 'Goal'] : [s.type]).flatMap((type) => [...s.letters].map((l) => `${s.context}/${type}.${l}`));
      const may = new Set(held.flatMap(actions));
      const wanted = [...asked.letters].map((letter) => `${asked.context}/${asked.type}.${letter}`);
      return isCovered(asked, held) === wanted.every((action) => may.has(action));
    }),
  );
  t.end();
});
