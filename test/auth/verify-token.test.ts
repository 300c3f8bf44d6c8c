// From the Authorization header to the principal: what is taken, what is refused, and how soon a change acts.
import { chmod, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { decodeJwt, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import t, { type Test } from 'tap';
import { type ClientStatusLookup, createClientStatusLookup } from '../../src/auth/client-status.js';
import { type Issuer, OWN_CLAIM_NAMES, ownIssuer } from '../../src/auth/issuer.js';
import { keysAt } from '../../src/auth/key-sets.js';
import type { Possession, PossessionDeps } from '../../src/auth/possession.js';
import { createSigningKey, KEYS_RELOAD_MS, openSigningKeys } from '../../src/auth/signing-keys.js';
import { createTokenVerifier, MAX_AUTHORIZATION_CHARS, type TokenVerifierDeps } from '../../src/auth/verify-token.js';
import { FhirError } from '../../src/fhir/errors.js';
import { authenticate } from '../../src/http/auth-plugin.js';
import { revokeClient } from '../../src/store/clients.js';
import { assertion, BASE, frozenClock, newClient, openPool, register, START, startService, tokenForm } from './setup.js';

const pool = await openPool(t);
const clock = frozenClock();
const keyFolder = `${t.testdir({})}/keys`;
const service = await startService(pool, keyFolder, clock);
t.teardown(() => service.app.close());
t.beforeEach(() => {
  clock.now = START;
});

const own = ownIssuer(() => BASE, service.keys);
const client = await register(pool, await newClient('ehr'), clock);

const possession: PossessionDeps = { db: pool, clock, baseUrl: () => BASE };

/** A verifier to which plain requests are sent, unless a test says more. */
function verifierOf(deps: TokenVerifierDeps) {
  const verifier = createTokenVerifier(deps);
  const plain: Possession = { method: 'GET', path: '/fhir/R4/metadata' };
  return { verify: (authorization: string | undefined, sent = plain) => verifier.verify(authorization, () => sent) };
}

const newVerifier = (issuers: readonly Issuer[] = [own]) =>
  verifierOf({ issuers, clock, clientStatus: createClientStatusLookup(pool, clock), possession });

async function tokenOf(who = client, more: Record<string, string> = {}, claims: JWTPayload = {}): Promise<string> {
  const now = clock.now / 1000;
  const answer = await service.ask(tokenForm(await assertion(who, { iat: now, exp: now + 60, ...claims }), more));
  return answer.json<{ access_token: string }>().access_token;
}

/** A token signed with the service's own key, its claims bent by the test. */
async function bent(claims: JWTPayload, type = 'at+jwt'): Promise<string> {
  const good = decodeJwt(await tokenOf());
  return service.keys.sign(JSON.parse(JSON.stringify({ ...good, ...claims })) as JWTPayload, type);
}

async function refusal(verifying: Promise<unknown>): Promise<FhirError> {
  const error = await verifying.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof FhirError)) throw new Error('was not refused', { cause: error });
  return error;
}

