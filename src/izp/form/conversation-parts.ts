// The conversation itself: who held it, who was there, the contact and the procedure.
// https://api.iknl.nl/docs/pzp/r4 (ACP-Encounter, ACP-Procedure, ACP-HealthProfessional-PractitionerRole)
import type {
  CodeableConcept,
  Encounter,
  HumanName,
  Identifier,
  Practitioner,
  PractitionerRole,
  Procedure,
  RelatedPerson,
  Resource,
} from '@medplum/fhirtypes';
import * as codes from '../codes.js';
import { codingsOf, hasCode } from '../concepts.js';
import { canonicalJson, sha256 } from '../digest.js';
import { answerOf, codeOf, type Scope, textOf } from './answers.js';
import { allWorded } from './contact-parts.js';
import * as form from './form-codes.js';
import { humanName } from './names.js';
import { type Conversation, concept, framed, type Making, type Part, type To } from './parts.js';

export const CONVERSATION_PART = 'conversation';
const ENCOUNTER_PART = 'encounter';

/** The people, contact and procedure of the form's conversation, and what the other parts need of them. */
export function conversationParts(making: Making, contacts: Part[], author: To | undefined): { parts: Part[]; conversation: Conversation } {
  const { form: scope, patient } = making;
  const held = professionalParts(making);
  const professional = held.length > 0 ? referenceOf(making, held.at(-1) as Part) : author;
  const present = presentPersons(making, contacts);
  const withPatient = answerOf(scope, '82') !== undefined;
  const conversation: Conversation = {
    ...making,
    encounter: { reference: making.referenceTo('Encounter', ENCOUNTER_PART) },
    ...(professional && { professional }),
    parties: [
      ...(withPatient ? [patient] : []),
      ...(professional ? [professional] : []),
      ...(withPatient && codeOf(scope, '1406') !== '0' ? [] : representativesAmong(present, making, contacts)),
    ],
  };
  const parts = [...held, ...meetingParts(conversation, present, withPatient)];
  return { parts, conversation };
}

/** Somebody who was there: a contact person of the form, or only what they are to the patient. */
interface Present {
  types: CodeableConcept[];
  individual: To;
}

function presentPersons(making: Making, contacts: Part[]): Present[] {
  const { form: scope } = making;
  const roles = allWorded(scope, '997', form.role('09', 'Anders'), '414');
  const relations = allWorded(scope, '998', form.nullFlavor('OTH', 'Anders'), '413');
  const present: Present[] = [];
  for (const type of [...roles, ...relations]) {
    const individual = individualOf(making, contacts, type);
    const known = present.find((one) => individual.reference !== undefined && one.individual.reference === individual.reference);
    if (known) known.types.push(type);
    else present.push({ types: [type], individual });
  }
  return present;
}

/** The one contact person who is that to the patient. "Another" names nobody. */
function individualOf(making: Making, contacts: Part[], type: CodeableConcept): To {
  const [coding] = codingsOf(type);
  const isOther = coding?.code === 'OTH' || coding?.code === '09';
  const fitting = contacts.filter(({ resource }) =>
    hasCode((resource as RelatedPerson).relationship, coding?.system as string, coding?.code as string),
  );
  if (!isOther && fitting.length === 1) return referenceOf(making, fitting[0] as Part);
  return { type: 'RelatedPerson', display: type.text ?? coding?.display };
}

function representativesAmong(present: Present[], making: Making, contacts: Part[]): To[] {
  const legal = contacts.filter(({ resource }) =>
    hasCode((resource as RelatedPerson).relationship, codes.CONTACT_ROLE, codes.LEGAL_REPRESENTATIVE),
  );
  const references = legal.map((part) => referenceOf(making, part));
  return references.filter(({ reference }) => present.some(({ individual }) => individual.reference === reference));
}

function meetingParts(conversation: Conversation, present: Present[], withPatient: boolean): Part[] {
  const { patient, day, professional, encounter, referenceTo } = conversation;
  const known = present.map(({ individual }) => individual).filter(({ reference }) => reference !== undefined);
  const procedure: Procedure = {
    resourceType: 'Procedure',
    status: 'completed',
    code: concept({ system: codes.SNOMED, code: codes.ACP_PROCEDURE, display: 'advance care planning' }),
    subject: patient,
    encounter,
    performedPeriod: { start: day, end: day },
    performer: [...(professional ? [professional] : []), ...known, ...(withPatient ? [patient] : [])].map((actor) => ({ actor })),
  };
  const meeting: Encounter = {
    resourceType: 'Encounter',
    status: 'finished',
    // The form does not ask where or how they met.
    class: { system: codes.NULL_FLAVOR, code: 'UNK', display: 'unknown' },
    subject: patient,
    participant: [
      ...(professional ? [{ individual: professional }] : []),
      ...present.map(({ types, individual }) => ({ type: types, individual })),
    ],
    period: { start: day, end: day },
    reasonReference: [{ reference: referenceTo('Procedure', CONVERSATION_PART) }],
  };
  return [
    framed(conversation, ENCOUNTER_PART, { ...meeting }, 'ACP-Encounter'),
    framed(conversation, CONVERSATION_PART, { ...procedure }, 'ACP-Procedure'),
  ];
}

/** Known by name and function alone: the same two again are the same professional of that organisation. */
export function professionalOf(scope: Scope): { name?: HumanName[]; work?: CodeableConcept; identifier: Identifier } | undefined {
  const name = humanName({ given: textOf(scope, '968'), prefix: textOf(scope, '969'), family: textOf(scope, '970') });
  const work = functionOf(scope);
  if (name === undefined && work === undefined) return undefined;
  const value = sha256(canonicalJson({ name, work })).slice(0, DIGEST_LENGTH);
  return { name, work, identifier: { system: form.FORM_PROFESSIONAL, value } };
}

function professionalParts(making: Making): Part[] {
  const professional = professionalOf(making.form);
  if (professional === undefined) return [];
  const { name, work, identifier } = professional;
  const known = ({ part, resource }: Part): Part => ({ part, resource: { ...resource, identifier: [identifier] } as Resource });
  const practitioner: Practitioner = { resourceType: 'Practitioner', name };
  const role: PractitionerRole = {
    resourceType: 'PractitionerRole',
    ...(name && { practitioner: { reference: making.referenceTo('Practitioner', 'practitioner'), display: name[0]?.text } }),
    ...(work && { code: [work] }),
  };
  return [
    ...(name ? [framed(making, 'practitioner', { ...practitioner }, 'ACP-HealthProfessional-Practitioner')] : []),
    framed(making, 'professional', { ...role }, 'ACP-HealthProfessional-PractitionerRole'),
  ].map(known);
}

/** Hexadecimal digits that tell professionals of one organisation apart. */
const DIGEST_LENGTH = 32;

function functionOf(scope: Scope): CodeableConcept | undefined {
  const answer = answerOf(scope, '1405');
  if (answer === undefined) return undefined;
  return answer.coding ? concept(answer.coding) : { text: answer.text };
}

function referenceOf({ referenceTo }: Making, { part, resource }: Part): To {
  const name = (resource as RelatedPerson).name?.[0]?.text;
  return { reference: referenceTo(resource.resourceType, part), ...(name !== undefined && { display: name }) };
}
