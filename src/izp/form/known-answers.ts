// What a record knows, as answers of the form. What its sources disagree on stays open: a prefilled form chooses nothing.
import type { Consent, DeviceUseStatement, Encounter, Observation, Procedure, Resource } from '@medplum/fhirtypes';
import { dutchDate, intervalOf } from '../../fhir/dates.js';
import { withoutVersion } from '../../fhir/references.js';
import { informRelativesItem } from '../card-items.js';
import * as codes from '../codes.js';
import { codingsOf, filled, hasCode, hasSnomed, noteText } from '../concepts.js';
import { type Decision, decisionsOf } from '../decisions.js';
import { commentOf, provisionCodes } from '../directive.js';
import { dateOf, newestEntryFirst } from '../moments.js';
import { acpConversations, newestObservations } from '../parts.js';
import { isRunning, peopleOf } from '../people.js';
import { policyGoalItem } from '../policy-goal.js';
import { preferredPlace } from '../preferred-place.js';
import type { PatientRecord, RecordEntry } from '../record.js';
import type { FormAnswer, Scope } from './answers.js';
import { EARLIER_TEXTS, OTHER_LIMITS_TEXT, OTHER_UNSTATED, WORDED_DECISIONS } from './directive-parts.js';
import * as form from './form-codes.js';
import { DECISIONS, FORM_ITEM, ICD_ITEMS, OTHER_LIMIT, TREATMENT_ITEMS } from './form-items.data.js';
import { partName } from './form-key.js';
import { offered, put, putContacts, putName, putPresent, putProfessional, said } from './known-people.js';

export interface Known {
  form: Scope;
  /** linkIds that stay open because the sources disagree, or say more than the form can hold. */
  open: string[];
  /** The conversation the answers tell of. */
  conversation?: RecordEntry;
}

export function knownAnswers(record: PatientRecord): Known {
  const scope: Scope = { answers: new Map(), groups: new Map() };
  const find = findIn(record);
  const [conversation] = [...acpConversations(record).values()]
    .filter(({ resource }) => resource.resourceType === 'Procedure')
    .sort(newestEntryFirst);
  const procedure = conversation?.resource as Procedure | undefined;
  const encounter = procedure?.encounter?.reference === undefined ? undefined : find(withoutVersion(procedure.encounter.reference));
  put(scope, '963', dayAnswer(conversation && dateOf(conversation.resource)));
  putName(scope, { given: '964', prefix: '965', family: '966' }, record.patient?.name);
  put(scope, '967', dayAnswer(record.patient?.birthDate));
  putProfessional(scope, procedure, find);
  putPresent(scope, procedure, encounter as Encounter | undefined);
  const open = [...putContacts(scope, record), ...putGoal(scope, record), ...putDirectives(scope, record)];
  putObservations(scope, record);
  putIcd(scope, record, find);
  putPermissions(scope, record);
  return { form: scope, open, ...(conversation && { conversation }) };
}

/** Looks up what the record or its directory holds. */
export function findIn(record: PatientRecord): (reference: string) => Resource | undefined {
  const own = new Map(record.entries.map(({ reference, resource }) => [reference, resource]));
  return (reference) => own.get(reference) ?? record.directory.get(reference);
}

function dayAnswer(date: string | undefined): FormAnswer | undefined {
  const interval = date === undefined ? undefined : intervalOf(date);
  if (date === undefined || interval === undefined || date.length < DAY_LENGTH) return undefined;
  return { day: date.length > DAY_LENGTH ? dutchDate(interval.start) : date };
}

const DAY_LENGTH = 'YYYY-MM-DD'.length;

const optionOf = (linkId: string, code: string | undefined): FormAnswer | undefined => {
  const coding = code === undefined ? undefined : FORM_ITEM.get(linkId)?.options?.find((one) => one.code === code);
  return coding && { coding };
};

function putGoal(scope: Scope, record: PatientRecord): string[] {
  const goal = policyGoalItem(record, peopleOf(record));
  if (goal.others !== undefined || goal.status === 'cannot-interpret') return ['999'];
  if (goal.status !== 'recorded') return [];
  const code = goal.value?.code === codes.GOAL_SYMPTOMS_ONLY ? codes.GOAL_SYMPTOMS_ONLY_FORM : goal.value?.code;
  put(scope, '999', optionOf('999', code) ?? said(goal.text));
  return [];
}

