// The form as fields of a page: what any response says comes back from its fields, and what people type is taken or told to be wrong.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { QuestionnaireResponse } from '@medplum/fhirtypes';
import fc from 'fast-check';
import t from 'tap';
import { QUESTION_WORDS } from '../../src/http/pages/conversation-words.data.js';
import { type FormAnswer, readAnswers, type Scope } from '../../src/izp/form/answers.js';
import { FORM_ITEM, FORM_ITEMS, type FormItem } from '../../src/izp/form/form-items.data.js';
import {
  choicesOf,
  dayIn,
  FIELD_ITEMS,
  fieldsOf,
  forNewConversation,
  MAX_ANSWER_CHARS,
  readFields,
  rowsOf,
  typedFields,
} from '../../src/izp/form/page-fields.js';
import { lacksOf } from '../../src/izp/form/page-lacks.js';
import { answersAsItems } from '../../src/izp/form/populate.js';

const PUBLISHED = fileURLToPath(new URL('../../../shared/pzp/', import.meta.url));
const skip = existsSync(PUBLISHED) ? false : 'the published form is not beside the project (../shared/pzp)';

const words = fc.stringMatching(/^[a-zé&<"':.]([a-zé&<"':\n ]{0,12}[a-zé])?$/).filter((text) => text.trim() === text && text !== '');
const day = fc
  .integer({ min: 0, max: 40_000 })
  .map((days) => new Date(Date.UTC(1930, 0, 1) + days * 86_400_000).toISOString().slice(0, 10));

function answer(item: FormItem): fc.Arbitrary<FormAnswer> {
  if (item.kind === 'date') return day.map((one) => ({ day: one }));
  const text = words.map((one) => ({ text: one }));
  if (item.kind !== 'code') return text;
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...(item.options ?? [])).map((coding) => ({ coding })) },
    { weight: 1, arbitrary: text },
  );
}

const answersTo = (item: FormItem) =>
  fc.uniqueArray(answer(item), { minLength: 1, maxLength: item.repeats ? 3 : 1, selector: (one) => JSON.stringify(one) });

const mapOf = (items: readonly FormItem[]) =>
  fc
    .tuple(...items.map((item) => fc.option(answersTo(item), { nil: undefined, freq: 2 })))
    .map((all) => new Map(items.flatMap((item, i) => (all[i] ? [[item.linkId, all[i] as FormAnswer[]] as const] : []))));

const ROW_GROUPS = [...new Set(FIELD_ITEMS.flatMap((item) => rowsOf(item) ?? []))];

/** Answers to any of the questions, with any number of telephones. */
const scopes: fc.Arbitrary<Scope> = fc
  .record({
    answers: mapOf(FIELD_ITEMS.filter((item) => rowsOf(item) === undefined)),
    rows: fc.tuple(
      ...ROW_GROUPS.map((group) =>
        fc.array(
          mapOf(FIELD_ITEMS.filter((item) => rowsOf(item) === group)).filter(({ size }) => size > 0),
          { maxLength: 3 },
        ),
      ),
    ),
  })
  .map(({ answers, rows }) => ({
    answers,
    groups: new Map(
      ROW_GROUPS.flatMap((group, i) =>
        (rows[i] as Map<string, FormAnswer[]>[]).length === 0
          ? []
          : [[group, (rows[i] as Map<string, FormAnswer[]>[]).map((inner) => ({ answers: inner, groups: new Map() }))] as const],
      ),
    ),
  }));

/** As a browser sends the fields of a page. */
const sent = (fields: Map<string, string[]>) =>
  new URLSearchParams(
    [...fields].flatMap(([name, values]) => values.map((value): [string, string] => [name, value.replaceAll('\n', '\r\n')])),
  );

const responseOf = (scope: Scope) =>
  ({ resourceType: 'QuestionnaireResponse', status: 'in-progress', item: answersAsItems(scope, undefined) }) as QuestionnaireResponse;

t.test('whatever a response says comes back from the fields of a page', async (t) => {
  const property = fc.property(scopes, (scope) => {
    const response = responseOf(scope);
    const { form, problems } = readAnswers(response);
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    const { scope: read, faults } = readFields(typedFields(sent(fieldsOf(form))));
    if (faults.length > 0) throw new Error(JSON.stringify(faults));
    return JSON.stringify(answersAsItems(read, response)) === JSON.stringify(response.item);
  });
  t.notOk(fc.check(property, { numRuns: 150 }).counterexample);
});

t.test('the words of the source stay where they still mean the same', async (t) => {
  const given = { valueCoding: { code: '2', display: 'Niet doen', userSelected: true } };
  const source = {
    resourceType: 'QuestionnaireResponse',
    status: 'completed',
    item: [{ linkId: '83', item: [{ linkId: '1409', item: [{ linkId: '1386', answer: [given] }] }] }],
  } as QuestionnaireResponse;
  const { scope } = readFields(typedFields(sent(fieldsOf(readAnswers(source).form))));
  t.match(JSON.stringify(answersAsItems(scope, source)), JSON.stringify(given));
});

t.test('the published response comes back, answer by answer', { skip }, async (t) => {
  const response = JSON.parse(readFileSync(`${PUBLISHED}QuestionnaireResponse-HendrikHartman-20201001.json`, 'utf8'));
  const { form, problems } = readAnswers(response);
  t.strictSame(problems, []);
  const { scope } = readFields(typedFields(sent(fieldsOf(form))));
  const again = readAnswers({ item: answersAsItems(scope, response) }).form;
  const plain = ({ answers, groups }: Scope) => [
    [...answers].sort(),
    [...groups].map(([id, all]) => [id, all.map((one) => [...one.answers].sort())]),
  ];
  t.strictSame(plain(again), plain(form));
});

