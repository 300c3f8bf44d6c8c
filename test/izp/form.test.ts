// The published form and the record: what each answer becomes, what cannot be read, and that nothing is lost on the way back.
import { existsSync, readFileSync } from 'node:fs';
import type { Consent, Patient, QuestionnaireResponse, QuestionnaireResponseItem, Resource } from '@medplum/fhirtypes';
import fc from 'fast-check';
import t from 'tap';
import { decisionsOf } from '../../src/izp/decisions.js';
import { sameContent } from '../../src/izp/digest.js';
import { type Extraction, extract } from '../../src/izp/form/extract.js';
import { FORM_ITEM, FORM_ITEMS, type FormItem, ICD_ITEMS, TREATMENT_ITEMS } from '../../src/izp/form/form-items.data.js';
import { populate } from '../../src/izp/form/populate.js';
import type { PatientRecord } from '../../src/izp/record.js';
import { GP } from './records.js';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const DECISION = 'urn:oid:2.16.840.1.113883.2.4.3.11.60.40.4.25.1';
const NULL = 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor';
const SNOMED = 'http://snomed.info/sct';
const PATIENT: Patient = {
  resourceType: 'Patient',
  id: 'p',
  birthDate: '1950-05-05',
  name: [{ use: 'official', given: ['Ans'], family: 'Proef' }],
};
const coding = (system: string | undefined, code: string) => ({ valueCoding: { ...(system && { system }), code } });
const words = (valueString: string) => ({ valueString });
const DAY = { linkId: '963', answer: [{ valueDateTime: '2026-09-10T23:30:00Z' }] };

const formOf = (item: object[], fields: object = {}) =>
  ({
    resourceType: 'QuestionnaireResponse',
    id: 'f',
    status: 'completed',
    questionnaire: 'https://fhir.iknl.nl/fhir/Questionnaire/ACP-zib2020',
    subject: { reference: 'Patient/p' },
    authored: '2026-10-01T08:00:00Z',
    item,
    ...fields,
  }) as QuestionnaireResponse;

const extracted = (response: QuestionnaireResponse, birthDate = PATIENT.birthDate): Extraction =>
  extract(
    response,
    { reference: 'Patient/p' },
    { key: 'f', now: NOW, birthDate, sender: GP, referenceTo: (type, part) => `${type}/${part}` },
  );

/** Extracted without problems. */
function partsOf(...item: object[]): Map<string, any> {
  const { parts, problems } = extracted(formOf([DAY, ...item]));
  t.strictSame(problems, []);
  return new Map(parts.map(({ part, resource }) => [part, resource]));
}

const problemsOf = (...item: object[]) => extracted(formOf([DAY, ...item])).problems.map(({ linkId, code }) => [linkId, code]);

/** The record that holds what was extracted, and the form itself. */
function recordOf({ parts }: Extraction, response?: QuestionnaireResponse): PatientRecord {
  const all = [PATIENT, ...parts.map(({ part, resource }) => ({ ...resource, id: part })), ...(response ? [response] : [])] as Resource[];
  const entries = all.map((resource) => ({
    resource,
    reference: `${resource.resourceType}/${resource.id}`,
    version: 1,
    lastUpdated: NOW,
    author: GP,
  }));
  const isDirectory = ({ reference }: { reference: string }) => reference.startsWith('Practitioner');
  return {
    patientId: 'p',
    patient: PATIENT,
    entries: entries.filter((entry) => !isDirectory(entry)),
    directory: new Map(entries.filter(isDirectory).map(({ reference, resource }) => [reference, resource])),
    written: new Set(),
    now: NOW,
    newId: () => 'new',
  };
}