/** Decisions in force, by treatment; the form has one place for all others together. */
function putDirectives(scope: Scope, record: PatientRecord): string[] {
  const { treatments, advanceDirectives } = decisionsOf(record);
  const open: string[] = [];
  for (const items of [...TREATMENT_ITEMS, ICD_ITEMS]) {
    const decided = treatments.filter(({ treatment, entry }) => treatment.key === items.coding.code && entry !== undefined);
    if (decided.length !== 1 || !putDecision(scope, items, decided[0] as Decision)) if (decided.length > 0) open.push(items.decision);
  }
  const known = new Set([...TREATMENT_ITEMS, ICD_ITEMS].map(({ coding }) => coding.code));
  const others = treatments.filter(({ treatment }) => !known.has(treatment.key));
  const ofForm = others.filter(({ entry }) => entry && partName(entry.resource)?.part === 'directive-other');
  const [other] = ofForm.length > 0 ? ofForm : others;
  if (others.length > 1) open.push(OTHER_LIMIT.treatment);
  if (other && !putOther(scope, other)) open.push(OTHER_LIMIT.decision);
  for (const { entry } of advanceDirectives) {
    const texts = provisionCodes((entry.resource as Consent).provision).map(({ text }) => text);
    const earlier = Object.entries(EARLIER_TEXTS).find(([, text]) => texts.includes(text));
    const other = texts.flatMap((text) => (text?.startsWith(OTHER_WISHES) ? [text.slice(OTHER_WISHES.length)] : []))[0];
    if ((earlier === undefined && other === undefined) || scope.answers.has('1197')) continue;
    put(scope, '1197', optionOf('1197', form.YES));
    put(scope, '1198', said(commentOf(entry.resource as Consent)));
    put(scope, '1199', optionOf('1199', earlier?.[0]) ?? said(other));
  }
  return open;
}

const OTHER_WISHES = `${EARLIER_TEXTS['']}; andere wensen dan nu: `;

/** False when the form has no words for it. */
function putDecision(scope: Scope, items: { decision: string; other?: string; remark: string }, { entry, decision }: Decision): boolean {
  const consent = entry?.resource as Consent;
  const words = filled(consent.modifierExtension?.[0]?.valueString);
  if (decision === 'cannot-interpret' || (words === undefined && consent.provision?.type === undefined)) return false;
  if (decision === 'unknown' && words === undefined) return false;
  put(scope, items.decision, decisionAnswer(consent, words, items.other !== undefined));
  const isOther = scope.answers.get(items.decision)?.[0]?.coding === DECISIONS.other;
  if (items.other !== undefined && isOther && words !== OTHER_UNSTATED) put(scope, items.other, said(words));
  put(scope, items.remark, said(commentOf(consent)));
  return true;
}

function decisionAnswer(consent: Consent, words: string | undefined, hasOther: boolean): FormAnswer {
  if (words === undefined) return { coding: consent.provision?.type === 'permit' ? DECISIONS.do : DECISIONS.doNot };
  const undecided = [DECISIONS.unknown, DECISIONS.notDecided, DECISIONS.notDiscussed].find(({ display }) => display === words);
  if (undecided) return { coding: undecided };
  return hasOther || words === OTHER_UNSTATED ? { coding: DECISIONS.other } : { text: words };
}

function putOther(scope: Scope, decision: Decision): boolean {
  const consent = decision.entry?.resource as Consent;
  const concept = provisionCodes(consent.provision)[0];
  const named =
    filled(concept?.text) ??
    codingsOf(concept)
      .map(({ display }) => filled(display))
      .find(Boolean);
  if (named === undefined) return false;
  const words = filled(consent.modifierExtension?.[0]?.valueString);
  const worded = Object.entries(WORDED_DECISIONS).find(([, text]) => text === words)?.[0];
  if (named === OTHER_LIMITS_TEXT && worded !== undefined) {
    put(scope, OTHER_LIMIT.decision, optionOf(OTHER_LIMIT.decision, worded));
    put(scope, OTHER_LIMIT.remark, said(commentOf(consent)));
    return true;
  }
  if (named !== OTHER_LIMITS_TEXT) put(scope, OTHER_LIMIT.treatment, said(named));
  else if (commentOf(consent) === undefined && words !== undefined) {
    put(scope, OTHER_LIMIT.decision, said(words));
    return true;
  }
  return putDecision(scope, OTHER_LIMIT, decision);
}

