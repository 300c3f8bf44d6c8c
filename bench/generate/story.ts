// One kind of plan as it came to be: who wrote what on which day. Conversations follow one another; each takes up again some of what
// was agreed before, and leaves the rest as it is.

import type { Talk } from './agreements.js';
import * as agreements from './agreements.js';
import { roleOf } from './directory.js';
import { type Maker, maker, referTo } from './maker.js';
import { PREFIXES } from './names.data.js';
import type { Made } from './people.js';
import * as people from './people.js';
import * as process from './process.js';
import { type Random, random, seedOf } from './random.js';
import { OTHER_TREATMENTS, SCENARIOS } from './texts.data.js';
import type { Kind } from './variables.js';

/** What one organisation wrote on one day, in one transaction. */
export interface Chapter {
  /** Dutch civil date. */
  date: string;
  author: Kind;
  resources: Made[];
}

export interface Story {
  gender: 'male' | 'female';
  chapters: Chapter[];
}

const DAY_MS = 86_400_000;
/** The last day of which the data tell. */
export const LAST_DAY = '2026-10-31';
const FIRST_CONVERSATION_DAYS = 900;
const AGAIN = 0.3;

/** The nth kind of plan of a seed. */
export function storyOf(seed: number, n: number): Story {
  const draw = random(seedOf(seed, 'story', n));
  const made = maker();
  const gender = draw.chance(0.55) ? 'female' : 'male';
  const prefix = draw.pick(PREFIXES);
  const first = dayAfter(LAST_DAY, -draw.whole(20, FIRST_CONVERSATION_DAYS));
  const patient = people.patient(random(seedOf(seed, 'born', n)), made, gender, prefix);
  const contacts = people.contacts(draw, made);
  const { team, kinds } = people.careTeam(draw, made, contacts[0]);
  const opening: Made[] = [patient, ...contacts, team, ...people.permissions(draw, made, first)];
  let flag = draw.chance(0.9) ? process.marking(draw, made, dayAfter(first, -draw.whole(0, 14))) : undefined;
  if (flag) opening.push(flag);
  const topics = topicsOf(draw);
  const chapters: Chapter[] = [];
  const hasPlan = draw.chance(0.6);
  let plan: Made | undefined;
  const count = Number(draw.weighted({ 1: 40, 2: 32, 3: 18, 4: 10 }));
  let date = first;
  for (let talk = 0; talk < count && date <= LAST_DAY; talk++) {
    const author = talk > 0 && draw.chance(0.2) ? draw.pick(kinds) : 'gp';
    const resources = talk === 0 ? opening : [];
    resources.push(...talkOf(draw, made, { date, author, contact: contacts[0] as Made, topics, isFirst: talk === 0 }));
    const session: Talk = sessionOf(made, resources, date, author, contacts[0] as Made);
    if (talk === 0 && hasPlan) {
      plan = process.plan(draw, made, session, dayAfter(date, 180));
      resources.push(plan);
    } else if (talk > 0 && author === 'gp') {
      if (plan) resources.push((plan = reviewed(plan, dayAfter(date, 180))));
      if (flag && draw.chance(0.7)) resources.push((flag = process.marking(draw, made, date, flag)));
    }
    chapters.push({ date, author, resources });
    date = dayAfter(date, draw.whole(30, 260));
  }
  const last = (chapters.at(-1) as Chapter).date;
  const death = dayAfter(last, draw.whole(3, 200));
  if (draw.chance(0.15) && death <= LAST_DAY) {
    const deceased = people.patient(random(seedOf(seed, 'born', n)), made, gender, prefix, death);
    chapters.push({ date: dayAfter(death, 1), author: 'gp', resources: [deceased, process.placeOfDeath(draw, made, death)] });
  }
  return { gender, chapters };
}

interface Topics {
  treatments: { code?: string; display?: string; text?: string }[];
  observed: (typeof agreements.OBSERVED)[number][];
  hasIcd: boolean;
}

/** What is spoken of with this patient at all. */
function topicsOf(draw: Random): Topics {
  const treatments: Topics['treatments'] = agreements.TREATMENTS.filter(({ share }) => draw.chance(share));
  if (draw.chance(0.15)) treatments.push({ text: draw.pick(OTHER_TREATMENTS) });
  const hasIcd = draw.chance(0.08);
  if (hasIcd)
    treatments.push({ text: 'Uitzetten van cardioverter-defibrillator in laatste levensfase (verrichting) (SNOMED CT - 400231000146108)' });
  return { treatments, observed: agreements.OBSERVED.filter(({ share }) => draw.chance(share)), hasIcd };
}

function talkOf(
  draw: Random,
  made: Maker,
  { date, author, contact, topics, isFirst }: { date: string; author: Kind; contact: Made; topics: Topics; isFirst: boolean },
): Made[] {
  const resources = process.conversation(made, date, roleOf(author), referTo(contact));
  const talk = sessionOf(made, resources, date, author, contact);
  const again = () => isFirst || draw.chance(AGAIN);
  resources.push(...topics.treatments.filter(again).map((what) => agreements.directive(draw, made, talk, what)));
  resources.push(...topics.observed.filter(again).map((what) => agreements.observation(draw, made, talk, what)));
  if (draw.chance(isFirst ? 0.85 : 0.2)) resources.push(agreements.policyGoal(draw, made, talk));
  if (draw.chance(isFirst ? 0.4 : 0.1)) resources.push(agreements.wishGoal(draw, made, talk));
  if (isFirst && draw.chance(0.2)) resources.push(agreements.advanceDirective(draw, made, talk, referTo(contact)));
  if (isFirst && topics.hasIcd) resources.push(...process.icd(draw, made, talk));
  if (isFirst && draw.chance(0.5)) resources.push(process.informRelatives(made, talk));
  const happenings = SCENARIOS.filter(() => draw.chance(isFirst ? 0.3 : 0.1));
  resources.push(...happenings.flatMap((what) => process.scenario(draw, made, talk, what)));
  if (author === 'gp' && draw.chance(0.08)) resources.push(process.kit(made, date));
  return resources;
}

function sessionOf({ patient }: Maker, resources: Made[], date: string, author: Kind, contact: Made): Talk {
  const encounter = referTo(resources.find(({ resourceType }) => resourceType === 'Encounter') as Made);
  return { date, encounter, with: roleOf(author), agreed: [patient, roleOf(author), referTo(contact)] };
}

/** The plan with the day of its next review: what the service added since stays, for the writer sends only what it wrote. */
function reviewed(plan: Made, review: string): Made {
  const { extension = [], ...rest } = plan as Made & { extension?: { url: string }[] };
  return { ...rest, extension: extension.map((x) => ('valueDate' in x ? { ...x, valueDate: review } : x)) } as Made;
}

/** Civil dates, counted without clocks. */
export function dayAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}
