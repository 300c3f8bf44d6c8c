// The treatment decisions of one patient, computed once for card, document, page and indicators alike.
// A directive is not a boolean: see readDecision. Silence is `not-recorded`, which never means full treatment.
import type { Consent } from '@medplum/fhirtypes';
import * as codes from './codes.js';
import { filled } from './concepts.js';
import {
  agreedOn,
  commentOf,
  directiveKind,
  obstacles,
  organizationKey,
  provisionCodes,
  standingOf,
  type Uninterpretable,
} from './directive.js';
import { dutchDay } from './dutch.js';
import type { PatientRecord, RecordEntry } from './record.js';
import { lapsed, newestFirst, type Statement, saidAt, standing, superseded } from './supersede.js';
import { CORE_TREATMENTS, NO_TREATMENT, readTreatment, type Treatment } from './treatments.js';
import { saysUndecided } from './undecided-texts.js';
import { withdrawalOf } from './withdrawal.js';

export type DecisionKind = 'do' | 'do-not' | 'do-with-limits' | 'unknown' | 'not-recorded' | 'cannot-interpret';

export interface Decision {
  treatment: Treatment;
  decision: DecisionKind;
  /** What must be read with the decision: the sender's SpecificationOther, or why there is none. Dutch. */
  text?: string;
  /** The sender's remark, and its own words for the treatment where they say more than the code. */
  comment?: string;
  treatmentWords?: string;
  /** Consent.dateTime as sent. */
  date?: string;
  /** Absent only when not recorded. */
  entry?: RecordEntry;
  /** Other current directives that say the same, newest first. */
  alsoFrom: RecordEntry[];
  /** True when another current directive on the same treatment says something else; all of them are listed, newest first. */
  conflict: boolean;
  /** Why the source cannot be interpreted. */
  obstacles: Uninterpretable[];
}

/** A written will: no decision on one treatment, and never read as one. */
export interface AdvanceDirective {
  /** Kind of will: `code` NR, EU, LW … where coded. */
  type: Treatment;
  interpretable: boolean;
  text?: string;
  comment?: string;
  date?: string;
  entry: RecordEntry;
}

export interface Decisions {
  /** In reading order: six core treatments (always there), ICD switch-off, others; one or more each. */
  treatments: Decision[];
  advanceDirectives: AdvanceDirective[];
  /** Epoch milliseconds of the next begin or end of a period (or of a date still to come) that may change the above. */
  changesAt?: number;
}

export type DecisionInput = Pick<PatientRecord, 'entries' | 'directory' | 'now'>;

/** Shown when a directive has neither provision.type nor SpecificationOther. */
export const NO_DECISION_STATED = 'De bron vermeldt geen besluit.';
const CANNOT_INTERPRET = 'Deze afspraak bevat gegevens die niet met zekerheid te duiden zijn. Raadpleeg de bron.';

const ADVANCE_RANK: readonly string[] = ['NR', 'VERB', 'VERBVL', 'EU', 'EUD', 'LW', 'MON', 'DO'];
const WORDS: Record<DecisionKind, string> = {
  do: 'wel doen',
  'do-not': 'niet doen',
  'do-with-limits': 'alleen zoals beschreven',
  unknown: 'onbekend',
  'not-recorded': 'niet vastgelegd',
  'cannot-interpret': 'niet te duiden',
};

/** A directive as read, on one of its treatments. */
interface Read extends Statement {
  treatment: Treatment;
  decision: Exclude<DecisionKind, 'not-recorded'>;
  text?: string;
  treatmentWords?: string;
  obstacles: Uninterpretable[];
}

/** All decisions and advance directives in force at `record.now`. Independent of the order of the entries. */
export function decisionsOf(record: DecisionInput): Decisions {
  const read: Read[] = [];
  const advance: Read[] = [];
  const moments: number[] = [];
  for (const entry of record.entries) {
    if (entry.resource.resourceType !== 'Consent') continue;
    const kind = directiveKind(entry.resource);
    if (kind === undefined) continue;
    const list = readDirective(entry, kind === 'treatment', record);
    for (const item of list) if (item.changesAt !== undefined) moments.push(item.changesAt);
    (kind === 'treatment' ? read : advance).push(...list);
  }
  const recorded = [...groupByKey(read).values()].flatMap(settle);
  const missing = CORE_TREATMENTS.filter((t) => !recorded.some((d) => d.treatment.key === t.key)).map(notRecorded);
  const result: Decisions = {
    treatments: [...recorded, ...missing].sort(inReadingOrder),
    advanceDirectives: [...groupByKey(advance).values()]
      .flatMap((group) => standing(group).sort(newestFirst).map(asAdvance))
      .sort(byWillType),
  };
  if (moments.length > 0) result.changesAt = Math.min(...moments);
  return result;
}

