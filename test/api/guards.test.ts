// What stands between the network and the record: headers of every answer, other origins' pages, rate limits, slow and endless requests.
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import t from 'tap';
import { ANSWER_HEADERS, HSTS } from '../../src/http/answer-headers.js';
import { TokenBuckets } from '../../src/http/token-buckets.js';
import { SentWords } from '../harness/log-check.js';
import { startService, type TestService } from '../harness/service.js';

const BSN = '900186021';
const ORIGIN = 'https://viewer.example';

/** What the service answers to bytes on a socket, until it closes the connection. `then` goes on sending. */
function raw(service: TestService, bytes: string, then?: (socket: Socket) => void): Promise<string> {
  const { port, hostname } = new URL(service.base);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(bytes);
      then?.(socket);
    });
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (part) => {
      text += part;
    });
    socket.on('close', () => resolve(text));
    socket.on('error', (error: Error & { code?: string }) =>
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? resolve(text) : reject(error),
    );
  });
}

t.test('headers', async (t) => {
  const service = await startService(t);
  const cases: [string, string, number][] = [
    ['GET', 'metadata', 200],
    ['OPTIONS', 'Patient', 204],
    ['HEAD', 'Patient', 200],
    ['GET', 'Patient/nobody', 404],
    ['GET', 'Pasient', 404],
    ['GET', 'Patient?family=%zz', 400],
    ['GET', '/nowhere', 404],
    ['GET', '/health/live', 200],
    ['GET', '/%zz', 400],
    ['PUT', '/oauth/token', 404],
  ];
  for (const [method, url, status] of cases) {
    const answer = await service.ask(method, url);
    t.equal(answer.status, status, `${method} ${url}`);
    for (const [name, value] of Object.entries(ANSWER_HEADERS)) t.equal(answer.headers.get(name), value, `${name} of ${method} ${url}`);
    t.equal(answer.headers.get('strict-transport-security'), null, 'plain HTTP promises no https');
    t.notOk(
      [...answer.headers.keys()].some((name) => name.startsWith('access-control')),
      'no other origin reads it',
    );
  }
  const page = await service.post('/v1/emergency-card', { bsn: BSN }, { headers: { accept: 'text/html' } });
  t.match(page.headers.get('content-security-policy'), /default-src 'none'; style-src 'sha256-/, 'a page has its own policy');
  t.equal(page.headers.get('x-frame-options'), 'DENY');
  t.match((await service.get('/oauth/jwks', { as: null })).headers.get('cache-control'), /max-age/, 'public keys may be kept');
  const unread = await raw(service, 'NONSENSE\r\n\r\n');
  for (const [name, value] of Object.entries(ANSWER_HEADERS)) t.ok(unread.includes(`${name}: ${value}\r\n`), `${name} on a bare socket`);
});

t.test('behind https every answer says so for two years, refusals of the framework included', async (t) => {
  const service = await startService(t);
  // As BASE_URL would name it.
  service.address.base = 'https://izp.example';
  for (const url of ['/health/live', '/fhir/R4/metadata', '/fhir/R4/Patient', '/nowhere', '/%zz'])
    t.equal((await service.app.inject({ url })).headers['strict-transport-security'], HSTS, url);
});

t.test('only pages of named origins may read, and never with cookies', async (t) => {
  const service = await startService(t, { env: { CORS_ORIGINS: `${ORIGIN}, https://other.example:8443` } });
  const asked = (origin: string) => ({
    method: 'OPTIONS' as const,
    url: '/fhir/R4/Patient/p',
    headers: { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'authorization' },
  });
  const allowed = await service.app.inject(asked(ORIGIN));
  t.equal(allowed.statusCode, 204, 'the question comes without a token');
  t.match(allowed.headers, { 'access-control-allow-origin': ORIGIN, vary: 'Origin', 'access-control-allow-methods': /PUT/ });
  t.match(allowed.headers['access-control-allow-headers'], /authorization/);
  for (const origin of ['https://evil.example', 'null', 'https://viewer.example.evil.example', 'http://viewer.example', '*']) {
    const refused = await service.app.inject(asked(origin));
    t.equal(refused.statusCode, 401, `${origin} gets no other answer than without an origin`);
    t.notOk(
      Object.keys(refused.headers).some((name) => name.startsWith('access-control')),
      origin,
    );
  }
  const read = await service.app.inject({ url: '/fhir/R4/Patient/p', headers: { origin: ORIGIN } });
  t.equal(read.statusCode, 401);
  t.equal(read.headers['access-control-allow-origin'], ORIGIN, 'a refusal may be read too');
  t.equal(read.headers['access-control-allow-credentials'], undefined);
});

t.test('a bucket', async (t) => {
  const buckets = new TokenBuckets(60, 60_000);
  t.match(buckets.take('a', 0), { isWithin: true, left: 59, resetSeconds: 1 });
  for (let i = 0; i < 59; i++) t.ok(buckets.take('a', 0).isWithin);
  t.match(buckets.take('a', 0), { isWithin: false, left: 0, waitSeconds: 1, resetSeconds: 60 });
  t.match(buckets.take('b', 0), { isWithin: true }, 'others are not touched');
  t.match(buckets.take('a', 999), { isWithin: false, waitSeconds: 1 });
  t.match(buckets.take('a', 1_000), { isWithin: true, left: 0 });
  t.match(buckets.look('a', 61_000), { isWithin: true, left: 60, resetSeconds: 0 }, 'full again');
  t.match(buckets.take('a', 61_000), { isWithin: true, left: 59 });
  t.match(buckets.take('a', 0), { isWithin: true, left: 58 }, 'a clock that was set back takes nothing away and fills nothing');

  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.array(fc.nat({ max: 5_000 }), { maxLength: 200 }), (quota, gaps) => {
      const some = new TokenBuckets(quota, 60_000);
      let now = 0;
      let taken = 0;
      for (const gap of gaps) {
        now += gap;
        const { isWithin, waitSeconds } = some.take('x', now);
        if (isWithin) taken++;
        else if (!some.look('x', now + waitSeconds * 1000).isWithin) return false;
      }
      return taken <= quota + (quota * now) / 60_000;
    }),
  );
});

