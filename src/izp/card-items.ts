// The single answers on the card: goal, place, capacity, wishes … each with its date, who agreed and its source.
import type { CodeableConcept, Communication, CommunicationRequest, Goal, Observation, Patient } from '@medplum/fhirtypes';
import * as codes from './codes.js';
import { codingsOf, conceptText, extensionsOf, filled, hasSnomed, noteText } from './concepts.js';
import { dutchDay, words } from './dutch.js';
import { hasUnknownModifier } from './modifiers.js';
import { dateOf, momentOf, newestEntryFirst } from './moments.js';
import { acpConversations, newestObservations } from './parts.js';
import { clean, type People, type Person, type Source } from './people.js';
import { isPreferredPlaceGoal, preferredPlace, VALID_OBSERVATION } from './preferred-place.js';
import { isOwnWords } from './proposal.js';
import type { PatientRecord, RecordEntry } from './record.js';
import { saidAt } from './supersede.js';

/** unknown: asked without an answer. not-asked: never asked. not-recorded: nothing here. None of them is a "no". */
export type ItemStatus = 'recorded' | 'unknown' | 'not-asked' | 'not-recorded' | 'cannot-interpret';

export interface Coded {
  system?: string;
  code?: string;
  display: string;
}

export interface CardItem {
  status: ItemStatus;
  value?: Coded;
  /** The answer in Dutch, always there. */
  text: string;
  note?: string;
  /** As the source gives it. */
  date: string | null;
  agreedBy: Person[];
  source: Source | null;
}

export interface CapacityItem extends CardItem {
  capable?: boolean;
  /** What the other place says (Patient or Observation) when it differs. */
  differs?: string;
}

export const NOT_RECORDED: CardItem = { status: 'not-recorded', text: 'Niet vastgelegd', date: null, agreedBy: [], source: null };
export const CANNOT_INTERPRET = 'Niet met zekerheid te duiden. Raadpleeg de bron.';

/** The newest Observation with this code, as an answer. */
export function observationItem(record: PatientRecord, people: People, code: string): CardItem {
  const entry = newestObservations(record).get(code);
  return entry === undefined ? NOT_RECORDED : itemOf(entry, people, observationAnswer(entry.resource as Observation));
}

/** Whether a choice is registered: the register's answer says nothing about which choice. */
export function donorItem(record: PatientRecord, people: People): CardItem {
  const item = observationItem(record, people, codes.DONOR_REGISTRATION);
  const registered = item.value?.code === '373066001' ? 'Er is een keuze vastgelegd in het Donorregister' : undefined;
  const none = item.value?.code === '373067005' ? 'Er is geen keuze vastgelegd in het Donorregister' : undefined;
  return { ...item, text: registered ?? none ?? item.text };
}

/** Where the patient wants to die: the newest of Goal and Observation. */
export function preferredPlaceItem(record: PatientRecord, people: People): CardItem {
  const place = preferredPlace(record);
  const isObscure = (resource: RecordEntry['resource']) =>
    hasUnknownModifier(resource) || (resource.resourceType === 'Observation' && isContradictory(resource));
  const obscure = record.entries.filter(({ resource }) => isPlace(resource) && isObscure(resource)).sort(newestEntryFirst)[0];
  if (obscure && (place === undefined || momentOf(obscure) >= momentOf(place.entry))) {
    return itemOf(obscure, people, { status: 'cannot-interpret', text: CANNOT_INTERPRET });
  }
  if (place === undefined) return NOT_RECORDED;
  const answer = place.absent ? absentAnswer(place.absent) : conceptAnswer(place.value as CodeableConcept);
  return itemOf(place.entry, people, { ...answer, note: noteText(place.notes) });
}

function isPlace(resource: RecordEntry['resource']): boolean {
  if (resource.resourceType === 'Observation')
    return hasSnomed(resource.code, codes.PREFERRED_PLACE_OF_DEATH) && resource.status !== 'entered-in-error';
  return isPreferredPlaceGoal(resource) && !['entered-in-error', 'cancelled', 'rejected'].includes((resource as Goal).lifecycleStatus);
}

/**
 * Whether the patient can decide about treatment: Observation 665671000146101, or the older extension of Patient. The
 * extension has no date of its own; it counts as said in the last conversation of the organisation that wrote the Patient.
 */