t.test('every decision on every treatment is what was decided, and nothing more', async (t) => {
  for (const items of TREATMENT_ITEMS) {
    const decide = (answer: object[], nested?: object[]) => {
      const [first, ...others] = answer;
      const item = [{ linkId: items.decision, answer: [{ ...first, ...(nested && { item: nested }) }, ...others] }];
      const response = formOf([DAY, { linkId: '83', item: [{ linkId: items.group, item }] }]);
      const [decision] = decisionsOf(recordOf(extracted(response))).treatments.filter(
        ({ treatment }) => treatment.key === items.coding.code,
      );
      return { decision: decision?.decision, text: decision?.text, comment: decision?.comment, date: decision?.date };
    };
    const other = (text: string) => ({ linkId: items.other, answer: [words(text)] });
    const remark = { linkId: items.remark, answer: [words('Besproken met dochter')] };
    const is = (answer: object[], nested: object[] | undefined, wanted: object) =>
      t.match(decide(answer, nested), { date: '2026-09-11', ...wanted }, `${items.decision} ${JSON.stringify([answer, nested])}`);
    is([coding(DECISION, '0')], undefined, { decision: 'do', text: undefined });
    is([coding(undefined, '0')], undefined, { decision: 'do' });
    is([coding(DECISION, '2')], [remark], { decision: 'do-not', text: undefined, comment: 'Besproken met dochter' });
    is([coding(DECISION, '1')], [other('Alleen 48 uur'), remark], {
      decision: 'do-with-limits',
      text: 'Alleen 48 uur',
      comment: 'Besproken met dochter',
    });
    is([coding(DECISION, '1')], undefined, { decision: 'do-with-limits', text: /zonder omschrijving/ });
    is([coding(NULL, 'UNK')], undefined, { decision: 'unknown', text: 'Onbekend' });
    is([coding(NULL, 'NASK')], undefined, { decision: 'unknown', text: 'Niet besproken' });
    is([coding(DECISION, '0')], [other('Hooguit twee dagen')], { decision: 'do-with-limits', text: 'Wel uitvoeren: Hooguit twee dagen' });
    is([coding(DECISION, '2')], [other('Tenzij acuut')], { decision: 'do-with-limits', text: 'Niet uitvoeren: Tenzij acuut' });
    is([words('nog niet besproken')], undefined, { decision: 'unknown', text: 'nog niet besproken' });
    is([words('alleen als dochter erbij is')], undefined, { decision: 'do-with-limits', text: 'alleen als dochter erbij is' });
    is([words('niet')], undefined, { decision: 'do-with-limits', text: 'niet' });
    t.match(decide([{}]), { decision: 'not-recorded' }, 'no answer is no decision');
    t.match(decide([words('  ')]), { decision: 'not-recorded' });
  }
});

t.test('the ICD: there is one, and what is agreed about switching it off', async (t) => {
  const answered = (icd: object, ...agreed: object[]) =>
    partsOf({
      linkId: '83',
      item: [
        {
          linkId: '1006',
          answer: [
            {
              ...icd,
              item: [
                { linkId: '1008', answer: [coding(undefined, 'ICD')] },
                { linkId: '1009', answer: [words('2018')] },
              ],
            },
          ],
        },
        { linkId: ICD_ITEMS.group, item: [{ linkId: ICD_ITEMS.decision, answer: agreed }] },
      ],
    });
  const yes = coding(SNOMED, '373066001');
  const off = (parts: Map<string, any>) => {
    const consent = parts.get('directive-400231000146108') as Consent | undefined;
    return (
      consent && [consent.provision?.type, consent.modifierExtension?.[0]?.valueString, consent.provision?.code?.[0]?.coding?.[0]?.code]
    );
  };
  t.match(answered(yes).get('icd-use'), { device: { reference: 'Device/icd' }, note: [{ text: '2018' }], recordedOn: '2026-09-11' });
  t.match(answered(yes).get('icd'), { type: { coding: [{ code: '72506001' }] } });
  t.strictSame(off(answered(yes, coding(DECISION, '0'))), ['permit', undefined, 'OTH']);
  t.strictSame(off(answered(yes, coding(NULL, 'ASKU'))), [undefined, 'Nee, nog geen besluit genomen', 'OTH']);
  t.strictSame(off(answered(yes, coding(NULL, 'NASK'))), [undefined, 'Niet besproken', 'OTH']);
  t.equal(off(answered(yes)), undefined);
  for (const no of [coding(SNOMED, '373067005'), coding(NULL, 'UNK')]) t.notOk(answered(no).has('icd'), 'no ICD is made of a no');
});

