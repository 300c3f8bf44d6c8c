// Tokens of others: JWTs by the issuer's key set, opaque ones by asking it; and the file in which an operator names them.

import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, createLocalJWKSet, exportJWK, generateKeyPair, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import t, { type Test } from 'tap';
import { createClientStatusLookup } from '../../src/auth/client-status.js';
import { readIssuersFile } from '../../src/auth/issuers-file.js';
import { KEYS_COOLDOWN_MS, KEYS_KEPT_MS, KEYS_RETRY_MS, KEYS_STALE_MS } from '../../src/auth/key-sets.js';
import { createTokenVerifier } from '../../src/auth/verify-token.js';
import { FhirError } from '../../src/fhir/errors.js';
import { startService } from '../harness/service.js';
import { BASE, frozenClock, newClient, openPool, register, START } from './setup.js';

const ISSUER = 'https://identity.example';
const AUDIENCE = 'https://plans.example/fhir/R4';

const pool = await openPool(t);
const clock = frozenClock();
t.beforeEach(() => {
  clock.now = START;
});

interface Key {
  privateKey: CryptoKey;
  jwk: JWK;
  privateJwk: JWK;
}

async function newKey(kid: string, alg = 'ES256'): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const [jwk, privateJwk] = await Promise.all([exportJWK(publicKey), exportJWK(privateKey)]);
  return { privateKey, jwk: { ...jwk, kid, alg }, privateJwk: { ...privateJwk, kid, alg } };
}

