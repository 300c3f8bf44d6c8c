// Business identities of the Dutch field and their checks.

export const BSN_SYSTEM = 'http://fhir.nl/fhir/NamingSystem/bsn';
export const BSN_OID = 'urn:oid:2.16.840.1.113883.2.4.6.3';
export const URA_SYSTEM = 'http://fhir.nl/fhir/NamingSystem/ura';
export const ORGANIZATION_TYPE_SYSTEM = 'http://nictiz.nl/fhir/NamingSystem/organization-type';

/** Identifier systems that name one person or organisation in the whole country: unique in the store, author or not. */
export const NATIONAL_SYSTEMS: ReadonlySet<string> = new Set([
  BSN_SYSTEM,
  URA_SYSTEM,
  'http://fhir.nl/fhir/NamingSystem/agb-z',
  'http://fhir.nl/fhir/NamingSystem/big',
  'http://fhir.nl/fhir/NamingSystem/uzi-nr-pers',
]);

/** One name for the two spellings of the BSN's system; other systems unchanged. */
export function canonicalSystem(system: string): string {
  return system === BSN_OID ? BSN_SYSTEM : system;
}

const BSN_WEIGHTS = [9, 8, 7, 6, 5, 4, 3, 2, -1];

/** The eleven check ("elfproef"): nine digits whose weighted sum divides by 11, and not all zero. */
export function isBsn(text: string): boolean {
  if (!/^\d{9}$/.test(text) || text === '000000000') return false;
  return BSN_WEIGHTS.reduce((sum, weight, i) => sum + weight * Number(text[i]), 0) % 11 === 0;
}

/** The BSN of a text as people type it, spaces and points left out; undefined when it is none. */
export function typedBsn(text: string): string | undefined {
  const digits = text.replace(/[\s.]/g, '');
  return isBsn(digits) ? digits : undefined;
}

/** Nine digits in a row, as people write a BSN: with spaces or points between them or without. */
const NINE_DIGITS = /(?<!\d)\d(?:[\s.]?\d){8}(?!\d)/g;

/** The text with `[BSN]` in the place of every BSN in it: for what people write and a log keeps. */
export function withoutBsns(text: string): string {
  return text.replace(NINE_DIGITS, (digits) => (typedBsn(digits) === undefined ? digits : '[BSN]'));
}
