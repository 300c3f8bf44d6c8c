// What a killed service leaves behind: a PostgreSQL that still runs on the data directory. It is stopped before a new one starts.
import { execFile } from 'node:child_process';
import { readdir, readFile, readlink, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { StartError } from '../start-error.js';

/** Signals for a server that should stop, and how long each gets, in ms: fast shutdown, immediate shutdown, the end. */
const STOP_STEPS: readonly [signal: NodeJS.Signals, patienceMs: number][] = [
  ['SIGINT', 10_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 2_000],
];
const POLL_MS = 10;

/**
 * Makes sure that no PostgreSQL runs on `databaseDir` (a real path, no links): stops an orphan and removes what it left.
 * Only processes that are proven to be a PostgreSQL on this very directory are signalled.
 */
export async function clearDatabaseDirectory(databaseDir: string, socketPath: string): Promise<void> {
  for (const [signal, patienceMs] of STOP_STEPS) {
    let running = await serversOn(databaseDir);
    if (running.length === 0) break;
    const postmaster = await recordedPid(databaseDir);
    const targets = postmaster !== undefined && running.includes(postmaster) ? [postmaster] : running;
    for (const pid of targets) signalQuietly(pid, signal);
    for (const until = Date.now() + patienceMs; running.length > 0 && Date.now() < until; running = await serversOn(databaseDir)) {
      await delay(POLL_MS);
    }
  }
  const stubborn = await serversOn(databaseDir);
  if (stubborn.length > 0) throw new StartError(`PostgreSQL process ${stubborn[0]} still runs on ${databaseDir} and does not stop.`);
  // A server in another container on the same volume is invisible as a process, but its socket answers.
  if (await accepts(socketPath)) throw new StartError(`A PostgreSQL outside this container is running on ${databaseDir}. Stop it first.`);
  // Its process number may have passed to someone else by now, or linger as a zombie: PostgreSQL would refuse to start.
  for (const left of [join(databaseDir, 'postmaster.pid'), socketPath, `${socketPath}.lock`]) await rm(left, { force: true });
}

/** Process numbers of all PostgreSQL processes whose data directory this is: each of them has it as working directory. */
export async function serversOn(databaseDir: string): Promise<number[]> {
  if (process.platform !== 'linux') return recordedServer(databaseDir);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const executable = await readlink(`/proc/${pid}/exe`).catch(() => '');
      if (!/\/postgres( \(deleted\))?$/.test(executable)) return false;
      return (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === databaseDir;
    }),
  );
  return pids.filter((_, i) => found[i]).map(Number);
}

/** Without /proc: the process named by postmaster.pid, if its command line shows a PostgreSQL on this directory. */
async function recordedServer(databaseDir: string): Promise<number[]> {
  const pid = await recordedPid(databaseDir);
  if (pid === undefined) return [];
  const listing = await promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(() => undefined);
  const command = listing?.stdout ?? '';
  return /(^|\/)postgres /.test(command) && command.includes(databaseDir) ? [pid] : [];
}

async function recordedPid(databaseDir: string): Promise<number | undefined> {
  const text = await readFile(join(databaseDir, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return pid > 1 ? pid : undefined;
}

function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone in the meantime, which is what was wanted; one that may not be signalled is reported as stubborn.
  }
}

function accepts(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
