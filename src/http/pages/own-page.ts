// /mijn: what patients and representatives see of their own record and do in it, in plain Dutch. One page, plain forms, no script.
import { dutchDay } from '../../izp/dutch.js';
import { type OwnStatement, type OwnView, SHARING_PARTIES } from '../../izp/own-view.js';
import { formField } from './form-field.js';
import { renderFrame, type Viewer } from './frame.js';
import { pageStyle } from './frame-style.js';
import { type Content, type Html, html } from './html.js';

export const OWN_PATH = '/mijn';
export const OWN_LOG_PATH = '/mijn/inzage';
export const OWN_LETTER_PATH = '/mijn/brief';

/** Characters of what is said at once: a page of paper or two. */
export const MAX_SAID = 10_000;
/** Characters of a reason. */
export const MAX_REASON = 1000;

const STYLE = pageStyle(`
main{max-width:46rem}
.item{background:#fff;border:1px solid #c3ccd6;border-radius:.375rem;margin:.4375rem 0;padding:.4375rem .75rem}
.item p{margin:.25rem 0;overflow-wrap:anywhere;white-space:pre-line}
.more{color:#3f4b57;font-size:.9375rem}
.outcome{font-weight:700}
details{margin:.25rem 0}
summary{cursor:pointer;padding:.5rem 0;min-height:2.75rem;color:#0a4a86;text-decoration:underline}
main button.urgent{background:#9d1119}
.choice{display:flex;align-items:center;font-weight:400;min-height:2.75rem}
`);

/** A form that was refused: which one, what was typed, and what is wrong. */
export interface OwnFault {
  /** Id of the form: `zeg`, `brief`, `delen`, or the reference that was to be withdrawn. */
  form: string;
  text: string;
  typed: URLSearchParams;
}

export interface OwnPage {
  viewer: Viewer;
  /** Whose record it is. */
  name: string;
  isRepresentative: boolean;
  view: OwnView;
  /** A new one for each page: what is sent twice from it is done once. */
  once: string;
  fault?: OwnFault;
  /** What was done by the form before. */
  done?: string;
}

export function ownPage(page: OwnPage): { html: string; style: string } {
  const { viewer, name, isRepresentative, fault, done } = page;
  const body = html`<h1>Mijn zorgplan</h1>
<p>${isRepresentative ? `U kijkt als vertegenwoordiger in het zorgplan van ${name}.` : `Dit zijn de gegevens van ${name}.`} Wie dit nog meer ziet en wijzigt, staat in uw <a href="${OWN_LOG_PATH}">inzageoverzicht</a>.</p>
${done !== undefined && html`<div class="note" role="status"><p>${done}</p></div>`}
${fault && html`<div class="note alert" role="alert"><p>Er is niets gewijzigd. ${fault.text}</p></div>`}
${agreements(page)}
${said(page)}
${letters(page)}
${sharing(page)}
<h2>Wie keek er in mijn gegevens</h2>
<p>Elke inzage wordt vastgelegd, ook een die is geweigerd.</p><p><a class="button" href="${OWN_LOG_PATH}">Inzageoverzicht</a></p>`;
  const title = fault ? 'Fout: Mijn zorgplan' : 'Mijn zorgplan';
  return { html: renderFrame({ title, style: STYLE, viewer, path: OWN_PATH }, body), style: STYLE.source };
}

function agreements(page: OwnPage): Html {
  const { view } = page;
  if (view.plan === undefined)
    return html`<h2>Wat er is afgesproken</h2><div class="note"><p>Er zijn geen afspraken vastgelegd. Dat betekent niet: alles doen, en ook niet: niets doen. Bespreek uw wensen met uw huisarts.</p></div>`;
  const plan = view.plan;
  return html`<h2>Wat er is afgesproken</h2>
${view.agreements.length === 0 && html`<p>Er zijn geen behandelafspraken vastgelegd.</p>`}
${view.agreements.map(
  (
    { reference, told },
    i,
  ) => html`<div class="item">${told.map(({ before, agreed, after }) => html`<p>${before}<strong>${agreed}</strong>${after}</p>`)}
${withdrawing(page, reference, `intrekken-${i}`, told.length > 1 ? 'Deze afspraken intrekken' : 'Deze afspraak intrekken')}</div>`,
)}
<p><a class="button" href="/plan">Het hele zorgplan lezen</a></p>
${withdrawing(page, plan, 'intrekken-plan', 'Het hele zorgplan intrekken', 'Daarmee vervallen alle afspraken, doelen en wensen in het plan. Bij spoed ziet men dan geen afspraken meer.')}`;
}

/** Taking back what was agreed: behind a summary, so that nobody does it by accident. */
function withdrawing(page: OwnPage, reference: string, id: string, label: string, warning?: string): Html {
  const fault = page.fault?.form === reference ? page.fault : undefined;
  return html`<details${fault !== undefined && html` open`}><summary>${label}</summary>
<form method="post" action="${OWN_PATH}">${hidden(page, { doen: 'intrekken', wat: reference })}
<p>${warning ?? 'Vanaf dat moment geldt dit niet meer.'} Uw huisarts krijgt bericht en bespreekt met u wat er dan geldt. Eerdere versies blijven bewaard.</p>
${formField(
  { id: `${id}-reden`, label: 'Waarom trekt u dit in?', fault: fault?.text },
  (more) =>
    html`<textarea id="${id}-reden" name="reden" rows="2" required maxlength="${MAX_REASON}"${more}>${fault?.typed.get('reden')}</textarea>`,
)}
<button class="urgent">${label}</button></form></details>`;
}

