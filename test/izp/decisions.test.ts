// The rules about treatment directives, over every combination of what can stand in one, against tables written by hand.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { type Decision, decisionsOf } from '../../src/izp/decisions.js';
import type { RecordEntry } from '../../src/izp/record.js';
import { codeOf, consent, entryOf, NOW, SPECIFICATION, UNKNOWN_MODIFIER } from './consents.js';

const input = (entries: RecordEntry[], now = NOW) => ({ entries, directory: new Map(), now });
const decide = (...entries: RecordEntry[]) => decisionsOf(input(entries));
const about = (code: string, entries: RecordEntry[], now = NOW) =>
  decisionsOf(input(entries, now)).treatments.filter((d) => d.treatment.code === code);
const CPR = '89666000';

// --- what one directive says ------------------------------------------------------------------------------------------

const TYPES = { permit: 'permit', deny: 'deny', none: undefined } as const;
const SPECS: Record<string, object> = {
  absent: {},
  undecided: { modifierExtension: [{ url: SPECIFICATION, valueString: 'Nog NIET  besproken.' }] },
  worded: { modifierExtension: [{ url: SPECIFICATION, valueString: 'Alleen bij een botbreuk' }] },
  empty: { modifierExtension: [{ url: SPECIFICATION, valueString: '  ' }] },
  valueless: { modifierExtension: [{ url: SPECIFICATION }] },
  otherType: { modifierExtension: [{ url: SPECIFICATION, valueBoolean: true }] },
  doubled: {
    modifierExtension: [
      { url: SPECIFICATION, valueString: 'Wel' },
      { url: SPECIFICATION, valueString: 'Niet' },
    ],
  },
  misplaced: { extension: [{ url: SPECIFICATION, valueString: 'Alleen antibiotica' }] },
};

type Row = Record<keyof typeof TYPES, string>;
/** Rows: SpecificationOther; columns: provision.type. */
const SAYS: Record<string, Row> = {
  absent: { permit: 'do', deny: 'do-not', none: 'unknown' },
  undecided: { permit: 'unknown', deny: 'unknown', none: 'unknown' },
  worded: { permit: 'do-with-limits', deny: 'do-with-limits', none: 'do-with-limits' },
  empty: { permit: 'cannot-interpret', deny: 'cannot-interpret', none: 'cannot-interpret' },
  valueless: { permit: 'cannot-interpret', deny: 'cannot-interpret', none: 'cannot-interpret' },
  otherType: { permit: 'cannot-interpret', deny: 'cannot-interpret', none: 'cannot-interpret' },
  doubled: { permit: 'cannot-interpret', deny: 'cannot-interpret', none: 'cannot-interpret' },
  misplaced: { permit: 'cannot-interpret', deny: 'cannot-interpret', none: 'cannot-interpret' },
};

const MUST_SHOW: Record<string, RegExp> = {
  undecided: /Nog NIET {2}besproken/,
  worded: /Alleen bij een botbreuk/,
  doubled: /Wel.*Niet/,
  misplaced: /Alleen antibiotica/,
};

/** Where an unknown modifier extension may hide. */
const MODIFIERS: Record<string, (c: Record<string, any>) => void> = {
  none: () => {},
  root: (c) => (c.modifierExtension = [...(c.modifierExtension ?? []), UNKNOWN_MODIFIER]),
  provision: (c) => (c.provision.modifierExtension = [UNKNOWN_MODIFIER]),
  specificationInProvision: (c) => (c.provision.modifierExtension = [{ url: SPECIFICATION, valueString: 'Wel doen' }]),
  actor: (c) => (c.provision.actor = [{ modifierExtension: [UNKNOWN_MODIFIER], role: {}, reference: {} }]),
  policy: (c) => (c.policy = [{ uri: 'https://wet.example', modifierExtension: [UNKNOWN_MODIFIER] }]),
  verification: (c) => (c.verification = [{ verified: true, modifierExtension: [UNKNOWN_MODIFIER] }]),
  contained: (c) => (c.contained = [{ resourceType: 'Practitioner', id: 'p', modifierExtension: [UNKNOWN_MODIFIER] }]),
  withoutUrl: (c) => (c.modifierExtension = [...(c.modifierExtension ?? []), { valueBoolean: true }]),
  implicitRules: (c) => (c.implicitRules = 'https://rules.example'),
  exception: (c) => (c.provision.provision = [{ type: 'deny' }]),
  endedWithoutDate: (c) =>
    (c.provision.extension = [
      { url: 'http://nictiz.nl/fhir/StructureDefinition/ext-TreatmentDirective2.ReasonForEnding', valueString: 'Herzien' },
    ]),
};

