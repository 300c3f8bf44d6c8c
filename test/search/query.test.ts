// Parsing of searches: what is understood, and what is refused with which words.
import fc from 'fast-check';
import t from 'tap';
import { FhirError } from '../../src/fhir/errors.js';
import { SERVED_TYPES } from '../../src/fhir/resource-types.js';
import { r4Shapes } from '../../src/http/r4-shapes.js';
import { compartmentOf } from '../../src/search/compartment.js';
import { nearest } from '../../src/search/nearest.js';
import { includesOf, searchParametersOf } from '../../src/search/parameters.js';
import { DEFAULT_COUNT, MAX_COUNT, parseSearch, type SearchQuery } from '../../src/search/query.js';
import { BASE_ELEMENTS, ROOT_ELEMENTS } from '../../src/search/root-elements.data.js';
import type { Shape } from '../../src/validation/shapes.js';

const SCT = 'http://snomed.info/sct';
const BASE = 'https://records.example/fhir/R4';
const options = {
  baseUrl: BASE,
  now: Date.parse('2026-06-01T12:00:00Z'),
  valueSet: (url: string) => (url.endsWith('/ValueSet/ACP-MedicalPolicyGoal') ? [{ system: SCT, code: '385987000' }] : undefined),
  valueSets: () => ['https://fhir.iknl.nl/fhir/ValueSet/ACP-MedicalPolicyGoal'],
};

function pairsOf(text: string): [string, string][] {
  return text.split('&').map((pair) => {
    const at = pair.indexOf('=');
    return at === -1 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
  });
}

function parse(text: string, more: { lenient?: boolean } = {}): SearchQuery {
  const [type = '', search = ''] = text.split(/\?(.*)/s);
  return parseSearch(type, search === '' ? [] : pairsOf(search), { ...options, ...more });
}

function refusal(text: string): FhirError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof FhirError) return error;
    throw error;
  }
  throw new Error(`${text} was not refused`);
}

const members = (key: string, ...anyOf: string[]) => ({ kind: 'members', key, anyOf, negated: false });

