// The conversation form: the uniform form on one page, in its nine parts, filled in with what is known.
import { FORM_ITEM, FORM_ITEMS, type FormItem } from '../../izp/form/form-items.data.js';
import { MAX_ROWS } from '../../izp/form/page-fields.js';
import { type Filling, fieldId, question, wordsFor } from './conversation-controls.js';
import { ACTION, CONVERSATION_PATH, CONVERSATION_STYLE, DRAFT } from './conversation-style.js';
import { type FormSection, SECTIONS } from './conversation-words.data.js';
import { dutchMoment } from './dutch-moment.js';
import { renderFrame, type Viewer } from './frame.js';
import { type Content, type Html, html } from './html.js';

export interface FormPage {
  viewer: Viewer;
  /** Name and birth date, in words. */
  patient: { id: string; words: string };
  draft: {
    id: string;
    /** Version of the draft this page shows; 0 before it was saved. */
    version: number;
    /** Epoch milliseconds of its last save. */
    saved?: number;
    /** True for a correction of the last conversation. */
    isCorrection: boolean;
  };
  filling: Filling;
  /** What is wrong, in the order of the form; links to the fields. */
  errors: readonly { field: string; text: string }[];
  /** What to know before anything else: a draft that is behind, or was saved elsewhere. */
  notice?: Content;
}

export function conversationForm({ viewer, patient, draft, filling, errors, notice }: FormPage): { html: string; style: string } {
  const title = `${errors.length > 0 ? 'Fout: ' : ''}Gesprek vastleggen`;
  const page = renderFrame(
    { title, style: CONVERSATION_STYLE, viewer, path: CONVERSATION_PATH },
    html`<h1>Gesprek vastleggen</h1>
<p class="born">${patient.words}</p>
${errorSummary(errors)}${notice}
<p>${draft.isCorrection ? 'U verbetert het laatste gesprek. Wat u leegmaakt, vervalt.' : 'Vooringevuld is wat nu is vastgelegd. Wat u laat staan, geldt als opnieuw afgesproken op de datum van dit gesprek. Wat u leeg laat, verandert niets aan wat er al was.'}</p>
<nav class="toc" aria-label="Onderdelen van het formulier"><ul>${SECTIONS.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
<form method="post" action="${CONVERSATION_PATH}" novalidate>${viewer.formToken}<input type="hidden" name="${DRAFT}" value="${draft.id}">
<input type="hidden" name="versie" value="${draft.version}"><input type="hidden" name="patient" value="${patient.id}">
<input type="hidden" name="soort" value="${draft.isCorrection ? 'verbetering' : 'nieuw'}">
${SECTIONS.map((section) => sectionPart(section, filling, draft.saved))}
<p><button name="${ACTION}" value="controleren">Verder naar controleren</button></p>
<p class="hint">Er wordt nog niets afgesproken: eerst ziet u wat er komt te staan.</p></form>
<p><a href="${CONVERSATION_PATH}?patient=${patient.id}">Stoppen zonder op te slaan</a></p>`,
  );
  return { html: page, style: CONVERSATION_STYLE.source };
}

function errorSummary(errors: FormPage['errors']): Html | undefined {
  if (errors.length === 0) return undefined;
  return html`<div class="errors" role="alert" tabindex="-1" autofocus><h2>${errors.length === 1 ? 'Er klopt nog iets niet' : `Er kloppen nog ${errors.length} dingen niet`}</h2>
<ul>${errors.map(({ field, text }) => html`<li><a href="#${fieldId(field)}">${labelOf(field)} – ${text}</a></li>`)}</ul></div>
`;
}

/** The question by itself, away from its place: with the group or the question that says what it is about. */
export function labelOf(field: string): string {
  const item = FORM_ITEM.get(field.split('.')[0] as string) as FormItem;
  const { label } = wordsFor(item.linkId);
  if (item.under) return `${labelOf(item.parent as string)}, ${label.toLowerCase()}`;
  const group = groupAround(item);
  if (!group) return label;
  if (isOnlyQuestion(item, group)) return wordsFor(group.linkId).label;
  return item.kind === 'text' || group.linkId !== item.parent ? `${wordsFor(group.linkId).label}, ${label.toLowerCase()}` : label;
}

