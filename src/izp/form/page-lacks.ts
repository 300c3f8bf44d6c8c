// What a form filled in on a page still lacks: answers that extraction would leave out, or take for less than was meant. Pure.
import { answerOf, codeOf, type Scope, textOf } from './answers.js';
import * as form from './form-codes.js';
import {
  DECISIONS,
  FIRST_CONTACT,
  FORM_ITEMS,
  ICD_ITEMS,
  OTHER_LIMIT,
  type PersonItems,
  REPRESENTATIVE,
  TREATMENT_ITEMS,
} from './form-items.data.js';
import { fieldName } from './page-fields.js';

export type Lack =
  | 'no-answer'
  | 'no-words'
  | 'no-place'
  | 'no-decision'
  | 'no-treatment'
  | 'no-phone'
  | 'no-email'
  | 'first-contact-twice'
  | 'no-device'
  | 'no-earlier';

export interface FieldLack {
  /** Where it is to be filled in. */
  field: string;
  linkId: string;
  lack: Lack;
}

/** In the order of the form. */
export function lacksOf(scope: Scope): FieldLack[] {
  const lacks = [...wordsWithoutAnswer(scope), ...decisionsWithoutWords(scope), ...otherLimit(scope), ...contradicting(scope)];
  for (const person of [REPRESENTATIVE, FIRST_CONTACT]) lacks.push(...withoutAddress(scope, person));
  const order = FORM_ITEMS.map(({ linkId }) => linkId);
  return lacks.sort((a, b) => order.indexOf(a.linkId) - order.indexOf(b.linkId));
}

const lacking = (linkId: string, lack: Lack, row?: number): FieldLack => ({ field: fieldName(linkId, row), linkId, lack });

/** What is said under a question counts with its answer alone. */
function wordsWithoutAnswer(scope: Scope): FieldLack[] {
  const asked = new Set(FORM_ITEMS.flatMap(({ linkId, parent, under }) => (under && parent && scope.answers.has(linkId) ? [parent] : [])));
  return [...asked].filter((linkId) => !scope.answers.has(linkId)).map((linkId) => lacking(linkId, 'no-answer'));
}

function decisionsWithoutWords(scope: Scope): FieldLack[] {
  const unsaid = TREATMENT_ITEMS.filter(
    ({ decision, other }) => other !== undefined && isOther(scope, decision) && textOf(scope, other) === undefined,
  ).map(({ other }) => lacking(other as string, 'no-words'));
  const isElsewhere = codeOf(scope, '1191') === 'OTH' && textOf(scope, '1192') === undefined;
  return [...unsaid, ...(isElsewhere ? [lacking('1192', 'no-place')] : [])];
}

function isOther(scope: Scope, decision: string): boolean {
  return answerOf(scope, decision)?.coding === DECISIONS.other;
}

/** A limit without a name is about nothing; a name without a decision says nothing. */
function otherLimit(scope: Scope): FieldLack[] {
  const isNamed = textOf(scope, OTHER_LIMIT.treatment) !== undefined;
  const isDecided = answerOf(scope, OTHER_LIMIT.decision) !== undefined;
  if (isNamed && !isDecided && !scope.answers.has(OTHER_LIMIT.remark)) return [lacking(OTHER_LIMIT.decision, 'no-decision')];
  return !isNamed && isDecided ? [lacking(OTHER_LIMIT.treatment, 'no-treatment')] : [];
}

function contradicting(scope: Scope): FieldLack[] {
  const { given, prefix, family, relation, phoneGroup, emailGroup } = FIRST_CONTACT;
  const isToldOf =
    [given, prefix, family, relation].some((linkId) => scope.answers.has(linkId)) ||
    [phoneGroup, emailGroup].some((group) => (scope.groups.get(group) ?? []).length > 0);
  const earlier = codeOf(scope, '1197');
  return [
    ...(codeOf(scope, '984') === '1' && isToldOf ? [lacking('984', 'first-contact-twice')] : []),
    ...(codeOf(scope, '1006') === form.NO && ['1008', '1009', ICD_ITEMS.decision].some((linkId) => scope.answers.has(linkId))
      ? [lacking('1006', 'no-device')]
      : []),
    ...(scope.answers.has('1199') && (earlier === form.NO || !scope.answers.has('1197')) ? [lacking('1197', 'no-earlier')] : []),
  ];
}

/** Kind, use or remark of a number that is not there. */
function withoutAddress(scope: Scope, { phoneGroup, phone, emailGroup, email }: PersonItems): FieldLack[] {
  const rows = (group: string, linkId: string, lack: Lack) =>
    (scope.groups.get(group) ?? []).flatMap(({ answers }, row) => (answers.has(linkId) ? [] : [lacking(linkId, lack, row)]));
  return [...rows(phoneGroup, phone, 'no-phone'), ...rows(emailGroup, email, 'no-email')];
}
