// The emergency card as a page for a phone, in Dutch: what to do first, nothing to click, nothing fetched, no script.

import { dutchDate } from '../../fhir/dates.js';
import type { EmergencyCard, IcdItem } from '../../izp/card.js';
import type { CardDecision } from '../../izp/card-decisions.js';
import { glassWords, NO_SWITCH_OFF, SILENCE, SILENCE_ANYWHERE } from '../../izp/card-words.js';
import * as codes from '../../izp/codes.js';
import { type Contact, isSameContact } from '../../izp/contacts.js';
import { ageInWords, dutchDay } from '../../izp/dutch.js';
import { freshnessOf } from '../../izp/freshness.js';
import { personWords } from '../../izp/wording.js';
import { dutchMoment } from './dutch-moment.js';
import { callButton, contactArticle, facts, goalBlock, itemArticle, treatmentBlock, willBox } from './emergency-parts.js';
import { EMERGENCY_STYLE } from './emergency-style.js';
import { type Content, Html, html } from './html.js';

/** Read before the goal of treatment; antibiotics, blood products and all others come after it. */
export const FIRST_DECISIONS: readonly string[] = [codes.CPR, codes.VENTILATION, codes.ICU_ADMISSION, codes.HOSPITAL_ADMISSION];

/** HTML of the card as it is read at `now` (epoch milliseconds, for ages). `above` stands before everything else: the way back. */
export function renderEmergencyPage(card: EmergencyCard, now: number, above?: Content): string {
  return page(
    'Spoedkaart zorgwensen',
    html`${above}${identity(card, now)}<main>
${glass(card)}${cardSections(card, now)}
${footer(card, now)}</main>`,
  );
}

/** What the card tells, decisions first: the same on the emergency page and in the whole plan. */
export function cardSections(card: EmergencyCard, now: number): Html {
  const groups = byTreatment(card.decisions);
  const blocks = (wanted: (code: string | null | undefined) => boolean) =>
    groups.filter(([first]) => wanted(first?.treatment.code)).map((group) => treatmentBlock(group, now));
  const isFirst = (code: string | null | undefined) => FIRST_DECISIONS.includes(code ?? '');
  const otherWills = card.advanceDirectives.filter((will) => will.type.code !== 'NR' || will.type.system !== codes.LIVING_WILL_TYPE);
  return html`${alerts(card)}
<h2 class="first">Behandelafspraken</h2>
${blocks(isFirst)}
${blocks((code) => code === codes.ICD_SWITCH_OFF)}
${icdArticle(card.icd, now)}
${goalBlock('Doel van de behandeling', card.goal, now)}
${blocks((code) => !isFirst(code) && code !== codes.ICD_SWITCH_OFF)}
${otherWills.length > 0 && html`<h2>Wilsverklaringen</h2><article class="told">${otherWills.map((will) => willBox(will, now))}</article>`}
<h2>Wie beslist en wie te bellen</h2>
${capacityArticle(card, now)}
${contactArticle('Vertegenwoordiger', card.representative)}
${card.firstContact.status !== 'not-recorded' && isSameContact(card.firstContact, card.representative) ? html`<article class="told"><h3>Eerste contactpersoon</h3><p class="answer">Dezelfde: ${card.firstContact.name}</p></article>` : contactArticle('Eerste contactpersoon', card.firstContact)}
${otherContacts(card).map((contact) => contactArticle('Andere contactpersoon', contact))}
${team(card)}
${scenarios(card, now)}
<h2>Wensen</h2>
${itemArticle('Voorkeursplek van overlijden', card.preferredPlaceOfDeath, now)}
${itemArticle('Wensen voor de zorg', card.wishes, now)}
${itemArticle('Wat verder belangrijk is', card.otherInformation, now)}
${itemArticle('Standpunt over euthanasie', card.euthanasia, now)}
${itemArticle('Donorregister', card.organDonation, now)}
${itemArticle('Naasten informeren', card.informRelatives, now)}`;
}

