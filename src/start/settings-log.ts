// A change of what decides who gets in and who sees what, as an event of the audit log: a start with other settings than the one
// before, another key that signs tokens. The database remembers what the log was told last.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { AuditWriter } from '../audit/audit-writer.js';
import { configurationEvent } from '../audit/configuration-event.js';
import { type Config, SETTINGS } from '../config.js';
import type { Database } from '../store/pool.js';
import { readSetting, writeSetting } from '../store/settings.js';

/** Told with their values. */
const OPEN = [
  'breakGlass',
  'emergencyTypes',
  'emergencyWithoutRegister',
  'auditLogShowUsers',
  'auditRetentionYears',
  'ownIssuer',
  'trustedProxies',
  'corsOrigins',
] as const;
/** Told by name alone: where they lead is no secret, but may be written as one. */
const CLOSED = ['registerUrl', 'tlsClientCaFile', 'auditSealKeyFile'] as const;
/** Files whose contents are the setting. */
const FILES = ['issuersFile', 'signInFile'] as const;

const REMEMBERED = 'settings-in-log';
const SIGNING_KEY = 'token-signing-key';

interface Deps {
  database: Database;
  audit: Pick<AuditWriter, 'write'>;
  /** Epoch milliseconds. */
  now(): number;
  newId(): string;
}

/** Writes one event for each that differs from what the log was told last; at the first start for those that are not the default. */
export async function logChangedSettings({ database, audit, now, newId }: Deps, config: Config, signingKey?: string): Promise<void> {
  const known = await readSetting<Record<string, string>>(database, REMEMBERED);
  const present: Record<string, string> = { ...(await settingsOf(config)), ...(signingKey && { [SIGNING_KEY]: signingKey }) };
  const before = known ?? { ...(await settingsOf(DEFAULTS)), ...(signingKey && { [SIGNING_KEY]: signingKey }) };
  const changed = Object.keys(present).filter((name) => present[name] !== before[name]);
  if (changed.length > 0) {
    const events = changed.map((name) => {
      const isKey = name === SIGNING_KEY;
      const which = isKey ? signingKey : OPEN.some((one) => SETTINGS[one].name === name) ? `${name}=${present[name]}` : name;
      const change = { action: isKey ? 'C' : 'U', what: isKey ? 'signing-key' : 'setting', which } as const;
      return configurationEvent(change, undefined, { id: newId(), recorded: new Date(now()) });
    });
    await audit.write(events);
  }
  if (known === undefined || changed.length > 0) await writeSetting(database, REMEMBERED, { ...known, ...present });
}

type Told = Pick<Config, (typeof OPEN | typeof CLOSED | typeof FILES)[number]>;

const DEFAULTS = Object.fromEntries([...OPEN, ...CLOSED, ...FILES].map((key) => [key, SETTINGS[key].parse(undefined)])) as unknown as Told;

/** By the names of the environment. What is told by name alone is remembered by digest. */
async function settingsOf(config: Told): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const key of OPEN) texts[SETTINGS[key].name] = textOf(config[key]);
  for (const key of CLOSED) texts[SETTINGS[key].name] = digestOf(textOf(config[key]));
  for (const key of FILES) {
    const path = config[key];
    texts[SETTINGS[key].name] = digestOf(path === undefined ? '' : await readFile(path, 'utf8'));
  }
  return texts;
}

/** An on/off setting as it is written in the environment. */
function textOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return value === undefined ? '' : String(value);
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
