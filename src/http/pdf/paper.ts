// Summary and plan on paper: who it is, what nobody may miss, the decisions, then the rest; a code that can be checked without network.
import { dutchDate } from '../../fhir/dates.js';
import type { Paper, SignedSummary } from '../../interactions/context.js';
import type { EmergencyCard } from '../../izp/card.js';
import { glassWords, SILENCE_ANYWHERE } from '../../izp/card-words.js';
import { ageInWords, dutchDay } from '../../izp/dutch.js';
import { freshnessOf } from '../../izp/freshness.js';
import { dutchMoment } from '../pages/dutch-moment.js';
import { ageOf } from '../pages/emergency-page.js';
import { SIGNS } from '../pages/emergency-signs.js';
import { type Block, type ConflictBlock, cardSections, type PaperSection, partSections } from './blocks.js';
import type { Fonts } from './fonts.js';
import { drawQrCode } from './qr-code.js';
import { BLACK, MARGIN, MISSING_GLYPH, Sheet, SOME_LINES, type Structure, WIDTH } from './sheet.js';

export function createPaper(fonts: Fonts): Paper {
  return {
    summary: (card, code, now) => printed({ title: 'Spoedsamenvatting individueel zorgplan', card, sections: [], code, now, fonts }),
    plan: ({ card, parts }, code, now) => printed({ title: 'Individueel zorgplan', card, sections: partSections(parts), code, now, fonts }),
  };
}

interface Printing {
  title: string;
  card: EmergencyCard;
  /** After those of the card. */
  sections: PaperSection[];
  code: SignedSummary | undefined;
  now: number;
  fonts: Fonts;
}

/** Type sizes in points. */
const SMALL = { size: 7.5, color: '#3f4b57' };
const PLAIN = { size: 9 };
const SAID = { size: 10, bold: true };
const TITLE = { size: 15, bold: true };
const ALERT = { size: 9.5, bold: true, color: '#9d1119' };

const RED = '#b3141d';
/** Bar and words of each kind, as on the pages. */
const COLOURS: Record<string, { bar: string; said: string }> = {
  do: { bar: '#0b6b35', said: '#0b5a2d' },
  'do-not': { bar: RED, said: '#9d1119' },
  'do-with-limits': { bar: '#b25e00', said: '#7a3f00' },
  unknown: { bar: '#30588c', said: '#264a78' },
  'not-recorded': { bar: '#5b6875', said: '#33414f' },
  'cannot-interpret': { bar: '#6a1b9a', said: '#5b1786' },
  unclear: { bar: '#6a1b9a', said: '#5b1786' },
  missing: { bar: '#c3ccd6', said: '#33414f' },
  told: { bar: '#5b6875', said: BLACK },
};

/** Columns in points from the left edge: the bar, the sign, what it is about, and what was said. */
const BAR = 3;
const LABEL_X = MARGIN.left + 25;
const LABEL_WIDTH = 94;
const SAID_X = LABEL_X + LABEL_WIDTH + 8;
const SAID_WIDTH = MARGIN.left + WIDTH - SAID_X;
const SIGN_SIZE = 15;
/** Side of the code: modules of half a millimetre with the longest text there is. */
const CODE_SIZE = 142;

async function printed({ title, card, sections, code, now, fonts }: Printing): Promise<Buffer> {
  const { patient, version } = card;
  const subject = 'Wensen en afspraken over zorg en behandeling';
  const sheet = await Sheet.open({ title: `${title}, versie ${version}`, subject, made: now, fonts });
  opening(sheet, title, card, code, now);
  for (const section of [...cardSections(card, now), ...sections]) writeSection(sheet, section);
  closing(sheet, card, now);
  const born = patient.birthDate === null ? 'geboortedatum onbekend' : `geboren ${dutchDay(patient.birthDate)}`;
  return sheet.finish((page, of) => [
    `${patient.name}, ${born}`,
    `${title} · versie ${version} · gemaakt op ${dutchMoment(now)} · pagina ${page} van ${of}`,
  ]);
}

