// Goal of treatment, wishes, capacity, ICD and the informing of relatives, as the form tells them.
// https://api.iknl.nl/docs/pzp/r4
import type { CodeableConcept, CommunicationRequest, Device, DeviceUseStatement, Goal, Observation } from '@medplum/fhirtypes';
import * as codes from '../codes.js';
import { answerOf, codeOf, type FormAnswer, textOf } from './answers.js';
import * as form from './form-codes.js';
import { type Conversation, concept, framed, inEncounter, noteOf, type Part } from './parts.js';

export function wishParts(conversation: Conversation): Part[] {
  return [
    ...goal(conversation),
    ...capacity(conversation),
    ...wishes(conversation),
    ...place(conversation),
    ...chosen(conversation, 'euthanasia', codes.EUTHANASIA_POSITION, '1193', '1194', 'ACP-PositionRegardingEuthanasia'),
    ...chosen(conversation, 'donor', codes.DONOR_REGISTRATION, '1435', undefined, 'ACP-OrganDonationChoiceRegistration'),
    ...otherInformation(conversation),
    ...icd(conversation),
    ...informing(conversation),
  ];
}

/** Not yet known is no goal. The form's own code for symptoms only is written as the standard's. */
function goal(conversation: Conversation): Part[] {
  const answer = answerOf(conversation.form, '999');
  const said = answer?.coding?.code;
  if (answer === undefined || said === 'UNK') return [];
  const code = said === codes.GOAL_SYMPTOMS_ONLY_FORM ? codes.GOAL_SYMPTOMS_ONLY : said;
  const resource: Goal = {
    resourceType: 'Goal',
    extension: [inEncounter(conversation)],
    lifecycleStatus: 'active',
    category: [concept({ system: codes.SNOMED, code: codes.ACP_PROCEDURE, display: 'advance care planning' })],
    description: code === undefined ? { text: answer.text } : concept({ system: codes.SNOMED, code, display: GOAL_NAMES[code] }),
    subject: conversation.patient,
    statusDate: conversation.day,
  };
  // Words in place of a code fit no published profile, and are not thrown away for that.
  return [framed(conversation, 'goal', { ...resource }, code === undefined ? undefined : 'ACP-Medical-Policy-Goal')];
}

/** As the published value set names them. */
const GOAL_NAMES: Record<string, string> = {
  '385987000': 'zorg bij ziekte en/of letsel',
  '1351964001': 'levensverlengende behandeling',
  [codes.GOAL_SYMPTOMS_ONLY]: 'voorkomen en behandelen van symptomen',
};

function observation(conversation: Conversation, part: string, code: string, value: Partial<Observation>, profile?: string): Part {
  const { patient, encounter, professional, day } = conversation;
  const resource: Observation = {
    resourceType: 'Observation',
    status: 'final',
    code: concept({ system: codes.SNOMED, code }),
    subject: patient,
    encounter,
    effectiveDateTime: day,
    ...(professional && { performer: [professional] }),
    ...value,
  };
  return framed(conversation, part, { ...resource }, profile);
}

export const ASKED_UNKNOWN: CodeableConcept = concept({ system: codes.DATA_ABSENT_REASON, code: 'asked-unknown' });

function capacity(conversation: Conversation): Part[] {
  const answer = answerOf(conversation.form, '1406');
  if (answer === undefined) return [];
  const note = [answer.text, textOf(conversation.form, '1407')].filter((text) => text !== undefined).join('; ');
  const value = answer.coding ? { valueBoolean: answer.coding.code === '1' } : { dataAbsentReason: ASKED_UNKNOWN };
  return [observation(conversation, 'capacity', codes.LEGALLY_CAPABLE, { ...value, note: noteOf(note === '' ? undefined : note) })];
}

/** SNOMED CT: establishing personal values and wishes in relation to care. */
const WISHES_METHOD = '370819000';

