// What keeps a plan true: withdrawal, what is past, contradictions, freshness.
import type { Consent, Goal, Resource } from '@medplum/fhirtypes';
import fc from 'fast-check';
import t from 'tap';
import * as codes from '../../src/izp/codes.js';
import { CONTRADICTION_RULES, contradictionsOf } from '../../src/izp/contradictions.js';
import { type DecisionKind, decisionsOf, pastDirectives } from '../../src/izp/decisions.js';
import { freshnessOf, newestDate, withFreshness } from '../../src/izp/freshness.js';
import { pastGoals } from '../../src/izp/policy-goal.js';
import { recorderOf, withdrawalOf, withdrawn } from '../../src/izp/withdrawal.js';
import { withdrawnWithPlan } from '../../src/izp/withdrawn-plan.js';
import { codeOf, consent, entryOf, NOW } from './consents.js';

const WITHDRAWAL = { who: 'de patiënt', when: '2026-01-14', reason: 'bedacht zich', represented: false };
const A = { ura: 'A', name: 'Organisatie A' };
const judge = (entries: ReturnType<typeof entryOf>[]) => ({ entries, now: NOW, directory: new Map() });
const cpr = (entries: ReturnType<typeof entryOf>[]) =>
  decisionsOf(judge(entries)).treatments.filter(({ treatment }) => treatment.key === codes.CPR);

t.test('a withdrawal says who, when and why, once', async (t) => {
  const once = withdrawn(consent({ type: 'deny' }), WITHDRAWAL, A) as Consent;
  t.equal(once.status, 'inactive');
  t.strictSame(withdrawalOf(once), WITHDRAWAL);
  t.equal(recorderOf(once), 'A');
  t.equal(withdrawn(once, { ...WITHDRAWAL, who: 'een ander' }, A), once, 'again it is the same');
  const again = { ...once, status: 'active' as const };
  t.equal(recorderOf(again), undefined, 'one that is in force again is its writer’s');
  t.equal(withdrawn(again, { ...WITHDRAWAL, who: 'een ander' }, A)?.extension?.length, 1);
  for (const status of ['draft', 'proposed', 'rejected', 'entered-in-error'])
    t.equal(withdrawn({ ...consent({}), status } as Consent, WITHDRAWAL, A), undefined, status);
});

t.test('a withdrawn agreement ends what it had superseded, whoever withdrew it, and no other', async (t) => {
  const old = entryOf(consent({ type: 'permit', dateTime: '2025-01-01' }), { id: 'old', ura: 'A' });
  const late = entryOf(withdrawn(consent({ type: 'deny', dateTime: '2025-06-01' }), WITHDRAWAL, A) as Consent, { id: 'late', ura: 'B' });
  const other = entryOf(consent({ type: 'deny', dateTime: '2025-03-01' }), { id: 'other', ura: 'B' });
  t.strictSame(
    cpr([old, late]).map(({ decision }) => decision),
    ['not-recorded'],
  );
  t.strictSame(
    cpr([old, late, other]).map(({ entry }) => entry?.reference),
    ['Consent/other'],
  );
  t.strictSame([...pastDirectives(judge([old, late, other]))].sort(), ['Consent/late', 'Consent/old']);
});

t.test('past is what is taken back or superseded in all it speaks about', async (t) => {
  const both = [codeOf(codes.CPR), codeOf(codes.ICU_ADMISSION)];
  const wide = entryOf(consent({ type: 'permit', dateTime: '2025-01-01', code: both }), { id: 'wide' });
  const later = entryOf(consent({ type: 'deny', dateTime: '2025-06-01' }), { id: 'later' });
  t.strictSame([...pastDirectives(judge([wide, later]))], [], 'what it says of the ICU still holds');
  const icu = entryOf(consent({ type: 'deny', dateTime: '2025-06-01', code: codeOf(codes.ICU_ADMISSION) }), { id: 'icu' });
  t.strictSame([...pastDirectives(judge([wide, later, icu]))], ['Consent/wide']);
  const permission = entryOf(
    { ...consent({}), status: 'inactive', scope: { coding: [{ system: codes.CONSENT_SCOPE, code: 'patient-privacy' }] } },
    { id: 'sharing' },
  );
  t.strictSame([...pastDirectives(judge([permission]))], [], 'a permission to share is no directive');
  const coming = entryOf(consent({ type: 'deny', dateTime: '2030-01-01' }), { id: 'coming' });
  t.strictSame([...pastDirectives(judge([wide, coming]))], [], 'what is not yet agreed supersedes nothing');
});