t.test('other limits: a named treatment is decided on, one only told of is told in words', async (t) => {
  const limit = (...items: object[]) => partsOf({ linkId: '83', item: [{ linkId: '1421', item: items }] }).get('directive-other');
  const preselected = { linkId: '1422', answer: [coding(NULL, 'OTH')] };
  const no = (text?: string) => ({
    linkId: '1402',
    answer: [{ ...coding(DECISION, '2'), ...(text && { item: [{ linkId: '1404', answer: [words(text)] }] }) }],
  });
  t.match(limit({ linkId: '1422', answer: [words('Dialyse')] }, no('Ook niet tijdelijk')), {
    provision: { type: 'deny', code: [{ coding: [{ code: 'OTH' }], text: 'Dialyse' }] },
    extension: [{}, { valueString: 'Ook niet tijdelijk' }],
  });
  const told = limit(preselected, no('Geen dialyse'));
  t.notOk(told.provision.type, 'a double negation is never made a decision');
  t.match(told, {
    modifierExtension: [{ valueString: 'Op het formulier staat: niet uitvoeren' }],
    extension: [{}, { valueString: 'Geen dialyse' }],
  });
  t.equal(limit(preselected), undefined, 'the preselected answer alone says nothing');
  t.equal(limit(preselected, no()), undefined, 'no to nothing in particular neither');
});

t.test('every code of every other question', async (t) => {
  const one = (linkId: string, answer: object, nested?: object[]) => {
    const path: FormItem[] = [];
    for (let at = FORM_ITEM.get(linkId); at; at = at.parent === undefined ? undefined : FORM_ITEM.get(at.parent)) path.unshift(at);
    let item: any = { linkId, answer: [{ ...answer, ...(nested && { item: nested }) }] };
    for (const { linkId: group } of path.slice(0, -1).reverse()) item = { linkId: group, item: [item] };
    return partsOf(item);
  };
  const options = (linkId: string) => (FORM_ITEM.get(linkId)?.options ?? []).map((option) => ({ option, answer: { valueCoding: option } }));
  const goals: Record<string, string | undefined> = { '225353007': '713148004', UNK: undefined };
  for (const { option, answer } of options('999')) {
    const code = option.code as string;
    t.equal(one('999', answer).get('goal')?.description.coding[0].code, code in goals ? goals[code] : code, `goal ${code}`);
  }
  t.match(one('999', words('Comfort')).get('goal'), { description: { text: 'Comfort' }, category: [{ coding: [{ code: '713603004' }] }] });
  for (const { option, answer } of options('1191')) {
    const made = one('1191', answer, [{ linkId: '1192', answer: [words('Bij de kachel')] }]).get('place-of-death');
    t.match(made, { note: [{ text: 'Bij de kachel' }] });
    if (option.code === 'UNK')
      t.match(made, { dataAbsentReason: { coding: [{ code: 'asked-unknown' }] }, valueCodeableConcept: undefined });
    else t.equal(made.valueCodeableConcept.coding[0].code, option.code);
  }
  t.match(one('1191', words('Bij mijn zus')).get('place-of-death').valueCodeableConcept, {
    coding: [{ code: 'OTH' }],
    text: 'Bij mijn zus',
  });
  for (const { option, answer } of options('1193')) {
    const parts = one('1193', answer);
    t.equal(parts.get('euthanasia').valueCodeableConcept.coding[0].code, option.code);
    t.equal(
      parts.has('advance-directive-euthanasia'),
      option.code === '340181000146102',
      'a declaration that exists is an advance directive',
    );
  }
  t.match(one('1193', words('denkt na')).get('euthanasia').valueCodeableConcept, { coding: [{ code: 'UNK' }], text: 'denkt na' });
  for (const { option, answer } of options('1435'))
    t.equal(one('1435', answer).get('donor').valueCodeableConcept.coding[0].code, option.code);
  t.equal(one('1406', coding(undefined, '1')).get('capacity').valueBoolean, true);
  t.match(one('1406', coding(undefined, '0'), [{ linkId: '1407', answer: [words('dementie')] }]).get('capacity'), {
    valueBoolean: false,
    note: [{ text: 'dementie' }],
  });
  t.match(one('1406', words('wisselend')).get('capacity'), {
    valueBoolean: undefined,
    dataAbsentReason: {},
    note: [{ text: 'wisselend' }],
  });
  t.equal(one('1190', words('Buiten zitten')).get('wishes').valueString, 'Buiten zitten');
  t.equal(one('1196', words('Kerk')).get('other-information').valueString, 'Kerk');
  for (const { option, answer } of options('1197'))
    t.equal(one('1197', answer).has('advance-directive-earlier'), option.code === '373066001', `earlier ${option.code}`);
  t.match(one('1200', coding(undefined, '1')).get('inform-relatives'), { category: [{ coding: [{ code: '223449006' }] }] });
  t.notOk(one('1200', coding(undefined, '0')).has('inform-relatives'));
  t.match(one('1201', coding(SNOMED, '441898007')).get('sharing'), {
    scope: { coding: [{ code: 'patient-privacy' }] },
    category: [{ coding: [{ code: '59284-0' }] }],
    policyRule: { coding: [{ code: 'OPTIN' }] },
    provision: { type: 'permit', actor: undefined, purpose: [{ code: 'TREAT' }, { code: 'ETREAT' }] },
  });
  t.match(one('1201', coding(SNOMED, '373067005')).get('sharing'), {
    policyRule: { coding: [{ code: 'OPTOUT' }] },
    provision: { type: 'deny' },
  });
  t.notOk(one('1201', coding(NULL, 'UNK')).has('sharing'), 'not yet known neither permits nor objects');
  for (const { option, answer } of options('1405')) t.equal(one('1405', answer).get('professional').code[0].coding[0].code, option.code);
});

