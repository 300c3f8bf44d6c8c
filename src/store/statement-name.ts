// Names of prepared statements: each follows from its text, so that a statement can never answer for another.
import { createHash } from 'node:crypto';

/** Texts whose names are remembered; the name of any other is computed again. */
const MAX_REMEMBERED = 1_000;

const names = new Map<string, string>();

/** The name under which connections keep the statement. For texts of which there are few: a connection never lets go of one. */
export function statementName(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  if (names.size >= MAX_REMEMBERED) names.clear();
  const name = `s_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
  names.set(text, name);
  return name;
}