t.test('limits per client', async (t) => {
  let now = Date.parse('2026-11-02T09:00:00Z');
  const service = await startService(t, { clock: () => now, env: { RATE_LIMIT: '3', RATE_LIMIT_EMERGENCY: '2' } });
  const authorization = { authorization: `Bearer ${await service.token('gp')}` };
  const hap = { authorization: `Bearer ${await service.token('hap')}` };
  const get = (url: string, headers: Record<string, string> = authorization) => service.ask('GET', url, { as: null, headers });
  const card = (headers: Record<string, string> = authorization, more: Record<string, string> = {}) =>
    service.ask('POST', '/v1/emergency-card', { as: null, headers: { ...headers, ...more }, body: { bsn: BSN } });

  for (const left of [2, 1, 0]) {
    const answer = await get('Flag');
    t.equal(answer.status, 200);
    t.equal(answer.headers.get('ratelimit-policy'), '"client";q=3;w=60');
    t.equal(answer.headers.get('ratelimit'), `"client";r=${left};t=${(3 - left) * 20}`);
  }
  const refused = await get('Flag');
  t.equal(refused.status, 429);
  t.equal(refused.json.issue[0].code, 'throttled');
  t.equal(refused.headers.get('retry-after'), '20');
  t.equal((await get('Flag', hap)).status, 200, 'another client is not touched');
  t.equal((await get('metadata', {})).status, 200, 'what needs no token is not counted');

  t.equal((await card()).status, 200, 'the emergency answer is counted apart');
  t.equal((await card()).headers.get('ratelimit'), '"emergency";r=0;t=60');
  const page = await card(authorization, { accept: 'text/html' });
  t.equal(page.status, 429);
  t.match(page.text, 'Te veel vragen', 'a page says it in Dutch');
  t.equal((await get('Patient/p/%24acp-summary')).status, 429, 'however the address is written');
  t.equal((await card(hap)).status, 200);

  now += 20_000;
  t.equal((await get('Flag')).status, 200, 'after Retry-After the next is taken');
  t.equal((await get('Flag')).status, 429);
  const { rows } = await service.database.pool.query(`SELECT count(*)::int AS n FROM audit_event WHERE reason = 'too-many-requests'`);
  t.equal(rows[0].n, 0, 'nothing was looked at, so nothing stands in the log');
});

t.test('limits per address, for whoever is not known', async (t) => {
  let now = Date.parse('2026-11-02T09:00:00Z');
  const env = { RATE_LIMIT_REFUSALS: '4', TRUSTED_PROXIES: '10.0.0.0/8' };
  const service = await startService(t, { clock: () => now, env });
  const token = await service.token('gp');
  const from = (address: string, url = '/fhir/R4/Flag', authorization = 'Bearer x.y.z') =>
    service.app.inject({ url, remoteAddress: '10.0.0.1', headers: { 'x-forwarded-for': address, authorization } });
  for (let i = 0; i < 4; i++) t.equal((await from('192.0.2.1')).statusCode, 401);
  const refused = await from('192.0.2.1');
  t.equal(refused.statusCode, 429);
  t.equal(refused.headers['retry-after'], '15');
  t.equal((await from('192.0.2.2')).statusCode, 401, 'another address is not touched');
  t.equal((await from('192.0.2.1', undefined, `Bearer ${token}`)).statusCode, 200, 'a good token is, wherever it comes from');

  const ask = (address: string, remoteAddress = '10.0.0.1') =>
    service.app.inject({
      method: 'POST',
      url: '/oauth/token',
      remoteAddress,
      headers: { 'x-forwarded-for': address, 'content-type': 'application/x-www-form-urlencoded' },
      payload: 'grant_type=x',
    });
  t.equal((await ask('192.0.2.1')).statusCode, 429, 'guessed tokens and guessed clients count together');
  t.equal((await ask('192.0.2.1')).json().error, 'temporarily_unavailable');
  for (let i = 0; i < 4; i++) t.equal((await ask(`2001:db8:1:2:${i}::1`)).statusCode, 400);
  t.equal((await ask('2001:db8:1:2:ffff::')).statusCode, 429, 'one network of IPv6 is one sender');
  t.equal((await ask('2001:db8:1:3::1')).statusCode, 400);
  t.equal((await ask('2001:db8::1:3:0:0:1')).statusCode, 400);
  for (let i = 0; i < 4; i++) t.equal((await ask(`198.51.100.${i}`, '203.0.113.9')).statusCode, 400);
  t.equal((await ask('198.51.100.99', '203.0.113.9')).statusCode, 429, 'X-Forwarded-For of a stranger is not believed');
  now += 60_000;
  t.equal((await from('192.0.2.1')).statusCode, 401);
});