/**
 * `Consent/id` of the directives that are no longer anybody's to go by: taken back (withdrawn, ended by their source, rejected,
 * mistaken), or superseded in all they speak about by a later one of the same source.
 */
export function pastDirectives(record: DecisionInput): Set<string> {
  const past = new Set<string>();
  const spoken = new Map<string, Read[]>();
  const speaking = new Set<string>();
  for (const entry of record.entries) {
    if (entry.resource.resourceType !== 'Consent') continue;
    const kind = directiveKind(entry.resource);
    if (kind === undefined) continue;
    if (TAKEN_BACK.has(entry.resource.status)) past.add(entry.reference);
    for (const item of readDirective(entry, kind === 'treatment', record)) {
      const key = `${kind} ${item.treatment.key}`;
      spoken.set(key, [...(spoken.get(key) ?? []), item]);
    }
  }
  const replaced = new Set<string>();
  for (const group of spoken.values()) {
    const old = new Set(superseded(group));
    for (const item of group) (old.has(item) ? replaced : speaking).add(item.entry.reference);
  }
  for (const reference of replaced) if (!speaking.has(reference)) past.add(reference);
  return past;
}

const TAKEN_BACK: ReadonlySet<string> = new Set(['inactive', 'rejected', 'entered-in-error']);

/**
 * What one directive decides. Anything that may change its meaning and is not understood makes it `cannot-interpret`;
 * SpecificationOther overrules provision.type and its text is always given; without either nothing was decided.
 */
export function readDecision(consent: Consent, found: readonly Uninterpretable[]): Pick<Read, 'decision' | 'text' | 'obstacles'> {
  const specification = specificationOf(consent);
  const type: unknown = consent.provision?.type;
  const reasons = [...found];
  if (specification.malformed) reasons.push('malformed-specification');
  if (type !== undefined && type !== 'permit' && type !== 'deny') reasons.push('unknown-provision-type');
  if (reasons.length > 0) {
    const quoted = specification.text === undefined ? '' : ` De bron schrijft: “${specification.text}”`;
    return { decision: 'cannot-interpret', text: CANNOT_INTERPRET + quoted, obstacles: reasons };
  }
  if (specification.text !== undefined) {
    return { decision: saysUndecided(specification.text) ? 'unknown' : 'do-with-limits', text: specification.text, obstacles: [] };
  }
  if (type === undefined) return { decision: 'unknown', text: NO_DECISION_STATED, obstacles: [] };
  return { decision: type === 'permit' ? 'do' : 'do-not', obstacles: [] };
}

/** The words of SpecificationOther; malformed when it is doubled, empty, not a string, or not a modifier extension at the root. */
function specificationOf(consent: Consent): { text?: string; malformed: boolean } {
  const isIt = (x: { url?: string } | null) => x?.url === codes.SPECIFICATION_OTHER;
  const list = Array.isArray(consent.modifierExtension) ? consent.modifierExtension.filter(isIt) : [];
  const misplaced = Array.isArray(consent.extension) ? consent.extension.filter(isIt) : [];
  const all = [...list, ...misplaced];
  const texts = all.flatMap((x) => Object.entries(x).flatMap(([name, value]) => (name.startsWith('value') ? (filled(value) ?? []) : [])));
  const text = texts.length > 0 ? texts.join(' / ') : undefined;
  const wellFormed =
    all.length === 0 || (all.length === 1 && misplaced.length === 0 && filled(all[0]?.valueString) !== undefined && !all[0]?.extension);
  return { text, malformed: !wellFormed };
}

const KNOWN_MODIFIERS: ReadonlySet<string> = new Set([codes.SPECIFICATION_OTHER]);
const NO_MODIFIERS: ReadonlySet<string> = new Set();

function readDirective(entry: RecordEntry, isTreatment: boolean, record: DecisionInput): Read[] {
  const consent = entry.resource as Consent;
  const { standing: status, changesAt, unclear } = standingOf(consent, record.now);
  const found = obstacles(consent, isTreatment ? KNOWN_MODIFIERS : NO_MODIFIERS, unclear);
  const concepts = provisionCodes(consent.provision);
  const readings = concepts.length > 0 ? concepts.map(readTreatment) : [NO_TREATMENT];
  const agreed = saidAt(entry, record.now);
  const toCome = agreed === undefined ? startOfFuture(consent, record.now) : undefined;
  const moments = [changesAt, toCome].filter((at) => at !== undefined);
  const byKey = new Map<string, Read>();
  for (const reading of readings) {
    for (const treatment of reading.treatments) {
      const reasons: Uninterpretable[] = [...found];
      if (reading.unclear || (isTreatment && treatment.system === codes.LIVING_WILL_TYPE)) reasons.push('unclear-treatment');
      // A denied will is no will, and no published profile says what it would be.
      if (!isTreatment && consent.provision?.type === 'deny') reasons.push('unknown-provision-type');
      // Named more than once, it is as unclear as in one place, and said in the words of all.
      const before = byKey.get(treatment.key);
      const spoken = [before?.treatmentWords, reading.words].filter((words) => words !== undefined);
      byKey.set(treatment.key, {
        entry,
        organization: organizationKey(entry, record.directory),
        agreed,
        status,
        changesAt: moments.length > 0 && status !== 'void' && status !== 'ended' ? Math.min(...moments) : undefined,
        treatment,
        treatmentWords: spoken.length > 0 ? [...new Set(spoken)].join(' / ') : undefined,
        ...readDecision(consent, [...new Set([...(before?.obstacles ?? []), ...reasons])]),
      });
    }
  }
  return [...byKey.values()];
}

