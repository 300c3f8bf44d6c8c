// Refusals and failures of pages, in Dutch. What is not shown is told the same way whether it is there or not.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FhirError } from '../../fhir/errors.js';
import { logFailure } from '../failure.js';
import { sendPage } from '../page-answer.js';
import { EMERGENCY_PATH } from '../pages/emergency-form.js';
import { WITHOUT_ANSWER } from '../pages/emergency-page.js';
import { type Note, renderNote } from '../pages/frame.js';
import { FORM_TOKEN } from './form-names.js';
import { type Unsent, unsentNote } from './unsent-form.js';
import { viewerOf } from './viewer.js';

interface Words {
  title: string;
  text: string;
  /** Where to go on, beside trying again. */
  next?: 'again' | 'sign-in';
}

const BY_STATUS: Record<number, Words> = {
  400: { title: 'Vraag niet begrepen', text: 'De vraag is niet begrepen. Er is niets opgezocht en niets gewijzigd.' },
  401: {
    title: 'Niet meer aangemeld',
    text: 'U bent niet of niet meer aangemeld. Wat u verstuurde, is niet verwerkt.',
    next: 'sign-in',
  },
  403: { title: 'Geen toegang', text: 'U mag dit niet inzien of doen. Overleg met de beheerder van uw organisatie.' },
  404: {
    title: 'Niet beschikbaar',
    text: 'Dit is er niet, of het is niet met u gedeeld. Dat betekent niet: alles doen, en ook niet: niets doen.',
  },
  409: {
    title: 'Intussen gewijzigd',
    text: 'Iemand anders heeft dit intussen gewijzigd. Er is niets opgeslagen. Bekijk eerst wat er nu staat.',
  },
  412: {
    title: 'Intussen gewijzigd',
    text: 'Iemand anders heeft dit intussen gewijzigd. Er is niets opgeslagen. Bekijk eerst wat er nu staat.',
  },
  413: { title: 'Te groot', text: 'Wat u verstuurde, is te groot. Er is niets opgeslagen.' },
  422: { title: 'Niet opgeslagen', text: 'Wat u verstuurde, kan zo niet worden opgeslagen.' },
  429: { title: 'Te veel vragen', text: 'Er zijn te veel vragen in korte tijd gesteld. Wacht even en probeer het opnieuw.' },
};

const FOREIGN_FORM: Words = {
  title: 'Formulier niet aangenomen',
  text: 'Dit formulier is verlopen of kwam niet van deze pagina. Er is niets gewijzigd. Open de pagina opnieuw.',
};

const FAILED: Words = {
  title: 'Nu geen antwoord',
  text: 'De dienst kan nu niet antwoorden. Dit is geen leeg antwoord: er kunnen afspraken zijn. Probeer het opnieuw.',
};

/** For urgent care as well what to do without an answer: it cannot wait for one. */
const FAILED_IN_AN_EMERGENCY: Words = {
  ...FAILED,
  text: `De dienst kan nu niet antwoorden. Dit is geen leeg antwoord: er kunnen afspraken zijn. ${WITHOUT_ANSWER}`,
};

/** The note for a failure of the page at `path`. */
export function pageFailure(failure: FhirError, path: string): Note {
  const isForeign = failure.kind === 'forbidden' && failure.issues[0]?.expression?.[0] === FORM_TOKEN;
  const { title, text, next } = isForeign
    ? FOREIGN_FORM
    : (BY_STATUS[failure.status] ?? (path === EMERGENCY_PATH ? FAILED_IN_AN_EMERGENCY : FAILED));
  const link = next === 'sign-in' ? { to: path, name: 'Opnieuw aanmelden' } : { to: path, name: 'Pagina opnieuw openen' };
  const isOfUse = failure.status === 400 || failure.status === 422;
  return { title, text, link, ...(isOfUse && { detail: failure.message }) };
}

/** Answers a page request with what went wrong, and with the form that was not taken where its sender can send it again. */
export function sendPageFailure(
  request: FastifyRequest,
  reply: FastifyReply,
  failure: FhirError,
  path: string,
  unsent?: Unsent,
): FastifyReply {
  logFailure(request, failure);
  reply.headers(failure.headers).removeHeader('www-authenticate');
  const viewer = request.pageSession ? viewerOf(request.pageSession) : undefined;
  const note: Note = { ...pageFailure(failure, path), viewer };
  return sendPage(reply, { status: failure.status, forms: "'self'", ...renderNote(unsent ? unsentNote(note, unsent, path) : note) });
}
