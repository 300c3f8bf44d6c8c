// The people: who the nth patient is, and the organisations of a region. The same seed gives the same people.
import { DEMO_CLIENTS } from '../../src/auth/demo-clients.js';
import { FAMILIES, MEN, PLACES, STREETS, WOMEN } from './names.data.js';
import { type Random, random, seedOf } from './random.js';
import { KINDS, type Kind, MOST_CONTACTS, STAFF, type Values } from './variables.js';

/** Regional networks palliative care; the first is that of the demo organisations. */
const REGIONS = PLACES.length;
export interface Population {
  seed: number;
  patients: number;
  /** Of the patients so many live in the region of the demo organisations. */
  demoShare: number;
}

/** Patients with a plan per practice, and the most practices a region has: some 5,000 in the country. */
const PATIENTS_PER_PRACTICE = 200;
const MOST_PRACTICES = 77;

/** Practices in each region but the first, for so many patients. */
function practicesFor(patients: number): number {
  return Math.min(MOST_PRACTICES, Math.ceil(patients / PATIENTS_PER_PRACTICE / (REGIONS - 1)));
}

/**
 * Made-up BSNs: nine digits from 91 to 99.89 million and a last one that makes them pass the eleven check. The published examples
 * and what the bench posts have others.
 */
const FIRST_TEN = 9_100_000;
const TENS = 889_900;
/** At least so many of ten consecutive numbers have a last digit that passes. */
const PER_TEN = 9;
export const MOST_PATIENTS = TENS * PER_TEN;
/** Prime, and no divisor of the numbers there are: patients in order have numbers in no order. */
const STRIDE = 5_000_011;

const WEIGHTS = [9, 8, 7, 6, 5, 4, 3, 2];

/** The nth patient's BSN; no two have the same. */
export function bsnOf(n: number): string {
  const spread = Number((BigInt(n) * BigInt(STRIDE)) % BigInt(MOST_PATIENTS));
  let left = spread % PER_TEN;
  for (let eight = (FIRST_TEN + Math.floor(spread / PER_TEN)) * 10; ; eight++) {
    const last = [...String(eight)].reduce((sum, digit, i) => sum + Number(digit) * (WEIGHTS[i] as number), 0) % 11;
    if (last < 10 && left-- === 0) return `${eight}${last}`;
  }
}

