// The whole service on a database of its own, listening on loopback, with the demo clients: as clients use it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { DEMO_PORTAL, readDemoClient } from '../../src/auth/demo-clients.js';
import type { Person } from '../../src/auth/person-assertion.js';
import { requestToken } from '../../src/auth/request-token.js';
import { loadConfig } from '../../src/config.js';
import { readFonts } from '../../src/http/pdf/fonts.js';
import { createPaper } from '../../src/http/pdf/paper.js';
import { assemble, type RunningService, type ServiceOptions } from '../../src/start/assemble.js';
import { createDatabase, type Teardown, type TestDatabase } from './database.js';
import { SentWords } from './log-check.js';
import { checkAnswer } from './openapi-check.js';

const FONTS = readFonts();

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** As they came, where the answer is no text. */
  bytes: Buffer;
  json: any;
}

export interface Ask {
  /** A demo client, `user:<demo client>:<user id>`, `patient:<patient id>`, `representative:<patient id>:<RelatedPerson id>`; null for no token. */
  as?: string | null;
  purpose?: string;
  headers?: Record<string, string>;
  body?: unknown;
  form?: Record<string, string> | string;
  /** Take a redirect as the answer. */
  stay?: boolean;
}

export interface TestService {
  base: string;
  fhir: string;
  /** The application itself, for many requests without a network between. */
  app: RunningService['app'];
  /** What the service believes its address to be. */
  address: RunningService['address'];
  database: TestDatabase;
  /** Everything the service wrote to its log. */
  log(): string;
  token(client: string, purpose?: string): Promise<string>;
  /** `url` below the FHIR base, or absolute from `/v1` and `/health`. */
  ask(method: string, url: string, ask?: Ask): Promise<Answer>;
  get(url: string, ask?: Ask): Promise<Answer>;
  post(url: string, body: unknown, ask?: Ask): Promise<Answer>;
  put(url: string, body: unknown, ask?: Ask): Promise<Answer>;
  close(): Promise<void>;
}

export interface TestServiceOptions extends ServiceOptions {
  env?: Record<string, string>;
  /** A database another service of this test runs on. */
  database?: TestDatabase;
  dataDir?: string;
}

/** A token is taken again for this long by the test's clock, in ms: getting one costs more than most requests. */
const TOKEN_KEPT_MS = 60_000;

/** Starts it; everything is stopped and removed when the test `t` ends. */
export async function startService(t: Teardown, options: TestServiceOptions = {}): Promise<TestService> {
  const database = options.database ?? (await createDatabase());
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'izp-test-')));
  const lines: string[] = [];
  const sent = new SentWords();
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const config = loadConfig({ PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'trace', ...options.env });
  const service = await assemble(config, pino({ level: config.logLevel }, sink), {
    connection: database.connection,
    demo: true,
    paper: createPaper(await FONTS),
    ...options,
  });
  await service.app.listen({ port: 0, host: '127.0.0.1' });
  const bound = service.app.server.address() as { port: number };
  service.address.base = `http${config.tlsCertFile === undefined ? '' : 's'}://127.0.0.1:${bound.port}`;
  const base = service.address.base;
  const tokens = new Map<string, { at: number; token: Promise<string> }>();
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await service.close();
  };
  t.teardown(async () => {
    await close();
    if (!options.database) await database.drop();
    if (!options.dataDir) await rm(dataDir, { recursive: true, force: true });
    const leaks = sent.leaksIn(lines.join(''));
    if (leaks.length > 0) throw new Error(`The log holds what may never stand in it: ${leaks.join('; ')}`);
  });
  const token = (client: string, purpose?: string): Promise<string> => {
    const key = `${client} ${purpose ?? ''}`;
    // A test that moves the clock outlives its tokens.
    const at = options.clock?.() ?? 0;
    const known = tokens.get(key);
    if (known && at >= known.at && at - known.at < TOKEN_KEPT_MS) return known.token;
    const made = fetchToken(base, dataDir, client, purpose, options.clock);
    tokens.set(key, { at, token: made });
    return made;
  };
  const ask = async (method: string, url: string, { as = 'gp', purpose, headers = {}, body, form, stay }: Ask = {}): Promise<Answer> => {
    const given: Record<string, string> = { ...headers };
    if (as !== null) given.authorization = `Bearer ${await token(as, purpose)}`;
    let text: string | undefined;
    if (form !== undefined) {
      text = typeof form === 'string' ? form : new URLSearchParams(form).toString();
      given['content-type'] ??= 'application/x-www-form-urlencoded';
    } else if (body !== undefined) {
      text = typeof body === 'string' ? body : JSON.stringify(body);
      given['content-type'] ??= url.startsWith('/') ? 'application/json' : 'application/fhir+json';
    }
    if (text !== undefined) form === undefined ? sent.add(text) : sent.addQuery(text);
    sent.addQuery(url.slice(url.indexOf('?') + 1));
    const address = url.startsWith('/') ? `${base}${url}` : url.startsWith('http') ? url : `${base}/fhir/R4${url === '' ? '' : `/${url}`}`;
    const response = await fetch(address, { method, headers: given, body: text, ...(stay && { redirect: 'manual' as const }) });
    const bytes = Buffer.from(await response.arrayBuffer());
    const answer = bytes.toString('utf8');
    checkAnswer({ method, url: address, status: response.status, headers: response.headers, text: answer });
    let json: unknown;
    try {
      json = JSON.parse(answer);
    } catch {
      json = undefined;
    }
    return { status: response.status, headers: response.headers, text: answer, bytes, json };
  };
  return {
    base,
    fhir: `${base}/fhir/R4`,
    app: service.app,
    address: service.address,
    database,
    log: () => lines.join(''),
    token,
    ask,
    get: (url, more) => ask('GET', url, more),
    post: (url, body, more) => ask('POST', url, { ...more, body }),
    put: (url, body, more) => ask('PUT', url, { ...more, body }),
    close,
  };
}

async function fetchToken(base: string, dataDir: string, as: string, purpose?: string, clock: () => number = Date.now): Promise<string> {
  const person = personOf(as);
  const [, named, userId] = /^user:([^:]+):(.+)$/.exec(as) ?? [];
  const client = person ? DEMO_PORTAL : (named ?? as);
  const file = await readDemoClient(dataDir, client);
  if (!file) throw new Error(`no demo client ${client}`);
  const request = { baseUrl: base, clientId: file.clientId, privateJwk: file.privateJwk, purpose, person, userId };
  return (await requestToken(request, { fetch: checkedFetch, clock, newId: () => crypto.randomUUID() })).access_token;
}

/** `patient:<patient id>` or `representative:<patient id>:<RelatedPerson id>`; undefined for a client. */
function personOf(as: string): Person | undefined {
  const [kind, patientId = '', personId = ''] = as.split(':');
  if (kind === 'patient') return { patientId, fhirUser: `Patient/${patientId}` };
  return kind === 'representative' ? { patientId, fhirUser: `RelatedPerson/${personId}` } : undefined;
}

/** As fetch, with the answer held to openapi.yaml. */
async function checkedFetch(url: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  const text = await response.clone().text();
  checkAnswer({ method: init?.method ?? 'GET', url: String(url), status: response.status, headers: response.headers, text });
  return response;
}
