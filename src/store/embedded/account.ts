// Which operating-system account runs PostgreSQL: it refuses to run as root, and containers and CI run as root.
import { readFile, stat } from 'node:fs/promises';
import { StartError, systemCode } from '../start-error.js';

export interface Account {
  uid: number;
  gid: number;
}

/** Accounts that exist to own nothing else of value, best first. */
const UNPRIVILEGED_NAMES = ['postgres', 'nobody'];

/**
 * The account to switch to; undefined when the service itself is unprivileged and PostgreSQL runs as the same user.
 * As root: whoever owns the database already, else the unprivileged owner of `dataDir` (a checkout used through sudo),
 * else `postgres` or `nobody`. Throws StartError when the database belongs to somebody this process cannot become.
 */
export async function databaseAccount(databaseDir: string, dataDir: string): Promise<Account | undefined> {
  const databaseOwner = await ownerOf(databaseDir);
  const uid = process.getuid?.();
  if (uid !== 0) {
    if (databaseOwner && uid !== undefined && databaseOwner.uid !== uid) {
      throw new StartError(
        `The database in ${databaseDir} belongs to another user (uid ${databaseOwner.uid}). Start as that user or as root.`,
      );
    }
    return undefined;
  }
  if (process.platform !== 'linux') {
    throw new StartError(
      'On this system the embedded PostgreSQL cannot be started by root. Start as an ordinary user, or set DATABASE_URL.',
    );
  }
  if (databaseOwner && databaseOwner.uid !== 0) return databaseOwner;
  const directoryOwner = await ownerOf(dataDir);
  const accounts = await namedAccounts();
  if (directoryOwner && accounts.some(({ uid }) => uid === directoryOwner.uid && uid !== 0)) return directoryOwner;
  for (const name of UNPRIVILEGED_NAMES) {
    const found = accounts.find((account) => account.name === name && account.uid > 0);
    if (found) return { uid: found.uid, gid: found.gid };
  }
  throw new StartError(
    `PostgreSQL does not run as root and there is no user ${UNPRIVILEGED_NAMES.join(' or ')} to run it. Start as an ordinary user, or set DATABASE_URL.`,
  );
}

async function ownerOf(path: string): Promise<Account | undefined> {
  try {
    const { uid, gid } = await stat(path);
    return { uid, gid };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw new StartError(`${path} cannot be read (${systemCode(error)}).`, error);
  }
}

/** From /etc/passwd: initdb looks the account's name up there and fails for a bare number. */
async function namedAccounts(): Promise<(Account & { name: string })[]> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  return lines.map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
}
