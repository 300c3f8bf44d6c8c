// The token endpoint over HTTP and a real database: who gets a token, what it says, and every way to be refused.
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LightMyRequestResponse } from 'fastify';
import {
  type CryptoKey,
  createLocalJWKSet,
  decodeProtectedHeader,
  exportJWK,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  type JWTPayload,
  jwtVerify,
} from 'jose';
import pg from 'pg';
import t, { type Test } from 'tap';
import { PERSON_GRANT } from '../../src/auth/person-assertion.js';
import { MAX_ASSERTION_CHARS } from '../../src/auth/signed-assertion.js';
import { revokeClient } from '../../src/store/clients.js';
import {
  assertion,
  BASE,
  frozenClock,
  newClient,
  openPool,
  register,
  START,
  startService,
  type TestClient,
  TOKEN_URL,
  tokenForm,
} from './setup.js';

const clock = frozenClock();
const pool = await openPool(t);
const keyFolder = `${t.testdir({})}/keys`;
const service = await startService(pool, keyFolder, clock);
t.teardown(() => service.app.close());

const NOW = START / 1000;
const gp = await register(pool, await newClient('gp-system'), clock);
const rsa = await newClient('any-rsa', 'RS384');
const reader = await register(pool, await newClient('reader', 'ES384', { purposes: ['TREAT'], organizationType: undefined }), clock);

const newPortal = (clientId: string) =>
  newClient(clientId, 'EdDSA', { scopes: ['patient/*.rs'], policies: ['patient'], purposes: ['PATRQT'], vouchesForPatients: true });

/** A request for the token of the person the claims describe. */
async function personForm(client: TestClient, claims: JWTPayload, more: Record<string, string> = {}): Promise<URLSearchParams> {
  const about = await assertion(client, claims);
  return tokenForm(await assertion(client), { grant_type: PERSON_GRANT, assertion: about, ...more });
}

