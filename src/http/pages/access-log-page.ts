// The access log as a page, in Dutch: one table, nothing fetched, no script, fit to be printed and to be read aloud.
import type { LogEntry } from '../log-view.js';
import { ACCESS_LOG_STYLE } from './access-log-style.js';
import { dutchMoment } from './dutch-moment.js';
import { type Content, Html, html } from './html.js';

/** HTML of one page of the log; `next` is the address of the page with older entries. */
export function renderAccessLogPage({ entries, next }: { entries: readonly LogEntry[]; next?: string }): string {
  return page(
    'Wie zag of wijzigde mijn gegevens',
    html`<p>Elke inzage en elke wijziging staat hier, ook een die is geweigerd of niets opleverde.</p>`,
    logTable(entries),
    next !== undefined && html`<nav aria-label="Verder"><a href="${next}" rel="next">Ouder</a></nav>`,
  );
}

/** The entries as a table, newest first; a sentence where there are none. */
export function logTable(entries: readonly LogEntry[]): Html {
  return entries.length === 0
    ? html`<p class="note">Er is niets vastgelegd.</p>`
    : html`<table><caption>Nieuwste bovenaan</caption><thead><tr><th scope="col">Wanneer</th><th scope="col">Wie</th><th scope="col">Wat</th><th scope="col">Op welke grond</th><th scope="col">Noodgeval</th></tr></thead>
<tbody>${entries.map(row)}</tbody></table>`;
}

/** The page for a refusal or a failure; `detail` is what the API says of it, in English. */
export function renderAccessLogFailure(status: number, detail?: string): string {
  const told = FAILURES[status] ?? 'Het logboek kan nu niet worden getoond. Probeer het later opnieuw.';
  return page(
    'Geen logboek',
    undefined,
    html`<p class="note" role="alert">${told}</p>`,
    detail !== undefined && html`<p lang="en">${detail}</p>`,
  );
}

const FAILURES: Record<number, string> = {
  400: 'De vraag is niet begrepen.',
  401: 'U bent niet of niet meer aangemeld. Meld u opnieuw aan.',
  403: 'U mag dit logboek niet inzien.',
  429: 'Er zijn te veel vragen in korte tijd gesteld. Wacht even en probeer het opnieuw.',
};

function row(entry: LogEntry): Html {
  const { organization, role, user, what, outcome, ground, emergency, breakGlass } = entry;
  const kind = breakGlass ? 'glass' : emergency ? 'urgent' : '';
  const isPerson = organization.name === null && organization.ura === null && role !== null;
  const unnamed = organization.ura === null ? 'Onbekende organisatie' : `Organisatie met URA ${organization.ura}`;
  const who = isPerson ? `De ${role}` : (organization.name ?? unnamed);
  // A practice of GPs has GPs: the same word twice tells nothing.
  const more = [...new Set([organization.type, !isPerson && role, user])].filter(Boolean).join(', ');
  return html`<tr class="${kind}"><th scope="row"><time datetime="${entry.when}">${moment(entry.when)}</time></th>
<td data-label="Wie">${who}${more !== '' && html`<span class="more">${more}</span>`}</td>
<td data-label="Wat">${what}${outcome !== 'Gelukt' && html`<span class="more denied">${outcome}</span>`}</td>
<td data-label="Grond">${ground ?? 'Niet vermeld'}</td>
<td data-label="Noodgeval">${emergencyWords(emergency, breakGlass)}</td></tr>
`;
}

function emergencyWords(emergency: boolean, breakGlass: LogEntry['breakGlass']): Content {
  if (!breakGlass) return emergency ? 'Ja' : 'Nee';
  return html`<span class="mark">Ja, zonder toestemming vooraf</span>${breakGlass.reason !== null && html`<span class="more">Reden: “${breakGlass.reason}”</span>`}`;
}

function page(title: string, intro: Content, ...body: Content[]): string {
  return html`<!doctype html>
<html lang="nl"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow"><meta name="referrer" content="no-referrer"><meta name="format-detection" content="telephone=no">
<title>${title}</title><style>${new Html(ACCESS_LOG_STYLE)}</style></head>
<body><header><div><h1>${title}</h1>${intro}</div></header><main>
${body}</main></body></html>
`.text;
}

const moment = (iso: string) => dutchMoment(Date.parse(iso));