t.test('filters say what the index must hold', async (t) => {
  const cases: [string, unknown[]][] = [
    ['Procedure?patient=p1', [members('patient', 'Patient/p1')]],
    ['Procedure?patient=Patient/p1', [members('patient', 'Patient/p1')]],
    [`Procedure?patient=${BASE}/Patient/p1`, [members('patient', 'Patient/p1')]],
    ['Procedure?patient=Patient/p1/_history/3', [members('patient', 'Patient/p1')]],
    ['Procedure?patient:Patient=p1', [members('patient', 'Patient/p1')]],
    ['Procedure?subject=p1', [members('subject', 'Group/p1', 'Patient/p1')]],
    ['Procedure?subject:Patient=p1', [members('subject', 'Patient/p1')]],
    ['Procedure?subject=https://elsewhere.example/fhir/Patient/7', [members('subject', 'https://elsewhere.example/fhir/Patient/7')]],
    ['Procedure?patient=a,b', [members('patient', 'Patient/a', 'Patient/b')]],
    ['Procedure?patient=a&patient=b', [members('patient', 'Patient/a'), members('patient', 'Patient/b')]],
    [`Observation?code=${SCT}|665671000146101,153851000146100`, [members('code', `${SCT}|665671000146101`, '*|153851000146100')]],
    ['Observation?code=|plain', [members('code', '|plain')]],
    [`Observation?code=${SCT}|`, [members('code', `${SCT}|`)]],
    ['Observation?code=a\\,b\\|c', [members('code', '*|a,b|c')]],
    ['Observation?status=FINAL', [members('status', '*|final')]],
    ['Observation?status:not=final', [{ ...members('status', '*|final'), negated: true }]],
    [
      'Patient?identifier=urn:oid:2.16.840.1.113883.2.4.6.3|999911120',
      [members('identifier', 'http://fhir.nl/fhir/NamingSystem/bsn|999911120')],
    ],
    ['Patient?identifier=urn:x|AbC', [members('identifier', 'urn:x|AbC')]],
    ['Patient?identifier:of-type=urn:t|MR|12', [members('identifier:of-type', 'urn:t|MR|12')]],
    ['Patient?name=Éva', [{ kind: 'text', key: 'name', mode: 'starts', anyOf: ['eva'] }]],
    ['Patient?name:contains=Berg', [{ kind: 'text', key: 'name', mode: 'contains', anyOf: ['berg'] }]],
    ['Patient?name:exact=Berg', [members('name:exact', 'Berg')]],
    ['Goal?description:in=https://api.iknl.nl/docs/pzp/r4/ValueSet/ACP-MedicalPolicyGoal', [members('description', `${SCT}|385987000`)]],
    [
      'Goal?description:not-in=https://fhir.iknl.nl/fhir/ValueSet/ACP-MedicalPolicyGoal',
      [{ ...members('description', `${SCT}|385987000`), negated: true }],
    ],
    ['Goal?description:text=symptom', [{ kind: 'text', key: 'description:text', mode: 'starts', anyOf: ['symptom'] }]],
    ['Goal?description:missing=true', [{ kind: 'missing', key: 'description', missing: true }]],
    ['Goal?_id=a,b', [{ kind: 'id', anyOf: ['a', 'b'], negated: false }]],
    ['Goal?subject:identifier=urn:x|1', [members('subject:identifier', 'urn:x|1')]],
    [
      'Goal?_profile=https://api.iknl.nl/docs/r4/pzp/StructureDefinition/x',
      [members('_profile', 'https://fhir.iknl.nl/fhir/StructureDefinition/x')],
    ],
    [
      'QuestionnaireResponse?questionnaire=https://api.iknl.nl/docs/pzp/r4/Questionnaire/q|2',
      [members('questionnaire', 'https://fhir.iknl.nl/fhir/Questionnaire/q|2')],
    ],
    [
      'Consent?date=2026-03-29',
      [
        {
          kind: 'date',
          key: 'date',
          anyOf: [{ comparison: 'eq', start: Date.parse('2026-03-28T23:00:00Z'), end: Date.parse('2026-03-29T22:00:00Z') - 1 }],
        },
      ],
    ],
    [
      'Consent?date=ge2026-01-01T10:00:00 01:00',
      [
        {
          kind: 'date',
          key: 'date',
          anyOf: [{ comparison: 'ge', start: Date.parse('2026-01-01T09:00:00Z'), end: Date.parse('2026-01-01T09:00:01Z') - 1 }],
        },
      ],
    ],
    [
      'Consent?_lastUpdated=lt2026',
      [
        {
          kind: 'last-updated',
          anyOf: [{ comparison: 'lt', start: Date.parse('2025-12-31T23:00:00Z'), end: Date.parse('2026-12-31T23:00:00Z') - 1 }],
        },
      ],
    ],
    [
      'Observation?value-quantity=5.4||mg',
      [
        {
          kind: 'number',
          key: 'value-quantity',
          anyOf: [{ comparison: 'eq', value: '540e-2', low: '535e-2', high: '545e-2', unit: { any: 'mg' } }],
        },
      ],
    ],
    [
      'DeviceUseStatement?device.type=x',
      [
        {
          kind: 'chain',
          key: 'device',
          canonical: false,
          namesCompartment: false,
          branches: [{ type: 'Device', filter: members('type', '*|x') }],
        },
      ],
    ],
    [
      'Encounter?reason-reference:Procedure.code=x',
      [
        {
          kind: 'chain',
          key: 'reason-reference',
          canonical: false,
          namesCompartment: false,
          branches: [{ type: 'Procedure', filter: members('code', '*|x') }],
        },
      ],
    ],
    [
      'Goal?patient.general-practitioner:Organization.name=x',
      [
        {
          kind: 'chain',
          key: 'patient',
          canonical: false,
          namesCompartment: true,
          branches: [
            {
              type: 'Patient',
              filter: {
                kind: 'chain',
                key: 'general-practitioner',
                canonical: false,
                namesCompartment: false,
                branches: [{ type: 'Organization', filter: { kind: 'text', key: 'name', mode: 'starts', anyOf: ['x'] } }],
              },
            },
          ],
        },
      ],
    ],
    [
      'Patient?_has:Observation:patient:code=x',
      [{ kind: 'has', type: 'Observation', key: 'patient', namesCompartment: true, filter: members('code', '*|x') }],
    ],
    [
      'Patient?_has:Encounter:patient:_has:Procedure:encounter:code=x',
      [
        {
          kind: 'has',
          type: 'Encounter',
          key: 'patient',
          namesCompartment: true,
          filter: { kind: 'has', type: 'Procedure', key: 'encounter', namesCompartment: false, filter: members('code', '*|x') },
        },
      ],
    ],
  ];
  for (const [text, expected] of cases) t.same(parse(text).filters, expected, text);
});

