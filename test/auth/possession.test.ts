// Tokens bound to a key: by DPoP against the token endpoint and the whole service, by client certificates over real TLS.
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  decodeJwt,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from 'jose';
import t from 'tap';
import { judgeProof, MAX_PROOF_CHARS, PROOF_SECONDS } from '../../src/auth/dpop-proof.js';
import { openSigningKeys } from '../../src/auth/signing-keys.js';
import { startService as startWhole } from '../harness/service.js';
import { assertion, BASE, frozenClock, newClient, openPool, register, START, startService, TOKEN_URL, tokenForm } from './setup.js';

/** Certificates are made where OpenSSL 3 is: `req -x509 -CA` is not in others. */
const noOpenssl = await promisify(execFile)('openssl', ['version']).then(
  ({ stdout }) => !/^OpenSSL [3-9]/.test(stdout) && 'there is no OpenSSL 3 to make certificates with',
  () => 'there is no OpenSSL 3 to make certificates with',
);

interface ProofKey {
  privateKey: CryptoKey;
  jwk: JWK;
  alg: string;
  jkt: string;
}

async function newKey(alg = 'ES256'): Promise<ProofKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  return { privateKey, jwk, alg, jkt: await calculateJwkThumbprint(jwk) };
}

const hashOf = (text: string | Buffer) => createHash('sha256').update(text).digest('base64url');

/** A proof as it should be, with what the test changes. A claim set to undefined is left out. */
function proof(key: ProofKey, claims: JWTPayload, header: Partial<JWTHeaderParameters> = {}): Promise<string> {
  const all = { jti: randomUUID(), htm: 'GET', ...claims };
  return new SignJWT(JSON.parse(JSON.stringify(all)) as JWTPayload)
    .setProtectedHeader({ alg: key.alg, typ: 'dpop+jwt', jwk: key.jwk, ...header })
    .sign(key.privateKey);
}