/** A server of the outside issuer; `answer` may be changed while it runs. */
async function outsideServer(t: Test, answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const at = { asked: 0, answer, url: '' };
  const server = createServer((request, response) => {
    at.asked++;
    at.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  at.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return at;
}

const json = (body: unknown) => (_request: IncomingMessage, response: ServerResponse) =>
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
const broken = (_request: IncomingMessage, response: ServerResponse) => response.writeHead(500).end('down');

let files = 0;
/** Writes an issuers file and opens what it names. */
async function opened(t: Test, entries: unknown, more: Record<string, string> = {}) {
  const folder = t.testdir(more);
  const path = `${folder}/issuers-${files++}.json`;
  await writeFile(path, typeof entries === 'string' ? entries : JSON.stringify({ issuers: entries }));
  const outside = await readIssuersFile(path, { fetch, clock, newId: () => crypto.randomUUID() });
  const verifier = createTokenVerifier({
    issuers: outside.issuers,
    opaque: outside.opaque,
    clock,
    clientStatus: createClientStatusLookup(pool, clock),
    possession: { db: pool, clock, baseUrl: () => BASE },
  });
  const verify = (token: string, scheme = 'Bearer') => verifier.verify(`${scheme} ${token}`, () => ({ method: 'GET', path: '/' }));
  /** What became of the token: 'taken', or the kind of the refusal and its cause where that is a text. */
  const verdict = (token: string) =>
    verify(token).then(
      () => 'taken',
      (error: unknown) =>
        error instanceof FhirError ? `${error.kind}${typeof error.cause === 'string' ? `: ${error.cause}` : ''}` : String(error),
    );
  return { outside, folder, verify, verdict };
}

const ENTRY = { issuer: ISSUER, audience: AUDIENCE, algorithms: ['ES256'], policies: ['permission'] };

function sign(key: Key, claims: JWTPayload = {}, header: Record<string, unknown> = {}): Promise<string> {
  const now = clock.now / 1000;
  const all = {
    iss: ISSUER,
    aud: AUDIENCE,
    iat: now,
    exp: now + 60,
    client_id: 'ehr',
    purpose_of_use: 'TREAT',
    jti: crypto.randomUUID(),
    ...claims,
  };
  return new SignJWT(JSON.parse(JSON.stringify(all)) as JWTPayload)
    .setProtectedHeader({ alg: key.jwk.alg as string, kid: key.jwk.kid, ...header })
    .sign(key.privateKey);
}

t.test('reads tokens by the names, policies and limits of the file', async (t) => {
  const key = await newKey('one');
  const entry = {
    ...ENTRY,
    jwks: './keys.json',
    tokenType: 'at+jwt',
    maxAgeSeconds: 600,
    clockSkewSeconds: 30,
    defaultPurpose: 'TREAT',
    claims: { clientId: 'azp', organizationUra: 'subject.organization_id', organizationType: 'subject.type', scope: 'scp', userId: 'sub' },
    policiesByClient: { special: ['own-team', 'permission'] },
    policiesByScope: { 'pilot/gf': ['pzp-gf', 'permission'] },
  };
  const { verify, verdict } = await opened(t, [entry], { 'keys.json': JSON.stringify({ keys: [key.jwk] }) });
  const typed = { typ: 'at+jwt' };
  const claims = { azp: 'ehr', sub: '900012345', subject: { organization_id: '99900001', type: 'Z3' }, purpose_of_use: undefined };
  t.match(await verify(await sign(key, { ...claims, scp: ['system/Consent.rs', 'openid'] }, typed)), {
    clientId: 'ehr',
    organizationUra: '99900001',
    organizationType: 'Z3',
    userId: '900012345',
    purpose: 'TREAT',
    scopes: ['system/Consent.rs'],
    policies: ['permission'],
  });
  t.strictSame((await verify(await sign(key, { ...claims, azp: 'special' }, typed))).policies, ['own-team', 'permission']);
  t.strictSame((await verify(await sign(key, { ...claims, scp: 'pilot/gf' }, typed))).policies, ['permission', 'pzp-gf']);
  t.strictSame(
    (await verify(await sign(key, { ...claims, azp: 'toString' }, typed))).policies,
    ['permission'],
    'no name of JavaScript counts',
  );
  const now = START / 1000;
  t.equal(await verdict(await sign(key, { ...claims, exp: now - 20 }, typed)), 'taken', 'its clock may be 30 seconds off');
  for (const [name, wrong, header] of [
    ['expired', { exp: now - 31 }, typed],
    ['not valid yet', { nbf: now + 31 }, typed],
    ['older than tokens may be', { iat: now - 700 }, typed],
    ['another audience', { aud: 'https://elsewhere.example' }, typed],
    ['another issuer', { iss: 'https://elsewhere.example' }, typed],
    ['no client', { azp: undefined }, typed],
    ['another type', {}, { typ: 'JWT' }],
    ['no type', {}, {}],
  ] as const) {
    t.match(await verdict(await sign(key, { ...claims, ...wrong }, header)), /^unauthenticated: /, name);
  }
  const other = await newKey('one', 'ES384');
  t.equal(await verdict(await sign(other, claims, typed)), 'unauthenticated: ERR_JOSE_ALG_NOT_ALLOWED', 'an algorithm not configured');
  const stranger = await newKey('one');
  t.equal(await verdict(await sign(stranger, claims, typed)), 'unauthenticated: ERR_JWS_SIGNATURE_VERIFICATION_FAILED');
  const confused = await new SignJWT({ iss: ISSUER, aud: AUDIENCE, exp: now + 60, azp: 'ehr' })
    .setProtectedHeader({ alg: 'HS256', kid: 'one', typ: 'at+jwt' })
    .sign(Buffer.from(JSON.stringify(key.jwk)));
  t.equal(await verdict(confused), 'unauthenticated: ERR_JOSE_ALG_NOT_ALLOWED', 'the public key as shared secret');
});

t.test('takes clients out of the registry where the file names no policies', async (t) => {
  const key = await newKey('one');
  await register(pool, await newClient('registered'), clock);
  const { verify, verdict } = await opened(t, [{ ...ENTRY, policies: undefined, jwks: 'keys.json' }], {
    'keys.json': JSON.stringify({ keys: [key.jwk] }),
  });
  t.strictSame((await verify(await sign(key, { client_id: 'registered' }))).policies, ['own-team']);
  t.equal(await verdict(await sign(key, { client_id: 'unknown' })), 'unauthenticated: client revoked');
});

t.test('follows a key set that rotates, without asking for it all the time, and outlives its absence for a while', async (t) => {
  const [first, second, third] = [await newKey('first'), await newKey('second'), await newKey('third')];
  const server = await outsideServer(t, json({ keys: [first.jwk] }));
  const { verdict } = await opened(t, [{ ...ENTRY, jwks: `${server.url}/jwks` }]);
  t.equal(await verdict(await sign(first)), 'taken');
  t.equal(await verdict(await sign(first)), 'taken');
  t.equal(server.asked, 1, 'kept');

  for (let i = 0; i < 5; i++) t.equal(await verdict(await sign(second)), 'unauthenticated: ERR_JWKS_NO_MATCHING_KEY');
  t.equal(server.asked, 1, 'unknown keys do not make it ask within the cool-down');
  server.answer = json({ keys: [first.jwk, second.jwk] });
  clock.now += KEYS_COOLDOWN_MS;
  t.equal(await verdict(await sign(second)), 'taken', 'a new key is looked for');
  t.equal(server.asked, 2);

  server.answer = json({ keys: [second.jwk] });
  clock.now += KEYS_KEPT_MS;
  t.equal(await verdict(await sign(first)), 'unauthenticated: ERR_JWKS_NO_MATCHING_KEY', 'a withdrawn key is out');
  t.equal(await verdict(await sign(second)), 'taken');

  server.answer = broken;
  clock.now += KEYS_KEPT_MS;
  t.equal(await verdict(await sign(second)), 'taken', 'the keys last seen serve on');
  clock.now += KEYS_RETRY_MS;
  t.equal(await verdict(await sign(third)), 'unavailable', 'whether an unknown key is good cannot be told now');
  clock.now += KEYS_STALE_MS;
  t.equal(await verdict(await sign(second)), 'unavailable', 'not for ever');
  const asked = server.asked;
  t.equal(await verdict(await sign(second)), 'unavailable');
  t.equal(server.asked, asked, 'a server that is down is not asked by every request');
  server.answer = (_request, response) => response.end('<html>');
  clock.now += KEYS_RETRY_MS;
  t.equal(await verdict(await sign(second)), 'unavailable', 'a page is no key set, and no fault of the token');
  server.answer = json({ keys: [second.jwk] });
  clock.now += KEYS_RETRY_MS;
  t.equal(await verdict(await sign(second)), 'taken');
});

t.test('follows a key set in a file', async (t) => {
  const [first, second] = [await newKey('first'), await newKey('second')];
  const { verdict, folder } = await opened(t, [{ ...ENTRY, jwks: 'keys.json' }], { 'keys.json': JSON.stringify({ keys: [first.jwk] }) });
  t.equal(await verdict(await sign(first)), 'taken');
  await writeFile(`${folder}/keys.json`, JSON.stringify({ keys: [second.jwk] }));
  clock.now += KEYS_COOLDOWN_MS;
  t.equal(await verdict(await sign(second)), 'taken');
  t.equal(await verdict(await sign(first)), 'unauthenticated: ERR_JWKS_NO_MATCHING_KEY');
});

t.test('asks the issuer about opaque tokens', async (t) => {
  const key = await newKey('ours', 'ES384');
  const tokens = new Map<string, JWTPayload>();
  const server = await outsideServer(t, () => undefined);
  const used = new Set<unknown>();
  const endpoint = `${server.url}/introspect`;
  const answering = async (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const form = new URLSearchParams(body);
    const { payload } = await jwtVerify(form.get('client_assertion') ?? '', createLocalJWKSet({ keys: [key.jwk] }), {
      issuer: 'izp-service',
      subject: 'izp-service',
      audience: ISSUER,
      currentDate: new Date(clock.now),
    });
    const isNew = !used.has(payload.jti) && (payload.exp as number) <= clock.now / 1000 + 300;
    used.add(payload.jti);
    if (request.method !== 'POST' || request.url !== '/introspect' || !isNew) return response.writeHead(401).end('{}');
    const claims = tokens.get(form.get('token') ?? '');
    return json(claims ? { active: true, ...claims } : { active: false })(request, response);
  };
  server.answer = (request, response) => void answering(request, response).catch(() => response.writeHead(401).end('{}'));
  const entry = { ...ENTRY, algorithms: undefined, introspection: { endpoint, clientId: 'izp-service', keyFile: 'key.json' } };
  const { verify, verdict } = await opened(t, [entry], { 'key.json': JSON.stringify(key.privateJwk) });
  const now = START / 1000;
  const good = {
    client_id: 'ehr',
    exp: now + 300,
    scope: 'system/Consent.rs',
    organization_ura: '99900001',
    organization_name: 'Zorg Lindedorp',
    organization_facility_type: 'Z3',
    user_id: '900012345',
    user_role: '01.015',
    purpose_of_use: 'TREAT',
  };

  await t.test('and reads the answer by the networks’ own names', async (t) => {
    tokens.set('opaque-1', good);
    t.strictSame(await verify('opaque-1'), {
      clientId: 'ehr',
      organizationUra: '99900001',
      organizationName: 'Zorg Lindedorp',
      organizationType: 'Z3',
      userId: '900012345',
      userRole: '01.015',
      purpose: 'TREAT',
      scopes: ['system/Consent.rs'],
      policies: ['permission'],
      patientId: undefined,
      fhirUser: undefined,
    });
  });

  await t.test('once a minute at most, and not beyond the token’s end', async (t) => {
    tokens.set('opaque-2', { ...good, exp: now + 30 });
    const asked = server.asked;
    await Promise.all(Array.from({ length: 10 }, () => verify('opaque-2')));
    t.equal(server.asked, asked + 1, 'also when ten requests bring it at the same time');
    clock.now = START + 29_000;
    t.equal(await verdict('opaque-2'), 'taken');
    t.equal(server.asked, asked + 1);
    clock.now = START + 41_000;
    t.equal(await verdict('opaque-2'), 'unauthenticated: introspected: expired', 'the end and the clock skew have passed');

    clock.now = START;
    tokens.set('opaque-3', { ...good, exp: undefined });
    t.equal(await verdict('opaque-3'), 'taken');
    tokens.delete('opaque-3');
    clock.now = START + 59_000;
    t.equal(await verdict('opaque-3'), 'taken');
    clock.now = START + 60_000;
    t.equal(await verdict('opaque-3'), 'unauthenticated: inactive', 'a withdrawn token is out within 60 seconds');
  });

  await t.test('and refuses what is not active, not for us, or not in time', async (t) => {
    const wrongs: Record<string, JWTPayload> = {
      'another issuer': { ...good, iss: 'https://elsewhere.example' },
      'another audience': { ...good, aud: ['https://elsewhere.example'] },
      expired: { ...good, exp: now - 11 },
      'not valid yet': { ...good, nbf: now + 11 },
      'an end that is no number': { ...good, exp: 'soon' as unknown as number },
      'no client': { ...good, client_id: undefined },
      'no purpose': { ...good, purpose_of_use: undefined },
      'bound in an unknown way': { ...good, cnf: { kid: 'x' } },
      'bound to a key, without proof': { ...good, cnf: { jkt: 'x' } },
    };
    for (const [name, claims] of Object.entries(wrongs)) {
      tokens.set(name.replaceAll(/[ ,]/g, '-'), claims);
      t.match(await verdict(name.replaceAll(/[ ,]/g, '-')), /^unauthenticated: /, name);
    }
    t.equal(await verdict('never-given'), 'unauthenticated: inactive');
    tokens.set('right', { ...good, iss: ISSUER, aud: [AUDIENCE, 'https://elsewhere.example'] });
    t.equal(await verdict('right'), 'taken');
  });

  await t.test('about a JWT only when it says it is that issuer’s', async (t) => {
    const stranger = await newKey('x');
    const asked = server.asked;
    t.equal(await verdict(await sign(stranger, { iss: 'https://elsewhere.example' })), 'unauthenticated: unknown issuer');
    t.equal(server.asked, asked, 'a stranger’s token is shown to nobody');
    const own = await sign(stranger);
    tokens.set(own, good);
    t.equal(await verdict(own), 'taken');
  });

  await t.test('and says it cannot answer when the issuer does not', async (t) => {
    const answers = [
      broken,
      (_request: IncomingMessage, response: ServerResponse) => response.writeHead(401).end('{}'),
      (_request: IncomingMessage, response: ServerResponse) => response.writeHead(302, { location: `${server.url}/elsewhere` }).end(),
      (_request: IncomingMessage, response: ServerResponse) => response.end('not JSON'),
      (request: IncomingMessage) => request.socket.destroy(),
      json({ active: 'true' }),
      json([]),
      json({ active: true, ...good, padding: 'x'.repeat(70_000) }),
    ];
    for (const answer of answers) {
      server.answer = answer;
      t.equal(await verdict('opaque-9'), 'unavailable');
    }
  });
});

t.test('says in one line what is wrong in the file', async (t) => {
  const key = await newKey('one');
  const jwks = 'https://identity.example/jwks';
  const introspection = { endpoint: 'https://identity.example/introspect', clientId: 'izp', keyFile: 'key.json' };
  const opaque = { ...ENTRY, algorithms: undefined, introspection };
  const cases: [entries: unknown, line: RegExp][] = [
    ['nonsense', /it is not JSON\.$/],
    ['[]', /the file is not an object\.$/],
    ['{}', /the file: issuers is missing\.$/],
    ['{"issuers":[],"isuers":[]}', /the file: isuers is not known here\.$/],
    [[], /it names no issuer\.$/],
    [[{ ...ENTRY, jwks, audiense: 'x' }], /issuers\[0\]: audiense is not known here\.$/],
    [[{ ...ENTRY, jwks, issuer: undefined }], /issuer is missing/],
    [[{ ...ENTRY, jwks, audience: 7 }], /audience is not a text/],
    [[ENTRY], /jwks or introspection is needed, and not both/],
    [[{ ...ENTRY, jwks, introspection }], /jwks or introspection is needed, and not both/],
    [[{ ...ENTRY, jwks: 'http://identity.example/jwks' }], /jwks is not an https URL/],
    [[{ ...ENTRY, jwks: 'ftp://identity.example/jwks' }], /jwks is not an https URL/],
    [[{ ...ENTRY, jwks, algorithms: ['HS256'] }], /algorithms is not a list out of RS256/],
    [[{ ...ENTRY, jwks, algorithms: ['none'] }], /algorithms is not a list out of RS256/],
    [[{ ...ENTRY, jwks, algorithms: [] }], /algorithms is not a list out of RS256/],
    [[{ ...ENTRY, jwks, clockSkewSeconds: 3600 }], /clockSkewSeconds is not a whole number up to 300/],
    [[{ ...ENTRY, jwks, claims: { organisationUra: 'x' } }], /claims has the unknown member organisationUra; known are clientId, /],
    [[{ ...ENTRY, jwks, policies: ['everything'] }], /policies has a policy that is not one of own-team, /],
    [[{ ...ENTRY, jwks, policiesByScope: { x: ['everything'] } }], /policiesByScope has a policy that is not/],
    [[{ ...ENTRY, jwks, policiesByClient: { x: 'own-team' } }], /policiesByClient is not an object of lists of texts/],
    [[{ ...ENTRY, jwks, defaultPurpose: 'CARE' }], /defaultPurpose is not one of TREAT/],
    [[{ ...ENTRY, jwks, tokenEndpoint: 'http://identity.example' }], /tokenEndpoint is not an https URL/],
    [
      [
        { ...ENTRY, jwks },
        { ...ENTRY, jwks },
      ],
      /issuers\[1\]: issuer is configured twice/,
    ],
    [[opaque, { ...opaque, issuer: 'https://second.example' }], /introspection is configured twice/],
    [
      [{ ...opaque, introspection: { ...introspection, endpoint: 'http://identity.example' } }],
      /introspection: endpoint is not an https URL/,
    ],
    [[{ ...opaque, introspection: { ...introspection, keyFile: 'public.json' } }], /keyFile is not a readable private JWK with alg/],
    [[{ ...opaque, introspection: { ...introspection, keyFile: 'nothing.json' } }], /keyFile is not a readable private JWK with alg/],
    [[{ ...opaque, introspection: { ...introspection, secret: 'x' } }], /introspection: secret is not known here/],
  ];
  const more = { 'key.json': JSON.stringify(key.privateJwk), 'public.json': JSON.stringify(key.jwk) };
  for (const [entries, line] of cases) {
    const error = await opened(t, entries, more).catch((thrown: Error) => thrown);
    t.match(error, { name: 'StartError', message: line });
    t.notMatch(error, { message: key.privateJwk.d as string });
  }
  await t.resolves(opened(t, [opaque], more));
  await t.rejects(
    readIssuersFile('/nowhere.json', { fetch, clock, newId: () => '' }),
    /ISSUERS_FILE \/nowhere\.json cannot be read \(ENOENT\)/,
  );
});

t.test('with outside issuers alone the service gives no tokens, and says where they are given', async (t) => {
  const key = await newKey('one');
  const entry = { ...ENTRY, jwks: 'keys.json', tokenEndpoint: `${ISSUER}/token` };
  const folder = t.testdir({
    'keys.json': JSON.stringify({ keys: [key.jwk] }),
    'issuers.json': JSON.stringify({ issuers: [entry] }),
    'nowhere.json': JSON.stringify({ issuers: [{ ...entry, tokenEndpoint: undefined }] }),
  });
  const service = await startService(t, { clock, env: { ISSUERS_FILE: `${folder}/issuers.json`, OWN_ISSUER: 'off' } });
  const discovery = await service.get('.well-known/smart-configuration', { as: null });
  t.match(discovery.json, { issuer: ISSUER, token_endpoint: `${ISSUER}/token`, grant_types_supported: ['client_credentials'] });
  t.equal((await fetch(`${service.base}/oauth/token`, { method: 'POST' })).status, 404);
  t.equal((await fetch(`${service.base}/oauth/jwks`)).status, 404);
  const headers = { authorization: `Bearer ${await sign(key, { scope: 'system/*.rs' })}` };
  t.equal((await service.get('Questionnaire', { as: null, headers })).status, 200);
  t.equal((await service.get('Questionnaire', { as: null })).status, 401);
  const { rows } = await service.database.pool.query('SELECT count(*)::int AS clients FROM client');
  t.equal(rows[0]?.clients, 0, 'and there are no demo clients');

  await t.rejects(
    startService(t, { env: { ISSUERS_FILE: `${folder}/nowhere.json`, OWN_ISSUER: 'off' } }),
    /at least one issuer needs tokenEndpoint/,
  );
  await t.rejects(startService(t, { env: { OWN_ISSUER: 'off' } }), /OWN_ISSUER=off needs ISSUERS_FILE/);
  const both = await startService(t, { env: { ISSUERS_FILE: `${folder}/issuers.json`, OWN_ISSUER: 'on' } });
  t.equal((await both.get('Questionnaire')).status, 200, 'a demo client');
});