/** One text for every fault; `reason` is what the log may learn. */
async function refusedAsInvalid(t: Test, verifying: Promise<unknown>, reason?: string): Promise<void> {
  const error = await refusal(verifying);
  if (reason !== undefined) t.equal(error.cause, reason);
  t.equal(error.kind, 'unauthenticated');
  t.equal(error.message, 'The access token is expired, revoked, malformed, or invalid for other reasons.');
  t.match(error.headers['WWW-Authenticate'], /^Bearer realm="izp", error="invalid_token", error_description="/);
}

t.test('reads the principal from a token of its own token endpoint', async (t) => {
  const token = await tokenOf(
    client,
    { purpose: 'ETREAT', scope: 'system/Consent.rs system/Patient.r' },
    { user_id: '900012345', user_role: '01.015' },
  );
  const expected = {
    clientId: 'ehr',
    organizationUra: '99900099',
    organizationName: 'Zorg Lindedorp',
    organizationType: 'V4',
    userId: '900012345',
    userRole: '01.015',
    purpose: 'ETREAT',
    scopes: ['system/Consent.rs', 'system/Patient.r'],
    policies: ['own-team'],
    onProfileErrors: 'refuse',
    patientId: undefined,
    fhirUser: undefined,
  };
  const verifier = newVerifier();
  for (const header of [`Bearer ${token}`, `bearer ${token}`, `BEARER  ${token}`]) t.strictSame(await verifier.verify(header), expected);
});

t.test('counts the scopes alone that fit whose token it is', async (t) => {
  const scope = 'system/Goal.r user/Goal.r patient/Goal.r openid patient/Goal.read';
  const scopesOf = async (claims: JWTPayload) => (await newVerifier().verify(`Bearer ${await bent({ scope, ...claims })}`)).scopes;
  t.strictSame(await scopesOf({}), ['system/Goal.r']);
  t.strictSame(await scopesOf({ user_id: '900012345' }), ['system/Goal.r', 'user/Goal.r']);
  t.strictSame(await scopesOf({ fhirUser: 'Practitioner/x' }), ['system/Goal.r', 'user/Goal.r']);
  t.strictSame(await scopesOf({ patient: 'p1' }), ['patient/Goal.r']);
  t.strictSame(await scopesOf({ patient: 'p1', fhirUser: 'Patient/p1' }), ['user/Goal.r', 'patient/Goal.r']);
});

t.test('asks for a token where none was sent, and does not call that an error', async (t) => {
  for (const header of [undefined, '', 'Basic Z3A6Z3A=', 'Bearerx', 'DPoPx']) {
    const error = await refusal(newVerifier().verify(header));
    t.equal(error.status, 401);
    t.match(error.headers['WWW-Authenticate'], /^Bearer realm="izp", DPoP realm="izp", algs="ES256 [A-Za-z0-9 ]+"$/);
  }
});

t.test('refuses every token that is not its own, for it, in time and whole', async (t) => {
  const now = START / 1000;
  const otherKeys = await otherSigningKeys(t);
  const good = decodeJwt(await tokenOf());
  const [header, payload, signature] = (await tokenOf()).split('.') as [string, string, string];
  const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
  const wrongs: Record<string, [token: string, reason: string]> = {
    empty: ['', 'malformed'],
    'not a JWT': ['abc', 'not a JWT'],
    'two tokens': [`${await tokenOf()}, ${await tokenOf()}`, 'malformed'],
    oversize: ['x'.repeat(MAX_AUTHORIZATION_CHARS), 'oversize'],
    'alg none': [`${none}.${payload}.`, 'ERR_JOSE_ALG_NOT_ALLOWED'],
    'without signature': [`${header}.${payload}.`, 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'],
    'changed claims': [
      `${header}.${Buffer.from(JSON.stringify({ ...good, scope: 'system/*.cruds' })).toString('base64url')}.${signature}`,
      'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    ],
    'another key': [await otherKeys.sign(good, 'at+jwt'), 'ERR_JWKS_NO_MATCHING_KEY'],
    'a client assertion': [await assertion(client), 'unknown issuer'],
    'an assertion of ours': [await bent({}, 'JWT'), 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    'another issuer': [await bent({ iss: 'https://elsewhere.example' }), 'unknown issuer'],
    'another audience': [await bent({ aud: 'https://elsewhere.example/fhir' }), 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    'no audience': [await bent({ aud: undefined }), 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    expired: [await bent({ iat: now - 310, exp: now - 10 }), 'ERR_JWT_EXPIRED'],
    'not valid yet': [await bent({ nbf: now + 60 }), 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    'issued in the future': [await bent({ iat: now + 60, exp: now + 360 }), 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    'older than tokens live, whatever its end': [await bent({ iat: now - 400, exp: now + 4000 }), 'ERR_JWT_EXPIRED'],
    'without an end': [await bent({ exp: undefined }), 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    'without a client': [await bent({ client_id: undefined }), 'client or purpose missing'],
    'without a purpose': [await bent({ purpose_of_use: undefined }), 'client or purpose missing'],
    'bound in an unknown way': [await bent({ cnf: { kid: 'x' } }), 'bound in an unknown way'],
    'bound to nothing': [await bent({ cnf: {} }), 'bound in an unknown way'],
    'bound to what is no text': [await bent({ cnf: { jkt: 7 } }), 'bound to what is no thumbprint'],
    'a client nobody registered': [await bent({ client_id: 'nobody' }), 'client revoked'],
  };
  for (const [name, [token, reason]] of Object.entries(wrongs)) {
    await t.test(name, (t) => refusedAsInvalid(t, newVerifier().verify(`Bearer ${token}`), reason));
  }
  await t.resolves(newVerifier().verify(`Bearer ${await bent({})}`), 'the same token unbent is taken');
});

t.test('refuses a remembered token once it has expired', async (t) => {
  const verifier = newVerifier();
  const token = `Bearer ${await tokenOf()}`;
  for (const second of [0, 1, 299]) {
    clock.now = START + second * 1000;
    await t.resolves(verifier.verify(token));
  }
  clock.now = START + 303_000;
  await refusedAsInvalid(t, verifier.verify(token));
});

t.test('verifies a token once, and looks its client up again only after a while', async (t) => {
  let resolved = 0;
  let asked = 0;
  const lookup = createClientStatusLookup(pool, clock);
  const countedKeys: Issuer['keys'] = (...args) => {
    resolved++;
    return own.keys(...args);
  };
  const issuer: Issuer = { ...own, issuer: BASE, audience: own.audience, keys: countedKeys };
  const clientStatus: ClientStatusLookup = (clientId) => {
    asked++;
    return lookup(clientId);
  };
  const verifier = verifierOf({ issuers: [issuer], clock, clientStatus, possession });
  const token = `Bearer ${await tokenOf()}`;
  for (let i = 0; i < 5; i++) await verifier.verify(token);
  t.equal(resolved, 1);
  t.equal(asked, 5, 'whether the client is still welcome is asked each time');
  clock.now += 60_000;
  await verifier.verify(token);
  t.equal(resolved, 2, 'a minute later its signature is looked at again');
});

t.test('shuts a revoked client out within 60 seconds, also one that asks all the time', async (t) => {
  for (const every of [1, 7, 55]) {
    const revoked = await register(pool, await newClient(`leaver-${every}`), clock);
    const verifier = newVerifier();
    const token = `Bearer ${await tokenOf(revoked)}`;
    await verifier.verify(token);
    await revokeClient(pool, revoked.clientId, new Date(clock.now));
    const revokedAt = clock.now;
    let out: number | undefined;
    while (out === undefined && clock.now < revokedAt + 120_000) {
      clock.now += every * 1000;
      await verifier.verify(token).catch(() => {
        out = clock.now - revokedAt;
      });
      // The look behind the answer needs a moment of real time.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    t.ok(out !== undefined && out <= 60_000, `out after ${out} ms when asking every ${every} s`);
    await refusedAsInvalid(t, verifier.verify(token));
    clock.now = START;
  }
});

t.test('keeps serving through a short loss of the registry, and never longer than it may', async (t) => {
  let reachable = true;
  const db = new Proxy(pool, {
    get: (target, name) =>
      name === 'query' && !reachable ? () => Promise.reject(new Error('connection lost')) : Reflect.get(target, name).bind(target),
  });
  const verifier = verifierOf({ issuers: [own], clock, clientStatus: createClientStatusLookup(db, clock), possession });
  const token = `Bearer ${await tokenOf()}`;
  await verifier.verify(token);
  reachable = false;
  for (const second of [19, 30, 49]) {
    clock.now = START + second * 1000;
    await t.resolves(verifier.verify(token));
  }
  clock.now = START + 55_000;
  const error = await refusal(verifier.verify(token));
  t.equal(error.kind, 'unavailable', 'a failure of ours is no refusal');
  reachable = true;
  await t.resolves(verifier.verify(token));
});

t.test('takes tokens of an outside issuer by its own names, keys and clock', async (t) => {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'outside-1', alg: 'RS256' };
  const server = createServer((_request, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] })),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const outside: Issuer = {
    issuer: 'https://identity.example',
    audience: 'https://plans.example/fhir/R4',
    algorithms: ['RS256'],
    keys: keysAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, fetch, clock),
    claims: { ...OWN_CLAIM_NAMES, organizationType: 'organization_facility_type', userId: 'sub' },
    clockSkewSeconds: 30,
    grants: { policies: ['patient'], byClient: {}, byScope: {} },
  };
  const now = START / 1000;
  const sign = (claims: JWTPayload) =>
    new SignJWT({ iss: outside.issuer, aud: outside.audience, exp: now + 60, client_id: 'ehr', purpose_of_use: 'PATRQT', ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'outside-1' })
      .sign(privateKey);
  const verifier = newVerifier([own, outside]);
  const token = await sign({ sub: 'p-7', scope: 'patient/*.rs', patient: 'hendrik', organization_facility_type: 'Z3' });
  t.match(await verifier.verify(`Bearer ${token}`), {
    clientId: 'ehr',
    userId: 'p-7',
    organizationType: 'Z3',
    purpose: 'PATRQT',
    scopes: ['patient/*.rs'],
    patientId: 'hendrik',
    policies: ['patient'],
  });
  await t.resolves(verifier.verify(`Bearer ${await sign({ exp: now - 20 })}`), 'its clock may be 30 seconds off');
  await refusedAsInvalid(t, verifier.verify(`Bearer ${await sign({ exp: now - 40 })}`));
  await refusedAsInvalid(t, verifier.verify(`Bearer ${await sign({ iss: BASE, aud: own.audience })}`));
  await refusedAsInvalid(t, newVerifier([own]).verify(`Bearer ${token}`));

  const unreachable = { ...outside, keys: keysAt('http://127.0.0.1:1/', fetch, clock) };
  t.equal((await refusal(newVerifier([unreachable]).verify(`Bearer ${token}`))).kind, 'unavailable', 'keys out of reach are no refusal');
});

t.test('rotates its signing keys without a restart', async (t) => {
  const folder = `${t.testdir({})}/keys`;
  await t.rejects(openSigningKeys(folder, clock), /There is no signing key/);
  const first = await createSigningKey(folder, clock);
  const [keys, other] = [await openSigningKeys(folder, clock), await openSigningKeys(folder, clock)];
  const rotating = ownIssuer(() => BASE, keys);
  const verifier = newVerifier([rotating]);
  const claims = decodeJwt(await tokenOf());
  const old = await keys.sign(claims, 'at+jwt');

  clock.now += KEYS_RELOAD_MS;
  const second = await createSigningKey(folder, clock);
  t.strictSame(
    (await keys.publicJwks()).keys.map((key) => key.kid),
    [first, second],
  );
  const renewed = await keys.sign(claims, 'at+jwt');
  t.equal(JSON.parse(Buffer.from(renewed.split('.')[0] as string, 'base64url').toString()).kid, second, 'the newest signs');
  await t.resolves(verifier.verify(`Bearer ${old}`));
  await t.resolves(verifier.verify(`Bearer ${renewed}`));

  clock.now += 1_000;
  const third = await createSigningKey(folder, clock);
  const signer = await openSigningKeys(folder, clock);
  const ahead = await signer.sign(claims, 'at+jwt');
  await t.resolves(
    newVerifier([ownIssuer(() => BASE, other)]).verify(`Bearer ${ahead}`),
    'a process meets a key id it did not know and looks',
  );

  await rm(`${folder}/${(await readdir(folder)).find((name) => name.includes(first.slice(0, 8)))}`);
  clock.now += KEYS_RELOAD_MS;
  await refusedAsInvalid(t, newVerifier([rotating]).verify(`Bearer ${old}`));

  await writeFile(`${folder}/signing-9.json`, '{"kty":"EC","d":"secret-half');
  clock.now += KEYS_RELOAD_MS;
  t.strictSame(
    (await keys.publicJwks()).keys.map((key) => key.kid),
    [second, third],
    'a broken file does not stop a running service',
  );
  const error = await openSigningKeys(folder, clock).catch((thrown: Error) => thrown);
  t.match(String(error), /signing-9\.json is not a readable private ES384 key/);
  t.notMatch(String(error), /secret-half/);
  if (process.getuid?.() !== 0) {
    await chmod(folder, 0o000);
    await t.rejects(openSigningKeys(folder, clock), /cannot be read/);
    await chmod(folder, 0o700);
  }
});

t.test('tells a route who sent the request', async (t) => {
  const app = Fastify();
  t.teardown(() => app.close());
  const verifier = newVerifier();
  app.get('/who', (request) => authenticate(request, { verify: (authorization, sent) => verifier.verify(authorization, sent()) }));
  app.setErrorHandler((error, _request, reply) =>
    error instanceof FhirError ? reply.status(error.status).headers(error.headers).send() : reply.send(error),
  );
  const answer = await app.inject({ url: '/who', headers: { authorization: `Bearer ${await tokenOf()}` } });
  t.equal(answer.json<{ clientId: string }>().clientId, 'ehr');
  const refused = await app.inject('/who');
  t.equal(refused.statusCode, 401);
  t.match(refused.headers['www-authenticate'], /^Bearer realm="izp", DPoP realm="izp", algs=/);
  t.equal((await app.inject(`/who?access_token=${await tokenOf()}`)).statusCode, 401, 'a token in the URL does not count');
});

async function otherSigningKeys(t: Test) {
  const folder = `${t.testdir({})}/other`;
  await createSigningKey(folder, clock);
  return openSigningKeys(folder, clock);
}
