// Contact persons of the form as RelatedPersons, with what they are to the patient and how to reach them.
// https://api.iknl.nl/docs/pzp/r4 (ACP-ContactPerson)
import type { CodeableConcept, Coding, ContactPoint, RelatedPerson } from '@medplum/fhirtypes';
import * as codes from '../codes.js';
import { hasCode } from '../concepts.js';
import { answerOf, codeOf, type FormAnswer, type Scope, textOf } from './answers.js';
import * as form from './form-codes.js';
import { FIRST_CONTACT, type PersonItems, REPRESENTATIVE } from './form-items.data.js';
import { humanName } from './names.js';
import { concept, framed, type Making, type Part, pruned } from './parts.js';

/** The legal representative and the first contact, as far as the form tells anything of them. */
export function contactParts(making: Making): Part[] {
  const { form: scope } = making;
  const roles = rolesOf(scope);
  const isFirst = codeOf(scope, '984') === '1' || hasCode(roles, codes.CONTACT_ROLE, codes.FIRST_CONTACT);
  const legal = concept(form.role(codes.LEGAL_REPRESENTATIVE, 'Wettelijke vertegenwoordiger'));
  const first = concept(form.role(codes.FIRST_CONTACT, 'Eerste relatie/contactpersoon'));
  const representing = distinct([legal, ...(isFirst ? [first] : []), ...roles]);
  const nameless = roles.length > 0 ? relatedPerson(making, REPRESENTATIVE, { relationship: representing }) : undefined;
  const representative = person(making, REPRESENTATIVE, representing) ?? nameless;
  return [representative, person(making, FIRST_CONTACT, [first])].flatMap((part) => part ?? []);
}

/** What the person is to the patient by role, as the question gives it. */
function rolesOf(scope: Scope): CodeableConcept[] {
  return allWorded(scope, '982', form.role('09', 'Anders'), '411');
}

/** The answers to a question that takes several; "another" without words says nothing beside another in words. */
export function allWorded(scope: Scope, linkId: string, other: Coding, otherWords: string): CodeableConcept[] {
  const concepts = (scope.answers.get(linkId) ?? []).map((answer) => worded(answer, other, textOf(scope, otherWords)));
  const isOther = (one: CodeableConcept) => one.coding?.[0]?.code === other.code;
  const hasWords = concepts.some((one) => isOther(one) && one.text !== undefined);
  return distinct(concepts.filter((one) => !(hasWords && isOther(one) && one.text === undefined)));
}

/** A coded answer as a concept; `other` with the words where it is another, or where words stand for a code. */
export function worded({ coding, text }: FormAnswer, other: Coding, words: string | undefined): CodeableConcept {
  if (coding === undefined) return concept(other, text);
  return coding.code === other.code ? concept(other, words) : concept(coding);
}

/** Undefined when the form tells nothing of this person. */
function person(making: Making, items: PersonItems, roles: CodeableConcept[]): Part | undefined {
  const { form: scope } = making;
  const name = nameIn(scope, items);
  const telecom = telecomOf(scope, items);
  const relation = relationOf(scope, items);
  if (name === undefined && telecom.length === 0 && relation === undefined) return undefined;
  return relatedPerson(making, items, { relationship: [...roles, ...(relation ? [relation] : [])], name, telecom });
}

function relatedPerson(making: Making, { part }: PersonItems, facts: Partial<RelatedPerson>): Part {
  const resource: RelatedPerson = { resourceType: 'RelatedPerson', active: true, patient: making.patient, ...facts };
  return framed(making, part, { ...resource }, 'ACP-ContactPerson');
}

function nameIn(scope: Scope, { given, prefix, family }: PersonItems) {
  return humanName({ given: textOf(scope, given), prefix: textOf(scope, prefix), family: textOf(scope, family) });
}

export function relationOf(scope: Scope, { relation, relationOther }: PersonItems): CodeableConcept | undefined {
  const answer = answerOf(scope, relation);
  return answer && worded(answer, form.nullFlavor('OTH', 'Anders'), textOf(scope, relationOther));
}

function telecomOf(scope: Scope, items: PersonItems): ContactPoint[] {
  const phones = (scope.groups.get(items.phoneGroup) ?? []).flatMap((one) => phoneOf(one, items) ?? []);
  const emails = (scope.groups.get(items.emailGroup) ?? []).flatMap((one) => {
    const value = textOf(one, items.email);
    return value === undefined ? [] : [pruned({ system: 'email', value, use: USES[codeOf(one, items.emailUse) ?? ''] }) as ContactPoint];
  });
  return [...phones, ...emails];
}

export const USES: Record<string, ContactPoint['use']> = { HP: 'home', TMP: 'temp', WP: 'work' };
export const SYSTEMS: Record<string, ContactPoint['system']> = { LL: 'phone', MC: 'phone', FAX: 'fax', PG: 'pager' };

/** The kind of telephone stands beside the system, which has fewer; words in its place join the remark. */
function phoneOf(scope: Scope, items: PersonItems): ContactPoint | undefined {
  const value = textOf(scope, items.phone);
  if (value === undefined) return undefined;
  const kind = answerOf(scope, items.phoneKind);
  const use = answerOf(scope, items.phoneUse);
  const remark = [kind?.text, use?.text, textOf(scope, items.phoneRemark)].filter((text) => text !== undefined).join('; ');
  return pruned({
    extension: remark === '' ? [] : [{ url: codes.COMMENT_EXTENSION, valueString: remark }],
    system: SYSTEMS[kind?.coding?.code ?? ''] ?? 'phone',
    _system: kind?.coding && { extension: [{ url: form.CODE_SPECIFICATION, valueCodeableConcept: concept(kind.coding) }] },
    value,
    use: USES[use?.coding?.code ?? ''],
  }) as ContactPoint;
}

function distinct(concepts: CodeableConcept[]): CodeableConcept[] {
  const keys = concepts.map((one) => `${one.coding?.[0]?.system}|${one.coding?.[0]?.code}|${one.text ?? ''}`);
  return concepts.filter((_, i) => keys.indexOf(keys[i] as string) === i);
}