/** The page when nothing is available to the asker: one answer for no plan and for a plan not shared, on purpose. */
export function renderNonePage(now: number): string {
  return page(
    NONE_TITLE,
    html`<header><div><h1>${NONE_TITLE}</h1><p class="fresh">Opgevraagd op ${dutchMoment(now)}</p></div></header><main>
${nonePart()}</main>`,
  );
}

const NONE_TITLE = 'Geen zorgplan beschikbaar';

/** What stands on every page that has nothing to show. */
export function nonePart(): Html {
  return html`<article class="told"><p class="answer">Voor u is over deze persoon geen zorgplan beschikbaar.</p>
<p class="more">Er is geen plan, of het is niet met u gedeeld.</p></article>
<article class="not-recorded"><p class="answer">${SILENCE}</p>
<p class="more">Kijk of er een verklaring of penning is, vraag de patiënt of de naasten, en overleg met de huisarts of de huisartsenspoedpost.</p></article>`;
}

/** The page for a refusal or a failure; never to be taken for an empty answer. `detail` is what the API says of it, in English. */
export function renderFailurePage(status: number, detail?: string): string {
  const { title, text, advice } = ERROR_TEXTS[status] ?? (FAILED as ErrorText);
  return page(
    title,
    html`<header><div><h1>${title}</h1></div></header><main>
<div class="alert" role="alert"><p class="shout">⚠ ${text}</p><p>${advice}</p></div>
${detail !== undefined && html`<footer><p lang="en">${detail}</p></footer>`}</main>`,
  );
}

interface ErrorText {
  title: string;
  text: string;
  advice: string;
}

/** What to do when there is no answer now. */
export const WITHOUT_ANSWER =
  'Probeer het opnieuw. Lukt het niet, kijk dan of er een verklaring of penning is, vraag de patiënt of de naasten, en overleg met de huisarts of de huisartsenspoedpost.';

const FAILED: ErrorText = {
  title: 'Nu geen antwoord',
  text: 'Het zorgplan kan nu niet worden opgehaald. Dit is geen leeg antwoord: er kunnen afspraken zijn.',
  advice: WITHOUT_ANSWER,
};

const ERROR_TEXTS: Record<number, ErrorText> = {
  400: {
    title: 'Vraag niet begrepen',
    text: 'Het burgerservicenummer klopt niet. Er is niets opgezocht.',
    advice: 'Controleer het nummer en probeer het opnieuw.',
  },
  401: { title: 'Niet aangemeld', text: 'U bent niet of niet meer aangemeld. Er is niets opgezocht.', advice: 'Meld u opnieuw aan.' },
  403: {
    title: 'Geen toegang',
    text: 'U mag deze vraag niet stellen. Er is niets opgezocht.',
    advice: 'Overleg met de beheerder van uw organisatie.',
  },
  429: {
    title: 'Te veel vragen',
    text: 'Er zijn te veel vragen in korte tijd gesteld. Er is niets opgezocht.',
    advice: 'Wacht even en probeer het opnieuw.',
  },
};

