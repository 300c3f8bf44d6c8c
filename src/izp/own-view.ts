// What patients and representatives see and do for themselves: what was agreed, who may see it, what they said and what came of it.
// Pure: from the record, and back into resources to be written.
import type { Communication, Consent, DocumentReference, Task } from '@medplum/fhirtypes';
import { isPrivacyConsent } from '../access/rules.js';
import { ORGANIZATION_TYPE_SYSTEM } from '../fhir/identity.js';
import { withoutVersion } from '../fhir/references.js';
import type { EmergencyCard } from './card.js';
import { hasCode } from './concepts.js';
import { sharingPart } from './document-sharing.js';
import { inSentence } from './dutch.js';
import * as izp from './izp-codes.js';
import { dateOf, newestEntryFirst } from './moments.js';
import { isCurrentLetter, isLetter } from './parts.js';
import { peopleOf } from './people.js';
import { OPEN_TASK } from './person-tasks.js';
import { isOwnWords, isProposal, isTakenBack, type OwnWords } from './proposal.js';
import type { PatientRecord, RecordEntry } from './record.js';
import { decisionSentence, decisionWords } from './wording.js';

export interface OwnView {
  plan?: string;
  agreements: { reference: string; told: Told[] }[];
  sharing: { reference: string; words: string }[];
  said: OwnStatement[];
  letters: { reference: string; title: string; contentType: string; date?: string; isSigned: boolean; text?: string }[];
}

/** An agreement as it is told: what was agreed, and what is said before and after it. */
export interface Told {
  before: string;
  agreed: string;
  after: string;
}

export interface OwnStatement {
  reference: string;
  isProposal: boolean;
  text: string;
  date?: string;
  /** What came of it, in Dutch, and the words with it. */
  outcome: string;
  answer?: string;
  isOpen: boolean;
}

/** Kinds of care providers one may permit or object to, as they are called. */
export const SHARING_PARTIES: Readonly<Record<string, string>> = {
  AMB: 'De ambulance',
  N6: 'De huisartsenspoedpost',
  Z3: 'Huisartsenpraktijken',
  V4: 'Ziekenhuizen',
  T2: 'De thuiszorg',
  H2: 'Hospices',
  J8: 'Apotheken',
};

/** `card` is what the patient may see of the emergency card; undefined where there is none. */
export function ownView(record: PatientRecord, card: EmergencyCard | undefined): OwnView {
  const agreements = new Map<string, Told[]>();
  for (const decision of card?.decisions ?? []) {
    if (decision.source === null) continue;
    const { reference } = decision.source;
    agreements.set(reference, [...(agreements.get(reference) ?? []), toldOf(decision)]);
  }
  const consents = record.entries.filter(({ resource }) => isPrivacyConsent(resource) && resource.status === 'active');
  const sharing = consents
    .sort(newestEntryFirst)
    .map((entry) => ({ reference: entry.reference, words: sharingPart({ ...record, entries: [entry] }, peopleOf(record)).told[0] ?? '' }));
  const newest = [...record.entries].sort(newestEntryFirst);
  return {
    ...(card && { plan: card.plan.reference }),
    agreements: [...agreements].map(([reference, told]) => ({ reference, told })),
    sharing,
    said: newest.filter((entry) => isOwnWords(entry) && !isLetter(entry.resource)).map((entry) => statement(entry, record.entries)),
    letters: newest.filter(({ resource }) => isCurrentLetter(resource)).map((entry) => letterOf(entry)),
  };
}

function toldOf(decision: EmergencyCard['decisions'][number]): Told {
  const agreed = `${decision.treatment.display}: ${inSentence(decisionWords(decision))}.`;
  const [before = '', ...after] = decisionSentence(decision).split(agreed);
  return { before, agreed, after: after.join(agreed) };
}

function statement({ reference, resource }: RecordEntry, entries: readonly RecordEntry[]): OwnStatement {
  const words = resource as OwnWords;
  const tasks = entries.filter(
    (entry): entry is RecordEntry & { resource: Task } =>
      entry.resource.resourceType === 'Task' && withoutVersion(entry.resource.focus?.reference ?? '') === reference,
  );
  const task = tasks.sort((a, b) => b.lastUpdated - a.lastUpdated)[0]?.resource;
  const isOpen = !isTakenBack(words) && (task === undefined || OPEN_TASK.has(task.status));
  const date = dateOf(words);
  return {
    reference,
    isProposal: isProposal(words),
    text: textOf(words),
    ...(date !== undefined && { date }),
    ...(isTakenBack(words) ? { outcome: 'U hebt dit ingetrokken.' } : outcomeOf(task)),
    isOpen,
  };
}