t.test('slow, endless and crowded requests', async (t) => {
  const env = { HEADERS_TIMEOUT: '1', REQUEST_TIMEOUT: '2', BODY_LIMIT: '16384', MAX_CONNECTIONS: '8' };
  const service = await startService(t, { env });
  const head = `Host: x\r\nAuthorization: Bearer ${await service.token('gp')}\r\nContent-Type: application/fhir+json\r\n`;
  const drip = (socket: Socket) => {
    const timer = setInterval(() => socket.write('x'), 100);
    socket.on('close', () => clearInterval(timer));
  };

  const [slowHeaders, slowBody] = await Promise.all([
    raw(service, `GET /fhir/R4/Flag HTTP/1.1\r\n${head}X-Slow: `, drip),
    raw(service, `POST /fhir/R4/Flag HTTP/1.1\r\n${head}Content-Length: 9999\r\n\r\n`, drip),
  ]);
  for (const answer of [slowHeaders, slowBody]) {
    t.match(answer, /^HTTP\/1\.1 408 /);
    t.match(answer, /"code":"timeout"/);
  }
  const tooLong = await raw(service, `POST /fhir/R4/Flag HTTP/1.1\r\n${head}Content-Length: 20000\r\n\r\n`);
  t.match(tooLong, /^HTTP\/1\.1 413 /, 'refused by what it announces, before a byte of it');
  const endless = await raw(service, `POST /fhir/R4/Flag HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n`, (socket) => {
    for (let i = 0; i < 20; i++) socket.write(`400\r\n${'x'.repeat(1024)}\r\n`);
  });
  t.match(endless, /^HTTP\/1\.1 413 /, 'a body without an end is cut off at the limit');

  const many = (n: number) => Array.from({ length: n }, (_, i) => `X-Header-${i}: 1\r\n`).join('');
  const close = 'Connection: close\r\n\r\n';
  t.match(await raw(service, `GET /fhir/R4/Flag HTTP/1.1\r\n${head}${many(150)}${close}`), /^HTTP\/1\.1 200 /);
  const crowded = await raw(service, `PUT /fhir/R4/Flag/f HTTP/1.1\r\n${many(2_100)}${head}If-Match: W/"9"\r\n${close}`);
  t.match(crowded, /^HTTP\/1\.1 431 /, 'no header is dropped in silence');

  const sockets = await Promise.all(Array.from({ length: 8 }, () => opened(service)));
  const closedAtOnce = await Promise.race([raw(service, ''), delay(900).then(() => 'open')]);
  t.equal(closedAtOnce, '', 'a connection too many is closed');
  for (const socket of sockets) socket.destroy();
});

function opened(service: TestService): Promise<Socket> {
  const { port, hostname } = new URL(service.base);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => resolve(socket));
    socket.on('error', () => {});
  });
}

t.test('the look through every log of the suite finds what may not be there', async (t) => {
  const sent = new SentWords();
  sent.add('{"name":[{"family":"Oudejans"}],"birthDate":"1941-05-02","status":"active"}');
  sent.addQuery('code=http://snomed.info/sct|89666000&status=active');
  for (const leak of ['BSN 900186021', '"eyJhbGciOiJFUzM4NCJ9.e30.x"', 'error in SELECT 1', 'Oudejans', '1941-05-02', 'sct|89666000'])
    t.equal(sent.leaksIn(`{"level":30} ${leak.includes('sct|') ? 'http://snomed.info/sct|89666000' : leak} `).length, 1, leak);
  for (const harmless of ['"ms":900186021.5', 'ba900186021', '123456789', 'active', '"interaction":"search-type"'])
    t.strictSame(sent.leaksIn(harmless), [], harmless);
});
