// Whom a page is shown to, of the session behind it.
import type { PageSession } from '../../auth/page-sessions.js';
import type { Viewer } from '../pages/frame.js';
import { html } from '../pages/html.js';
import { FORM_TOKEN } from './form-names.js';

/** Who the page greets, and the field that proves their forms. */
export function viewerOf({ person, formToken }: Pick<PageSession, 'person' | 'formToken'>): Viewer {
  const name = [person.name, person.organizationName].filter(Boolean).join(', ');
  const isPatient = person.patientId !== undefined;
  return { name: name || 'Aangemeld', isPatient, formToken: html`<input type="hidden" name="${FORM_TOKEN}" value="${formToken}">` };
}
