// Signing in at the pages and out again, by the real thing: a browser's requests against the service and an issuer. And every way known to
// get in without having signed in, or as somebody else.
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { SIGNED_OUT_PATH } from '../../src/http/sign-in/sign-in-routes.js';
import { StartError } from '../../src/store/start-error.js';
import { Browser, hiddenFields, type Page, type Visit } from '../harness/browser.js';
import type { Teardown } from '../harness/database.js';
import { startService, type TestService } from '../harness/service.js';
import { openIssuer, type TestIssuer } from '../harness/sign-in-issuer.js';

const MINUTE = 60_000;

interface Clock {
  (): number;
  now: number;
}

function movableClock(): Clock {
  const clock = (() => clock.now) as Clock;
  clock.now = Date.parse('2026-11-02T09:00:00Z');
  return clock;
}

async function started(t: Teardown, more: Parameters<typeof startService>[1] = {}) {
  const clock = movableClock();
  const service = await startService(t, { clock, ...more });
  return { clock, service, browser: new Browser(service.base) };
}

const shared = await started(t);

/** The service that most of these share, with a browser of one's own. */
const visited = () => ({ ...shared, browser: new Browser(shared.service.base) });

/** What the log holds of signing in and out, oldest first. */
async function events({ database }: TestService, last = 1) {
  const { rows } = await database.pool.query(
    `SELECT interaction, outcome, client_id, organization_ura, user_id, user_role, reason FROM audit_event
     WHERE interaction IN ('sign-in', 'sign-out', 'authenticate') ORDER BY seq`,
  );
  return rows.slice(-last);
}

t.test('a person signs in on the way to a page, and out again', async (t) => {
  const { service, browser } = visited();
  const asked = await browser.go('/spoed');
  t.match(asked.html, 'Dit is een proefopstelling', 'the demo issuer says what it is');
  const begun = new URL(asked.url);
  t.equal(begun.pathname, '/oauth/authorize');
  t.equal(begun.searchParams.get('code_challenge_method'), 'S256');
  t.match(begun.searchParams.get('code_challenge'), /^[\w-]{43}$/);
  for (const name of ['state', 'nonce']) t.match(begun.searchParams.get(name), /^[\w-]{43}$/, name);
  const attempt = [...browser.cookies];
  t.equal(attempt.length, 1);

  const page = await browser.send(asked, '/oauth/authorize', { persoon: 'gp' });
  t.equal(page.status, 200);
  t.equal(new URL(page.url).pathname, '/spoed', 'and is where they wanted to be');
  t.match(page.html, 'M. de Wit, Huisartsenpraktijk Lindedorp');
  t.equal(page.headers.get('cache-control'), 'no-store');
  t.equal(page.headers.get('referrer-policy'), 'same-origin');
  t.match(
    page.headers.get('content-security-policy'),
    /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
  );
  t.strictSame([...browser.cookies.keys()], ['izp-sessie'], 'what was carried on the way is gone');
  t.match(browser.session?.value, /^[\w-]{43}$/, 'nothing stands in the cookie but chance');
  t.strictSame([...(browser.session?.attributes ?? [])].sort(), ['httponly', 'path=/', 'samesite=lax']);

  const before = browser.session?.value as string;
  const left = await browser.send(page, '/afmelden');
  t.match(left.html, /http-equiv="refresh" content="0;url=[^"]*\/oauth\/end-session\?[^"]*id_token_hint=/, 'and out at the issuer');
  const there = /content="0;url=([^"]*)"/.exec(left.html)?.[1]?.replaceAll('&amp;', '&') ?? '';
  t.equal(new URL((await browser.go(there)).url).pathname, SIGNED_OUT_PATH);
  t.equal(browser.session, undefined);
  browser.cookies.set('izp-sessie', { value: before, attributes: [] });
  t.equal(new URL((await browser.go('/spoed')).url).pathname, '/oauth/authorize', 'the old cookie opens nothing');

  const who = { client_id: 'gp', organization_ura: '99900001', user_id: 'demo-gp', user_role: '01.015' };
  t.match(await events(service, 3), [
    { interaction: 'sign-in', outcome: 'success', ...who },
    { interaction: 'sign-out', outcome: 'success', ...who },
    { interaction: 'authenticate', outcome: 'denied', reason: 'no page session' },
  ]);
  const stored = JSON.stringify((await service.database.pool.query('SELECT * FROM page_session')).rows);
  t.notOk(stored.includes(before), 'no cookie is stored');
});

