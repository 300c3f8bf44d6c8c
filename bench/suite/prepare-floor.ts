// Gives the floor what it sends: the service's own answers to query 2, stored as they are, and an empty table to insert into.
import type pg from 'pg';
import type { LoadClient } from './child.js';
import type { Keys } from './patients.js';
import { queryPath, type Scenario } from './scenarios.js';
import type { ServiceProcess } from './service-process.js';

export async function prepareFloor(database: pg.Client, service: ServiceProcess, { patients }: Keys): Promise<void> {
  await database.query(`CREATE TABLE bench_answer (key text COLLATE "C" PRIMARY KEY, content text NOT NULL);
    CREATE TABLE bench_resource (type text COLLATE "C", id text COLLATE "C", content text NOT NULL, PRIMARY KEY (type, id))`);
  const headers = { authorization: `Bearer ${await service.token('hospital')}` };
  for (const { id } of patients) {
    const response = await fetch(`http://127.0.0.1:${service.port}${queryPath(id)}`, { headers });
    if (!response.ok) throw new Error(`Query 2 was answered ${response.status}.`);
    await database.query('INSERT INTO bench_answer VALUES ($1, $2)', [id, await response.text()]);
  }
}

/** Headers that Fastify and Node.js make on either side. */
const MADE = ['content-type', 'content-length', 'date', 'connection', 'keep-alive'];

/** Headers of one answer of the service to each scenario that may ask twice: an answer is its header lines too. */
export async function answerHeaders(
  service: ServiceProcess,
  client: LoadClient,
  keys: Keys,
  scenarios: readonly Scenario[],
): Promise<Record<string, Record<string, string>>> {
  const headers: Record<string, Record<string, string>> = {};
  for (const { name, caller, once, requests } of scenarios) {
    if (once) continue;
    const [first] = requests(keys, await service.token(...caller), () => 0);
    const { head } = await client.run({ port: service.port, clients: 1, seconds: 1, requests: [first as string], once: true, status: 200 });
    const lines = head.split('\r\n').slice(1);
    const pairs = lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as const);
    headers[name] = Object.fromEntries(pairs.filter(([header]) => !MADE.includes(header)));
  }
  return headers;
}
