// The service under test: the built product in a process of its own, on an embedded database that flushes every commit to disk.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { JWK } from 'jose';
import type { ClientConfig } from 'pg';

const DIST = fileURLToPath(new URL('..', import.meta.url));

/** Requests are counted as in use; one client sends what many would. */
const RATES = { RATE_LIMIT: '1000000000', RATE_LIMIT_EMERGENCY: '1000000000' };

export interface ServiceProcess {
  pid: number;
  /** Of the database server. */
  databasePid: number;
  port: number;
  /** Milliseconds from the start of the process until it said it was ready. */
  startMs: number;
  /** How the floor and the bench itself reach the service's database. */
  connection: ClientConfig;
  token(client: string, purpose?: string): Promise<string>;
  /** The key file of a demo client. */
  demoClient(name: string): Promise<{ clientId: string; privateJwk: JWK }>;
  /** The database server's own log. */
  databaseLog: string;
  stop(): Promise<void>;
}

/** Tokens live five minutes; the bench asks for a new one before, in ms. */
const TOKEN_MS = 200_000;

/** Starts it on a free port. `profile`: a directory in which node leaves a CPU profile at the end. */
export async function startServiceProcess(dataDir: string, profile?: string): Promise<ServiceProcess> {
  const env = { ...process.env, DATA_DIR: dataDir, PORT: '0', HOST: '127.0.0.1', DATABASE_URL: '', BASE_URL: '', ...RATES };
  // The log is written as in use, to a file.
  const log = await open(join(dataDir, 'service.log'), 'w');
  const flags = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [];
  const started = performance.now();
  const child = spawn(process.execPath, [...flags, join(DIST, 'server.js')], { env, stdio: ['ignore', 'pipe', log.fd] });
  await log.close();
  const exited = once(child, 'exit');
  const base = await Promise.race([readyAddress(child.stdout as Readable), exited.then(() => undefined)]);
  if (base === undefined) throw new Error(`The service did not start: ${await readFile(join(dataDir, 'service.log'), 'utf8')}`);
  const startMs = Math.round(performance.now() - started);
  const tokens = new Map<string, { token: string; until: number }>();
  const socket = await readFile(join(dataDir, 'socket-directory'), 'utf8').catch(() => join(dataDir, 'postgres'));
  return {
    pid: child.pid as number,
    databasePid: Number.parseInt(await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10),
    port: Number(new URL(base).port),
    startMs,
    connection: { host: socket, port: 5432, user: 'izp', database: 'postgres' },
    async token(client, purpose) {
      const known = tokens.get(`${client} ${purpose}`);
      if (known && known.until > Date.now()) return known.token;
      const args = [join(DIST, 'cli', 'token.js'), client, ...(purpose ? ['--purpose', purpose] : [])];
      const token = (await promisify(execFile)(process.execPath, args, { env })).stdout.trim();
      tokens.set(`${client} ${purpose}`, { token, until: Date.now() + TOKEN_MS });
      return token;
    },
    demoClient: async (name) => JSON.parse(await readFile(join(dataDir, 'demo-clients', `${name}.json`), 'utf8')),
    databaseLog: join(dataDir, 'postgres.log'),
    async stop() {
      child.kill('SIGINT');
      await exited;
    },
  };
}

async function readyAddress(stdout: Readable): Promise<string | undefined> {
  let text = '';
  for await (const part of stdout) {
    text += String(part);
    const found = /^Ready: (http:\S+?)\/fhir\/R4/m.exec(text);
    if (!found) continue;
    // Read on, so that the service never waits for its output.
    stdout.resume();
    return found[1];
  }
  return undefined;
}

export interface Usage {
  /** Processor time used so far, user and system, in ms. */
  cpuMs: number;
  /** Resident memory now, in MB. */
  rssMb: number;
}

/** What a process has used, from /proc; undefined where there is none. */
export async function usageOf(pid: number): Promise<Usage | undefined> {
  try {
    const [fields, status] = await Promise.all([statOf(pid), readFile(`/proc/${pid}/status`, 'utf8')]);
    return { cpuMs: cpuMsOf(fields), rssMb: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024) };
  } catch {
    return undefined;
  }
}

/** Processor time of the database so far, of its ended connections too, in ms; undefined where there is no /proc. */
export async function databaseCpuMs(postmaster: number): Promise<number | undefined> {
  try {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    // A process may end between the listing and the look.
    const all = await Promise.all(pids.map((pid) => statOf(Number(pid)).catch(() => [])));
    const own = await statOf(postmaster);
    const children = all.filter((fields) => Number(fields[1]) === postmaster);
    const ended = (Number(own[13]) + Number(own[14])) * TICK_MS;
    return children.reduce((sum, fields) => sum + cpuMsOf(fields), cpuMsOf(own) + ended);
  } catch {
    return undefined;
  }
}

/** The clock of proc_pid_stat(5): 100 ticks a second on every Linux in use. */
const TICK_MS = 10;

/** The fields of proc_pid_stat(5) from the third on, counted from behind the command's closing bracket. */
async function statOf(pid: number): Promise<string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function cpuMsOf(fields: string[]): number {
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
