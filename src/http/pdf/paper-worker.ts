// The thread on which documents are set: a page takes as long as a hundred emergency answers, and none of those is to wait for it.
import { parentPort, workerData } from 'node:worker_threads';
import type { Fonts } from './fonts.js';
import { createPaper } from './paper.js';
import type { PaperOrder, PaperOutcome } from './paper-thread.js';

// Buffers arrive as plain byte arrays.
const given = workerData as Record<keyof Fonts, Uint8Array>;
const paper = createPaper({ regular: Buffer.from(given.regular), bold: Buffer.from(given.bold) });

parentPort?.on('message', async ({ number, order }: { number: number; order: PaperOrder }) => {
  parentPort?.postMessage({ number, outcome: await outcomeOf(order) });
});

async function outcomeOf(order: PaperOrder): Promise<PaperOutcome> {
  try {
    const { code, now } = order;
    const bytes = order.kind === 'summary' ? await paper.summary(order.card, code, now) : await paper.plan(order.content, code, now);
    return { bytes };
  } catch (error) {
    // The class alone: a message may quote what was to be printed.
    return { failed: (error as Error).name };
  }
}
