// The emergency summary as a FHIR document: Composition first, decisions first in it, every section readable aloud in Dutch.
// https://hl7.org/fhir/R4/documents.html
import type {
  Bundle,
  CarePlan,
  CodeableConcept,
  Composition,
  CompositionSection,
  Extension,
  Identifier,
  Patient,
  Reference,
  Resource,
} from '@medplum/fhirtypes';
import { localReferences } from '../fhir/references.js';
import type { EmergencyCard } from './card.js';
import type { CardItem } from './card-items.js';
import { extensionsOf } from './concepts.js';
import { type Contact, isSameContact } from './contacts.js';
import { contentDigest } from './digest.js';
import { dutchDay } from './dutch.js';
import * as izp from './izp-codes.js';
import { narrative } from './narrative.js';
import type { PatientRecord } from './record.js';
import { decisionSentence, decisionWords, peopleWords, personWords } from './wording.js';

export interface DocumentIds {
  /** Absolute base of the service, without a slash at the end: references resolve against it. */
  base: string;
  /** Id of the Composition and, as urn:uuid, identifier of the document. */
  documentId: string;
}

/** Types carried along because a resource refers to them: who, where, with what and when. What somebody states is there only when told. */
export const CARRIED: ReadonlySet<string> = new Set([
  'Patient',
  'Practitioner',
  'PractitionerRole',
  'Organization',
  'RelatedPerson',
  'Location',
  'HealthcareService',
  'Device',
  'Encounter',
  'Procedure',
]);

