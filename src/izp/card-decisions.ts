// Decisions and advance directives as the card tells them: with who agreed, when, and from which source.
import type { Consent } from '@medplum/fhirtypes';
import type { Coded } from './card-items.js';
import { CPR, LIVING_WILL_TYPE, ROLE_CODE } from './codes.js';
import { hasCode } from './concepts.js';
import type { AdvanceDirective, Decision, DecisionKind, Decisions } from './decisions.js';
import { commentOf } from './directive.js';
import { wordsOfCode } from './dutch.js';
import { clean, type People, type Person, type Source } from './people.js';

export interface CardDecision {
  /** A treatment told in words alone has no system and no code. */
  treatment: { system: string | null; code: string | null; display: string };
  decision: DecisionKind;
  /** Must be read with the decision. Dutch. */
  text: string | null;
  date: string | null;
  agreedBy: Person[];
  /** Null only when not recorded. */
  source: Source | null;
  superseded: false;
  conflict: boolean;
  /** The source's remark, and its own words for the treatment where they say more than the code. */
  comment?: string;
  treatmentWords?: string;
  /** Other sources that say the same. */
  alsoFrom?: { date: string | null; source: Source; comment?: string }[];
  /** Why the source cannot be interpreted. */
  obstacles?: string[];
  /** A will about the same treatment, to be read with it. */
  advanceDirectives?: CardAdvanceDirective[];
}

export interface CardAdvanceDirective {
  type: Coded;
  /** False: there is such a document, and what it says here cannot be interpreted. */
  interpretable: boolean;
  text: string | null;
  date: string | null;
  representative?: Person;
  source: Source;
}

export interface CardWarning {
  code:
    | 'conflict'
    | 'contradiction'
    | 'resuscitation-will-differs'
    | 'patient-not-interpretable'
    | 'deceased'
    | 'other-record'
    | 'several-representatives'
    | 'form-not-processed';
  /** Dutch. */
  text: string;
}

export const NOT_RECORDED_TEXT = 'Geen afspraak vastgelegd. Dit betekent niet: alles doen, en ook niet: niets doen.';
const NR = 'NR';

export function cardDecisions(decisions: Decisions, wills: CardAdvanceDirective[], people: People): CardDecision[] {
  const aboutCpr = wills.filter(isResuscitationWill);
  return decisions.treatments.map((decision) => {
    const { system, code, display } = decision.treatment;
    const card: CardDecision = {
      treatment: { system: system ?? null, code: code ?? null, display },
      decision: decision.decision,
      text: decision.text ?? (decision.decision === 'not-recorded' ? NOT_RECORDED_TEXT : null),
      date: decision.date ?? null,
      agreedBy: decision.entry ? people.agreedBy(decision.entry.resource) : [],
      source: decision.entry ? people.sourceOf(decision.entry) : null,
      superseded: false,
      conflict: decision.conflict,
      comment: decision.comment,
      treatmentWords: decision.treatmentWords,
      alsoFrom: alsoFrom(decision, people),
      obstacles: decision.obstacles.length > 0 ? decision.obstacles : undefined,
      advanceDirectives: code === CPR && aboutCpr.length > 0 ? aboutCpr : undefined,
    };
    return clean(card);
  });
}

export function cardAdvanceDirectives(decisions: Decisions, people: People): CardAdvanceDirective[] {
  return decisions.advanceDirectives.map(({ type, interpretable, text, comment, date, entry }: AdvanceDirective) => {
    const representative = (entry.resource as Consent).provision?.actor?.find((actor) => hasCode(actor.role, ROLE_CODE, 'RESPRSN'));
    return clean({
      type: clean({ system: type.system, code: type.code, display: wordsOfCode(type.system, type.code) ?? type.display }),
      interpretable,
      text: [text, comment].filter(Boolean).join('\n') || null,
      date: date ?? null,
      representative: representative?.reference ? people.personOf(representative.reference, entry.resource) : undefined,
      source: people.sourceOf(entry),
    });
  });
}

/** What nobody may miss: sources that contradict each other, and a will not to be resuscitated beside another decision. */
export function warningsOf(decisions: CardDecision[], wills: CardAdvanceDirective[]): CardWarning[] {
  const conflicts = [...new Set(decisions.filter((d) => d.conflict).map((d) => d.treatment.display))];
  const warnings: CardWarning[] = conflicts.map((treatment) => ({
    code: 'conflict',
    text: `${treatment}: de bronnen spreken elkaar tegen. Alle afspraken staan hieronder.`,
  }));
  const will = wills.find(isResuscitationWill);
  const cpr = decisions.filter((d) => d.treatment.code === CPR);
  if (will && cpr.some((d) => d.decision !== 'do-not')) {
    warnings.push({
      code: 'resuscitation-will-differs',
      text: cpr.every((d) => d.decision === 'not-recorded')
        ? 'Er is een niet-reanimerenverklaring vastgelegd, en geen behandelafspraak over reanimatie.'
        : 'Er is een niet-reanimerenverklaring vastgelegd, maar de behandelafspraak over reanimatie luidt anders.',
    });
  }
  return warnings;
}

function isResuscitationWill({ type }: CardAdvanceDirective): boolean {
  return type.system === LIVING_WILL_TYPE && type.code === NR;
}

function alsoFrom(decision: Decision, people: People): CardDecision['alsoFrom'] {
  if (decision.alsoFrom.length === 0) return undefined;
  return decision.alsoFrom.map((entry) => {
    const consent = entry.resource as Consent;
    return clean({ date: consent.dateTime ?? null, source: people.sourceOf(entry), comment: commentOf(consent) });
  });
}
