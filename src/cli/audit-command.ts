// `npm run -s audit:verify [-- --expect <head>] [--unsealed-minutes <n>]` holds the audit log against its seals;
// `npm run -s audit:retain` drops the months whose time has passed. Beside a running service or without one.
import { parseArgs } from 'node:util';
import { uuidv7 } from 'uuidv7';
import { configurationEvent } from '../audit/configuration-event.js';
import { retainAudit } from '../audit/retain.js';
import { openSealKeys, type SealKeys, sealKeyFile } from '../audit/seal-keys.js';
import { type AuditVerification, verifyAudit } from '../audit/verify.js';
import type { Config } from '../config.js';
import { insertAuditEvents } from '../store/audit-events.js';
import { withDatabase } from '../store/command-connection.js';
import type { Transaction } from '../store/transaction.js';

const USAGE = 'Usage: npm run -s audit:verify [-- --expect <head> …] [--unsealed-minutes <n>], or npm run -s audit:retain';
/** The sealer comes every few seconds; after this it is not coming. In minutes. */
const UNSEALED_MINUTES = 15;
/** Dropping a month stops all writing for a moment; rather not now than for longer, in ms. */
const LOCK_TIMEOUT_MS = 5_000;

/** Lines for standard output, and for standard error what is wrong: then the command has failed. */
export interface CommandResult {
  output: string[];
  faults: string[];
}

export interface CommandDeps {
  config: Pick<Config, 'databaseUrl' | 'migrationDatabaseUrl' | 'dataDir' | 'auditSealKeyFile' | 'auditRetentionYears'>;
  now: () => Date;
}

/** Throws StartError and the errors of pg when the key or the database cannot be reached. */
export async function auditCommand(args: string[], deps: CommandDeps): Promise<CommandResult> {
  const parsed = argumentsOf(args);
  const [verb, ...more] = parsed?.positionals ?? [];
  const minutes = Number(parsed?.values['unsealed-minutes'] ?? UNSEALED_MINUTES);
  if (!parsed || more.length > 0 || !Number.isInteger(minutes) || minutes < 1) return { output: [], faults: [USAGE] };
  const keys = await openSealKeys(sealKeyFile(deps.config));
  const verify = (client: Transaction) =>
    inOneMoment(client, () =>
      verifyAudit(client, { keys, now: deps.now(), sealedWithin: minutes * 60_000, expected: parsed.values.expect ?? [] }),
    );
  const { config } = deps;
  if (verb === 'verify') return withDatabase(config, async (client) => told(await verify(client), keys));
  const owner = { ...config, databaseUrl: config.migrationDatabaseUrl ?? config.databaseUrl };
  if (verb === 'retain') return withDatabase(owner, async (client) => retain(client, await verify(client), keys, deps), 'owner');
  return { output: [], faults: [USAGE] };
}

function argumentsOf(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { expect: { type: 'string', multiple: true }, 'unsealed-minutes': { type: 'string' } },
    });
  } catch {
    return undefined;
  }
}

function told({ faults, seals, events, unsealed, head }: AuditVerification, keys: SealKeys): CommandResult {
  const output = [
    `${events} events under ${seals} seals, ${unsealed} waiting for one.`,
    `Keys: ${keys.keyIds.join(', ')}`,
    ...(head === undefined ? [] : [`Head: ${head}`]),
  ];
  return { output: faults.length === 0 ? [...output, 'The log is whole.'] : output, faults };
}

async function retain(
  client: Transaction,
  verified: AuditVerification,
  keys: SealKeys,
  { config, now }: CommandDeps,
): Promise<CommandResult> {
  if (verified.faults.length > 0) return { output: [], faults: [...verified.faults, 'Nothing was dropped: the log is not whole.'] };
  const years = config.auditRetentionYears;
  await client.query(`BEGIN; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
  const { dropped, waiting } = await retainAudit(client, { keys, years, now: now() });
  if (dropped.length > 0) {
    const change = { action: 'D', what: 'audit-log', details: { years, months: dropped } } as const;
    await insertAuditEvents(client, [configurationEvent(change, undefined, { id: uuidv7(), recorded: now() })]);
  }
  await client.query('COMMIT');
  const output = dropped.map(({ month, events }) => `Dropped ${month}: ${events} events.`);
  if (dropped.length === 0) output.push(`No month is wholly older than ${years} years.`);
  return { output, faults: waiting === undefined ? [] : [`${waiting} has events that are not sealed yet: it stays.`] };
}

/** What `action` reads is one moment of the database. */
async function inOneMoment<T>(client: Transaction, action: () => Promise<T>): Promise<T> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    return await action();
  } finally {
    await client.query('ROLLBACK');
  }
}
