// The building blocks of the emergency page: one decision, one answer, one person to call; each with date, age, people and source.
import type { CardAdvanceDirective, CardDecision } from '../../izp/card-decisions.js';
import type { CardItem } from '../../izp/card-items.js';
import {
  decisionsConflict,
  goalsConflict,
  partiesWords,
  SILENCE,
  sourceName,
  type Told,
  UNCLEAR,
  UNCLEAR_WILL,
  whenWords,
} from '../../izp/card-words.js';
import type { Contact } from '../../izp/contacts.js';
import { dutchDay, inSentence } from '../../izp/dutch.js';
import type { Phone } from '../../izp/people.js';
import type { GoalItem } from '../../izp/policy-goal.js';
import { decisionWords } from '../../izp/wording.js';
import { SIGNS, TELEPHONE } from './emergency-signs.js';
import { type Content, type Html, html } from './html.js';

/** When, how long ago, with whom, and from where. */
export function facts(told: Told, now: number, verb = 'Afgesproken'): Content {
  if (told.source === null) return null;
  return html`<p class="facts">${verb} ${when(told.date, now)}. ${partiesWords(told)}</p>`;
}

function when(date: string | null, now: number): Html {
  const { ago, day } = whenWords(date, now);
  return ago === undefined ? html`<b>${day}</b>` : html`<b>${ago}</b>, ${day}`;
}

/** Everything current on one treatment: one decision, or all of them in a box that cannot be overlooked. */
export function treatmentBlock(decisions: readonly CardDecision[], now: number): Content {
  const [first] = decisions;
  if (first === undefined) return null;
  if (!first.conflict) return decisionArticle(first, now);
  return html`<section class="conflict" aria-label="Tegenstrijdige afspraken over ${first.treatment.display}">
<h3>⚠ Tegenstrijdig: ${inSentence(first.treatment.display)}</h3>
<p>${decisionsConflict(decisions.length)}</p>
${(first.advanceDirectives ?? []).map((will) => willBox(will, now))}
${decisions.map(({ advanceDirectives: _told, ...decision }) => decisionArticle(decision, now))}</section>`;
}

function decisionArticle(decision: CardDecision, now: number): Html {
  const { treatment, text, comment, treatmentWords, alsoFrom, advanceDirectives } = decision;
  const quoted = decision.decision === 'do-with-limits' || decision.decision === 'unknown';
  const told = decision.decision === 'not-recorded' ? SILENCE : text;
  const words = told === null ? null : html`<p class="words${quoted ? '' : ' plain'}">${quoted ? `“${told}”` : told}</p>`;
  return html`<article class="decision ${decision.decision}">${SIGNS[decision.decision]}<h3>${treatment.display}</h3>
<p class="said">${decisionWords(decision)}</p>${words}
${treatmentWords === undefined ? null : html`<p class="more">De bron noemt de behandeling: “${treatmentWords}”</p>`}
${comment === undefined ? null : html`<p class="more">Toelichting: “${comment}”</p>`}
${(advanceDirectives ?? []).map((will) => willBox(will, now))}
${facts(decision, now)}
${(alsoFrom ?? []).map((also) => html`<p class="also">Hetzelfde zegt ook: ${sourceName(also.source)}, ${dutchDay(also.date ?? undefined)}${also.comment === undefined ? null : html` (“${also.comment}”)`}</p>`)}
</article>`;
}

/** A written will beside the decision it is about. */
export function willBox(will: CardAdvanceDirective, now: number): Html {
  const unclear = will.interpretable ? null : html`<br>${UNCLEAR_WILL}`;
  return html`<div class="will"><p class="title">${will.type.display} aanwezig</p>Opgesteld ${when(will.date, now)}. Bron: ${sourceName(will.source)}.${will.text === null ? null : html`<br>“${will.text}”`}${unclear}</div>`;
}

/** Longer answers, in characters, are read and not seen at a glance: bold type would only tire. */
const SHOUTED = 90;

/** The main goal: one, or all current ones in a box that cannot be overlooked. */
export function goalBlock(label: string, goal: GoalItem, now: number): Html {
  if (goal.others === undefined) return itemArticle(label, goal, now);
  const all = [goal, ...goal.others];
  return html`<section class="conflict" aria-label="Tegenstrijdig: ${inSentence(label)}">
<h3>⚠ Tegenstrijdig: ${inSentence(label)}</h3>
<p>${goalsConflict(all.length)}</p>
${all.map((item) => itemArticle(label, item, now))}</section>`;
}

/** One answer: its label, what was said, and the facts. Absent answers look different and say why. */
export function itemArticle(label: string, item: CardItem, now: number, more: Content = null): Html {
  const kind = item.status === 'cannot-interpret' ? 'cannot-interpret' : item.status === 'recorded' ? 'told' : 'missing';
  return html`<article class="${kind}"><h3>${label}</h3><p class="answer${item.text.length > SHOUTED ? ' plain' : ''}">${item.text}</p>
${item.note === undefined ? null : html`<p class="more">Toelichting: “${item.note}”</p>`}${more}${facts(item, now, 'Vastgelegd')}</article>`;
}

/** A person to call, with buttons large enough for gloves. */
export function contactArticle(label: string, contact: Contact): Html {
  if (contact.status === 'not-recorded')
    return html`<article class="missing"><h3>${label}</h3><p class="answer">Niet vastgelegd</p></article>`;
  const unclear = contact.status === 'cannot-interpret' ? html`<p class="more">${UNCLEAR}</p>` : null;
  const none =
    contact.phones.length === 0
      ? html`<p class="more">Geen telefoonnummer vastgelegd.${contact.emails ? ` E-mail: ${contact.emails.join(', ')}` : ''}</p>`
      : null;
  return html`<article class="${contact.status === 'recorded' ? 'told' : 'cannot-interpret'}"><h3>${label}</h3><p class="answer">${contact.name}</p>
${contact.relationship === undefined ? null : html`<p class="facts">${contact.relationship}</p>`}${unclear}${contact.phones.map((phone) => callButton(phone, contact.name))}${none}
${contact.source === null ? null : html`<p class="facts">Bron: ${sourceName(contact.source)}</p>`}</article>`;
}

export function callButton(phone: Phone, name: string | undefined): Html {
  const said = phone.use === undefined ? 'Bel' : `Bel (${phone.use})`;
  const number = dialled(phone.number);
  if (number === undefined) return html`<p class="more">Telefoon${phone.use === undefined ? '' : ` (${phone.use})`}: ${phone.number}</p>`;
  return html`<a class="call" href="tel:${number}" aria-label="${[`${said} ${phone.number}`, name].filter(Boolean).join(', ')}">${TELEPHONE}<span><small>${said}</small> ${phone.number}</span></a>`;
}

/** A run of digits as people write a number: with spaces, dots, hyphens, and the country or area code in brackets. */
const NUMBER = /\+?\d(?:[\s().\-\u2010-\u2015]*\d)*/g;
/** 112 is the shortest number that anybody is to call. */
const SHORTEST = 3;

/** What a telephone dials of a written number: the first in it, without extensions or a second one; undefined when there is none. */
export function dialled(number: string): string | undefined {
  const runs =
    number
      .replace(/\(\s*\+\s*(\d+)\s*\)/g, '+$1')
      .replace(/\(\s*0\s*\)/g, ' ')
      .match(NUMBER) ?? [];
  return runs.map((run) => run.replace(/[^\d+]/g, '')).find((run) => run.replace('+', '').length >= SHORTEST);
}
