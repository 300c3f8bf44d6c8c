// The worklist of marked patients for people: who is most urgent, who waits longest, and for what.
import { ageInWords, dutchDay } from '../../izp/dutch.js';
import type { MarkedPatient } from '../../izp/worklist.js';
import { renderFrame, type Viewer } from './frame.js';
import { type Content, type Html, html } from './html.js';
import { PLAN_PATH } from './plan-page.js';
import { choices, listChoices, nextPage, WORKLIST_PATH, WORKLIST_STYLE } from './worklist-style.js';

export interface MarkedPage {
  viewer: Viewer;
  patients: readonly MarkedPatient[];
  next: string | null;
  filter?: string;
  colour?: string;
  /** Epoch milliseconds. */
  now: number;
}

const FILTER_NAMES = [
  [undefined, 'Allemaal'],
  ['no-conversation', 'Zonder gesprek'],
  ['review-due', 'Herziening te laat'],
  ['overdue', 'Taak te laat'],
] as const;

const COLOUR_NAMES: Record<string, string> = { red: 'Rood', orange: 'Oranje', yellow: 'Geel', green: 'Groen', none: 'Zonder kleur' };

export function markedWorklist({ viewer, patients, next, filter, colour, now }: MarkedPage): { html: string; style: string } {
  const page = renderFrame(
    { title: 'Werklijst: gemarkeerde patiënten', style: WORKLIST_STYLE, viewer, path: WORKLIST_PATH },
    html`<h1>Gemarkeerde patiënten</h1>
${listChoices(WORKLIST_PATH)}
${choices(
  'Wat er te doen is',
  FILTER_NAMES.map(([value, name]) => ({ to: address(value, colour), name, isCurrent: value === filter })),
)}${choices(
  'Urgentiekleur',
  [[undefined, 'Alle kleuren'] as const, ...Object.entries(COLOUR_NAMES)].map(([value, name]) => ({
    to: address(filter, value),
    name,
    isCurrent: value === colour,
  })),
)}
${
  patients.length === 0
    ? html`<p class="note">Geen patiënten op deze lijst.</p>`
    : html`<table role="table"><caption>Rood bovenaan; daarbinnen wie het langst is gemarkeerd</caption>
<thead role="rowgroup"><tr role="row">${['Patiënt', 'Markering', 'Gesprek', 'Herziening', 'Taken die te laat zijn'].map((name) => html`<th role="columnheader" scope="col">${name}</th>`)}</tr></thead>
<tbody role="rowgroup">${patients.map((one) => row(one, now))}</tbody></table>`
}
${nextPage(next)}
<p class="hint">Op deze lijst staan patiënten van wie uw organisatie het dossier houdt of in wier zorgteam zij zit. Dat zij op deze lijst zijn gezien, wordt vastgelegd.</p>`,
  );
  return { html: page, style: WORKLIST_STYLE.source };
}

function address(filter: string | undefined, colour: string | undefined): string {
  const query = new URLSearchParams({ ...(filter !== undefined && { filter }), ...(colour !== undefined && { colour }) }).toString();
  return query === '' ? WORKLIST_PATH : `${WORKLIST_PATH}?${query}`;
}

function row({ patient, marking, conversation, reviewDue, reviewOverdue, overdueTasks }: MarkedPatient, now: number): Html {
  return html`<tr role="row"><th role="rowheader" scope="row"><a href="${planAddress(patient.reference)}">${patient.name}</a>
<span class="more">${patient.birthDate === null ? 'geboortedatum onbekend' : dutchDay(patient.birthDate)}</span>${patient.deceased && html`<span class="more">Overleden${patient.diedOn !== null && ` op ${dutchDay(patient.diedOn)}`}</span>`}</th>
${cell('Markering', markingCell(marking, now))}
${cell('Gesprek', conversationCell(conversation, marking.readyToTalk, patient.deceased))}
${cell('Herziening', reviewCell(reviewDue, reviewOverdue))}
${cell(
  'Te laat',
  overdueTasks.length === 0
    ? 'Geen'
    : html`<ul>${overdueTasks.map(({ what, due, dueAgo, owner }) => html`<li><span class="todo">${what}</span><span class="more">Uiterlijk ${dutchDay(due)} (${dueAgo})${owner !== null && `, ${owner}`}</span></li>`)}</ul>`,
)}</tr>
`;
}

const cell = (label: string, content: Content) => html`<td role="cell" data-label="${label}">${content}</td>`;

export function planAddress(reference: string): string {
  return `${PLAN_PATH}?${new URLSearchParams({ patient: reference.replace('Patient/', '') })}`;
}

function markingCell({ colour, since, by, instrument }: MarkedPatient['marking'], now: number): Html {
  const words = [instrument?.display, by].filter(Boolean).join(', ');
  return html`<span class="colour ${colour ?? ''}">${COLOUR_NAMES[colour ?? 'none']}</span>
<span class="more">${since === null ? 'Sinds wanneer is niet vermeld' : `Sinds ${dutchDay(since)} (${ageInWords(since, now)})`}</span>${words !== '' && html`<span class="more">${words}</span>`}`;
}

function conversationCell(conversation: MarkedPatient['conversation'], readyToTalk: boolean | null, deceased: boolean): Html {
  const held =
    conversation === null
      ? deceased
        ? html`Niet vastgelegd`
        : html`<span class="todo">Nog geen gesprek</span>`
      : html`${dutchDay(conversation.date ?? undefined)}`;
  return html`${held}${readyToTalk === false && !deceased && html`<span class="more">Patiënt is nog niet toe aan een gesprek</span>`}`;
}

function reviewCell(due: string | null, overdue: string | null): Content {
  if (due === null) return 'Niet afgesproken';
  return overdue === null
    ? `Voor ${dutchDay(due)}`
    : html`<span class="todo">${overdue} te laat</span><span class="more">${dutchDay(due)}</span>`;
}
