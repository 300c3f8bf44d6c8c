// Several processes of the service on one database, and clients that spread their requests over them.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { readDemoClient } from '../../src/auth/demo-clients.js';
import { requestToken } from '../../src/auth/request-token.js';
import type { ConnectionSettings } from '../../src/store/connection-settings.js';
import { SentWords } from '../harness/log-check.js';
import { runs } from '../harness/programs.js';

/** One name for all processes, as a balancer gives: tokens and page links of one are good for the others. */
export const BASE = 'http://izp.test/fhir/R4';

/** A token is renewed well before it expires, in ms. */
const TOKEN_MS = 120_000;

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  json: any;
}

export interface Ask {
  /** Demo client; 'gp' unless said. */
  as?: string;
  /** Which process; the next in turn unless said. */
  process?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

export interface Cluster {
  size: number;
  /** `url` below the FHIR base, or absolute from `/v1`. Rejects when the connection breaks. */
  ask(method: string, url: string, ask?: Ask): Promise<Answer>;
  /** What the processes wrote to their logs: errors only. */
  log(): string;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  connection: ConnectionSettings;
  dataDir: string;
  size?: number;
  env?: Record<string, string>;
}

export async function startCluster({ connection, dataDir, size = 3, env = {} }: ClusterOptions): Promise<Cluster> {
  const log: string[] = [];
  const start = () => startProcess(JSON.stringify({ connection, dataDir, base: BASE, env }), log);
  // The first makes keys and demo clients.
  const processes = [await start()];
  processes.push(...(await Promise.all(Array.from({ length: size - 1 }, start))));
  const agent = new Agent({ keepAlive: true, maxSockets: 512 });
  const tokens = new Map<string, { made: Promise<string>; until: number }>();
  let turn = 0;
  const token = (client: string) => {
    const known = tokens.get(client);
    if (known && Date.now() < known.until) return known.made;
    const made = fetchToken(dataDir, client, (processes[0] as Running).port);
    tokens.set(client, { made, until: Date.now() + TOKEN_MS });
    return made;
  };
  return {
    size,
    log: () => log.join(''),
    async ask(method, url, { as = 'gp', process, headers = {}, body } = {}) {
      const { port } = processes[process ?? turn++ % processes.length] as Running;
      const path = url.startsWith('/') ? url : `/fhir/R4${url === '' ? '' : `/${url}`}`;
      const sent: Record<string, string> = { authorization: `Bearer ${await token(as)}`, ...headers };
      const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
      if (text !== undefined) {
        sent['content-type'] ??= url.startsWith('/') ? 'application/json' : 'application/fhir+json';
        sent['content-length'] = String(Buffer.byteLength(text));
      }
      return send(agent, { port, method, path, headers: sent }, text);
    },
    async stop() {
      agent.destroy();
      await Promise.all(processes.map(({ child }) => stop(child)));
      const leaks = new SentWords().leaksIn(log.join(''));
      if (leaks.length > 0) throw new Error(`The log holds what may never stand in it: ${leaks.join('; ')}`);
    },
  };
}

interface Running {
  child: ChildProcess;
  port: number;
}

/** Without tap's bookkeeping of processes. */
async function startProcess(argument: string, log: string[]): Promise<Running> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'NODE_OPTIONS' && !name.startsWith('_TAPJS')));
  const child = spawn(process.execPath, [...runs('test/concurrency/service-process.ts'), argument], {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stderr.on('data', (part) => log.push(String(part)));
  const exited = once(child, 'exit').then(() => undefined);
  const said = once(child.stdout, 'data').then(([part]) => Number(String(part)));
  const port = await Promise.race([said, exited]);
  if (port === undefined) throw new Error(`The service did not start: ${log.join('')}`);
  return { child, port };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.stdin?.end();
  await exited;
}

async function fetchToken(dataDir: string, client: string, port: number): Promise<string> {
  const file = await readDemoClient(dataDir, client);
  if (!file) throw new Error(`no demo client ${client}`);
  const here: typeof fetch = (url, init) => fetch(String(url).replace('http://izp.test', `http://127.0.0.1:${port}`), init);
  const asked = { baseUrl: 'http://izp.test', clientId: file.clientId, privateJwk: file.privateJwk };
  return (await requestToken(asked, { fetch: here, clock: Date.now, newId: () => crypto.randomUUID() })).access_token;
}

function send(
  agent: Agent,
  { port, method, path, headers }: { port: number; method: string; path: string; headers: Record<string, string> },
  body: string | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sending = request({ agent, host: '127.0.0.1', port, method, path, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        let json: unknown;
        try {
          json = JSON.parse(text);
        } catch {
          json = undefined;
        }
        resolve({ status: response.statusCode as number, headers: response.headers, text, json });
      });
    });
    sending.on('error', reject);
    sending.end(body);
  });
}
