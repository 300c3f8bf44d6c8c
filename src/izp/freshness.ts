// How fresh an answer is. Dates are kept with the answer; what is counted from today is counted when it is told, so that no stored
// word grows untrue and no answer has to be made anew because a day went by.
import { dutchDate, intervalOf } from '../fhir/dates.js';
import { ageInWords, dutchDay } from './dutch.js';

export interface FreshnessDates {
  /** When the newest of what stands in the answer was agreed, as its source gives it. */
  agreedOn: string | null;
  /** Dutch civil date by which it is to be reviewed. */
  reviewDue: string | null;
}

export interface Freshness extends FreshnessDates {
  /** `14 maanden geleden`. */
  agreedAgo: string | null;
  /** `8 maanden` past the review date; null when it is not past, or there is none. */
  reviewOverdue: string | null;
  /** Both in one sentence. Dutch. */
  text: string;
}

/** The latest of these dates that is not in the future. */
export function newestDate(dates: readonly (string | undefined | null)[], now: number): string | null {
  const known = dates.flatMap((date) => {
    const interval = date ? intervalOf(date) : undefined;
    return date && interval && interval.start <= now ? [{ date, start: interval.start }] : [];
  });
  return known.sort((a, b) => b.start - a.start || (a.date < b.date ? -1 : 1))[0]?.date ?? null;
}

/** As it is read at `now` (epoch milliseconds). */
export function freshnessOf({ agreedOn, reviewDue }: FreshnessDates, now: number): Freshness {
  const agreedAgo = agreedOn === null ? null : ageInWords(agreedOn, now);
  const isOverdue = reviewDue !== null && dayAfter(reviewDue) <= dutchDate(now);
  const reviewOverdue = isOverdue ? lateBy(reviewDue, now) : null;
  const agreed = agreedAgo === null ? 'Niet vermeld wanneer dit is vastgesteld' : `Vastgesteld ${agreedAgo}`;
  const review =
    reviewDue === null
      ? 'geen herziening afgesproken'
      : reviewOverdue === null
        ? `te herzien voor ${dutchDay(reviewDue)}`
        : `herziening ${reviewOverdue} te laat`;
  return { agreedOn, agreedAgo, reviewDue, reviewOverdue, text: `${agreed}, ${review}.` };
}

function dayAfter(day: string): string {
  const interval = intervalOf(day);
  return interval ? dutchDate(interval.end + 1) : '9999-12-31';
}

function lateBy(day: string, now: number): string {
  const words = ageInWords(day, now);
  return words === 'gisteren' ? '1 dag' : words.replace(/ geleden$/, '');
}

const MARK = '"freshness":';

/** What is counted changes with the Dutch day alone: counted once a day for each pair of dates, of which there are few. */
const KEPT = 10_000;
const counted = new Map<string, string>();
let countedOn = '';

/** The text of a card as it was kept, with what is counted from today: the dates stand in its last property. */
export function withFreshness(card: string, now: number): string {
  const at = card.lastIndexOf(MARK);
  if (at === -1) return card;
  const end = card.indexOf('}', at) + 1;
  return `${card.slice(0, at + MARK.length)}${countedFrom(card.slice(at + MARK.length, end), now)}${card.slice(end)}`;
}

/** JSON of the freshness at `now`, from the JSON of its dates. */
function countedFrom(dates: string, now: number): string {
  const today = dutchDate(now);
  if (today !== countedOn || counted.size >= KEPT) counted.clear();
  countedOn = today;
  const known = counted.get(dates);
  if (known !== undefined) return known;
  const text = JSON.stringify(freshnessOf(JSON.parse(dates) as FreshnessDates, now));
  counted.set(dates, text);
  return text;
}
