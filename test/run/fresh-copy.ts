// A fresh copy of the product, built as on a stranger's machine, and its processes as a terminal runs them.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SentWords } from '../harness/log-check.js';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** What a clone holds that building and starting need. */
const NEEDED = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts', 'src', 'migrations', 'fhir-profiles', 'examples'];

/** Compiling takes this long on a loaded machine, and a process that hangs is not waited for longer, in ms. */
const BUILD_PATIENCE_MS = 180_000;
const PATIENCE_MS = 240_000;
const POLL_MS = 20;

export interface Account {
  uid: number;
  gid: number;
}

/** The unprivileged account every Linux has; undefined where this process may not become it. */
export const NOBODY: Account | undefined = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;

/** Copies the repository without its dependencies, which are linked. The folder can be entered by everybody. */
export async function freshCopy(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'izp-run-'));
  await chmod(folder, 0o755);
  for (const name of NEEDED) await cp(join(REPOSITORY, name), join(folder, name), { recursive: true });
  await symlink(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** Gives the copy to an account, as if that user had cloned it. */
export async function giveTo(folder: string, { uid, gid }: Account): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) if (!entry.isSymbolicLink()) await chown(join(entry.parentPath, entry.name), uid, gid);
  await chown(folder, uid, gid);
}

/** A folder for one service's data that `account` owns. */
export async function dataFolder(folder: string, name: string, account?: Account): Promise<string> {
  const path = join(folder, name);
  await mkdir(path, { mode: 0o700 });
  if (account) await chown(path, account.uid, account.gid);
  return path;
}

/** Runs an npm script to its end. Rejects, with its output in the error, when it fails. */
export async function npm(folder: string, args: string[], env: Record<string, string> = {}, account?: Account): Promise<string> {
  const options = { ...account, cwd: folder, env: environment(folder, env), timeout: BUILD_PATIENCE_MS };
  return (await promisify(execFile)('npm', args, options)).stdout;
}

/** The caller's own settings and test runner must not reach the process under test. */
function environment(folder: string, env: Record<string, string>): Record<string, string> {
  return { PATH: process.env.PATH ?? '', HOME: folder, ...env };
}

export class Running {
  out = '';
  err = '';
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null; ms: number }>;
  private readonly started = performance.now();

  constructor(readonly child: ChildProcess) {
    child.stdout?.on('data', (part) => {
      this.out += part;
    });
    child.stderr?.on('data', (part) => {
      this.err += part;
    });
    this.exited = once(child, 'close').then(([code, signal]) => {
      const leaks = new SentWords().leaksIn(this.err);
      if (leaks.length > 0) throw new Error(`The log holds what may never stand in it: ${leaks.join('; ')}`);
      return { code, signal, ms: performance.now() - this.started };
    });
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** Resolves with the printed base address and the ms it took; rejects when the process ends or stays silent. */
  async ready(): Promise<{ base: string; ms: number }> {
    for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await delay(POLL_MS)) {
      const found = /^Ready: (https?:\S+?)\/fhir\/R4/m.exec(this.out);
      if (found) return { base: found[1] as string, ms: Math.round(performance.now() - this.started) };
      if (this.child.exitCode !== null) break;
    }
    throw new Error(`The service did not get ready: ${this.err || this.out}`);
  }

  /** Ctrl-C: the terminal sends SIGINT to every process of the foreground group. */
  interrupt(): void {
    process.kill(-this.pid, 'SIGINT');
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

export interface StartOptions {
  env: Record<string, string>;
  account?: Account;
  /** Through `npm start`, as a person does; else node itself, as a container does. */
  throughNpm?: boolean;
}

/** Starts the service in a process group of its own, as a shell does with what it runs in the foreground. */
export function start(folder: string, { env, account, throughNpm }: StartOptions): Running {
  const [command, args] = throughNpm ? ['npm', ['start']] : [process.execPath, ['dist/server.js']];
  const options = { ...account, cwd: folder, env: environment(folder, env), detached: true };
  return new Running(spawn(command as string, args as string[], { ...options, stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** Processes whose working directory or command line lies in the folder, as `pid name`: what a start may not leave behind. */
export async function processesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (cwd.startsWith(folder) || command.includes(folder)) found.push(`${pid} ${command.split('\0')[0]}`);
  }
  return found;
}

export async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
