// The answers of the form as the fields of a page, and back: every question has a field of its linkId's name, in a repeating group
// `linkId.row`. Pure.
import { intervalOf } from '../../fhir/dates.js';
import { filled } from '../concepts.js';
import type { FormAnswer, Scope } from './answers.js';
import { DECISIONS, FORM_ITEM, FORM_ITEMS, type FormItem, ICD_ITEMS, OTHER_LIMIT, TREATMENT_ITEMS } from './form-items.data.js';

/** Characters of one answer: some five pages. */
export const MAX_ANSWER_CHARS = 20_000;
/** Repetitions of a group: nobody has as many telephones. */
export const MAX_ROWS = 50;
/** Years before this are slips of the finger. */
const FIRST_YEAR = '1850';

/** Before words that were given where a code is asked; no code holds a colon. */
const WORDS = 'tekst:';

/** Fields by name, each with what is chosen or typed. */
export type Fields = ReadonlyMap<string, readonly string[]>;

/** Why a field cannot be taken as an answer. */
export type Fault = 'day' | 'too-long' | 'characters' | 'no-choice';

export interface FieldFault {
  field: string;
  linkId: string;
  fault: Fault;
}

export function fieldName(linkId: string, row?: number): string {
  return row === undefined ? linkId : `${linkId}.${row}`;
}

/** The items that are fields: groups are not, nor what only says what the questions beside it are about. */
export const FIELD_ITEMS: readonly FormItem[] = FORM_ITEMS.filter(({ kind, names }) => kind !== 'group' && !names);

/** The repeating group a question stands in. */
export function rowsOf({ parent }: FormItem): string | undefined {
  return parent !== undefined && FORM_ITEM.get(parent)?.repeats && FORM_ITEM.get(parent)?.kind === 'group' ? parent : undefined;
}

/** True for answers that tell of one conversation alone, and not of the next. */
const OF_ONE_CONVERSATION: ReadonlySet<string> = new Set(['963', '968', '969', '970', '1405', '82', '997', '414', '998', '413', '1200']);

/** What is known, without what was true of the last conversation alone. */
export function forNewConversation({ answers, groups }: Scope): Scope {
  return { answers: new Map([...answers].filter(([linkId]) => !OF_ONE_CONVERSATION.has(linkId))), groups };
}

export function fieldsOf(scope: Scope): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const item of FIELD_ITEMS) {
    const group = rowsOf(item);
    const scopes = group === undefined ? [scope] : (scope.groups.get(group) ?? []);
    for (const [row, inner] of scopes.entries()) {
      const values = (inner.answers.get(item.linkId) ?? []).flatMap((answer) => fieldValue(item, answer) ?? []);
      if (values.length > 0) fields.set(fieldName(item.linkId, group === undefined ? undefined : row), values);
    }
  }
  return fields;
}

function fieldValue({ kind }: FormItem, { coding, text, day }: FormAnswer): string | undefined {
  if (text !== undefined) return kind === 'code' ? `${WORDS}${text}` : text;
  // The one code of an open question says what the words beside it say better, and stands there by itself.
  return day ?? (kind === 'open' ? undefined : coding?.code);
}

/** The fields of the form among what a page sent, as they were typed. */
export function typedFields(sent: URLSearchParams): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const name of new Set(sent.keys())) {
    const [linkId = '', row] = name.split('.');
    const item = FORM_ITEM.get(linkId);
    if (!item || item.kind === 'group' || item.names || (rowsOf(item) === undefined) !== (row === undefined)) continue;
    if (row !== undefined && !(ROW.test(row) && Number(row) < MAX_ROWS)) continue;
    // Browsers send line ends as two characters.
    const values = sent.getAll(name).map((value) => value.replace(/\r\n?/g, '\n'));
    const given = values.filter((value) => filled(value) !== undefined);
    if (given.length > 0) fields.set(name, given);
  }
  return withoutEmptyRows(fields);
}

/** The rows that something stands in, numbered anew. */
function withoutEmptyRows(fields: Map<string, string[]>): Map<string, string[]> {
  const filledRows = new Map<string, number[]>();
  const groupAt = (name: string) => rowsOf(FORM_ITEM.get(name.split('.')[0] as string) as FormItem);
  for (const name of fields.keys()) {
    const group = groupAt(name);
    if (group !== undefined) filledRows.set(group, [...(filledRows.get(group) ?? []), Number(name.split('.')[1])]);
  }
  return new Map(
    [...fields].map(([name, values]) => {
      const group = groupAt(name);
      if (group === undefined) return [name, values];
      const [linkId = '', row] = name.split('.');
      const rows = [...new Set(filledRows.get(group))].sort((a, b) => a - b);
      return [fieldName(linkId, rows.indexOf(Number(row))), values];
    }),
  );
}