// --- whether it counts ------------------------------------------------------------------------------------------------

const PERIODS: Record<string, object | undefined> = {
  none: undefined,
  running: { start: '2020-01-01', end: '2030-01-01' },
  open: { start: '2020-01-01' },
  ended: { end: '2023-12-31' },
  toCome: { start: '2030-01-01' },
  malformed: { end: 'binnenkort' },
  reversed: { start: '2024-01-01', end: '2021-01-01' },
};

type Force = 'now' | 'once' | 'never' | 'unclear';
/** Rows: status; columns: period. `once` was in force and so supersedes, but is not shown. */
const FORCE: Record<string, Record<string, Force>> = {
  active: { none: 'now', running: 'now', open: 'now', ended: 'once', toCome: 'never', malformed: 'unclear', reversed: 'unclear' },
  inactive: { none: 'once', running: 'once', open: 'once', ended: 'once', toCome: 'never', malformed: 'once', reversed: 'once' },
  draft: { none: 'never', running: 'never', open: 'never', ended: 'never', toCome: 'never', malformed: 'never', reversed: 'never' },
  proposed: { none: 'never', running: 'never', open: 'never', ended: 'never', toCome: 'never', malformed: 'never', reversed: 'never' },
  rejected: { none: 'never', running: 'never', open: 'never', ended: 'never', toCome: 'never', malformed: 'never', reversed: 'never' },
  'entered-in-error': {
    none: 'never',
    running: 'never',
    open: 'never',
    ended: 'never',
    toCome: 'never',
    malformed: 'never',
    reversed: 'never',
  },
};

// --- how it stands to another: a plain do-not ---------------------------------------------------------------------------

const OTHERS: Record<string, { date?: string; ura: string | null } | undefined> = {
  alone: undefined,
  laterSameSource: { date: '2022-05-01', ura: 'A' },
  earlierSameSource: { date: '2018-05-01', ura: 'A' },
  sameDaySameSource: { date: '2020-10-01', ura: 'A' },
  yearOnlySameSource: { date: '2020', ura: 'A' },
  undatedSameSource: { ura: 'A' },
  dateToComeSameSource: { date: '2031-01-01', ura: 'A' },
  laterOtherSource: { date: '2022-05-01', ura: 'B' },
  earlierOtherSource: { date: '2018-05-01', ura: 'B' },
  laterUnknownSource: { date: '2022-05-01', ura: null },
};

type Outcome = 'mine' | 'theirs' | 'lapsed';
/** Rows: how the other stands to it; columns: whether it is in force. Newest first where the order is certain. */
const SHOWN: Record<string, Record<'now' | 'once' | 'never', Outcome[]>> = {
  alone: { now: ['mine'], once: [], never: [] },
  laterSameSource: { now: ['theirs'], once: ['theirs'], never: ['theirs'] },
  earlierSameSource: { now: ['mine'], once: ['lapsed'], never: ['theirs'] },
  sameDaySameSource: { now: ['mine', 'theirs'], once: ['theirs'], never: ['theirs'] },
  yearOnlySameSource: { now: ['mine', 'theirs'], once: ['theirs'], never: ['theirs'] },
  undatedSameSource: { now: ['mine', 'theirs'], once: ['theirs'], never: ['theirs'] },
  dateToComeSameSource: { now: ['mine', 'theirs'], once: ['theirs'], never: ['theirs'] },
  laterOtherSource: { now: ['theirs', 'mine'], once: ['theirs'], never: ['theirs'] },
  earlierOtherSource: { now: ['mine', 'theirs'], once: ['theirs'], never: ['theirs'] },
  laterUnknownSource: { now: ['theirs', 'mine'], once: ['theirs'], never: ['theirs'] },
};

/** What is taken together in the largest product; the rows left out are crossed with everything but the other directive. */
const CROSSED = {
  specs: ['absent', 'undecided', 'worded', 'otherType'],
  modifiers: ['none', 'root', 'provision', 'exception', 'endedWithoutDate'],
};

