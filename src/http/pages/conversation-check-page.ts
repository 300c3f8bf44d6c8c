// Before a conversation becomes agreements: what they will be, decisions first, and what does not go together.
import type { EmergencyCard } from '../../izp/card.js';
import { dutchDay } from '../../izp/dutch.js';
import { FORM_ITEM, FORM_ITEMS, type FormItem, TREATMENT_ITEMS } from '../../izp/form/form-items.data.js';
import { dayIn, type Fields, fieldName, rowsOf, wordsOf } from '../../izp/form/page-fields.js';
import { wordsFor } from './conversation-controls.js';
import { labelOf } from './conversation-form-page.js';
import { ACTION, CONVERSATION_PATH, CONVERSATION_STYLE, DRAFT } from './conversation-style.js';
import { CHOICE_WORDS, type FormSection, SECTIONS } from './conversation-words.data.js';
import { cardSections } from './emergency-page.js';
import { renderFrame, type Viewer } from './frame.js';
import { type Content, type Html, html } from './html.js';

export interface CheckPage {
  viewer: Viewer;
  patient: { id: string; words: string };
  draft: { id: string; version: number };
  /** Name of the plan's version that was looked at; empty where there is none. */
  plan: string;
  fields: Fields;
  /** What the write would warn of, in Dutch. */
  warnings: readonly string[];
  /** What changed in the plan since the draft was begun; undefined when nothing did. */
  changes?: Content;
  /** True when the changes had to be confirmed and were not. */
  isUnconfirmed?: boolean;
  /** As it would stand. */
  card: EmergencyCard | undefined;
  /** Epoch milliseconds. */
  now: number;
}

/** Goal and limits before all others, as on the card. */
const FIRST = ['deel-4', 'deel-3'];

export function checkPage({ viewer, patient, draft, plan, fields, warnings, changes, isUnconfirmed, card, now }: CheckPage) {
  const order = [
    ...FIRST.map((id) => SECTIONS.find((one) => one.id === id) as FormSection),
    ...SECTIONS.filter(({ id }) => !FIRST.includes(id)),
  ];
  const page = renderFrame(
    {
      title: isUnconfirmed ? 'Fout: gesprek controleren' : 'Gesprek controleren',
      style: CONVERSATION_STYLE,
      viewer,
      path: CONVERSATION_PATH,
    },
    html`<h1>Gesprek controleren</h1><p class="born">${patient.words}</p>
${isUnconfirmed && html`<div class="errors" role="alert" tabindex="-1" autofocus><h2>Er is nog niets vastgelegd</h2><ul><li>${changes === undefined ? 'Het concept is intussen gewijzigd. Controleer wat hier nu staat, en rond dan af.' : html`<a href="#gezien">Bekijk wat er intussen is gewijzigd en geef aan dat u het hebt gezien.</a>`}</li></ul></div>`}
${warnings.length > 0 && html`<div class="note alert"><h2>Let op</h2>${warnings.map((text) => html`<p>${text}</p>`)}</div>`}
${changes}
<p>Dit wordt vastgelegd als u afrondt.</p>
${order.map((section) => told(section, fields, section.id === 'deel-4'))}
${card && html`<details><summary>Zo komt de spoedkaart te staan</summary>${cardSections(card, now)}</details>`}
<form method="post" action="${CONVERSATION_PATH}" novalidate>${viewer.formToken}<input type="hidden" name="${DRAFT}" value="${draft.id}"><input type="hidden" name="versie" value="${draft.version}"><input type="hidden" name="plan" value="${plan}">
${changes !== undefined && html`<div class="choice"><input type="checkbox" id="gezien" name="gezien" value="ja"><label for="gezien">Ik heb gezien wat er is gewijzigd, en dit formulier klopt.</label></div>`}
<button name="${ACTION}" value="afronden">Afronden en vastleggen</button></form>
<p><a href="${CONVERSATION_PATH}?${DRAFT}=${draft.id}">Terug naar het formulier</a></p>`,
  );
  return { html: page, style: CONVERSATION_STYLE.source };
}

/** What stands in the fields, section by section; nothing when nothing does. */
export const toldParts = (fields: Fields): Content => fields.size > 0 && SECTIONS.map((section) => told(section, fields, false));

/** What a section says; with `tellsSilence` also which decisions it says nothing of. */
function told({ title, items }: FormSection, fields: Fields, tellsSilence: boolean): Html | undefined {
  const lines = questionsIn(items).flatMap((item) => linesOf(item, fields, tellsSilence));
  if (lines.length === 0) return undefined;
  return html`<h2>${title}</h2><dl class="told">${lines}</dl>
`;
}

/** Questions below these items, without those under an answer: they are told with it. */
function questionsIn(linkIds: readonly string[]): FormItem[] {
  return FORM_ITEMS.filter((item) => item.kind !== 'group' && !item.names && !item.under && isBelow(item, linkIds));
}

function isBelow({ linkId, parent }: FormItem, linkIds: readonly string[]): boolean {
  if (linkIds.includes(linkId)) return true;
  const above = parent === undefined ? undefined : FORM_ITEM.get(parent);
  return above !== undefined && isBelow(above, linkIds);
}

function linesOf(item: FormItem, fields: Fields, tellsSilence: boolean): Html[] {
  const rows = rowsOf(item) === undefined ? [undefined] : rowNumbers(item, fields);
  return rows.flatMap((row) => {
    const field = fieldName(item.linkId, row);
    const values = fields.get(field) ?? [];
    const nested = FORM_ITEMS.filter(({ parent, under }) => under && parent === item.linkId).flatMap((inner) =>
      (fields.get(inner.linkId) ?? []).map((text) =>
        LIMITS.has(inner.linkId)
          ? html`<dd class="limit">${text}</dd>`
          : html`<dd>${wordsFor(inner.linkId).label}: ${wordsIn(inner, text)}</dd>`,
      ),
    );
    const label = row === undefined ? labelOf(field) : `${labelOf(field)} ${row + 1}`;
    if (values.length === 0 && nested.length === 0)
      return tellsSilence && DECIDED.has(item.linkId)
        ? [html`<dt>${label}</dt><dd class="open">Niet ingevuld: hierover zegt dit formulier niets.</dd>`]
        : [];
    return [html`<dt>${label}</dt>${values.map((value) => html`<dd class="limit">${wordsIn(item, value)}</dd>`)}${nested}`];
  });
}

/** Of which silence is told too. */
const DECIDED: ReadonlySet<string> = new Set(TREATMENT_ITEMS.map(({ decision }) => decision));

/** What was agreed, in words: read as the decision is. */
const LIMITS: ReadonlySet<string | undefined> = new Set(TREATMENT_ITEMS.map(({ other }) => other));

function rowNumbers({ linkId }: FormItem, fields: Fields): number[] {
  const names = [...fields.keys()].filter((name) => name.startsWith(`${linkId}.`));
  return names.map((name) => Number(name.split('.')[1])).sort((a, b) => a - b);
}

function wordsIn(item: FormItem, value: string): string {
  if (item.kind === 'date') return dayIn(value) === undefined ? value : dutchDay(dayIn(value));
  return item.kind === 'code' ? (CHOICE_WORDS[item.linkId]?.[value] ?? wordsOf(item, value)) : value;
}
