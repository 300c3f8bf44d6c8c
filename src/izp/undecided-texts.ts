// The words by which senders say that no decision was taken. The standard has no code for it: the words stand in SpecificationOther.
import { foldWords } from './fold-words.js';

/** Whole texts, folded. A text that says anything more ("onbekend, behalve …") is a decision in words. */
const UNDECIDED: ReadonlySet<string> = new Set([
  'onbekend',
  'nog onbekend',
  'niet bekend',
  'nog niet bekend',
  'niet besproken',
  'nog niet besproken',
  'nog te bespreken',
  'nee nog geen besluit',
  'nee nog geen besluit genomen',
  'nog geen besluit',
  'nog geen besluit genomen',
  'geen besluit',
  'geen besluit genomen',
  'unk',
  'asku',
  'nask',
]);

/** True when the text only says that nothing was decided or discussed. */
export function saysUndecided(text: string): boolean {
  return UNDECIDED.has(foldWords(text));
}