t.test('contact persons: roles, numbers, and who was there', async (t) => {
  const phone = (value: string, kind: object, use: object) => ({
    linkId: '40',
    item: [
      { linkId: '976', answer: [words(value)] },
      { linkId: '977', answer: [kind] },
      { linkId: '978', answer: [use] },
    ],
  });
  const USE = 'http://terminology.hl7.org/CodeSystem/v3-AddressUse';
  const role = (code: string) => coding('urn:oid:2.16.840.1.113883.2.4.3.11.22.472', code);
  const family = (code: string) => coding('http://terminology.hl7.org/CodeSystem/v3-RoleCode', code);
  const section = (...items: object[]) => ({ linkId: '26', item: [{ linkId: '29', item: items }] });
  const parts = partsOf(
    section(
      {
        linkId: '30',
        item: [
          { linkId: '975', answer: [words('Berg')] },
          { linkId: '974', answer: [words('van den')] },
        ],
      },
      {
        linkId: '39',
        item: [
          phone('06 12345678', coding(USE, 'MC'), coding(USE, 'HP')),
          phone('010 1234567', coding(USE, 'LL'.replace('LL', 'PG')), coding(USE, 'WP')),
        ],
      },
      { linkId: '982', answer: [role('15'), coding(SNOMED, '310141000146103')] },
      { linkId: '983', answer: [family('DAUC')] },
      { linkId: '984', answer: [coding(undefined, '0')] },
      { linkId: '53', item: [{ linkId: '987', answer: [words('Smit')] }] },
      { linkId: '995', answer: [{ ...coding(NULL, 'OTH'), item: [{ linkId: '412', answer: [words('buurvrouw')] }] }] },
    ),
    { linkId: '78', item: [{ linkId: '998', answer: [family('DAUC'), family('SONC')] }] },
  );
  t.match(parts.get('representative'), {
    name: [{ family: 'van den Berg', text: 'van den Berg' }],
    telecom: [
      { system: 'phone', value: '06 12345678', use: 'home' },
      { system: 'pager', value: '010 1234567', use: 'work' },
    ],
  });
  const codesOf = (part: string) => parts.get(part).relationship.map((one: any) => one.coding[0].code);
  t.strictSame(codesOf('representative'), ['24', '15', '310141000146103', 'DAUC']);
  t.strictSame(codesOf('first-contact'), ['01', 'OTH']);
  t.equal(parts.get('first-contact').relationship[1].text, 'buurvrouw');
  t.match(parts.get('encounter').participant, [
    { individual: { reference: 'RelatedPerson/representative' } },
    { individual: { reference: undefined, type: 'RelatedPerson', display: 'Zoon' } },
  ]);
  t.match(parts.get('conversation').performer, [{ actor: { reference: 'RelatedPerson/representative' } }], 'the patient was not there');
  t.strictSame(
    partsOf(section({ linkId: '30', item: [] }, { linkId: '984', answer: [coding(undefined, '1')] })).has('representative'),
    false,
    'nobody is made of nothing',
  );
});

