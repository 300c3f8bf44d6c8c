// Whom a page is shown to, of the session behind it.
import type { PageSession } from '../../auth/page-sessions.js';
import type { Viewer } from '../pages/frame.js';
import { html } from '../pages/html.js';
import { FORM_AUTHOR, FORM_TOKEN } from './form-names.js';

/** Who the page greets, and the fields that prove their forms. */
export function viewerOf({ person, formToken: token, formAuthor }: Pick<PageSession, 'person' | 'formToken' | 'formAuthor'>): Viewer {
  const name = [person.name, person.organizationName].filter(Boolean).join(', ');
  const isPatient = person.patientId !== undefined;
  const formToken = html`<input type="hidden" name="${FORM_TOKEN}" value="${token}"><input type="hidden" name="${FORM_AUTHOR}" value="${formAuthor}">`;
  return { name: name || 'Aangemeld', isPatient, formToken };
}
