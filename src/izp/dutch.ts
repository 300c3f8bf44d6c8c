// Dates, ages and codes in the words a Dutch reader expects.
import type { CodeableConcept } from '@medplum/fhirtypes';
import { dutchDate, intervalOf } from '../fhir/dates.js';
import * as codes from './codes.js';
import { codingsOf, conceptText, filled, isSnomed } from './concepts.js';
import { izpWordsOf } from './izp-words.data.js';

const MONTHS = ['januari', 'februari', 'maart', 'april', 'mei', 'juni', 'juli', 'augustus', 'september', 'oktober', 'november', 'december'];

export const NO_DATE = 'datum onbekend';

/** `1 oktober 2020`, `oktober 2020` or `2020`: the Dutch civil day of a FHIR date or dateTime, as precise as it is. */
export function dutchDay(date: string | undefined): string {
  const interval = date === undefined ? undefined : intervalOf(date);
  if (date === undefined || interval === undefined) return NO_DATE;
  const [year, month, day] = (date.length > 10 ? dutchDate(interval.start) : date).split('-');
  if (month === undefined) return year as string;
  const words = `${MONTHS[Number(month) - 1]} ${year}`;
  return day === undefined ? words : `${Number(day)} ${words}`;
}

/** How long ago a date was, in whole days, months or years, counted on the Dutch calendar: `vandaag`, `14 maanden geleden`. */
export function ageInWords(date: string | undefined, now: number): string {
  const interval = date === undefined ? undefined : intervalOf(date);
  if (date === undefined || interval === undefined) return NO_DATE;
  const [y1, m1, d1] = dutchDate(interval.start).split('-').map(Number) as [number, number, number];
  const [y2, m2, d2] = dutchDate(now).split('-').map(Number) as [number, number, number];
  const days = Math.round((Date.UTC(y2, m2 - 1, d2) - Date.UTC(y1, m1 - 1, d1)) / MILLIS_PER_DAY);
  if (days < 0) return 'in de toekomst';
  if (date.length === 4) return y2 === y1 ? 'dit jaar' : `${y2 - y1} jaar geleden`;
  const exactDay = date.length >= 10;
  const months = (y2 - y1) * 12 + (m2 - m1) - (exactDay && d2 < d1 ? 1 : 0);
  if (exactDay && days < DAYS_TOLD_AS_DAYS) return days === 0 ? 'vandaag' : days === 1 ? 'gisteren' : `${days} dagen geleden`;
  if (months < 1) return exactDay ? `${days} dagen geleden` : 'deze maand';
  if (months < MONTHS_TOLD_AS_MONTHS) return months === 1 ? '1 maand geleden' : `${months} maanden geleden`;
  return `${Math.floor(months / 12)} jaar geleden`;
}

const MILLIS_PER_DAY = 86_400_000;
/** Within two months days say more than months. */
const DAYS_TOLD_AS_DAYS = 60;
/** Within two years months say more than years: 14 months is not "1 year". */
const MONTHS_TOLD_AS_MONTHS = 24;