t.test('a proof', async (t) => {
  const db = await openPool(t);
  const clock = frozenClock();
  const deps = { db, clock };
  const now = START / 1000;
  const key = await newKey();
  const url = `${BASE}/fhir/R4/Consent?patient=x`;
  const sent = { method: 'GET', url, token: 'the-token' };
  const claims = { htu: `${BASE}/fhir/R4/Consent`, iat: now, ath: hashOf('the-token') };
  const judged = async (changed: JWTPayload, header: Partial<JWTHeaderParameters> = {}) =>
    judgeProof(await proof(key, { ...claims, ...changed }, header), sent, deps, key.jkt);

  await t.test('is taken for its own request, whichever algorithm signs it', async (t) => {
    for (const alg of ['ES256', 'ES384', 'EdDSA', 'PS256', 'RS256']) {
      const other = await newKey(alg);
      t.strictSame(await judgeProof(await proof(other, claims), sent, deps, other.jkt), { jkt: other.jkt }, alg);
    }
    for (const htu of [`${BASE}/fhir/R4/Consent?patient=y#z`, 'HTTP://127.0.0.1:8080/fhir/R4/Consent'])
      t.strictSame(await judged({ htu }), { jkt: key.jkt }, 'query, fragment and letter case do not count');
    t.strictSame(await judged({ iat: now - PROOF_SECONDS }), { jkt: key.jkt });
    t.strictSame(await judged({ iat: now + 10 }), { jkt: key.jkt }, 'a clock may be ahead a little');
  });

  await t.test('is refused for anything else', async (t) => {
    const hmac = await new SignJWT({ ...claims, htm: 'GET', jti: randomUUID() })
      .setProtectedHeader({ alg: 'HS256', typ: 'dpop+jwt', jwk: { kty: 'oct', k: 'c2VjcmV0' } as never })
      .sign(Buffer.from('secret-of-32-characters-or-more!!'));
    const good = await proof(key, claims);
    const [, payload] = good.split('.');
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'dpop+jwt', jwk: key.jwk })).toString('base64url');
    const privateJwk = await exportJWK(key.privateKey);
    const other = await newKey();
    const wrongs: Record<string, [verdict: ReturnType<typeof judgeProof>, fault: string]> = {
      'no proof': [judgeProof(undefined, sent, deps, key.jkt), 'no proof'],
      oversize: [judgeProof('x'.repeat(MAX_PROOF_CHARS + 1), sent, deps, key.jkt), 'oversize proof'],
      'not a JWT': [judgeProof('abc', sent, deps, key.jkt), 'ERR_JWS_INVALID'],
      'two proofs': [judgeProof(`${good}, ${good}`, sent, deps, key.jkt), 'ERR_JWS_INVALID'],
      'a symmetric algorithm': [judgeProof(hmac, sent, deps, key.jkt), 'ERR_JOSE_ALG_NOT_ALLOWED'],
      'alg none': [judgeProof(`${none}.${payload}.`, sent, deps, key.jkt), 'ERR_JOSE_ALG_NOT_ALLOWED'],
      'another type of JWT': [judged({}, { typ: 'JWT' }), 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
      'without its key': [judged({}, { jwk: undefined }), 'ERR_JWS_INVALID'],
      'with a private key': [judged({}, { jwk: privateJwk }), 'ERR_JWS_INVALID'],
      'with a key that did not sign': [judged({}, { jwk: other.jwk }), 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'],
      'of another key than the token is bound to': [judgeProof(await proof(other, claims), sent, deps, key.jkt), 'proof of another key'],
      'another method': [judged({ htm: 'POST' }), 'proof for another method'],
      'another path': [judged({ htu: `${BASE}/fhir/R4/Goal` }), 'proof for another address'],
      'another host': [judged({ htu: 'http://elsewhere.example/fhir/R4/Consent' }), 'proof for another address'],
      'no address': [judged({ htu: 'Consent' }), 'proof for another address'],
      'without method': [judged({ htm: undefined }), 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
      'without jti': [judged({ jti: undefined }), 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
      'a jti too long': [judged({ jti: 'x'.repeat(256) }), 'proof without a usable jti'],
      'without time': [judged({ iat: undefined }), 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
      'too old': [judged({ iat: now - PROOF_SECONDS - 1 }), 'proof too old'],
      'from the future': [judged({ iat: now + 11 }), 'proof from the future'],
      expired: [judged({ exp: now - 60 }), 'ERR_JWT_EXPIRED'],
      'not valid yet': [judged({ nbf: now + 60 }), 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
      'for another token': [judged({ ath: hashOf('another') }), 'proof for another token'],
      'for no token': [judged({ ath: undefined }), 'proof for another token'],
    };
    for (const [name, [verdict, fault]] of Object.entries(wrongs)) t.strictSame(await verdict, { fault }, name);
    t.strictSame(await judgeProof(good, sent, deps, key.jkt), { jkt: key.jkt }, 'unbent it is taken');
  });

  await t.test('is good for one request, whichever process it reaches, and then forgotten', async (t) => {
    const once = await proof(key, claims);
    const verdicts = await Promise.all(Array.from({ length: 5 }, () => judgeProof(once, sent, { db, clock }, key.jkt)));
    t.strictSame(
      verdicts.filter(({ fault }) => fault === undefined),
      [{ jkt: key.jkt }],
      'one of five at the same time',
    );
    t.equal(verdicts.filter(({ fault }) => fault === 'proof used before').length, 4);
    const sameJti = { ...claims, jti: (decodeJwt(once) as { jti: string }).jti };
    const other = await newKey();
    t.strictSame(await judgeProof(await proof(other, sameJti), sent, deps, other.jkt), { jkt: other.jkt }, 'a jti belongs to its key');
    clock.now = START + 3_600_000;
    const later = { ...claims, iat: clock.now / 1000 };
    for (let i = 0; i < 5; i++) await judgeProof(await proof(key, later), sent, deps, key.jkt);
    const { rows } = await db.query('SELECT count(*)::int AS left FROM used_proof');
    t.equal(rows[0].left, 5, 'those of an hour ago are gone');
  });
});

t.test('the token endpoint binds a token to the key of the proof that comes with the request', async (t) => {
  const pool = await openPool(t);
  const clock = frozenClock();
  const service = await startService(pool, `${t.testdir({})}/keys`, clock);
  t.teardown(() => service.app.close());
  const client = await register(pool, await newClient('bound'), clock);
  const key = await newKey();
  const good = { htm: 'POST', htu: TOKEN_URL, iat: START / 1000 };
  const ask = async (dpop: string) => service.ask(tokenForm(await assertion(client)), { dpop });
  const answer = await ask(await proof(key, good));
  t.match(answer.json(), { token_type: 'DPoP', expires_in: 300 });
  t.strictSame(decodeJwt(answer.json<{ access_token: string }>().access_token).cnf, { jkt: key.jkt });
  const plain = await service.ask(tokenForm(await assertion(client)));
  t.match(plain.json(), { token_type: 'Bearer' });
  const once = await proof(key, good);
  t.equal((await ask(once)).statusCode, 200);
  for (const wrong of [once, 'abc', '', await proof(key, { ...good, htm: 'GET' }), await proof(key, { ...good, htu: BASE })]) {
    const refused = await ask(wrong);
    t.equal(refused.statusCode, 400);
    t.match(refused.json(), {
      error: 'invalid_dpop_proof',
      error_description: /^The DPoP proof is not one for a POST to this token endpoint/,
    });
  }
  t.match(service.events.at(-1), { granted: false, clientId: 'bound', error: 'invalid_dpop_proof' });
});

t.test('the service takes a bound token from the holder of its key alone', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'izp-bound-'));
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
  const service = await startWhole(t, { dataDir });
  const keys = await openSigningKeys(`${dataDir}/keys`, Date.now);
  const key = await newKey();
  const bound = async (cnf: unknown) => keys.sign({ ...decodeJwt(await service.token('gp')), cnf }, 'at+jwt');
  const token = await bound({ jkt: key.jkt });
  const url = `${service.base}/fhir/R4/Organization`;
  const madeFor = (claims: JWTPayload = {}) => proof(key, { htu: url, iat: Math.floor(Date.now() / 1000), ath: hashOf(token), ...claims });
  const ask = (headers: Record<string, string>, method = 'GET') => service.ask(method, 'Organization?name=x', { as: null, headers });

  t.equal((await ask({ authorization: `DPoP ${token}`, dpop: await madeFor() })).status, 200);
  t.equal((await ask({ authorization: `dpop ${token}`, dpop: await madeFor() })).status, 200, 'schemes have no letter case');
  t.equal((await ask({ authorization: `DPoP ${token}`, dpop: await madeFor({ htm: 'HEAD' }) }, 'HEAD')).status, 200);

  const stolen = await ask({ authorization: `Bearer ${token}`, dpop: await madeFor() });
  t.equal(stolen.status, 401, 'as bearer it would serve its thief as well');
  t.match(stolen.headers.get('www-authenticate'), /^DPoP realm="izp", error="invalid_token", .*algs="ES256 /);
  const once = await madeFor();
  t.equal((await ask({ authorization: `DPoP ${token}`, dpop: once })).status, 200);
  for (const dpop of [once, await madeFor({ htu: `${service.base}/fhir/R4/Goal` }), await madeFor({ htm: 'POST' }), 'abc', undefined]) {
    const refused = await ask({ authorization: `DPoP ${token}`, ...(dpop && { dpop }) });
    t.equal(refused.status, 401);
    t.match(refused.headers.get('www-authenticate'), /^DPoP realm="izp", error="invalid_dpop_proof", .*algs="ES256 /);
    t.equal(refused.json.issue[0].code, 'login');
  }
  const unbound = await ask({ authorization: `DPoP ${await service.token('gp')}`, dpop: await madeFor() });
  t.equal(unbound.status, 401, 'a token that is not bound is no DPoP token');
  const certificate = await ask({ authorization: `Bearer ${await bound({ 'x5t#S256': hashOf('some certificate') })}` });
  t.equal(certificate.status, 401, 'bound to a certificate, and there is no TLS');
  t.match(certificate.headers.get('www-authenticate'), /^Bearer realm="izp", error="invalid_token"/);
});

t.test(
  'over TLS of its own the service takes a certificate-bound token on that certificate’s connections alone',
  { skip: noOpenssl },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'izp-tls-'));
    t.teardown(() => rm(folder, { recursive: true, force: true }));
    await makeCertificates(folder);
    const read = (name: string) => readFile(`${folder}/${name}`, 'utf8');
    const env = { TLS_CERT_FILE: `${folder}/server.pem`, TLS_KEY_FILE: `${folder}/server.key`, TLS_CLIENT_CA_FILE: `${folder}/ca.pem` };
    const service = await startWhole(t, { env, dataDir: folder });
    t.match(service.base, /^https:/);
    const port = (service.app.server.address() as AddressInfo).port;
    const ca = await read('ca.pem');
    const [mine, others, strangers] = await Promise.all(
      ['client', 'other', 'stranger'].map(async (name) => ({ cert: await read(`${name}.pem`), key: await read(`${name}.key`) })),
    );
    const der = Buffer.from((mine?.cert ?? '').replace(/-----[^-]+-----|\s/g, ''), 'base64');
    const keys = await openSigningKeys(`${folder}/keys`, Date.now);
    const now = Math.floor(Date.now() / 1000);
    const sign = (cnf?: unknown) => {
      const claims = {
        iss: service.base,
        aud: service.fhir,
        client_id: 'gp',
        purpose_of_use: 'TREAT',
        scope: 'system/*.rs',
        iat: now,
        exp: now + 200,
      };
      return keys.sign({ ...claims, ...(cnf !== undefined && { cnf }) } as JWTPayload, 'at+jwt');
    };
    const ask = (token: string, certificate?: { cert: string; key: string }) => statusOver({ port, ca, ...certificate }, token);
    const bound = await sign({ 'x5t#S256': hashOf(der) });
    t.equal(await ask(bound, mine), 200);
    t.equal(await ask(bound, others), 401, 'another certificate of the same authority');
    t.equal(await ask(bound), 401, 'no certificate');
    t.equal(await ask(await sign(), undefined), 200, 'a token that is not bound needs none');
    t.equal(await ask(await sign({ 'x5t#S256': hashOf('x') }), mine), 401);
    const strange = Buffer.from((strangers?.cert ?? '').replace(/-----[^-]+-----|\s/g, ''), 'base64');
    t.equal(
      await ask(await sign({ 'x5t#S256': hashOf(strange) }), strangers),
      401,
      'a certificate of nobody’s authority counts for nothing',
    );
  },
);

