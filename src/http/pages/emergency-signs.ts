// The signs beside a decision: each has a shape of its own, so that none depends on colour. Read aloud they are silent: the words say it.
import type { DecisionKind } from '../../izp/decisions.js';
import { Html } from './html.js';

const sign = (inside: string) => new Html(`<svg viewBox="0 0 48 48" aria-hidden="true" focusable="false">${inside}</svg>`);

/** Circle with a tick, octagon with a cross, triangle with a mark, square with a question, dashed square, diamond. */
export const SIGNS: Record<DecisionKind, Html> = {
  do: sign(
    '<circle cx="24" cy="24" r="22" fill="#0b6b35"/><path d="M13 25l8 8 15-18" fill="none" stroke="#fff" stroke-width="5.5" stroke-linecap="round" stroke-linejoin="round"/>',
  ),
  'do-not': sign(
    '<path d="M15 2h18l13 13v18L33 46H15L2 33V15z" fill="#b3141d"/><path d="M15.500 15.500l17 17m0-17l-17 17" stroke="#fff" stroke-width="6" stroke-linecap="round"/>',
  ),
  'do-with-limits': sign(
    '<path d="M24 3l22 41H2z" fill="#ffb000" stroke="#5c3000" stroke-width="3" stroke-linejoin="round"/><path d="M24 17v13" stroke="#241300" stroke-width="5" stroke-linecap="round"/><circle cx="24" cy="37" r="3" fill="#241300"/>',
  ),
  unknown: sign(
    '<rect x="2" y="2" width="44" height="44" rx="5" fill="#30588c"/><path d="M16 18c0-10 16-10 16 0 0 6-8 6-8 13" fill="none" stroke="#fff" stroke-width="5" stroke-linecap="round"/><circle cx="24" cy="38" r="3" fill="#fff"/>',
  ),
  'not-recorded': sign(
    '<rect x="3.500" y="3.500" width="41" height="41" rx="5" fill="#fff" stroke="#5b6875" stroke-width="3" stroke-dasharray="7 5"/><path d="M15 24h18" stroke="#5b6875" stroke-width="5" stroke-linecap="round"/>',
  ),
  'cannot-interpret': sign(
    '<path d="M24 1l23 23-23 23L1 24z" fill="#6a1b9a"/><path d="M24 12v15" stroke="#fff" stroke-width="5" stroke-linecap="round"/><circle cx="24" cy="35" r="3" fill="#fff"/>',
  ),
};

export const TELEPHONE = sign(
  '<path d="M13 6l7 1 3 10-5 4c2 5 5 8 9 10l4-5 10 3 1 7c-1 5-4 7-8 6C19 39 8 29 6 14c0-4 3-7 7-8z" fill="#fff"/>',
);