function said(page: OwnPage): Html {
  const { view, fault: any } = page;
  const fault = any?.form === 'zeg' ? any : undefined;
  const asks = fault?.typed.get('soort') === 'voorstel';
  const about = fault?.typed.get('over');
  return html`<h2>Wat ik zelf wil zeggen</h2>
<p>Wat u hier schrijft staat naast de afspraken en verandert ze niet. Uw huisarts krijgt bericht en beantwoordt een voorstel.</p>
${view.said.map((one, i) => statement(page, one, i))}
<details${(view.said.length === 0 || fault !== undefined) && html` open`}><summary>Iets zeggen of voorstellen</summary>
<form method="post" action="${OWN_PATH}">${hidden(page, { doen: 'zeggen' })}
<fieldset><legend>Wat is het?</legend>
<label class="choice"><input type="radio" name="soort" value="eigen-woorden"${!asks && html` checked`}>Iets dat anderen moeten weten</label>
<label class="choice"><input type="radio" name="soort" value="voorstel"${asks && html` checked`}>Een voorstel voor een andere afspraak</label></fieldset>
${
  view.agreements.length > 0 &&
  formField(
    { id: 'over', label: 'Waar gaat het over?' },
    (more) => html`<select id="over" name="over"${more}><option value="">Geen bepaalde afspraak</option>
${view.agreements.map(({ reference, told }) => html`<option value="${reference}"${about === reference && html` selected`}>${told.map(({ agreed }) => agreed).join(' ')}</option>`)}</select>`,
  )
}
${formField(
  { id: 'tekst', label: 'Uw woorden', fault: fault?.text },
  (more) =>
    html`<textarea id="tekst" name="tekst" rows="4" required maxlength="${MAX_SAID}"${more}>${fault?.typed.get('tekst')}</textarea>`,
)}
<button>Versturen</button></form></details>`;
}

function statement(page: OwnPage, { reference, isProposal, text, date, outcome, answer, isOpen }: OwnStatement, i: number): Html {
  return html`<div class="item"><p class="more">${isProposal ? 'Voorstel' : 'Eigen woorden'}${date !== undefined && ` van ${dutchDay(date)}`}</p>
<p>${text}</p><p class="outcome">${outcome}</p>${answer !== undefined && html`<p>Antwoord: “${answer}”</p>`}
${isOpen && reference.startsWith('Communication/') && html`<form method="post" action="${OWN_PATH}">${hidden(page, { doen: 'terugnemen', wat: reference })}<button class="quiet" aria-describedby="gezegd-${i}">Terugnemen</button><span id="gezegd-${i}" class="more">Uw huisarts hoeft er dan niets meer mee te doen.</span></form>`}</div>`;
}

function letters(page: OwnPage): Html {
  const fault = page.fault?.form === 'brief' ? page.fault : undefined;
  return html`<h2>Mijn wensenbrief</h2>
<p>Een brief in uw eigen woorden, bij het zorgplan. Een getekende brief of scan voegt uw huisarts toe.</p>
${page.view.letters.map(
  ({
    reference,
    title,
    date,
    isSigned,
    text,
  }) => html`<div class="item"><h3>${title}</h3><p class="more">${[date !== undefined && `Van ${dutchDay(date)}`, isSigned ? 'getekend' : 'niet getekend'].filter(Boolean).join(', ')}</p>
${text !== undefined && html`<p>${text}</p>`}<p><a href="${OWN_LETTER_PATH}?id=${reference.split('/')[1]}">Brief opslaan</a></p></div>`,
)}
<details${fault !== undefined && html` open`}><summary>Een brief schrijven</summary>
<form method="post" action="${OWN_PATH}">${hidden(page, { doen: 'brief' })}
${formField(
  { id: 'brief', label: 'Uw brief', fault: fault?.text },
  (more) =>
    html`<textarea id="brief" name="tekst" rows="10" required maxlength="${MAX_SAID}"${more}>${fault?.typed.get('tekst')}</textarea>`,
)}
<button>Brief bewaren</button></form></details>`;
}

function sharing(page: OwnPage): Html {
  const { view, fault: any } = page;
  const fault = any?.form === 'delen' ? any : undefined;
  const permits = fault?.typed.get('keuze') === 'permit';
  return html`<h2>Wie mijn zorgplan mag zien</h2>
<p>Uw eigen zorgteam ziet uw zorgplan. Anderen zien het alleen met uw toestemming. Wat u hier kiest geldt meteen.</p>
${view.sharing.map(({ reference, words }, i) => html`<div class="item"><p>${words}</p>${withdrawing(page, reference, `delen-${i}`, 'Intrekken')}</div>`)}
<details${fault !== undefined && html` open`}><summary>Toestemming geven of bezwaar maken</summary>
<form method="post" action="${OWN_PATH}">${hidden(page, { doen: 'delen' })}
<fieldset><legend>Wat wilt u?</legend>
<label class="choice"><input type="radio" name="keuze" value="permit"${permits && html` checked`} required>Toestemming geven</label>
<label class="choice"><input type="radio" name="keuze" value="deny"${fault !== undefined && !permits && html` checked`}>Bezwaar maken</label></fieldset>
${formField(
  { id: 'wie', label: 'Voor wie?', fault: fault?.text },
  (more) => html`<select id="wie" name="wie" required${more}><option value="">Maak een keuze</option>
${Object.entries(SHARING_PARTIES).map(([code, words]) => html`<option value="${code}"${fault?.typed.get('wie') === code && html` selected`}>${words}</option>`)}
<option value="iedereen">Iedereen buiten mijn zorgteam (alleen bezwaar)</option></select>`,
)}
<button>Vastleggen</button></form></details>`;
}

function hidden({ viewer, once }: OwnPage, fields: Record<string, string>): Content {
  const all = Object.entries({ ...fields, keer: once });
  return html`${viewer.formToken}${all.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}`;
}
