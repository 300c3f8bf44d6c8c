// Plans of the statements that the service sends, as the database carried them out: each scenario once, with auto_explain listening.
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Scenario, Scene } from './scenario.js';

/** Requests of each scenario: prepared statements are planned anew for the first five, then perhaps once for all. */
const REQUESTS = 24;
/** The server writes its log behind the answers. */
const LOG_PATIENCE_MS = 300;

/** No answer about one patient needs so many pages of 8 kB: a statement that does reads others' records on its way. */
const MANY_BUFFERS = 5_000;

/** Tables that grow with patients: reading one whole is what must not happen. */
const RECORD_TABLES = [
  'resource',
  'resource_history',
  'identifier',
  'emergency_card',
  'patient_access',
  'change_event',
  'audit_event',
  'validation_report',
];

interface Node {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Shared Hit Blocks'?: number;
  'Shared Read Blocks'?: number;
  Plans?: Node[];
}

interface Explained {
  'Query Text': string;
  Plan: Node & { 'Actual Total Time'?: number; 'Actual Rows'?: number };
}

interface Statement {
  text: string;
  scenarios: Set<string>;
  count: number;
  /** Of the slowest. */
  ms: number;
  buffers: number;
  indexes: Set<string>;
  /** The run that touched most pages. */
  most: { buffers: number; scenario: string };
  /** Record tables that were read whole. */
  whole: Set<string>;
}

/** Writes one line per statement, as Markdown; throws at the end when one of them reads a table of records whole. */
export async function explain(scene: Scene, scenarios: readonly Scenario[]): Promise<void> {
  const statements = new Map<string, Statement>();
  for (const scenario of scenarios) {
    const requests = (await scenario.requests(scene)).slice(0, REQUESTS);
    const from = (await readFile(scene.service.databaseLog)).length;
    for (const { text, status } of requests) await send(scene.service.port, text, status);
    await delay(LOG_PATIENCE_MS);
    for (const explained of plansIn((await readFile(scene.service.databaseLog)).subarray(from).toString('utf8')))
      add(statements, scenario.name, explained);
  }
  const all = [...statements.values()].sort((a, b) => b.ms - a.ms);
  process.stdout.write('| ms | buffers | calls | indexes | statement | scenarios |\n|---|---|---|---|---|---|\n');
  for (const { ms, buffers, count, indexes, text, scenarios: used } of all) {
    const words = text.replace(/\s+/g, ' ').replaceAll('|', '\\|').slice(0, 110);
    process.stdout.write(
      `| ${ms.toFixed(2)} | ${buffers} | ${count} | ${[...indexes].join(', ')} | \`${words}\` | ${[...used].join(' ')} |\n`,
    );
  }
  const wrong = all.filter(({ whole }) => whole.size > 0);
  process.stdout.write(`\n${all.length} statements, ${wrong.length} of them with a sequential scan of a table of records.\n`);
  for (const { text, whole } of wrong) process.stdout.write(`\nreads ${[...whole]} whole:\n${text}\n`);
  for (const { text, most } of all)
    if (most.buffers > MANY_BUFFERS)
      process.stdout.write(`\n${most.buffers} buffers (${most.scenario}), more with every patient there is:\n${text}\n`);
  if (wrong.length > 0) process.exitCode = 1;
}

async function send(port: number, text: string, status: number): Promise<void> {
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let received = '';
    socket.setEncoding('latin1').on('error', reject);
    socket.on('data', (part) => {
      received += part;
    });
    socket.on('end', () => resolve(received));
    socket.write(text.replace('\r\n', '\r\nConnection: close\r\n'));
  });
  if (!answer.startsWith(`HTTP/1.1 ${status}`)) throw new Error(answer.slice(0, 500));
}

/** auto_explain writes each plan as JSON, its lines after the first behind a tab. */
function plansIn(log: string): Explained[] {
  return [...log.matchAll(/plan:\n(\t\{\n[\s\S]*?\n\t\})/g)].map(
    ([, json]) => JSON.parse((json as string).replace(/^\t/gm, '')) as Explained,
  );
}

function add(statements: Map<string, Statement>, scenario: string, { 'Query Text': text, Plan }: Explained): void {
  const known = statements.get(text) ?? {
    text,
    scenarios: new Set<string>(),
    count: 0,
    ms: 0,
    buffers: 0,
    indexes: new Set<string>(),
    most: { buffers: 0, scenario },
    whole: new Set<string>(),
  };
  statements.set(text, known);
  known.scenarios.add(scenario);
  known.count++;
  const ms = Plan['Actual Total Time'] ?? 0;
  const buffers = (Plan['Shared Hit Blocks'] ?? 0) + (Plan['Shared Read Blocks'] ?? 0);
  if (ms >= known.ms) Object.assign(known, { ms, buffers });
  if (buffers > known.most.buffers) known.most = { buffers, scenario };
  for (const node of nodesOf(Plan)) {
    if (node['Index Name']) known.indexes.add(node['Index Name']);
    const table = node['Relation Name']?.replace(/^audit_event_(?:\d{4}_\d\d|default)$/, 'audit_event');
    if (node['Node Type'] === 'Seq Scan' && table && RECORD_TABLES.includes(table)) known.whole.add(table);
  }
}

function nodesOf(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}
