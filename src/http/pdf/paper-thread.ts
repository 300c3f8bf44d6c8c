// Documents on paper, set on a thread of their own that is started with the first one.
import { Worker } from 'node:worker_threads';
import { FhirError } from '../../fhir/errors.js';
import type { Paper, SignedSummary } from '../../interactions/context.js';
import type { EmergencyCard } from '../../izp/card.js';
import type { PlanContent } from '../../izp/document.js';
import type { Fonts } from './fonts.js';

/** Documents that may wait; a further one is refused for now. One takes about a fifth of a second. */
const MAX_WAITING = 50;

interface Timed {
  code: SignedSummary | undefined;
  now: number;
}
export type PaperOrder = Timed & ({ kind: 'summary'; card: EmergencyCard } | { kind: 'plan'; content: PlanContent });
export type PaperOutcome = { bytes: Uint8Array } | { failed: string };

interface Waiting {
  done(bytes: Uint8Array): void;
  failed(error: unknown): void;
}

/** `close` ends the thread; what still waits is answered 'unavailable'. */
export function paperThread(fonts: Fonts): Paper & { close(): Promise<void> } {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let last = 0;

  const drop = (cause: unknown) => {
    worker = undefined;
    for (const { failed } of waiting.values()) failed(new FhirError('unavailable', '', { cause }));
    waiting.clear();
  };

  function started(): Worker {
    if (worker) return worker;
    const made = new Worker(new URL('./paper-worker.js', import.meta.url), { workerData: fonts });
    made.unref();
    made.on('message', ({ number, outcome }: { number: number; outcome: PaperOutcome }) => {
      const one = waiting.get(number);
      waiting.delete(number);
      if ('bytes' in outcome) one?.done(outcome.bytes);
      else one?.failed(new FhirError('internal', '', { cause: new Error(outcome.failed) }));
    });
    made.on('error', drop);
    made.on('exit', (code) => {
      if (worker === made) drop(new Error(`the thread ended (${code})`));
    });
    worker = made;
    return made;
  }

  const set = (order: PaperOrder) =>
    new Promise<Uint8Array>((done, failed) => {
      if (waiting.size >= MAX_WAITING) throw new FhirError('unavailable', '', { headers: { 'retry-after': '2' } });
      const thread = started();
      waiting.set(++last, { done, failed });
      thread.postMessage({ number: last, order });
    });

  return {
    summary: (card, code, now) => set({ kind: 'summary', card, code, now }),
    plan: (content, code, now) => set({ kind: 'plan', content, code, now }),
    async close() {
      const open = worker;
      drop(new Error('the service is closing'));
      await open?.terminate();
    },
  };
}
