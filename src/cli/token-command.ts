// `npm run -s token -- gp [--purpose …] [--scope …] [--user …] [--role …] [--base …]`: an access token for a demo client;
// `-- patient --patient <id>` and `-- representative --patient <id> [--person <id>]`: for a person, vouched for by the demo portal.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DEMO_CLIENTS_FOLDER, DEMO_PORTAL, type DemoClientFile, readDemoClient } from '../auth/demo-clients.js';
import type { Person } from '../auth/person-assertion.js';
import { type RequestTokenDeps, requestToken, TokenRefused } from '../auth/request-token.js';
import { FHIR_ID } from '../fhir/references.js';
import { findRepresentative } from './find-representative.js';

const USAGE =
  'Usage: npm run -s token -- <client> [--purpose TREAT|ETREAT] [--scope "system/Consent.rs …"] [--user <id>] [--role <UZI role>] [--base <address>], or patient --patient <id>, or representative --patient <id> [--person <RelatedPerson id>]';

/** Names that stand for a person instead of a client. */
const PERSONS = ['patient', 'representative'];

/** File under DATA_DIR in which the running service writes its address. */
const ADDRESS_FILE = 'address';

/** What the command prints, on standard output when it succeeded and as one line on standard error when it did not. */
export type CommandResult = { ok: true; output: string } | { ok: false; message: string };

/** Runs the command over the arguments after its name. `dataDir` is the service's DATA_DIR. */
export async function tokenCommand(args: string[], dataDir: string, deps: RequestTokenDeps): Promise<CommandResult> {
  const parsed = argumentsOf(args);
  const name = parsed?.positionals[0];
  if (parsed?.positionals.length !== 1 || name === undefined) return fail(USAGE);

  const { patient, person, purpose, scope, user: userId, role: userRole } = parsed.values;
  const isPerson = PERSONS.includes(name);
  if (isPerson !== (patient !== undefined) || (person !== undefined && name !== 'representative')) return fail(USAGE);
  if (![patient ?? 'x', person ?? 'x'].every((id) => FHIR_ID.test(id)))
    return fail('--patient and --person are ids of resources: letters, digits, - and .');

  const known = await knownClients(dataDir);
  if (known.length === 0)
    return fail(`There are no demo clients in ${dataDir}: start the service first (npm start), or set DATA_DIR to its data folder.`);
  const clientId = isPerson ? DEMO_PORTAL : name;
  const client = known.includes(clientId) ? await readDemoClient(dataDir, clientId) : undefined;
  if (!client) return fail(`There is no demo client of that name. Known: ${known.join(', ')}; and ${PERSONS.join(', ')}.`);

  const baseUrl = (parsed.values.base ?? (await readFile(join(dataDir, ADDRESS_FILE), 'utf8').catch(() => ''))).trim().replace(/\/$/, '');
  if (baseUrl === '') return fail('The service is not running: start it with npm start, or give its address with --base.');
  if (!URL.canParse(baseUrl)) return fail('The address of the service is not a URL such as http://127.0.0.1:8080.');

  try {
    const whom = patient === undefined ? undefined : await personOf({ name, patient, person, client, baseUrl }, deps);
    if (isPerson && !whom) return fail(`Nobody is recorded as representative of this patient: name one with --person <RelatedPerson id>.`);
    const token = await requestToken({ ...client, baseUrl, purpose, scope, userId, userRole, person: whom }, deps);
    return { ok: true, output: token.access_token };
  } catch (error) {
    if (error instanceof TokenRefused) return fail(`The service at ${baseUrl} refused: ${error.message}`);
    return fail(`The service does not answer at ${baseUrl}: start it with npm start, or give its address with --base.`);
  }
}

interface Asked {
  name: string;
  patient: string;
  person?: string;
  client: DemoClientFile;
  baseUrl: string;
}

/** The person asked for; without --person the one whom the record names as representative, undefined when it names nobody. */
async function personOf({ name, patient, person, client, baseUrl }: Asked, deps: RequestTokenDeps): Promise<Person | undefined> {
  const self = { fhirUser: `Patient/${patient}`, patientId: patient };
  if (name === 'patient') return self;
  const id =
    person ??
    (await findRepresentative(baseUrl, (await requestToken({ ...client, baseUrl, person: self }, deps)).access_token, patient, deps.fetch));
  return id === undefined ? undefined : { fhirUser: `RelatedPerson/${id}`, patientId: patient };
}

function fail(message: string): CommandResult {
  return { ok: false, message };
}

function argumentsOf(args: string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { purpose: text, scope: text, user: text, role: text, base: text, patient: text, person: text },
    });
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