export function capacityItem(record: PatientRecord, people: People): CapacityItem {
  const observation = newestObservations(record).get(codes.LEGALLY_CAPABLE);
  const observed = observation && withOtherSources(record, people, observation);
  const conversation = lastConversation(record);
  const stated = capacityOfPatient(record, people, conversation);
  if (!observed || !stated) return observed ?? stated ?? NOT_RECORDED;
  const said = conversation && saidAt(conversation, Number.POSITIVE_INFINITY);
  const [first, other] = said && said.start > momentOf(observation) ? [stated, observed] : [observed, stated];
  return first.capable === other.capable ? first : { ...first, differs: differing(other) };
}

const differing = ({ text, source, date }: CapacityItem) =>
  `${text} (${source?.organization ?? 'organisatie onbekend'}, ${dutchDay(date ?? undefined)})`;

/** The newest Observation, and what the last word of another source says when it differs. */
function withOtherSources(record: PatientRecord, people: People, newest: RecordEntry): CapacityItem {
  const item = capacityOfObservation(newest, people);
  const others = record.entries
    .filter((entry) => entry !== newest && isCapacity(entry.resource) && lastWord(record, entry))
    .sort(newestEntryFirst)
    .map((entry) => capacityOfObservation(entry, people))
    .filter((other) => other.capable !== item.capable || other.status !== item.status);
  return others[0] === undefined ? item : { ...item, differs: others.map(differing).join('; ') };
}

function isCapacity(resource: RecordEntry['resource']): boolean {
  return (
    resource.resourceType === 'Observation' && VALID_OBSERVATION.has(resource.status) && hasSnomed(resource.code, codes.LEGALLY_CAPABLE)
  );
}

/** True when its organisation has said nothing later. */
function lastWord(record: PatientRecord, entry: RecordEntry): boolean {
  const later = (other: RecordEntry) =>
    isCapacity(other.resource) && other.author?.ura === entry.author?.ura && newestEntryFirst(other, entry) < 0;
  return !record.entries.some(later);
}

function capacityOfObservation(entry: RecordEntry, people: People): CapacityItem {
  const observation = entry.resource as Observation;
  if (hasUnknownModifier(observation) || isContradictory(observation))
    return itemOf(entry, people, { status: 'cannot-interpret', text: CANNOT_INTERPRET });
  const coded = codingsOf(observation.valueCodeableConcept).map((c) => c.code);
  const capable = observation.valueBoolean ?? (coded.includes('373066001') ? true : coded.includes('373067005') ? false : undefined);
  if (capable === undefined) return itemOf(entry, people, observationAnswer(observation));
  return { ...itemOf(entry, people, { status: 'recorded', text: capacityText(capable), note: noteText(observation.note) }), capable };
}

function capacityOfPatient(record: PatientRecord, people: People, conversation: RecordEntry | undefined): CapacityItem | undefined {
  const patient = record.patient as Patient | undefined;
  const [extension] = extensionsOf(patient, codes.LEGALLY_CAPABLE_EXTENSION);
  const part = (name: string) => extension?.extension?.find((x) => x.url === name);
  const capable = part('legallyCapable')?.valueBoolean;
  if (!patient || !extension || typeof capable !== 'boolean') return undefined;
  const entry = record.entries.find((e) => e.reference === `Patient/${record.patientId}`);
  const source = entry ? people.sourceOf(entry) : { reference: `Patient/${record.patientId}`, organization: null };
  const date = (conversation && dateOf(conversation.resource)) ?? null;
  const said = { date, agreedBy: [], source };
  if (hasUnknownModifier(patient)) return { status: 'cannot-interpret', text: CANNOT_INTERPRET, ...said };
  const note = filled(part('legallyCapableComment')?.valueString);
  return clean({ status: 'recorded' as const, capable, text: capacityText(capable), note, ...said });
}

const capacityText = (capable: boolean) =>
  capable
    ? 'Wilsbekwaam voor beslissingen over behandeling'
    : 'Niet wilsbekwaam voor beslissingen over behandeling: overleg met de vertegenwoordiger';

/** Of the organisation that wrote the Patient, else of any. */
function lastConversation(record: PatientRecord): RecordEntry | undefined {
  const ura = record.entries.find((e) => e.reference === `Patient/${record.patientId}`)?.author?.ura;
  const all = [...acpConversations(record).values()];
  const own = all.filter((entry) => ura !== undefined && entry.author?.ura === ura);
  return (own.length > 0 ? own : all).sort(newestEntryFirst)[0];
}

