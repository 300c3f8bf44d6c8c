// Text as search compares it: accents, case and runs of white space do not count.
// https://hl7.org/fhir/R4/search.html#string

/** Letters that Unicode does not decompose but readers take for the same. */
const SAME_LETTERS: Record<string, string> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', ł: 'l', þ: 'th', ı: 'i' };

const REPLACEMENT = '\uFFFD';
/** Halves of pairs that are whole pass here, to be looked at again. */
const UNSTORABLE = /[\0\ud800-\udfff]/;
/** Nothing in it to decompose, to drop or to take for another letter. */
const ASCII = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/;

/** The text for comparison: decomposed, without marks, lower case, single spaces. The same function serves index and query. */
export function foldText(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return storable(text)
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/\p{M}+/gu, '')
    .replace(/[ßæœøđðłþı]/g, (letter) => SAME_LETTERS[letter] as string)
    .replace(/\s+/g, ' ')
    .trim();
}

/** The text with what PostgreSQL's jsonb cannot hold (NUL, lone surrogates) replaced by U+FFFD. */
export function storable(text: string): string {
  return UNSTORABLE.test(text) ? text.replaceAll('\0', REPLACEMENT).replace(/\p{Cs}/gu, REPLACEMENT) : text;
}
