// Contact persons: who represents the patient, whom to call first, and every other, from RelatedPerson and Patient.contact.
import type { CodeableConcept, Patient, RelatedPerson } from '@medplum/fhirtypes';
import { withoutVersion } from '../fhir/references.js';
import * as codes from './codes.js';
import { extensionsOf, filled, hasCode, hasSnomed } from './concepts.js';
import { foldWords } from './fold-words.js';
import { hasUnknownModifier } from './modifiers.js';
import { clean, isRunning, NAME_UNKNOWN, nameOf, type People, type Phone, phonesOf, relationshipWords, type Source } from './people.js';
import type { PatientRecord } from './record.js';

export interface Contact {
  status: 'recorded' | 'not-recorded' | 'cannot-interpret';
  name?: string;
  /** Dutch: broer, wettelijk vertegenwoordiger … */
  relationship?: string;
  phones: Phone[];
  emails?: string[];
  source: Source | null;
}

interface Found extends Contact {
  relationships: CodeableConcept[];
  lastUpdated: number;
}

export const NO_CONTACT: Contact = { status: 'not-recorded', phones: [], source: null };

export interface Contacts {
  representative: Contact;
  firstContact: Contact;
  /** Everyone, in a fixed order, those two included. */
  all: Contact[];
  /** Names of all who are recorded as legal representative, each once. */
  legalRepresentatives: string[];
}

export function contactsOf(record: PatientRecord, people: People): Contacts {
  const found = merged(record, people);
  const legal = found.filter((c) => hasCode(c.relationships, codes.CONTACT_ROLE, codes.LEGAL_REPRESENTATIVE));
  return {
    representative: strip(legal[0] ?? found.find(represents)),
    legalRepresentatives: [...new Map(legal.map(({ name = NAME_UNKNOWN }) => [foldWords(name), name])).values()],
    firstContact: strip(found.find((c) => hasCode(c.relationships, codes.CONTACT_ROLE, codes.FIRST_CONTACT))),
    all: found.map(strip),
  };
}

/** Curator and mentor by law, or authorised in writing by the patient. */
function represents({ relationships }: Found): boolean {
  const byLaw = [...codes.STATUTORY_REPRESENTATIVES].some((code) => hasCode(relationships, codes.CONTACT_ROLE, code));
  return byLaw || hasSnomed(relationships, codes.WRITTEN_REPRESENTATIVE);
}

/** RelatedPersons, last written first, each completed by the Patient.contact about the same person; then the other contacts. */
function merged(record: PatientRecord, people: People): Found[] {
  const persons = record.entries
    .filter((e) => e.resource.resourceType === 'RelatedPerson' && e.resource.active !== false && isRunning(e.resource.period, record.now))
    .sort((a, b) => b.lastUpdated - a.lastUpdated || (a.reference < b.reference ? -1 : 1))
    .map((entry) => ({
      ...fromRelatedPerson(entry.resource as RelatedPerson, record.now),
      source: people.sourceOf(entry),
      lastUpdated: entry.lastUpdated,
    }));
  const all: Found[] = [...persons];
  const known = new Set(record.entries.map((entry) => entry.reference));
  const patient = record.entries.find((entry) => entry.reference === `Patient/${record.patientId}`);
  const source: Source = patient ? people.sourceOf(patient) : { reference: `Patient/${record.patientId}`, organization: null };
  for (const contact of record.patient?.contact ?? []) {
    if (!isRunning(contact.period, record.now)) continue;
    const named = fromPatientContact(contact, record.now);
    const linked = extensionsOf(contact, codes.CONTACT_PERSON_EXTENSION).map((x) => withoutVersion(x.valueReference?.reference ?? ''));
    const same = persons.find((p) => linked.includes(p.source.reference) || isSameName(p.name, named.name));
    // The person it stands for is there and no longer a contact.
    if (!same && linked.some((reference) => known.has(reference))) continue;
    if (!same) all.push({ ...named, source, lastUpdated: patient?.lastUpdated ?? 0 });
    else if (same.status === 'recorded') {
      same.relationships = [...same.relationships, ...named.relationships];
      same.relationship ??= named.relationship;
      same.phones = [...same.phones, ...named.phones.filter((p) => !same.phones.some((q) => digits(q) === digits(p)))];
      same.emails ??= named.emails;
    }
  }
  return all;
}

function isSameName(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== NAME_UNKNOWN && foldWords(a) === foldWords(b);
}

const digits = (phone: Phone) => phone.number.replace(/\D/g, '').replace(/^(0031|31)/, '0');

function fromRelatedPerson(person: RelatedPerson, now: number): Omit<Found, 'source' | 'lastUpdated'> {
  const status = hasUnknownModifier(person) ? 'cannot-interpret' : 'recorded';
  return clean({
    status,
    name: nameOf(person.name) ?? NAME_UNKNOWN,
    relationship: relationshipWords(person),
    phones: phonesOf(person.telecom, now),
    emails: emailsOf(person.telecom),
    relationships: person.relationship ?? [],
  });
}

function fromPatientContact(contact: NonNullable<Patient['contact']>[number], now: number): Omit<Found, 'source' | 'lastUpdated'> {
  return clean({
    status: hasUnknownModifier(contact) ? ('cannot-interpret' as const) : ('recorded' as const),
    name: nameOf(contact.name ? [contact.name] : undefined) ?? filled(contact.organization?.display) ?? NAME_UNKNOWN,
    relationship: relationshipWords(contact),
    phones: phonesOf(contact.telecom, now),
    emails: emailsOf(contact.telecom),
    relationships: contact.relationship ?? [],
  });
}

function emailsOf(telecom: RelatedPerson['telecom']): string[] | undefined {
  const list = (telecom ?? []).flatMap((t) => (t.system === 'email' && t.use !== 'old' ? (filled(t.value) ?? []) : []));
  return list.length > 0 ? list : undefined;
}

/** Several Patient.contacts have one source: the same only when everything is. */
export function isSameContact(a: Contact, b: Contact): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function strip(found: Found | undefined): Contact {
  if (!found) return NO_CONTACT;
  const { relationships: _r, lastUpdated: _l, ...contact } = found;
  return contact;
}