/** Ids of the nth patient's resources begin with this: version 7 of the UUIDs, four digits short. */
function idOf(n: number, seed: number): string {
  const hex = (value: number, digits: number) => (value >>> 0).toString(16).padStart(8, '0').slice(-digits);
  const time = (FIRST_MOMENT + n * MS_PER_PATIENT).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(n >>> 12, 3)}-8${hex(n, 3)}-${hex(seedOf(seed, 'id', n), 8)}`;
}

const FIRST_MOMENT = Date.parse('2023-01-02T08:00:00Z');
const MS_PER_PATIENT = 16_000;

/** Writes are made between eight and four, so that Dutch days are those of the plan. */
const FIRST_HOUR = 8;
const HOURS = 7;

/** What is stamped into the nth patient's plan. `gender` decides the given name. */
export function patientValues({ seed, patients, demoShare }: Population, n: number, gender: 'male' | 'female'): Values {
  const draw = random(seedOf(seed, 'patient', n));
  const isDemo = draw.chance(demoShare);
  const region = isDemo ? 0 : draw.whole(1, REGIONS - 1);
  const practice = isDemo ? 0 : draw.whole(0, practicesFor(patients) - 1);
  const two = (value: number) => String(value).padStart(2, '0');
  const time = `${two(draw.whole(FIRST_HOUR, FIRST_HOUR + HOURS))}:${two(draw.whole(0, 59))}:${two(draw.whole(0, 59))}`;
  const values: Values = {
    ...aroundPatient(seed, region, practice),
    id: idOf(n, seed),
    time: `${time}.${String(draw.whole(0, 999)).padStart(3, '0')}`,
    bsn: bsnOf(n),
    given: draw.pick(gender === 'female' ? WOMEN : MEN),
    family: draw.pick(FAMILIES),
    street: draw.pick(STREETS),
    house: String(draw.whole(1, 240)),
    postal: postalOf(draw),
    place: PLACES[region] as string,
    phone: phoneOf(draw),
  };
  for (let contact = 1; contact <= MOST_CONTACTS; contact++) {
    // The second is the only man: how they are related is part of the plan.
    values[`given${contact}`] = draw.pick(contact === 2 ? MEN : WOMEN);
    values[`family${contact}`] = draw.pick(FAMILIES);
    values[`phone${contact}`] = phoneOf(draw);
  }
  return values;
}

const known = new Map<string, Values>();

/** The organisations of a region that look after the patients of one practice; remembered, for there are few. */
function aroundPatient(seed: number, region: number, practice: number): Values {
  const key = `${region}/${practice}`;
  const around =
    known.get(key) ?? Object.assign({}, ...KINDS.map((kind) => organizationValues(seed, kind, region, kind === 'gp' ? practice : 0)));
  known.set(key, around);
  return around;
}

/** Every organisation there is: kind, and what is stamped into its resources. */
export function* organizations({ seed, patients }: Population): Generator<{ kind: Kind; values: Values }> {
  const practices = practicesFor(patients);
  for (const kind of KINDS)
    for (let region = 0; region < REGIONS; region++)
      for (let practice = 0; practice < (kind === 'gp' && region > 0 ? practices : 1); practice++)
        yield { kind, values: { ...organizationValues(seed, kind, region, practice) } };
}

const NAMES: Readonly<Record<Kind, string>> = {
  ambulance: 'Ambulancedienst',
  gp: 'Huisartsenpraktijk',
  hap: 'Huisartsenspoedpost',
  homecare: 'Thuiszorg',
  hospice: 'Hospice',
  hospital: 'Ziekenhuis',
};
/** URAs of the generated organisations; those of the demo organisations begin with 999. */
const FIRST_URA = 90_100_000;

/** The first region's are the demo organisations: their clients can ask for these patients. */
function organizationValues(seed: number, kind: Kind, region: number, practice: number): Values {
  const number = region * 100 + practice;
  const draw = random(seedOf(seed, kind, number));
  const { organisation } = DEMO_CLIENTS[kind] as (typeof DEMO_CLIENTS)[string];
  const id = region === 0 ? `demo-${kind}` : `${kind}-${String(number).padStart(5, '0')}`;
  const values: Values = {
    [`${kind}.id`]: id,
    [`${kind}.ura`]: region === 0 ? organisation.ura : String(FIRST_URA + KINDS.indexOf(kind) * 10_000 + number),
    [`${kind}.name`]:
      region === 0 ? organisation.name : `${NAMES[kind]} ${kind === 'gp' ? `${STREETS[practice % STREETS.length]} ` : ''}${PLACES[region]}`,
    [`${kind}.client`]: region === 0 ? kind : id,
    [`${kind}.phone`]: phoneOf(draw),
  };
  for (const [i, letter] of (STAFF[kind] ?? []).entries()) {
    values[`${kind}.${letter}.given`] = draw.pick(draw.chance(0.5) ? WOMEN : MEN);
    values[`${kind}.${letter}.family`] = draw.pick(FAMILIES);
    values[`${kind}.${letter}.uzi`] = String(FIRST_UZI + KINDS.indexOf(kind) * 100_000 + number * 10 + i);
  }
  return values;
}

const FIRST_UZI = 920_000_000;

function phoneOf(draw: Random): string {
  return `06${draw.whole(10_000_000, 99_999_999)}`;
}

function postalOf(draw: Random): string {
  const letter = () => String.fromCharCode(65 + draw.whole(0, 25));
  return `${draw.whole(1000, 9999)} ${letter()}${letter()}`;
}
