// The figures of a run, as a table for people and as JSON.
import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Load } from './load-client.js';

export interface Round {
  floor: Load;
  service: Load;
  /** Of the service's process while it was measured. */
  cpuMs?: number;
  rssMb?: number;
}

export type Figures = Pick<Load, 'throughput' | 'p50' | 'p95' | 'p99'>;

export interface Result {
  name: string;
  title: string;
  target?: number;
  floor: Figures;
  service: Figures;
  /** Median over the rounds of service by floor: each pair was measured back to back. */
  ratio: number;
  p99Ratio: number;
  /** Processor time of the service's process per request, in microseconds. */
  cpuMicros?: number;
  rssMb?: number;
  answers: number;
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

export function resultOf(scenario: { name: string; title: string; target?: number }, rounds: Round[]): Result {
  const figures = (side: 'floor' | 'service'): Figures => {
    const of = (name: keyof Figures) => median(rounds.map((round) => round[side][name]));
    return { throughput: of('throughput'), p50: of('p50'), p95: of('p95'), p99: of('p99') };
  };
  const answers = rounds.reduce((sum, { service }) => sum + service.answers, 0);
  const cpuMs = rounds.reduce((sum, round) => sum + (round.cpuMs ?? Number.NaN), 0);
  return {
    name: scenario.name,
    title: scenario.title,
    target: scenario.target,
    floor: figures('floor'),
    service: figures('service'),
    ratio: median(rounds.map(({ floor, service }) => service.throughput / floor.throughput)),
    p99Ratio: median(rounds.map(({ floor, service }) => service.p99 / floor.p99)),
    cpuMicros: Number.isNaN(cpuMs) ? undefined : (cpuMs * 1000) / answers,
    rssMb: rounds.some(({ rssMb }) => rssMb !== undefined) ? Math.max(...rounds.map(({ rssMb = 0 }) => rssMb)) : undefined,
    answers,
  };
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
  ['cpu us', ({ cpuMicros }) => (cpuMicros === undefined ? '' : whole(cpuMicros))],
  ['rss MB', ({ rssMb }) => (rssMb === undefined ? '' : String(rssMb))],
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

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}