/** Whether relatives are informed: the older Communication or the newer CommunicationRequest, the newest counts. */
export function informRelativesItem(record: PatientRecord, people: People): CardItem {
  const [entry] = record.entries.filter((entry) => isAboutRelatives(entry.resource) && !isOwnWords(entry)).sort(newestEntryFirst);
  if (entry === undefined) return NOT_RECORDED;
  const resource = entry.resource as Communication | CommunicationRequest;
  if (hasUnknownModifier(resource)) return itemOf(entry, people, { status: 'cannot-interpret', text: CANNOT_INTERPRET });
  const done = resource.resourceType === 'Communication' && resource.status === 'completed';
  const text = done
    ? 'Met de patiënt is besproken de afspraken zelf met naasten te delen'
    : 'De patiënt is gevraagd de afspraken zelf met naasten te delen';
  return itemOf(entry, people, { status: 'recorded', text, note: noteText(resource.note) });
}

const NOT_SAID: ReadonlySet<string> = new Set(['entered-in-error', 'not-done', 'revoked', 'unknown']);

function isAboutRelatives(resource: RecordEntry['resource']): boolean {
  if (resource.resourceType === 'CommunicationRequest')
    return !NOT_SAID.has(resource.status) && hasSnomed(resource.category, codes.INFORM_RELATIVES);
  if (resource.resourceType !== 'Communication' || NOT_SAID.has(resource.status)) return false;
  return (
    hasSnomed(resource.topic, codes.INFORM_RELATIVES) ||
    (resource.topic === undefined && hasSnomed(resource.reasonCode, codes.ACP_PROCEDURE))
  );
}

type Answer = Pick<CardItem, 'status' | 'value' | 'text' | 'note'>;

/** An answer with the date, people and source of the resource that gives it. */
export function itemOf(entry: RecordEntry, people: People, answer: Answer): CardItem {
  return clean({
    ...answer,
    date: dateOf(entry.resource) ?? null,
    agreedBy: people.agreedBy(entry.resource),
    source: people.sourceOf(entry),
  });
}

function observationAnswer(observation: Observation): Answer {
  const note = noteText(observation.note);
  if (hasUnknownModifier(observation) || isContradictory(observation)) return { status: 'cannot-interpret', text: CANNOT_INTERPRET, note };
  if (filled(observation.valueString)) return { status: 'recorded', text: filled(observation.valueString) as string, note };
  if (observation.valueCodeableConcept) return { ...conceptAnswer(observation.valueCodeableConcept), note };
  if (observation.valueBoolean !== undefined) return { status: 'recorded', text: observation.valueBoolean ? 'Ja' : 'Nee', note };
  if (valueNames(observation).length > 0 || observation.component !== undefined)
    return { status: 'cannot-interpret', text: CANNOT_INTERPRET, note };
  return { ...absentAnswer(observation.dataAbsentReason), note };
}

const valueNames = (observation: Observation) => Object.keys(observation).filter((name) => /^_?value[A-Z]/.test(name));

/** An answer and a reason why there is none exclude each other. */
function isContradictory(observation: Observation): boolean {
  return observation.dataAbsentReason !== undefined && valueNames(observation).length > 0;
}

/** A coded answer; the null flavours that say nothing was answered are no answer. */
export function conceptAnswer(concept: CodeableConcept): Answer {
  const codings = codingsOf(concept);
  const empty = codings.find((c) => c.system === codes.NULL_FLAVOR && c.code !== 'OTH');
  if (empty)
    return {
      status: empty.code === 'NASK' ? 'not-asked' : 'unknown',
      text: filled(concept.text) ?? words({ coding: [empty] }) ?? 'Onbekend',
    };
  const display = words(concept) ?? 'Niet vermeld';
  const own = filled(concept.text);
  const text = own === undefined || own.toLowerCase() === display.toLowerCase() ? display : `${display} – ${own}`;
  const [coding] = codings;
  if (coding === undefined && own === undefined) return { status: 'unknown', text: 'Geen waarde vermeld' };
  return { status: 'recorded', value: clean({ system: coding?.system, code: coding?.code, display }), text };
}

function absentAnswer(reason: CodeableConcept | undefined): Answer {
  const notAsked = codingsOf(reason).some((c) => c.code === 'not-asked');
  return { status: notAsked ? 'not-asked' : 'unknown', text: words(reason) ?? conceptText(reason) ?? 'Geen waarde vermeld' };
}
