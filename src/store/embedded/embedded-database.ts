// The PostgreSQL that comes with the service: real, local, reachable through a Unix socket only.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, realpath, rename, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StartError, systemCode } from '../start-error.js';
import { type Account, databaseAccount } from './account.js';
import { type Binaries, findBinaryPackage, prepareBinaries } from './binaries.js';
import { DATABASE_USER, ensureDatabaseDirectory, OWN_WORKING_DIRECTORY } from './database-directory.js';
import { lockInstance } from './instance-lock.js';
import { clearDatabaseDirectory } from './orphan.js';
import { openSocketDirectory, recordedSocketDirectory, SOCKET_PORT, socketFile } from './socket-directory.js';

/** A crash recovery may have to replay the log first; nobody waits longer than this for a first answer. */
const START_PATIENCE_MS = 60_000;
/** A fast shutdown writes a checkpoint; after this the immediate shutdown loses nothing, it only makes the next start recover. */
const STOP_PATIENCE_MS = 20_000;
const POLL_MS = 5;
/** Pauses before the server is started again after it ended by itself, in ms, doubled from the first to the longest. */
const FIRST_RESTART_PAUSE_MS = 100;
const LONGEST_RESTART_PAUSE_MS = 5_000;
/** The server's own log is put aside at a start once it is larger, in bytes. */
const MAX_LOG_BYTES = 10 * 1024 * 1024;

/**
 * No TCP. The log tells of the server's own life and never of statements: their error texts can hold content.
 */
const SERVER_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  jit: 'off',
};

export interface EmbeddedOptions {
  /** The service's data directory; the database lies in its `postgres` folder. Made when it is missing. */
  dataDir: string;
  /** More server settings. */
  settings?: Readonly<Record<string, string>>;
  /** False spares the flushes to disk: for tests, never for records. */
  durable?: boolean;
  /** Told, without content, when the server ended by itself and is started again. */
  onCrash?: (message: string) => void;
}

export interface EmbeddedDatabase {
  /** `host` is the socket's directory, as pg and libpq take it. */
  connection: { host: string; port: number; user: string; database: string };
  /** Process number of the running server. */
  pid(): number | undefined;
  /** Fast shutdown. Call it after the connections have been drained. */
  stop(): Promise<void>;
}

interface Place {
  databaseDir: string;
  socketDir: string;
  logFile: string;
  binaries: Binaries;
  account: Account | undefined;
  settings: Readonly<Record<string, string>>;
}

/**
 * Starts PostgreSQL on `<dataDir>/postgres` and resolves when it accepts connections: 0.6 s the first time, then about 30 ms.
 * An orphan of a killed run is stopped first. Throws StartError, with one line for the operator, when it cannot.
 * Signals of this process are left alone: on Ctrl-C the caller drains its connections and calls `stop`.
 */
