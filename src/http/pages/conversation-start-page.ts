// Where a conversation form begins: whose it is, a record for whom there is none yet, and drafts to go on with.
import { DAY_HINT, dayInput } from './conversation-controls.js';
import { ACTION, CONVERSATION_PATH, CONVERSATION_STYLE, DRAFT } from './conversation-style.js';
import { dutchMoment } from './dutch-moment.js';
import { type Faulty, formField } from './form-field.js';
import { renderFrame, type Viewer } from './frame.js';
import { type Content, type Html, html } from './html.js';

type Page = { html: string; style: string };

function framed(viewer: Viewer, title: string, ...body: Content[]): Page {
  const page = renderFrame({ title, style: CONVERSATION_STYLE, viewer, path: CONVERSATION_PATH }, body);
  return { html: page, style: CONVERSATION_STYLE.source };
}

const TITLE = 'Gesprek vastleggen';
const BSN_HINT = 'Negen cijfers';

/** Whose conversation: by BSN, in a form. */
export function patientForm(viewer: Viewer, bsn?: Faulty): Page {
  return framed(
    viewer,
    bsn?.fault === undefined ? TITLE : `Fout: ${TITLE}`,
    html`<h1>${TITLE}</h1><p>Het uniforme formulier proactieve zorgplanning, voor wie geen eigen systeem heeft dat het invult.</p>
<form method="post" action="${CONVERSATION_PATH}">${viewer.formToken}
${bsnField(bsn)}<button name="${ACTION}" value="zoeken">Verder</button></form>`,
  );
}

const bsnField = (bsn: Faulty | undefined): Html =>
  formField(
    { id: 'bsn', label: 'Burgerservicenummer (BSN) van de patiënt', hint: BSN_HINT, fault: bsn?.fault },
    (more) =>
      html`<input id="bsn" name="bsn" inputmode="numeric" autocomplete="off" spellcheck="false" maxlength="20" required value="${bsn?.typed}"${more}>`,
  );

/** What opens a record. */
export const RECORD_FIELDS = [
  { name: 'given', label: 'Voornamen' },
  { name: 'prefix', label: 'Voorvoegsels' },
  { name: 'family', label: 'Achternaam' },
] as const;

export type RecordField = (typeof RECORD_FIELDS)[number]['name'] | 'birth' | 'bsn';

/** Nobody available by that BSN: the same for who is not there and who is not shared. */
export function recordForm(viewer: Viewer, typed: Readonly<Partial<Record<RecordField, Faulty>>>, isSent = false): Page {
  const faults = Object.entries(typed).filter(([, one]) => one?.fault !== undefined);
  return framed(
    viewer,
    faults.length > 0 ? 'Fout: dossier openen' : 'Dossier openen',
    html`<h1>Dossier openen</h1>${
      faults.length > 0 &&
      html`<div class="errors" role="alert" tabindex="-1" autofocus><h2>Het dossier is niet geopend</h2><ul>${faults.map(([name, one]) => html`<li><a href="#${name}">${one?.fault}</a></li>`)}</ul></div>`
    }${!isSent && html`<div class="note" role="status"><p>Met dit BSN is voor u geen dossier beschikbaar. Er is er geen, of het is niet met u gedeeld.</p><p>Is deze patiënt bij u in zorg en is er nog geen dossier, open het dan hier.</p></div>`}
<form method="post" action="${CONVERSATION_PATH}" novalidate>${viewer.formToken}
${bsnField(typed.bsn)}${RECORD_FIELDS.map(({ name, label }) =>
  formField(
    { id: name, label, fault: typed[name]?.fault },
    (more) => html`<input id="${name}" name="${name}" autocomplete="off" maxlength="200" value="${typed[name]?.typed}"${more}>`,
  ),
)}${formField({ id: 'birth', label: 'Geboortedatum', hint: DAY_HINT, fault: typed.birth?.fault }, (more) => dayInput('birth', 'birth', typed.birth?.typed ?? '', more))}
<button name="${ACTION}" value="openen">Dossier openen</button></form>
<p><a href="${CONVERSATION_PATH}">Ander BSN</a></p>`,
  );
}

export interface DraftLine {
  id: string;
  /** Epoch milliseconds. */
  saved: number;
  /** Day of the conversation, in words; undefined where it is not filled in. */
  day?: string;
}

export interface ChoicePage {
  viewer: Viewer;
  patient: { id: string; words: string };
  drafts: readonly DraftLine[];
  /** Day of the last recorded conversation, in words. */
  last?: string;
}

/** Go on with a draft, begin, or correct the last conversation. */
export function choicePage({ viewer, patient, drafts, last }: ChoicePage): Page {
  const at = `${CONVERSATION_PATH}?patient=${patient.id}`;
  return framed(
    viewer,
    TITLE,
    html`<h1>${TITLE}</h1><p class="born">${patient.words}</p>
${
  drafts.length > 0 &&
  html`<h2>Concepten van uw organisatie</h2><ul class="drafts">${drafts.map(
    ({
      id,
      saved,
      day,
    }) => html`<li>${day === undefined ? 'Gesprek zonder datum' : `Gesprek van ${day}`}, opgeslagen op ${dutchMoment(saved)}
<p><a class="button" href="${CONVERSATION_PATH}?${DRAFT}=${id}">Verder met dit concept</a> <a class="next" href="${CONVERSATION_PATH}?${DRAFT}=${id}&amp;stap=verwijderen">Concept verwijderen</a></p></li>`,
  )}</ul>`
}
<h2>Nieuw</h2><p><a class="button" href="${at}&amp;soort=nieuw">Nieuw gesprek vastleggen</a></p>
${last !== undefined && html`<p><a href="${at}&amp;soort=verbetering">Het gesprek van ${last} verbeteren</a></p>`}
<p><a href="/plan?patient=${patient.id}">Zorgplan bekijken</a></p>`,
  );
}

export interface OneDraft {
  viewer: Viewer;
  patient: { id: string; words: string };
  draft: { id: string; version: number; saved: number };
}

export function deletePage({ viewer, patient, draft }: OneDraft): Page {
  return framed(
    viewer,
    'Concept verwijderen',
    html`<h1>Concept verwijderen?</h1><p class="born">${patient.words}</p>
<p>Het concept van ${dutchMoment(draft.saved)} verdwijnt. Er was nog niets uit afgesproken.</p>
<form method="post" action="${CONVERSATION_PATH}">${viewer.formToken}<input type="hidden" name="${DRAFT}" value="${draft.id}"><input type="hidden" name="versie" value="${draft.version}">
<button name="${ACTION}" value="verwijderen">Verwijderen</button></form>
<p><a href="${CONVERSATION_PATH}?${DRAFT}=${draft.id}">Terug naar het concept</a></p>`,
  );
}