function outcomeOf(task: Task | undefined): Pick<OwnStatement, 'outcome' | 'answer'> {
  const answer = task?.note?.at(-1)?.text;
  const answered = (code: string) => hasCode(task?.businessStatus, izp.IZP_TASK_OUTCOME, code);
  const outcome = answered('agreed')
    ? 'Overgenomen in een afspraak.'
    : answered('declined')
      ? 'Niet overgenomen.'
      : answered('noted')
        ? 'Gelezen.'
        : 'Nog niet beantwoord.';
  return { outcome, ...(answer !== undefined && { answer }) };
}

function textOf(words: OwnWords): string {
  if (words.resourceType === 'Communication') return (words.payload ?? []).flatMap(({ contentString }) => contentString ?? []).join('\n');
  return (words.content ?? []).map(({ attachment }) => plainText(attachment) ?? attachment?.title ?? 'Bijlage').join('\n');
}

function letterOf({ reference, resource }: RecordEntry): OwnView['letters'][number] {
  const letter = resource as DocumentReference;
  const attachment = letter.content?.[0]?.attachment;
  const text = plainText(attachment);
  const date = dateOf(letter);
  return {
    reference,
    title: attachment?.title ?? 'Wensenbrief',
    contentType: attachment?.contentType ?? '',
    ...(date !== undefined && { date }),
    isSigned: letter.docStatus === 'final',
    ...(text !== undefined && { text }),
  };
}

function plainText(attachment: { contentType?: string; data?: string } | undefined): string | undefined {
  if (attachment?.data === undefined || !attachment.contentType?.startsWith('text/plain')) return undefined;
  return Buffer.from(attachment.data, 'base64').toString('utf8');
}

interface Saying {
  patientId: string;
  /** `Patient/id` or `RelatedPerson/id`. */
  person: string;
  /** FHIR instant. */
  at: string;
}

/** Own words, or a proposal about an agreement. */
export function saidWords({ patientId, person, at }: Saying, text: string, isAsked: boolean, about?: string): Communication {
  return {
    resourceType: 'Communication',
    status: 'completed',
    category: [{ coding: [{ system: izp.IZP_OWN_WORDS, code: isAsked ? izp.IZP_PROPOSAL : 'own-words' }] }],
    subject: { reference: `Patient/${patientId}` },
    ...(about !== undefined && { about: [{ reference: about }] }),
    sent: at,
    sender: { reference: person },
    payload: [{ contentString: text }],
  };
}

/** The words taken back by who said them. */
export function takenBack(words: OwnWords): OwnWords {
  return words.resourceType === 'Communication' ? { ...words, status: 'stopped' } : { ...words, status: 'superseded' };
}

/** A letter as text, proposed until a carer records it as signed. `day` is a Dutch civil date. */
export function wishLetter({ patientId, person, at }: Saying, text: string, day: string): DocumentReference {
  return {
    resourceType: 'DocumentReference',
    status: 'current',
    docStatus: 'preliminary',
    type: { coding: [{ system: izp.IZP_DOCUMENT_TYPE, code: izp.IZP_WISH_LETTER }] },
    subject: { reference: `Patient/${patientId}` },
    date: at,
    author: [{ reference: person }],
    content: [
      {
        attachment: {
          contentType: 'text/plain',
          title: 'Wensenbrief',
          creation: day,
          data: Buffer.from(text, 'utf8').toString('base64'),
        },
      },
    ],
  } as DocumentReference;
}

/** A permission, or an objection, for one kind of care providers; without one for everybody, as only an objection may be. */
export function sharingConsent(patientId: string, effect: 'permit' | 'deny', type: string | undefined, day: string): Consent {
  const coding = (system: string, code: string) => ({ coding: [{ system, code }] });
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: coding('http://terminology.hl7.org/CodeSystem/consentscope', 'patient-privacy'),
    category: [coding('http://loinc.org', '59284-0')],
    patient: { reference: `Patient/${patientId}` },
    dateTime: day,
    policyRule: coding('http://terminology.hl7.org/CodeSystem/v3-ActCode', effect === 'permit' ? 'OPTIN' : 'OPTOUT'),
    provision: {
      type: effect,
      ...(type !== undefined && {
        actor: [
          {
            role: coding('http://terminology.hl7.org/CodeSystem/v3-ParticipationType', 'PRCP'),
            reference: { identifier: { system: ORGANIZATION_TYPE_SYSTEM, value: type }, display: SHARING_PARTIES[type] },
          },
        ],
      }),
    },
  };
}
