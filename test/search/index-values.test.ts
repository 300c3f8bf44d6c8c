// The search index of resources, and the registry that says what goes into it.
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { isObject, parseJson } from '../../src/fhir/json.js';
import { PATIENT_ELEMENTS, SERVED_TYPES } from '../../src/fhir/resource-types.js';
import { compileExpression } from '../../src/search/compile-expression.js';
import { valuesAt } from '../../src/search/element-path.js';
import { foldText } from '../../src/search/fold.js';
import { identifiersOf, indexValues } from '../../src/search/index-values.js';
import { LEFT_OUT, R4_PARAMETERS } from '../../src/search/parameters.data.js';
import { compileSearchParameter, registerSearchParameter, searchParameter, searchParametersOf } from '../../src/search/parameters.js';
import { parseSearch } from '../../src/search/query.js';

const SCT = 'http://snomed.info/sct';
const PUBLISHED = new URL(
  '../../../shared/fhir-packages/iknl.fhir.r4.pzp/package/SearchParameter-Communication-reason-code.json',
  import.meta.url,
);
const options = { baseUrl: 'https://records.example/fhir/R4', now: 0, valueSet: () => undefined };

t.test('codes, codings and identifiers', async (t) => {
  const index = indexValues(
    {
      resourceType: 'Observation',
      meta: { profile: ['https://api.iknl.nl/docs/pzp/r4/StructureDefinition/x|1.0'], tag: [{ system: 'urn:t', code: 'A' }] },
      identifier: [
        { system: 'urn:oid:2.16.840.1.113883.2.4.6.3', value: 'AbC', type: { text: 'Burger', coding: [{ system: 'urn:ty', code: 'NI' }] } },
      ],
      status: 'final',
      code: { coding: [{ system: SCT, code: '395091006', display: 'Préféré' }, { code: 'bare' }], text: 'Place of  death' },
      subject: { reference: 'https://records.example/fhir/R4/Patient/p1/_history/2', identifier: { system: 'urn:i', value: 'X' } },
      performer: [{ reference: '#c' }, { display: 'only a name' }],
      valueCodeableConcept: { coding: [{ system: SCT, code: '264362003' }] },
    } as never,
    { baseUrl: options.baseUrl },
  );
  t.same(index.code, [`*|395091006`, `${SCT}|395091006`, `${SCT}|`, '*|bare', '|bare']);
  t.same(index['code:text'], ['place of death', 'prefere']);
  t.same(index.status, ['*|final', '|final', 'http://hl7.org/fhir/observation-status|final', 'http://hl7.org/fhir/observation-status|']);
  t.same(
    index.identifier,
    ['*|AbC', 'http://fhir.nl/fhir/NamingSystem/bsn|AbC', 'http://fhir.nl/fhir/NamingSystem/bsn|'],
    'one spelling, case kept',
  );
  t.same(index['identifier:of-type'], ['urn:ty|NI|AbC']);
  t.same(index['identifier:text'], ['burger']);
  t.same(index.subject, ['Patient/p1']);
  t.same(index['subject:identifier'], ['*|X', 'urn:i|X', 'urn:i|']);
  t.same(index.patient, ['Patient/p1']);
  t.same(index.performer, [], 'present, though nothing can be found by it');
  t.notOk('encounter' in index, 'absent elements have no key');
  t.same(index['value-concept'], ['*|264362003', `${SCT}|264362003`, `${SCT}|`]);
  t.same(index._profile, ['https://fhir.iknl.nl/fhir/StructureDefinition/x', 'https://fhir.iknl.nl/fhir/StructureDefinition/x|1.0']);
  t.same(index._tag, ['*|a', 'urn:t|a', 'urn:t|']);
});