/** When a date that is still to come becomes true. */
function startOfFuture(consent: Consent, now: number): number | undefined {
  const later = agreedOn(consent, Number.POSITIVE_INFINITY);
  return later && later.start > now ? later.start : undefined;
}

/** The decisions on one treatment: what is current of every source, the same said twice taken together, differences marked. */
function settle(group: Read[]): Decision[] {
  const current = standing(group).map((item) => ({ item, ...asDecision(item) }));
  // One that was withdrawn is told no more, nor is what it had superseded.
  const told = lapsed(group).filter(({ last }) => withdrawalOf(last.entry.resource) === undefined);
  const ended = told.map(({ last, earlier }) => ({ item: last as Read, ...asLapsed(last as Read, earlier as Read[]) }));
  const all = [...current, ...ended].sort((a, b) => newestFirst(a.item, b.item));
  const shown: (Decision & { item: Read })[] = [];
  for (const decision of all) {
    const same = shown.find((other) => saysTheSame(other, decision));
    if (same) same.alsoFrom.push(decision.item.entry);
    else shown.push(decision);
  }
  return shown.map(({ item, ...decision }) => ({ ...decision, conflict: shown.length > 1 }));
}

function saysTheSame(a: Decision, b: Decision): boolean {
  if (a.decision === 'cannot-interpret' || a.decision !== b.decision) return false;
  return plain(a.text) === plain(b.text) && plain(a.treatmentWords) === plain(b.treatmentWords);
}

const plain = (text: string | undefined) => (text ?? '').replace(/\s+/g, ' ').trim().toLowerCase();

function asDecision(item: Read): Decision {
  const consent = item.entry.resource as Consent;
  return {
    treatment: item.treatment,
    decision: item.decision,
    text: item.text,
    comment: commentOf(consent),
    treatmentWords: item.treatmentWords,
    date: consent.dateTime,
    entry: item.entry,
    alsoFrom: [],
    conflict: false,
    obstacles: item.obstacles,
  };
}

/** The newest agreement of a source has ended; an older one of the same source was never confirmed again: neither holds, both are told. */
function asLapsed(last: Read, earlier: Read[]): Decision {
  const tell = (item: Read) =>
    `${WORDS[item.decision]}${item.text === undefined ? '' : ` (“${item.text}”)`}, ${dutchDay((item.entry.resource as Consent).dateTime)}`;
  const before = [...earlier].sort(newestFirst).map(tell).join('; ');
  const text = `De laatste afspraak van deze bron geldt niet meer (${tell(last)}). Een eerdere afspraak is daarna niet opnieuw bevestigd: ${before}.`;
  return { ...asDecision(last), decision: 'unknown', text, comment: undefined, treatmentWords: undefined, obstacles: [] };
}

function notRecorded(treatment: Treatment): Decision {
  return { treatment, decision: 'not-recorded', alsoFrom: [], conflict: false, obstacles: [] };
}

function asAdvance(item: Read): AdvanceDirective {
  const consent = item.entry.resource as Consent;
  const interpretable = item.decision !== 'cannot-interpret';
  const text = interpretable ? item.treatmentWords : item.text;
  return { type: item.treatment, interpretable, text, comment: commentOf(consent), date: consent.dateTime, entry: item.entry };
}

function groupByKey(list: Read[]): Map<string, Read[]> {
  const groups = new Map<string, Read[]>();
  for (const item of list) groups.set(item.treatment.key, [...(groups.get(item.treatment.key) ?? []), item]);
  return groups;
}

function inReadingOrder(a: Decision, b: Decision): number {
  return a.treatment.rank - b.treatment.rank || compare(a.treatment.key, b.treatment.key);
}

function byWillType(a: AdvanceDirective, b: AdvanceDirective): number {
  const rank = (d: AdvanceDirective) =>
    ADVANCE_RANK.includes(d.type.code ?? '') ? ADVANCE_RANK.indexOf(d.type.code ?? '') : ADVANCE_RANK.length;
  return rank(a) - rank(b) || compare(a.type.key, b.type.key);
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
