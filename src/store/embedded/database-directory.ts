// The directory PostgreSQL keeps its files in: made by initdb on the first start, complete or not at all.
import { execFile } from 'node:child_process';
import { access, chown, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { StartError, systemCode } from '../start-error.js';
import type { Account } from './account.js';
import type { Binaries } from './binaries.js';

/** Role and owner of everything in the embedded database. */
export const DATABASE_USER = 'izp';

/**
 * UTF-8 with the built-in C.UTF-8 rules: sorting by code point never changes with the system's libraries, so no index goes
 * wrong after an upgrade, and lower() and upper() still know every letter. Whoever reaches the socket is in: only its owner can.
 */
const INITDB_OPTIONS = [
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--auth=trust',
  `--username=${DATABASE_USER}`,
  '--no-instructions',
];

/**
 * How a switched-to account names its data directory. The service enters the directory before it gives up its rights, so the
 * database may lie where the account could not walk to by itself (a clone under /root), and nothing has to be opened up for it.
 */
export const OWN_WORKING_DIRECTORY = '/proc/self/cwd';

/** Creates the database unless it is there. `durable` false leaves out the flush to disk (tests). */
export async function ensureDatabaseDirectory(
  directory: string,
  binaries: Binaries,
  account: Account | undefined,
  durable: boolean,
): Promise<void> {
  if (await exists(join(directory, 'PG_VERSION'))) return;
  // Built beside its place: a first start that is killed halfway leaves nothing that looks like a database.
  const drafts = `${basename(directory)}.new-`;
  for (const left of await readdir(dirname(directory))) {
    if (left.startsWith(drafts)) await rm(join(dirname(directory), left), { recursive: true, force: true }).catch(() => undefined);
  }
  const draft = await mkdtemp(join(dirname(directory), drafts));
  if (account) await chown(draft, account.uid, account.gid);
  const options = [...INITDB_OPTIONS, ...(durable ? [] : ['--no-sync']), '-D', account ? OWN_WORKING_DIRECTORY : draft];
  try {
    await promisify(execFile)(binaries.initdb, options, { ...account, cwd: draft, env: { PATH: process.env.PATH ?? '' } });
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    const reason = stderr?.split('\n').find((line) => /error|fatal/i.test(line)) ?? systemCode(error) ?? 'unknown reason';
    throw new StartError(`The embedded database could not be created in ${directory}: ${reason.trim()}`, error);
  }
  await rename(draft, directory);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