t.test('an approximate date reaches a tenth of its distance from now to either side', async (t) => {
  const [filter] = parse('Consent?date=ap2026-05-22').filters;
  const value = filter?.kind === 'date' ? filter.anyOf[0] : undefined;
  const day = 86_400_000;
  t.equal(Math.round(((value?.end ?? 0) - (value?.start ?? 0)) / day), 3, 'a day ten days ago is about three days wide');
});

t.test('result parameters are kept in the query', async (t) => {
  const query = parse(
    'Consent?_sort=-date,_id&_count=7&_total=accurate&_summary=data&_elements=status,Consent.scope&_format=xml&_pretty=true&_page=tok&_include=Consent:actor:Patient&_include:iterate=PractitionerRole:practitioner&_revinclude=Provenance:target',
  );
  t.same(query.sort, [
    { code: 'date', descending: true, by: 'date' },
    { code: '_id', descending: false, by: 'id' },
  ]);
  t.match(query, {
    count: 7,
    total: 'accurate',
    summary: 'data',
    elements: ['status', 'scope'],
    format: 'xml',
    pretty: true,
    page: 'tok',
    ignored: [],
  });
  t.same(query.includes, [
    { kind: 'include', sourceType: 'Consent', code: 'actor', targetType: 'Patient', iterate: false, canonical: false },
    { kind: 'include', sourceType: 'PractitionerRole', code: 'practitioner', iterate: true, canonical: false },
  ]);
  t.same(query.revincludes, [{ kind: 'revinclude', sourceType: 'Provenance', code: 'target', iterate: false, canonical: false }]);
  t.equal(parse('Consent').count, DEFAULT_COUNT);
  t.equal(parse('Consent?_count=999999').count, MAX_COUNT);
  t.match(parse('Consent?_count=0'), { summary: 'count', count: 1 }, '_count=0 asks for the number only');
  t.ok(Object.isFrozen(query) && Object.isFrozen(query.filters), 'a query cannot change after it was checked');
});

