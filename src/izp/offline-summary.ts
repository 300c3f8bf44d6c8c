// The six core decisions as compact claims, for a signed code on paper that can be checked without network; and the same in words.
// Nothing is dropped: conflict, unknown and cannot-interpret are values of their own. Never a BSN.
import { dutchDate, intervalOf } from '../fhir/dates.js';
import { isObject } from '../fhir/json.js';
import type { EmergencyCard } from './card.js';
import type { CardDecision, CardWarning } from './card-decisions.js';
import { SILENCE_ANYWHERE } from './card-words.js';
import type { DecisionKind } from './decisions.js';
import { ageInWords, dutchDay } from './dutch.js';
import { CORE_TREATMENTS } from './treatments.js';
import { decisionWords } from './wording.js';

/** typ of the JWS. */
export const OFFLINE_SUMMARY_TYPE = 'izp-summary+jwt';

/** Days a copy on paper is taken for what it says: as long as a review takes to come round at the earliest. */
export const OFFLINE_SUMMARY_DAYS = 90;
const DAY_MS = 86_400_000;

export type OfflineDecision = DecisionKind | 'conflict';

/** One letter for each decision, in the order of CORE_TREATMENTS. */
const LETTERS: Record<OfflineDecision, string> = {
  do: 'y',
  'do-not': 'n',
  'do-with-limits': 'l',
  unknown: 'u',
  'not-recorded': 'r',
  'cannot-interpret': 'c',
  conflict: 'x',
};

/** What else nobody may miss, a letter each. */
const WARNINGS: Record<CardWarning['code'], { letter: string; text: string }> = {
  conflict: { letter: 'c', text: 'De bronnen spreken elkaar tegen.' },
  contradiction: { letter: 't', text: 'Er zijn afspraken die niet bij elkaar passen.' },
  'resuscitation-will-differs': {
    letter: 'n',
    text: 'Er is een niet-reanimerenverklaring vastgelegd, en de behandelafspraak over reanimatie zegt niet hetzelfde.',
  },
  'patient-not-interpretable': { letter: 'p', text: 'De gegevens van de patiënt zijn niet met zekerheid te duiden.' },
  deceased: { letter: 'd', text: 'Deze patiënt staat geregistreerd als overleden.' },
  'other-record': { letter: 'o', text: 'Het dossier is vervangen of verwijst naar een ander dossier.' },
  'several-representatives': { letter: 'r', text: 'Er is meer dan één wettelijk vertegenwoordiger vastgelegd.' },
  'form-not-processed': { letter: 'f', text: 'Er is een formulier dat niet in deze afspraken is verwerkt.' },
};

/** UTF-8 bytes of a name that go in: longer ones end in an ellipsis, so that the code stays small enough to be read. */
const MAX_NAME_BYTES = 60;

/** Claims of the JWS; iat and exp in seconds. */
export interface OfflineClaims {
  iss: string;
  iat: number;
  exp: number;
  /** Version of the plan, as the card tells it. */
  v: string;
  /** Name and birth date: enough to see that the paper belongs to the person. */
  n: string;
  b?: string;
  /** Letters of the six decisions. */
  d: string;
  /** Letters of the warnings; absent without any. */
  w?: string;
  /** When the newest of it was agreed. */
  g?: string;
}

/** The claims for a card. `issuer` is the service's own address; valid from `now` (epoch milliseconds) to the end of the last day. */
export function offlineClaims(card: EmergencyCard, issuer: string, now: number): OfflineClaims {
  const { patient, version, freshness } = card;
  const lastDay = intervalOf(dutchDate(now + OFFLINE_SUMMARY_DAYS * DAY_MS)) as { end: number };
  const warnings = [...new Set(card.warnings.map(({ code }) => WARNINGS[code].letter))].sort().join('');
  return {
    iss: issuer,
    iat: Math.floor(now / 1000),
    exp: Math.floor(lastDay.end / 1000),
    v: version,
    n: shortened(patient.name),
    ...(patient.birthDate !== null && { b: patient.birthDate }),
    d: CORE_TREATMENTS.map(({ code }) => LETTERS[offlineDecision(card.decisions.filter((d) => d.treatment.code === code))]).join(''),
    ...(warnings !== '' && { w: warnings }),
    ...(freshness.agreedOn !== null && { g: freshness.agreedOn.slice(0, 'YYYY-MM-DD'.length) }),
  };
}

