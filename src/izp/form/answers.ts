// The answers of a response by linkId, however they are nested, and everything in it that cannot be read with certainty.
// https://hl7.org/fhir/R4/questionnaireresponse.html
import type { Coding, OperationOutcomeIssue } from '@medplum/fhirtypes';
import { dutchDate, intervalOf } from '../../fhir/dates.js';
import { isObject } from '../../fhir/json.js';
import { filled, isSnomed } from '../concepts.js';
import { FORM_ITEM, type FormItem } from './form-items.data.js';

/** Something that keeps a form from being extracted: what, and at which question. */
export interface FormProblem {
  linkId: string;
  code: OperationOutcomeIssue['code'];
  /** English, never an answer. */
  text: string;
  /** True when the form may not even be stored: it seems to be about somebody else. */
  refuses?: true;
}

/** One answer as understood: a code the form offers, a text (also where a code was asked), or a Dutch civil day. */
export interface FormAnswer {
  coding?: Coding;
  text?: string;
  day?: string;
}

/** Answers of the form, or of one repetition of a repeating group. */
export interface Scope {
  answers: Map<string, FormAnswer[]>;
  groups: Map<string, Scope[]>;
}

/** Reads defensively: the response need not be valid FHIR. */
export function readAnswers(response: unknown, known: Questions = FORM_ITEM): { form: Scope; problems: FormProblem[] } {
  const form = newScope();
  const problems: FormProblem[] = [];
  readItems(isObject(response) ? response.item : undefined, form, { known, problems });
  return { form, problems };
}

/** The one answer to a question. */
export function answerOf(scope: Scope, linkId: string): FormAnswer | undefined {
  return scope.answers.get(linkId)?.[0];
}

export function textOf(scope: Scope, linkId: string): string | undefined {
  return answerOf(scope, linkId)?.text;
}

export function codeOf(scope: Scope, linkId: string): string | undefined {
  return answerOf(scope, linkId)?.coding?.code;
}

const newScope = (): Scope => ({ answers: new Map(), groups: new Map() });

/** The questions of a form by linkId. */
type Questions = ReadonlyMap<string, FormItem>;

interface Reading {
  known: Questions;
  problems: FormProblem[];
}

function readItems(items: unknown, scope: Scope, reading: Reading): void {
  const { problems } = reading;
  for (const item of [items].flat()) {
    if (!isObject(item)) continue;
    const linkId = String(item.linkId);
    const known = reading.known.get(linkId);
    if (known === undefined) {
      if (holdsAnswer(item)) problems.push({ linkId: shownId(linkId), code: 'not-found', text: 'The form has no such question.' });
      continue;
    }
    const inner = known.kind === 'group' && known.repeats ? repetition(scope, linkId) : scope;
    if (known.kind === 'group') {
      if ([item.answer].flat().some(hasValue)) problems.push({ linkId, code: 'structure', text: 'This is a group: it takes no answer.' });
    } else readQuestion(item, known, inner, problems);
    readItems(item.item, inner, reading);
    for (const answer of [item.answer].flat()) if (isObject(answer)) readItems(answer.item, inner, reading);
  }
}

function readQuestion(item: Record<string, unknown>, known: FormItem, scope: Scope, problems: FormProblem[]): void {
  const { linkId } = known;
  for (const answer of [item.answer].flat()) {
    if (!isObject(answer) || !hasValue(answer)) continue;
    const read = readAnswer(answer, known);
    if (read === undefined) continue;
    if ('problem' in read) {
      problems.push({ linkId, code: read.code, text: read.problem });
      continue;
    }
    const earlier = scope.answers.get(linkId) ?? [];
    if (earlier.some((one) => JSON.stringify(one) === JSON.stringify(read))) continue;
    if (earlier.length > 0 && !known.repeats) problems.push({ linkId, code: 'multiple-matches', text: 'This question takes one answer.' });
    scope.answers.set(linkId, [...earlier, read]);
  }
}

type Unreadable = { problem: string; code: OperationOutcomeIssue['code'] };

/** Undefined for an answer that says nothing. */
function readAnswer(answer: Record<string, unknown>, known: FormItem): FormAnswer | Unreadable | undefined {
  if ('modifierExtension' in answer)
    return { problem: 'A modifier extension changes this answer in a way that is not known here.', code: 'not-supported' };
  const wrongType = { problem: WRONG_TYPE[known.kind as keyof typeof WRONG_TYPE], code: 'structure' as const };
  if (known.kind === 'date') {
    const date = answer.valueDateTime ?? answer.valueDate;
    if (date === undefined) return wrongType;
    const interval = typeof date === 'string' && date.length >= DAY_LENGTH ? intervalOf(date) : undefined;
    if (interval === undefined) return { problem: 'This is not a day.', code: 'value' };
    return { day: String(date).length > DAY_LENGTH ? dutchDate(interval.start) : String(date) };
  }
  if (typeof answer.valueString === 'string') {
    const text = filled(answer.valueString);
    return text === undefined ? undefined : { text };
  }
  if (known.kind === 'text' || !isObject(answer.valueCoding)) return wrongType;
  return readCoding(answer.valueCoding, known);
}

const DAY_LENGTH = 'YYYY-MM-DD'.length;

const WRONG_TYPE = {
  text: 'This question takes a text.',
  date: 'This question takes a date or dateTime.',
  code: 'This question takes a coding, or a text where no code fits.',
  open: 'This question takes a coding or a text.',
};

function readCoding(coding: Record<string, unknown>, known: FormItem): FormAnswer | Unreadable | undefined {
  if (filled(coding.code) === undefined) {
    const text = filled(coding.display);
    return text === undefined ? undefined : { text };
  }
  const option = (known.options ?? []).find((one) => one.code === coding.code && sameSystem(one.system, coding.system));
  return option ? { coding: option } : { problem: 'The form does not offer this code.', code: 'code-invalid' };
}

/** A code without a system is the one the question offers. */
function sameSystem(offered: string | undefined, given: unknown): boolean {
  if (given === undefined || given === offered) return true;
  return isSnomed(offered) && typeof given === 'string' && isSnomed(given);
}

function hasValue(answer: unknown): boolean {
  return isObject(answer) && Object.keys(answer).some((name) => name.startsWith('value') || name === 'modifierExtension');
}

function holdsAnswer(item: Record<string, unknown>): boolean {
  const answers = [item.answer].flat().filter(isObject);
  const inner = [item.item, ...answers.map((answer) => answer.item)].flat().filter(isObject);
  return answers.some(hasValue) || inner.some(holdsAnswer);
}

function repetition(scope: Scope, linkId: string): Scope {
  const inner = newScope();
  scope.groups.set(linkId, [...(scope.groups.get(linkId) ?? []), inner]);
  return inner;
}

/** A linkId goes into an error text only when it can be nothing else. */
function shownId(linkId: string): string {
  return /^[A-Za-z0-9._/-]{1,40}$/.test(linkId) ? linkId : '?';
}

/** Where a problem stands, as FHIRPath. */
export function expressionOf({ linkId }: FormProblem): string {
  return `QuestionnaireResponse.item.where(linkId='${linkId}')`;
}