t.test('who agrees: the patient, the professional, and the representative of who cannot decide', async (t) => {
  const items = (withPatient: boolean, capable: string) => [
    { linkId: '8', item: [{ linkId: '16', item: [{ linkId: '970', answer: [words('Jansen')] }] }] },
    {
      linkId: '26',
      item: [
        { linkId: '1406', answer: [coding(undefined, capable)] },
        {
          linkId: '29',
          item: [
            { linkId: '30', item: [{ linkId: '975', answer: [words('Smit')] }] },
            { linkId: '983', answer: [coding('http://terminology.hl7.org/CodeSystem/v3-RoleCode', 'SIS')] },
          ],
        },
      ],
    },
    {
      linkId: '78',
      item: [
        ...(withPatient ? [{ linkId: '82', answer: [coding(undefined, 'Patiënt')] }] : []),
        { linkId: '998', answer: [coding('http://terminology.hl7.org/CodeSystem/v3-RoleCode', 'SIS')] },
      ],
    },
    { linkId: '83', item: [{ linkId: '1409', item: [{ linkId: '1386', answer: [coding(DECISION, '2')] }] }] },
  ];
  const parties = (withPatient: boolean, capable: string) =>
    partsOf(...items(withPatient, capable))
      .get('directive-89666000')
      .provision.actor.map((actor: any) => actor.reference.reference.split('/')[0]);
  t.strictSame(parties(true, '1'), ['Patient', 'PractitionerRole']);
  t.strictSame(parties(true, '0'), ['Patient', 'PractitionerRole', 'RelatedPerson']);
  t.strictSame(parties(false, '0'), ['PractitionerRole', 'RelatedPerson']);
});

t.test('what cannot be read with certainty is named, and then nothing is extracted', async (t) => {
  const cpr = (...answer: object[]) => ({ linkId: '83', item: [{ linkId: '1409', item: [{ linkId: '1386', answer }] }] });
  t.strictSame(problemsOf(cpr(coding(DECISION, '9'))), [['1386', 'code-invalid']]);
  t.strictSame(
    problemsOf(cpr(coding('http://elsewhere.example', '0'))),
    [['1386', 'code-invalid']],
    'a code of another system is another code',
  );
  for (const answer of [{ valueBoolean: true }, { valueDecimal: 1 }, { valueReference: { reference: 'Consent/c' } }, { valueString: 5 }])
    t.strictSame(problemsOf(cpr(answer)), [['1386', 'structure']], JSON.stringify(answer));
  t.strictSame(problemsOf(cpr(coding(DECISION, '0'), coding(DECISION, '2'))), [['1386', 'multiple-matches']]);
  t.strictSame(problemsOf(cpr(coding(DECISION, '0')), cpr(coding(DECISION, '2'))), [['1386', 'multiple-matches']], 'in two places neither');
  t.strictSame(problemsOf(cpr(coding(DECISION, '0')), cpr(coding(DECISION, '0'))), [], 'the same said twice is said once');
  t.strictSame(problemsOf(cpr({ ...coding(DECISION, '0'), modifierExtension: [{ url: 'https://x.example/not' }] })), [
    ['1386', 'not-supported'],
  ]);
  t.strictSame(problemsOf({ linkId: '5000', answer: [words('geen sonde')] }), [['5000', 'not-found']]);
  t.strictSame(problemsOf({ linkId: '5000', item: [{ linkId: '5001', answer: [words('x')] }] }), [['5000', 'not-found']]);
  t.strictSame(problemsOf({ linkId: '5000', item: [{ linkId: '5001', item: [] }] }), [], 'a question nobody answered says nothing');
  t.strictSame(problemsOf({ linkId: 'x y <b>', answer: [words('x')] }), [['?', 'not-found']], 'no content in an error');
  t.strictSame(problemsOf({ linkId: '7', answer: [words('x')] }), [['7', 'structure']]);
  t.strictSame(problemsOf({ linkId: '119', item: [{ linkId: '1201', answer: [words('liever niet')] }] }), [['1201', 'code-invalid']]);
  t.strictSame(problemsOf({ linkId: '967', answer: [{ valueDate: '1950-05-06' }] }), [['967', 'business-rule']]);
  t.strictSame(problemsOf({ linkId: '967', answer: [{ valueDate: '1950-05-05' }] }), []);
  const undated = (item: object[]) => extracted(formOf(item)).problems.map(({ linkId, code }) => [linkId, code]);
  t.strictSame(undated([cpr(coding(DECISION, '0'))]), [['963', 'required']]);
  t.strictSame(undated([{ linkId: '963', answer: [words('gisteren')] }]), [
    ['963', 'structure'],
    ['963', 'required'],
  ]);
  t.strictSame(undated([{ linkId: '963', answer: [{ valueDateTime: '2062-09-10' }] }]), [['963', 'value']]);
  t.strictSame(undated([{ linkId: '963', answer: [{ valueDateTime: '2026' }] }]), [
    ['963', 'value'],
    ['963', 'required'],
  ]);
  t.strictSame(
    extracted(
      formOf([
        DAY,
        cpr(coding(DECISION, '9')),
        { linkId: '107', item: [{ linkId: '1427', item: [{ linkId: '1190', answer: [words('x')] }] }] },
      ]),
    ).parts,
    [],
  );
});

