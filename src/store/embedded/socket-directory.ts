// Where the embedded database listens: a Unix socket in its own directory, or in a short private one when that path is too long.
import { chown, mkdtemp, readFile, rmdir, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account } from './account.js';

/** Only part of the socket's file name, nothing listens on TCP. */
export const SOCKET_PORT = 5432;

/** Bytes of a socket's path the kernel accepts, the closing zero left out: sun_path is 108 on Linux, 104 on macOS. */
const MAX_SOCKET_PATH = process.platform === 'linux' ? 107 : 103;

/** A place short enough for certain, should TMPDIR itself be long. */
const SHORT_TEMPORARY = '/tmp';

export function socketFile(directory: string): string {
  return join(directory, `.s.PGSQL.${SOCKET_PORT}`);
}

function fits(directory: string): boolean {
  return Buffer.byteLength(socketFile(directory)) <= MAX_SOCKET_PATH;
}

export interface SocketDirectory {
  path: string;
  /** Removes what was made outside the data directory. */
  remove(): Promise<void>;
}

/**
 * The directory for the socket. One outside the data directory has an unguessable name, belongs to `account` alone and is
 * written down in `<dataDir>/socket-directory`, so that the start after a kill removes it.
 */
export async function openSocketDirectory(dataDir: string, databaseDir: string, account: Account | undefined): Promise<SocketDirectory> {
  const record = join(dataDir, 'socket-directory');
  const left = await recordedSocketDirectory(dataDir);
  if (left !== undefined) await removeSocketDirectory(left, record);
  if (fits(databaseDir)) return { path: databaseDir, remove: async () => {} };
  const parent = fits(join(tmpdir(), 'izp-XXXXXX')) ? tmpdir() : SHORT_TEMPORARY;
  const path = await mkdtemp(join(parent, 'izp-'));
  await writeFile(record, path, { mode: 0o600 });
  if (account) await chown(path, account.uid, account.gid);
  return { path, remove: () => removeSocketDirectory(path, record) };
}

/** The socket directory of a run that ended without cleaning up; undefined when there is none. */
export async function recordedSocketDirectory(dataDir: string): Promise<string | undefined> {
  return readFile(join(dataDir, 'socket-directory'), 'utf8').catch(() => undefined);
}

async function removeSocketDirectory(path: string, record: string): Promise<void> {
  const ignore = () => undefined;
  await unlink(socketFile(path)).catch(ignore);
  await unlink(`${socketFile(path)}.lock`).catch(ignore);
  await rmdir(path).catch(ignore);
  await unlink(record).catch(ignore);
}
