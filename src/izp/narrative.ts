// Narrative text of FHIR resources: XHTML made of nothing but escaped text.
// https://hl7.org/fhir/R4/narrative.html
import type { Narrative } from '@medplum/fhirtypes';

/** Characters that XML 1.0 cannot hold, escaped or not. */
const NOT_XML = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Cs}/gu;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text for use in XHTML and HTML, in elements and in quoted attributes. */
export function escapeXml(text: string): string {
  return text.replace(NOT_XML, '').replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}

/** A generated narrative of paragraphs; line breaks inside one stay. */
export function narrative(paragraphs: readonly string[]): Narrative {
  const body = paragraphs.map((paragraph) => `<p>${escapeXml(paragraph).replace(/\r?\n/g, '<br/>')}</p>`).join('');
  return { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml" lang="nl" xml:lang="nl">${body}</div>` };
}