t.test('names in all their parts', async (t) => {
  const index = indexValues({
    resourceType: 'Patient',
    name: [
      {
        text: 'Ångström-Müller',
        family: 'van der Berg-Jansen',
        _family: {
          extension: [
            { url: 'http://hl7.org/fhir/StructureDefinition/humanname-own-prefix', valueString: 'van der' },
            { url: 'http://hl7.org/fhir/StructureDefinition/humanname-own-name', valueString: 'Berg' },
            { url: 'http://hl7.org/fhir/StructureDefinition/humanname-partner-name', valueString: 'Jansen' },
          ],
        },
        given: ['José', null, 'M.'],
      },
    ],
    telecom: [
      { system: 'phone', value: '+31 6' },
      { system: 'email', value: 'A@b.nl' },
    ],
    address: [{ city: "'s-Hertogenbosch", postalCode: '5211 AA' }],
    deceasedBoolean: false,
    birthDate: '1950-02',
  } as never);
  t.same(index.family, ['van der berg-jansen', 'berg', 'jansen'], 'also by own name and by partner name');
  t.same(index.given, ['jose', 'm.']);
  t.ok(['angstrom-muller', 'berg', 'jose'].every((part) => index.name?.includes(part)));
  t.ok(index['name:exact']?.includes('José'));
  t.same(index.phone, ['*|+31 6', '|+31 6']);
  t.same(index.email, ['*|a@b.nl', '|a@b.nl']);
  t.same(index['address-city'], ["'s-hertogenbosch"]);
  t.same(index.deceased, ['*|false', '|false']);
  t.same(indexValues({ resourceType: 'Patient', deceasedDateTime: '2026' } as never).deceased, ['*|true', '|true']);
  t.same(indexValues({ resourceType: 'Patient' }).deceased, ['*|false', '|false'], 'not recorded is not deceased');
});

t.test('dates, periods, timings, quantities', async (t) => {
  const at = (text: string) => Date.parse(text);
  const procedure = indexValues({ resourceType: 'Procedure', performedPeriod: { start: '2020-10-01' } } as never);
  t.same(procedure.date, [[at('2020-09-30T22:00:00Z'), 8.64e15]]);
  t.same(procedure['date:sort'], [[at('2020-09-30T22:00:00Z'), at('2020-09-30T22:00:00Z')]]);
  t.same(indexValues({ resourceType: 'Procedure', performedString: 'last year' } as never).date, [], 'present, not a date');
  const open = indexValues({ resourceType: 'Consent', provision: { period: { start: '0001-01-01', end: '9999-12-31' } } } as never);
  t.same(open.period, [[at('0001-01-01T00:00:00Z') - 3_600_000, at('9999-12-31T22:59:59.999Z')]], 'as far as dates go');
  const timing = { event: ['2026-01-01T10:00:00Z', '2026-03-01T10:00:00Z'] };
  t.same(indexValues({ resourceType: 'ServiceRequest', occurrenceTiming: timing } as never).occurrence, [
    [at('2026-01-01T10:00:00Z'), at('2026-03-01T10:00:01Z') - 1],
  ]);
  const quantity = parseJson(
    '{"resourceType":"Observation","valueQuantity":{"value":1.10,"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"}}',
  );
  t.same(
    indexValues(quantity as never)['value-quantity'],
    [[1.1, 1.1, 'http://unitsofmeasure.org|mg', 'mg', 'mg']],
    'a kept number is read',
  );
  const below = indexValues({ resourceType: 'Observation', valueQuantity: { value: 5, comparator: '<=' } } as never);
  t.same(below['value-quantity'], [[-1e300, 5, null, null, null]]);
  t.same(indexValues({ resourceType: 'Consent', provision: { period: { start: '2026-05', end: '2026-01' } } } as never).period, []);
});

t.test('the two codes of "symptoms only" are found by either', async (t) => {
  for (const code of ['713148004', '225353007']) {
    const index = indexValues({ resourceType: 'Goal', description: { coding: [{ system: SCT, code }] } } as never);
    for (const asked of ['713148004', '225353007']) t.ok(index.description?.includes(`${SCT}|${asked}`), `${code} by ${asked}`);
  }
  const other = indexValues({ resourceType: 'Procedure', code: { coding: [{ system: SCT, code: '225353007' }] } } as never);
  t.notOk(other.code?.includes(`${SCT}|713148004`), 'elsewhere a code is only itself');
});

