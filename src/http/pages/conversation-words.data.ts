// What the conversation form asks, in words of the service's own: the publisher's stand in its Questionnaire, and name data elements
// where people need a question. By linkId of the published form.
import type { Fault } from '../../izp/form/page-fields.js';
import type { Lack } from '../../izp/form/page-lacks.js';

export interface QuestionWords {
  label: string;
  hint?: string;
}

export interface FormSection {
  /** In addresses: #deel-4. */
  id: string;
  title: string;
  hint?: string;
  /** Its questions and groups. */
  items: readonly string[];
}

/** The nine parts, in the order of the form. */
export const SECTIONS: readonly FormSection[] = [
  { id: 'deel-0', title: 'Het gesprek', items: ['963', '7', '967', '8'] },
  { id: 'deel-1', title: '1. Wilsbekwaamheid en wettelijke vertegenwoordiging', items: ['26'] },
  { id: 'deel-2', title: '2. Wie erbij waren', items: ['78'] },
  { id: 'deel-3', title: '3. Doel van het medisch beleid', items: ['586'] },
  {
    id: 'deel-4',
    title: '4. Behandelgrenzen',
    hint: 'Mag het alleen soms, korter of onder voorwaarden? Kies ‘Anders’ en schrijf op wat is afgesproken. Niet ingevuld betekent: geen afspraak.',
    items: ['83'],
  },
  { id: 'deel-5', title: '5. Behandelwensen', items: ['107'] },
  { id: 'deel-6', title: '6. Wat verder nog belangrijk is', items: ['598'] },
  { id: 'deel-7', title: '7. Eerder vastgelegde behandelwensen', items: ['115'] },
  { id: 'deel-8', title: '8. Informatie delen', items: ['119'] },
];

const REMARK = { label: 'Toelichting' };
const OTHER = { label: 'Anders, namelijk' };
const NAME = (given: string, prefix: string, family: string): Record<string, QuestionWords> => ({
  [given]: { label: 'Voornamen' },
  [prefix]: { label: 'Voorvoegsels' },
  [family]: { label: 'Achternaam' },
});
const LIMITS = { label: 'Wel, met beperkingen, of anders: wat is afgesproken?', hint: 'Nodig bij ‘Anders’.' };

export const QUESTION_WORDS: Readonly<Record<string, QuestionWords>> = {
  '963': { label: 'Datum van het gesprek', hint: 'Niet de dag waarop u dit invult, als die een andere is.' },
  '7': { label: 'Naam van de patiënt', hint: 'Uit het dossier; hier niet te wijzigen.' },
  ...NAME('964', '965', '966'),
  '967': { label: 'Geboortedatum van de patiënt', hint: 'Uit het dossier; hier niet te wijzigen.' },
  '8': { label: 'Gesprek gevoerd door' },
  '16': { label: 'Naam van de zorgverlener' },
  ...NAME('968', '969', '970'),
  '1405': { label: 'Functie' },
  '1406': { label: 'Is de patiënt op dit moment wilsbekwaam voor medische beslissingen?' },
  '1407': REMARK,
  '29': { label: 'Wettelijk vertegenwoordiger', hint: 'Wie beslist als de patiënt dat niet kan.' },
  '30': { label: 'a) Naam van de vertegenwoordiger' },
  ...NAME('973', '974', '975'),
  '39': { label: 'b) Bereikbaarheid van de vertegenwoordiger' },
  '40': { label: 'Telefoonnummer' },
  '976': { label: 'Nummer' },
  '977': { label: 'Soort toestel' },
  '978': { label: 'Soort nummer' },
  '979': REMARK,
  '41': { label: 'E-mailadres' },
  '980': { label: 'Adres' },
  '981': { label: 'Soort adres' },
  '982': { label: 'c) Rol van de vertegenwoordiger', hint: 'Er kan meer dan één rol gelden.' },
  '411': OTHER,
  '983': { label: 'c) Relatie van de vertegenwoordiger tot de patiënt' },
  '408': OTHER,
  '984': {
    label: 'd) Is de vertegenwoordiger ook de eerste contactpersoon?',
    hint: 'Bij ‘Nee’: vul hieronder de eerste contactpersoon in.',
  },
  '53': { label: 'e) Naam van de eerste contactpersoon' },
  ...NAME('985', '986', '987'),
  '61': { label: 'f) Bereikbaarheid van de eerste contactpersoon' },
  '62': { label: 'Telefoonnummer' },
  '988': { label: 'Nummer' },
  '989': { label: 'Soort toestel' },
  '990': { label: 'Soort nummer' },
  '991': REMARK,
  '66': { label: 'E-mailadres' },
  '992': { label: 'Adres' },
  '993': { label: 'Soort adres' },
  '995': { label: 'g) Relatie van de eerste contactpersoon tot de patiënt' },
  '412': OTHER,
  '82': { label: 'De patiënt was erbij' },
  '997': { label: 'Aanwezig in een rol', hint: 'Er kan meer dan één gelden.' },
  '414': OTHER,
  '998': { label: 'Aanwezige naasten', hint: 'Er kan meer dan één gelden.' },
  '413': OTHER,
  '999': { label: 'Belangrijkste doel van de behandeling' },
  '1409': { label: 'a) Reanimatie' },
  '1001': LIMITS,
  '1002': REMARK,
  '1411': { label: 'b) Kunstmatige (invasieve) beademing' },
  '1388': LIMITS,
  '1389': REMARK,
  '1413': { label: 'c) Opname op de intensive care' },
  '1391': LIMITS,
  '1392': REMARK,
  '1415': { label: 'd) Opname in het ziekenhuis' },
  '1394': LIMITS,
  '1395': REMARK,
  '1417': { label: 'e) Behandeling met antibiotica' },
  '1397': LIMITS,
  '1398': REMARK,
  '1419': { label: 'f) Toediening van een bloedproduct' },
  '1400': LIMITS,
  '1401': REMARK,
  '1421': { label: 'g) Andere behandelgrens' },
  '1422': { label: 'Welke behandeling?', hint: 'Noem de behandeling waar dit besluit over gaat.' },
  '1402': { label: 'Besluit over deze behandeling' },
  '1404': REMARK,
  '1006': { label: 'h) Heeft de patiënt een ICD?' },
  '1008': { label: 'Het hulpmiddel is een ICD' },
  '1009': REMARK,
  '1425': {
    label: 'i) Is er een afspraak over het uitzetten van de ICD in de laatste levensfase?',
    hint: 'Alleen als de patiënt een ICD heeft.',
  },
  '1010': { label: 'Toelichting op de afspraken' },
  '1427': {
    label: 'a) Wat moeten zorgverleners weten om goede zorg te geven? Zijn er specifieke wensen?',
    hint: 'Ook culturele, religieuze, sociale of spirituele.',
  },
  '1429': { label: 'b) Gewenste plek van overlijden' },
  '1192': { label: 'Toelichting', hint: 'Bij ‘Anders’: welke plek.' },
  '1431': { label: 'c) Standpunt over euthanasie' },
  '1194': REMARK,
  '1433': { label: 'd) Staat de keuze over orgaandonatie in het Donorregister?' },
  '1196': { label: 'Wat is verder nog belangrijk?' },
  '1197': { label: 'a) Heeft de patiënt eerder behandelafspraken vastgelegd?' },
  '1198': REMARK,
  '1199': { label: 'b) Staan daarin andere wensen dan nu?' },
  '1200': { label: 'a) Is de patiënt verteld dat het aan de patiënt zelf is deze afspraken met naasten te bespreken?' },
  '1201': {
    label: 'b) Gaat de patiënt akkoord met het delen van deze afspraken met andere betrokken zorgverleners?',
    hint: 'Bij ‘Niet akkoord’ gaat wat eerder is gedeeld, dicht. ‘Nog onbekend’ verandert niets.',
  },
};

