// /spoed: the emergency look-up for people. The BSN and the reason come in a form's body only.

import type { FastifyInstance } from 'fastify';
import { isReason } from '../../access/emergency-door.js';
import { mayUseEmergencyDoor } from '../../access/standing.js';
import { BSN_SYSTEM, typedBsn } from '../../fhir/identity.js';
import type { EmergencyCard } from '../../izp/card.js';
import { emergencyDoor } from '../emergency-address.js';
import { EMERGENCY_PATH, emergencyForm, emergencyNone } from '../pages/emergency-form.js';
import { renderEmergencyPage } from '../pages/emergency-page.js';
import { EMERGENCY_STYLE_HASH } from '../pages/emergency-style.js';
import { html } from '../pages/html.js';
import { type PageAnswer, type PageDeps, registerPage, type Visit } from './page-route.js';
import { typedAs } from './unsent-form.js';

export function registerEmergencyPage(app: FastifyInstance, shared: PageDeps): void {
  const deps = { ...shared, door: emergencyDoor(shared.door) };
  registerPage(app, deps, {
    path: EMERGENCY_PATH,
    interaction: 'emergency-card',
    purposes: ['ETREAT', 'TREAT'],
    show: async ({ session, viewer }) => {
      session.require('Patient', 'r');
      return emergencyForm({ viewer });
    },
    receive: (visit) => lookUp(visit, deps),
    typed: typedAs({ reason: 'Reden' }),
  });
}

async function lookUp({ session, form, viewer, now }: Visit, { door: { access } }: PageDeps): Promise<PageAnswer> {
  session.require('Patient', 'r');
  const typed = form.get('bsn') ?? '';
  const bsn = typedBsn(typed);
  if (bsn === undefined)
    return { status: 422, ...emergencyForm({ viewer, bsn: { typed, fault: 'Dit is geen geldig BSN. Controleer de negen cijfers.' } }) };
  const reason = form.get('reason') ?? undefined;
  const isWrong = reason !== undefined && !isReason(reason);
  const card = await session.cardByIdentifier(BSN_SYSTEM, bsn, 'card', isWrong ? undefined : reason);
  if (card) {
    const back = html`<nav class="back" aria-label="Terug"><a href="${EMERGENCY_PATH}">Andere patiënt zoeken</a></nav>`;
    return { html: renderEmergencyPage(JSON.parse(card.text) as EmergencyCard, now, back), style: EMERGENCY_STYLE_HASH };
  }
  const mayBreakGlass = access.breakGlass && mayUseEmergencyDoor(session.principal, access);
  const said =
    reason === undefined ? undefined : { typed: reason, ...(isWrong && { fault: 'Geef een reden van minstens een paar woorden.' }) };
  return { ...(isWrong && { status: 422 }), ...emergencyNone({ viewer, bsn: { typed: bsn }, reason: said }, mayBreakGlass) };
}
