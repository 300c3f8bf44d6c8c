// The whole plan as a FHIR document: the summary's sections first and in its words, then everything else that belongs to the plan.
// https://hl7.org/fhir/R4/documents.html
import type { Bundle, CompositionSection, DocumentReference, Resource } from '@medplum/fhirtypes';
import { type EmergencyCard, emergencyCard } from './card.js';
import { documentParts } from './document-parts.js';
import type { DocumentPart } from './document-sentences.js';
import * as izp from './izp-codes.js';
import { narrative } from './narrative.js';
import { peopleOf } from './people.js';
import { rootPlan } from './plan.js';
import type { PatientRecord, RecordEntry } from './record.js';
import { CARRIED, documentBundle, documentIdOf, entries, sectionCode, summarySections } from './summary.js';

/** Base64 characters of a letter that still goes along inside the document (75 kB); a longer one is read at its own address. */
export const MAX_INLINE_LETTER = 100_000;

/** The plan as it is told: the card, and what it does not say. */
export interface PlanContent {
  card: EmergencyCard;
  parts: DocumentPart[];
}

/** Types carried along because something in the plan refers to them. */
const CARRIED_BY_PLAN: ReadonlySet<string> = new Set([
  ...CARRIED,
  'Medication',
  'MedicationRequest',
  'ServiceRequest',
  'Condition',
  'CareTeam',
]);

const SUBSETTED = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };

/** What there is to tell of this plan; undefined when it is not the patient's one active plan in this record. */
export function planContent(record: PatientRecord, planReference: string): PlanContent | undefined {
  const root = rootPlan(record);
  const answer = root?.reference === planReference ? emergencyCard(record) : undefined;
  if (root === undefined || answer === undefined) return undefined;
  return { card: answer.card, parts: documentParts(record, root, peopleOf(record)) };
}

/**
 * The document Bundle, the same bytes for the same version. Its identifier is the address of that version of the plan.
 * `base` is the absolute address of the FHIR service, without a slash at the end.
 */
export function planDocument(record: PatientRecord, { card, parts }: PlanContent, base: string): Bundle {
  const light = { ...record, entries: record.entries.map((entry) => withoutLongLetter(entry, base)) };
  const core = summarySections(card, `Patient/${record.patientId}`);
  const currency = core.splice(-1);
  const [version] = card.version.split('-');
  return documentBundle(
    light,
    card,
    { base, documentId: documentIdOf({ card, parts }) },
    {
      profile: izp.IZP_PLAN_DOCUMENT_PROFILE,
      type: { coding: [{ system: izp.IZP_DOCUMENT_TYPE, code: izp.IZP_DOCUMENT, display: 'Care plan' }], text: 'Individueel zorgplan' },
      title: 'Individueel zorgplan',
      identifier: { system: 'urn:ietf:rfc:3986', value: `${base}/${card.plan.reference}/_history/${version}` },
      sections: [...core, ...parts.map(sectionOf), ...currency],
      carried: CARRIED_BY_PLAN,
      followsPlan: true,
    },
  );
}

function sectionOf({ code, title, told, references }: DocumentPart): CompositionSection {
  return { title, code: sectionCode(code), text: narrative(told), ...entries(references) };
}

/** A long letter as what it is, when and by whom, with the address where it can be read whole. */
function withoutLongLetter(entry: RecordEntry, base: string): RecordEntry {
  const letter = entry.resource as DocumentReference;
  if (letter.resourceType !== 'DocumentReference' || !letter.content?.some(({ attachment }) => isLong(attachment?.data))) return entry;
  const content = letter.content.map(({ attachment, ...rest }) => {
    if (!isLong(attachment?.data)) return { ...rest, attachment };
    const { data: _left, ...described } = attachment ?? {};
    return { ...rest, attachment: { ...described, url: described.url ?? `${base}/${entry.reference}` } };
  });
  const meta = { ...letter.meta, tag: [...(letter.meta?.tag ?? []), SUBSETTED] };
  return { ...entry, resource: { ...letter, meta, content } as Resource };
}

const isLong = (data: string | undefined) => (data?.length ?? 0) > MAX_INLINE_LETTER;