interface Combination {
  type: keyof typeof TYPES;
  spec: string;
  modifier: string;
  status: string;
  period: string;
  other: string;
}

function* combinations(): Generator<Combination> {
  for (const type of Object.keys(TYPES) as (keyof typeof TYPES)[])
    for (const spec of Object.keys(SPECS))
      for (const modifier of Object.keys(MODIFIERS))
        for (const status of Object.keys(FORCE))
          for (const period of Object.keys(PERIODS)) {
            const crossed = CROSSED.specs.includes(spec) && CROSSED.modifiers.includes(modifier);
            for (const other of crossed ? Object.keys(OTHERS) : ['alone']) yield { type, spec, modifier, status, period, other };
          }
}

/** What the tables say of one combination: source and decision of each directive shown. */
function expected({ type, spec, modifier, status, period, other }: Combination): string[] {
  const force = (FORCE[status] as Record<string, Force>)[period] as Force;
  // With an end date a reason for ending contradicts nothing.
  const silenced =
    modifier !== 'none' && !(modifier === 'endedWithoutDate' && ['running', 'ended', 'malformed', 'reversed'].includes(period));
  const mine = silenced || force === 'unclear' ? 'cannot-interpret' : (SAYS[spec] as Row)[type];
  const shown = (SHOWN[other] as Record<string, Outcome[]>)[force === 'unclear' ? 'now' : force] as Outcome[];
  if (shown.length === 0) return ['none:not-recorded'];
  if (shown.length === 2 && mine === 'do-not') return ['either:do-not'];
  return shown.map((who) => ({ mine: `mine:${mine}`, theirs: 'theirs:do-not', lapsed: 'mine:unknown' })[who]);
}

t.test('every combination of type, words, modifiers, status, period and another directive gives what the tables say', async (t) => {
  const wrong: string[] = [];
  let count = 0;
  for (const combination of combinations()) {
    count++;
    const { type, spec, modifier, status, period, other } = combination;
    const name = Object.values(combination).join(' ');
    const resource = consent({ type: TYPES[type], status, period: PERIODS[period], ...SPECS[spec] });
    (MODIFIERS[modifier] as (c: object) => void)(resource);
    const entries = [entryOf(resource, { id: 'mine' })];
    const theirs = OTHERS[other];
    if (theirs) entries.push(entryOf(consent({ type: 'deny', dateTime: theirs.date }), { ura: theirs.ura, id: 'theirs' }));

    const want = expected(combination);
    const found = about(CPR, entries);
    const got = found.map((d) => `${want[0] === 'either:do-not' ? 'either' : (d.entry?.reference.split('/')[1] ?? 'none')}:${d.decision}`);
    const anyOrder = other === 'sameDaySameSource' || other === 'yearOnlySameSource';
    const text = (list: string[]) => (anyOrder ? [...list].sort() : list).join(', ');
    if (text(got) !== text(want)) wrong.push(`${name}: ${text(got)} instead of ${text(want)}`);
    if (found.some((d) => d.conflict !== want.length > 1)) wrong.push(`${name}: conflict`);
    for (const d of found) {
      if (!['do', 'do-not', 'not-recorded'].includes(d.decision) && !d.text) wrong.push(`${name}: no text`);
      const words = MUST_SHOW[spec];
      if (words && d.entry?.reference === 'Consent/mine' && !words.test(d.text ?? '')) wrong.push(`${name}: words lost`);
    }
  }
  t.same(wrong.slice(0, 10), [], `${count} combinations`);
  t.ok(count > 25_000);
});

t.test('the six core treatments are always listed first, in the order an ambulance needs', async (t) => {
  const codes = (list: Decision[]) => list.map((d) => d.treatment.code ?? d.treatment.display);
  const core = ['89666000', '40617009', '305351004', '32485007', '281789004', '116762002'];
  t.same(codes(decide().treatments), core);
  t.ok(decide().treatments.every((d) => d.decision === 'not-recorded' && !d.entry));
  const others = [
    consent({ type: 'deny', code: { text: 'Dialyse' } }),
    consent({
      type: 'permit',
      code: {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor', code: 'OTH' }],
        text: 'Uitzetten van de ICD (SNOMED CT - 400231000146108)',
      },
    }),
    consent({ type: 'deny', code: codeOf('180325003', 'Elektrische cardioversie') }),
  ].map((c, i) => entryOf(c, { id: `c${i}` }));
  t.same(codes(decide(...others).treatments), [...core, '400231000146108', '180325003', 'Dialyse']);
});

