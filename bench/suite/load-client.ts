// The load client, a process of its own: ready-made requests over keep-alive connections, one under way on each, answers read
// by their Content-Length. It does as little as it can, because it runs on the processors it measures.
import { connect } from 'node:net';

/** One request and what its answer must be. */
export interface Asked {
  /** The whole HTTP request. */
  text: string;
  /** 0 where it may be any: of those who are turned away, too. */
  status: number;
  /** The other status it may have, where what is asked about may change meanwhile. */
  or?: number;
  /** Requests of one kind are told apart in the figures. */
  kind?: string;
}

export interface Job {
  port: number;
  clients: number;
  /** Measured seconds; ends earlier when `once` requests run out. */
  seconds: number;
  /** Sent in turn. */
  requests: Asked[];
  /** True when no request may be sent twice. */
  once: boolean;
}

/** Milliseconds. */
export interface Latencies {
  p50: number;
  p95: number;
  p99: number;
}

export interface Load extends Latencies {
  /** Answers per second. */
  throughput: number;
  answers: number;
  /** By kind, where requests have one. */
  kinds: Record<string, Latencies & { answers: number }>;
  /** Answers with another status, and one of them. */
  failures: number;
  failure?: string;
  /** Requests left of a `once` list are those from here on. */
  sent: number;
  /** Body of one answer, to look at. */
  sample: string;
  /** Header lines of the same answer. */
  head: string;
  /** Share of one processor that this client took: near 1 it is the client that was measured. */
  clientShare: number;
}

const STATUS_AT = 'HTTP/1.1 '.length;
const HEADER_END = Buffer.from('\r\n\r\n');

export async function runJob({ port, clients, seconds, requests, once }: Job): Promise<Load> {
  const buffers = requests.map(({ text }) => Buffer.from(text));
  const latencies = new Map<string, number[]>();
  let next = 0;
  let failures = 0;
  let failure: string | undefined;
  let sample = '';
  let head = '';
  const cpu = process.cpuUsage();
  const started = performance.now();
  const until = started + seconds * 1000;
  let last = started;

  const client = () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      let asked: Asked;
      let sentAt = 0;
      let parts: Buffer[] = [];
      let size = 0;
      /** Bytes of the whole answer; known once its header is there. */
      let needed = Number.POSITIVE_INFINITY;
      const send = () => {
        if (performance.now() >= until || (once && next >= buffers.length)) {
          socket.end();
          resolve();
          return;
        }
        const turn = next++ % buffers.length;
        asked = requests[turn] as Asked;
        sentAt = performance.now();
        socket.write(buffers[turn] as Buffer);
      };
      socket.on('connect', send);
      socket.on('error', reject);
      socket.on('data', (part) => {
        parts.push(part);
        size += part.length;
        if (needed === Number.POSITIVE_INFINITY) {
          if (parts.length > 1) parts = [Buffer.concat(parts)];
          const whole = parts[0] as Buffer;
          const end = whole.indexOf(HEADER_END);
          if (end === -1) return;
          const header = whole.toString('latin1', 0, end);
          needed = end + HEADER_END.length + Number(/\r\ncontent-length: (\d+)/i.exec(header)?.[1] ?? 0);
          const told = Number(header.slice(STATUS_AT, STATUS_AT + 3));
          if (asked.status !== 0 && told !== asked.status && told !== asked.or) {
            failures++;
            failure ??= `${asked.text.slice(0, asked.text.indexOf(' HTTP'))}: ${whole.toString('utf8')}`;
          }
        }
        if (size < needed) return;
        last = performance.now();
        const kind = asked.kind ?? '';
        const list = latencies.get(kind);
        if (list) list.push(last - sentAt);
        else latencies.set(kind, [last - sentAt]);
        if (head === '') [head = '', sample = ''] = Buffer.concat(parts).toString('utf8').split('\r\n\r\n', 2);
        parts = [];
        size = 0;
        needed = Number.POSITIVE_INFINITY;
        send();
      });
    });

  await Promise.all(Array.from({ length: clients }, client));
  const { user, system } = process.cpuUsage(cpu);
  const all = [...latencies.values()].flat();
  const took = last - started;
  return {
    ...latenciesOf(all),
    throughput: all.length / (took / 1000),
    answers: all.length,
    kinds: Object.fromEntries([...latencies].map(([kind, list]) => [kind, { ...latenciesOf(list), answers: list.length }])),
    failures,
    failure,
    sent: next,
    sample,
    head,
    clientShare: (user + system) / 1000 / took,
  };
}

function latenciesOf(list: number[]): Latencies {
  list.sort((a, b) => a - b);
  const at = (share: number) => list[Math.min(list.length - 1, Math.floor(list.length * share))] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

process.on('message', (job: Job) => {
  runJob(job).then(
    (load) => process.send?.({ load }),
    (error: Error) => process.send?.({ error: error.message }),
  );
});
process.once('disconnect', () => process.exit(0));
