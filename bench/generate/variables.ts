// What differs between two patients with the same kind of plan: ids, numbers, names, the organisations around them. A plan is made
// once with stand-ins in their places, and stamped out with the values of each patient.
import { foldText } from '../../src/search/fold.js';

/** Kinds of organisations around a patient; ids of one sort before those of the next, as they do for the demo organisations. */
export const KINDS = ['ambulance', 'gp', 'hap', 'homecare', 'hospice', 'hospital'] as const;
export type Kind = (typeof KINDS)[number];
/** Who works there and stands in plans, one letter each. */
export const STAFF: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  gp: ['a', 'b'],
  homecare: ['a'],
  hospice: ['a'],
  hospital: ['a'],
};
export const MOST_CONTACTS = 3;

/** `word`: text that is also kept folded, for searches. `digits`: a number of fixed length. `text`: as it is. */
type Shape = 'word' | 'digits' | 'text';

function shapes(): Map<string, { shape: Shape; standIn: string }> {
  const all = new Map<string, { shape: Shape; standIn: string }>();
  const add = (name: string, shape: Shape, standIn: (n: number) => string) => all.set(name, { shape, standIn: standIn(all.size) });
  const letters = (n: number) => String.fromCharCode(97 + Math.floor(n / 26), 97 + (n % 26));
  const word = (n: number) => `Qx${letters(n)}zq`;
  add('id', 'text', () => '0190a3b5-c7d9-7e1f-8a2b-4c6d8e0f');
  add('time', 'text', () => '08:13:17.239');
  add('bsn', 'digits', () => '999912604');
  for (const name of ['given', 'family', 'street', 'postal', 'place']) add(name, 'word', word);
  add('house', 'digits', () => '97531');
  add('phone', 'digits', (n) => `06975310${n}`);
  for (let contact = 1; contact <= MOST_CONTACTS; contact++) {
    add(`given${contact}`, 'word', word);
    add(`family${contact}`, 'word', word);
    add(`phone${contact}`, 'digits', (n) => `06975310${n}`);
  }
  for (const kind of KINDS) {
    add(`${kind}.id`, 'text', () => `${kind}-97531`);
    add(`${kind}.ura`, 'digits', (n) => `975310${n}`);
    add(`${kind}.name`, 'word', word);
    add(`${kind}.client`, 'text', () => `${kind}-client-97531`);
    add(`${kind}.phone`, 'digits', (n) => `08897531${n}`);
    for (const letter of STAFF[kind] ?? []) {
      add(`${kind}.${letter}.given`, 'word', word);
      add(`${kind}.${letter}.family`, 'word', word);
      add(`${kind}.${letter}.uzi`, 'digits', (n) => `9753100${n}`);
    }
  }
  return all;
}

const SHAPES = shapes();

/** One text by name. */
export type Values = Record<string, string>;

/** What stands in a plan before it is stamped. */
export const STAND_INS: Values = Object.fromEntries([...SHAPES].map(([name, { standIn }]) => [name, standIn]));

/** Places in the list of values, by what stands there in a plan before it is stamped. */
const PLACES = new Map<string, number>();
for (const { shape, standIn } of SHAPES.values()) {
  PLACES.set(standIn, PLACES.size);
  if (shape === 'word') PLACES.set(foldText(standIn), PLACES.size);
}

/** Values in the order of their places. */
export function listOf(values: Values): string[] {
  const list: string[] = [];
  for (const [name, { shape }] of SHAPES) {
    const value = values[name] as string;
    list.push(value);
    if (shape === 'word') list.push(foldText(value));
  }
  return list;
}

export const VALUE_COUNT = PLACES.size;

const LONGEST_FIRST = [...PLACES.keys()].sort((a, b) => b.length - a.length);
const ANY = new RegExp(LONGEST_FIRST.map((standIn) => (/^\d+$/.test(standIn) ? `(?<!\\d)${standIn}(?!\\d)` : standIn)).join('|'), 'g');

/** Where stand-ins are in a text: their offsets and the place of their value. */
export function standInsOf(text: string): { at: number; length: number; place: number }[] {
  return [...text.matchAll(ANY)].map((match) => ({
    at: match.index,
    length: match[0].length,
    place: PLACES.get(match[0]) as number,
  }));
}
