// How decisions are said aloud and shown in Dutch: one wording for page, document and everything that is read by people.
import type { CardDecision } from './card-decisions.js';
import * as codes from './codes.js';
import { dutchDay, inSentence } from './dutch.js';
import type { Person } from './people.js';

interface Said {
  do: string;
  not: string;
}

const KNOWN: Record<string, Said> = {
  [codes.CPR]: { do: 'Wel reanimeren', not: 'Niet reanimeren' },
  [codes.VENTILATION]: { do: 'Wel beademen', not: 'Niet beademen' },
  [codes.ICU_ADMISSION]: { do: 'Wel naar de intensive care', not: 'Niet naar de intensive care' },
  [codes.HOSPITAL_ADMISSION]: { do: 'Wel naar het ziekenhuis', not: 'Niet naar het ziekenhuis' },
  [codes.ANTIBIOTICS]: { do: 'Wel antibiotica', not: 'Geen antibiotica' },
  [codes.BLOOD_PRODUCT]: { do: 'Wel bloedproducten', not: 'Geen bloedproducten' },
  [codes.ICD_SWITCH_OFF]: { do: 'ICD wel uitzetten', not: 'ICD niet uitzetten' },
};

/** The decision in a few words that cannot be taken for another: `Niet reanimeren`. */
export function decisionWords({ treatment, decision }: Pick<CardDecision, 'treatment' | 'decision'>): string {
  switch (decision) {
    case 'do':
      return KNOWN[treatment.code ?? '']?.do ?? 'Wel doen';
    case 'do-not':
      return KNOWN[treatment.code ?? '']?.not ?? 'Niet doen';
    case 'do-with-limits':
      return 'Alleen zoals beschreven';
    case 'unknown':
      return 'Geen besluit bekend';
    case 'not-recorded':
      return 'Geen afspraak vastgelegd';
    case 'cannot-interpret':
      return 'Niet te duiden: raadpleeg de bron';
  }
}

/** `Dr. A. de Wit (huisarts, Praktijk De Linde), patiënt`. */
export function peopleWords(people: readonly Person[]): string {
  return people.map(personWords).join(', ');
}

export function personWords({ name, role, organization }: Person): string {
  const more = [role, organization].filter(Boolean).join(', ');
  return more === '' ? name : `${name} (${more})`;
}

/** One decision as a sentence that can be read aloud, with date, who agreed and source. */
export function decisionSentence(decision: CardDecision): string {
  const { treatment, text, comment, treatmentWords, agreedBy, source, date, conflict } = decision;
  const parts = [`${treatment.display}: ${inSentence(decisionWords(decision))}.`];
  if (conflict) parts.unshift('Let op, de bronnen spreken elkaar tegen.');
  if (text !== null) parts.push(decision.decision === 'do-with-limits' || decision.decision === 'unknown' ? `“${text}”` : text);
  if (treatmentWords !== undefined) parts.push(`De bron noemt de behandeling: “${treatmentWords}”.`);
  if (comment !== undefined) parts.push(`Toelichting: “${comment}”`);
  if (source === null) return parts.join(' ');
  parts.push(`Afgesproken: ${dutchDay(date ?? undefined)}${agreedBy.length > 0 ? `, met ${peopleWords(agreedBy)}` : ''}.`);
  parts.push(`Bron: ${source.organization ?? 'organisatie onbekend'}.`);
  return parts.join(' ');
}