function putObservations(scope: Scope, record: PatientRecord): void {
  const newest = newestObservations(record);
  const observation = (code: string) => newest.get(code)?.resource as Observation | undefined;
  const capacity = observation(codes.LEGALLY_CAPABLE);
  const capable = capacity?.valueBoolean;
  const remark = noteText(capacity?.note);
  if (capable !== undefined) {
    put(scope, '1406', optionOf('1406', capable ? '1' : '0'));
    put(scope, '1407', said(remark));
  } else put(scope, '1406', said(remark));
  put(scope, '1190', said(filled(observation(codes.SPECIFIC_WISHES)?.valueString)));
  put(scope, '1196', said(filled(observation(codes.OTHER_INFORMATION)?.valueString)));
  putChosen(scope, '1193', '1194', observation(codes.EUTHANASIA_POSITION));
  putChosen(scope, '1435', undefined, observation(codes.DONOR_REGISTRATION));
  const place = preferredPlace(record);
  if (place === undefined) return;
  const other = hasCode(place.value, codes.NULL_FLAVOR, 'OTH') ? said(filled(place.value?.text)) : undefined;
  put(scope, '1191', place.absent ? optionOf('1191', 'UNK') : (other ?? offered('1191', place.value)));
  put(scope, '1192', said(noteText(place.notes)));
}

function putChosen(scope: Scope, question: string, remark: string | undefined, observation: Observation | undefined): void {
  if (observation === undefined) return;
  const value = observation.valueCodeableConcept;
  const words = hasCode(value, codes.NULL_FLAVOR, 'UNK') ? said(filled(value?.text)) : undefined;
  put(scope, question, words ?? offered(question, value));
  if (remark !== undefined) put(scope, remark, said(noteText(observation.note)));
}

function putIcd(scope: Scope, record: PatientRecord, find: (reference: string) => Resource | undefined): void {
  const uses = record.entries.filter(({ resource }) => {
    if (resource.resourceType !== 'DeviceUseStatement' || !IN_BODY.has(resource.status) || !isRunning(resource.timingPeriod, record.now))
      return false;
    const device = find(withoutVersion(resource.device?.reference ?? ''));
    return device?.resourceType === 'Device' && device.status !== 'entered-in-error' && hasSnomed(device.type, codes.ICD_PRODUCTS);
  });
  const [newest] = uses.sort(newestEntryFirst);
  if (newest === undefined) return;
  put(scope, '1006', optionOf('1006', form.YES));
  put(scope, '1008', optionOf('1008', 'ICD'));
  put(scope, '1009', said(noteText((newest.resource as DeviceUseStatement).note)));
}

const IN_BODY: ReadonlySet<string> = new Set(['active', 'on-hold']);

/** What the patient was told about relatives, and what was said about sharing with everybody who treats them. */
function putPermissions(scope: Scope, record: PatientRecord): void {
  if (informRelativesItem(record, peopleOf(record)).status === 'recorded') put(scope, '1200', optionOf('1200', '1'));
  const permissions = record.entries.filter(({ resource }) => isGeneralPermission(resource)).sort(newestEntryFirst);
  const type = (permissions[0]?.resource as Consent | undefined)?.provision?.type;
  if (type !== undefined) put(scope, '1201', optionOf('1201', type === 'permit' ? form.AGREES_TO_SHARING : form.NO));
}

function isGeneralPermission(resource: Resource): boolean {
  if (resource.resourceType !== 'Consent' || resource.status !== 'active') return false;
  return hasCode(resource.scope, codes.CONSENT_SCOPE, 'patient-privacy') && (resource.provision?.actor ?? []).length === 0;
}
