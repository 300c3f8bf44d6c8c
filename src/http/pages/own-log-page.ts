// /mijn/inzage: who saw or changed what, for the patient, in the frame of the other pages.
import type { LogEntry } from '../log-view.js';
import { logTable } from './access-log-page.js';
import { LOG_TABLE_STYLE } from './access-log-style.js';
import { renderFrame, type Viewer } from './frame.js';
import { pageStyle } from './frame-style.js';
import { html } from './html.js';
import { OWN_PATH } from './own-page.js';

const STYLE = pageStyle(LOG_TABLE_STYLE);

export interface OwnLog {
  viewer: Viewer;
  /** Whose log it is. */
  name: string;
  entries: readonly LogEntry[];
  /** Address of the page with older entries. */
  next?: string;
}

export function renderOwnLog({ viewer, name, entries, next }: OwnLog): { html: string; style: string } {
  const page = renderFrame(
    { title: 'Wie zag of wijzigde mijn gegevens', style: STYLE, viewer, path: OWN_PATH },
    html`<h1>Wie zag of wijzigde mijn gegevens</h1>
<p>Dit gaat over de gegevens van ${name}. Elke inzage en elke wijziging staat hier, ook een die is geweigerd of niets opleverde.</p>
${logTable(entries)}
${next !== undefined && html`<p><a class="button" href="${next}" rel="next">Ouder</a></p>`}
<p class="no-print"><a href="${OWN_PATH}">Terug naar mijn zorgplan</a></p>`,
  );
  return { html: page, style: STYLE.source };
}
