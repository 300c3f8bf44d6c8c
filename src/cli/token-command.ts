// `npm run -s token -- gp [--purpose …] [--scope …] [--user …] [--role …] [--base …]`: an access token for a demo client.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DEMO_CLIENTS_FOLDER, readDemoClient } from '../auth/demo-clients.js';
import { type RequestTokenDeps, requestToken, TokenRefused } from '../auth/request-token.js';

const USAGE =
  'Usage: npm run -s token -- <client> [--purpose TREAT|ETREAT] [--scope "system/Consent.rs …"] [--user <id>] [--role <UZI role>] [--base <address>]';

/** File under DATA_DIR in which the running service writes its address. */
const ADDRESS_FILE = 'address';

/** What the command prints, on standard output when it succeeded and as one line on standard error when it did not. */
export type CommandResult = { ok: true; output: string } | { ok: false; message: string };

/** Runs the command over the arguments after its name. `dataDir` is the service's DATA_DIR. */
export async function tokenCommand(args: string[], dataDir: string, deps: RequestTokenDeps): Promise<CommandResult> {
  const parsed = argumentsOf(args);
  const name = parsed?.positionals[0];
  if (parsed?.positionals.length !== 1 || name === undefined) return fail(USAGE);

  const known = await knownClients(dataDir);
  if (known.length === 0)
    return fail(`There are no demo clients in ${dataDir}: start the service first (npm start), or set DATA_DIR to its data folder.`);
  const client = known.includes(name) ? await readDemoClient(dataDir, name) : undefined;
  if (!client) return fail(`There is no demo client of that name. Known: ${known.join(', ')}.`);

  const baseUrl = (parsed.values.base ?? (await readFile(join(dataDir, ADDRESS_FILE), 'utf8').catch(() => ''))).trim().replace(/\/$/, '');
  if (baseUrl === '') return fail('The service is not running: start it with npm start, or give its address with --base.');
  if (!URL.canParse(baseUrl)) return fail('The address of the service is not a URL such as http://127.0.0.1:8080.');

  const { purpose, scope, user: userId, role: userRole } = parsed.values;
  try {
    const token = await requestToken({ ...client, baseUrl, purpose, scope, userId, userRole }, deps);
    return { ok: true, output: token.access_token };
  } catch (error) {
    if (error instanceof TokenRefused) return fail(`The service at ${baseUrl} refused: ${error.message}`);
    return fail(`The service does not answer at ${baseUrl}: start it with npm start, or give its address with --base.`);
  }
}

function fail(message: string): CommandResult {
  return { ok: false, message };
}

function argumentsOf(args: string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ args, allowPositionals: true, options: { purpose: text, scope: text, user: text, role: text, base: text } });
  } catch {
    return undefined;
  }
}

async function knownClients(dataDir: string): Promise<string[]> {
  const files = await readdir(join(dataDir, DEMO_CLIENTS_FOLDER)).catch(() => []);
  return files
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}