t.test('the ways a treatment is named', async (t) => {
  const NULL_FLAVOR = 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor';
  const other = (text?: string) => ({ coding: [{ system: NULL_FLAVOR, code: 'OTH' }], text });
  /** Rows: provision.code; which treatment it is about; whether do-not can be tied to it. */
  const NAMED: [object[], string[], string][] = [
    [[codeOf(CPR)], [CPR], 'do-not'],
    [[codeOf(CPR), codeOf('40617009')], [CPR, '40617009'], 'do-not'],
    [[{ coding: [{ code: CPR }] }], [CPR], 'do-not'],
    [
      [
        {
          coding: [
            { system: 'urn:oid:2.16.840.1.113883.2.4.4.40.267', code: '123', display: 'Reanimatie' },
            { system: 'http://snomed.info/sct', code: CPR },
          ],
        },
      ],
      [CPR],
      'do-not',
    ],
    [[{ text: 'Reanimatie' }], [CPR], 'do-not'],
    [[other('ziekenhuisopname')], ['32485007'], 'do-not'],
    [[other('Opname in het ziekenhuis behalve na een val')], ['Opname in het ziekenhuis behalve na een val'], 'do-not'],
    [
      [
        {
          coding: [
            { system: 'http://snomed.info/sct', code: CPR },
            { system: 'http://snomed.info/sct', code: '40617009' },
          ],
        },
      ],
      [CPR, '40617009'],
      'cannot-interpret',
    ],
    [[other()], ['Behandeling niet vermeld'], 'cannot-interpret'],
    [[], ['Behandeling niet vermeld'], 'cannot-interpret'],
    [[other('Kunstvoeding')], ['Kunstvoeding'], 'do-not'],
    [[{ coding: [{ system: 'https://elders.example', code: CPR, display: 'Iets anders' }] }], [CPR], 'do-not'],
    [[{ coding: [{ system: 'urn:oid:2.16.840.1.113883.2.4.3.11.60.40.4.14.1', code: 'NR' }] }], ['NR'], 'cannot-interpret'],
  ];
  for (const [code, about, decision] of NAMED) {
    const found = decide(entryOf(consent({ type: 'deny', code }), {})).treatments.filter((d) => d.entry);
    t.same(
      found.map((d) => d.treatment.code ?? d.treatment.display),
      about,
      JSON.stringify(code),
    );
    t.ok(
      found.every((d) => d.decision === decision),
      `${JSON.stringify(code)} is ${decision}`,
    );
  }
  const foreign = decide(entryOf(consent({ type: 'deny', code: [{ coding: [{ system: 'https://elders.example', code: CPR }] }] }), {}));
  t.equal(foreign.treatments[0]?.decision, 'not-recorded', 'the same digits in another code system are another treatment');
});

t.test('a directive whose provision is limited to a purpose, an action, a period or data is not read as one for all', async (t) => {
  const coding = { system: 'https://elders.example', code: 'x' };
  const LIMITS = {
    action: [{ coding: [coding] }],
    securityLabel: [coding],
    purpose: [coding],
    class: [coding],
    dataPeriod: { start: '2025-01-01' },
    data: [{ meaning: 'instance', reference: { reference: 'Observation/o' } }],
  };
  const said = (limit: object) => {
    const { provision, ...rest } = consent({ type: 'deny' });
    const [cpr] = decide(entryOf({ ...rest, provision: { ...provision, ...limit } }, {})).treatments;
    return { decision: cpr?.decision, obstacles: cpr?.obstacles };
  };
  t.match(said({}), { decision: 'do-not', obstacles: [] });
  for (const [element, value] of Object.entries(LIMITS))
    t.strictSame(said({ [element]: value }), { decision: 'cannot-interpret', obstacles: ['narrowed-provision'] }, element);
});

