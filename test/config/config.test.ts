// Settings: defaults, every wrong value named in one line, no secret repeated, and the documentation true.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { ConfigError, fhirBaseUrl, loadConfig, publicBaseUrl, SETTINGS } from '../../src/config.js';

function linesOf(env: Record<string, string>): string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
}

t.test('has a default for everything; an empty variable counts as not set', async (t) => {
  const config = loadConfig({});
  t.match(config, {
    port: 8080,
    host: '127.0.0.1',
    dataDir: './data',
    databaseUrl: undefined,
    baseUrl: undefined,
    logLevel: 'info',
    bodyLimit: 16 * 1024 * 1024,
    databasePoints: 2,
    fhirPackagesDir: undefined,
  });
  t.ok(config.databasePool >= 10);
  t.strictSame(loadConfig(Object.fromEntries(Object.values(SETTINGS).map(({ name }) => [name, ' ']))), config);
});

t.test('a secret may stand in a file; the variable itself goes before it, and neither is ever repeated', async (t) => {
  const folder = t.testdir({ url: 'postgres://a:b@c/d\n', wrong: 'mysql://secret' });
  t.equal(loadConfig({ DATABASE_URL_FILE: join(folder, 'url') }).databaseUrl, 'postgres://a:b@c/d');
  t.equal(loadConfig({ DATABASE_URL: 'postgres://e/f', DATABASE_URL_FILE: join(folder, 'url') }).databaseUrl, 'postgres://e/f');
  t.strictSame(linesOf({ DATABASE_URL_FILE: join(folder, 'none') }), ['DATABASE_URL is to come from a file that cannot be read.']);
  const [line = ''] = linesOf({ DATABASE_URL_FILE: join(folder, 'wrong') });
  t.match(line, /^DATABASE_URL must be a URL/);
  t.notMatch(line, 'secret');
  t.equal(loadConfig({ PORT_FILE: join(folder, 'url') }).port, 8080, 'what is no secret is not read from files');
});

t.test('lists: trimmed, empty ones left out, each of them right', async (t) => {
  const env = { TRUSTED_PROXIES: '10.0.0.0/8, ::1,192.0.2.7', CORS_ORIGINS: 'https://a.example,,http://localhost:3000' };
  t.match(loadConfig(env), {
    trustedProxies: ['10.0.0.0/8', '::1', '192.0.2.7'],
    corsOrigins: ['https://a.example', 'http://localhost:3000'],
  });
  for (const wrong of ['10.0.0.0/33', 'proxy', '10.0.0.0/8/8', '::1/x', '10.0.0.0/'])
    t.match(linesOf({ TRUSTED_PROXIES: `::1,${wrong}` }), [/^TRUSTED_PROXIES must be IP addresses/], wrong);
  for (const wrong of ['*', 'https://a.example/', 'a.example', 'null', 'https://a.example/x'])
    t.match(linesOf({ CORS_ORIGINS: wrong }), [/^CORS_ORIGINS must be origins/], wrong);
});

t.test('takes what is set', async (t) => {
  const env = {
    PORT: '0',
    HOST: '::1',
    LOG_LEVEL: 'warn',
    DATABASE_URL: 'postgres://a:b@c/d',
    BODY_LIMIT: '20000',
    BASE_URL: 'https://x.nl/acp/fhir/R4/',
  };
  t.match(loadConfig(env), {
    port: 0,
    host: '::1',
    logLevel: 'warn',
    databaseUrl: 'postgres://a:b@c/d',
    bodyLimit: 20_000,
    baseUrl: 'https://x.nl/acp/fhir/R4',
  });
});

t.test('names every wrong setting, one line each, with what would be right', async (t) => {
  const env = {
    PORT: '80a',
    LOG_LEVEL: 'loud',
    BODY_LIMIT: '-1',
    BASE_URL: 'https://x.nl/fhir',
    DATABASE_POOL: '1e3',
    DATABASE_POINTS: '0',
  };
  t.strictSame(linesOf(env), [
    'PORT must be a whole number from 0 to 65535, not "80a".',
    'BASE_URL must be an http or https address that ends in /fhir/R4, such as https://example.org/fhir/R4.',
    'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent, not "loud".',
    'BODY_LIMIT must be a whole number from 16384 to 268435456, not "-1".',
    'DATABASE_POOL must be a whole number from 2 to 90, not "1e3".',
    'DATABASE_POINTS must be a whole number from 1 to 90, not "0".',
  ]);
  for (const PORT of ['65536', '-1', '8080.5', '0x10', '٨', '1'.repeat(400)]) t.equal(linesOf({ PORT }).length, 1, PORT);
  for (const BASE_URL of [
    'ftp://x.nl/fhir/R4',
    'x.nl/fhir/R4',
    'https://u:p@x.nl/fhir/R4',
    'https://x.nl/fhir/R4?a=1',
    'https://x.nl/fhir/R4#a',
  ]) {
    t.equal(linesOf({ BASE_URL }).length, 1, BASE_URL);
  }
});

t.test('never repeats a database URL, which holds a password', async (t) => {
  for (const DATABASE_URL of ['mysql://root:hunter2@h/d', 'hunter2', 'postgres//a:hunter2@h/d']) {
    const [line, ...others] = linesOf({ DATABASE_URL });
    t.match(line, /^DATABASE_URL must be a URL that begins with postgres:/);
    t.notMatch(line, /hunter2/);
    t.strictSame(others, []);
  }
});

t.test('knows its own address once it listens', async (t) => {
  t.equal(fhirBaseUrl({ host: '127.0.0.1', baseUrl: undefined, tlsCertFile: undefined }, 4242), 'http://127.0.0.1:4242/fhir/R4');
  t.equal(fhirBaseUrl({ host: '::1', baseUrl: undefined, tlsCertFile: undefined }, 80), 'http://[::1]:80/fhir/R4');
  t.equal(publicBaseUrl({ host: '127.0.0.1', baseUrl: 'https://x.nl/acp/fhir/R4', tlsCertFile: undefined }, 1), 'https://x.nl/acp');
});

const runbook = await readFile(fileURLToPath(new URL('../../docs/runbook.md', import.meta.url)), 'utf8').catch(() => undefined);
const whenWritten = runbook === undefined ? { skip: 'docs/runbook.md is not written yet' } : {};

t.test('every setting is in the documentation, with its default, and nothing else is', whenWritten, async (t) => {
  const rows = [...(runbook ?? '').matchAll(/^\| `([A-Z][A-Z_]+)` \| ([^|]+) \|/gm)].map(
    ([, name, byDefault]) => `${name} ${byDefault?.replaceAll('`', '').trim()}`,
  );
  const known = Object.values(SETTINGS).map((setting) => `${setting.name} ${setting.default}`);
  t.strictSame(rows.sort(), known.sort());
});
