// One service per data directory: a lock file that names a live process, and gives way when that process is gone.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, unlinkSync } from 'node:fs';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { StartError, systemCode } from '../start-error.js';

/** Stale locks removed by others at the same moment make us look again; more often than this is a broken file system. */
const MAX_ATTEMPTS = 10;

interface Holder {
  pid: number;
  /** The process's start as the system counts it: tells a live holder from a later process with its number. */
  started: string;
}

/** Takes the lock or throws StartError naming the live holder. The lock goes with `release` or with the process. */
export async function lockInstance(path: string): Promise<{ release(): void }> {
  const mine = JSON.stringify({ pid: process.pid, started: (await startOf(process.pid)) ?? '' } satisfies Holder);
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, mine, { mode: 0o600, flag: 'wx' });
  try {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      try {
        await link(draft, path);
        return releaser(path, mine);
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw error;
      }
      await removeStale(path, `${draft}.stale`);
    }
  } finally {
    await unlink(draft).catch(() => undefined);
  }
  throw new StartError(`The lock ${path} cannot be taken.`);
}

function releaser(path: string, mine: string): { release(): void } {
  const release = () => {
    process.removeListener('exit', release);
    try {
      if (readFileSync(path, 'utf8') === mine) unlinkSync(path);
    } catch {
      // Already gone: nothing to release.
    }
  };
  process.once('exit', release);
  return { release };
}

/** Removes the lock of a dead process. Throws StartError when its holder lives. */
async function removeStale(path: string, aside: string): Promise<void> {
  const held = await readFile(path, 'utf8').catch(() => undefined);
  if (held === undefined) return;
  const holder = parseHolder(held);
  if (holder && (await startOf(holder.pid)) === holder.started) {
    throw new StartError(
      `Another instance of this service (process ${holder.pid}) is using this data directory. Stop it first, or set another DATA_DIR.`,
    );
  }
  try {
    await rename(path, aside);
    // Between our look and the rename another starter may have replaced the stale lock by its own: give it back.
    if ((await readFile(aside, 'utf8')) !== held) await link(aside, path);
    await unlink(aside);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' && systemCode(error) !== 'EEXIST') throw error;
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value = JSON.parse(text) as Partial<Holder>;
    return typeof value.pid === 'number' && typeof value.started === 'string' ? { pid: value.pid, started: value.started } : undefined;
  } catch {
    return undefined;
  }
}

/** When a running process started, in the system's own notation; undefined when there is none, or only its unburied rest (a zombie). */
async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    // The command's name stands in brackets and may hold anything; then come the state and, 19 fields on, the start (proc_pid_stat(5)).
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  }
  const listing = await promisify(execFile)('ps', ['-o', 'state=,lstart=', '-p', String(pid)]).catch(() => undefined);
  const [, state, started] = /^(\S+)\s+(.+)$/.exec(listing?.stdout.trim() ?? '') ?? [];
  return state?.startsWith('Z') ? undefined : started;
}
