// Texts as a reader takes them: case, accents, punctuation and white space do not count.

/** The words of a text in lower case, without marks and punctuation, separated by single spaces. */
export function foldWords(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