t.test('whatever is not understood is refused with the nearest right name', async (t) => {
  const cases: [text: string, kind: string, says: RegExp][] = [
    ['DeviceUseSatement?patient=p', 'not-supported', /Did you mean 'DeviceUseStatement'\?/],
    ['Procedure?cdoe=x', 'unknown-parameter', /'cdoe' is not a search parameter of Procedure\. Did you mean 'code'\?/],
    ['Procedure?_cuont=1', 'unknown-parameter', /Did you mean '_count'\?/],
    ['Procedure?Patient=p', 'unknown-parameter', /Did you mean 'patient'\?/],
    ['Procedure?constructor=x', 'unknown-parameter', /not a search parameter/],
    ['Procedure?_text=x', 'not-supported', /does not search by it/],
    ['Procedure?code:missin=true', 'not-supported', /:missing.*Did you mean 'missing'\?/],
    ['Procedure?code:above=x', 'not-supported', /takes no such modifier, but :not, :text, :in, :not-in, :missing\./],
    ['Procedure?code:of-type=a|b|c', 'not-supported', /no such modifier/],
    ['Procedure?_id:missing=true', 'not-supported', /but :not\./],
    ['Procedure?_lastUpdated:missing=true', 'not-supported', /takes no modifier/],
    ['Procedure?code:=x', 'bad-parameter', /one modifier/],
    ['Procedure?code:missing=yes', 'bad-parameter', /true or false/],
    ['Procedure?code=', 'bad-parameter', /no value/],
    ['Procedure?code=a,,b', 'bad-parameter', /empty value/],
    ['Procedure?code=|', 'bad-parameter', /a token is/],
    ['Procedure?code=a|b|c', 'bad-parameter', /a token is/],
    ['Procedure?date=2026-02-30', 'bad-parameter', /a date is/],
    ['Procedure?date=10-10-2026', 'bad-parameter', /a date is/],
    ['Procedure?date=xx2026', 'bad-parameter', /a date is/],
    ['Procedure?patient=Group/g', 'bad-parameter', /refers to Patient only/],
    ['Procedure?subject:Practitioner=x', 'bad-parameter', /subject refers to Group or Patient/],
    ['Procedure?subject=Pateint/x', 'bad-parameter', /Did you mean 'Patient'\?/],
    ['Procedure?patient=a b', 'bad-parameter', /a reference is/],
    ['Procedure?_id=Procedure/x', 'bad-parameter', /an id has/],
    ['Observation?value-quantity=abc', 'bad-parameter', /a number is/],
    ['Observation?value-quantity=1e999999', 'bad-parameter', /a number is/],
    ['Observation?value-quantity=1|http://unitsofmeasure.org|', 'bad-parameter', /unit code/],
    ['Goal?description:in=https://example.org/ValueSet/none', 'bad-parameter', /not loaded here\. Loaded: https:\/\/fhir\.iknl\.nl/],
    ['Procedure?_include:Procedure:encounter', 'bad-parameter', /equals sign.*Did you mean '_include=Procedure:encounter'\?/],
    ['Procedure?_include=Procedure:encouter', 'bad-parameter', /Did you mean 'Procedure:encounter'\?/],
    ['Procedure?_include=Procedure:code', 'bad-parameter', /no such reference/],
    ['DeviceUseStatement?_include=DeviceUseSatement:device', 'bad-parameter', /Did you mean 'DeviceUseStatement:device'\?/],
    ['Procedure?_include=Encounter:subject', 'bad-parameter', /:iterate/],
    ['Procedure?_include=*', 'not-supported', /wildcard/],
    ['Procedure?_include=Procedure:*', 'not-supported', /wildcard/],
    ['Procedure?_include:recurse=Procedure:encounter', 'not-supported', /iterate/],
    ['Procedure?_include=Procedure:subject:Pateint', 'bad-parameter', /Did you mean 'Patient'\?/],
    ['Procedure?_revinclude=Goal:description', 'bad-parameter', /no such reference/],
    ['Goal?_revinclude=Procedure:encounter', 'bad-parameter', /does not refer to Goal/],
    ['Procedure?_sort=dtae', 'bad-parameter', /Did you mean 'date'\?/],
    ['Procedure?_sort:desc=date', 'not-supported', /takes no modifier/],
    ['Procedure?_sort=date,date,date,date,date,date', 'bad-parameter', /at most 5/],
    ['Procedure?_count=-1', 'bad-parameter', /whole number/],
    ['Procedure?_count=1&_count=2', 'bad-parameter', /twice/],
    ['Procedure?_total=all', 'bad-parameter', /none, estimate, accurate/],
    ['Procedure?_summary=yes', 'bad-parameter', /true, false, text, data, count/],
    ['Procedure?_elements=code.text', 'bad-parameter', /element names/],
    ['Procedure?_elements=status,cdoe', 'bad-parameter', /Procedure has no element of that name\. Did you mean 'code'\?/],
    ['Procedure?_elements=Procedure.birthDate', 'bad-parameter', /Procedure has no element of that name\.$/],
    ['Procedure?_elements=Patient.status', 'bad-parameter', /element names/],
    ['Procedure?_elements=performedQuantity', 'bad-parameter', /no element of that name/],
    ['Procedure?_elements=performedPerio', 'bad-parameter', /Did you mean 'performedPeriod'\?/],
    ['Procedure?_elements=constructor', 'bad-parameter', /no element of that name/],
    ['Procedure?_elements=status,', 'bad-parameter', /element names/],
    ['DeviceUseStatement?device.typ=x', 'unknown-parameter', /Did you mean 'type'\?/],
    ['DeviceUseStatement?device:Patient.name=x', 'bad-parameter', /device refers to Device/],
    ['DeviceUseStatement?device.patient.organization.name=x', 'not-supported', /at most 2/],
    ['Task?focus.status=x', 'bad-parameter', /name one, as in focus:Task\.parameter/],
    ['Procedure?code.text=x', 'bad-parameter', /only a reference can be followed/],
    ['Patient?_has=x', 'bad-parameter', /_has:Type:reference:parameter/],
    ['Patient?_has:Observation:patient=x', 'bad-parameter', /_has:Type:reference:parameter/],
    ['Patient?_has:Observatio:patient:code=x', 'bad-parameter', /Did you mean 'Observation'\?/],
    ['Patient?_has:Observation:encounter:code=x', 'bad-parameter', /does not refer to Patient/],
    ['Patient?_has:Observation:patient:cod=x', 'unknown-parameter', /Did you mean 'code'\?/],
    ['Patient?_has:Encounter:patient:_has:Procedure:encounter:_has:Provenance:target:agent=x', 'not-supported', /at most 2/],
  ];
  for (const [text, kind, says] of cases) {
    const error = refusal(text);
    t.equal(error.kind, kind, text);
    t.match(error.message, says, text);
    t.equal(error.status, 400, text);
  }
});