const ROW = /^(0|[1-9]\d?)$/;

/** The answers in the fields, and the fields that hold none although something stands in them. */
export function readFields(fields: Fields): { scope: Scope; faults: FieldFault[] } {
  const scope: Scope = { answers: new Map(), groups: new Map() };
  const faults: FieldFault[] = [];
  const rows = new Map<string, Map<number, Scope>>();
  for (const item of FIELD_ITEMS) {
    const group = rowsOf(item);
    const count = group === undefined ? 1 : MAX_ROWS;
    for (let row = 0; row < count; row += 1) {
      const field = fieldName(item.linkId, group === undefined ? undefined : row);
      const values = fields.get(field);
      if (values === undefined) continue;
      const read = values.map((value) => answerIn(item, value));
      const fault = values.length > 1 && !item.repeats ? 'no-choice' : read.find((one): one is Fault => typeof one === 'string');
      if (fault !== undefined) faults.push({ field, linkId: item.linkId, fault });
      else rowScope(scope, rows, group, row).answers.set(item.linkId, read as FormAnswer[]);
    }
  }
  for (const [group, inner] of rows)
    scope.groups.set(
      group,
      [...inner].sort(([a], [b]) => a - b).map(([, one]) => one),
    );
  return { scope, faults };
}

function rowScope(scope: Scope, rows: Map<string, Map<number, Scope>>, group: string | undefined, row: number): Scope {
  if (group === undefined) return scope;
  const known = rows.get(group) ?? new Map<number, Scope>();
  rows.set(group, known);
  const inner = known.get(row) ?? { answers: new Map(), groups: new Map() };
  known.set(row, inner);
  return inner;
}

function answerIn(item: FormItem, value: string): FormAnswer | Fault {
  if (item.kind === 'date') {
    const day = dayIn(value);
    return day === undefined ? 'day' : { day };
  }
  if (item.kind === 'code' && !value.startsWith(WORDS)) {
    const coding = item.options?.find(({ code }) => code === value);
    return coding ? { coding } : 'no-choice';
  }
  const text = filled(item.kind === 'code' ? value.slice(WORDS.length) : value);
  if (text === undefined) return 'no-choice';
  if (text.length > MAX_ANSWER_CHARS) return 'too-long';
  return UNSTORABLE.test(text) ? 'characters' : { text };
}

// Those that FHIR lets into no text. https://hl7.org/fhir/R4/datatypes.html#string
const UNSTORABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

/** As browsers send a date, and as people type one where their browser has no field for it. */
export function dayIn(value: string): string | undefined {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value.trim()) ?? [];
  const [, dutchDate, dutchMonth, dutchYear] = /^(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})$/.exec(value.trim()) ?? [];
  const day = [year ?? dutchYear, (month ?? dutchMonth)?.padStart(2, '0'), (date ?? dutchDate)?.padStart(2, '0')].join('-');
  return day.length === 'YYYY-MM-DD'.length && day >= FIRST_YEAR && intervalOf(day) ? day : undefined;
}

export interface Choice {
  value: string;
  /** As the form words it; words in place of a code as they were given. */
  text: string;
}

/** What is understood at a question and yet not offered there: by the published form, or because another says the same. */
const NOT_OFFERED: ReadonlyMap<string, readonly (string | undefined)[]> = new Map<string, (string | undefined)[]>([
  ...TREATMENT_ITEMS.map(({ decision }) => [decision, [DECISIONS.notDecided.code, DECISIONS.notDiscussed.code]] as [string, string[]]),
  [OTHER_LIMIT.decision, [DECISIONS.other.code, DECISIONS.notDecided.code, DECISIONS.notDiscussed.code]],
  [ICD_ITEMS.decision, [DECISIONS.other.code, DECISIONS.doNot.code, DECISIONS.unknown.code]],
  ['999', ['713148004']],
]);

/** The choices of a coded question: those offered, and whatever is chosen already. */
export function choicesOf({ linkId, options = [] }: FormItem, chosen: readonly string[]): Choice[] {
  const hidden = NOT_OFFERED.get(linkId) ?? [];
  const offered = options.filter(({ code }) => !hidden.includes(code) || chosen.includes(code ?? ''));
  const words = chosen.filter((value) => value.startsWith(WORDS));
  return [
    ...offered.map(({ code = '', display = '' }) => ({ value: code, text: display })),
    ...words.map((value) => ({ value, text: value.slice(WORDS.length) })),
  ];
}

/** The words of one value of a coded question. */
export function wordsOf(item: FormItem, value: string): string {
  return choicesOf(item, [value]).find((choice) => choice.value === value)?.text ?? value;
}
