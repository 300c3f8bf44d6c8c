// The emergency look-up for people: a BSN, and where nothing is available and the service allows it, a reason to see it all the same.
import { NEEDED_REASON } from '../../access/emergency-door.js';
import { nonePart } from './emergency-page.js';
import { type Faulty, formField } from './form-field.js';
import { renderFrame, type Viewer } from './frame.js';
import { pageStyle } from './frame-style.js';
import { type Html, html } from './html.js';

export const EMERGENCY_PATH = '/spoed';

const STYLE = pageStyle(`
main{max-width:34rem}
#bsn{display:block;font-size:1.5rem;letter-spacing:.06em;max-width:16rem}
article{background:#fff;border:1px solid #c3ccd6;border-left:.5rem solid #5b6875;border-radius:.375rem;margin:.4375rem 0;padding:.4375rem .75rem}
.answer{margin:0;font-weight:700}.more{margin:.25rem 0 0}
main .urgent{background:#9d1119}
`);

export interface Asking {
  viewer: Viewer;
  bsn?: Faulty;
  reason?: Faulty;
}

/** The form to begin with. */
export function emergencyForm({ viewer, bsn }: Asking): { html: string; style: string } {
  const page = renderFrame(
    {
      title: bsn?.fault === undefined ? 'Spoed: zorgplan opzoeken' : 'Fout: Spoed: zorgplan opzoeken',
      style: STYLE,
      viewer,
      path: EMERGENCY_PATH,
    },
    html`<h1>Spoed: zorgplan opzoeken</h1>
<form method="post" action="${EMERGENCY_PATH}">${viewer.formToken}
${formField(
  { id: 'bsn', label: 'Burgerservicenummer (BSN)', hint: 'Negen cijfers', fault: bsn?.fault },
  (more) =>
    html`<input id="bsn" name="bsn" inputmode="numeric" autocomplete="off" spellcheck="false" maxlength="20" required autofocus value="${bsn?.typed}"${more}>`,
)}
<button>Zoek zorgplan</button></form>
<p>Wie opzoekt en wie er gezocht is, wordt vastgelegd.</p>`,
  );
  return { html: page, style: STYLE.source };
}

/** Nothing available to the asker. `mayBreakGlass` shows where to say why it must be seen without a permission. */
export function emergencyNone({ viewer, bsn, reason }: Asking, mayBreakGlass: boolean): { html: string; style: string } {
  const page = renderFrame(
    { title: 'Geen zorgplan beschikbaar', style: STYLE, viewer, path: EMERGENCY_PATH },
    html`<h1>Geen zorgplan beschikbaar</h1>
${nonePart()}
${mayBreakGlass && glassForm({ viewer, bsn, reason })}
<p><a href="${EMERGENCY_PATH}">Andere patiënt zoeken</a></p>`,
  );
  return { html: page, style: STYLE.source };
}

function glassForm({ viewer, bsn, reason }: Asking): Html {
  return html`<h2>Noodgeval: inzien zonder toestemming</h2>
<p>Is het nodig om een eventueel plan nu te zien, zeg dan waarom. Dit geldt een uur. Uw reden wordt vastgelegd; de patiënt, de huisarts en de functionaris gegevensbescherming krijgen die te zien.</p>
<form method="post" action="${EMERGENCY_PATH}">${viewer.formToken}<input type="hidden" name="bsn" value="${bsn?.typed}">
${formField(
  { id: 'reason', label: 'Reden', hint: `${NEEDED_REASON.least} tot ${NEEDED_REASON.most} tekens`, fault: reason?.fault },
  (more) =>
    html`<textarea id="reason" name="reason" rows="3" required minlength="${NEEDED_REASON.least}" maxlength="${NEEDED_REASON.most}"${more}>${reason?.typed}</textarea>`,
)}
<button class="urgent">Toch inzien</button></form>`;
}