/** Asserts an RFC 6749 refusal and gives its description. */
async function refused(t: Test, asked: Promise<LightMyRequestResponse>, status: number, error: string): Promise<string> {
  const answer = await asked;
  const body = answer.json<{ error: string; error_description: string }>();
  t.equal(answer.statusCode, status);
  t.equal(body.error, error);
  t.match(body.error_description, /^[ !#-[\]-~]+$/, 'the description keeps to the characters of RFC 6749');
  t.equal(answer.headers['cache-control'], 'no-store');
  t.match(answer.headers['content-type'], /^application\/json/);
  t.equal(answer.headers['www-authenticate'] !== undefined, status === 401, 'a 401 challenges, nothing else does');
  return body.error_description;
}

t.test('gives a token that says who asks, for what, and for five minutes at most', async (t) => {
  service.events.length = 0;
  const answer = await service.ask(tokenForm(await assertion(gp), { scope: 'system/Consent.rs', purpose: 'ETREAT' }));
  t.equal(answer.statusCode, 200);
  t.equal(answer.headers['cache-control'], 'no-store');
  t.equal(answer.headers.pragma, 'no-cache');
  const { access_token, ...rest } = answer.json<{ access_token: string }>();
  t.strictSame(rest, { token_type: 'Bearer', expires_in: 300, scope: 'system/Consent.rs' });

  const jwksAnswer = await service.app.inject('/oauth/jwks');
  t.match(jwksAnswer.headers['content-type'], /^application\/jwk-set\+json/);
  const jwks = jwksAnswer.json<JSONWebKeySet>();
  t.notOk(
    jwks.keys.some((key) => 'd' in key),
    'the published keys are public',
  );
  const { payload } = await jwtVerify(access_token, createLocalJWKSet(jwks), { currentDate: new Date(START) });
  const { jti, ...claims } = payload;
  t.match(jti, /^[0-9a-f-]{36}$/);
  t.strictSame(claims, {
    iss: BASE,
    aud: `${BASE}/fhir/R4`,
    sub: 'gp-system',
    client_id: 'gp-system',
    scope: 'system/Consent.rs',
    iat: NOW,
    exp: NOW + 300,
    purpose_of_use: 'ETREAT',
    organization_ura: '99900099',
    organization_name: 'Zorg Lindedorp',
    organization_type: 'V4',
  });
  t.match(decodeProtectedHeader(access_token), { alg: 'ES384', typ: 'at+jwt', kid: jwks.keys[0]?.kid });
  t.strictSame(service.events, [
    { granted: true, clientId: 'gp-system', organizationUra: '99900099', purpose: 'ETREAT', scope: 'system/Consent.rs', jti },
  ]);
});

for (const alg of ['RS384', 'ES384', 'EdDSA']) {
  t.test(`takes an assertion signed with ${alg}`, async (t) => {
    const client = await register(pool, await newClient(`client-${alg}`, alg), clock);
    t.equal((await service.ask(tokenForm(await assertion(client)))).statusCode, 200);
  });
}

t.test('takes the issuer as audience too, and a list only when every name is ours', async (t) => {
  for (const aud of [BASE, [TOKEN_URL], [TOKEN_URL, BASE]])
    t.equal((await service.ask(tokenForm(await assertion(gp, { aud })))).statusCode, 200);
  for (const aud of [[TOKEN_URL, 'https://elsewhere.example'], [], 'https://elsewhere.example', `${TOKEN_URL}/`, undefined]) {
    await refused(t, service.ask(tokenForm(await assertion(gp, { aud }))), 401, 'invalid_client');
  }
});

t.test('gives everything the client holds when no scope is asked, and its first purpose', async (t) => {
  for (const more of [undefined, { scope: '', purpose: '' }]) {
    const answer = await service.ask(tokenForm(await assertion(gp), more));
    t.equal(answer.json<{ scope: string }>().scope, 'system/Consent.rs system/Consent.c system/Patient.r');
    const { payload } = await jwtVerify(answer.json<{ access_token: string }>().access_token, service.keys.resolve, {
      currentDate: new Date(START),
    });
    t.equal(payload.purpose_of_use, 'TREAT');
  }
});

t.test('adds up what the client holds, and refuses what goes beyond it', async (t) => {
  const ask = async (scope: string) => service.ask(tokenForm(await assertion(gp), { scope }));
  t.equal((await ask('system/Consent.crs')).statusCode, 200);
  t.equal(
    (await ask('system/Consent.r  system/Patient.r system/Consent.r')).json<{ scope: string }>().scope,
    'system/Consent.r system/Patient.r',
  );
  for (const beyond of ['system/Consent.u', 'system/Patient.rs', 'system/*.r', 'user/Consent.r', 'system/Consent.r system/Goal.r']) {
    await refused(t, ask(beyond), 400, 'invalid_scope');
  }
  t.match(await refused(t, ask('system/Consent.cud'), 400, 'invalid_scope'), /system\/Consent\.cud/);
  for (const wrong of [
    'system/Consent.read',
    'system/Consent.',
    'system/Consent.sr',
    'openid',
    'system/Consent.rs?category=x',
    '"\\',
    ' ',
  ]) {
    t.notMatch(await refused(t, ask(wrong), 400, 'invalid_scope'), /openid|category/, 'what was sent is not echoed unless it is a scope');
  }
});

t.test('gives a portal the token of the person it vouches for, who speaks for themselves and not for its organisation', async (t) => {
  const portal = await register(pool, await newPortal('portal'), clock);
  const answer = await service.ask(await personForm(portal, { sub: 'RelatedPerson/r1', patient: 'p1' }));
  const { access_token, ...rest } = answer.json<{ access_token: string }>();
  t.strictSame(rest, { token_type: 'Bearer', expires_in: 300, scope: 'patient/*.rs' });
  const { payload } = await jwtVerify(access_token, service.keys.resolve, { currentDate: new Date(START) });
  const { jti: _, ...claims } = payload;
  t.strictSame(claims, {
    iss: BASE,
    aud: `${BASE}/fhir/R4`,
    sub: 'RelatedPerson/r1',
    client_id: 'portal',
    scope: 'patient/*.rs',
    iat: NOW,
    exp: NOW + 300,
    purpose_of_use: 'PATRQT',
    patient: 'p1',
    fhirUser: 'RelatedPerson/r1',
    user_id: 'RelatedPerson/r1',
  });
  t.match(service.events.at(-1), { granted: true, clientId: 'portal', userId: 'RelatedPerson/r1', purpose: 'PATRQT' });
  const self = await service.ask(await personForm(portal, { sub: 'Patient/p1', patient: 'p1' }, { scope: 'patient/Consent.rs' }));
  t.match(self.json(), { scope: 'patient/Consent.rs' });
});

t.test('refuses whoever may not vouch, and an assertion about a person that does not hold', async (t) => {
  const portal = await register(pool, await newPortal('strict-portal'), clock);
  const self = { sub: 'Patient/p1', patient: 'p1' };
  const other = await newPortal('other-portal');
  const ask = async (claims: JWTPayload, more: Record<string, string> = {}) => service.ask(await personForm(portal, claims, more));
  t.equal((await ask(self)).statusCode, 200, 'unbent it is taken');
  await refused(t, service.ask(await personForm(gp, self)), 400, 'unauthorized_client');
  const wrongs: Record<string, JWTPayload> = {
    'a person of another kind': { ...self, sub: 'Practitioner/p1' },
    'no person': { patient: 'p1' },
    'a longer reference': { ...self, sub: 'Patient/p1/x' },
    'no id': { ...self, sub: 'Patient/' },
    'no patient': { sub: 'RelatedPerson/r1' },
    'a patient that is no id': { sub: 'RelatedPerson/r1', patient: 'Patient/p1' },
    'one patient for another': { sub: 'Patient/p1', patient: 'p2' },
    'of another client': { ...self, iss: 'other-portal' },
    'for another service': { ...self, aud: 'https://elsewhere.example' },
    expired: { ...self, iat: NOW - 120, exp: NOW - 60 },
    'not valid yet': { ...self, nbf: NOW + 60 },
    'living too long': { ...self, exp: NOW + 400 },
  };
  for (const [name, claims] of Object.entries(wrongs)) {
    await t.test(name, async (t) => void (await refused(t, ask(claims), 400, 'invalid_grant')));
  }
  await refused(t, service.ask(await personForm(portal, self, { assertion: await assertion(other, self) })), 400, 'invalid_grant');
  await refused(t, ask(self, { assertion: 'x'.repeat(MAX_ASSERTION_CHARS + 1) }), 400, 'invalid_grant');
  await refused(t, ask(self, { assertion: 'not a JWT' }), 400, 'invalid_grant');
  await refused(t, ask(self, { assertion: '' }), 400, 'invalid_request');
  const once = await assertion(portal, self);
  t.equal((await ask({}, { assertion: once })).statusCode, 200);
  t.match(await refused(t, ask({}, { assertion: once }), 400, 'invalid_grant'), /used before/);
  await refused(t, ask(self, { scope: 'system/Consent.r' }), 400, 'invalid_scope');
  await refused(t, ask(self, { purpose: 'TREAT' }), 400, 'invalid_request');
});

t.test('gives scopes of a user only where the client names one, and of a patient only where it brings one', async (t) => {
  const both = await newClient('both', 'ES384', {
    scopes: ['system/Goal.r', 'user/Consent.rs', 'patient/Consent.r'],
    vouchesForPatients: true,
  });
  await register(pool, both, clock);
  const ask = async (claims: JWTPayload, scope?: string) => service.ask(tokenForm(await assertion(both, claims), scope ? { scope } : {}));
  const user = { user_id: '900012345' };
  t.match((await ask({})).json(), { scope: 'system/Goal.r' });
  t.match((await ask(user)).json(), { scope: 'system/Goal.r user/Consent.rs' });
  t.match((await ask(user, 'user/Consent.r')).json(), { scope: 'user/Consent.r' });
  t.match(await refused(t, ask({}, 'user/Consent.r'), 400, 'invalid_scope'), /user_id/);
  t.match(await refused(t, ask(user, 'patient/Consent.r'), 400, 'invalid_scope'), /patient or representative/);
});

t.test('refuses a purpose the client may not use', async (t) => {
  const ask = async (client: TestClient, purpose: string) => service.ask(tokenForm(await assertion(client), { purpose }));
  await refused(t, ask(reader, 'ETREAT'), 400, 'unauthorized_client');
  await refused(t, ask(gp, 'HSYSADMIN'), 400, 'unauthorized_client');
  await refused(t, ask(gp, 'treat'), 400, 'invalid_request');
});

t.test('carries the user the client vouches for in its signed assertion', async (t) => {
  const ask = async (claims: Record<string, unknown>) => service.ask(tokenForm(await assertion(reader, claims)));
  const answer = await ask({ user_id: '900012345', user_role: '01.015' });
  const { payload } = await jwtVerify(answer.json<{ access_token: string }>().access_token, service.keys.resolve, {
    currentDate: new Date(START),
  });
  t.match(payload, { user_id: '900012345', user_role: '01.015' });
  t.notOk('organization_type' in payload, 'what is not known is left out');
  for (const wrong of [
    { user_id: 'with space' },
    { user_id: '' },
    { user_id: 7 },
    { user_id: 'x'.repeat(65) },
    { user_role: 'arts' },
    { user_role: null },
  ]) {
    await refused(t, ask(wrong), 400, 'invalid_request');
  }
});

t.test('refuses an assertion that is not signed by the client it names', async (t) => {
  const stranger = await newClient('gp-system');
  const unknown = await newClient('nobody');
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await assertion(gp)).split('.')[1]}.`;
  const asHmac = await hmacSigned(gp);
  const [header, payload, signature] = (await assertion(gp)).split('.') as [string, string, string];
  const changed = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()), jti: 'other' })).toString(
    'base64url',
  );
  const es256 = await newClient('gp-system', 'ES256');
  const texts = new Set<string>();
  const wrongs = {
    'another key under the same kid': await assertion(stranger),
    'a client nobody registered': await assertion(unknown),
    'alg none': unsigned,
    'a public key used as a shared secret': asHmac,
    'changed claims': `${header}.${changed}.${signature}`,
    'an algorithm nobody agreed on': await assertion(es256),
    'a key id not registered': await assertion(gp, {}, { kid: 'another' }),
    'an unknown critical header': await assertion(gp, {}, { alg: 'ES384' }).then((jws) => withHeader(jws, { alg: 'ES384', crit: ['exp'] })),
  };
  for (const [name, wrong] of Object.entries(wrongs)) {
    await t.test(name, async (t) => texts.add(await refused(t, service.ask(tokenForm(wrong)), 401, 'invalid_client')));
  }
  t.equal(texts.size, 1, 'one text for all, so that a stranger does not learn who is registered');
});

t.test('refuses an algorithm that the registered key could do but nobody agreed on', async (t) => {
  const { alg: _, ...key } = (rsa.registration.jwks as JSONWebKeySet).keys[0] as JWK;
  await register(pool, { ...rsa, registration: { ...rsa.registration, jwks: { keys: [key] } } }, clock);
  t.equal((await service.ask(tokenForm(await assertion(rsa)))).statusCode, 200);
  const privateJwk = await exportJWK(rsa.privateKey);
  for (const alg of ['RS256', 'RS512', 'PS384']) {
    const privateKey = (await importJWK(privateJwk, alg)) as CryptoKey;
    await refused(t, service.ask(tokenForm(await assertion({ ...rsa, alg, privateKey }))), 401, 'invalid_client');
  }
});

t.test('refuses an assertion that is no JWT, or names nobody', async (t) => {
  const wrongs = ['x', 'a.b.c', '..', await assertion(gp, { sub: 'reader' }), await assertion(gp, { iss: undefined, sub: undefined })];
  for (const wrong of [...wrongs, await assertion(gp, { iss: 'with\u0000nul', sub: 'with\u0000nul' })]) {
    await refused(t, service.ask(tokenForm(wrong)), 401, 'invalid_client');
  }
});

t.test('refuses an assertion at the wrong time, or one that lives too long', async (t) => {
  const wrongs: [string, Record<string, unknown>, RegExp][] = [
    ['expired', { iat: NOW - 120, exp: NOW - 60 }, /expired/],
    ['without an end', { exp: undefined }, /no exp/],
    ['alive for six minutes', { iat: undefined, exp: NOW + 360 }, /longer than 300 seconds/],
    ['signed for more than five minutes', { iat: NOW - 250, exp: NOW + 60 }, /longer than 300 seconds/],
    ['not valid yet', { nbf: NOW + 60 }, /nbf/],
    ['from the future', { iat: NOW + 60 }, /iat/],
    ['with a text for a time', { exp: 'soon' }, /not a number/],
  ];
  for (const [name, claims, text] of wrongs) {
    await t.test(name, async (t) =>
      t.match(await refused(t, service.ask(tokenForm(await assertion(gp, claims))), 401, 'invalid_client'), text),
    );
  }
  t.test('but allows for clocks that differ by seconds, and the full five minutes', async (t) => {
    for (const claims of [{ iat: NOW - 60, exp: NOW - 5 }, { nbf: NOW + 5 }, { iat: NOW + 5, exp: NOW + 305 }]) {
      t.equal((await service.ask(tokenForm(await assertion(gp, claims)))).statusCode, 200);
    }
  });
});

t.test('takes an assertion once, whichever process it reaches', async (t) => {
  const other = await startService(pool, keyFolder, clock);
  t.teardown(() => other.app.close());
  const form = tokenForm(await assertion(gp));
  const answers = await Promise.all([service, other, service, other].map(({ ask }) => ask(form)));
  t.strictSame(answers.map((answer) => answer.statusCode).sort(), [200, 401, 401, 401]);
  t.match(await refused(t, other.ask(form), 401, 'invalid_client'), /used before/);
  t.equal((await service.ask(tokenForm(await assertion(reader, { jti: 'shared' })))).statusCode, 200);
  t.equal((await service.ask(tokenForm(await assertion(gp, { jti: 'shared' })))).statusCode, 200, 'two clients may choose the same jti');
  for (const jti of [undefined, '', 7, 'x'.repeat(256), 'nul\u0000']) {
    await refused(t, service.ask(tokenForm(await assertion(gp, { jti } as JWTPayload))), 401, 'invalid_client');
  }
});

t.test('forgets used assertions, but none that could still be accepted', async (t) => {
  const kept = async () => (await pool.query<{ jti: string }>('SELECT jti FROM client_assertion')).rows.map((row) => row.jti);
  await service.ask(tokenForm(await assertion(gp, { jti: 'early' })));
  clock.now = START + 300_000;
  const later = { iat: NOW + 300, exp: NOW + 360 };
  await service.ask(tokenForm(await assertion(gp, { ...later, jti: 'later' })));
  t.ok((await kept()).includes('early'));
  clock.now = START + 1_800_000;
  for (let i = 0; i < 5; i++) await service.ask(tokenForm(await assertion(gp, { iat: NOW + 1800, exp: NOW + 1860, jti: `last-${i}` })));
  t.strictSame((await kept()).sort(), ['last-0', 'last-1', 'last-2', 'last-3', 'last-4']);
  clock.now = START;
});

t.test('refuses an assertion longer than any real one before it is read', async (t) => {
  const long = await assertion(gp, { padding: 'x'.repeat(MAX_ASSERTION_CHARS) });
  t.match(await refused(t, service.ask(tokenForm(long)), 401, 'invalid_client'), /8192 characters/);
  t.match(await refused(t, service.ask(tokenForm('x'.repeat(40_000))), 413, 'invalid_request'), /32768 bytes/);
});

t.test('refuses a request that is not what RFC 6749 describes', async (t) => {
  const without = async (name: string) => {
    const form = tokenForm(await assertion(gp));
    form.delete(name);
    return service.ask(form);
  };
  const changed = async (name: string, value: string) => service.ask(tokenForm(await assertion(gp), { [name]: value }));
  await refused(t, without('grant_type'), 400, 'invalid_request');
  await refused(t, changed('grant_type', 'password'), 400, 'unsupported_grant_type');
  await refused(t, without('client_assertion'), 401, 'invalid_client');
  await refused(t, without('client_assertion_type'), 401, 'invalid_client');
  await refused(t, changed('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer'), 401, 'invalid_client');
  await refused(t, changed('client_id', 'reader'), 401, 'invalid_client');
  t.equal((await changed('client_id', 'gp-system')).statusCode, 200);
  const twice = tokenForm(await assertion(gp), { scope: 'system/Consent.r' });
  twice.append('scope', 'system/Patient.r');
  await refused(t, service.ask(twice), 400, 'invalid_request');
  await refused(t, service.ask('{"grant_type":"client_credentials"}', { 'content-type': 'application/json' }), 400, 'invalid_request');
  await refused(t, service.app.inject({ method: 'POST', url: '/oauth/token' }), 400, 'invalid_request');
  await refused(t, service.ask('%', {}), 400, 'invalid_request');
});

t.test('gives a revoked client nothing from that moment', async (t) => {
  const client = await register(pool, await newClient('revoked'), clock);
  t.equal((await service.ask(tokenForm(await assertion(client)))).statusCode, 200);
  t.equal(await revokeClient(pool, 'revoked', new Date(START)), true);
  service.events.length = 0;
  await refused(t, service.ask(tokenForm(await assertion(client))), 401, 'invalid_client');
  t.match(service.events, [{ granted: false, clientId: 'revoked', error: 'invalid_client' }]);
  t.equal(await revokeClient(pool, 'nobody', new Date(START)), false);
});

t.test("reads a client's keys at its URL, new ones too, and says so when they cannot be had", async (t) => {
  const hosted = await newClient('hosted');
  const rotated = await newClient('hosted', 'EdDSA');
  rotated.kid = 'hosted-key-2';
  let published: JSONWebKeySet = hosted.registration.jwks as JSONWebKeySet;
  let fetched = 0;
  const server = createServer((_request, response) => {
    fetched++;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(published));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  hosted.registration = { ...hosted.registration, jwks: undefined, jwksUrl };
  await register(pool, hosted, clock);

  t.equal((await service.ask(tokenForm(await assertion(hosted)))).statusCode, 200);
  t.equal((await service.ask(tokenForm(await assertion(hosted)))).statusCode, 200);
  t.equal(fetched, 1, 'the key set is kept');
  await refused(t, service.ask(tokenForm(await assertion(rotated))), 401, 'invalid_client');
  const [newKey] = (rotated.registration.jwks as JSONWebKeySet).keys;
  published = { keys: [...published.keys, { ...(newKey as JWK), kid: rotated.kid }] };
  const fresh = await startService(pool, keyFolder, clock);
  t.teardown(() => fresh.app.close());
  t.equal((await fresh.ask(tokenForm(await assertion(rotated)))).statusCode, 200);

  await new Promise((resolve) => server.close(resolve));
  const later = await startService(pool, keyFolder, clock);
  t.teardown(() => later.app.close());
  t.match(await refused(t, later.ask(tokenForm(await assertion(hosted))), 401, 'invalid_client'), /cannot be read/);
});

t.test('says that it cannot answer, not that the client is wrong, when the database or the log is out of reach', async (t) => {
  const dead = new pg.Pool({ host: '127.0.0.1', port: 1, connectionTimeoutMillis: 500 });
  const withoutDatabase = await startService(dead, keyFolder, clock);
  const withoutLog = await startService(pool, keyFolder, clock, { record: () => Promise.reject(new Error('disk full')) });
  t.teardown(() => Promise.all([withoutDatabase.app.close(), withoutLog.app.close(), dead.end()]));
  for (const { ask } of [withoutDatabase, withoutLog]) {
    const answer = await ask(tokenForm(await assertion(gp)));
    t.equal(answer.statusCode, 503);
    t.strictSame(answer.json(), { error: 'temporarily_unavailable', error_description: 'The service cannot give tokens now: try again.' });
    t.equal(answer.headers['cache-control'], 'no-store');
    t.equal(answer.headers['retry-after'], '2');
  }
});

t.test('tells a client what it needs to know before it asks', async (t) => {
  const answer = await service.app.inject('/fhir/R4/.well-known/smart-configuration');
  t.equal(answer.statusCode, 200);
  t.match(answer.headers['content-type'], /^application\/json/);
  t.match(answer.json(), {
    token_endpoint: TOKEN_URL,
    jwks_uri: `${BASE}/oauth/jwks`,
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384', 'EdDSA'],
    capabilities: ['client-confidential-asymmetric', 'permission-v2'],
  });
});

/** The attack on a verifier that lets the token choose: the public key, which everybody knows, as HMAC secret. */
async function hmacSigned(client: TestClient): Promise<string> {
  const header = Buffer.from(JSON.stringify({ alg: 'HS384', kid: client.kid })).toString('base64url');
  const input = `${header}.${(await assertion(client)).split('.')[1]}`;
  const secret = JSON.stringify(client.registration.jwks?.keys[0]);
  return `${input}.${createHmac('sha384', secret).update(input).digest('base64url')}`;
}

function withHeader(jws: string, header: Record<string, unknown>): string {
  return [Buffer.from(JSON.stringify(header)).toString('base64url'), ...jws.split('.').slice(1)].join('.');
}