/** Choices that the form words for systems. */
export const CHOICE_WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '977': { LL: 'Vaste telefoon', MC: 'Mobiele telefoon' },
  '989': { LL: 'Vaste telefoon', MC: 'Mobiele telefoon' },
  '978': { HP: 'Thuis', TMP: 'Tijdelijk', WP: 'Zakelijk' },
  '990': { HP: 'Thuis', TMP: 'Tijdelijk', WP: 'Zakelijk' },
  '981': { HP: 'Privé', WP: 'Zakelijk' },
  '993': { HP: 'Privé', WP: 'Zakelijk' },
  '1005': { '0': 'Ja, uitzetten', NASK: 'Nee, niet besproken' },
  '1201': { '373067005': 'Niet akkoord' },
};

/** Short enough for one line. */
export const ONE_LINE: ReadonlySet<string> = new Set(
  '964 965 966 968 969 970 973 974 975 976 979 980 985 986 987 988 991 992 411 408 412 414 413 1422'.split(' '),
);

/** Of the record: shown in the form, and sent with it as they are. */
export const OF_THE_RECORD: ReadonlySet<string> = new Set(['964', '965', '966', '967']);

export const FAULT_WORDS: Readonly<Record<Fault | Lack, string>> = {
  day: 'Dit is geen datum. Vul dag, maand en jaar in.',
  'too-long': 'Deze tekst is te lang.',
  characters: 'In deze tekst staan tekens die niet kunnen worden bewaard. Typ de tekst opnieuw.',
  'no-choice': 'Kies een van de antwoorden.',
  'no-answer': 'Kies een antwoord: er staat al een toelichting bij.',
  'no-words': 'Schrijf op wat is afgesproken: ‘Anders’ alleen zegt niet wat.',
  'no-place': 'Schrijf op welke plek: ‘Anders’ alleen zegt niet waar.',
  'no-decision': 'Kies wat over deze behandeling is besloten.',
  'no-treatment': 'Noem de behandeling waar dit besluit over gaat.',
  'no-phone': 'Vul het nummer in, of maak de regel leeg.',
  'no-email': 'Vul het adres in, of maak de regel leeg.',
  'first-contact-twice': 'Kies ‘Nee’, of maak leeg wat bij de eerste contactpersoon staat: er kan er maar één zijn.',
  'no-device': 'Hier staat dat er geen ICD is, en hieronder staat er iets over ingevuld.',
  'no-earlier': 'Kies ‘Ja’ of ‘Nog onbekend’, of maak vraag b) leeg.',
};

/** What the service says of an answer, by question and code; else that it cannot be taken. */
export const REFUSAL_WORDS: Readonly<Record<string, string>> = {
  '963 required': 'Vul in op welke dag het gesprek was.',
  '963 value': 'Deze dag ligt in de toekomst.',
  '967 business-rule': 'De geboortedatum is intussen een andere dan in het dossier. Bewaar het concept en open het opnieuw.',
  '1201 code-invalid': 'Kies of de patiënt akkoord gaat: woorden alleen geven geen toestemming.',
};
export const REFUSED = 'Dit antwoord kan zo niet worden verwerkt.';