t.test('lenient leaves out unknown names, says so, and forgives nothing else', async (t) => {
  const query = parse('Procedure?cdoe=x&patient=p&status=completed', { lenient: true });
  t.same(query.ignored, ["'cdoe'"]);
  t.equal(query.filters.length, 2);
  t.throws(() => parse('Procedure?code:above=x', { lenient: true }));
  t.throws(() => parse('Procedure?date=never', { lenient: true }));
});

t.test('a refusal never repeats a value, not even one in the place of a name', async (t) => {
  const secret = '999911120';
  for (const text of [
    `Patient?${secret}=x`,
    `Patient?bsn${secret}=x`,
    `Patient?birthdate=${secret}`,
    `Patient?identifier=a|b|${secret}`,
    `Patient?name:${secret}=x`,
    `Patient?_sort=${secret}`,
    `Patient?_include=Patient:${secret}`,
    `Patient?_total=${secret}`,
    `Patient?general-practitioner=Patient/${secret}`,
    `Patient?_elements=${secret}`,
    `Goal?description:in=urn:${secret}`,
    `Patient?link:${secret}.name=x`,
    `Task?focus.${secret}=x`,
  ]) {
    const error = refusal(text);
    t.notMatch(JSON.stringify(error.toOutcome()), secret, text);
  }
});

t.test('_elements knows the elements of every type, a choice by its name and by each type it takes', async (t) => {
  for (const type of SERVED_TYPES) {
    const { elements } = r4Shapes().of(type) as Shape;
    const shared = elements.filter(({ name }) => (BASE_ELEMENTS as readonly string[]).includes(name));
    t.equal(shared.length, BASE_ELEMENTS.length, `${type} has what every resource has`);
    for (const { name, variants } of elements) {
      const jsonNames = variants.map(({ jsonName }) => jsonName);
      t.same(parse(`${type}?_elements=${name}`).elements, jsonNames, `${type}.${name}`);
      for (const jsonName of jsonNames) t.same(parse(`${type}?_elements=${type}.${jsonName}`).elements, [jsonName]);
    }
    t.equal(ROOT_ELEMENTS[type].length + BASE_ELEMENTS.length, elements.length, `${type} has no others`);
  }
});

