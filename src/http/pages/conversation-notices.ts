// What the writer of a draft must know of what others did meanwhile: nothing is overwritten silently.
import { dutchDay } from '../../izp/dutch.js';
import { type Html, html } from './html.js';

const note = (title: string, text: string): Html => html`<div class="note alert" role="alert"><p><b>${title}</b></p><p>${text}</p></div>
`;

export const OVERWRITES = note(
  'Dit concept is intussen elders opgeslagen.',
  'Wat u typte, staat hieronder en is niet opgeslagen. Slaat u nu op, dan vervangt het wat elders is opgeslagen. Open het concept in een nieuw venster om te zien wat er staat.',
);

export const REMOVED = note(
  'Dit concept is intussen verwijderd.',
  'Wat u typte, staat hieronder en is niet opgeslagen. Slaat u nu op, dan is er weer een concept.',
);

interface Change {
  what: string;
  before?: string;
  after?: string;
  by?: string;
  when?: string;
}

/** What changed in the plan since the draft was begun; empty where no more is known than that it did. */
export function changesPart(changes: readonly Change[], patientId: string): Html {
  return html`<div class="note alert"><p><b>Het zorgplan is gewijzigd sinds u aan dit concept begon.</b> Wat u hier laat staan, vervangt wat er nu is vastgelegd: pas het formulier zo nodig aan.</p>
${
  changes.length > 0 &&
  html`<ul>${changes.map(
    ({ what, before, after, by, when }) =>
      html`<li><b>${what}</b>${before && html`<br>Was: ${before}`}${after && html`<br>Is nu: ${after}`}${(by || when) && html`<br>${[by, when && dutchDay(when)].filter(Boolean).join(', ')}`}</li>`,
  )}</ul>`
}<p><a href="/plan?patient=${patientId}">Zorgplan bekijken</a></p></div>
`;
}