/** The group a question stands in, if it is no part of the form by itself; rows are of the group around them. */
function groupAround({ parent }: FormItem): FormItem | undefined {
  const group = parent === undefined || SECTION_GROUPS.has(parent) ? undefined : FORM_ITEM.get(parent);
  return group?.repeats ? groupAround(group) : group;
}

const childrenOf = (parent: string, under?: 'answer') =>
  FORM_ITEMS.filter((item) => item.parent === parent && item.under === under && !item.names);

/** True of a question whose group holds nothing else: then the group says what is asked. */
export function isOnlyQuestion(item: FormItem, group: FormItem): boolean {
  return childrenOf(group.linkId).length === 1 && item.parent === group.linkId && !SECTION_GROUPS.has(group.linkId);
}

const SECTION_GROUPS: ReadonlySet<string> = new Set(
  SECTIONS.flatMap(({ items }) => items).filter((linkId) => linkId !== '7' && linkId !== '8'),
);

function sectionPart({ id, title, hint, items }: FormSection, filling: Filling, saved: number | undefined): Html {
  const shown = items.length === 1 ? childrenOf(items[0] as string) : items.map((linkId) => FORM_ITEM.get(linkId) as FormItem);
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${hint !== undefined && html`<p>${hint}</p>`}
${shown.map((item) => part(item, undefined, filling))}
<p><button class="quiet" name="${ACTION}" value="bewaren-${id}">Concept opslaan</button></p>${saved !== undefined && html`<p class="saved">Laatst opgeslagen op ${dutchMoment(saved)}.</p>`}</section>
`;
}

function part(item: FormItem, row: number | undefined, filling: Filling): Html {
  if (item.kind !== 'group') return asked(item, row, filling);
  if (item.repeats) return rows(item, filling);
  const children = childrenOf(item.linkId);
  const [only] = children;
  if (only && only.kind !== 'group' && isOnlyQuestion(only, item)) return asked(only, row, filling, item.linkId);
  return group(item.linkId, wordsFor(item.linkId).label, children, row, filling);
}

function asked(item: FormItem, row: number | undefined, filling: Filling, words = item.linkId): Html {
  const nested = childrenOf(item.linkId, 'answer').map((inner) => asked(inner, row, filling));
  return question(item, row, filling, wordsFor(words), nested);
}

function group(linkId: string, legend: string, children: readonly FormItem[], row: number | undefined, filling: Filling): Html {
  const { hint } = wordsFor(linkId);
  const told = row === undefined ? hint : undefined;
  const isFlat = children.every(({ kind }) => kind === 'text') || row !== undefined;
  const shown = children.map((child) => (isFlat ? html`<div>${part(child, row, filling)}</div>` : part(child, row, filling)));
  return html`<fieldset><legend>${legend}</legend>${told !== undefined && html`<p class="hint">${told}</p>`}${filling.open.has(linkId) && html`<p class="hint">Er is er meer dan één vastgelegd: geen van hen is overgenomen.</p>`}${isFlat ? html`<div class="pair">${shown}</div>` : shown}</fieldset>
`;
}

/** Those there are, and one to fill in. */
function rows(item: FormItem, filling: Filling): Html {
  const children = childrenOf(item.linkId);
  const numbers = [...filling.fields.keys()].flatMap((name) => {
    const [linkId, row] = name.split('.');
    return row !== undefined && children.some((child) => child.linkId === linkId) ? [Number(row)] : [];
  });
  const count = Math.min(Math.max(-1, ...numbers) + 2, MAX_ROWS);
  const { label } = wordsFor(item.linkId);
  return html`${Array.from({ length: count }, (_, row) => group(item.linkId, `${label} ${row + 1}`, children, row, filling))}
<p class="hint">Meer nodig? Na ‘Concept opslaan’ is er een regel bij.</p>`;
}
