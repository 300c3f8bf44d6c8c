// The service's own two forms (fhir-profiles/): the marking, which becomes an IzpMarking, and what matters in the four dimensions,
// which becomes IzpGoals with what is done about them and by whom.
import type { Coding, Flag, Goal, QuestionnaireResponse } from '@medplum/fhirtypes';
import { sameCanonical } from '../../fhir/canonical.js';
import * as izp from '../izp-codes.js';
import { ANSWERS, INSTRUMENTS } from '../marking.js';
import { answerOf, codeOf, type FormProblem, type Scope, textOf } from './answers.js';
import * as form from './form-codes.js';
import type { FormItem } from './form-items.data.js';
import { concept, framed, type Making, noteOf, type Part, pruned } from './parts.js';
import { type Origin, organizationOf } from './provenance-part.js';

export interface OwnForm {
  url: string;
  items: ReadonlyMap<string, FormItem>;
  /** What is missing before anything can be made of it. */
  missing(form: Scope, origin: Origin): FormProblem[];
  parts(making: Making, origin: Origin): Part[];
}

/** The question of both forms for the day. */
export const DATE = 'date';

const codings = (system: string, ...codes: string[]): Coding[] => codes.map((code) => ({ system, code }));
const question = (linkId: string, options: Coding[], repeats?: true): FormItem => ({
  linkId,
  kind: 'code',
  options,
  ...(repeats && { repeats }),
});
const keyed = (items: FormItem[]) => new Map(items.map((item) => [item.linkId, item]));
const required = (linkId: string, text: string): FormProblem => ({ linkId, code: 'required', text });

/** Answers that do not point to the palliative phase: nothing is marked by them. */
const NOT_MARKING = ['surprised-by-death', 'indicators-absent', 'undecided'];

const MARKING: OwnForm = {
  url: `${izp.IZP_BASE}/Questionnaire/izp-marking-form`,
  items: keyed([
    { linkId: DATE, kind: 'date' },
    question('instrument', codings(izp.IZP_MARKING_INSTRUMENT, ...INSTRUMENTS)),
    question('answer', codings(izp.IZP_MARKING_ANSWER, ...ANSWERS), true),
    question('urgency', codings(izp.IZP_URGENCY, 'red', 'orange', 'yellow', 'green')),
    question('ready', [form.snomed(form.YES, 'Ja'), form.snomed(form.NO, 'Nee')]),
  ]),
  missing(scope, { sender, professional }) {
    return [
      ...(scope.answers.has('instrument') ? [] : [required('instrument', 'A marking says what it rests on.')]),
      ...(sender || professional ? [] : [required('instrument', 'A marking says by whom: the response needs an author.')]),
    ];
  },
  parts(making, { professional, sender }) {
    const { form: scope, patient, day } = making;
    const answers = (scope.answers.get('answer') ?? []).map(({ coding, text }) => (coding ? concept(coding) : { text }));
    if (answers.some((one) => NOT_MARKING.includes(one.coding?.[0]?.code ?? ''))) return [];
    const instrument = answerOf(scope, 'instrument');
    const urgency = answerOf(scope, 'urgency');
    const ready = codeOf(scope, 'ready');
    const flag: Flag = {
      resourceType: 'Flag',
      extension: [
        {
          url: izp.IZP_MARKING_ASSESSMENT,
          extension: [
            { url: 'instrument', valueCodeableConcept: instrument?.coding ? concept(instrument.coding) : { text: instrument?.text } },
            ...answers.map((valueCodeableConcept) => ({ url: 'answer', valueCodeableConcept })),
          ],
        },
        ...(urgency
          ? [{ url: izp.IZP_URGENCY_COLOUR, valueCodeableConcept: urgency.coding ? concept(urgency.coding) : { text: urgency.text } }]
          : []),
        ...(ready === undefined ? [] : [{ url: izp.IZP_READY_TO_TALK, valueBoolean: ready === form.YES }]),
      ],
      status: 'active',
      code: concept({ system: izp.IZP_MARKING_CODE, code: 'palliative-phase' }),
      subject: patient,
      period: { start: day },
      author: professional ?? (sender && organizationOf(sender)),
    };
    return [ownPart(making, 'marking', { ...flag }, izp.IZP_MARKING_PROFILE)];
  },
};

const DIMENSIONS = ['physical', 'psychological', 'social', 'spiritual'];
const inDimension = (dimension: string): FormItem[] => [
  { linkId: dimension, kind: 'group', repeats: true },
  ...['matter', 'action', 'who'].map((name): FormItem => ({ linkId: `${dimension}-${name}`, parent: dimension, kind: 'text' })),
];

const WHAT_MATTERS: OwnForm = {
  url: `${izp.IZP_BASE}/Questionnaire/izp-dimensions-form`,
  items: keyed([{ linkId: DATE, kind: 'date' }, ...DIMENSIONS.flatMap(inDimension)]),
  missing(scope) {
    return DIMENSIONS.flatMap((dimension) =>
      (scope.groups.get(dimension) ?? []).some((one) => one.answers.size > 0 && !one.answers.has(`${dimension}-matter`))
        ? [required(`${dimension}-matter`, 'What is done is done about something: say what matters.')]
        : [],
    );
  },
  parts(making) {
    return DIMENSIONS.flatMap((dimension) => {
      const told = (making.form.groups.get(dimension) ?? []).filter((one) => one.answers.size > 0);
      return told.map((one, i) => goalPart(making, dimension, one, i + 1));
    });
  },
};

function goalPart(making: Making, dimension: string, scope: Scope, number: number): Part {
  const [action, who] = [textOf(scope, `${dimension}-action`), textOf(scope, `${dimension}-who`)];
  const done = [action === undefined ? undefined : `Actie: ${action}`, who === undefined ? undefined : `Door: ${who}`].filter(
    (one) => one !== undefined,
  );
  const goal: Goal = {
    resourceType: 'Goal',
    lifecycleStatus: 'active',
    category: [concept({ system: izp.IZP_DIMENSION, code: dimension })],
    description: { text: textOf(scope, `${dimension}-matter`) },
    subject: making.patient,
    statusDate: making.day,
    expressedBy: making.patient,
    note: noteOf(done.length > 0 ? done.join('\n') : undefined),
  };
  return ownPart(making, `goal-${dimension}-${number}`, { ...goal }, izp.IZP_GOAL_PROFILE);
}

function ownPart(making: Making, name: string, resource: Parameters<typeof framed>[2], profile: string): Part {
  const { part, resource: made } = framed(making, name, resource);
  const { resourceType, ...rest } = made;
  return { part, resource: pruned({ resourceType, meta: { profile: [profile] }, ...rest }) as Part['resource'] };
}

/** The own form that a response answers. */
export function ownFormOf({ questionnaire }: Pick<QuestionnaireResponse, 'questionnaire'>): OwnForm | undefined {
  return questionnaire === undefined ? undefined : [MARKING, WHAT_MATTERS].find(({ url }) => sameCanonical(url, questionnaire));
}
