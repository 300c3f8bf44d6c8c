// Chance that can be repeated: the same seed gives the same draws on every machine.

/** Draws of one seed. */
export interface Random {
  /** 0 or more, below 1. */
  next(): number;
  /** A whole number from `from` to `to`, both included. */
  whole(from: number, to: number): number;
  /** True so often of one time. */
  chance(share: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** One of the keys, each as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K;
}

/** mulberry32: 32 bits of state, enough for made-up people. https://github.com/cprosche/mulberry32 */
export function random(seed: number): Random {
  let state = mixed(seed);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    whole: (from, to) => from + Math.floor(next() * (to - from + 1)),
    chance: (share) => next() < share,
    pick: (list) => list[Math.floor(next() * list.length)] as never,
    weighted(weights) {
      const entries = Object.entries(weights) as [never, number][];
      let rest = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      return (entries.find(([, weight]) => (rest -= weight) < 0) ?? (entries.at(-1) as [never, number]))[0];
    },
  };
}

/** A seed of its own for the nth of a kind: neighbours have nothing in common. */
export function seedOf(seed: number, kind: string, n: number): number {
  let hash = mixed(seed);
  for (let i = 0; i < kind.length; i++) hash = mixed(hash ^ kind.charCodeAt(i));
  return mixed(hash ^ n);
}

function mixed(value: number): number {
  let t = value | 0;
  t = Math.imul(t ^ (t >>> 16), 0x45d9f3b);
  t = Math.imul(t ^ (t >>> 16), 0x45d9f3b);
  return (t ^ (t >>> 16)) + 0x9e3779b9;
}
