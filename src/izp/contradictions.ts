// Agreements that cannot all be carried out, or that serve different ends: told to whoever writes and whoever reads, never mended.
// Only what is plainly yes or no counts: limits in words must be read, and what is unknown contradicts nothing.
import * as codes from './codes.js';
import type { Decision } from './decisions.js';

export interface Contradiction {
  rule: string;
  /** Dutch: what contradicts what, and why. */
  text: string;
}

export interface AgreedFacts {
  decisions: readonly Pick<Decision, 'treatment' | 'decision'>[];
  /** SNOMED CT codes of the current goals of policy. */
  goals: ReadonlySet<string>;
  /** Code of izp-phase. */
  phase?: string;
  /** True while an ICD is in use. */
  hasIcd?: boolean;
}

interface Rule {
  id: string;
  holds(facts: Told): boolean;
  text: string;
}

interface Told {
  isYes(code: string): boolean;
  isNo(code: string): boolean;
  isComfortOnly: boolean;
  isDying: boolean;
  hasIcd: boolean;
}

/** Yes to the one and no to the other. */
const against = (id: string, yes: string, no: string, text: string): Rule => ({
  id,
  holds: (facts) => facts.isYes(yes) && facts.isNo(no),
  text,
});

/** Yes to a treatment that prolongs life, beside the goal that says that nothing does. */
const beyondComfort = (id: string, yes: string, text: string): Rule => ({
  id,
  holds: (facts) => facts.isYes(yes) && facts.isComfortOnly,
  text,
});

/**
 * Not here, because they do not contradict: a hospital admission beside symptoms only or beside the wish to die at home (a fracture
 * may be set, a wish is no limit), antibiotics and blood products beside symptoms only (both relieve), no resuscitation beside cure.
 */
export const CONTRADICTION_RULES: readonly Rule[] = [
  against(
    'cpr-ventilation',
    codes.CPR,
    codes.VENTILATION,
    'Reanimatie: wel, beademing: niet. Bij reanimatie hoort beademing, en wie terugkomt wordt vaak beademd.',
  ),
  against(
    'cpr-icu',
    codes.CPR,
    codes.ICU_ADMISSION,
    'Reanimatie: wel, opname op de intensive care: niet. Na een geslaagde reanimatie volgt opname op de intensive care.',
  ),
  against(
    'cpr-hospital',
    codes.CPR,
    codes.HOSPITAL_ADMISSION,
    'Reanimatie: wel, opname in het ziekenhuis: niet. Na een geslaagde reanimatie volgt opname in het ziekenhuis.',
  ),
  against(
    'ventilation-icu',
    codes.VENTILATION,
    codes.ICU_ADMISSION,
    'Beademing: wel, opname op de intensive care: niet. Beademing gebeurt op de intensive care.',
  ),
  against(
    'ventilation-hospital',
    codes.VENTILATION,
    codes.HOSPITAL_ADMISSION,
    'Beademing: wel, opname in het ziekenhuis: niet. Beademing gebeurt in het ziekenhuis.',
  ),
  against(
    'icu-hospital',
    codes.ICU_ADMISSION,
    codes.HOSPITAL_ADMISSION,
    'Opname op de intensive care: wel, opname in het ziekenhuis: niet. De intensive care is in het ziekenhuis.',
  ),
  beyondComfort(
    'cpr-comfort',
    codes.CPR,
    'Reanimatie: wel, doel: alleen verlichting van klachten. Reanimatie verlengt het leven en verlicht geen klachten.',
  ),
  beyondComfort(
    'ventilation-comfort',
    codes.VENTILATION,
    'Beademing: wel, doel: alleen verlichting van klachten. Beademing is levensverlengend en belastend.',
  ),
  beyondComfort(
    'icu-comfort',
    codes.ICU_ADMISSION,
    'Opname op de intensive care: wel, doel: alleen verlichting van klachten. De intensive care is gericht op overleven.',
  ),
  {
    id: 'icd-comfort',
    holds: (facts) => facts.isNo(codes.ICD_SWITCH_OFF) && facts.isComfortOnly,
    text: 'ICD: niet uitzetten, doel: alleen verlichting van klachten. Een ICD die aan blijft, kan bij het sterven pijnlijke schokken geven.',
  },
  {
    id: 'icd-dying',
    holds: (facts) => facts.hasIcd && facts.isDying && !facts.isYes(codes.ICD_SWITCH_OFF),
    text: 'Stervensfase, en er is niet afgesproken de ICD uit te zetten. Een ICD die aan blijft, kan bij het sterven pijnlijke schokken geven.',
  },
];

/** Every rule that holds, in the order of the table. */
export function contradictionsOf({ decisions, goals, phase, hasIcd = false }: AgreedFacts): Contradiction[] {
  // Where sources differ on one treatment, that is told as such: neither side is taken for what was agreed.
  const says = (code: string, decision: string) => {
    const on = decisions.filter(({ treatment }) => treatment.key === code);
    return on.length > 0 && on.every((one) => one.decision === decision);
  };
  const told: Told = {
    isYes: (code) => says(code, 'do'),
    isNo: (code) => says(code, 'do-not'),
    isComfortOnly: goals.has(codes.GOAL_SYMPTOMS_ONLY) || goals.has(codes.GOAL_SYMPTOMS_ONLY_FORM),
    isDying: phase === 'dying',
    hasIcd,
  };
  return CONTRADICTION_RULES.filter((rule) => rule.holds(told)).map(({ id, text }) => ({ rule: id, text }));
}
