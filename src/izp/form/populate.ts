// The form filled in from what is known of a patient. Pure.
// https://hl7.org/fhir/uv/sdc/populate.html
import type { QuestionnaireResponse, QuestionnaireResponseItem, QuestionnaireResponseItemAnswer } from '@medplum/fhirtypes';
import * as codes from '../codes.js';
import { newestEntryFirst } from '../moments.js';
import { AGREED_FORM, isPzpForm } from '../parts.js';
import type { PatientRecord } from '../record.js';
import { type FormAnswer, readAnswers, type Scope } from './answers.js';
import { FORM_ITEMS, type FormItem, ICD_ITEMS } from './form-items.data.js';
import { formKeyOf, partName } from './form-key.js';
import { findIn, knownAnswers } from './known-answers.js';

export interface PopulateOptions {
  /** As the asker names the form. */
  questionnaire?: string;
  /** Texts of the questions, by linkId, where the form itself is at hand. */
  texts?: ReadonlyMap<string, string>;
}

export interface Populated {
  response: QuestionnaireResponse;
  /** Questions left open although something is recorded: the sources disagree, or it does not fit the form. */
  open: string[];
}

/**
 * A response with every answer the record gives. It tells of the newest conversation, and names it in `partOf`: extracted
 * unchanged it gives what is there. Answers of that conversation's form of which no resource can be made are taken from it, and
 * where an answer still means the same it keeps the words it was given in.
 */
export function populate(record: PatientRecord, { questionnaire = codes.PZP_FORM, texts }: PopulateOptions = {}): Populated {
  const { form, open, conversation } = knownAnswers(record);
  const key = conversation && partName(conversation.resource)?.key;
  const source = key === undefined ? undefined : formOf(record, key);
  const given = readAnswers(source).form;
  for (const linkId of KEPT_IN_FORM) {
    const answers = given.answers.get(linkId);
    if (answers && !form.answers.has(linkId) && !open.includes(linkId)) form.answers.set(linkId, answers);
  }
  const response: QuestionnaireResponse = {
    resourceType: 'QuestionnaireResponse',
    questionnaire,
    status: 'in-progress',
    subject: { reference: `Patient/${record.patientId}` },
    ...(conversation && { partOf: [{ reference: conversation.reference }] }),
    item: answersAsItems(form, source, texts),
  };
  return { response, open };
}

/** The answers as a response nests them; where one still means what it does in `source`, it keeps the words it was given in. */
export function answersAsItems(
  form: Scope,
  source: QuestionnaireResponse | undefined,
  texts?: ReadonlyMap<string, string>,
): QuestionnaireResponseItem[] {
  return itemsUnder(undefined, undefined, form, { form, texts, own: ownWords(source) });
}

/** Questions some answers to which make no resource: no, and not yet known. */
const KEPT_IN_FORM = ['1006', '1197', '1198', '1199', '1200', '1201', '984', '999'];

/** The last response of a form that was agreed. */
function formOf(record: PatientRecord, key: string): QuestionnaireResponse | undefined {
  const find = findIn(record);
  const forms = record.entries.filter(({ resource }) => {
    if (!isPzpForm(resource)) return false;
    const response = resource as QuestionnaireResponse;
    return AGREED_FORM.has(response.status) && formKeyOf(response, find) === key;
  });
  return forms.sort((a, b) => b.lastUpdated - a.lastUpdated || newestEntryFirst(a, b))[0]?.resource as QuestionnaireResponse | undefined;
}

interface Render {
  form: Scope;
  texts?: ReadonlyMap<string, string>;
  own: ReadonlyMap<string, QuestionnaireResponseItemAnswer[]>;
}

function itemsUnder(parent: string | undefined, under: 'answer' | undefined, scope: Scope, render: Render): QuestionnaireResponseItem[] {
  const children = FORM_ITEMS.filter((item) => item.parent === parent && item.under === under);
  return children.flatMap((item) => (item.kind === 'group' ? groupItems(item, scope, render) : questionItem(item, scope, render)));
}

function groupItems(item: FormItem, scope: Scope, render: Render): QuestionnaireResponseItem[] {
  const scopes = item.repeats ? (scope.groups.get(item.linkId) ?? []) : [scope];
  return scopes.flatMap((inner) => {
    const items = itemsUnder(item.linkId, undefined, inner, render);
    return items.length === 0 ? [] : [{ ...named(item, render), item: items }];
  });
}

function questionItem(item: FormItem, scope: Scope, render: Render): QuestionnaireResponseItem[] {
  const answers = scope.answers.get(item.linkId) ?? preselected(item, scope);
  const nested = itemsUnder(item.linkId, 'answer', scope, render);
  // Words without the answer they belong to: a draft keeps them where they are read from.
  if (answers.length === 0) return nested.length === 0 ? [] : [{ ...named(item, render), item: nested }];
  // What stands under "another" says which other.
  const place = Math.max(
    answers.findIndex(({ coding }) => coding?.code === 'OTH' || coding?.code === '09'),
    0,
  );
  const told = answers.map((answer, i): QuestionnaireResponseItemAnswer => {
    const value = inOwnWords(item, answer, render) ?? asAnswer(answer);
    return i === place && nested.length > 0 ? { ...value, item: nested } : value;
  });
  return [{ ...named(item, render), answer: told }];
}

/** What a group is about stands in it whether or not it is answered; about an ICD only where there is one. */
function preselected(item: FormItem, scope: Scope): FormAnswer[] {
  if (item.linkId === ICD_ITEMS.treatment && !scope.answers.has(ICD_ITEMS.decision)) return [];
  if (item.names) return [{ coding: item.names }];
  return item.kind === 'open' ? (item.options ?? []).map((coding) => ({ coding })) : [];
}

function named({ linkId }: FormItem, { texts }: Render): { linkId: string; text?: string } {
  const text = texts?.get(linkId);
  return text === undefined ? { linkId } : { linkId, text };
}

function asAnswer({ coding, text, day }: FormAnswer): QuestionnaireResponseItemAnswer {
  if (coding) return { valueCoding: coding };
  return day === undefined ? { valueString: text } : { valueDateTime: day };
}

/** The answers as they were given, by linkId. */
function ownWords(source: QuestionnaireResponse | undefined): Map<string, QuestionnaireResponseItemAnswer[]> {
  const found = new Map<string, QuestionnaireResponseItemAnswer[]>();
  const visit = (items: QuestionnaireResponseItem[] | undefined): void => {
    for (const { linkId, answer = [], item } of items ?? []) {
      found.set(linkId, [...(found.get(linkId) ?? []), ...answer.map(({ item: _nested, ...value }) => value)]);
      for (const one of answer) visit(one.item);
      visit(item);
    }
  };
  visit(source?.item);
  return found;
}

/** The answer as given, when it is understood as this very one. */
function inOwnWords(item: FormItem, answer: FormAnswer, { own }: Render): QuestionnaireResponseItemAnswer | undefined {
  return (own.get(item.linkId) ?? []).find((given) => {
    const read = readAnswers({ item: [{ linkId: item.linkId, answer: [given] }] }).form.answers.get(item.linkId)?.[0];
    return read !== undefined && read.coding === answer.coding && read.text === answer.text && read.day === answer.day;
  });
}
