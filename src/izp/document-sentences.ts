// What the parts of the whole plan are told with: a part, its facts, sentences put together.
import { dutchDay } from './dutch.js';
import { dateOf, newestEntryFirst } from './moments.js';
import type { People } from './people.js';
import type { PatientRecord, RecordEntry } from './record.js';
import { peopleWords } from './wording.js';

/** One part of the plan: its title, what is told, and what it rests on. */
export interface DocumentPart {
  /** Code of izp-summary-section. */
  code: string;
  title: string;
  /** Dutch sentences, one paragraph each. */
  told: string[];
  /** `Type/id`. */
  references: string[];
}

/** A part; `none` is said when there is nothing to tell. */
export const part = (code: string, title: string, told: string[], references: string[], none: string): DocumentPart => ({
  code,
  title,
  told: told.length > 0 ? told : [none],
  references,
});

/** Date, people and source of what was recorded, as a sentence. */
export function factsOf(entry: RecordEntry, people: People): string {
  const agreedBy = people.agreedBy(entry.resource);
  const met = agreedBy.length > 0 ? `, met ${peopleWords(agreedBy)}` : '';
  return `Vastgelegd: ${dutchDay(dateOf(entry.resource))}${met}. Bron: ${people.sourceOf(entry).organization ?? 'organisatie onbekend'}.`;
}

/** Sentences put together; each ends with a mark of its own. */
export function sentences(parts: (string | undefined | false)[]): string {
  return parts
    .filter((text) => typeof text === 'string' && text !== '')
    .map((text) => (/[.!?…”:]$/.test(text as string) ? text : `${text}.`))
    .join(' ');
}

/** What is wanted of the record, newest first. */
export const current = (record: PatientRecord, wanted: (entry: RecordEntry) => boolean) =>
  record.entries.filter(wanted).sort(newestEntryFirst);