t.test('words of the sender that say more than the code are shown beside it', async (t) => {
  const [cpr] = decide(entryOf(consent({ type: 'permit', code: { ...codeOf(CPR), text: 'Alleen in het ziekenhuis' } }), {})).treatments;
  t.match(cpr, { decision: 'do', treatmentWords: 'Alleen in het ziekenhuis' });
  const [plain] = decide(
    entryOf(consent({ type: 'permit', code: { ...codeOf(CPR), text: 'Cardiopulmonale resuscitatie' } }), {}),
  ).treatments;
  t.equal(plain?.treatmentWords, undefined);
});

t.test('which Consents are directives', async (t) => {
  const scope = (code: string) => ({ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code }] });
  const directive = [{ coding: [{ system: 'http://snomed.info/sct', code: '129125009' }] }];
  const will = [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentcategorycodes', code: 'acd' }] }];
  const none = [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }];
  const nr = { coding: [{ system: 'urn:oid:2.16.840.1.113883.2.4.3.11.60.40.4.14.1', code: 'NR' }] };
  const kind = (scopeCode: string, category: object[], code: object = codeOf(CPR)) => {
    const found = decide(entryOf(consent({ type: 'permit', scope: scope(scopeCode), category, code }), {}));
    return found.advanceDirectives.length > 0 ? 'advance' : found.treatments.some((d) => d.entry) ? 'treatment' : 'none';
  };
  t.equal(kind('treatment', directive), 'treatment');
  t.equal(kind('treatment', none), 'treatment');
  t.equal(kind('adr', directive), 'treatment');
  t.equal(kind('adr', will, nr), 'advance');
  t.equal(kind('adr', none, nr), 'advance');
  t.equal(kind('treatment', will, nr), 'advance');
  t.equal(kind('treatment', [...directive, ...will], nr), 'advance');
  t.equal(kind('treatment', [...directive, ...will]), 'treatment');
  t.equal(kind('patient-privacy', directive), 'none', 'a permission never is a directive');
  t.equal(kind('research', directive), 'none');
  t.equal(kind('patient-privacy', will, nr), 'none');
});

t.test('advance directives are listed apart, the will not to be resuscitated first', async (t) => {
  const will = (code: string, more: object = {}) =>
    consent({
      scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'adr' }] },
      category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentcategorycodes', code: 'acd' }] }],
      code: { coding: [{ system: 'urn:oid:2.16.840.1.113883.2.4.3.11.60.40.4.14.1', code }] },
      ...more,
    });
  const found = decide(
    entryOf(will('LW'), { id: 'lw' }),
    entryOf(will('NR', { dateTime: '2019-01-01' }), { id: 'old' }),
    entryOf(will('NR'), { id: 'nr' }),
    entryOf(will('EU', { modifierExtension: [UNKNOWN_MODIFIER] }), { id: 'eu' }),
    entryOf(will('DO', { type: 'deny' }), { id: 'do' }),
    entryOf(will('VERB', { status: 'inactive' }), { id: 'verb' }),
  );
  t.same(
    found.advanceDirectives.map((d) => [d.type.code, d.entry.reference, d.interpretable]),
    [
      ['NR', 'Consent/nr', true],
      ['EU', 'Consent/eu', false],
      ['LW', 'Consent/lw', true],
      ['DO', 'Consent/do', false],
    ],
  );
  t.ok(
    found.treatments.every((d) => d.decision === 'not-recorded'),
    'a will is never read as a treatment decision',
  );
});

t.test('an agreement that ended does not bring an older one back, and does not hide it either', async (t) => {
  const older = entryOf(consent({ type: 'deny', dateTime: '2019-03-01' }), { id: 'older' });
  const ended = entryOf(consent({ type: 'permit', dateTime: '2021-03-01', period: { end: '2022-03-01' } }), { id: 'ended' });
  const [cpr] = about(CPR, [older, ended]);
  t.match(cpr, { decision: 'unknown', conflict: false, entry: { reference: 'Consent/ended' } });
  t.match(cpr?.text, /wel doen, 1 maart 2021.*niet doen, 1 maart 2019/);
  const withAnother = about(CPR, [older, ended, entryOf(consent({ type: 'permit', dateTime: '2018-01-01' }), { ura: 'B', id: 'b' })]);
  t.same(
    withAnother.map((d) => [d.decision, d.conflict]),
    [
      ['unknown', true],
      ['do', true],
    ],
  );
});