t.test('every question has words, and no other has', async (t) => {
  const told = new Set(Object.keys(QUESTION_WORDS));
  const single = new Map(FORM_ITEMS.map(({ linkId, parent }) => [linkId, parent]));
  for (const { linkId } of FIELD_ITEMS) t.ok(told.has(linkId) || told.has(single.get(linkId) ?? ''), linkId);
  for (const linkId of told) t.ok(FORM_ITEM.has(linkId), linkId);
});

t.test('the choices are those of the published form, and those that are chosen already', { skip }, async (t) => {
  const published = JSON.parse(readFileSync(`${PUBLISHED}Questionnaire-ACP-zib2020.json`, 'utf8'));
  const offered = new Map<string, string[]>();
  const visit = (items: any[] = []) => {
    for (const item of items) {
      offered.set(item.linkId, (item.answerOption ?? []).map((one: any) => one.valueCoding.code).sort());
      visit(item.item);
    }
  };
  visit(published.item);
  t.strictSame(FORM_ITEMS.map(({ linkId }) => linkId).sort(), [...offered.keys()].sort(), 'every question of the form, and none besides');
  for (const item of FIELD_ITEMS.filter(({ kind }) => kind === 'code')) {
    const mine = choicesOf(item, [])
      .map(({ value }) => value)
      .sort();
    // Who does not agree must be able to say so: the form has no answer for it.
    t.strictSame(
      mine,
      item.linkId === '1201' ? [...(offered.get('1201') ?? []), '373067005'].sort() : offered.get(item.linkId),
      item.linkId,
    );
  }
  const decision = FORM_ITEM.get('1386') as FormItem;
  t.match(
    choicesOf(decision, ['NASK', 'tekst:alleen kort']).map(({ text }) => text),
    ['Wel uitvoeren', 'Anders', 'Niet uitvoeren', 'Onbekend', 'Niet besproken', 'alleen kort'],
  );
});

t.test('what is no answer is told at its field', async (t) => {
  const faultsIn = (pairs: [string, string][]) =>
    readFields(typedFields(new URLSearchParams(pairs))).faults.map(({ field, fault }) => [field, fault]);
  t.strictSame(faultsIn([['963', '2026-02-30']]), [['963', 'day']]);
  t.strictSame(faultsIn([['963', '0026-02-03']]), [['963', 'day']]);
  t.strictSame(faultsIn([['1386', 'X']]), [['1386', 'no-choice']]);
  t.strictSame(
    faultsIn([
      ['1386', '0'],
      ['1386', '2'],
    ]),
    [['1386', 'no-choice']],
  );
  t.strictSame(faultsIn([['1190', 'x'.repeat(MAX_ANSWER_CHARS + 1)]]), [['1190', 'too-long']]);
  t.strictSame(faultsIn([['976.0', '06\u0000']]), [['976.0', 'characters']]);
  t.strictSame(
    faultsIn([
      ['1386', ''],
      ['1190', ' \r\n '],
    ]),
    [],
    'nothing typed is nothing said',
  );
  t.strictSame([...typedFields(new URLSearchParams('83=x&1410=y&976=06&963.0=x&x=y&976.99=1&versie=3')).keys()], []);
  t.strictSame([...typedFields(new URLSearchParams('976.0=&976.2=06&977.2=MC')).keys()], ['976.0', '977.0'], 'empty rows close up');
  t.equal(dayIn('3-9-2026'), '2026-09-03');
  t.equal(dayIn('9/2026'), undefined);
});

t.test('what extraction would leave out, or take for less, is asked first', async (t) => {
  const lacksIn = (text: string) =>
    lacksOf(readFields(typedFields(new URLSearchParams(text))).scope).map(({ field, lack }) => [field, lack]);
  t.strictSame(lacksIn('963=2026-09-10&1386=2&1002=zo+besproken&1390=1&1391=hooguit+drie+dagen'), []);
  t.strictSame(lacksIn('1002=zo+besproken'), [['1386', 'no-answer']]);
  t.strictSame(lacksIn('1386=1'), [['1001', 'no-words']]);
  t.strictSame(lacksIn('1422=dialyse'), [['1402', 'no-decision']]);
  t.strictSame(lacksIn('1402=2'), [['1422', 'no-treatment']]);
  t.strictSame(lacksIn('1191=OTH'), [['1192', 'no-place']]);
  t.strictSame(lacksIn('976.0=06&977.1=MC&989.0=LL'), [
    ['976.1', 'no-phone'],
    ['988.0', 'no-phone'],
  ]);
  t.strictSame(lacksIn('993.0=HP'), [['992.0', 'no-email']]);
  t.strictSame(lacksIn('984=1&987=Jansen'), [['984', 'first-contact-twice']]);
  t.strictSame(lacksIn('1006=373067005&1005=0'), [['1006', 'no-device']]);
  t.strictSame(lacksIn('1199=373066001'), [['1197', 'no-earlier']]);
});

t.test('a new conversation is not the last one', async (t) => {
  const { scope } = readFields(typedFields(new URLSearchParams('963=2026-09-10&970=Wit&82=Pati%C3%ABnt&998=DAUC&1386=2&1200=1')));
  t.strictSame([...forNewConversation(scope).answers.keys()], ['1386']);
});