t.test('malformed forms are problems, never failures', async () => {
  const anything = fc.anything({ maxDepth: 4, withNullPrototype: false });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ linkId: fc.constantFrom(...FORM_ITEMS.map(({ linkId }) => linkId), 'x'), answer: anything, item: anything })),
      async (item) => {
        extracted(formOf(item as object[]));
      },
    ),
    { numRuns: 300 },
  );
});

/** Any answers the form takes, texts in place of codes included, wherever that is not refused. */
function anyForm(): fc.Arbitrary<QuestionnaireResponse> {
  const sentence = fc.constantFrom('Zie brief', 'Anders dan gedacht', 'Onbekend', 'Wel uitvoeren', 'x');
  const answer = (item: FormItem): fc.Arbitrary<object> => {
    if (item.kind === 'date') return fc.constant({ valueDateTime: item.linkId === '963' ? '2026-09-10' : PATIENT.birthDate });
    if (item.kind === 'text' || item.options === undefined) return sentence.map(words);
    const coded = fc.constantFrom(...item.options).map((valueCoding) => ({ valueCoding }));
    return item.names || item.linkId === '1201'
      ? coded
      : fc.oneof({ arbitrary: coded, weight: 4 }, { arbitrary: sentence.map(words), weight: 1 });
  };
  const itemsUnder = (parent: string | undefined, under: 'answer' | undefined): fc.Arbitrary<object[]> => {
    const children = FORM_ITEMS.filter((item) => item.parent === parent && item.under === under);
    const made = children.map((item) => {
      if (item.kind === 'group') {
        const group = itemsUnder(item.linkId, undefined).map((inner) => (inner.length > 0 ? [{ linkId: item.linkId, item: inner }] : []));
        return item.repeats ? fc.array(group, { maxLength: 2 }).map((list) => list.flat()) : group;
      }
      const answers = fc.array(answer(item), { minLength: 1, maxLength: item.repeats ? 2 : 1 });
      const question = fc
        .tuple(answers, itemsUnder(item.linkId, 'answer'))
        .map(([list, nested]) => [
          { linkId: item.linkId, answer: list.map((one, i) => (i === 0 && nested.length > 0 ? { ...one, item: nested } : one)) },
        ]);
      return item.linkId === '963' ? question : fc.oneof(question, fc.constant([] as object[]));
    });
    return fc.tuple(...made).map((lists) => lists.flat());
  };
  return itemsUnder(undefined, undefined).map((item) => formOf(item));
}