const WORDS: Record<string, Record<string, string>> = {
  [codes.SNOMED]: {
    '385987000': 'Actief behandelen van de ziekte, gericht op genezing',
    '1351964001': 'Levensverlenging en verlichting van klachten',
    '713148004': 'Alleen verlichting van klachten; levensverlenging is niet gewenst',
    '264362003': 'Thuis',
    '22232009': 'Ziekenhuis',
    '108344006': 'Verpleeghuis',
    '284546000': 'Hospice',
    '340181000146102': 'Heeft een euthanasieverklaring',
    '340201000146103': 'Wil geen euthanasie',
    '340191000146100': 'Heeft geen euthanasieverklaring; zou in bepaalde situaties wel om euthanasie kunnen vragen',
    '373066001': 'Ja',
    '373067005': 'Nee',
    '310141000146103': 'Schriftelijk gemachtigde',
    '72506001': 'ICD',
  },
  [codes.NULL_FLAVOR]: { UNK: 'Nog onbekend', ASKU: 'Gevraagd, nog onbekend', NASK: 'Niet gevraagd', OTH: 'Anders' },
  [codes.DATA_ABSENT_REASON]: {
    unknown: 'Onbekend',
    'asked-unknown': 'Gevraagd, nog onbekend',
    'temp-unknown': 'Tijdelijk onbekend',
    'not-asked': 'Niet gevraagd',
    'asked-declined': 'Gevraagd, wil het niet zeggen',
  },
  [codes.LIVING_WILL_TYPE]: {
    NR: 'Niet-reanimerenverklaring',
    EU: 'Euthanasieverzoek',
    EUD: 'Euthanasieverzoek met aanvulling dementie',
    VERB: 'Behandelverbod',
    VERBVL: 'Behandelverbod met aanvulling voltooid leven',
    LW: 'Levenswensverklaring',
    MON: 'Mondelinge afspraak',
    DO: 'Donorverklaring',
    VOL: 'Volmacht',
    ZB: 'Zelfbindingsverklaring',
  },
  [codes.CONTACT_ROLE]: {
    '01': 'eerste contactpersoon',
    '02': 'tweede contactpersoon',
    '03': 'curator',
    '11': 'voogd',
    '14': 'bewindvoerder',
    '15': 'mentor',
    '19': 'buur',
    '20': 'vriend of kennis',
    '23': 'contactpersoon',
    '24': 'wettelijk vertegenwoordiger',
  },
  [codes.ROLE_CODE]: {
    HUSB: 'echtgenoot',
    WIFE: 'echtgenote',
    DOMPART: 'partner',
    SONC: 'zoon',
    DAUC: 'dochter',
    FTH: 'vader',
    MTH: 'moeder',
    BRO: 'broer',
    SIS: 'zus',
    SONINLAW: 'schoonzoon',
    DAUINLAW: 'schoondochter',
    BROINLAW: 'zwager',
    SISINLAW: 'schoonzus',
    GRNDSON: 'kleinzoon',
    GRNDDAU: 'kleindochter',
    NEPHEW: 'neef',
    NIECE: 'nicht',
    COUSN: 'neef of nicht',
    UNCLE: 'oom',
    AUNT: 'tante',
    GRFTH: 'grootvader',
    GRMTH: 'grootmoeder',
    STPFTH: 'stiefvader',
    STPMTH: 'stiefmoeder',
    FTHINLAW: 'schoonvader',
    MTHINLAW: 'schoonmoeder',
  },
  [codes.UZI_ROLE]: {
    '01.000': 'arts',
    '01.015': 'huisarts',
    '01.016': 'internist',
    '01.010': 'cardioloog',
    '01.022': 'klinisch geriater',
    '01.023': 'longarts',
    '01.026': 'neuroloog',
    '01.047': 'specialist ouderengeneeskunde',
    '01.056': 'arts voor verstandelijk gehandicapten',
    '01.071': 'SEH-arts',
    '17.000': 'apotheker',
    '30.000': 'verpleegkundige',
    '81.000': 'physician assistant',
  },
  [codes.AGB_SPECIALTY]: { '0100': 'huisarts' },
};

/** The Dutch words of a code the service knows. */
export function wordsOfCode(system: string | undefined, code: string | undefined): string | undefined {
  if (system === undefined || code === undefined) return undefined;
  const table = WORDS[isSnomed(system) ? codes.SNOMED : system];
  return table !== undefined && Object.hasOwn(table, code) ? table[code] : undefined;
}

/** As it stands inside a sentence: its first letter small, unless an abbreviation begins it. */
export function inSentence(text: string): string {
  return /^\p{Lu}{2}/u.test(text) ? text : `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`;
}

/** What a reader is shown of a concept: our Dutch words for a known code, else the sender's own. */
export function words(concept: CodeableConcept | undefined): string | undefined {
  const known = codingsOf(concept).map((c) => wordsOfCode(c.system, c.code));
  const isOther = codingsOf(concept).some((c) => c.system === codes.NULL_FLAVOR && c.code === 'OTH');
  if (isOther && filled(concept?.text)) return filled(concept?.text);
  const own = codingsOf(concept).map((c) => izpWordsOf(c.system, c.code));
  // A code of our own is a kind: the sender's words say more.
  return (
    known.find((word) => word !== undefined) ?? filled(concept?.text) ?? own.find((word) => word !== undefined) ?? conceptText(concept)
  );
}
