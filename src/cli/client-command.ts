// `npm run -s client -- list | show <id> | add <file> | set <file> | revoke <id>`: the registry of clients, directly in the database.
// A file holds the JSON that `show` prints; - is standard input.
import { configurationEvent } from '../audit/configuration-event.js';
import { clientDocument, readClientDocument } from '../auth/client-document.js';
import { changeClient, registerClient } from '../auth/client-registry.js';
import { Wrong } from '../auth/file-fields.js';
import { insertAuditEvents } from '../store/audit-events.js';
import { type Client, findClient, listClients, revokeClient } from '../store/clients.js';
import type { Transaction } from '../store/transaction.js';

const USAGE = 'Usage: npm run -s client -- list | show <client id> | add <file.json> | set <file.json> | revoke <client id>';

/** What the command prints, on standard output when it succeeded and as one line on standard error when it did not. */
export type CommandResult = { ok: true; output: string } | { ok: false; message: string };

export interface ClientCommandDeps {
  /** Hands over a connection to the database. */
  withDatabase<T>(action: (client: Transaction) => Promise<T>): Promise<T>;
  /** The text of a file; of standard input for -. */
  read(path: string): Promise<string>;
  /** Epoch milliseconds. */
  clock: () => number;
  newId: () => string;
}

/** Runs the command over the arguments after its name. Throws when the database cannot be reached. */
export async function clientCommand(args: string[], deps: ClientCommandDeps): Promise<CommandResult> {
  const [verb, operand, more] = args;
  if (more !== undefined || (operand === undefined) !== (verb === 'list')) return fail(USAGE);
  if (verb === 'list') return deps.withDatabase(async (db) => ok((await listClients(db)).map(line).join('\n')));
  if (verb === 'show') return deps.withDatabase(async (db) => shown(await findClient(db, operand as string)));
  if (verb === 'revoke') return changing(deps, (db) => revoke(db, operand as string, deps));
  if (verb !== 'add' && verb !== 'set') return fail(USAGE);
  const document = await deps.read(operand as string).catch(() => undefined);
  if (document === undefined) return fail(`The file ${operand} cannot be read.`);
  try {
    const client = readClientDocument(JSON.parse(document));
    return await changing(deps, (db) => (verb === 'add' ? add(db, client, deps) : set(db, client, document, deps)));
  } catch (error) {
    if (error instanceof SyntaxError) return fail(`The file ${operand} is not JSON.`);
    if (error instanceof Wrong) return fail(error.message);
    throw error;
  }
}

type Document = ReturnType<typeof readClientDocument>;

async function add(db: Transaction, client: Document, { clock }: ClientCommandDeps): Promise<Changed> {
  const fault = client.revoked ? 'A client is registered first and revoked later.' : await registerClient(db, client, clock);
  return fault === undefined ? { action: 'C', clientId: client.clientId } : fail(fault);
}

/** A file with the version it was shown with is refused once somebody else has changed the client. */
async function set(db: Transaction, wanted: Document, document: string, { clock }: ClientCommandDeps): Promise<Changed> {
  const current = await findClient(db, wanted.clientId);
  if (!current) return fail('There is no client of this id: add it.');
  const { version } = JSON.parse(document) as { version?: number };
  const verdict = version !== undefined && version !== current.version ? { isStale: true } : await changeClient(db, current, wanted, clock);
  if ('fault' in verdict) return fail(verdict.fault);
  if ('isStale' in verdict) return fail('The client was changed since it was shown: show it again and repeat the change.');
  return { action: 'U', clientId: wanted.clientId };
}

async function revoke(db: Transaction, clientId: string, { clock }: ClientCommandDeps): Promise<Changed> {
  const isKnown = await revokeClient(db, clientId, new Date(clock()));
  return isKnown ? { action: 'D', clientId } : fail('There is no client of this id.');
}

type Changed = { action: 'C' | 'U' | 'D'; clientId: string } | Extract<CommandResult, { ok: false }>;

/** The change and its audit happen together or not at all. */
async function changing(deps: ClientCommandDeps, change: (db: Transaction) => Promise<Changed>): Promise<CommandResult> {
  return deps.withDatabase(async (db) => {
    await db.query('BEGIN');
    const changed = await change(db);
    if ('ok' in changed) {
      await db.query('ROLLBACK');
      return changed;
    }
    const { action, clientId } = changed;
    const event = configurationEvent({ action, what: 'client', which: clientId }, undefined, {
      id: deps.newId(),
      recorded: new Date(deps.clock()),
    });
    await insertAuditEvents(db, [event]);
    const client = await findClient(db, clientId);
    await db.query('COMMIT');
    return shown(client);
  });
}

function line({ clientId, name, policies, revoked }: Client): string {
  return `${clientId}\t${name}\t${policies.join(',')}${revoked ? '\trevoked' : ''}`;
}

function shown(client: Client | undefined): CommandResult {
  return client ? ok(JSON.stringify(clientDocument(client), null, 2)) : fail('There is no client of this id.');
}

function ok(output: string): CommandResult {
  return { ok: true, output };
}

function fail(message: string): Extract<CommandResult, { ok: false }> {
  return { ok: false, message };
}