t.test('who is signed in is the same caller as their token would be, with the purpose of the page', async (t) => {
  const { service, browser } = visited();
  await service.put('Patient/p', { resourceType: 'Patient', id: 'p', name: [{ text: 'W. van den Berg' }] });
  await browser.signIn('ambulance');
  const { rows } = await service.database.pool.query(
    "SELECT purpose, client_id, user_id, emergency FROM audit_event WHERE interaction = 'emergency-card' AND client_id = 'ambulance'",
  );
  t.match(rows, [{ purpose: 'ETREAT', client_id: 'ambulance', user_id: 'demo-ambulance' }]);
  const patient = new Browser(service.base);
  t.match((await patient.signIn('patient:p')).html, 'W. van den Berg');
  const { rows: own } = await service.database.pool.query(
    "SELECT purpose FROM audit_event WHERE client_id = 'portal' AND interaction = 'emergency-card'",
  );
  t.strictSame(own, [{ purpose: 'PATRQT' }], 'a patient asks as themselves');
  const region = new Browser(service.base);
  t.equal((await region.signIn('region')).status, 403, 'who may ask for neither purpose is told so');
  const nobody = new Browser(service.base);
  t.equal((await nobody.send(await nobody.go('/spoed'), '/oauth/authorize', { persoon: 'patient:nobody' })).status, 422);
});

