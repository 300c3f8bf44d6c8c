// What stands on paper, as blocks: the emergency page's order and words, then the other parts of the plan. Pure.
import type { EmergencyCard, IcdItem } from '../../izp/card.js';
import type { CardAdvanceDirective, CardDecision } from '../../izp/card-decisions.js';
import type { CardItem } from '../../izp/card-items.js';
import {
  decisionsConflict,
  goalsConflict,
  NO_SWITCH_OFF,
  partiesWords,
  SILENCE,
  sourceName,
  type Told,
  UNCLEAR,
  UNCLEAR_WILL,
  whenWords,
} from '../../izp/card-words.js';
import * as codes from '../../izp/codes.js';
import { type Contact, isSameContact } from '../../izp/contacts.js';
import type { DecisionKind } from '../../izp/decisions.js';
import type { DocumentPart } from '../../izp/document-sentences.js';
import { dutchDay } from '../../izp/dutch.js';
import type { Phone } from '../../izp/people.js';
import { decisionWords, personWords } from '../../izp/wording.js';
import { byTreatment, FIRST_DECISIONS, otherContacts } from '../pages/emergency-page.js';

/** One answer: what it is about, what was said, and what must be read with it. */
export interface Block {
  heading: string;
  said: string;
  /** The sign beside a decision. */
  sign?: DecisionKind;
  /** Absent or unclear answers look different from those that were given. */
  tone?: 'missing' | 'unclear';
  lines: string[];
  /** When, with whom, from where. */
  facts?: string;
}

/** Answers that contradict each other, in one box. */
export interface ConflictBlock {
  heading: string;
  told: string;
  lines: string[];
  blocks: Block[];
}

export interface PaperSection {
  title: string;
  blocks: (Block | ConflictBlock)[];
  /** Sentences without an answer of their own. */
  told?: string[];
}

/** The card's sections as they are read at `now` (epoch milliseconds). */
export function cardSections(card: EmergencyCard, now: number): PaperSection[] {
  const groups = byTreatment(card.decisions);
  const about = (wanted: (code: string) => boolean) =>
    groups.filter(([first]) => wanted(first?.treatment.code ?? '')).map((group) => treatmentBlock(group, now));
  const isFirst = (code: string) => FIRST_DECISIONS.includes(code);
  const otherWills = card.advanceDirectives.filter((will) => will.type.code !== 'NR' || will.type.system !== codes.LIVING_WILL_TYPE);
  return [
    {
      title: 'Behandelafspraken',
      blocks: [
        ...about(isFirst),
        ...about((code) => code === codes.ICD_SWITCH_OFF),
        icdBlock(card.icd, now),
        goalBlock(card, now),
        ...about((code) => !isFirst(code) && code !== codes.ICD_SWITCH_OFF),
      ],
    },
    ...(otherWills.length > 0 ? [{ title: 'Wilsverklaringen', blocks: [], told: otherWills.flatMap((will) => willLines(will, now)) }] : []),
    { title: 'Wie beslist en wie te bellen', blocks: peopleBlocks(card, now) },
    ...scenarioSection(card, now),
    {
      title: 'Wensen',
      blocks: [
        itemBlock('Voorkeursplek van overlijden', card.preferredPlaceOfDeath, now),
        itemBlock('Wensen voor de zorg', card.wishes, now),
        itemBlock('Wat verder belangrijk is', card.otherInformation, now),
        itemBlock('Standpunt over euthanasie', card.euthanasia, now),
        itemBlock('Donorregister', card.organDonation, now),
        itemBlock('Naasten informeren', card.informRelatives, now),
      ],
    },
  ];
}

/** The parts of the plan that the card does not tell. */
export function partSections(parts: readonly DocumentPart[]): PaperSection[] {
  return parts.map(({ title, told }) => ({ title, blocks: [], told }));
}

function treatmentBlock(decisions: readonly CardDecision[], now: number): Block | ConflictBlock {
  const [first] = decisions as [CardDecision];
  if (!first.conflict) return decisionBlock(first, now);
  return {
    heading: `⚠ Tegenstrijdig: ${first.treatment.display.toLowerCase()}`,
    told: decisionsConflict(decisions.length),
    lines: (first.advanceDirectives ?? []).flatMap((will) => willLines(will, now)),
    blocks: decisions.map(({ advanceDirectives: _told, ...decision }) => decisionBlock(decision, now)),
  };
}

function decisionBlock(decision: CardDecision, now: number): Block {
  const { treatment, text, comment, treatmentWords, alsoFrom, advanceDirectives } = decision;
  const isQuoted = decision.decision === 'do-with-limits' || decision.decision === 'unknown';
  const told = decision.decision === 'not-recorded' ? SILENCE : text;
  return {
    heading: treatment.display,
    said: decisionWords(decision),
    sign: decision.decision,
    lines: [
      ...(told === null ? [] : [isQuoted ? `“${told}”` : told]),
      ...(treatmentWords === undefined ? [] : [`De bron noemt de behandeling: “${treatmentWords}”`]),
      ...(comment === undefined ? [] : [`Toelichting: “${comment}”`]),
      ...(advanceDirectives ?? []).flatMap((will) => willLines(will, now)),
      ...(alsoFrom ?? []).map(
        (also) =>
          `Hetzelfde zegt ook: ${sourceName(also.source)}, ${dutchDay(also.date ?? undefined)}${also.comment === undefined ? '' : ` (“${also.comment}”)`}`,
      ),
    ],
    facts: facts(decision, now),
  };
}

