// Looks through what a service wrote to its log for what may never stand there: BSNs, tokens, SQL, and words the test sent.
import { isBsn } from '../../src/fhir/identity.js';

const NINE_DIGITS = /(?<![\w.:-])\d{9}(?![\w.:-])/g;
const TOKEN = /eyJ[\w-]{10,}/;
const SQL = /\b(?:SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM|ROLLBACK|COMMIT)\b/;
/** What of a body is about a person, and what a resource says in words. */
const PERSONAL = /"(?:family|birthDate|text|div|display|value|valueString|city|line|note)"\s*:\s*"([^"\\]{6,60})"/g;
/** Words kept of what a test sends: enough to find a leak, few enough to look for them all. */
const MAX_WORDS = 300;
/** Shorter ones, and those of code systems, stand in a log for other reasons. */
const TELLING = /[\s|]|\d{4}-\d\d-\d\d|^[A-Z][a-z]{5,}/;

/** What was sent to a service, as far as it must not be found in its log. */
export class SentWords {
  private readonly words = new Set<string>();

  /** Body, form or query of a request. */
  add(text: string): void {
    if (this.words.size >= MAX_WORDS) return;
    for (const [, word = ''] of text.matchAll(PERSONAL)) if (TELLING.test(word) && this.words.size < MAX_WORDS) this.words.add(word);
  }

  /** The values of a query or form. */
  addQuery(query: string): void {
    for (const value of new URLSearchParams(query).values())
      if (value.length >= 6 && /[\s|]/.test(value) && this.words.size < MAX_WORDS) this.words.add(value);
  }

  /** What of the log may not be there, each with a little of what stands around it. */
  leaksIn(log: string): string[] {
    const found = [...log.matchAll(NINE_DIGITS)].filter(([digits]) => isBsn(digits)).map(({ index }) => `a BSN: ${around(log, index)}`);
    for (const [what, pattern] of [
      ['a token', TOKEN],
      ['SQL', SQL],
    ] as const) {
      const at = log.search(pattern);
      if (at !== -1) found.push(`${what}: ${around(log, at)}`);
    }
    for (const word of this.words) {
      const at = log.indexOf(word);
      if (at !== -1) found.push(`what was sent: ${around(log, at)}`);
    }
    return found.slice(0, 5);
  }
}

function around(log: string, at: number): string {
  return JSON.stringify(log.slice(Math.max(0, at - 80), at + 80));
}
