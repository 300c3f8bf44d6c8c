// Helper processes of the bench: started with a channel, asked over it, ended with it.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ClientConfig } from 'pg';
import type { Job, Load } from './load-client.js';

function start(program: string, args: string[] = []): ChildProcess {
  return fork(fileURLToPath(new URL(program, import.meta.url)), args, { stdio: 'inherit' });
}

function answerOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null) => reject(new Error(`a bench process ended with ${code}`));
    child.once('exit', gone);
    child.once('message', (message) => {
      child.off('exit', gone);
      resolve(message as T);
    });
  });
}

export interface Floor {
  pid: number;
  port: number;
  /** From now on its answers carry these headers as well, by `METHOD path-without-query-or-id` (see floor-server.ts). */
  answerWith(headers: Record<string, Record<string, string>>): void;
  stop(): void;
}

export async function startFloor(connection: ClientConfig): Promise<Floor> {
  const child = start('floor-server.js', [JSON.stringify(connection)]);
  const { port } = await answerOf<{ port: number }>(child);
  return { pid: child.pid as number, port, answerWith: (headers) => child.send(headers), stop: () => child.disconnect() };
}

export interface LoadClient {
  run(job: Job): Promise<Load>;
  stop(): void;
}

export function startLoadClient(): LoadClient {
  const child = start('load-client.js');
  return {
    async run(job) {
      const answer = answerOf<{ load?: Load; error?: string }>(child);
      child.send(job);
      const { load, error } = await answer;
      if (!load) throw new Error(`The load client failed: ${error}`);
      if (load.failures > 0)
        throw new Error(`${load.failures} of ${load.answers} answers were not what they must be, such as:\n${load.failure}`);
      return load;
    },
    stop: () => child.disconnect(),
  };
}
