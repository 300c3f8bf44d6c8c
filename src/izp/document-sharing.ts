// Who may see the plan, in the patient's words to the service: permissions and objections as sentences. What holds is judged
// where access is decided (access/rules.ts); here it is told by the same rules.
import type { Consent, Identifier } from '@medplum/fhirtypes';
import { isPrivacyConsent, rulesOf } from '../access/rules.js';
import { dutchDate } from '../fhir/dates.js';
import { ORGANIZATION_TYPE_SYSTEM, URA_SYSTEM } from '../fhir/identity.js';
import { CANNOT_INTERPRET } from './card-items.js';
import { filled } from './concepts.js';
import { current, type DocumentPart, factsOf, part, sentences } from './document-sentences.js';
import { dutchDay } from './dutch.js';
import type { People } from './people.js';
import type { PatientRecord, RecordEntry } from './record.js';

const TYPES: Record<string, string> = {
  AMB: 'ambulance',
  N6: 'huisartsenspoedpost',
  Z3: 'huisartsen',
  H1: 'huisartsen',
  V4: 'ziekenhuizen',
  V5: 'ziekenhuizen',
  V6: 'ziekenhuizen',
  X3: 'verpleging en verzorging',
  R5: 'verpleging en verzorging',
  T2: 'thuiszorg',
  H2: 'hospices',
  J8: 'apotheken',
  G5: 'geestelijke gezondheidszorg',
};

const PURPOSES: Record<string, string> = { TREAT: 'behandeling', ETREAT: 'spoedzorg' };

/** Every permission and objection that is in force, newest first. */
export function sharingPart(record: PatientRecord, people: People): DocumentPart {
  const consents = current(record, ({ resource }) => isPrivacyConsent(resource) && resource.status === 'active');
  const told = consents.map((entry) => sharingWords(record, entry, people));
  return part(
    'sharing',
    'Toestemming om te delen',
    told,
    consents.map(({ reference }) => reference),
    'Geen toestemming of bezwaar vastgelegd.',
  );
}

function sharingWords(record: PatientRecord, entry: RecordEntry, people: People): string {
  const consent = entry.resource as Consent;
  const rules = rulesOf({ entries: [entry], directory: record.directory });
  const [rule] = rules;
  // Active, and it opens or closes nothing: nobody is to believe that it does.
  if (rule === undefined)
    return sentences([`Toestemming of bezwaar: ${CANNOT_INTERPRET.toLowerCase()} Het geeft geen toegang`, factsOf(entry, people)]);
  const named = (consent.provision?.actor ?? []).map(({ reference }) => filled(reference?.display) ?? partyWords(reference?.identifier));
  const isForAll = rules.some(({ party }) => party === 'any');
  const parties = isForAll || named.length === 0 ? ['iedereen die bij de zorg betrokken is'] : [...new Set(named)];
  const purposes = rule.purposes?.map((code) => PURPOSES[code] ?? code) ?? [];
  const until = consent.provision?.period?.end;
  const isOver = rules.every((one) => one.until <= record.now);
  return sentences([
    `${rule.effect === 'permit' ? 'Toestemming voor' : 'Bezwaar tegen'} inzage door ${parties.join(', ')}`,
    purposes.length > 0 && `Voor ${purposes.join(' en ')}`,
    until !== undefined && (isOver ? `Afgelopen ${dutchDay(until)}` : `Geldt tot en met ${dutchDay(until)}`),
    rules.every((one) => one.from > record.now) && `Gaat in op ${dutchDay(dutchDate(rule.from))}`,
    factsOf(entry, people),
  ]);
}

function partyWords(identifier: Identifier | undefined): string {
  const value = filled(identifier?.value) ?? '';
  if (identifier?.system === URA_SYSTEM) return `de organisatie met URA-nummer ${value}`;
  if (identifier?.system === ORGANIZATION_TYPE_SYSTEM) return TYPES[value.toUpperCase()] ?? `zorgaanbieders van soort ${value}`;
  return 'een partij die niet te duiden is';
}