t.test('the patient a query asks about', async (t) => {
  const cases: [string, string | undefined][] = [
    ['Consent?patient=p1', 'p1'],
    ['Goal?subject=Patient/p1', 'p1'],
    ['Goal?subject=p1', undefined],
    ['Goal?patient=p1,p2', undefined],
    ['Goal?patient=p1&patient=p2', undefined],
    ['Goal?patient.name=x', undefined],
    ['QuestionnaireResponse?subject=Patient/p1', 'p1'],
    ['QuestionnaireResponse?source=Patient/p1', undefined],
    ['Task?patient=p1', 'p1'],
    ['Provenance?patient=p1', undefined],
    ['Communication?recipient=Patient/p1', undefined],
    ['Patient?_id=p1', 'p1'],
    ['Patient?_id:not=p1', undefined],
    ['Goal?_id=p1', undefined],
    ['DeviceUseStatement?patient=Patient/p1', 'p1'],
  ];
  for (const [text, expected] of cases) t.equal(compartmentOf(parse(text)), expected, text);
});

t.test('the nearest name is one a typist could have meant', async (t) => {
  t.equal(nearest('Observatoin', SERVED_TYPES), 'Observation');
  t.equal(nearest('reason-cod', ['reason-code', 'reason-reference']), 'reason-code');
  t.equal(nearest('zzzzzzzz', SERVED_TYPES), undefined);
  t.equal(nearest('x'.repeat(10_000), SERVED_TYPES), undefined);
});

t.test('parsing throws nothing but a refusal, whatever it is given', async (t) => {
  const type = fc.constantFrom(...SERVED_TYPES);
  const code = type.chain((each) =>
    fc.constantFrom(...searchParametersOf(each).map((p) => p.code), '_sort', '_include', '_has', '_count', '_elements'),
  );
  const tail = fc.constantFrom(
    '',
    ':missing',
    ':in',
    ':not',
    ':exact',
    ':text',
    '.code',
    ':Patient',
    ':Patient.name',
    ':iterate',
    ':of-type',
    ':',
    '.',
    '._id',
  );
  const name = fc.oneof(
    fc.tuple(code, tail).map(([a, b]) => a + b),
    fc.string(),
    fc.constantFrom(...includesOf('Consent')),
  );
  const digits = (max: number, width: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(width, '0'));
  const date = fc
    .tuple(fc.constantFrom('', 'ge', 'ap', 'sa'), digits(9999, 4), digits(13, 2), digits(32, 2))
    .map(([p, y, m, d]) => `${p}${y}-${m}-${d}`);
  const value = fc.oneof(
    date,
    fc.constantFrom('9999', '0000', '9999-12-31'),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('a|b', ',', '\\', '2026', 'ge2026-01', '1|2|3', 'Patient/x', 'true', 'Consent:actor', '-date', '\0'),
  );
  fc.assert(
    fc.property(type, fc.array(fc.tuple(name, value), { maxLength: 4 }), fc.boolean(), (t0, pairs, lenient) => {
      try {
        parseSearch(t0, pairs, { ...options, lenient });
      } catch (error) {
        if (!(error instanceof FhirError)) throw error;
      }
    }),
    { numRuns: 3000 },
  );
  t.pass('3000 searches');
  t.throws(
    () =>
      parseSearch(
        'Goal',
        Array.from({ length: 200 }, () => ['patient', 'x'] as [string, string]),
        options,
      ),
    /at most 100/,
  );
  t.throws(() => parseSearch('Goal', [['_id', 'x,'.repeat(5000)]], options), /at most 1000/);
});
