// The right name nearest to a misspelt one, so that a refusal can say what was meant.

/** A third of the name may be wrong, and never fewer than two letters: further away is a guess, not a correction. */
const TOLERANCE = { share: 1 / 3, least: 2 };
/** Longer names are nobody's typing error; comparing them would only cost time. */
const MAX_LENGTH = 100;

/** The name with the fewest edits (swapped neighbours count once, case is ignored) from `name`; undefined when none is near. */
export function nearest(name: string, names: Iterable<string>): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let fewest = Math.max(TOLERANCE.least, Math.floor(name.length * TOLERANCE.share)) + 1;
  for (const candidate of names) {
    const edits = distance(wanted, candidate.toLowerCase());
    if (edits < fewest && edits < candidate.length) [best, fewest] = [candidate, edits];
  }
  return best;
}

/** Damerau-Levenshtein distance (optimal string alignment), in edits. */
function distance(a: string, b: string): number {
  let [older, previous] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let edits = Math.min((previous[j] as number) + 1, (row[j - 1] as number) + 1, (previous[j - 1] as number) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) edits = Math.min(edits, (older[j - 2] as number) + 1);
      row.push(edits);
    }
    [older, previous] = [previous, row];
  }
  return previous[b.length] as number;
}
