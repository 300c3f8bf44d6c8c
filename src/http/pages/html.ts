// HTML as a template literal that escapes everything put into it, unless it is HTML made the same way.
import { escapeXml } from '../../izp/narrative.js';

/** A piece of HTML in which every text has been escaped. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Content = Html | string | number | null | undefined | false | readonly Content[];

/** html`<p>${text}</p>`: texts are escaped, null, undefined and false leave nothing, lists are joined. */
export function html(parts: TemplateStringsArray, ...values: Content[]): Html {
  return new Html(parts.reduce((text, part, i) => text + render(values[i - 1]) + part));
}

function render(value: Content): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'string' || typeof value === 'number') return escapeXml(String(value));
  return value.map(render).join('');
}