t.test('three sources: the same said twice is taken together, the difference is a conflict, newest first', async (t) => {
  const found = about(CPR, [
    entryOf(consent({ type: 'deny', dateTime: '2021-01-01' }), { ura: 'A', id: 'a' }),
    entryOf(consent({ type: 'permit', dateTime: '2022-01-01' }), { ura: 'B', id: 'b' }),
    entryOf(consent({ type: 'deny', dateTime: '2023-01-01' }), { ura: 'C', id: 'c' }),
  ]);
  t.same(
    found.map((d) => [d.entry?.reference, d.decision, d.conflict, d.alsoFrom.map((e) => e.reference)]),
    [
      ['Consent/c', 'do-not', true, ['Consent/a']],
      ['Consent/b', 'do', true, []],
    ],
  );
});

t.test('two directives that cannot be interpreted are never taken to say the same', async (t) => {
  const obscure = { type: 'deny', modifierExtension: [UNKNOWN_MODIFIER] };
  const found = about(CPR, [entryOf(consent(obscure), { ura: 'A', id: 'a' }), entryOf(consent(obscure), { ura: 'B', id: 'b' })]);
  t.same(
    found.map((d) => [d.decision, d.conflict, d.alsoFrom.length]),
    [
      ['cannot-interpret', true, 0],
      ['cannot-interpret', true, 0],
    ],
  );
});

t.test('the organisation is the one that recorded it, else the one the directive names', async (t) => {
  const organization = [{ identifier: { system: 'http://fhir.nl/fhir/NamingSystem/ura', value: 'A' } }];
  const older = entryOf(consent({ type: 'permit', dateTime: '2019-01-01', organization }), { id: 'older', ura: null });
  const newer = entryOf(consent({ type: 'deny', dateTime: '2022-01-01' }), { id: 'newer', ura: 'A' });
  t.same(
    about(CPR, [older, newer]).map((d) => d.entry?.reference),
    ['Consent/newer'],
  );
  const referenced = entryOf(consent({ type: 'permit', dateTime: '2019-01-01', organization: [{ reference: 'Organization/a' }] }), {
    id: 'older',
    ura: null,
  });
  t.equal(about(CPR, [referenced, newer]).length, 2, 'an organisation that cannot be resolved is not taken for the same');
  const directory = new Map([
    ['Organization/a', { resourceType: 'Organization' as const, id: 'a', identifier: organization[0] ? [organization[0].identifier] : [] }],
  ]);
  t.equal(decisionsOf({ entries: [referenced, newer], directory, now: NOW }).treatments.filter((d) => d.entry).length, 1);
});

t.test('changesAt is the next moment at which the outcome may change, and the outcome then changes', async (t) => {
  const day = (text: string) => Date.parse(text);
  const ends = entryOf(consent({ type: 'deny', period: { end: '2026-03-31' } }), { id: 'ends' });
  const begins = entryOf(consent({ type: 'permit', period: { start: '2026-02-01' }, dateTime: '2024-01-01' }), { id: 'begins', ura: 'B' });
  const now = day('2026-01-01T12:00:00+01:00');
  const at = (moment: number) => decisionsOf(input([ends, begins], moment));
  t.equal(at(now).changesAt, day('2026-02-01T00:00:00+01:00'));
  t.same(
    about(CPR, [ends, begins], now).map((d) => d.decision),
    ['do-not'],
  );
  const second = day('2026-02-01T00:00:00+01:00');
  t.same(
    at(second)
      .treatments.filter((d) => d.entry)
      .map((d) => d.decision)
      .sort(),
    ['do', 'do-not'],
  );
  t.equal(at(second).changesAt, day('2026-04-01T00:00:00+02:00'), 'the last day counts whole, in Dutch time');
  t.same(
    at(day('2026-04-01T00:00:00+02:00'))
      .treatments.filter((d) => d.entry)
      .map((d) => d.decision),
    ['do'],
  );
  t.equal(at(day('2026-04-01T00:00:00+02:00')).changesAt, undefined);
  const future = entryOf(consent({ type: 'permit', dateTime: '2026-06-01' }), { id: 'future' });
  t.equal(decisionsOf(input([future], now)).changesAt, day('2026-06-01T00:00:00+02:00'), 'a date to come begins to order directives');
});