function page(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="nl"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow"><meta name="referrer" content="no-referrer"><meta name="format-detection" content="telephone=no">
<title>${title}</title><style>${new Html(EMERGENCY_STYLE)}</style></head>
<body>${body}</body></html>
`.text;
}

function identity({ patient, asOf, freshness }: EmergencyCard, now: number): Html {
  const born =
    patient.birthDate === null
      ? ['geboortedatum onbekend']
      : [dutchDay(patient.birthDate), ageOf(patient.birthDate, patient.deceased, now)];
  const fresh = freshnessOf(freshness, now);
  return html`<header><div><h1>${patient.name}</h1><p class="born">${[...born, patient.gender].filter(Boolean).join(' · ')}</p>
<p class="fresh">${fresh.text} Plan gewijzigd ${ageInWords(asOf, now)}, ${dutchDay(asOf)}.</p></div></header>`;
}

export function ageOf(birthDate: string, deceased: string | undefined, now: number): string | undefined {
  if (deceased !== undefined || birthDate.length !== 10) return undefined;
  const today = dutchDate(now);
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4)) - (today.slice(5) < birthDate.slice(5) ? 1 : 0);
  return years < 0 ? undefined : `${years} jaar`;
}

function glass({ breakGlass }: EmergencyCard): Content {
  if (breakGlass === undefined) return undefined;
  const [what, more] = glassWords(dutchMoment(Date.parse(breakGlass.until)));
  return html`<article class="unknown"><p class="answer">${what}</p>
<p class="more">${more}</p></article>`;
}

function alerts({ warnings }: EmergencyCard): Content {
  if (warnings.length === 0) return null;
  return html`<div class="alert" role="alert"><p class="shout">⚠ Let op</p>${warnings.map((warning) => html`<p>${warning.text}</p>`)}</div>`;
}

function icdArticle(icd: IcdItem, now: number): Html {
  const since = icd.since === undefined ? null : html`<p class="more">In gebruik sinds ${dutchDay(icd.since)}</p>`;
  const silent = icd.present && icd.switchOff === 'not-recorded' ? html`<p class="more">${NO_SWITCH_OFF}</p>` : null;
  return itemArticle('ICD (inwendige defibrillator)', icd, now, [since, silent]);
}

function capacityArticle({ capacity }: EmergencyCard, now: number): Html {
  const differs =
    capacity.differs === undefined ? null : html`<p class="words">Let op: een andere bron zegt iets anders: ${capacity.differs}</p>`;
  return itemArticle('Wilsbekwaamheid', capacity, now, differs);
}

export function otherContacts({ contacts, representative, firstContact }: EmergencyCard): Contact[] {
  return contacts.filter((contact) => !isSameContact(contact, representative) && !isSameContact(contact, firstContact));
}

function team({ careTeam }: EmergencyCard): Content {
  if (careTeam.members.length === 0 && careTeam.phonesDayAndNight.length === 0) return null;
  return html`<article class="told"><h3>Zorgteam</h3>
${careTeam.phonesDayAndNight.map((phone) => callButton({ number: phone.number, use: 'dag en nacht' }, 'zorgteam'))}
<ul>${careTeam.members.map((member) => html`<li>${personWords(member)}${member.phones.map((phone) => html`, ${phone.number}`)}</li>`)}</ul></article>`;
}

function scenarios({ scenarios: list, palliativeKit }: EmergencyCard, now: number): Content {
  if (list.length === 0 && palliativeKit.status === 'not-recorded') return null;
  const told = list.map(
    ({ event, recognisedBy, relativesDo, professionalsDo, ...told }) => html`<article class="told"><h3>${event}</h3><dl>
${recognisedBy && html`<dt>Te herkennen aan</dt><dd>${recognisedBy}</dd>`}${professionalsDo && html`<dt>Zorgverleners</dt><dd>${professionalsDo}</dd>`}${relativesDo && html`<dt>Patiënt en naasten</dt><dd>${relativesDo}</dd>`}</dl>${facts(told, now, 'Vastgelegd')}</article>`,
  );
  return html`<h2>Wat te doen als</h2>${told}${itemArticle('Palliatieve spoedkit', palliativeKit, now)}`;
}

function footer({ version, asOf }: EmergencyCard, now: number): Html {
  return html`<footer><p>Versie ${version} van het plan, laatst gewijzigd op ${dutchMoment(Date.parse(asOf))}. Opgevraagd op ${dutchMoment(now)}.</p>
<p>${SILENCE_ANYWHERE}</p></footer>`;
}

/** The decisions of one treatment together, in the order of the card. */
export function byTreatment(decisions: readonly CardDecision[]): CardDecision[][] {
  const groups: CardDecision[][] = [];
  for (const decision of decisions) {
    const last = groups.at(-1);
    const same = last?.[0] && JSON.stringify(last[0].treatment) === JSON.stringify(decision.treatment);
    if (same) last.push(decision);
    else groups.push([decision]);
  }
  return groups;
}