t.test('business identifiers, in one spelling', async (t) => {
  t.same(
    identifiersOf({
      identifier: [
        { system: 'urn:oid:2.16.840.1.113883.2.4.6.3', value: '1' },
        { system: 'http://fhir.nl/fhir/NamingSystem/bsn', value: '1' },
        { value: '2' },
        { system: 's' },
      ],
      contained: [{ identifier: [{ system: 'x', value: 'y' }] }],
    }),
    [{ system: 'http://fhir.nl/fhir/NamingSystem/bsn', value: '1' }],
  );
  t.same(identifiersOf({ identifier: { system: 's', value: 'v' } }), [{ system: 's', value: 'v' }], 'QuestionnaireResponse has one');
});

t.test('the registry has what the field asks for', async (t) => {
  const needed: Record<string, string[]> = {
    Procedure: ['patient', 'code', 'encounter'],
    Encounter: ['patient', 'reason-reference', 'date', 'status'],
    Consent: ['patient', 'scope', 'category', 'actor', 'status', 'period', 'date'],
    Goal: ['patient', 'description', 'category', 'lifecycle-status', 'start-date'],
    Observation: ['patient', 'code', 'status', 'date', 'value-concept'],
    DeviceUseStatement: ['patient', 'device'],
    Device: ['type', 'patient'],
    Communication: ['patient', 'reason-code'],
    CommunicationRequest: ['patient', 'category'],
    QuestionnaireResponse: ['subject', 'patient', 'questionnaire', 'authored'],
    CarePlan: ['patient', 'status', 'category', 'date'],
    Flag: ['patient', 'status', 'code', 'date'],
    Task: ['patient', 'status', 'owner', 'code', 'business-status', 'authored-on', 'priority'],
    Patient: ['identifier', 'name', 'family', 'birthdate'],
  };
  for (const [type, codes] of Object.entries(needed)) for (const code of codes) t.ok(searchParameter(type, code), `${type}.${code}`);
  for (const type of SERVED_TYPES) {
    if (PATIENT_ELEMENTS[type].length > 0) t.ok(searchParameter(type, 'patient'), `${type}.patient`);
    for (const code of ['_id', '_lastUpdated', '_profile', '_tag', '_security', '_source'])
      t.ok(searchParameter(type, code), `${type}.${code}`);
    for (const parameter of searchParametersOf(type)) for (const path of parameter.paths) t.doesNotThrow(() => valuesAt({}, path), path);
  }
  t.notOk(
    Object.values(R4_PARAMETERS)
      .flat()
      .some((row) => row.type === 'composite'),
  );
  t.ok(
    Object.values(LEFT_OUT).every((reason) => !reason.startsWith('The expression')),
    'every R4 expression was understood',
  );
});

t.test('FHIRPath becomes element paths, or is refused', async (t) => {
  const isChoice = (names: string[]) => ['value', 'deceased', 'due'].includes(names.at(-1) as string);
  const cases: [string, string, string[] | undefined][] = [
    ['Patient.name.family | Person.name', 'Patient', ['name.family']],
    ['(Observation.value as Quantity) | (Observation.value as Range)', 'Observation', ['valueQuantity', 'valueRange']],
    ['(Observation.value as CodeableConcept).text', 'Observation', ['valueCodeableConcept.text']],
    ['Observation.value.ofType(dateTime)', 'Observation', ['valueDateTime']],
    ['Observation.value', 'Observation', ['value[x]']],
    ['Goal.subject.where(resolve() is Patient)', 'Goal', ['subject(is Patient)']],
    ["Patient.telecom.where(system='phone')", 'Patient', ['telecom(system=phone)']],
    ["Consent.extension('https://x.example/a.b').value.as(Reference)", 'Consent', ['extension(url=https://x.example/a.b).valueReference']],
    ['Patient.deceased.exists() and Patient.deceased != false', 'Patient', ['deceased[x](true)']],
    ['Resource.meta.tag', 'Goal', ['meta.tag']],
    ['Patient.name.first()', 'Patient', undefined],
    ['Patient', 'Patient', undefined],
    ['Patient.name', 'Goal', undefined],
    ["Patient.name.where(use='official' and family='x')", 'Patient', undefined],
  ];
  for (const [expression, base, paths] of cases) {
    const compiled = compileExpression(expression, base, isChoice);
    t.same('paths' in compiled ? compiled.paths : undefined, paths, expression);
  }
});

