// The sentences around an answer, the same on page and on paper: when, with whom, from where, and what silence and conflict mean.
import { ageInWords, dutchDay, NO_DATE } from './dutch.js';
import type { Person, Source } from './people.js';

export interface Told {
  date: string | null;
  agreedBy: Person[];
  source: Source | null;
}

/** What silence never means. */
export const SILENCE = 'Dit betekent niet: alles doen, en ook niet: niets doen.';
/** The same for a whole card. */
export const SILENCE_ANYWHERE = 'Waar geen afspraak is vastgelegd, betekent dat niet: alles doen, en ook niet: niets doen.';
export const UNCLEAR = 'Niet met zekerheid te duiden: raadpleeg de bron.';
export const UNCLEAR_WILL = 'Inhoud niet met zekerheid te duiden: raadpleeg de bron.';
export const NO_SWITCH_OFF = 'Er is geen afspraak over uitzetten vastgelegd.';

/** Nobody is to take what was seen through a broken glass for something the patient permitted. `until` is a moment in words. */
export const glassWords = (until: string): [what: string, more: string] => [
  'Ingezien zonder toestemming, om een noodgeval.',
  `Dit is vastgelegd met uw reden. De patiënt, de huisarts en de functionaris gegevensbescherming krijgen dit te zien. Geldig tot ${until}.`,
];

const NONE_CHOSEN = 'Geen ervan is hier gekozen. Nieuwste eerst. Overleg met de bronnen.';
export const decisionsConflict = (count: number) => `${count} afspraken spreken elkaar tegen. ${NONE_CHOSEN}`;
export const goalsConflict = (count: number) => `${count} vastgelegde doelen spreken elkaar tegen. ${NONE_CHOSEN}`;

export const sourceName = (source: Source | null) => source?.organization ?? 'organisatie onbekend';

/** `14 maanden geleden` and the day; no age where the day is not known. */
export function whenWords(date: string | null, now: number): { ago?: string; day: string } {
  const day = dutchDay(date ?? undefined);
  return day === NO_DATE ? { day: 'op onbekende datum' } : { ago: ageInWords(date ?? undefined, now), day };
}

/** `Met dr. A. de Wit (huisarts), patiënt. Bron: Praktijk De Linde.` */
export function partiesWords({ agreedBy, source }: Told): string {
  const organization = sourceName(source);
  const who = agreedBy.length > 0 ? `Met ${agreedBy.map((person) => briefly(person, organization)).join(', ')}.` : 'Niet vermeld met wie.';
  return `${who} Bron: ${organization}.`;
}

/** The patient in one word, others by name and role; the organisation only where it is not the source itself. */
function briefly({ name, role, organization, kind }: Person, source: string): string {
  if (kind === 'patient') return 'patiënt';
  const more = [role, organization === source ? undefined : organization].filter(Boolean).join(', ');
  return more === '' ? name : `${name} (${more})`;
}
