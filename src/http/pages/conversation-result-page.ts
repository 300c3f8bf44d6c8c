// After a conversation was recorded: the card as it now stands, and where to go on.
import type { EmergencyCard } from '../../izp/card.js';
import { CONVERSATION_PATH, CONVERSATION_STYLE } from './conversation-style.js';
import { cardSections } from './emergency-page.js';
import { renderFrame, type Viewer } from './frame.js';
import { html } from './html.js';

export interface ResultPage {
  viewer: Viewer;
  patient: { id: string; words: string };
  /** Absent where nothing of the form became an agreement. */
  card?: EmergencyCard;
  /** False when the stored form could not be read: nothing of it stands in the agreements. */
  isExtracted: boolean;
  /** Epoch milliseconds. */
  now: number;
}

export function resultPage({ viewer, patient, card, isExtracted, now }: ResultPage): { html: string; style: string } {
  const title = isExtracted ? 'Gesprek vastgelegd' : 'Niet in de afspraken verwerkt';
  const page = renderFrame(
    { title, style: CONVERSATION_STYLE, viewer, path: CONVERSATION_PATH },
    html`<h1>${title}</h1><p class="born">${patient.words}</p>
<div class="note${!isExtracted && ' alert'}" role="status"><p>${isExtracted ? 'Het gesprek is vastgelegd. Zo staat de spoedkaart er nu.' : 'Dit formulier is bewaard, maar niets ervan staat in de afspraken.'}</p></div>
<p class="no-print"><a class="button" href="/plan?patient=${patient.id}">Hele zorgplan bekijken of afdrukken</a> <a class="next" href="${CONVERSATION_PATH}">Ander gesprek vastleggen</a></p>
${card && cardSections(card, now)}`,
  );
  return { html: page, style: CONVERSATION_STYLE.source };
}
