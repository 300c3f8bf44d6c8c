// The controls of the conversation form: one for every kind of question, each with its label, its hint and what is wrong with it.
// https://www.w3.org/WAI/tutorials/forms/grouping/
import type { FormItem } from '../../izp/form/form-items.data.js';
import { choicesOf, type Fields, fieldName, MAX_ANSWER_CHARS } from '../../izp/form/page-fields.js';
import { CHOICE_WORDS, OF_THE_RECORD, ONE_LINE, QUESTION_WORDS, type QuestionWords } from './conversation-words.data.js';
import { formField } from './form-field.js';
import { type Content, Html, html } from './html.js';

/** What the controls are filled with. */
export interface Filling {
  fields: Fields;
  /** What is wrong, by field, in Dutch. */
  faults: ReadonlyMap<string, string>;
  /** linkIds of which the record tells more than one thing. */
  open: ReadonlySet<string>;
}

export const fieldId = (field: string) => `v${field.replace('.', '-')}`;

const SEVERAL_SOURCES = 'Hierover is niet één ding vastgelegd. Bekijk het zorgplan en vraag het na.';

/** `words` replaces the question's own: of the group that holds nothing else. `nested` are the questions under its answer. */
export function question(item: FormItem, row: number | undefined, filling: Filling, words: QuestionWords, nested: Content = ''): Html {
  const field = fieldName(item.linkId, row);
  const told = filling.open.has(item.linkId) ? { ...words, hint: [words.hint, SEVERAL_SOURCES].filter(Boolean).join(' ') } : words;
  const shown = { id: fieldId(field), ...told, fault: filling.faults.get(field) };
  const values = filling.fields.get(field) ?? [];
  if (item.kind !== 'code') return html`${written(item, field, shown, values[0] ?? '')}${nested}`;
  if (row !== undefined) return select(item, field, shown, values[0] ?? '');
  if (!item.repeats && item.options?.length === 1) return html`${single(item, field, shown, values)}${nested}`;
  return choices(item, field, shown, values, nested);
}

interface Shown extends QuestionWords {
  id: string;
  fault?: string;
}

function written({ linkId, kind }: FormItem, field: string, shown: Shown, value: string): Html {
  const locked = OF_THE_RECORD.has(linkId) && new Html(' readonly');
  const told = kind === 'date' ? { ...shown, hint: [shown.hint, !locked && DAY_HINT].filter(Boolean).join(' ') } : shown;
  return formField(told, (more) => {
    if (kind === 'date') return dayInput(shown.id, field, value, html`${locked}${more}`);
    // An input of one line would lose the others.
    if (ONE_LINE.has(linkId) && !value.includes('\n'))
      return html`<input id="${shown.id}" name="${field}"${typeOf(linkId)} autocomplete="off" maxlength="${MAX_ANSWER_CHARS}" value="${value}"${locked}${more}>`;
    return html`<textarea id="${shown.id}" name="${field}" rows="${LONG.has(linkId) ? 5 : 2}" maxlength="${MAX_ANSWER_CHARS}"${more}>
${value}</textarea>`;
  });
}

export const DAY_HINT = 'Dag-maand-jaar, zoals 5-11-2026.';

/** A day as people write it: the browsers' own field for dates takes three stops by keyboard, and a mouse. */
export function dayInput(id: string, name: string, value: string, more: Html): Html {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value) ?? [];
  const shown = year === undefined ? value : `${day}-${month}-${year}`;
  return html`<input id="${id}" name="${name}" class="day" autocomplete="off" maxlength="20" value="${shown}"${more}>`;
}

const LONG: ReadonlySet<string> = new Set(['1190', '1196']);
const PHONES: ReadonlySet<string> = new Set(['976', '988']);

/** For the keyboard of a telephone; addresses are checked by nobody but who writes to them. */
function typeOf(linkId: string): Html | undefined {
  return PHONES.has(linkId) ? new Html(' inputmode="tel"') : undefined;
}

function textOf({ linkId }: FormItem, { value, text }: { value: string; text: string }): string {
  return CHOICE_WORDS[linkId]?.[value] ?? text;
}

function select(item: FormItem, field: string, shown: Shown, value: string): Html {
  const offered = choicesOf(item, [value]);
  return formField(
    shown,
    (more) =>
      html`<select id="${shown.id}" name="${field}"${more}><option value="">Niet ingevuld</option>${offered.map(
        (choice) =>
          html`<option value="${choice.value}"${choice.value === value && new Html(' selected')}>${textOf(item, choice)}</option>`,
      )}</select>`,
  );
}

/** A question with one answer: given, or not. */
function single(item: FormItem, field: string, shown: Shown, values: readonly string[]): Html {
  return html`${choicesOf(item, values).map((choice, i) => {
    const id = i === 0 ? shown.id : `${shown.id}-${i}`;
    const fault = i === 0 && shown.fault !== undefined;
    return html`${fault && html`<p class="error" id="${id}-fout">${shown.fault}</p>`}<div class="choice"><input type="checkbox" id="${id}" name="${field}" value="${choice.value}"${values.includes(choice.value) && new Html(' checked')}${fault && html` aria-describedby="${id}-fout"`}><label for="${id}">${i === 0 ? shown.label : choice.text}</label></div>`;
  })}`;
}

function choices(item: FormItem, field: string, { id, label, hint, fault }: Shown, values: readonly string[], nested: Content): Html {
  const type = item.repeats ? 'checkbox' : 'radio';
  const offered = choicesOf(item, values).map((choice) => ({ ...choice, text: textOf(item, choice) }));
  // Radio buttons cannot be put back: without this nobody could take an answer back.
  const all = item.repeats ? offered : [...offered, { value: '', text: 'Niet ingevuld' }];
  const chosen = item.repeats || values.length > 0 ? values : [''];
  const described = [hint !== undefined && `${id}-hint`, fault !== undefined && `${id}-fout`].filter(Boolean).join(' ');
  return html`<fieldset${fault !== undefined && new Html(' class="faulty"')}${described !== '' && html` aria-describedby="${described}"`}><legend>${label}</legend>${hint !== undefined && html`<p class="hint" id="${id}-hint">${hint}</p>`}${fault !== undefined && html`<p class="error" id="${id}-fout">${fault}</p>`}
<div class="options">${all.map(({ value, text }, i) => {
    const own = i === 0 ? id : `${id}-${i}`;
    return html`<div class="choice"><input type="${type}" id="${own}" name="${field}" value="${value}"${chosen.includes(value) && new Html(' checked')}><label for="${own}">${text}</label></div>
`;
  })}</div>${nested}</fieldset>
`;
}

export function wordsFor(linkId: string): QuestionWords {
  return QUESTION_WORDS[linkId] ?? { label: linkId };
}
