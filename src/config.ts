// All settings of the service, from the environment, checked at once. SETTINGS is the only place that knows them.
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';

/** The settings are wrong: `message` holds one line for each, fit to be printed. Values that may be secret are not repeated. */
export class ConfigError extends Error {
  constructor(readonly lines: string[]) {
    super(lines.join('\n'));
    this.name = 'ConfigError';
  }
}

export interface Setting<T> {
  /** Of the environment variable. */
  name: string;
  /** In words, as it stands in the documentation. */
  default: string;
  what: string;
  /** True for what must not stand in a process list: NAME_FILE names a file that holds it. */
  isSecret?: boolean;
  /** The value of a text; throws a plain Error whose message completes "NAME …". Undefined text means not set. */
  parse(text: string | undefined): T;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Attachments of 10 MB fit, base64 adds a third. In bytes. */
const DEFAULT_BODY_LIMIT = 16 * 1024 * 1024;
/** Half of the longest string Node.js holds, because a body is text and then JSON again. In bytes. */
const MAX_BODY_LIMIT = 256 * 1024 * 1024;
/** Below this not even a small resource would fit, in bytes. */
const MIN_BODY_LIMIT = 16 * 1024;
/** PostgreSQL's own default limit is 100 connections for everybody. */
const MAX_CONNECTIONS = 90;

/** As long as the record itself is kept after its last change (WGBO). */
const DEFAULT_RETENTION_YEARS = 20;
/** NEN 7513. */
const LEAST_RETENTION_YEARS = 5;
const MAX_RETENTION_YEARS = 200;

/** What one busy system of many users asks is far below; what a runaway one sends is above. Requests a minute. */
const DEFAULT_RATE = 30_000;
/** Never the reason why urgent care gets no answer: beyond what a process can answer. Requests a minute. */
const DEFAULT_EMERGENCY_RATE = 300_000;
/** A misconfigured system is refused a few times a minute; somebody who tries keys, far more often. Requests a minute. */
const DEFAULT_REFUSAL_RATE = 1_200;
/** A limit that is none. */
const MAX_RATE = 1_000_000_000;
/** Some kB each, idle: a fraction of the memory the service is built for. */
const DEFAULT_MAX_CONNECTIONS = 10_000;
/** More at once answers none sooner, and each holds its answer in memory. */
const DEFAULT_MAX_READS = 256;
/** Transactions at once; also more writers than processors gain little. */
const DEFAULT_POOL = Math.max(10, 4 * availableParallelism());

const FHIR_PATH = '/fhir/R4';

export const SETTINGS = {
  port: setting('PORT', '8080', 'TCP port to listen on; 0 takes a free one.', wholeNumber(0, 65_535, 8080)),
  host: setting('HOST', '127.0.0.1', 'Address to listen on; 0.0.0.0 for all.', (text = '127.0.0.1') => text),
  dataDir: setting('DATA_DIR', './data', 'Directory of the embedded database, keys and demo clients.', (text = './data') => text),
  databaseUrl: setting(
    'DATABASE_URL',
    'none: the embedded database',
    'PostgreSQL to use, as postgres://user:password@host/database. Then there is no embedded database and no demo data.',
    databaseUrl,
    'secret',
  ),
  migrationDatabaseUrl: setting(
    'MIGRATION_DATABASE_URL',
    'DATABASE_URL',
    'The same database as its owner: migrations and the dropping of old audit run there. DATABASE_URL then logs in as a member of izp_service.',
    databaseUrl,
    'secret',
  ),
  baseUrl: setting(
    'BASE_URL',
    `http://HOST:PORT${FHIR_PATH}`,
    `Address of the FHIR API as clients see it, ending in ${FHIR_PATH}: in links, in tokens and in the CapabilityStatement.`,
    baseUrl,
  ),
  logLevel: setting('LOG_LEVEL', 'info', `One of ${LOG_LEVELS.join(', ')}.`, oneOf(LOG_LEVELS, 'info')),
  bodyLimit: setting(
    'BODY_LIMIT',
    String(DEFAULT_BODY_LIMIT),
    'Bytes a request body may have; a larger one is answered 413.',
    wholeNumber(MIN_BODY_LIMIT, MAX_BODY_LIMIT, DEFAULT_BODY_LIMIT),
  ),
  databasePool: setting(
    'DATABASE_POOL',
    'four per processor, at least 10',
    'Database connections for transactions and searches.',
    wholeNumber(2, MAX_CONNECTIONS, DEFAULT_POOL),
  ),
  databasePoints: setting(
    'DATABASE_POINTS',
    '2',
    'Database connections for emergency cards and reads by id; each carries many questions at once.',
    wholeNumber(1, MAX_CONNECTIONS, 2),
  ),
  auditSealKeyFile: setting(
    'AUDIT_SEAL_KEY_FILE',
    'DATA_DIR/keys/audit-seal.json',
    'JWK Set whose last Ed25519 key seals the audit log and whose others verify it. One for all processes on a database; made when missing.',
    (text) => text,
  ),
  auditRetentionYears: setting(
    'AUDIT_RETENTION_YEARS',
    String(DEFAULT_RETENTION_YEARS),
    'Years the audit log is kept before `npm run audit:retain` drops it; the law wants at least 5.',
    wholeNumber(LEAST_RETENTION_YEARS, MAX_RETENTION_YEARS, DEFAULT_RETENTION_YEARS),
  ),
  auditLogShowUsers: setting(
    'AUDIT_LOG_SHOW_USERS',
    'off',
    'on: who reads the audit log also sees the users behind the organisations.',
    oneOf(['off', 'on'], 'off'),
  ),
  emergencyTypes: setting(
    'EMERGENCY_TYPES',
    'AMB,N6,V4,V5,V6',
    'Organisation types that the policy emergency lets in, with purpose ETREAT: codes of the organisation-type system.',
    codes('AMB,N6,V4,V5,V6'),
  ),
  breakGlass: setting(
    'BREAK_GLASS',
    'off',
    'on lets urgent care see card and summary without a permission: for a reason, for an hour, told to patient, keeper of the record and data officer.',
    onOff,
  ),
  issuersFile: setting(
    'ISSUERS_FILE',
    'none: the service gives tokens itself',
    'JSON file that names the outside issuers whose tokens are taken; see docs/runbook.md.',
    (text) => text,
  ),
  ownIssuer: setting(
    'OWN_ISSUER',
    'on, but off with ISSUERS_FILE and DATABASE_URL',
    'on or off: whether the service gives tokens itself to the clients in its registry.',
    (text) => (text === undefined ? undefined : oneOf(['on', 'off'], 'on')(text)),
  ),
  signInFile: setting(
    'SIGN_IN_FILE',
    'none: the demo issuer at a demo, nobody elsewhere',
    'JSON file that names the OpenID Connect issuer where people sign in for the pages; see docs/runbook.md.',
    (text) => text,
  ),
  tlsCertFile: setting(
    'TLS_CERT_FILE',
    'none: plain HTTP',
    'Certificate chain (PEM) with which the service terminates TLS itself; a renewed file is taken up within a minute.',
    (text) => text,
  ),
  tlsKeyFile: setting('TLS_KEY_FILE', 'none', 'Private key (PEM) of TLS_CERT_FILE.', (text) => text),
  tlsClientCaFile: setting(
    'TLS_CLIENT_CA_FILE',
    'none: client certificates are not asked for',
    'Authorities (PEM) whose client certificates count: tokens bound to one are taken on its connections alone.',
    (text) => text,
  ),
  registerUrl: setting(
    'REGISTER_URL',
    'none',
    'Address of the national register of permissions, asked where a record has no rule of its own; only Permit opens.',
    registerUrl,
  ),
  registerAuthorization: setting('REGISTER_AUTHORIZATION', 'none', 'Authorization header for the register.', (text) => text, 'secret'),
  emergencyWithoutRegister: setting(
    'EMERGENCY_WITHOUT_REGISTER',
    'off',
    'on lets the policy emergency in when the register cannot be asked and the record has no rule.',
    onOff,
  ),
  fhirPackagesDir: setting(
    'FHIR_PACKAGES_DIR',
    'none',
    'Directory with published FHIR packages (.tgz or unpacked) whose profiles and value sets are loaded at start.',
    (text) => text,
  ),
  processFile: setting(
    'PROCESS_FILE',
    'none: PlanDefinition/izp-process',
    'JSON file with a region’s PlanDefinition: steps that replace or add to those of the process it is derived from; see docs/runbook.md.',
    (text) => text,
  ),
  rateLimit: setting(
    'RATE_LIMIT',
    String(DEFAULT_RATE),
    'Requests a minute that one client may send to one process, emergency answers apart; 0 for no limit.',
    wholeNumber(0, MAX_RATE, DEFAULT_RATE),
  ),
  rateLimitEmergency: setting(
    'RATE_LIMIT_EMERGENCY',
    String(DEFAULT_EMERGENCY_RATE),
    'Emergency cards and summaries a minute that one client may ask of one process, counted apart; 0 for no limit.',
    wholeNumber(0, MAX_RATE, DEFAULT_EMERGENCY_RATE),
  ),
  rateLimitRefusals: setting(
    'RATE_LIMIT_REFUSALS',
    String(DEFAULT_REFUSAL_RATE),
    'Refused token requests and requests without a good token that one address may send a minute; 0 for no limit.',
    wholeNumber(0, MAX_RATE, DEFAULT_REFUSAL_RATE),
  ),
  trustedProxies: setting(
    'TRUSTED_PROXIES',
    'none',
    'Addresses or networks (10.0.0.0/8) of the proxies before the service, separated by commas: their X-Forwarded-For is believed.',
    list((text) => isNetwork(text), 'must be IP addresses or networks such as 10.0.0.0/8, separated by commas'),
  ),
  corsOrigins: setting(
    'CORS_ORIGINS',
    'none',
    'Origins (https://viewer.example) whose web pages may read answers, separated by commas.',
    list(
      (text) => URL.canParse(text) && new URL(text).origin === text,
      'must be origins such as https://viewer.example, separated by commas',
    ),
  ),
  headersTimeout: setting(
    'HEADERS_TIMEOUT',
    '10',
    'Seconds in which the headers of a request must be there; then it is answered 408.',
    wholeNumber(1, 600, 10),
  ),
  requestTimeout: setting(
    'REQUEST_TIMEOUT',
    '30',
    'Seconds in which a whole request must be there; then it is answered 408.',
    wholeNumber(1, 600, 30),
  ),
  keepAliveTimeout: setting(
    'KEEP_ALIVE_TIMEOUT',
    '72',
    'Seconds a connection without a request is kept. More than that of the proxy before the service.',
    wholeNumber(1, 3600, 72),
  ),
  maxReads: setting(
    'MAX_READS',
    String(DEFAULT_MAX_READS),
    'Requests that read and are worked on at once; ten times as many wait, further ones get 503. Emergency answers are not counted.',
    wholeNumber(1, 100_000, DEFAULT_MAX_READS),
  ),
  maxWrites: setting(
    'MAX_WRITES',
    'four per processor, at least 10',
    'Changes, bundles and operations that are worked on at once; ten times as many wait, further ones get 503.',
    wholeNumber(1, 100_000, DEFAULT_POOL),
  ),
  maxConnections: setting(
    'MAX_CONNECTIONS',
    String(DEFAULT_MAX_CONNECTIONS),
    'Open connections of one process; further ones are closed at once.',
    wholeNumber(1, 1_000_000, DEFAULT_MAX_CONNECTIONS),
  ),
} satisfies Record<string, Setting<unknown>>;

export type Config = { [Name in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[Name]['parse']> };

/** Every setting, defaults filled in. An empty variable counts as not set. Throws ConfigError that names all that are wrong. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const lines: string[] = [];
  const read = ([key, { name, parse, isSecret }]: [string, Setting<unknown>]): [string, unknown] => {
    try {
      return [key, parse(env[name]?.trim() || (isSecret ? fromFile(env[`${name}_FILE`]?.trim()) : undefined))];
    } catch (error) {
      lines.push(`${name} ${(error as Error).message}`);
      return [key, undefined];
    }
  };
  const values = Object.fromEntries(Object.entries(SETTINGS).map(read)) as Config;
  if (lines.length > 0) throw new ConfigError(lines);
  return values;
}

/** The text of a secret's file, as container platforms hand secrets over. */
function fromFile(path: string | undefined): string | undefined {
  if (!path) return undefined;
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch {
    throw new Error('is to come from a file that cannot be read.');
  }
}

/** The FHIR base, known once the service listens on `port`; without a trailing slash. */
export function fhirBaseUrl(config: Pick<Config, 'baseUrl' | 'host' | 'tlsCertFile'>, port: number): string {
  // An IPv6 address stands in brackets in a URL.
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return config.baseUrl ?? `http${config.tlsCertFile === undefined ? '' : 's'}://${host}:${port}${FHIR_PATH}`;
}

/** Where the whole service answers: the FHIR base without its FHIR path. */
export function publicBaseUrl(config: Pick<Config, 'baseUrl' | 'host' | 'tlsCertFile'>, port: number): string {
  return fhirBaseUrl(config, port).slice(0, -FHIR_PATH.length);
}

function setting<T>(name: string, byDefault: string, what: string, parse: (text: string | undefined) => T, secret?: 'secret'): Setting<T> {
  return { name, default: byDefault, what, parse, isSecret: secret !== undefined };
}

function wholeNumber(least: number, most: number, byDefault: number): (text: string | undefined) => number {
  return (text) => {
    if (text === undefined) return byDefault;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) throw new Error(`must be a whole number from ${least} to ${most}, not ${quoted(text)}.`);
    return value;
  };
}

function oneOf<const T extends string>(values: readonly T[], byDefault: T): (text: string | undefined) => T {
  return (text = byDefault) => {
    const value = values.find((one) => one === text);
    if (value === undefined) throw new Error(`must be one of ${values.join(', ')}, not ${quoted(text)}.`);
    return value;
  };
}

function list(isRight: (text: string) => boolean, otherwise: string): (text: string | undefined) => string[] {
  return (text = '') => {
    const values = text.split(',').flatMap((one) => one.trim() || []);
    const wrong = values.find((one) => !isRight(one));
    if (wrong !== undefined) throw new Error(`${otherwise}, not ${quoted(wrong)}.`);
    return values;
  };
}

/** An IP address, or one with the length of its network's prefix. */
function isNetwork(text: string): boolean {
  const [address = '', prefix, more] = text.split('/');
  const family = isIP(address);
  return (
    family !== 0 &&
    more === undefined &&
    (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128)))
  );
}

function registerUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && /^(127\.0\.0\.1|\[::1\]|localhost)$/.test(url.hostname));
  if (!url || !isSafe || url.username !== '') throw new Error('must be an https address: the question holds a BSN.');
  return text;
}

function onOff(text: string | undefined): boolean {
  return oneOf(['on', 'off'], 'off')(text) === 'on';
}

/** Codes with commas between. */
function codes(byDefault: string): (text: string | undefined) => string[] {
  return (text = byDefault) => {
    const list = text.split(',').map((code) => code.trim());
    if (!list.every((code) => /^[A-Z][A-Z0-9]{1,3}$/.test(code))) throw new Error('must be codes with commas between, such as AMB,N6.');
    return list;
  };
}

function databaseUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  // Never repeated: it holds a password.
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) throw new Error('must be a URL that begins with postgres:// (it is not shown here).');
  return text;
}

function baseUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const trimmed = text.replace(/\/$/, '');
  const url = URL.canParse(trimmed) ? new URL(trimmed) : undefined;
  const isPlain =
    url && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  if (!isPlain || !url.pathname.endsWith(FHIR_PATH)) {
    throw new Error(`must be an http or https address that ends in ${FHIR_PATH}, such as https://example.org${FHIR_PATH}.`);
  }
  return trimmed;
}

/** At most so much of a wrong value is repeated. */
const MAX_QUOTED = 40;

function quoted(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text);
}
