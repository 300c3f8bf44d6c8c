// What differs between two answers about one patient: what a holder of the older one must know.
import type { EmergencyCard } from './card.js';
import type { CardDecision } from './card-decisions.js';
import type { Withdrawal } from './withdrawal.js';
import { decisionWords } from './wording.js';

export interface Change {
  /** Dutch: the treatment, or the part of the plan. */
  what: string;
  before: string | null;
  after: string | null;
  /** Organisations that recorded what stands now, or who withdrew what stood; null when nobody is known. */
  by: string | null;
  /** As the source gives it. */
  when: string | null;
}

const PARTS = {
  advanceDirectives: 'Wilsverklaringen',
  goal: 'Doel van de behandeling',
  preferredPlaceOfDeath: 'Voorkeursplek van overlijden',
  capacity: 'Wilsbekwaamheid',
  representative: 'Vertegenwoordiger',
  firstContact: 'Eerste contactpersoon',
  contacts: 'Contactpersonen',
  icd: 'ICD',
  wishes: 'Wensen voor de zorg',
  otherInformation: 'Wat verder belangrijk is',
  euthanasia: 'Standpunt over euthanasie',
  organDonation: 'Donorregister',
  informRelatives: 'Naasten informeren',
  scenarios: 'Wat te doen als',
  palliativeKit: 'Palliatieve spoedkit',
  careTeam: 'Zorgteam',
  patient: 'Persoonsgegevens',
  warnings: 'Waarschuwingen',
} as const satisfies Partial<Record<keyof EmergencyCard, string>>;

/** Decisions first, in the order of the card. `withdrawals` by reference of the agreement. Undefined cards tell nothing. */
export function changesBetween(
  before: EmergencyCard | undefined,
  after: EmergencyCard | undefined,
  withdrawals: ReadonlyMap<string, Withdrawal> = new Map(),
): Change[] {
  const keys = [...new Set([...(after?.decisions ?? []), ...(before?.decisions ?? [])].map(keyOf))];
  const decisions = keys.flatMap((key) => {
    const [old, current] = [before, after].map((card) => card?.decisions.filter((one) => keyOf(one) === key) ?? []) as [
      CardDecision[],
      CardDecision[],
    ];
    return said(old) === said(current) ? [] : [decisionChange(old, current, withdrawals)];
  });
  const parts = (Object.keys(PARTS) as (keyof typeof PARTS)[]).flatMap((part) => {
    const [old, current] = [before?.[part], after?.[part]];
    if (JSON.stringify(old) === JSON.stringify(current)) return [];
    return [{ what: PARTS[part], before: textOf(old), after: textOf(current), ...originOf(current) }];
  });
  return [...decisions, ...parts];
}

/** References of agreements that the older card tells and the newer does not. */
export function goneBetween(before: EmergencyCard | undefined, after: EmergencyCard | undefined): string[] {
  const told = (card: EmergencyCard | undefined) => (card?.decisions ?? []).flatMap(({ source }) => source?.reference ?? []);
  const current = new Set(told(after));
  return [...new Set(told(before))].filter((reference) => !current.has(reference));
}

const keyOf = ({ treatment }: CardDecision) => JSON.stringify([treatment.system, treatment.code ?? treatment.display]);

const said = (list: CardDecision[]) =>
  JSON.stringify(list.map(({ decision, text, date, source, comment }) => [decision, text, date, source?.reference, comment]));

function decisionChange(old: CardDecision[], current: CardDecision[], withdrawals: ReadonlyMap<string, Withdrawal>): Change {
  const [first] = [...current, ...old] as [CardDecision];
  const told = current.filter(({ source }) => source !== null);
  const withdrawal = old.map(({ source }) => withdrawals.get(source?.reference ?? '')).find((one) => one !== undefined);
  const recorded = [...new Set(told.flatMap(({ source }) => source?.organization ?? []))].join(', ') || null;
  return {
    what: first.treatment.display,
    before: wordsOf(old),
    after: wordsOf(current),
    by: told.length === 0 && withdrawal ? `Ingetrokken door ${withdrawal.by?.display ?? withdrawal.who}` : recorded,
    when: told.length === 0 && withdrawal ? withdrawal.when : (told[0]?.date ?? null),
  };
}

function wordsOf(list: CardDecision[]): string | null {
  const words = list.map((one) => [decisionWords(one), one.decision === 'not-recorded' ? null : one.text].filter(Boolean).join(': '));
  return words.length === 0 ? null : words.join(' / ');
}

/** Lists and people are told as changed, not word by word. */
function textOf(part: unknown): string | null {
  const { text, name } = (part ?? {}) as { text?: unknown; name?: unknown };
  return typeof text === 'string' ? text : typeof name === 'string' ? name : null;
}

function originOf(part: unknown): Pick<Change, 'by' | 'when'> {
  const { date, source } = (part ?? {}) as { date?: string | null; source?: { organization?: string | null } | null };
  return { by: source?.organization ?? null, when: date ?? null };
}