function wishes(conversation: Conversation): Part[] {
  const text = textOf(conversation.form, '1190');
  if (text === undefined) return [];
  const value = { valueString: text, method: concept({ system: codes.SNOMED, code: WISHES_METHOD }) };
  return [observation(conversation, 'wishes', codes.SPECIFIC_WISHES, value, 'ACP-SpecificCareWishes')];
}

function otherInformation(conversation: Conversation): Part[] {
  const text = textOf(conversation.form, '1196');
  if (text === undefined) return [];
  return [observation(conversation, 'other-information', codes.OTHER_INFORMATION, { valueString: text }, 'ACP-OtherImportantInformation')];
}

/** As published: a place not yet known is no place. Words in place of a code are a place of their own. */
function place(conversation: Conversation): Part[] {
  const answer = answerOf(conversation.form, '1191');
  if (answer === undefined) return [];
  const note = noteOf(textOf(conversation.form, '1192'));
  const value = answer.coding?.code === 'UNK' ? { dataAbsentReason: ASKED_UNKNOWN } : { valueCodeableConcept: placeOf(answer) };
  return [observation(conversation, 'place-of-death', codes.PREFERRED_PLACE_OF_DEATH, { ...value, note }, 'ACP-PreferredPlaceOfDeath')];
}

function placeOf({ coding, text }: FormAnswer): CodeableConcept {
  return coding ? concept(coding) : concept(form.nullFlavor('OTH', 'Anders'), text);
}

/** A choice from a closed list; words in its place leave it unknown, with the words. */
function chosen(
  conversation: Conversation,
  part: string,
  code: string,
  question: string,
  remark: string | undefined,
  profile: string,
): Part[] {
  const answer = answerOf(conversation.form, question);
  if (answer === undefined) return [];
  const value = answer.coding ? concept(answer.coding) : concept(form.nullFlavor('UNK', 'Nog onbekend'), answer.text);
  const note = remark === undefined ? undefined : noteOf(textOf(conversation.form, remark));
  return [observation(conversation, part, code, { valueCodeableConcept: value, note }, profile)];
}

/** SNOMED CT: implantable cardioverter defibrillator, of whichever kind: the form knows no kinds. */
const ICD_PRODUCT = { system: codes.SNOMED, code: '72506001', display: 'implanteerbare cardioverter-defibrillator' };

function icd(conversation: Conversation): Part[] {
  if (codeOf(conversation.form, '1006') !== form.YES) return [];
  const { form: scope, patient, professional, day, referenceTo } = conversation;
  const remark = [textOf(scope, '1008'), textOf(scope, '1009')].filter((text) => text !== undefined).join('; ');
  const device: Device = { resourceType: 'Device', type: concept(ICD_PRODUCT), patient };
  const use: DeviceUseStatement = {
    resourceType: 'DeviceUseStatement',
    extension: [inEncounter(conversation)],
    status: 'active',
    subject: patient,
    recordedOn: day,
    ...(professional && { source: professional }),
    device: { reference: referenceTo('Device', 'icd') },
    note: noteOf(remark === '' ? undefined : remark),
  };
  return [
    framed(conversation, 'icd', { ...device }, 'ACP-MedicalDevice.Product-ICD'),
    framed(conversation, 'icd-use', { ...use }, 'ACP-MedicalDevice'),
  ];
}

/** The patient was told that informing relatives is theirs to do: a request to communicate, whatever the patient did since. */
function informing(conversation: Conversation): Part[] {
  if (codeOf(conversation.form, '1200') !== '1') return [];
  const { patient, professional, day, encounter } = conversation;
  const resource: CommunicationRequest = {
    resourceType: 'CommunicationRequest',
    status: 'active',
    category: [concept({ system: codes.SNOMED, code: codes.INFORM_RELATIVES })],
    subject: patient,
    encounter,
    authoredOn: day,
    ...(professional && { requester: professional }),
    sender: patient,
    reasonCode: [concept({ system: codes.SNOMED, code: codes.ACP_PROCEDURE })],
  };
  return [framed(conversation, 'inform-relatives', { ...resource })];
}