t.test('what is told as a decision is never past, and the other way round', async (t) => {
  const status = fc.constantFrom('active', 'active', 'inactive', 'entered-in-error');
  const dateTime = fc.constantFrom('2024-01-01', '2024-06-01', '2025-01-01', '2030-01-01', undefined);
  const one = fc.record({ status, dateTime, type: fc.constantFrom('permit', 'deny'), ura: fc.constantFrom('A', 'B') });
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.array(one, { maxLength: 6 }), (list) => {
        const entries = list.map(({ ura, ...fields }, i) => entryOf(consent(fields), { id: `c${i}`, ura }));
        const past = pastDirectives(judge(entries));
        for (const { decision, entry, alsoFrom } of cpr(entries)) {
          // One that its source ended without a word of withdrawal is told as ended.
          if (entry === undefined || decision === 'unknown') continue;
          for (const { reference } of [entry, ...alsoFrom]) if (past.has(reference)) return false;
        }
        return true;
      }),
    ),
  );
});

t.test('goals taken back and goals of policy replaced by the same source are past', async (t) => {
  const goal = (id: string, more: Partial<Goal>, ura = 'A') =>
    entryOf({ resourceType: 'Goal', lifecycleStatus: 'active', description: codeOf('713148004'), ...more }, { id, ura, lastUpdated: NOW });
  const entries = [
    goal('first', { statusDate: '2025-01-01' }),
    goal('second', { statusDate: '2025-06-01' }),
    goal('theirs', { statusDate: '2024-01-01' }, 'B'),
    goal('cancelled', { lifecycleStatus: 'cancelled' }),
    goal('wish', { statusDate: '2020-01-01', description: { text: 'In de tuin zitten' } }),
  ];
  t.strictSame([...pastGoals(judge(entries))].sort(), ['Goal/cancelled', 'Goal/first']);
});

t.test('with the plan go agreements and wishes, not facts', async (t) => {
  const observation = (id: string, code: string) => entryOf({ resourceType: 'Observation', status: 'final', code: codeOf(code) }, { id });
  const entries = [
    entryOf(consent({}), { id: 'directive' }),
    entryOf({ ...consent({}), status: 'inactive' }, { id: 'ended' }),
    entryOf({ ...consent({}), scope: { coding: [{ code: 'patient-privacy' }] } }, { id: 'sharing' }),
    observation('wishes', codes.SPECIFIC_WISHES),
    observation('capacity', codes.LEGALLY_CAPABLE),
    entryOf({ resourceType: 'Goal', lifecycleStatus: 'active' } as Resource, { id: 'goal' }),
    entryOf({ resourceType: 'Procedure', status: 'completed' } as Resource, { id: 'conversation' }),
    entryOf({ resourceType: 'MedicationRequest', status: 'active', intent: 'plan' } as Resource, { id: 'foreseen' }),
    entryOf({ resourceType: 'MedicationRequest', status: 'active', intent: 'order' } as Resource, { id: 'ordered' }),
  ];
  t.strictSame(withdrawnWithPlan(entries), ['Consent/directive', 'Observation/wishes', 'Goal/goal', 'MedicationRequest/foreseen']);
});

const TREATMENTS = [codes.CPR, codes.VENTILATION, codes.ICU_ADMISSION, codes.HOSPITAL_ADMISSION, codes.ANTIBIOTICS, codes.BLOOD_PRODUCT];
const KINDS: DecisionKind[] = ['do', 'do-not', 'do-with-limits', 'unknown', 'not-recorded', 'cannot-interpret'];
const facts = (said: Record<string, DecisionKind>, more: object = {}) => ({
  decisions: Object.entries(said).map(([key, decision]) => ({ treatment: { key, display: key, rank: 0 }, decision })),
  goals: new Set<string>(),
  ...more,
});
/** What contradicts what, said again by hand: yes to the first, no to the second. */
const PAIRS: Record<string, [string, string]> = {
  'cpr-ventilation': [codes.CPR, codes.VENTILATION],
  'cpr-icu': [codes.CPR, codes.ICU_ADMISSION],
  'cpr-hospital': [codes.CPR, codes.HOSPITAL_ADMISSION],
  'ventilation-icu': [codes.VENTILATION, codes.ICU_ADMISSION],
  'ventilation-hospital': [codes.VENTILATION, codes.HOSPITAL_ADMISSION],
  'icu-hospital': [codes.ICU_ADMISSION, codes.HOSPITAL_ADMISSION],
};
const COMFORT: Record<string, string> = {
  'cpr-comfort': codes.CPR,
  'ventilation-comfort': codes.VENTILATION,
  'icu-comfort': codes.ICU_ADMISSION,
};

