// What a PDF does beside showing pages. A letter only shows: one that runs, opens, sends or carries something else is refused.
// ISO 32000-2, 7.3.5 (names), 7.5.7 (object streams), 12.6 (actions): https://pdfa.org/resource/iso-32000-2/
import { inflateSync } from 'node:zlib';

export interface Danger {
  english: string;
  dutch: string;
}

/** What follows a key whose value is an object, here or elsewhere: short names stand in pictures by chance, but not so. */
const OBJECT = String.raw`\s*(?:<<|\[|\d+\s+\d+\s+R)`;
const named = (name: string) => new RegExp(`/${name}(?![A-Za-z0-9])`);

/** What starts something, or carries something. */
const FORBIDDEN: readonly [pattern: RegExp, english: string, dutch: string][] = [
  [named('JavaScript'), 'a script (/JavaScript)', 'een script (/JavaScript)'],
  [named('Rendition'), 'media that play (/Rendition)', 'media die afspelen (/Rendition)'],
  [named('RichMedia'), 'media that play (/RichMedia)', 'media die afspelen (/RichMedia)'],
  [named('Launch'), 'the start of a program (/Launch)', 'het starten van een programma (/Launch)'],
  [named('SubmitForm'), 'a form that sends (/SubmitForm)', 'een formulier dat verstuurt (/SubmitForm)'],
  [named('ImportData'), 'the import of data (/ImportData)', 'het inlezen van gegevens (/ImportData)'],
  [named('GoTo[ER]'), 'a jump into another file (/GoToR)', 'een sprong naar een ander bestand (/GoToR)'],
  [named('EmbeddedFiles?'), 'a file within the file (/EmbeddedFile)', 'een bestand in het bestand (/EmbeddedFile)'],
  [new RegExp(`/XFA${OBJECT}`), 'a form with scripts (/XFA)', 'een formulier met scripts (/XFA)'],
  [new RegExp(`/AA${OBJECT}`), 'an action that starts by itself (/AA)', 'een handeling die vanzelf begint (/AA)'],
  // A destination in brackets only says which page to show.
  [/\/OpenAction\s*[^[\s]/, 'an action when it is opened (/OpenAction)', 'een handeling bij het openen (/OpenAction)'],
];
const ENCRYPTED = new RegExp(`/Encrypt${OBJECT}`);

/** Bytes all object streams of one letter may come to: what unpacks to more is made to exhaust. */
const MAX_UNPACKED = 32 * 1024 * 1024;
/** Bytes from the end in which a PDF that is whole says that it ends. */
const TAIL = 2048;
/** Characters before a stream in which its dictionary stands. */
const MAX_DICTIONARY = 4096;

/** What such a stream cannot do without; its type some readers do not ask. */
const HOLDS_OBJECTS = /\/First\s+\d/;

const CUT_OFF: Danger = { english: 'no end: it is cut off', dutch: 'geen einde: het is afgebroken' };
const LOCKED: Danger = { english: 'a password: nobody can look into it', dutch: 'een wachtwoord: niemand kan erin kijken' };
const OPAQUE: Danger = {
  english: 'parts packed so that nobody can look into them',
  dutch: 'delen die zo verpakt zijn dat niemand erin kan kijken',
};

/** Why this PDF is no letter; empty when nothing was found. */
export function pdfDangers(bytes: Buffer): Danger[] {
  const raw = plainNames(bytes.toString('latin1'));
  const found: Danger[] = bytes.subarray(-TAIL).includes('%%EOF') ? [] : [CUT_OFF];
  if (ENCRYPTED.test(raw)) return [...found, LOCKED];
  const packed = objectStreams(bytes);
  if (packed === undefined) return [...found, OPAQUE];
  const texts = [raw, ...packed.map(plainNames)];
  const present = FORBIDDEN.filter(([pattern]) => texts.some((text) => pattern.test(text)));
  return [...found, ...present.map(([, english, dutch]) => ({ english, dutch }))];
}

/** The same text with characters of names that are written by their number: /J#61vaScript is /JavaScript. */
function plainNames(text: string): string {
  return text.replace(/#([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/** The unpacked texts of the streams that hold objects; undefined when one of them cannot be unpacked. */
function objectStreams(bytes: Buffer): string[] | undefined {
  const text = bytes.toString('latin1');
  const unpacked: string[] = [];
  let room = MAX_UNPACKED;
  let known = 0;
  for (const { index } of text.matchAll(/stream\r?\n/g)) {
    if (text.slice(index - 3, index) === 'end') continue;
    const before = text.slice(Math.max(0, index - MAX_DICTIONARY), index);
    const dictionary = plainNames(before.slice(before.lastIndexOf('obj')));
    if (!dictionary.includes('/ObjStm') && !HOLDS_OBJECTS.test(dictionary)) continue;
    known += count(dictionary, '/ObjStm');
    const start = index + (text.charAt(index + 6) === '\r' ? 8 : 7);
    const end = text.indexOf('endstream', start);
    // Without a filter it was read as it stands.
    if (!dictionary.includes('/Filter')) continue;
    if (!/\/Filter\s*\[?\s*\/FlateDecode\s*\]?\s*(?:\/|>|\s)/.test(dictionary) || dictionary.includes('/Predictor') || end === -1)
      return undefined;
    try {
      const whole = inflateSync(bytes.subarray(start, end), { maxOutputLength: room });
      room -= whole.length;
      unpacked.push(whole.toString('latin1'));
    } catch {
      return undefined;
    }
  }
  // One that is said to be such a stream at a place where none was seen.
  return count(plainNames(text), '/ObjStm') > known ? undefined : unpacked;
}

function count(text: string, word: string): number {
  return text.split(word).length - 1;
}
