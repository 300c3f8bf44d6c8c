// The load client, a process of its own: ready-made requests over keep-alive connections, one under way on each, answers read
// by their Content-Length. It does as little as it can, because it runs on the processors it measures.
import { connect } from 'node:net';

export interface Job {
  port: number;
  clients: number;
  /** Measured seconds; ends earlier when `once` requests run out. */
  seconds: number;
  /** Whole HTTP requests, sent in turn. */
  requests: string[];
  /** True when no request may be sent twice. */
  once: boolean;
  /** The status every answer must have. */
  status: number;
}

export interface Load {
  /** Answers per second. */
  throughput: number;
  /** Milliseconds. */
  p50: number;
  p95: number;
  p99: number;
  answers: number;
  /** Answers with another status, and one of them. */
  failures: number;
  failure?: string;
  /** Requests left of a `once` list are those from here on. */
  sent: number;
  /** Body of one answer, to look at. */
  sample: string;
  /** Header lines of the same answer. */
  head: string;
}

const HEADER_END = Buffer.from('\r\n\r\n');

export function runJob({ port, clients, seconds, requests, once, status }: Job): Promise<Load> {
  const buffers = requests.map((text) => Buffer.from(text));
  const latencies: number[] = [];
  const expected = `HTTP/1.1 ${status}`;
  let next = 0;
  let failures = 0;
  let failure: string | undefined;
  let sample = '';
  let head = '';
  const started = performance.now();
  const until = started + seconds * 1000;
  let last = started;

  const client = () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
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
        sentAt = performance.now();
        socket.write(buffers[next++ % buffers.length] as Buffer);
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
          if (!header.startsWith(expected)) {
            failures++;
            failure ??= whole.toString('utf8');
          }
        }
        if (size < needed) return;
        last = performance.now();
        latencies.push(last - sentAt);
        if (head === '') [head = '', sample = ''] = Buffer.concat(parts).toString('utf8').split('\r\n\r\n', 2);
        parts = [];
        size = 0;
        needed = Number.POSITIVE_INFINITY;
        send();
      });
    });

  return Promise.all(Array.from({ length: clients }, client)).then(() => {
    latencies.sort((a, b) => a - b);
    const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
    const throughput = latencies.length / ((last - started) / 1000);
    return {
      throughput,
      p50: at(0.5),
      p95: at(0.95),
      p99: at(0.99),
      answers: latencies.length,
      failures,
      failure,
      sent: next,
      sample,
      head,
    };
  });
}

process.on('message', (job: Job) => {
  runJob(job).then(
    (load) => process.send?.({ load }),
    (error: Error) => process.send?.({ error: error.message }),
  );
});
process.once('disconnect', () => process.exit(0));
