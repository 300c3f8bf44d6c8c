// The figures of a run, as a table for people and as JSON.
import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Load } from './load-client.js';

/** One measurement of one side. */
export interface Side {
  load: Load;
  /** Processor time per answer of the side's own process and of the database, in microseconds: tells more than throughput where others use the machine too. */
  cpuMicros?: number;
  databaseMicros?: number;
  rssMb?: number;
}

export interface Round {
  floor: Side;
  service: Side;
}

/** Medians over the rounds. */
export interface Figures extends Pick<Load, 'throughput' | 'p50' | 'p95' | 'p99'>, Pick<Side, 'cpuMicros' | 'databaseMicros' | 'rssMb'> {}

export interface Result {
  name: string;
  title: string;
  target?: number;
  floor: Figures;
  service: Figures;
  /** Median over the rounds of service by floor: each pair was measured back to back. */
  ratio: number;
  p99Ratio: number;
  /** Processor time of floor by service, database included: the ratio of an idle machine with one processor. */
  cpuRatio?: number;
  answers: number;
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

export function resultOf(scenario: { name: string; title: string; target?: number }, rounds: Round[]): Result {
  const floor = figuresOf(rounds.map((round) => round.floor));
  const service = figuresOf(rounds.map((round) => round.service));
  const [floorCpu, serviceCpu] = [cpuOf(floor), cpuOf(service)];
  return {
    name: scenario.name,
    title: scenario.title,
    target: scenario.target,
    floor,
    service,
    ratio: median(rounds.map((round) => round.service.load.throughput / round.floor.load.throughput)),
    p99Ratio: median(rounds.map((round) => round.service.load.p99 / round.floor.load.p99)),
    cpuRatio: floorCpu === undefined || serviceCpu === undefined ? undefined : floorCpu / serviceCpu,
    answers: rounds.reduce((sum, round) => sum + round.service.load.answers, 0),
  };
}

function figuresOf(sides: Side[]): Figures {
  const known = (values: (number | undefined)[]) => {
    const numbers = values.filter((value) => value !== undefined);
    return numbers.length === 0 ? undefined : median(numbers);
  };
  const of = (name: 'throughput' | 'p50' | 'p95' | 'p99') => median(sides.map(({ load }) => load[name]));
  return {
    throughput: of('throughput'),
    p50: of('p50'),
    p95: of('p95'),
    p99: of('p99'),
    cpuMicros: known(sides.map(({ cpuMicros }) => cpuMicros)),
    databaseMicros: known(sides.map(({ databaseMicros }) => databaseMicros)),
    rssMb: known(sides.map(({ rssMb }) => rssMb)),
  };
}

function cpuOf({ cpuMicros, databaseMicros }: Figures): number | undefined {
  return cpuMicros === undefined || databaseMicros === undefined ? undefined : cpuMicros + databaseMicros;
}

const COLUMNS: [title: string, value: (result: Result) => string][] = [
  ['scenario', ({ name }) => name],
  ['floor/s', ({ floor }) => whole(floor.throughput)],
  ['service/s', ({ service }) => whole(service.throughput)],
  ['ratio', ({ ratio }) => ratio.toFixed(2)],
  ['target', ({ target }) => target?.toFixed(2) ?? ''],
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
  ['rss MB', ({ service }) => String(service.rssMb ?? '')],
];

export function tableOf(results: Result[]): string {
  const rows = [COLUMNS.map(([title]) => title), ...results.map((result) => COLUMNS.map(([, value]) => value(result)))];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  return rows
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number))).join('  '))
    .join('\n');
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