// --- properties -------------------------------------------------------------------------------------------------------

const anyEntry = fc
  .record({
    type: fc.constantFrom('permit', 'deny', undefined),
    spec: fc.constantFrom(...Object.keys(SPECS)),
    status: fc.constantFrom('active', 'active', 'active', 'inactive', 'entered-in-error', 'draft'),
    period: fc.constantFrom(...Object.keys(PERIODS)),
    dateTime: fc.constantFrom('2018', '2019-06', '2020-10-01', '2020-10-01T10:00:00+02:00', '2022-11-08', undefined, '2040-01-01', 'ooit'),
    ura: fc.constantFrom('A', 'B', null),
    code: fc.constantFrom(CPR, '40617009', '32485007'),
    lastUpdated: fc.integer({ min: NOW - 4, max: NOW }),
  })
  .map(({ spec, period, ura, code, lastUpdated, ...rest }) => ({
    resource: consent({ ...rest, code: codeOf(code), period: PERIODS[period], ...structuredClone(SPECS[spec]) }),
    ura,
    lastUpdated,
  }));
const anyRecord = fc
  .array(anyEntry, { maxLength: 6 })
  .map((list) => list.map(({ resource, ...rest }, i) => entryOf(resource, { id: `c${i}`, ...rest })));

t.test('properties over arbitrary sets of directives', async (t) => {
  fc.assert(
    fc.property(anyRecord, fc.infiniteStream(fc.nat()), (entries, random) => {
      const key = new Map(entries.map((e) => [e, random.next().value]));
      const shuffled = [...entries].sort((a, b) => (key.get(a) as number) - (key.get(b) as number));
      assert.deepEqual(decisionsOf(input(shuffled)), decisionsOf(input(entries)));
    }),
    { numRuns: 300 },
  );
  t.pass('the order of the input never matters');

  fc.assert(
    fc.property(anyRecord, (entries) => {
      for (const entry of entries) (entry.resource as { modifierExtension?: object[] }).modifierExtension = [UNKNOWN_MODIFIER];
      return decisionsOf(input(entries)).treatments.every(
        (d) => d.decision !== 'do' && d.decision !== 'do-not' && d.decision !== 'do-with-limits',
      );
    }),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(anyRecord, fc.nat(), (entries, at) => {
      const target = entries[at % Math.max(1, entries.length)];
      if (!target) return true;
      const broken = { ...target, resource: { ...target.resource, modifierExtension: [UNKNOWN_MODIFIER] } } as RecordEntry;
      const found = decisionsOf(input(entries.map((e) => (e === target ? broken : e)))).treatments;
      return found.every((d) => d.entry !== broken || d.decision === 'cannot-interpret' || d.decision === 'unknown');
    }),
    { numRuns: 300 },
  );
  t.pass('an unknown modifier extension never yields do or do-not');

  fc.assert(
    fc.property(anyRecord, (entries) => {
      const without = entries.filter((e) => !JSON.stringify(e.resource).includes(CPR));
      return decisionsOf(input(without)).treatments[0]?.decision === 'not-recorded';
    }),
    { numRuns: 100 },
  );
  t.pass('what is not recorded stays not recorded, whatever is agreed on other treatments');

  fc.assert(
    fc.property(anyRecord, (entries) => {
      const found = decisionsOf(input(entries)).treatments;
      const byTreatment = new Map<string, Decision[]>();
      for (const d of found) byTreatment.set(d.treatment.key, [...(byTreatment.get(d.treatment.key) ?? []), d]);
      return [...byTreatment.values()].every(
        (list) => list.every((d) => d.conflict === list.length > 1) && new Set(list.map((d) => d.entry?.reference)).size === list.length,
      );
    }),
    { numRuns: 300 },
  );
  t.pass('two or more on one treatment is a conflict, one is not, and no source is listed twice');

  fc.assert(
    fc.property(anyRecord, (entries) => {
      const before = decisionsOf(input(entries));
      if (before.changesAt === undefined) return true;
      const justBefore = decisionsOf(input(entries, before.changesAt - 1));
      assert.deepEqual(justBefore, before);
      return true;
    }),
    { numRuns: 300 },
  );
  t.pass('nothing changes before changesAt');
});
