// A field of a form as everybody can use it: its label, a hint, what is wrong with it, and the control that these belong to.
// https://www.w3.org/WAI/WCAG22/Understanding/error-identification.html
import { type Content, Html, html } from './html.js';

/** What was typed, and what is wrong with it. */
export interface Faulty {
  typed: string;
  fault?: string;
}

export interface FormField {
  /** Of the control, whose name it may be as well. */
  id: string;
  label: string;
  hint?: string;
  fault?: string;
}

/** `control` makes the control, with the attributes that tie hint and fault to it. */
export function formField({ id, label, hint, fault }: FormField, control: (more: Html) => Content): Html {
  const described = [hint !== undefined && `${id}-hint`, fault !== undefined && `${id}-fout`].filter(Boolean).join(' ');
  const more = html`${described !== '' && html` aria-describedby="${described}"`}${fault !== undefined && new Html(' aria-invalid="true"')}`;
  return html`<label for="${id}">${label}</label>${hint !== undefined && html`<p class="hint" id="${id}-hint">${hint}</p>`}
${fault !== undefined && html`<p class="error" id="${id}-fout">${fault}</p>`}${control(more)}`;
}
