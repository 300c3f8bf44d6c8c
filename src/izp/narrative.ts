// Narrative text of FHIR resources: XHTML made of nothing but escaped text.
// https://hl7.org/fhir/R4/narrative.html
import type { Narrative } from '@medplum/fhirtypes';

/** Characters that XML 1.0 cannot hold or that HTML takes for others, and those that turn the order of what is read around. */
const NOT_SHOWN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFFFE\uFFFF]|\p{Cs}/gu;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text without the characters that are never shown. */
export function shownText(text: string): string {
  return text.replace(NOT_SHOWN, '');
}

/** Text for use in XHTML and HTML, in elements and in quoted attributes. */
export function escapeXml(text: string): string {
  return shownText(text).replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}

/** A generated narrative of paragraphs; line breaks inside one stay. */
export function narrative(paragraphs: readonly string[]): Narrative {
  const body = paragraphs.map((paragraph) => `<p>${escapeXml(paragraph).replace(/\r\n|[\r\n\u2028\u2029]/g, '<br/>')}</p>`).join('');
  return { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml" lang="nl" xml:lang="nl">${body}</div>` };
}
