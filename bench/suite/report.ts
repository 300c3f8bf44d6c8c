// The figures of a run, as a table for people and as JSON.
import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Latencies, Load } from './load-client.js';
import type { Scenario, Target } from './scenario.js';

/** One measurement of one side. */
export interface Side {
  load: Load;
  /** Processor time per answer of the side's own process and of the database, in microseconds: tells more than throughput where others use the machine too. */
  cpuMicros?: number;
  databaseMicros?: number;
  /** Statements per answer, BEGIN and COMMIT among them. */
  statements?: number;
  rssMb?: number;
}

export interface Round {
  floor: Side;
  service: Side;
}

/** Medians over the rounds. */
export interface Figures
  extends Pick<Load, 'throughput' | 'p50' | 'p95' | 'p99' | 'clientShare'>,
    Pick<Side, 'cpuMicros' | 'databaseMicros' | 'statements' | 'rssMb'> {}

export interface Result {
  name: string;
  title: string;
  clients: number;
  target?: Target;
  floor: Figures;
  service: Figures;
  /** Median over the rounds of service by floor: each pair was measured back to back. */
  ratio: number;
  p99Ratio: number;
  /** Processor time of floor by service, database included: the ratio of an idle machine with one processor. */
  cpuRatio?: number;
  answers: number;
  /** Of the service's last round, by kind of request, where there are several. */
  kinds?: Record<string, Latencies & { answers: number }>;
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

export function resultOf(scenario: Scenario, clients: number, rounds: Round[]): Result {
  const floor = figuresOf(rounds.map((round) => round.floor));
  const service = figuresOf(rounds.map((round) => round.service));
  const kinds = rounds.at(-1)?.service.load.kinds ?? {};
  const [floorCpu, serviceCpu] = [cpuOf(floor), cpuOf(service)];
  return {
    name: scenario.name,
    title: scenario.title,
    clients,
    target: scenario.target,
    floor,
    service,
    ratio: median(rounds.map((round) => round.service.load.throughput / round.floor.load.throughput)),
    p99Ratio: median(rounds.map((round) => round.service.load.p99 / round.floor.load.p99)),
    cpuRatio: floorCpu === undefined || serviceCpu === undefined ? undefined : floorCpu / serviceCpu,
    answers: rounds.reduce((sum, round) => sum + round.service.load.answers, 0),
    ...(Object.keys(kinds).length > 1 && { kinds }),
  };
}

function figuresOf(sides: Side[]): Figures {
  const known = (values: (number | undefined)[]) => {
    const numbers = values.filter((value) => value !== undefined);
    return numbers.length === 0 ? undefined : median(numbers);
  };
  const of = (name: 'throughput' | 'p50' | 'p95' | 'p99' | 'clientShare') => median(sides.map(({ load }) => load[name]));
  return {
    throughput: of('throughput'),
    p50: of('p50'),
    p95: of('p95'),
    p99: of('p99'),
    clientShare: of('clientShare'),
    statements: known(sides.map(({ statements }) => statements)),
    cpuMicros: known(sides.map(({ cpuMicros }) => cpuMicros)),
    databaseMicros: known(sides.map(({ databaseMicros }) => databaseMicros)),
    rssMb: known(sides.map(({ rssMb }) => rssMb)),
  };
}

function cpuOf({ cpuMicros, databaseMicros }: Figures): number | undefined {
  return cpuMicros === undefined || databaseMicros === undefined ? undefined : cpuMicros + databaseMicros;
}

/** Name and clients: what a baseline is found by. */
export function keyOf({ name, clients }: Pick<Result, 'name' | 'clients'>): string {
  return `${name} ${clients}`;
}

/** What a result misses of its target, each in words; nothing when it is met. */
export function missed({ target, ratio, p99Ratio, service }: Result): string[] {
  if (target === undefined) return [];
  return [
    ...(target.ratio !== undefined && ratio < target.ratio ? [`ratio ${ratio.toFixed(2)} < ${target.ratio}`] : []),
    ...(target.p99Ratio !== undefined && p99Ratio > target.p99Ratio ? [`p99 ${p99Ratio.toFixed(1)}x > ${target.p99Ratio}x`] : []),
    ...(target.p99Ms !== undefined && service.p99 > target.p99Ms ? [`p99 ${service.p99.toFixed(0)} ms > ${target.p99Ms} ms`] : []),
  ];
}

/** Above this share of a processor the load client itself may be what is measured. */
const BUSY_CLIENT = 0.85;

type Column = [title: string, value: (result: Result, before: Result | undefined) => string];

const COLUMNS: Column[] = [
  ['scenario', ({ name }) => name],
  ['clients', ({ clients }) => String(clients)],
  ['floor/s', ({ floor }) => whole(floor.throughput)],
  ['service/s', ({ service }) => whole(service.throughput)],
  ['ratio', ({ ratio }) => ratio.toFixed(2)],
  ['was', (_, before) => before?.ratio.toFixed(2) ?? ''],
  ['floor p50 ms', ({ floor }) => floor.p50.toFixed(1)],
  ['p95', ({ floor }) => floor.p95.toFixed(1)],
  ['p99', ({ floor }) => floor.p99.toFixed(1)],
  ['service p50 ms', ({ service }) => service.p50.toFixed(1)],
  ['p95', ({ service }) => service.p95.toFixed(1)],
  ['p99', ({ service }) => service.p99.toFixed(1)],
  ['p99 ratio', ({ p99Ratio }) => p99Ratio.toFixed(2)],
  ['floor cpu us', ({ floor }) => cpu(floor)],
  ['service cpu us', ({ service }) => cpu(service)],
  ['cpu ratio', ({ cpuRatio }) => cpuRatio?.toFixed(2) ?? ''],
  ['was', (_, before) => before?.cpuRatio?.toFixed(2) ?? ''],
  ['statements', ({ service }) => service.statements?.toFixed(1) ?? ''],
  ['rss MB', ({ service }) => String(service.rssMb ?? '')],
  ['client', ({ floor, service }) => clientOf(Math.max(floor.clientShare, service.clientShare))],
  ['target', (result) => (result.target === undefined ? '' : missed(result).length === 0 ? 'met' : `MISSED ${missed(result).join(', ')}`)],
];

function clientOf(share: number): string {
  return `${Math.round(share * 100)} %${share > BUSY_CLIENT ? ' busy!' : ''}`;
}

/** `baseline`: results of the committed run, by `keyOf`. */
export function tableOf(results: Result[], baseline: ReadonlyMap<string, Result>): string {
  const cells = results.map((result) => COLUMNS.map(([, value]) => value(result, baseline.get(keyOf(result)))));
  const rows = [COLUMNS.map(([title]) => title), ...cells];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  const last = COLUMNS.length - 1;
  const padded = (cell: string, i: number) =>
    i === 0 || i === last ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number);
  return rows.map((row) => row.map(padded).join('  ').trimEnd()).join('\n');
}

/** What the figures depend on. */
export function machine(): object {
  return { node: process.version, processors: availableParallelism(), model: cpus()[0]?.model, memoryGb: Math.round(totalmem() / 2 ** 30) };
}

/** Process + database, per answer. */
function cpu({ cpuMicros, databaseMicros }: Figures): string {
  return cpuMicros === undefined || databaseMicros === undefined ? '' : `${whole(cpuMicros)}+${whole(databaseMicros)}`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}