t.test('further SearchParameters join at start, or say why not', async (t) => {
  const own = {
    resourceType: 'SearchParameter',
    code: 'encounter',
    type: 'reference',
    base: ['Consent', 'Basic'],
    url: 'https://x.example/sp',
    expression: "Consent.extension('https://x.example/ext-EncounterReference').value.as(Reference)",
  };
  t.equal(registerSearchParameter(own), undefined);
  const consent = {
    resourceType: 'Consent',
    extension: [
      { url: 'https://x.example/ext-EncounterReference', valueReference: { reference: 'Encounter/e' } },
      { url: 'https://x.example/other', valueReference: { reference: 'Encounter/f' } },
    ],
  };
  t.same(indexValues(consent as never).encounter, ['Encounter/e']);
  t.ok(parseSearch('Consent', [['encounter', 'Encounter/e']], options));
  t.match(registerSearchParameter(own), /already has/);
  for (const [change, says] of [
    [{ type: 'composite' }, /type is not one of/],
    [{ code: 'a b' }, /code/],
    [{ code: 'constructor' }, /code/],
    [{ base: ['Basic'] }, /None of its base types/],
    [{ expression: undefined }, /no expression/],
    [{ expression: 'Consent.x.first()' }, /beyond element paths/],
  ] as const) {
    t.match(compileSearchParameter({ ...own, ...change }), { problem: says }, String(says));
  }
});

t.test(
  'the published custom parameter is the one built in',
  { skip: existsSync(PUBLISHED) ? false : 'the published packages are not here' },
  async (t) => {
    const published = JSON.parse(readFileSync(PUBLISHED, 'utf8'));
    const compiled = compileSearchParameter(published);
    const own = searchParameter('Communication', 'reason-code');
    t.match(compiled, { types: ['Communication'] });
    if ('parameter' in compiled) t.same(compiled.parameter('Communication').paths, own?.paths);
  },
);

t.test('a coding is always found by the tokens a client may write for it', async (t) => {
  const escaped = (text: string) => text.replace(/[\\,|$]/g, '\\$&');
  const visible = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => text.trim() === text && text !== '');
  fc.assert(
    fc.property(fc.webUrl(), visible, (system, code) => {
      const index = indexValues({
        resourceType: 'Observation',
        code: { coding: [{ system, code }] },
        identifier: [{ system, value: code }],
      } as never);
      for (const parameter of ['code', 'identifier']) {
        for (const value of [`${escaped(system)}|${escaped(code)}`, escaped(code), `${escaped(system)}|`]) {
          const [filter] = parseSearch('Observation', [[parameter, value]], options).filters;
          const wanted = filter?.kind === 'members' ? filter.anyOf : [];
          if (!wanted.every((key) => index[parameter]?.includes(key))) throw new Error(`${value} does not find ${code}`);
        }
      }
    }),
  );
  t.pass();
});

t.test('folding is idempotent, so that index and query always meet', async (t) => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => foldText(foldText(text)) === foldText(text)));
  t.equal(foldText('  Ĳsselmeer\tSTRAẞE  Ørsted '), 'ijsselmeer strasse orsted');
});

t.test('indexing never throws, whatever stands where', async (t) => {
  const anything = fc.jsonValue({ maxDepth: 3 });
  fc.assert(
    fc.property(fc.constantFrom(...SERVED_TYPES), fc.infiniteStream(anything), (type, stream) => {
      const resource: Record<string, unknown> = { resourceType: type };
      for (const parameter of searchParametersOf(type)) {
        const element = (parameter.paths[0] as string).split(/[.[(]/)[0] as string;
        resource[element] = stream.next().value;
      }
      const index = indexValues(resource as { resourceType: string });
      for (const values of Object.values(index)) if (!Array.isArray(values)) throw new Error('not a list');
      JSON.stringify(index);
    }),
    { numRuns: 500 },
  );
  t.pass();
  t.ok(isObject(indexValues({ resourceType: 'Nonsense' })));
});
