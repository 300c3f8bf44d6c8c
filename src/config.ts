// All settings of the service, from the environment, checked at once. SETTINGS is the only place that knows them.
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
    wholeNumber(2, MAX_CONNECTIONS, Math.max(10, 4 * availableParallelism())),
  ),
  databasePoints: setting(
    'DATABASE_POINTS',
    '2',
    'Database connections for emergency cards and reads by id; each carries many questions at once.',
    wholeNumber(1, MAX_CONNECTIONS, 2),
  ),
  fhirPackagesDir: setting(
    'FHIR_PACKAGES_DIR',
    'none',
    'Directory with published FHIR packages (.tgz or unpacked) whose profiles and value sets are loaded at start.',
    (text) => text,
  ),
} satisfies Record<string, Setting<unknown>>;

export type Config = { [Name in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[Name]['parse']> };

/** Every setting, defaults filled in. An empty variable counts as not set. Throws ConfigError that names all that are wrong. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const lines: string[] = [];
  const read = ([key, { name, parse }]: [string, Setting<unknown>]): [string, unknown] => {
    try {
      return [key, parse(env[name]?.trim() || undefined)];
    } catch (error) {
      lines.push(`${name} ${(error as Error).message}`);
      return [key, undefined];
    }
  };
  const values = Object.fromEntries(Object.entries(SETTINGS).map(read)) as Config;
  if (lines.length > 0) throw new ConfigError(lines);
  return values;
}

/** The FHIR base, known once the service listens on `port`; without a trailing slash. */
export function fhirBaseUrl(config: Pick<Config, 'baseUrl' | 'host'>, port: number): string {
  // An IPv6 address stands in brackets in a URL.
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return config.baseUrl ?? `http://${host}:${port}${FHIR_PATH}`;
}

/** Where the whole service answers: the FHIR base without its FHIR path. */
export function publicBaseUrl(config: Pick<Config, 'baseUrl' | 'host'>, port: number): string {
  return fhirBaseUrl(config, port).slice(0, -FHIR_PATH.length);
}

function setting<T>(name: string, byDefault: string, what: string, parse: (text: string | undefined) => T): Setting<T> {
  return { name, default: byDefault, what, parse };
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
