// The whole plan for people, on screen and on A4: the card's part first, in its words, then everything else, and who had a hand in it.
import type { EmergencyCard } from '../../izp/card.js';
import { SILENCE, SILENCE_ANYWHERE } from '../../izp/card-words.js';
import type { PlanContent } from '../../izp/document.js';
import { dutchDay } from '../../izp/dutch.js';
import { freshnessOf } from '../../izp/freshness.js';
import { dutchMoment } from './dutch-moment.js';
import { ageOf, cardSections } from './emergency-page.js';
import { ARTICLE_STYLE } from './emergency-style.js';
import { type Faulty, formField } from './form-field.js';
import { renderFrame, type Viewer } from './frame.js';
import { pageStyle } from './frame-style.js';
import { type Html, html } from './html.js';

export const PLAN_PATH = '/plan';

const FORM_STYLE = pageStyle('main{max-width:34rem}#bsn{display:block;font-size:1.5rem;letter-spacing:.06em;max-width:16rem}');

const PLAN_STYLE = `
main{max-width:46rem}
${ARTICLE_STYLE}
.born{margin:0;font-size:1.125rem;font-weight:700}
.fresh{margin:0 0 .5rem;color:#3f4b57}
.part{background:#fff;border:1px solid #c3ccd6;border-radius:.375rem;padding:.375rem .75rem;margin:.4375rem 0}
.part p{margin:.3125rem 0;overflow-wrap:anywhere;white-space:pre-line}
main footer{margin-top:1.25rem;font-size:.875rem;color:#3f4b57}
@media print{
html{font-size:11pt}
body,article,.part,.alert,.conflict,.will,.not-recorded,.missing{background:#fff;color:#000}
*{color:#000!important}
article,.part,.alert,.conflict,.will{break-inside:avoid;border-color:#000}
.conflict>h3{background:#fff;border-bottom:2px solid #000}
h2,h3{break-after:avoid}
.call{background:#fff;border:1px solid #000;min-height:0;padding:.2rem .5rem}
.call svg{display:none}
}
`;

export interface PlanPage {
  viewer: Viewer;
  content: PlanContent;
  contributors: readonly string[];
  /** Epoch milliseconds. */
  now: number;
}

export function planPage({ viewer, content: { card, parts }, contributors, now }: PlanPage): { html: string; style: string } {
  const style = pageStyle(`${PLAN_STYLE}${sheet(card, now)}`);
  const page = renderFrame(
    { title: 'Individueel zorgplan', style, viewer, path: PLAN_PATH },
    html`<h1>Individueel zorgplan</h1>
${whose(card, now)}
${cardSections(card, now)}
${parts.map(({ title, told }) => html`<h2>${title}</h2><div class="part">${told.map((text) => html`<p>${text}</p>`)}</div>`)}
<h2>Wie aan dit plan meewerkten</h2><div class="part">${contributors.length === 0 ? html`<p>Niet vastgelegd.</p>` : html`<ul>${contributors.map((name) => html`<li>${name}</li>`)}</ul>`}</div>
<footer><p>Versie ${card.version}, laatst gewijzigd op ${dutchMoment(Date.parse(card.asOf))}. Opgevraagd op ${dutchMoment(now)}.</p><p>${SILENCE_ANYWHERE}</p></footer>
<p class="no-print"><a href="${PLAN_PATH}">Ander zorgplan zoeken</a></p>`,
  );
  return { html: page, style: style.source };
}

/** The foot of each sheet: a print is of one version at one moment, and every sheet of it says so. */
function sheet({ version, asOf }: EmergencyCard, now: number): string {
  const words = `Individueel zorgplan · versie ${version} van ${dutchMoment(Date.parse(asOf))} · afgedrukt ${dutchMoment(now)}`;
  // Versions are digits and letters, moments words of the calendar: nothing in them ends the text.
  return `@page{size:A4;margin:15mm 15mm 20mm;@bottom-left{content:"${words.replace(/["\\\n]/g, '')}";font:8pt sans-serif}@bottom-right{content:counter(page) " / " counter(pages);font:8pt sans-serif}}`;
}

function whose({ patient, freshness }: EmergencyCard, now: number): Html {
  const born =
    patient.birthDate === null
      ? ['geboortedatum onbekend']
      : [dutchDay(patient.birthDate), ageOf(patient.birthDate, patient.deceased, now)];
  return html`<p class="born">${[patient.name, ...born, patient.gender].filter(Boolean).join(' · ')}</p><p class="fresh">${freshnessOf(freshness, now).text}</p>`;
}

/** Whose plan: by BSN, in a form. */
export function planForm(viewer: Viewer, bsn?: Faulty): { html: string; style: string } {
  const page = renderFrame(
    { title: bsn?.fault === undefined ? 'Zorgplan zoeken' : 'Fout: zorgplan zoeken', style: FORM_STYLE, viewer, path: PLAN_PATH },
    html`<h1>Zorgplan zoeken</h1>
<form method="post" action="${PLAN_PATH}">${viewer.formToken}
${formField(
  { id: 'bsn', label: 'Burgerservicenummer (BSN)', hint: 'Negen cijfers', fault: bsn?.fault },
  (more) =>
    html`<input id="bsn" name="bsn" inputmode="numeric" autocomplete="off" spellcheck="false" maxlength="20" required autofocus value="${bsn?.typed}"${more}>`,
)}
<button>Zoek zorgplan</button></form>`,
  );
  return { html: page, style: FORM_STYLE.source };
}

/** One answer for no such patient, no plan, and a plan that is not shared. */
export function planNone(viewer: Viewer): { html: string; style: string } {
  const page = renderFrame(
    { title: 'Geen zorgplan beschikbaar', style: FORM_STYLE, viewer, path: PLAN_PATH },
    html`<h1>Geen zorgplan beschikbaar</h1><div class="note"><p>Voor u is over deze persoon geen zorgplan beschikbaar. Er is geen plan, of het is niet met u gedeeld.</p><p><b>${SILENCE}</b></p></div>
<p><a class="button" href="${PLAN_PATH}">Ander zorgplan zoeken</a></p>`,
  );
  return { html: page, style: FORM_STYLE.source };
}