t.test('over https the cookie is one that no neighbour can set and no wire shows', async (t) => {
  const { service } = visited();
  const own = service.address.base;
  t.teardown(() => {
    service.address.base = own;
  });
  service.address.base = 'https://zorg.example';
  const begun = await service.app.inject({ url: '/aanmelden' });
  const [attempt = ''] = [begun.headers['set-cookie']].flat() as string[];
  t.match(attempt, /^__Host-izp-aanmelding-[\w-]{8}=[\w.-]+; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=600$/);
  const to = new URL(begun.headers.location as string);
  t.equal(to.searchParams.get('redirect_uri'), 'https://zorg.example/aanmelden/terug');
  const chosen = await service.app.inject({
    method: 'POST',
    url: '/oauth/authorize',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://zorg.example' },
    payload: `${to.searchParams}&persoon=gp`,
  });
  const back = new URL(chosen.headers.location as string);
  const cookie = attempt.split(';')[0] as string;
  const done = await service.app.inject({ url: `${back.pathname}${back.search}`, headers: { cookie } });
  t.equal(done.statusCode, 303);
  const cookies = [done.headers['set-cookie']].flat() as string[];
  t.match(cookies[1], /^__Host-izp-sessie=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
  service.address.base = 'http://zorg.example';
  t.equal((await service.app.inject({ url: '/aanmelden' })).statusCode, 403, 'in the clear nobody signs in, but on this machine');
});

t.test('a sign-in that did not begin in this browser ends nowhere', async (t) => {
  const { clock, service } = visited();
  const back = async (victim: Browser, asked: Page): Promise<URL> => {
    const chosen = await victim.go('/oauth/authorize', {
      form: { ...hiddenFields(asked.html, '/oauth/authorize'), persoon: 'gp' },
      stay: true,
    });
    return new URL(chosen.headers.get('location') as string);
  };
  const attacker = new Browser(service.base);
  const url = await back(attacker, await attacker.go('/spoed'));

  const victim = new Browser(service.base);
  t.equal((await victim.go(url.href)).status, 403, 'the link of an attacker');
  await victim.go('/spoed');
  t.equal((await victim.go(url.href)).status, 403, 'also while another is under way');
  t.equal(victim.session, undefined);

  const wrong = new URL(url);
  wrong.searchParams.set('state', 'x'.repeat(43));
  t.equal((await attacker.go(wrong.href)).status, 403, 'another state');
  const foreign = new URL(url);
  foreign.searchParams.set('iss', 'https://elsewhere.example');
  t.equal((await attacker.go(foreign.href)).status, 403, 'an answer of another issuer');
  t.equal((await attacker.go(url.href)).status, 403, 'and then the browser has no sign-in under way');
  t.equal(attacker.session, undefined);

  const slow = new Browser(service.base);
  const asked = await slow.go('/spoed');
  clock.now += 11 * MINUTE;
  t.equal((await slow.go((await back(slow, asked)).href)).status, 403, 'after ten minutes');
  t.match(await events(service, 6), Array(6).fill({ interaction: 'sign-in', outcome: 'denied' }), 'each stands in the log');
});

t.test('a session before sign-in is none afterwards', async (t) => {
  const { service, browser } = visited();
  browser.cookies.set('izp-sessie', { value: 'A'.repeat(43), attributes: [] });
  await browser.signIn('hospital');
  t.not(browser.session?.value, 'A'.repeat(43), 'a planted cookie is replaced');
  const first = browser.session?.value as string;
  await browser.send(await browser.go('/aanmelden?naar=/spoed'), '/oauth/authorize', { persoon: 'gp' });
  t.not(browser.session?.value, first, 'who signs in again gets another');
  const old = new Browser(service.base);
  old.cookies.set('izp-sessie', { value: first, attributes: [] });
  t.equal(new URL((await old.go('/spoed')).url).pathname, '/oauth/authorize', 'and the one before has ended');
  const twice = await fetch(`${service.base}/spoed`, {
    redirect: 'manual',
    headers: { cookie: `izp-sessie=${browser.session?.value}; izp-sessie=x` },
  });
  t.equal(twice.status, 303, 'two cookies of that name are none');
});

t.test('a session ends when nobody uses it, and at the end of a shift', async (t) => {
  const { clock, browser } = visited();
  const isIn = async () => new URL((await browser.go('/spoed')).url).pathname === '/spoed';
  await browser.signIn('gp');
  clock.now += 14 * MINUTE;
  t.ok(await isIn(), 'used within a quarter of an hour');
  clock.now += 14 * MINUTE;
  t.ok(await isIn(), 'and again');
  clock.now += 15 * MINUTE + 1_000;
  t.notOk(await isIn(), 'not used for longer');
  await browser.signIn('gp');
  for (let minutes = 0; minutes < 8 * 60 - 10; minutes += 10) {
    clock.now += 10 * MINUTE;
    if (!(await isIn())) t.fail(`gone after ${minutes} minutes`);
  }
  clock.now += 10 * MINUTE;
  t.notOk(await isIn(), 'eight hours after sign-in');
});

t.test('a form that was typed while the session ended is given back, to be sent again', async (t) => {
  const { clock, browser } = visited();
  const page = await browser.signIn('gp');
  clock.now += 16 * MINUTE;
  const sent = await browser.send(page, '/spoed', { bsn: '900186021' });
  t.equal(sent.status, 401);
  t.match(sent.html, 'Wat u verstuurde, is niet verwerkt');
  t.match(sent.html, 'href="/spoed"');
  t.notMatch(sent.html.replace('<input type="hidden" name="bsn" value="900186021">', ''), '900186021', 'a number is not shown');
});

t.test('whose client is revoked is out within a minute', async (t) => {
  const { clock, service, browser } = visited();
  await browser.signIn('homecare');
  await service.database.pool.query("UPDATE client SET revoked_at = now() WHERE client_id = 'homecare'");
  clock.now += MINUTE;
  t.equal(new URL((await browser.go('/spoed')).url).pathname, '/oauth/authorize');
  const again = await browser.signIn('homecare');
  t.equal(again.status, 403, 'and does not come in again');
  t.match((await events(service)).at(-1), { interaction: 'sign-in', outcome: 'denied', reason: 'client revoked', client_id: 'homecare' });
});

t.test('a form from elsewhere does nothing', async (t) => {
  const { service, browser } = visited();
  const page = await browser.signIn('gp');
  const other = await new Browser(service.base).signIn('hospital');
  const form = { ...hiddenFields(page.html, '/spoed'), bsn: '900186021' };
  for (const [what, visit] of Object.entries<Visit>({
    'without the token': { form: { bsn: '900186021' } },
    'with the token of somebody else': { form: { bsn: '900186021', formulier: hiddenFields(other.html, '/spoed').formulier as string } },
    'from another site': { form, headers: { origin: 'https://evil.example' } },
    'from a neighbour': { form, headers: { 'sec-fetch-site': 'same-site' } },
    'from nowhere': { form, headers: { origin: 'null' } },
  })) {
    const sent = await browser.go('/spoed', visit);
    t.equal(sent.status, 403, what);
    t.match(sent.html, 'kwam niet van deze pagina', what);
    t.equal((await browser.go('/afmelden', visit)).status, 403, `sign-out ${what}`);
  }
  t.ok(browser.session, 'still signed in');
  t.equal((await browser.go('/spoed', { form, headers: { 'sec-fetch-site': 'same-origin' } })).status, 200);
  const text = await browser.go('/spoed', { form, headers: { 'content-type': 'text/plain' } });
  t.equal(text.status, 415, 'what is no form');
  const cookieAtApi = await fetch(`${service.base}/v1/emergency-card`, {
    method: 'POST',
    headers: { cookie: `izp-sessie=${browser.session?.value}`, 'content-type': 'application/json' },
    body: '{"bsn":"900186021"}',
  });
  t.equal(cookieAtApi.status, 401, 'the cookie opens no address of the API');
  const tokenAtPage = await fetch(`${service.base}/spoed`, {
    redirect: 'manual',
    headers: { authorization: `Bearer ${await service.token('gp')}` },
  });
  t.equal(tokenAtPage.status, 303, 'nor a token a page');
});

t.test('after sign-in one is at a page of this service, whatever was asked', async (t) => {
  const { service } = visited();
  for (const asked of [
    'https://evil.example/',
    '//evil.example/spoed',
    '/\\evil.example/spoed',
    '/\t/evil.example',
    'javascript:alert(1)',
    '/spoed/../../evil',
    '/v1/access-log',
    '/oauth/authorize',
    '/aanmelden',
    `/spoed?x=${'y'.repeat(2_000)}`,
    '',
  ]) {
    const browser = new Browser(service.base);
    const start = await browser.go(`/aanmelden?${new URLSearchParams({ naar: asked })}`);
    const page = await browser.send(start, '/oauth/authorize', { persoon: 'gp' });
    t.equal(page.url, `${service.base}/spoed`, JSON.stringify(asked.slice(0, 40)));
  }
  const browser = new Browser(service.base);
  const page = await browser.signIn('gp', '/plan?patient=p');
  t.equal(page.url, `${service.base}/plan?patient=p`);
});

t.test('the demo issuer gives a code to the pages alone, and an id_token for it once', async (t) => {
  const { clock, service, browser } = visited();
  const verifier = randomBytes(32).toString('base64url');
  const right = {
    client_id: 'pages',
    redirect_uri: `${service.base}/aanmelden/terug`,
    response_type: 'code',
    scope: 'openid',
    state: 's',
    nonce: 'n',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  };
  const authorize = (change: Record<string, string>, more = '') =>
    browser.go(`/oauth/authorize?${new URLSearchParams({ ...right, ...change })}${more}`, { stay: true });
  for (const [what, change] of Object.entries<Record<string, string>>({
    'another client': { client_id: 'gp' },
    'another address': { redirect_uri: 'https://evil.example/aanmelden/terug' },
    'an address that begins alike': { redirect_uri: `${right.redirect_uri}/more` },
    'an address with more behind it': { redirect_uri: `${right.redirect_uri}?x=1` },
  })) {
    const refused = await authorize(change);
    t.equal(refused.status, 400, what);
    t.equal(refused.headers.get('location'), null, `${what}: nobody is sent there`);
  }
  for (const [what, change, error] of [
    ['no challenge', { code_challenge: '' }, 'invalid_request'],
    ['a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['a token at once', { response_type: 'id_token' }, 'unsupported_response_type'],
    ['no openid', { scope: 'system/*.rs' }, 'invalid_scope'],
    ['without asking', { prompt: 'none' }, 'login_required'],
  ] as const) {
    const refused = new URL((await authorize(change)).headers.get('location') ?? 'x:');
    t.equal(refused.origin + refused.pathname, right.redirect_uri, what);
    t.equal(refused.searchParams.get('error'), error, what);
    t.equal(refused.searchParams.get('state'), 's', what);
  }
  t.match((await authorize({}, '&state=t')).headers.get('location'), 'error=invalid_request', 'a parameter twice');

  const code = async () => {
    const chosen = await browser.go('/oauth/authorize', { form: { ...right, persoon: 'gp' }, stay: true });
    return new URL(chosen.headers.get('location') as string).searchParams.get('code') as string;
  };
  const redeem = (form: Record<string, string>) =>
    service.ask('POST', '/oauth/token', {
      as: null,
      form: { grant_type: 'authorization_code', client_id: 'pages', redirect_uri: right.redirect_uri, code_verifier: verifier, ...form },
    });
  const once = await code();
  const got = await redeem({ code: once });
  t.equal(got.status, 200);
  t.equal(JSON.parse(Buffer.from(got.json.id_token.split('.')[1], 'base64url').toString()).nonce, 'n');
  for (const token of [got.json.access_token, got.json.id_token]) {
    const used = await service.get('Patient', { as: null, headers: { authorization: `Bearer ${token}` } });
    t.equal(used.status, 401, 'neither token opens the API');
  }
  const stale = await code();
  clock.now += 61_000;
  const refusals: [string, Record<string, string>][] = [
    ['used before', { code: once }],
    ['a minute old', { code: stale }],
    ['of another client', { code: await code(), client_id: 'gp' }],
    ['with another address', { code: await code(), redirect_uri: `${service.base}/afgemeld` }],
    ['without the verifier', { code: await code(), code_verifier: '' }],
    ['with another verifier', { code: await code(), code_verifier: randomBytes(32).toString('base64url') }],
    ['with the challenge for a verifier', { code: await code(), code_verifier: right.code_challenge }],
    ['that is none', { code: 'x' }],
  ];
  for (const [what, form] of refusals) {
    const refused = await redeem(form);
    t.equal(refused.status, 400, what);
    t.equal(refused.json.error, 'invalid_grant', what);
  }
  const tried = await code();
  await redeem({ code: tried, code_verifier: 'x'.repeat(43) });
  t.equal((await redeem({ code: tried })).status, 400, 'a code has one try');
  const both = await code();
  const raced = await Promise.all([redeem({ code: both }), redeem({ code: both }), redeem({ code: both })]);
  t.strictSame(raced.map(({ status }) => status).sort(), [200, 400, 400], 'also at the same moment');
  t.equal((await browser.go(`/oauth/end-session?post_logout_redirect_uri=https://evil.example/`)).status, 400);
  t.equal(
    (await browser.go('/oauth/authorize', { form: { ...right, persoon: 'gp' }, headers: { origin: 'https://evil.example' } })).status,
    403,
  );
});

t.test('a service in use has no demo issuer, and without another nobody signs in', async (t) => {
  const { service, browser } = await started(t, { demo: false });
  for (const path of ['/.well-known/openid-configuration', '/oauth/authorize', '/oauth/end-session'])
    t.equal((await fetch(`${service.base}${path}`)).status, 404, path);
  const code = await service.ask('POST', '/oauth/token', { as: null, form: { grant_type: 'authorization_code', code: 'x' } });
  t.match(code.json, { error: 'unsupported_grant_type' });
  const page = await browser.go('/spoed');
  t.equal(page.status, 404);
  t.match(page.html, 'Aanmelden is niet ingesteld');
  t.equal((await browser.go('/aanmelden/terug?code=x&state=y')).status, 404);
});

t.test('people sign in at the issuer that the operator named', async (t) => {
  const issuer = await openIssuer(t);
  const dataDir = await mkdtemp(join(tmpdir(), 'izp-sign-in-'));
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
  const file = join(dataDir, 'sign-in.json');
  const begin = async (configuration: object) => {
    await writeFile(file, JSON.stringify({ issuer: issuer.url, ...configuration }));
    const service = await startService(t, { env: { SIGN_IN_FILE: file } });
    return { service, browser: new Browser(service.base) };
  };
  const person = {
    sub: 'u-1',
    name: 'P. Jansen',
    azp: 'hospital',
    employee: 'pjansen',
    role: '01.016',
    ura: '99900002',
    org: 'Ziekenhuis Lindedorp',
    kind: 'V4',
  };
  const claims = {
    clientId: 'azp',
    userId: 'employee',
    userRole: 'role',
    organizationUra: 'ura',
    organizationName: 'org',
    organizationType: 'kind',
  };

  await t.test('with a key of its own, an assurance it asks for, and claims under other names', async (t) => {
    await writeFile(join(dataDir, 'key.json'), JSON.stringify(issuer.clientKey));
    const { service, browser } = await begin({ clientId: 'zorgplan', keyFile: 'key.json', claims, acr: ['high'] });
    t.equal((await fetch(`${service.base}/.well-known/openid-configuration`)).status, 404, 'then the demo has no issuer of its own');
    const signIn = (more: object, fault: Partial<TestIssuer['fault']> = {}) => {
      Object.assign(issuer, { person: { ...person, acr: 'high', ...more }, fault });
      return browser.go('/spoed');
    };
    const page = await signIn({});
    t.equal(page.url, `${service.base}/spoed`);
    t.match(page.html, 'P. Jansen, Ziekenhuis Lindedorp');
    t.equal(issuer.asked.searchParams.get('acr_values'), 'high');
    t.match(issuer.proof, { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' });
    t.match((await events(service)).at(-1), { interaction: 'sign-in', client_id: 'hospital', user_id: 'pjansen', user_role: '01.016' });
    const left = await browser.send(page, '/afmelden');
    t.match(left.html, `0;url=${issuer.url}/end?`);
    t.match(left.headers.get('content-security-policy'), "form-action 'self'");

    for (const [what, more, fault] of [
      ['with another nonce', {}, { nonce: 'another' }],
      ['without a nonce', {}, { nonce: null }],
      ['for another client', {}, { aud: 'another' }],
      ['of another issuer', {}, { iss: 'https://elsewhere.example' }],
      ['that has ended', {}, { exp: 1_000 }],
      ['signed by somebody else', {}, { signer: 'stranger' }],
      ['signed by nobody', {}, { signer: 'nobody' }],
      ['of too low an assurance', { acr: 'low' }, {}],
      ['of an organisation nobody knows', { azp: 'unheard-of' }, {}],
      ['of no organisation', { azp: '' }, {}],
      ['that is refused', {}, { error: 'access_denied' }],
      ['whose code is refused', {}, { refuses: true }],
    ] as const) {
      const refused = await signIn(more, fault);
      t.equal(refused.status, 403, `an id_token ${what}`);
      t.match(refused.html, 'U bent niet aangemeld', what);
      t.equal(browser.session, undefined, what);
      t.match((await events(service)).at(-1), { interaction: 'sign-in', outcome: 'denied' }, what);
    }
    const down = await signIn({}, { down: true });
    t.equal(down.status, 503, 'an issuer that cannot answer is not a no');
  });

  await t.test('and are signed out here when they are there', async (t) => {
    const { service, browser } = await begin({ clientId: 'zorgplan', claims });
    const other = new Browser(service.base);
    const isIn = async (one: Browser) => (await one.go('/spoed', { stay: true })).status === 200;
    const tell = (logout_token: string) => service.ask('POST', '/afmelden/issuer', { as: null, form: { logout_token } });
    Object.assign(issuer, { person: { ...person, sid: 's-1' }, fault: {} });
    await browser.go('/spoed');
    Object.assign(issuer, { person: { ...person, sub: 'u-2', sid: 's-2' } });
    await other.go('/spoed');
    for (const [what, token] of Object.entries({
      'of a stranger': await issuer.logoutToken({ sub: 'u-1' }, 'stranger'),
      'for another client': await issuer.logoutToken({ sub: 'u-1', aud: 'another' }),
      'of another issuer': await issuer.logoutToken({ sub: 'u-1', iss: 'https://elsewhere.example' }),
      'with a nonce': await issuer.logoutToken({ sub: 'u-1', nonce: 'n' }),
      'without the event': await issuer.logoutToken({ sub: 'u-1', events: {} }),
      'for nobody': await issuer.logoutToken(),
      'that is old': await issuer.logoutToken({ sub: 'u-1', iat: 1_000, exp: null }),
      'that is none': 'x',
    })) {
      const refused = await tell(token);
      t.equal(refused.status, 400, `a message ${what}`);
      t.strictSame(refused.json, { error: 'invalid_request' }, what);
    }
    t.ok((await isIn(browser)) && (await isIn(other)), 'nobody is out by these');
    t.equal((await tell(await issuer.logoutToken({ sub: 'u-1' }))).status, 200);
    t.notOk(await isIn(browser), 'a person, on the next request');
    t.ok(await isIn(other));
    t.match(await events(service, 2), [
      { interaction: 'sign-out', outcome: 'success', user_id: 'pjansen' },
      { interaction: 'authenticate' },
    ]);
    t.equal((await tell(await issuer.logoutToken({ sid: 's-1' }))).status, 200, 'also when it is out already');
    t.ok(await isIn(other));
    t.equal((await tell(await issuer.logoutToken({ sid: 's-2' }))).status, 200);
    t.notOk(await isIn(other), 'a session');
  });

  await t.test('with a secret, for people whose rights the file names', async (t) => {
    await writeFile(join(dataDir, 'secret'), 'geheim\n');
    const { service, browser } = await begin({
      clientId: 'zorgplan',
      secretFile: 'secret',
      claims: { ...claims, clientId: 'sub' },
      policies: ['own-team'],
      scopes: ['user/*.rs'],
      purposes: ['TREAT'],
    });
    Object.assign(issuer, { person, fault: {} });
    t.equal((await browser.go('/spoed')).url, `${service.base}/spoed`, 'in no registry');
    t.match(issuer.proof.authorization, /^Basic /);
    const { rows } = await service.database.pool.query("SELECT purpose FROM audit_event WHERE interaction = 'emergency-card'");
    t.strictSame(rows, [{ purpose: 'TREAT' }]);
  });

  await t.test('a wrong file stops the start with one line', async (t) => {
    const wrong: [object, RegExp][] = [
      [{ clientId: 'x', issuer: 'http://idp.example' }, /the file: issuer is not an https URL/],
      [{ clientId: 'x', keyFile: 'none.json' }, /keyFile is not a readable private JWK/],
      [{ clientId: 'x', secretFile: 'none' }, /secretFile is not a readable file/],
      [{ clientId: 'x', scope: 'profile' }, /scope does not hold openid/],
      [{ clientId: 'x', claims: { who: 'sub' } }, /claims has the unknown member who/],
      [{ clientId: 'x', policies: ['own-team'], purposes: ['TREAT'] }, /scopes is not a list/],
      [{ clientId: 'x', policies: ['own-team'], scopes: ['user/*.rs'] }, /purposes is not a list/],
      [{ clientId: 'x', scopes: ['user/*.rs'] }, /scopes is for issuers with policies/],
      [{ clientId: 'x', more: 1 }, /more is not known here/],
      [{}, /clientId is missing/],
    ];
    for (const [configuration, message] of wrong) await t.rejects(begin(configuration), { constructor: StartError, message });
  });
});