function shortened(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  const letters = [...name];
  while (Buffer.byteLength(`${letters.join('')}…`) > MAX_NAME_BYTES) letters.pop();
  return `${letters.join('')}…`;
}

/** What the decisions on one treatment come to: several that stand beside each other are none. */
function offlineDecision(decisions: readonly CardDecision[]): OfflineDecision {
  const [first] = decisions;
  if (first === undefined) return 'cannot-interpret';
  return decisions.length > 1 || first.conflict ? 'conflict' : first.decision;
}

/** True for claims as offlineClaims makes them. */
export function isOfflineClaims(claims: unknown): claims is OfflineClaims {
  if (!isObject(claims)) return false;
  const texts = [claims.iss, claims.v, claims.n, claims.d];
  const optional = [claims.b, claims.w, claims.g].filter((claim) => claim !== undefined);
  const isText = (value: unknown) => typeof value === 'string';
  const isTime = (value: unknown) => typeof value === 'number' && Number.isFinite(value);
  return (
    [...texts, ...optional].every(isText) &&
    [claims.iat, claims.exp].every(isTime) &&
    [...String(claims.d)].length === CORE_TREATMENTS.length
  );
}

/** The summary in plain Dutch, as it is read at `now` (epoch milliseconds): what it says, how old it is, what to do. */
export function offlineSummaryLines(claims: OfflineClaims, now: number): string[] {
  const made = dutchDate(claims.iat * 1000);
  return [
    `${claims.n}, ${claims.b === undefined ? 'geboortedatum onbekend' : `geboren ${dutchDay(claims.b)}`}`,
    '',
    ...CORE_TREATMENTS.flatMap((treatment, i) => decisionLines(treatment, [...claims.d][i])),
    ...(claims.w === undefined ? [] : ['', ...[...claims.w].map((letter) => `Let op: ${warningWords(letter)}`)]),
    '',
    ...(claims.d.includes(LETTERS['not-recorded']) ? [SILENCE_ANYWHERE] : []),
    `Vastgesteld: ${dutchDay(claims.g)}. Versie ${claims.v} van het plan.`,
    `Dit is een papieren kopie van ${dutchDay(made)} (${ageInWords(made, now)}), geldig tot en met ${dutchDay(dutchDate(claims.exp * 1000))}.`,
    'De patiënt kan sindsdien iets anders hebben gezegd. Kijk waar het kan in het plan zelf, vraag de patiënt of de vertegenwoordiger, en lees de toelichting op het papier.',
    `Afgegeven door ${claims.iss}.`,
  ];
}

const SAID: Partial<Record<OfflineDecision, string>> = {
  conflict: 'TEGENSTRIJDIG: de bronnen spreken elkaar tegen, geen ervan is gekozen. Overleg met de bronnen',
  'do-with-limits': 'Alleen zoals beschreven: de beschrijving staat op het papier en in het plan',
};

function decisionLines(treatment: { code?: string; display: string }, letter: string | undefined): string[] {
  const [found] = Object.entries(LETTERS).find(([, one]) => one === letter) ?? ['cannot-interpret'];
  const decision = found as OfflineDecision;
  const { code = null, display } = treatment;
  const said = SAID[decision] ?? decisionWords({ treatment: { system: null, code, display }, decision: decision as DecisionKind });
  return [`${display}: ${said}.`];
}

function warningWords(letter: string): string {
  return Object.values(WARNINGS).find((one) => one.letter === letter)?.text ?? 'iets dat deze versie niet kent: raadpleeg het plan zelf.';
}
