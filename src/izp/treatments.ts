// Which treatment a directive is about: one of six core treatments, switching off an ICD, or another, by code or by text.
import type { CodeableConcept } from '@medplum/fhirtypes';
import * as codes from './codes.js';
import { codingsOf, conceptText, filled, isSnomed, snomedCodes } from './concepts.js';
import { foldWords } from './fold-words.js';

export interface Treatment {
  /** Directives with the same key are about the same treatment. */
  key: string;
  system?: string;
  code?: string;
  /** Dutch for known treatments, the sender's own words for others. */
  display: string;
  /** Reading order in which decisions are listed. */
  rank: number;
}

/** What one provision.code says. `unclear` when no decision can safely be tied to it. */
export interface TreatmentReading {
  treatments: Treatment[];
  unclear: boolean;
  /** The sender's own words where they may say more than the code: shown beside the Dutch display. */
  words?: string;
}

const known = (code: string, display: string, rank: number): Treatment => ({ key: code, system: codes.SNOMED, code, display, rank });

/** The core treatments in the order an ambulance needs them: always present in the answer. */
export const CORE_TREATMENTS: readonly Treatment[] = [
  known(codes.CPR, 'Reanimatie', 0),
  known(codes.VENTILATION, 'Beademing', 1),
  known(codes.ICU_ADMISSION, 'Opname op de intensive care', 2),
  known(codes.HOSPITAL_ADMISSION, 'Opname in het ziekenhuis', 3),
  known(codes.ANTIBIOTICS, 'Antibiotica', 4),
  known(codes.BLOOD_PRODUCT, 'Bloedproducten', 5),
];

export const ICD_TREATMENT: Treatment = known(codes.ICD_SWITCH_OFF, 'Uitzetten van de ICD', 6);
const OTHER_RANK = 7;

const KNOWN: ReadonlyMap<string, Treatment> = new Map([...CORE_TREATMENTS, ICD_TREATMENT].map((t) => [t.key, t]));

/** Names that mean exactly a known treatment, folded; a text that says anything more is another treatment. */
const NAMES: Record<string, readonly string[]> = {
  [codes.CPR]: ['reanimatie', 'reanimeren', 'cardiopulmonale resuscitatie', 'cardiopulmonary resuscitation', 'cpr'],
  [codes.VENTILATION]: ['beademing', 'beademen', 'kunstmatige beademing', 'kunstmatige invasieve beademing', 'artificial respiration'],
  [codes.ICU_ADMISSION]: ['opname op intensive care', 'opname op de intensive care', 'ic opname', 'opname ic', 'admit to itu'],
  [codes.HOSPITAL_ADMISSION]: ['opname in ziekenhuis', 'opname in het ziekenhuis', 'ziekenhuisopname', 'hospital admission'],
  [codes.ANTIBIOTICS]: ['antibiotica', 'antibiotische therapie', 'behandeling met antibiotica', 'antibiotic therapy'],
  [codes.BLOOD_PRODUCT]: [
    'bloedproducten',
    'toediening van bloedproduct',
    'toediening van een bloedproduct',
    'administration of blood product',
  ],
  [codes.ICD_SWITCH_OFF]: [
    'uitzetten icd',
    'uitzetten van de icd',
    'icd uitzetten',
    'uitzetten van cardioverter defibrillator in laatste levensfase verrichting',
  ],
};

const BY_NAME: ReadonlyMap<string, Treatment> = new Map(
  Object.entries(NAMES).flatMap(([code, names]) => names.map((name) => [name, KNOWN.get(code) as Treatment] as const)),
);

const UNSTATED: Treatment = { key: 'unstated', display: 'Behandeling niet vermeld', rank: OTHER_RANK };

/** Reads one provision.code: a known code counts first, then another code, then a known code or exact name inside the text. */
export function readTreatment(concept: CodeableConcept): TreatmentReading {
  const coded = distinct(snomedCodes(concept).flatMap((code) => KNOWN.get(code) ?? []));
  if (coded.length > 0) return { treatments: coded, unclear: coded.length > 1, ...moreWords(concept, coded) };

  const meaningful = codingsOf(concept).filter((c) => c.system !== codes.NULL_FLAVOR && filled(c.code));
  const text = conceptText(concept);
  const byName = namedBy(concept);
  // A code of the sender's own beside the exact name of a treatment; another SNOMED CT code says something else than the name.
  if (byName && !meaningful.some((c) => isSnomed(c.system))) return { treatments: [byName], unclear: false };
  if (meaningful.length > 0) {
    const names = meaningful.map((c) => `${c.system ?? ''}|${c.code}`).sort();
    const first = meaningful.find((c) => `${c.system ?? ''}|${c.code}` === names[0]);
    return {
      treatments: [{ key: names[0] as string, system: first?.system, code: first?.code, display: text as string, rank: OTHER_RANK }],
      unclear: false,
    };
  }

  const words =
    filled(concept.text) ??
    codingsOf(concept)
      .map((c) => (c.code === 'OTH' || c.code === 'UNK' ? undefined : filled(c.display)))
      .find(Boolean);
  if (words === undefined) return { treatments: [UNSTATED], unclear: true };
  const named = distinct((words.match(/\d{6,18}/g) ?? []).flatMap((code) => KNOWN.get(code) ?? []));
  if (named.length === 1) return { treatments: named, unclear: false, ...moreWords(concept, named) };
  return { treatments: [{ key: `text|${foldWords(words)}`, display: words, rank: OTHER_RANK }], unclear: named.length > 1 };
}

/** The treatment that every name the sender gives means exactly. */
function namedBy(concept: CodeableConcept): Treatment | undefined {
  const names = [concept.text, ...codingsOf(concept).map((c) => (c.system === codes.NULL_FLAVOR ? undefined : c.display))];
  const said = names.flatMap((name) => filled(name) ?? []).map((name) => BY_NAME.get(foldWords(name)));
  return said.every((treatment) => treatment === said[0]) ? said[0] : undefined;
}

/** What a directive without any provision.code is about. */
export const NO_TREATMENT: TreatmentReading = { treatments: [UNSTATED], unclear: true };

function distinct(list: Treatment[]): Treatment[] {
  return [...new Set(list)].sort((a, b) => a.rank - b.rank);
}

/** The concept's text, unless it is only a name of the treatment or repeats its code. */
function moreWords(concept: CodeableConcept, treatments: Treatment[]): { words?: string } {
  const text = filled(concept.text);
  if (text === undefined) return {};
  const folded = foldWords(text.replace(/SNOMED CT\s*-\s*\d+/gi, ''));
  const plain =
    treatments.length === 1 &&
    (BY_NAME.get(folded) === treatments[0] || isDisplay(concept, folded) || folded === foldWords(treatments[0]?.display ?? ''));
  return plain ? {} : { words: text };
}

function isDisplay(concept: CodeableConcept, folded: string): boolean {
  return codingsOf(concept).some((c) => c.display !== undefined && foldWords(c.display) === folded);
}
