// The people of a record as answers of the form: who held the conversation, who was there, whom to reach.
import type {
  CodeableConcept,
  ContactPoint,
  Encounter,
  Extension,
  Practitioner,
  PractitionerRole,
  Procedure,
  RelatedPerson,
  Resource,
} from '@medplum/fhirtypes';
import { withoutVersion } from '../../fhir/references.js';
import * as codes from '../codes.js';
import { codingsOf, extensionsOf, filled, hasCode } from '../concepts.js';
import { isRunning } from '../people.js';
import type { PatientRecord } from '../record.js';
import type { FormAnswer, Scope } from './answers.js';
import { SYSTEMS, USES } from './contact-parts.js';
import { CODE_SPECIFICATION } from './form-codes.js';
import { FIRST_CONTACT, FORM_ITEM, type PersonItems, REPRESENTATIVE } from './form-items.data.js';
import { namePartsOf } from './names.js';

/** Adds one answer; nothing when there is none. */
export function put(scope: Scope, linkId: string, answer: FormAnswer | undefined): void {
  if (answer !== undefined) scope.answers.set(linkId, [...(scope.answers.get(linkId) ?? []), answer]);
}

export const said = (text: string | undefined): FormAnswer | undefined => (text === undefined ? undefined : { text });

/** The answer the question offers for one of these codings. */
export function offered(linkId: string, concept: CodeableConcept | CodeableConcept[] | undefined): FormAnswer | undefined {
  const options = FORM_ITEM.get(linkId)?.options ?? [];
  const coding = options.find(({ system, code }) => system !== undefined && hasCode(concept, system, code as string));
  return coding && { coding };
}

export function putProfessional(scope: Scope, procedure: Procedure | undefined, find: (reference: string) => Resource | undefined): void {
  const references = (procedure?.performer ?? []).flatMap(({ actor }) => actor?.reference ?? []);
  const role = references.map((reference) => find(withoutVersion(reference))).find((one) => one?.resourceType === 'PractitionerRole');
  if (role?.resourceType !== 'PractitionerRole') return;
  const { practitioner, code } = role as PractitionerRole;
  const person = practitioner?.reference === undefined ? undefined : find(withoutVersion(practitioner.reference));
  putName(scope, { given: '968', prefix: '969', family: '970' }, (person as Practitioner | undefined)?.name);
  put(scope, '1405', offered('1405', code) ?? said(filled(code?.[0]?.text)));
}

export function putName(
  scope: Scope,
  items: Pick<PersonItems, 'given' | 'prefix' | 'family'>,
  names: Parameters<typeof namePartsOf>[0],
): void {
  const { given, prefix, family } = namePartsOf(names);
  put(scope, items.given, said(given));
  put(scope, items.prefix, said(prefix));
  put(scope, items.family, said(family));
}

export function putPresent(scope: Scope, procedure: Procedure | undefined, encounter: Encounter | undefined): void {
  const patientSpoke = (procedure?.performer ?? []).some(({ actor }) => actor?.reference?.startsWith('Patient/'));
  if (patientSpoke) put(scope, '82', { coding: FORM_ITEM.get('82')?.options?.[0] });
  for (const type of (encounter?.participant ?? []).flatMap((one) => one.type ?? [])) {
    const isFamily = codingsOf(type).some(
      ({ system, code }) => system === codes.ROLE_CODE || (system === codes.NULL_FLAVOR && code === 'OTH'),
    );
    putWorded(scope, isFamily ? '998' : '997', isFamily ? '413' : '414', type);
  }
}

/** A code with the words that stand for "another"; of several others, all but the first stand as words in place of a code. */
function putWorded(scope: Scope, linkId: string, other: string, concept: CodeableConcept): void {
  const answer = offered(linkId, concept);
  const words = filled(concept.text);
  const isSecond = words !== undefined && (scope.answers.get(linkId) ?? []).some(({ coding }) => coding === answer?.coding);
  put(scope, linkId, isSecond ? said(words) : answer);
  if (!isSecond) put(scope, other, said(words));
}

/** Two who are both legal representative (or first contact): neither is chosen. Returns the questions left open. */
export function putContacts(scope: Scope, record: PatientRecord): string[] {
  const persons = record.entries
    .map(({ resource }) => resource)
    .filter(
      (one): one is RelatedPerson => one.resourceType === 'RelatedPerson' && one.active !== false && isRunning(one.period, record.now),
    );
  const inRole = (code: string) => persons.filter(({ relationship }) => hasCode(relationship, codes.CONTACT_ROLE, code));
  const [legal, first] = [inRole(codes.LEGAL_REPRESENTATIVE), inRole(codes.FIRST_CONTACT)];
  const open: string[] = [];
  if (legal.length > 1) open.push(REPRESENTATIVE.nameGroup);
  const representative = legal.length === 1 ? legal[0] : undefined;
  if (representative) {
    putPerson(scope, REPRESENTATIVE, representative);
    const roles = (representative.relationship ?? []).filter((one) => offered('982', one) !== undefined);
    for (const role of roles) putWorded(scope, '982', '411', role);
  }
  const others = first.filter((one) => one !== representative);
  if (representative && first.includes(representative)) put(scope, '984', { coding: FORM_ITEM.get('984')?.options?.[0] });
  else if (others.length === 1) put(scope, '984', { coding: FORM_ITEM.get('984')?.options?.[1] });
  if (others.length > 1) open.push(FIRST_CONTACT.nameGroup);
  if (others.length === 1) putPerson(scope, FIRST_CONTACT, others[0] as RelatedPerson);
  return open;
}

function putPerson(scope: Scope, items: PersonItems, person: RelatedPerson): void {
  putName(scope, items, person.name);
  for (const point of (person.telecom ?? []).filter(({ use }) => use !== 'old')) putTelecom(scope, items, point);
  const relation = (person.relationship ?? []).find((one) => offered(items.relation, one) !== undefined);
  if (relation) putWorded(scope, items.relation, items.relationOther, relation);
}

function putTelecom(scope: Scope, items: PersonItems, point: ContactPoint): void {
  const inner: Scope = { answers: new Map(), groups: new Map() };
  const isEmail = point.system === 'email';
  if (!isEmail && !Object.values(SYSTEMS).includes(point.system)) return;
  const use = Object.entries(USES).find(([, value]) => value === point.use)?.[0];
  const optionOf = (linkId: string, code: string | undefined) => {
    const coding = FORM_ITEM.get(linkId)?.options?.find((one) => one.code === code);
    return coding && { coding };
  };
  put(inner, isEmail ? items.email : items.phone, said(filled(point.value)));
  put(inner, isEmail ? items.emailUse : items.phoneUse, optionOf(isEmail ? items.emailUse : items.phoneUse, use));
  if (!isEmail) {
    const { _system: kind } = point as { _system?: { extension?: Extension[] } };
    const specified = extensionsOf(kind, CODE_SPECIFICATION)[0]?.valueCodeableConcept;
    const byUse = point.use === 'mobile' ? optionOf(items.phoneKind, 'MC') : undefined;
    const bySystem = point.system === 'phone' ? undefined : optionOf(items.phoneKind, point.system === 'fax' ? 'FAX' : 'PG');
    put(inner, items.phoneKind, offered(items.phoneKind, specified) ?? byUse ?? bySystem);
    put(inner, items.phoneRemark, said(filled(extensionsOf(point, codes.COMMENT_EXTENSION)[0]?.valueString)));
  }
  const group = isEmail ? items.emailGroup : items.phoneGroup;
  scope.groups.set(group, [...(scope.groups.get(group) ?? []), inner]);
}
