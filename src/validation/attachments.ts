// Attachments against what is said of them: size, hash, and the kind of content; and whether a letter is safe to keep and to show.
// https://hl7.org/fhir/R4/datatypes.html#Attachment
import { createHash } from 'node:crypto';
import { isObject } from '../fhir/json.js';
import { contentTypeOf, dangersOf, LETTER_TYPES, type LetterType } from './attachment-content.js';
import type { Finding } from './issues.js';

/** Bytes of a letter or of own words: a scan of some pages. With the third that base64 adds it fits in a body of 16 MB. */
export const MAX_LETTER_BYTES = 10 * 1024 * 1024;

/** `isLetter`: a wish letter, or what a person says: then it is one of four kinds, and here. Malformed resources are taken too. */
export function attachmentFindings(resource: unknown, isLetter: boolean): Finding[] {
  return attachmentsOf(resource).flatMap(({ path, attachment }) => findingsOf(path, attachment, isLetter));
}

type Attachment = Record<string, unknown>;

function attachmentsOf(resource: unknown): { path: string; attachment: Attachment }[] {
  if (!isObject(resource)) return [];
  const listed = (type: string, list: unknown, name: string, element: string) =>
    [list]
      .flat()
      .flatMap((item, i) =>
        isObject(item) && isObject(item[name]) ? [{ path: `${type}.${element}[${i}].${name}`, attachment: item[name] as Attachment }] : [],
      );
  switch (resource.resourceType) {
    case 'DocumentReference':
      return listed('DocumentReference', resource.content, 'attachment', 'content');
    case 'Communication':
      return listed('Communication', resource.payload, 'contentAttachment', 'payload');
    case 'Consent':
      return isObject(resource.sourceAttachment) ? [{ path: 'Consent.sourceAttachment', attachment: resource.sourceAttachment }] : [];
    default:
      return [];
  }
}

function findingsOf(path: string, { data, url, contentType, size, hash }: Attachment, isLetter: boolean): Finding[] {
  const found: Finding[] = [];
  // Whoever shows it would ask another address, which then knows who reads which letter.
  if (isLetter && url !== undefined) found.push({ rule: 'attachment-elsewhere', path: `${path}.url` });
  if (typeof data !== 'string') return found;
  const bytes = Buffer.from(data, 'base64');
  if (size !== undefined && Number(size) !== bytes.length)
    found.push({ rule: 'attachment-size', path: `${path}.size`, detail: { count: bytes.length } });
  if (typeof hash === 'string' && hash.replace(/\s+/g, '') !== createHash('sha1').update(bytes).digest('base64'))
    found.push({ rule: 'attachment-hash', path: `${path}.hash` });
  if (isLetter && bytes.length > MAX_LETTER_BYTES)
    return [...found, { rule: 'attachment-too-large', path: `${path}.data`, detail: { max: MAX_LETTER_BYTES } }];
  const said = typeof contentType === 'string' ? mediaType(contentType) : undefined;
  const isKnown = LETTER_TYPES.includes(said as LetterType);
  if (!isLetter && !isKnown) return found;
  const type = contentTypeOf(bytes);
  if (isLetter && type === undefined)
    return [...found, { rule: 'attachment-kind', path: `${path}.data`, detail: { types: LETTER_TYPES.join(', ') } }];
  if (type === undefined || said !== type) return [...found, { rule: 'attachment-type', path: `${path}.contentType` }];
  if (!isLetter) return found;
  const dangers = dangersOf(bytes, type).map(
    ({ english, dutch }): Finding => ({ rule: 'attachment-unsafe', path: `${path}.data`, detail: { english, dutch } }),
  );
  return [...found, ...dangers];
}

/** Type and subtype in small letters; undefined when a character set is named that the text is not in. */
function mediaType(contentType: string): string | undefined {
  const [type = '', ...parameters] = contentType.toLowerCase().split(';');
  const charset = parameters.map((one) => /^\s*charset\s*=\s*"?([^"\s]+)"?\s*$/.exec(one)?.[1]).find((one) => one !== undefined);
  return charset === undefined || charset === 'utf-8' || charset === 'us-ascii' ? type.trim() : undefined;
}
