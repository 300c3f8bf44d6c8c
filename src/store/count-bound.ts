// How far totals over several patients are counted: the rows before the access rule are as many as the country has.
import { createHmac, randomBytes } from 'node:crypto';

/** Up to so many rows that the indexes give are always counted: some 30 us each, and so 0.3 s; twice as many never are. */
export const ALWAYS_COUNTED = 10_000;

const SECRET = randomBytes(32);

/**
 * The most candidates with which this question is counted, from ALWAYS_COUNTED to just below twice that; the same for the same question
 * as long as the process runs. Nobody can tell: with a known bound, whoever owns all rows but one up to it would see whether there
 * is one that is hidden.
 */
export function countBound(question: unknown): number {
  const digest = createHmac('sha256', SECRET).update(JSON.stringify(question)).digest();
  return ALWAYS_COUNTED + (digest.readUInt32BE() % ALWAYS_COUNTED);
}