/** A UUID that is the same for the same content: a document is one fact, however often it is made. */
export function documentIdOf(content: object): string {
  const hex = contentDigest(content);
  const variant = ((Number.parseInt(hex[16] as string, 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The document Bundle of a card: deterministic, timestamp and date are the plan's last change. */
export function summaryDocument(record: PatientRecord, card: EmergencyCard, ids: DocumentIds): Bundle {
  return documentBundle(record, card, ids, {
    profile: izp.IZP_SUMMARY_PROFILE,
    type: {
      coding: [{ system: izp.IZP_DOCUMENT_TYPE, code: izp.IZP_SUMMARY_TYPE, display: 'Emergency summary' }],
      text: 'Spoedsamenvatting',
    },
    title: 'Spoedsamenvatting individueel zorgplan',
    identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${ids.documentId}` },
    sections: summarySections(card, `Patient/${record.patientId}`),
    carried: CARRIED,
    followsPlan: false,
  });
}

export interface DocumentFrame {
  profile: string;
  type: CodeableConcept;
  title: string;
  identifier: Identifier;
  sections: CompositionSection[];
  /** Types carried along because something told refers to them. */
  carried: ReadonlySet<string>;
  /** Whether everything the plan itself refers to goes with it. */
  followsPlan: boolean;
}

/** A document Bundle with these sections: Composition first, then what it refers to, absolute addresses as fullUrl. */
export function documentBundle(record: PatientRecord, card: EmergencyCard, ids: DocumentIds, frame: DocumentFrame): Bundle {
  const known = new Map<string, Resource>(record.directory);
  for (const entry of record.entries) known.set(entry.reference, entry.resource);
  const patientReference = `Patient/${record.patientId}`;
  if (record.patient) known.set(patientReference, record.patient);
  const plan = known.get(card.plan.reference) as CarePlan;
  const composition = compositionOf(card, plan, patientReference, ids.documentId, frame);
  // A plan that this one took the place of is past.
  const hanging = frame.followsPlan ? localReferences(plan).filter((reference) => !reference.startsWith('CarePlan/')) : [];
  const first = [...localReferences(composition), ...hanging];
  const references = carriedAlong([...new Set(first)], card.plan.reference, known, frame.carried);
  const resources = [composition, ...references.map((reference) => known.get(reference) as Resource)];
  return {
    resourceType: 'Bundle',
    id: ids.documentId,
    type: 'document',
    identifier: frame.identifier,
    timestamp: card.asOf,
    entry: resources.map((resource) => ({ fullUrl: `${ids.base}/${resource.resourceType}/${resource.id}`, resource })) as Bundle['entry'],
  };
}

/** What is referred to first, in its order, and what that refers to, so that every name in the document can be followed. */
function carriedAlong(first: string[], plan: string, known: ReadonlyMap<string, Resource>, carried: ReadonlySet<string>): string[] {
  const found = new Set<string>();
  let next = first.filter((reference) => known.has(reference));
  while (next.length > 0) {
    for (const reference of next) found.add(reference);
    const further = next.filter((reference) => reference !== plan).flatMap((reference) => localReferences(known.get(reference)));
    next = [...new Set(further)].filter((r) => known.has(r) && !found.has(r) && carried.has(r.split('/')[0] as string)).sort();
  }
  return [...found];
}

function compositionOf(card: EmergencyCard, plan: CarePlan, patient: string, id: string, frame: DocumentFrame): Composition {
  const digest = extensionsOf(plan, izp.IZP_PLAN_DIGEST);
  const authors = (plan.contributor ?? []).filter((r) => !r.reference?.startsWith('CareTeam/'));
  return {
    resourceType: 'Composition',
    id,
    meta: { profile: [frame.profile] },
    language: 'nl',
    text: narrative([identityOf(card), ...card.warnings.map((w) => `Let op: ${w.text}`), ...card.decisions.map(decisionSentence)]),
    ...(digest.length > 0 && { extension: digest }),
    identifier: frame.identifier,
    status: 'final',
    type: frame.type,
    subject: { reference: patient } as Reference<Patient>,
    date: card.asOf,
    author: (authors.length > 0 ? authors : [{ display: 'Bron onbekend' }]) as Composition['author'],
    title: frame.title,
    section: frame.sections,
  };
}

function identityOf({ patient }: EmergencyCard): string {
  const more = [patient.gender, patient.birthDate === null ? 'geboortedatum onbekend' : `geboren ${dutchDay(patient.birthDate)}`]
    .filter(Boolean)
    .join(', ');
  return `${patient.name}, ${more}.`;
}

/** The sections that say what the card says, in its order. */
export function summarySections(card: EmergencyCard, patient: string): CompositionSection[] {
  const sections = [
    decisionSection(card),
    advanceSection(card),
    itemSection('treatment-goal', 'Doel van de behandeling', [
      ['Doel', card.goal],
      ...(card.goal.others ?? []).map((other): [string, CardItem] => ['Let op, een andere bron zegt. Doel', other]),
    ]),
    itemSection(undefined, 'ICD', [['ICD', card.icd]]),
    capacitySection(card, patient),
    contactSection(card),
    scenarioSection(card),
    itemSection('places', 'Voorkeursplaatsen', [['Voorkeursplek van overlijden', card.preferredPlaceOfDeath]]),
    itemSection('wishes', 'Wensen', [
      ['Wensen voor de zorg', card.wishes],
      ['Wat verder belangrijk is', card.otherInformation],
      ['Standpunt over euthanasie', card.euthanasia],
      ['Donorregister', card.organDonation],
      ['Naasten informeren', card.informRelatives],
    ]),
    currencySection(card),
  ];
  return sections.filter((section) => section !== undefined);
}

function decisionSection(card: EmergencyCard): CompositionSection {
  const warnings = card.warnings.map((warning) => `Let op: ${warning.text}`);
  return {
    title: 'Behandelafspraken',
    code: sectionCode('decisions'),
    text: narrative([...warnings, ...card.decisions.map(decisionSentence)]),
    section: card.decisions.map((decision) => {
      const { system, code, display } = decision.treatment;
      const outcome: Extension = {
        url: izp.IZP_DECISION_OUTCOME,
        valueCodeableConcept: { coding: [{ system: izp.IZP_DECISION, code: decision.decision }], text: decisionWords(decision) },
      };
      const sources = [
        decision.source,
        ...(decision.alsoFrom ?? []).map((also) => also.source),
        ...(decision.advanceDirectives ?? []).map((will) => will.source),
      ];
      return {
        extension: [outcome],
        title: display,
        code: { ...(code !== null && { coding: [{ ...(system !== null && { system }), code }] }), text: display },
        text: narrative([decisionSentence(decision)]),
        ...entries(sources.map((source) => source?.reference)),
      };
    }),
  };
}

function advanceSection({ advanceDirectives }: EmergencyCard): CompositionSection | undefined {
  if (advanceDirectives.length === 0) return undefined;
  const told = advanceDirectives.map((will) => {
    const parts = [
      `${will.type.display}, ${dutchDay(will.date ?? undefined)}.`,
      will.interpretable ? '' : 'Niet met zekerheid te duiden.',
      will.text ?? '',
    ];
    const representative = will.representative ? `Vertegenwoordiger: ${personWords(will.representative)}.` : '';
    return [...parts, representative, `Bron: ${will.source.organization ?? 'organisatie onbekend'}.`].filter(Boolean).join(' ');
  });
  return { title: 'Wilsverklaringen', text: narrative(told), ...entries(advanceDirectives.map((will) => will.source.reference)) };
}

function itemSection(code: string | undefined, title: string, named: [string, CardItem][]): CompositionSection {
  return {
    title,
    ...(code !== undefined && { code: sectionCode(code) }),
    text: narrative(named.map(([name, item]) => itemSentence(name, item))),
    ...entries(named.map(([, item]) => item.source?.reference)),
  };
}

function capacitySection({ capacity, representative }: EmergencyCard, patient: string): CompositionSection {
  const told = [itemSentence('Wilsbekwaamheid', capacity)];
  if (capacity.differs !== undefined) told.push(`Let op: een andere bron zegt: ${capacity.differs}.`);
  told.push(`Vertegenwoordiger: ${contactWords(representative)}`);
  return {
    title: 'Wilsbekwaamheid en vertegenwoordiging',
    code: sectionCode('capacity'),
    text: narrative(told),
    ...entries([capacity.source?.reference ?? patient, representative.source?.reference]),
  };
}

function contactSection({ firstContact, contacts, careTeam }: EmergencyCard): CompositionSection {
  const told = [`Eerste contactpersoon: ${contactWords(firstContact)}`];
  for (const contact of contacts) if (!isSameContact(contact, firstContact)) told.push(`Contactpersoon: ${contactWords(contact)}`);
  if (careTeam.phonesDayAndNight.length > 0)
    told.push(`Dag en nacht bereikbaar: ${careTeam.phonesDayAndNight.map((p) => p.number).join(', ')}.`);
  for (const member of careTeam.members)
    told.push(`Zorgteam: ${personWords(member)}${member.phones.map((p) => `, ${p.number}`).join('')}.`);
  return {
    title: 'Contacten en zorgteam',
    code: sectionCode('contacts'),
    text: narrative(told),
    ...entries(contacts.map((c) => c.source?.reference)),
  };
}

function scenarioSection({ scenarios, palliativeKit }: EmergencyCard): CompositionSection | undefined {
  if (scenarios.length === 0 && palliativeKit.status === 'not-recorded') return undefined;
  const told = scenarios.map(({ event, recognisedBy, relativesDo, professionalsDo, date, source }) =>
    [
      `${event}.`,
      recognisedBy && `Te herkennen aan: ${recognisedBy}.`,
      relativesDo && `Patiënt en naasten: ${relativesDo}`,
      professionalsDo && `Zorgverleners: ${professionalsDo}`,
      `Vastgelegd: ${dutchDay(date ?? undefined)}. Bron: ${source.organization ?? 'organisatie onbekend'}.`,
    ]
      .filter(Boolean)
      .join(' '),
  );
  return {
    title: 'Wat te doen als',
    code: sectionCode('scenarios'),
    text: narrative([...told, itemSentence('Palliatieve spoedkit', palliativeKit)]),
    ...entries([...scenarios.map(({ source }) => source.reference), palliativeKit.source?.reference]),
  };
}

function currencySection({ asOf, version, plan }: EmergencyCard): CompositionSection {
  const review = plan.reviewDue === null ? 'Er is geen datum voor herziening vastgelegd.' : `Te herzien voor ${dutchDay(plan.reviewDue)}.`;
  const started = plan.start === null ? '' : ` Eerste gesprek: ${dutchDay(plan.start)}.`;
  return {
    title: 'Hoe actueel dit is',
    code: sectionCode('currency'),
    text: narrative([`Laatst gewijzigd ${dutchDay(asOf)}, versie ${version}.${started} ${review}`]),
    ...entries([plan.reference]),
  };
}

/** One answer as a sentence that can be read aloud, with date, people and source. */
export function itemSentence(name: string, { text, note, date, agreedBy, source }: CardItem): string {
  const said = `${name}: ${text}${/[.!?…”]$/.test(text) ? '' : '.'}`;
  const more = [
    note && `Toelichting: “${note}”`,
    source && `Vastgelegd: ${dutchDay(date ?? undefined)}${agreedBy.length > 0 ? `, met ${peopleWords(agreedBy)}` : ''}.`,
  ];
  return [said, ...more, source && `Bron: ${source.organization ?? 'organisatie onbekend'}.`].filter(Boolean).join(' ');
}

function contactWords({ status, name, relationship, phones }: Contact): string {
  if (status === 'not-recorded') return 'niet vastgelegd.';
  if (status === 'cannot-interpret') return `${name}: niet met zekerheid te duiden, raadpleeg de bron.`;
  const numbers = phones.length > 0 ? `telefoon ${phones.map((p) => p.number).join(' of ')}` : 'geen telefoonnummer vastgelegd';
  return `${name}${relationship === undefined ? '' : ` (${relationship})`}, ${numbers}.`;
}

export function sectionCode(code: string) {
  return { coding: [{ system: izp.IZP_SUMMARY_SECTION, code }] };
}

export function entries(references: (string | undefined)[]): { entry?: Reference[] } {
  const distinct = [...new Set(references.filter((reference) => reference !== undefined))];
  return distinct.length > 0 ? { entry: distinct.map((reference) => ({ reference })) } : {};
}