/** Who it is and how fresh it is, what nobody may miss, and the code beside it. */
function opening(sheet: Sheet, title: string, card: EmergencyCard, code: SignedSummary | undefined, now: number): void {
  const { patient, freshness, asOf, warnings, breakGlass } = card;
  const width = code === undefined ? WIDTH : WIDTH - CODE_SIZE - 10;
  const parent = sheet.part('Sect');
  const at = { x: MARGIN.left, width, parent };
  const age = patient.birthDate === null ? undefined : ageOf(patient.birthDate, patient.deceased, now);
  const born = patient.birthDate === null ? 'geboortedatum onbekend' : `geboren ${dutchDay(patient.birthDate)}`;
  sheet.text(title, { size: 10, color: SMALL.color }, { ...at, y: MARGIN.top - 14 });
  sheet.text(patient.name, TITLE, { ...at, type: 'H1' });
  sheet.text([born, age, patient.gender].filter(Boolean).join(' · '), SAID, at);
  sheet.text(`${freshnessOf(freshness, now).text} Plan gewijzigd ${ageInWords(asOf, now)}, ${dutchDay(asOf)}.`, PLAIN, at);
  if (breakGlass !== undefined)
    glassWords(dutchMoment(Date.parse(breakGlass.until))).forEach((text, i) => {
      sheet.text(text, i === 0 ? ALERT : PLAIN, at);
    });
  if (warnings.length > 0) {
    sheet.doc.y += 4;
    sheet.barred(RED, MARGIN.left, BAR, () => {
      const inside = { ...at, x: MARGIN.left + BAR + 5, width: width - BAR - 5 };
      sheet.text('⚠ Let op', ALERT, { ...inside, type: 'H2' });
      for (const { text } of warnings) sheet.text(text, { ...PLAIN, bold: true }, inside);
    });
  }
  if (code !== undefined) {
    sheet.doc.y += 4;
    const until = dutchDay(dutchDate(code.expires));
    const what = 'De QR-code is een ondertekende samenvatting, te controleren zonder netwerk.';
    sheet.text(`${what} Geldig tot en met ${until}. Het plan kan sindsdien gewijzigd zijn: kijk waar het kan in het plan zelf.`, SMALL, at);
  }
  parent.end();
  if (code !== undefined) drawCode(sheet, code);
}

/** The code at the top right of the first page; what follows begins below it. */
function drawCode(sheet: Sheet, code: SignedSummary): void {
  const { y } = sheet.doc;
  const page = sheet.doc.bufferedPageRange().count;
  sheet.doc.switchToPage(0);
  const [x, top] = [MARGIN.left + WIDTH - CODE_SIZE, MARGIN.top - 22];
  drawQrCode(sheet, code.jws, { x, y: top, size: CODE_SIZE, alt: 'QR-code met de ondertekende samenvatting van de zes kernafspraken' });
  sheet.doc.switchToPage(page - 1);
  sheet.doc.y = page === 1 ? Math.max(y, top + CODE_SIZE) : y;
}

function writeSection(sheet: Sheet, { title, blocks, told = [] }: PaperSection): void {
  const parent = sheet.part('Sect');
  // A title is never the last line of a page.
  sheet.doc.y += 5;
  sheet.keep(SOME_LINES);
  sheet.text(title, { size: 10.5, bold: true, color: '#12263a' }, { x: MARGIN.left, width: WIDTH, type: 'H2', parent });
  sheet.doc.y += 2;
  for (const block of blocks) 'blocks' in block ? writeConflict(sheet, block, parent) : writeBlock(sheet, block, parent);
  for (const text of told) {
    sheet.text(text, PLAIN, { x: MARGIN.left + BAR + 5, width: WIDTH - BAR - 5, parent });
    sheet.doc.y += 2;
  }
  parent.end();
}