t.test('says in one line which TLS file is wrong', { skip: noOpenssl }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'izp-tls-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await makeCertificates(folder);
  await writeFile(`${folder}/nonsense`, 'no certificate');
  const cert = `${folder}/server.pem`;
  const cases: [Record<string, string>, RegExp][] = [
    [{ TLS_CERT_FILE: cert }, /TLS_KEY_FILE belong together/],
    [{ TLS_CLIENT_CA_FILE: cert }, /needs both/],
    [{ TLS_CERT_FILE: cert, TLS_KEY_FILE: `${folder}/nothing` }, /^TLS_KEY_FILE .* cannot be read \(ENOENT\)/],
    [{ TLS_CERT_FILE: cert, TLS_KEY_FILE: `${folder}/other.key` }, /the key is not that of the certificate/],
    [{ TLS_CERT_FILE: `${folder}/nonsense`, TLS_KEY_FILE: `${folder}/server.key` }, /are not PEM/],
  ];
  const { readTls } = await import('../../src/start/tls.js');
  const { loadConfig } = await import('../../src/config.js');
  for (const [env, line] of cases) t.throws(() => readTls(loadConfig(env)), line);
  t.equal(readTls(loadConfig({})), undefined);
});

function statusOver(tls: { port: number; ca: string; cert?: string; key?: string }, token: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', path: '/fhir/R4/Organization?name=x', headers: { authorization: `Bearer ${token}` }, ...tls };
    request(options, (response) => response.resume().on('end', () => resolve(response.statusCode)))
      .on('error', reject)
      .end();
  });
}

/** An authority, a server and two clients of it, and a stranger that signed itself. */
async function makeCertificates(folder: string): Promise<void> {
  const run = (...args: string[]) => promisify(execFile)('openssl', args, { cwd: folder });
  const newKeyArgs = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const made = (name: string, ...more: string[]) =>
    run('req', '-x509', ...newKeyArgs, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.pem`, ...more);
  await made('ca');
  const byAuthority = ['-CA', 'ca.pem', '-CAkey', 'ca.key'];
  await made('server', ...byAuthority, '-addext', 'subjectAltName=IP:127.0.0.1');
  await made('client', ...byAuthority);
  await made('other', ...byAuthority);
  await made('stranger');
}