function willLines(will: CardAdvanceDirective, now: number): string[] {
  return [
    `${will.type.display} aanwezig. Opgesteld ${when(will.date, now)}. Bron: ${sourceName(will.source)}.`,
    ...(will.text === null ? [] : [`“${will.text}”`]),
    ...(will.representative ? [`Vertegenwoordiger: ${personWords(will.representative)}.`] : []),
    ...(will.interpretable ? [] : [UNCLEAR_WILL]),
  ];
}

function goalBlock({ goal }: EmergencyCard, now: number): Block | ConflictBlock {
  const label = 'Doel van de behandeling';
  if (goal.others === undefined) return itemBlock(label, goal, now);
  const all = [goal, ...goal.others];
  return {
    heading: `⚠ Tegenstrijdig: ${label.toLowerCase()}`,
    told: goalsConflict(all.length),
    lines: [],
    blocks: all.map((item) => itemBlock(label, item, now)),
  };
}

function itemBlock(label: string, item: CardItem, now: number, more: (string | undefined)[] = []): Block {
  const tone = item.status === 'cannot-interpret' ? 'unclear' : item.status === 'recorded' ? undefined : 'missing';
  const note = item.note === undefined ? [] : [`Toelichting: “${item.note}”`];
  return {
    heading: label,
    said: item.text,
    tone,
    lines: [...note, ...more.filter((line) => line !== undefined)],
    facts: facts(item, now, 'Vastgelegd'),
  };
}

function icdBlock(icd: IcdItem, now: number): Block {
  const since = icd.since === undefined ? undefined : `In gebruik sinds ${dutchDay(icd.since)}`;
  const silent = icd.present && icd.switchOff === 'not-recorded' ? NO_SWITCH_OFF : undefined;
  return itemBlock('ICD (inwendige defibrillator)', icd, now, [since, silent]);
}

function peopleBlocks(card: EmergencyCard, now: number): Block[] {
  const { capacity, representative, firstContact, careTeam } = card;
  const differs = capacity.differs === undefined ? undefined : `Let op: een andere bron zegt iets anders: ${capacity.differs}`;
  const isSame = firstContact.status !== 'not-recorded' && isSameContact(firstContact, representative);
  const team = [
    ...careTeam.phonesDayAndNight.map(({ number }) => `Dag en nacht: ${number}`),
    ...careTeam.members.map((member) => [personWords(member), ...member.phones.map(phoneWords)].join(', ')),
  ];
  return [
    itemBlock('Wilsbekwaamheid', capacity, now, [differs]),
    contactBlock('Vertegenwoordiger', representative),
    isSame
      ? { heading: 'Eerste contactpersoon', said: `Dezelfde: ${firstContact.name}`, lines: [] }
      : contactBlock('Eerste contactpersoon', firstContact),
    ...otherContacts(card).map((contact) => contactBlock('Andere contactpersoon', contact)),
    ...(team.length === 0 ? [] : [{ heading: 'Zorgteam', said: team[0] as string, lines: team.slice(1) }]),
  ];
}

const phoneWords = ({ number, use }: Phone) => (use === undefined ? number : `${number} (${use})`);

function contactBlock(heading: string, contact: Contact): Block {
  const { status, name, relationship, phones, emails, source } = contact;
  if (status === 'not-recorded') return { heading, said: 'Niet vastgelegd', tone: 'missing', lines: [] };
  const reach =
    phones.length > 0
      ? `Telefoon: ${phones.map(phoneWords).join(' of ')}`
      : `Geen telefoonnummer vastgelegd.${emails ? ` E-mail: ${emails.join(', ')}` : ''}`;
  return {
    heading,
    said: `${name ?? ''}${relationship === undefined ? '' : ` (${relationship})`}`,
    tone: status === 'recorded' ? undefined : 'unclear',
    lines: [...(status === 'cannot-interpret' ? [UNCLEAR] : []), reach],
    facts: source === null ? undefined : `Bron: ${sourceName(source)}`,
  };
}

function scenarioSection({ scenarios, palliativeKit }: EmergencyCard, now: number): PaperSection[] {
  if (scenarios.length === 0 && palliativeKit.status === 'not-recorded') return [];
  const blocks = scenarios.map(
    ({ event, recognisedBy, relativesDo, professionalsDo, ...told }): Block => ({
      heading: 'Als dit gebeurt',
      said: event,
      lines: [
        ...(recognisedBy === undefined ? [] : [`Te herkennen aan: ${recognisedBy}`]),
        ...(professionalsDo === undefined ? [] : [`Zorgverleners: ${professionalsDo}`]),
        ...(relativesDo === undefined ? [] : [`Patiënt en naasten: ${relativesDo}`]),
      ],
      facts: facts(told, now, 'Vastgelegd'),
    }),
  );
  return [{ title: 'Wat te doen als', blocks: [...blocks, itemBlock('Palliatieve spoedkit', palliativeKit, now)] }];
}

function facts(told: Told, now: number, verb = 'Afgesproken'): string | undefined {
  return told.source === null ? undefined : `${verb} ${when(told.date, now)}. ${partiesWords(told)}`;
}

function when(date: string | null, now: number): string {
  const { ago, day } = whenWords(date, now);
  return ago === undefined ? day : `${ago}, ${day}`;
}