function writeConflict(sheet: Sheet, { heading, told, lines, blocks }: ConflictBlock, parent: Structure): void {
  const box = sheet.part('Sect', parent);
  const at = { x: MARGIN.left + BAR + 5, width: WIDTH - BAR - 5, parent: box };
  sheet.keep(40 + blocks.reduce((height, block) => height + heightOf(sheet, block), 0));
  sheet.barred(RED, MARGIN.left - 4, BAR, () => {
    sheet.text(heading, { size: 11, bold: true, color: '#9d1119' }, { ...at, type: 'H3' });
    sheet.text(told, { ...PLAIN, bold: true }, at);
    for (const line of lines) sheet.text(line, PLAIN, at);
    for (const block of blocks) writeBlock(sheet, block, box);
  });
  sheet.doc.y += 3;
  box.end();
}

function writeBlock(sheet: Sheet, block: Block, parent: Structure): void {
  const { heading, said, sign, lines, facts } = block;
  const colours = COLOURS[sign ?? block.tone ?? 'told'] as { bar: string; said: string };
  sheet.keep(heightOf(sheet, block));
  const part = sheet.part('Sect', parent);
  const { y } = sheet.doc;
  sheet.barred(colours.bar, MARGIN.left, BAR, () => {
    if (sign !== undefined) sheet.sign(SIGNS[sign], MARGIN.left + BAR + 4, y, SIGN_SIZE);
    sheet.text(heading, { ...PLAIN, color: '#33414f' }, { x: LABEL_X, width: LABEL_WIDTH, y: y + 1, type: 'H3', parent: part });
    const labelEnd = sheet.doc.y;
    const at = { x: SAID_X, width: SAID_WIDTH, parent: part };
    sheet.text(said, styleOfSaid(block, colours.said), { ...at, y });
    for (const line of lines) sheet.text(line, PLAIN, at);
    if (facts !== undefined) sheet.text(facts, SMALL, at);
    if (sheet.doc.y > y) sheet.doc.y = Math.max(sheet.doc.y, labelEnd, sign === undefined ? 0 : y + SIGN_SIZE);
  });
  sheet.doc.y += 3;
  part.end();
}

/** Longer answers, in characters, are read and not seen at a glance. */
const SHOUTED = 90;

function styleOfSaid({ said, sign, tone }: Block, color: string) {
  const isPlain = tone === 'missing' || (sign === undefined && said.length > SHOUTED);
  return { size: sign === undefined ? SAID.size - 0.5 : 11.5, bold: !isPlain, color };
}

function heightOf(sheet: Sheet, block: Block): number {
  const lines = block.lines.map((line) => sheet.heightOf(line, PLAIN, SAID_WIDTH));
  const facts = block.facts === undefined ? 0 : sheet.heightOf(block.facts, SMALL, SAID_WIDTH);
  const answer = sheet.heightOf(block.said, styleOfSaid(block, BLACK), SAID_WIDTH) + lines.reduce((a, b) => a + b, 0) + facts;
  return Math.max(answer, sheet.heightOf(block.heading, PLAIN, LABEL_WIDTH), SIGN_SIZE) + 3;
}

function closing(sheet: Sheet, { version, asOf }: EmergencyCard, now: number): void {
  const parent = sheet.part('Sect');
  const at = { x: MARGIN.left, width: WIDTH, parent };
  sheet.doc.y += 4;
  sheet.keep(30);
  sheet.text(
    `Versie ${version} van het plan, laatst gewijzigd op ${dutchMoment(Date.parse(asOf))}. Op papier gezet op ${dutchMoment(now)}: wat later is afgesproken, staat hier niet.`,
    SMALL,
    at,
  );
  sheet.text(SILENCE_ANYWHERE, { ...SMALL, bold: true }, at);
  if (sheet.isIncomplete)
    sheet.text(
      `${MISSING_GLYPH} staat voor een teken dat op papier niet kan worden weergegeven: kijk in het plan zelf.`,
      { ...SMALL, bold: true },
      at,
    );
  parent.end();
}