export async function startEmbeddedDatabase(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const dataDir = await ensureDataDir(options.dataDir);
  // Links are followed: a server is recognised by the directory it really works in.
  const databaseDir = await realpath(join(dataDir, 'postgres')).catch(() => join(dataDir, 'postgres'));
  const account = await databaseAccount(databaseDir, dataDir);
  const lock = await lockInstance(join(dataDir, 'instance.lock'));
  try {
    const durable = options.durable ?? true;
    const binaries = await prepareBinaries(await findBinaryPackage(), account, dataDir);
    await clearDatabaseDirectory(databaseDir, socketFile((await recordedSocketDirectory(dataDir)) ?? databaseDir));
    await ensureDatabaseDirectory(databaseDir, binaries, account, durable);
    const socket = await openSocketDirectory(dataDir, databaseDir, account);
    const settings = { ...SERVER_SETTINGS, ...(durable ? {} : UNSAFE_SETTINGS), ...options.settings };
    const place: Place = { databaseDir, socketDir: socket.path, logFile: join(dataDir, 'postgres.log'), binaries, account, settings };
    const server = await keepRunning(place, options.onCrash);
    return {
      connection: { host: socket.path, port: SOCKET_PORT, user: DATABASE_USER, database: 'postgres' },
      pid: server.pid,
      async stop() {
        await server.stop();
        await socket.remove();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

const UNSAFE_SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

async function ensureDataDir(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    return await realpath(resolve(path));
  } catch (error) {
    throw new StartError(`DATA_DIR ${path} cannot be made or read (${systemCode(error)}).`, error);
  }
}

/** Runs the server and starts it again when it ends by itself, until `stop`. */
async function keepRunning(
  place: Place,
  onCrash: (message: string) => void = () => {},
): Promise<{ pid(): number | undefined; stop(): Promise<void> }> {
  let stopping = false;
  let child: ChildProcess | undefined;
  let ready = false;
  let revival: Promise<void> = Promise.resolve();
  // Should the service end without `stop`, the server does not stay behind, not even one that is only starting.
  const onExit = () => child?.kill('SIGINT');
  process.once('exit', onExit);
  const start = async () => {
    ready = false;
    const running = await launch(place, (spawned) => {
      child = spawned;
    });
    ready = true;
    running.once('exit', () => {
      if (!stopping) revival = revive();
    });
  };
  const revive = async () => {
    onCrash('The embedded PostgreSQL ended by itself and is started again.');
    for (let pause = FIRST_RESTART_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_RESTART_PAUSE_MS)) {
      await delay(pause);
      if (stopping) return;
      try {
        await clearDatabaseDirectory(place.databaseDir, socketFile(place.socketDir));
        return await start();
      } catch (error) {
        if (!stopping) onCrash(error instanceof Error ? error.message : String(error));
      }
    }
  };
  try {
    await start();
  } catch (error) {
    process.removeListener('exit', onExit);
    throw error;
  }
  return {
    pid: () => (ready && child && isRunning(child) ? child.pid : undefined),
    async stop() {
      stopping = true;
      await shutDown(child);
      // A restart that was under way may have come further than its first stop.
      await revival;
      await shutDown(child);
      process.removeListener('exit', onExit);
    },
  };
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

async function shutDown(child: ChildProcess | undefined): Promise<void> {
  if (!child || !isRunning(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  const patience = setTimeout(() => child.kill('SIGQUIT'), STOP_PATIENCE_MS);
  await ended;
  clearTimeout(patience);
}

/** One run of the server, ready for connections. Detached, so that the terminal's Ctrl-C reaches the service alone. */
async function launch(place: Place, onSpawn: (child: ChildProcess) => void): Promise<ChildProcess> {
  const settings = { ...place.settings, unix_socket_directories: place.socketDir === place.databaseDir ? '.' : place.socketDir };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = await openLog(place.logFile);
  const child = spawn(
    place.binaries.postgres,
    ['-D', place.account ? OWN_WORKING_DIRECTORY : place.databaseDir, '-p', String(SOCKET_PORT), ...options],
    { ...place.account, cwd: place.databaseDir, env: {}, detached: true, stdio: ['ignore', log.fd, log.fd] },
  );
  onSpawn(child);
  try {
    await once(child, 'spawn');
    // From here on only a failed kill is reported this way, and those show in that the server does not end.
    child.on('error', () => {});
    await untilReady(child, place);
    return child;
  } catch (error) {
    child.kill('SIGQUIT');
    throw error instanceof StartError
      ? error
      : new StartError(`The embedded PostgreSQL could not be started (${systemCode(error)}).`, error);
  } finally {
    await log.close();
  }
}

async function openLog(path: string) {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > MAX_LOG_BYTES) await rename(path, `${path}.1`);
  return open(path, 'a', 0o600);
}

/** The server writes its number on the first and its state on the eighth line of postmaster.pid. */
async function untilReady(child: ChildProcess, place: Place): Promise<void> {
  for (const until = Date.now() + START_PATIENCE_MS; Date.now() < until; await delay(POLL_MS)) {
    if (!isRunning(child)) throw new StartError(`The embedded PostgreSQL ended while starting: ${await lastWords(place.logFile)}`);
    const lines = (await readFile(join(place.databaseDir, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
    if (Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready') return;
  }
  throw new StartError(`The embedded PostgreSQL was not ready within ${START_PATIENCE_MS / 1000} s. See ${place.logFile}.`);
}

async function lastWords(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8').catch(() => '')).trim().split('\n');
  return lines.findLast((line) => line.includes('FATAL')) ?? lines.at(-1) ?? 'no reason given';
}