function sameParts(a: Extraction, b: Extraction): string[] {
  const left = new Map(a.parts.map(({ part, resource }) => [part, resource]));
  const right = new Map(b.parts.map(({ part, resource }) => [part, resource]));
  return [...new Set([...left.keys(), ...right.keys()])].filter((part) => {
    const [one, other] = [left.get(part), right.get(part)];
    return one === undefined || other === undefined || !sameContent(one, other);
  });
}

t.test('extracted, filled in again and extracted once more, every form says the same', async (t) => {
  await fc.assert(
    fc.asyncProperty(anyForm(), fc.boolean(), async (response, withForm) => {
      const first = extracted(response);
      t.strictSame(first.problems, []);
      const { response: filled } = populate(recordOf(first, withForm ? response : undefined));
      const second = extracted({ ...filled, id: 'f' });
      const different = sameParts(first, second);
      if (different.length > 0 || second.problems.length > 0)
        throw new Error(`${different} ${JSON.stringify([second.problems, filled.item])}`);
    }),
    { numRuns: 400 },
  );
});

t.test('each part has its own name, and none refers to one that is not made', async () => {
  await fc.assert(
    fc.asyncProperty(anyForm(), async (response) => {
      const { parts } = extracted(response);
      const names = new Set(parts.map(({ part, resource }) => `${resource.resourceType}/${part}`));
      const referred = [...JSON.stringify(parts).matchAll(/"reference":"([^"]+)"/g)].map(([, reference]) => reference as string);
      const missing = referred.filter(
        (reference) => reference !== 'Patient/p' && !reference.startsWith('QuestionnaireResponse/') && !names.has(reference),
      );
      if (names.size !== parts.length || missing.length > 0) throw new Error(`${missing}`);
    }),
    { numRuns: 100 },
  );
});

const PUBLISHED = new URL('../../../shared/pzp/QuestionnaireResponse-HendrikHartman-20201001.json', import.meta.url);
const skip = existsSync(PUBLISHED) ? false : 'the published example data are not beside the project (../shared/pzp)';

t.test('the published response comes back with every answer as it was given', { skip }, async (t) => {
  const response = { ...JSON.parse(readFileSync(PUBLISHED, 'utf8')), id: 'f' } as QuestionnaireResponse;
  const first = extracted(response, '1961-01-01');
  const record = recordOf(first, response);
  const patient = { ...PATIENT, birthDate: '1961-01-01', name: [{ family: 'Hartman', given: ['Hendrik'] }] };
  const { response: filled, open } = populate({ ...record, patient });
  t.strictSame(open, []);
  const told = answersOf(filled.item);
  for (const [linkId, answers] of answersOf(response.item)) t.strictSame(told.get(linkId)?.slice(0, answers.length), answers, linkId);
  t.strictSame(sameParts(first, extracted({ ...filled, id: 'f' }, '1961-01-01')), []);
});

t.test('every question of the published form is known, and no other', { skip }, async (t) => {
  const form = JSON.parse(readFileSync(new URL('Questionnaire-ACP-zib2020.json', PUBLISHED), 'utf8'));
  const questions: any[] = [];
  const visit = (items: any[] | undefined): void => {
    for (const item of items ?? []) {
      questions.push(item);
      visit(item.item);
    }
  };
  visit(form.item);
  t.strictSame(questions.map(({ linkId }) => linkId).sort(), FORM_ITEMS.map(({ linkId }) => linkId).sort());
  for (const { linkId, repeats = false, answerOption = [] } of questions) {
    const known = FORM_ITEM.get(linkId) as FormItem;
    t.equal(known.repeats ?? false, repeats, `${linkId} repeats`);
    for (const { valueCoding } of answerOption)
      t.ok(
        known.options?.some(
          ({ system, code, display }) => system === valueCoding.system && code === valueCoding.code && display === valueCoding.display,
        ),
        `${linkId} ${valueCoding.code}`,
      );
  }
});

function answersOf(items: QuestionnaireResponseItem[] | undefined, found = new Map<string, object[]>()): Map<string, object[]> {
  for (const { linkId = '', answer = [], item } of items ?? []) {
    for (const { item: nested, ...value } of answer) {
      found.set(linkId, [...(found.get(linkId) ?? []), value]);
      answersOf(nested, found);
    }
    answersOf(item, found);
  }
  return found;
}
