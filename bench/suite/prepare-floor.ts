// Gives the floor what it sends: the service's own answers to searches, stored as they are, and an empty table to write into.
import type pg from 'pg';
import type { LoadClient } from './child.js';
import type { Asked } from './load-client.js';
import type { Scenario, Scene } from './scenario.js';

export async function prepareFloor(database: pg.Client): Promise<void> {
  await database.query(`DROP TABLE IF EXISTS bench_answer, bench_resource;
    CREATE TABLE bench_answer (key text COLLATE "C" PRIMARY KEY, content text NOT NULL);
    CREATE TABLE bench_resource (type text COLLATE "C", id text COLLATE "C", content text NOT NULL, PRIMARY KEY (type, id))`);
}

/** Stores the service's answer to each search among these requests that is not stored yet. */
export async function storeAnswers({ database, service }: Scene, requests: Asked[]): Promise<void> {
  const searches = new Map(requests.filter(({ kind }) => kind === 'search').map((request) => [keyOf(request), request]));
  const { rows } = await database.query<{ key: string }>('SELECT key FROM bench_answer WHERE key = ANY ($1)', [[...searches.keys()]]);
  for (const { key } of rows) searches.delete(key);
  for (const [key, request] of searches) {
    const { method, path, headers, body } = parsed(request.text);
    const response = await fetch(`http://127.0.0.1:${service.port}${path}`, { method, headers, body });
    if (response.status !== request.status) throw new Error(`${method} ${path} was answered ${response.status}: ${await response.text()}`);
    await database.query('INSERT INTO bench_answer VALUES ($1, $2) ON CONFLICT DO NOTHING', [key, await response.text()]);
  }
}

/** What tells one search from another, for the floor: its address, or its form. */
function keyOf({ text }: Asked): string {
  const { method, path, body } = parsed(text);
  return method === 'GET' ? path : (body as string);
}

function parsed(text: string) {
  const [head = '', body] = text.split('\r\n\r\n', 2);
  const [line = '', ...lines] = head.split('\r\n');
  const [method = '', path = ''] = line.split(' ');
  const headers = Object.fromEntries(lines.map((each) => each.split(/: (.*)/s).slice(0, 2) as [string, string]));
  delete headers.Host;
  delete headers['Content-Length'];
  return { method, path, headers, body: body === '' ? undefined : body };
}

/** Headers that Fastify and Node.js make on either side. */
const MADE = ['content-type', 'content-length', 'date', 'connection', 'keep-alive'];

/** Headers of one answer of the service to each of the scenarios that may ask twice: an answer is its header lines too. */
export async function answerHeaders(
  scene: Scene,
  client: LoadClient,
  scenarios: readonly Scenario[],
): Promise<Record<string, Record<string, string>>> {
  const headers: Record<string, Record<string, string>> = {};
  for (const { name, requests } of scenarios) {
    const [first] = await requests(scene);
    const { head } = await client.run({ port: scene.service.port, clients: 1, seconds: 5, requests: [first as Asked], once: true });
    const lines = head.split('\r\n').slice(1);
    const pairs = lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as const);
    headers[name] = Object.fromEntries(pairs.filter(([header]) => !MADE.includes(header)));
  }
  return headers;
}