t.test('contradictions over every pair of decisions on two treatments, with and without the goal of comfort', async (t) => {
  let wrong = 0;
  for (const first of TREATMENTS)
    for (const second of TREATMENTS)
      for (const one of KINDS)
        for (const two of KINDS)
          for (const goal of ['385987000', '713148004', '225353007']) {
            if (first === second) continue;
            const said = { [first]: one, [second]: two };
            const expected = [
              ...Object.entries(PAIRS).filter(([, [yes, no]]) => said[yes] === 'do' && said[no] === 'do-not'),
              ...Object.entries(COMFORT).filter(([, yes]) => said[yes] === 'do' && goal !== '385987000'),
            ].map(([id]) => id);
            const found = contradictionsOf(facts(said, { goals: new Set([goal]) })).map(({ rule }) => rule);
            if (JSON.stringify(found.sort()) !== JSON.stringify(expected.sort())) wrong++;
          }
  t.equal(wrong, 0);
});

t.test('where sources differ on a treatment, neither side contradicts anything', async (t) => {
  const on = (key: string, decision: DecisionKind) => ({ treatment: { key, display: key, rank: 0 }, decision });
  const decisions = [on(codes.CPR, 'do'), on(codes.CPR, 'do-not'), on(codes.ICU_ADMISSION, 'do-not')];
  t.strictSame(contradictionsOf({ decisions, goals: new Set() }), []);
  t.equal(contradictionsOf({ decisions: decisions.filter((_, i) => i !== 1), goals: new Set() }).length, 1);
});

t.test('an ICD that stays on contradicts comfort, and the dying phase until it is agreed to switch it off', async (t) => {
  const rules = (said: Record<string, DecisionKind>, more: object) => contradictionsOf(facts(said, more)).map(({ rule }) => rule);
  const comfort = { goals: new Set(['713148004']) };
  t.strictSame(rules({ [codes.ICD_SWITCH_OFF]: 'do-not' }, comfort), ['icd-comfort']);
  t.strictSame(rules({ [codes.ICD_SWITCH_OFF]: 'unknown' }, comfort), []);
  const dying = { phase: 'dying', hasIcd: true };
  for (const decision of KINDS.filter((kind) => kind !== 'do'))
    t.strictSame(rules({ [codes.ICD_SWITCH_OFF]: decision }, dying), ['icd-dying']);
  t.strictSame(rules({}, dying), ['icd-dying']);
  t.strictSame(rules({ [codes.ICD_SWITCH_OFF]: 'do' }, dying), []);
  t.strictSame(rules({}, { ...dying, hasIcd: false }), []);
  t.strictSame(rules({}, { ...dying, phase: 'symptom-directed' }), []);
  t.ok(
    CONTRADICTION_RULES.every(({ text }) => /\. .*\.$/.test(text)),
    'each says why',
  );
  t.equal(new Set(CONTRADICTION_RULES.map(({ id }) => id)).size, CONTRADICTION_RULES.length);
});

t.test('freshness in words', async (t) => {
  const now = Date.parse('2026-11-22T12:00:00+01:00');
  const words = (agreedOn: string | null, reviewDue: string | null) => freshnessOf({ agreedOn, reviewDue }, now).text;
  t.equal(words('2025-09-20', '2026-03-20'), 'Vastgesteld 14 maanden geleden, herziening 8 maanden te laat.');
  t.equal(words('2026-11-22', '2026-11-22'), 'Vastgesteld vandaag, te herzien voor 22 november 2026.', 'the day itself is not late');
  t.equal(words('2026-11-21', '2026-11-21'), 'Vastgesteld gisteren, herziening 1 dag te laat.');
  t.equal(words(null, null), 'Niet vermeld wanneer dit is vastgesteld, geen herziening afgesproken.');
  t.equal(newestDate(['2025-01-01', undefined, '2026-02', '2031-01-01', 'onzin'], now), '2026-02');
  const card = JSON.stringify({
    text: 'zegt "freshness":{}',
    freshness: { agreedOn: '2026-11-21', reviewDue: null },
    breakGlass: { until: 'x' },
  });
  const told = JSON.parse(withFreshness(card, now));
  t.strictSame([told.text, told.freshness.agreedAgo, told.breakGlass.until], ['zegt "freshness":{}', 'gisteren', 'x']);
  t.equal(withFreshness('{"status":"found"}', now), '{"status":"found"}');
});
