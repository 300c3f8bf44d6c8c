// A form that was not taken although its sender may send it again: given back in the answer to that very request, to the browser that
// sent it, and kept nowhere. Nothing is done with it before it comes with the token of a session, and then of who filled it in.
import type { FastifyRequest } from 'fastify';
import { isFormAuthor, isFormToken, type PageSession } from '../../auth/page-sessions.js';
import type { FhirError } from '../../fhir/errors.js';
import type { Note } from '../pages/frame.js';
import { type Content, html } from '../pages/html.js';
import { FORM_AUTHOR, FORM_TOKEN, MAX_FIELDS } from './form-names.js';
import { isSurelyOwnForm } from './same-origin.js';
import { viewerOf } from './viewer.js';

export interface Unsent {
  form: URLSearchParams;
  /**
   * Why it was not taken: nobody is signed in any more, its own session had ended and who filled it in is signed in again, somebody
   * else is signed in, or the service could not answer.
   */
  why: 'signed-out' | 'signed-in-again' | 'of-another' | 'no-answer';
  /** Who is signed in again. */
  session?: PageSession;
  typed?: Content;
}

/** The form of a request that failed; undefined where it is none of ours, or could not be taken however often it were sent. */
export function unsentOf(
  request: FastifyRequest,
  baseUrl: string,
  failure: FhirError,
  typed: ((form: URLSearchParams) => Content) | undefined,
): Unsent | undefined {
  // Shown to whoever was lured here by another site it would be words of that site on a page of ours.
  if (!isSurelyOwnForm(request, baseUrl) || typeof request.body !== 'string') return undefined;
  const form = new URLSearchParams(request.body);
  const [token, author] = [form.get(FORM_TOKEN), form.get(FORM_AUTHOR)];
  if (token === null || author === null || form.size > MAX_FIELDS) return undefined;
  const session = request.pageSession;
  if (failure.status === 401) return { form, why: 'signed-out', typed: typed?.(form) };
  if (failure.status === 429 || failure.status >= 500) return { form, why: 'no-answer', typed: typed?.(form) };
  if (failure.status !== 403 || !session || isFormToken(session, token)) return undefined;
  if (!isFormAuthor(session, { token, author })) return { form, why: 'of-another' };
  return { form, why: 'signed-in-again', session, typed: typed?.(form) };
}

/** What stands in the fields of these names, under these words. */
export function typedAs(words: Readonly<Record<string, string>>): (form: URLSearchParams) => Content {
  return (form) => {
    const given = Object.entries(words).flatMap(([name, label]) => form.getAll(name).map((text) => ({ label, text })));
    const lines = given.filter(({ text }) => text.trim() !== '').map(({ label, text }) => html`<dt>${label}</dt><dd>${text}</dd>`);
    return lines.length > 0 && html`<dl>${lines}</dl>`;
  };
}

/** The note of the failure with the form below it. */
export function unsentNote(note: Note, { form, why, session, typed }: Unsent, path: string): Note {
  const fields = [...form].filter(([name]) => session === undefined || (name !== FORM_TOKEN && name !== FORM_AUTHOR));
  const button = session === undefined ? 'Opnieuw versturen' : 'Versturen';
  const again = html`<form method="post" action="${path}">${session && viewerOf(session).formToken}${fields.map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )}
<p><button>${button}</button></p></form>
${typed && html`<h2>Dit vulde u in</h2>${typed}`}`;
  if (why === 'no-answer') return { ...note, more: again };
  if (why === 'signed-out') return { ...note, text: SIGNED_OUT, link: inNewWindow('Opnieuw aanmelden', path), more: again };
  // Signing out in the bar would lose what stands here.
  if (why === 'of-another')
    return { ...OF_ANOTHER, link: inNewWindow('Afmelden of opnieuw aanmelden', path), viewer: undefined, more: again };
  const { name } = viewerOf(session as PageSession);
  return { title: 'Nog niet verwerkt', text: `U bent aangemeld als ${name}. ${SEND_NOW}`, viewer: note.viewer, more: again };
}

const SIGNED_OUT =
  'U bent niet of niet meer aangemeld. Wat u verstuurde, is niet verwerkt. Het staat nog in dit venster: laat het open, meld u aan in een nieuw venster, kom hier terug en verstuur opnieuw.';

const SEND_NOW = 'Wat u verstuurde toen u niet meer was aangemeld, is niet verwerkt. Het staat nog in dit venster: verstuur het nu.';

const OF_ANOTHER = {
  title: 'Ingevuld door iemand anders',
  text: 'Dit is ingevuld toen iemand anders was aangemeld, en is niet verwerkt. Alleen wie het invulde, kan het versturen: laat dit venster open, meld u af in een nieuw venster, en laat diegene zich daar aanmelden en hier opnieuw versturen.',
};

const inNewWindow = (name: string, path: string) => ({ to: path, name: `${name} (nieuw venster)`, inNewWindow: true });
