// A small FHIR package of profiles without snapshots, each using one way of profiling, for the tests of validation.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const BASE = 'https://example.org/fhir';
const CORE = 'http://hl7.org/fhir/StructureDefinition/';

type Json = Record<string, unknown>;

function profile(name: string, type: string, element: Json[], more: Json = {}): Json {
  return {
    resourceType: 'StructureDefinition',
    id: name,
    url: `${BASE}/StructureDefinition/${name}`,
    name,
    status: 'active',
    kind: /^(Extension|ContactPoint|HumanName)$/.test(type) ? 'complex-type' : 'resource',
    abstract: false,
    type,
    baseDefinition: CORE + type,
    derivation: 'constraint',
    differential: { element: element.map((each) => ({ ...each, path: String(each.id).replace(/:[^.]*/g, '') })) },
    ...more,
  };
}

function extension(name: string, value: Json, context: string, more: Json[] = [], isModifier = false): Json {
  const url = `${BASE}/StructureDefinition/${name}`;
  const elements = [
    { id: 'Extension', ...(isModifier ? { isModifier: true, isModifierReason: 'test' } : {}) },
    { id: 'Extension.url', fixedUri: url },
    { id: 'Extension.value[x]', ...value },
    ...more,
  ];
  return profile(name, 'Extension', elements, { context: [{ type: 'element', expression: context }] });
}

const bySlices = (type: string, path: string, rules = 'open', ordered = false): Json => ({
  slicing: { discriminator: [{ type, path }], rules, ordered },
});

export const RESOURCES: Json[] = [
  profile('Fixed', 'Observation', [
    { id: 'Observation.status', fixedCode: 'final' },
    { id: 'Observation.code', min: 1, patternCodeableConcept: { coding: [{ system: 'http://loinc.org', code: '58332-8' }] } },
    { id: 'Observation.subject', min: 1, type: [{ code: 'Reference', targetProfile: [`${CORE}Patient`] }] },
    { id: 'Observation.method', fixedCodeableConcept: { text: 'm' } },
    { id: 'Observation.valueQuantity.value', fixedDecimal: 5 },
    { id: 'Observation.bodySite', max: '0' },
    { id: 'Observation.value[x]', type: [{ code: 'Quantity' }, { code: 'string' }] },
    { id: 'Observation.valueQuantity.unit', min: 1 },
    { id: 'Observation.note', max: '2' },
    { id: 'Observation.note.text', maxLength: 10 },
    {
      id: 'Observation',
      constraint: [
        { key: 'tst-1', severity: 'error', human: 'A note needs a performer', expression: 'note.empty() or performer.exists()' },
      ],
    },
  ]),
  profile('Range', 'Observation', [{ id: 'Observation.valueInteger', minValueInteger: 1, maxValueInteger: 10 }]),
  profile('SliceByValue', 'Patient', [
    { id: 'Patient.identifier', min: 1, ...bySlices('value', 'system') },
    { id: 'Patient.identifier:number', min: 1, max: '1' },
    { id: 'Patient.identifier:number.system', min: 1, fixedUri: `${BASE}/number` },
    { id: 'Patient.identifier:number.value', min: 1 },
    { id: 'Patient.identifier:number.use', min: 1, fixedCode: 'official' },
  ]),
  profile('SliceByPattern', 'Condition', [
    { id: 'Condition.category', ...bySlices('pattern', '$this', 'closed') },
    { id: 'Condition.category:a', min: 1, max: '1', patternCodeableConcept: { coding: [{ system: `${BASE}/cs`, code: 'a' }] } },
    { id: 'Condition.category:b', max: '1', patternCodeableConcept: { coding: [{ system: `${BASE}/cs`, code: 'b' }] } },
  ]),
  profile('SliceOrdered', 'Condition', [
    { id: 'Condition.category', ...bySlices('pattern', '$this', 'openAtEnd', true) },
    { id: 'Condition.category:a', patternCodeableConcept: { coding: [{ code: 'a' }] } },
    { id: 'Condition.category:b', patternCodeableConcept: { coding: [{ code: 'b' }] } },
  ]),
  profile('SliceByType', 'Observation', [
    { id: 'Observation.value[x]', ...bySlices('type', '$this', 'closed') },
    { id: 'Observation.value[x]:valueQuantity', type: [{ code: 'Quantity' }] },
    { id: 'Observation.value[x]:valueQuantity.code', min: 1 },
    { id: 'Observation.value[x]:valueBoolean', type: [{ code: 'boolean' }] },
  ]),
  profile('SliceByExists', 'Encounter', [
    { id: 'Encounter.reasonCode', ...bySlices('exists', 'coding') },
    { id: 'Encounter.reasonCode:coded', min: 1, max: '1' },
    { id: 'Encounter.reasonCode:coded.coding', min: 1 },
    { id: 'Encounter.reasonCode:coded.text', min: 1 },
    { id: 'Encounter.reasonCode:free' },
    { id: 'Encounter.reasonCode:free.coding', max: '0' },
  ]),
  profile('SliceByProfile', 'Patient', [
    { id: 'Patient.telecom', ...bySlices('profile', '$this') },
    { id: 'Patient.telecom:mail', min: 1, type: [{ code: 'ContactPoint', profile: [`${BASE}/StructureDefinition/Mail`] }] },
  ]),
  profile('Mail', 'ContactPoint', [
    { id: 'ContactPoint.system', min: 1, fixedCode: 'email' },
    { id: 'ContactPoint.value', min: 1 },
  ]),
  profile('SliceByTarget', 'Encounter', [
    { id: 'Encounter.participant', ...bySlices('profile', 'individual.resolve()') },
    { id: 'Encounter.participant:kin', max: '1' },
    { id: 'Encounter.participant:kin.individual', type: [{ code: 'Reference', targetProfile: [`${CORE}RelatedPerson`] }] },
    { id: 'Encounter.participant:kin.period', min: 1 },
  ]),
  profile('SliceByTargetProfile', 'Encounter', [
    { id: 'Encounter.participant', ...bySlices('profile', 'individual.resolve()') },
    { id: 'Encounter.participant:pro', min: 1 },
    {
      id: 'Encounter.participant:pro.individual',
      min: 1,
      type: [{ code: 'Reference', targetProfile: [`${BASE}/StructureDefinition/Pro`] }],
    },
  ]),
  profile('Pro', 'Practitioner', [{ id: 'Practitioner.name', min: 1 }]),
  profile('SliceByBinding', 'Condition', [
    { id: 'Condition.category', ...bySlices('value', '$this') },
    { id: 'Condition.category:known', min: 1, binding: { strength: 'required', valueSet: `${BASE}/ValueSet/branch` } },
  ]),
  profile('SliceByParts', 'Condition', [
    { id: 'Condition.category', ...bySlices('value', '$this') },
    { id: 'Condition.category:part', min: 1 },
    { id: 'Condition.category:part.coding', min: 1 },
    { id: 'Condition.category:part.coding.system', min: 1, fixedUri: `${BASE}/cs` },
    { id: 'Condition.category:part.text', min: 1 },
  ]),
  profile('SliceAgain', 'Patient', [
    { id: 'Patient.identifier', ...bySlices('value', 'system') },
    { id: 'Patient.identifier:number', min: 2, max: '3', slicing: { discriminator: [{ type: 'value', path: 'use' }], rules: 'open' } },
    { id: 'Patient.identifier:number.system', min: 1, fixedUri: `${BASE}/number` },
    { id: 'Patient.identifier:number/now', min: 1, max: '1' },
    { id: 'Patient.identifier:number/now.use', min: 1, fixedCode: 'official' },
    { id: 'Patient.identifier:number/now.value', min: 1 },
  ]),
  profile('SameKey', 'Patient', [
    {
      id: 'Patient.contact',
      constraint: [{ key: 'pat-1', severity: 'error', human: 'A contact has a gender', expression: 'gender.exists()' }],
    },
  ]),
  profile('Target', 'Condition', [
    { id: 'Condition.subject', type: [{ code: 'Reference', targetProfile: [`${BASE}/StructureDefinition/SliceByValue`] }] },
    { id: 'Condition.bodySite', binding: { strength: 'required', valueSet: `${BASE}/ValueSet/branch` } },
    { id: 'Condition.severity', binding: { strength: 'required', valueSet: `${BASE}/ValueSet/elsewhere` } },
    { id: 'Condition.extension', ...bySlices('value', 'url') },
    { id: 'Condition.extension:plain', min: 1, type: [{ code: 'Extension', profile: [`${BASE}/StructureDefinition/plain`] }] },
  ]),
  extension('plain', { min: 1, type: [{ code: 'string' }] }, 'Condition'),
  extension(
    'modifier',
    { type: [{ code: 'code' }], binding: { strength: 'required', valueSet: `${BASE}/ValueSet/branch` } },
    'Consent',
    [],
    true,
  ),
  extension('complex', { max: '0' }, 'Element', [
    { id: 'Extension.extension', min: 1, ...bySlices('value', 'url', 'closed') },
    { id: 'Extension.extension:part', min: 1, max: '1' },
    { id: 'Extension.extension:part.url', fixedUri: 'part' },
    { id: 'Extension.extension:part.value[x]', min: 1, type: [{ code: 'boolean' }] },
  ]),
  {
    resourceType: 'CodeSystem',
    url: `${BASE}/cs`,
    name: 'Letters',
    status: 'active',
    content: 'complete',
    caseSensitive: true,
    concept: [
      {
        code: 'a',
        display: 'A',
        concept: [
          { code: 'a1', concept: [{ code: 'a11' }] },
          { code: 'a2', property: [{ code: 'status', valueCode: 'retired' }] },
        ],
      },
      { code: 'b', display: 'B' },
    ],
  },
  { resourceType: 'CodeSystem', url: `${BASE}/elsewhere`, name: 'Elsewhere', status: 'active', content: 'not-present' },
  valueSet('branch', {
    include: [{ system: `${BASE}/cs`, filter: [{ property: 'concept', op: 'is-a', value: 'a' }] }],
    exclude: [{ system: `${BASE}/cs`, concept: [{ code: 'a2' }] }],
  }),
  valueSet('below', { include: [{ system: `${BASE}/cs`, filter: [{ property: 'concept', op: 'descendent-of', value: 'a' }] }] }),
  valueSet('not-below', { include: [{ system: `${BASE}/cs`, filter: [{ property: 'concept', op: 'is-not-a', value: 'a' }] }] }),
  valueSet('retired', { include: [{ system: `${BASE}/cs`, filter: [{ property: 'status', op: '=', value: 'retired' }] }] }),
  valueSet('all', { include: [{ system: `${BASE}/cs` }] }),
  valueSet('both', { include: [{ valueSet: [`${BASE}/ValueSet/all`, `${BASE}/ValueSet/below`] }] }),
  valueSet('elsewhere', { include: [{ system: `${BASE}/elsewhere` }, { system: `${BASE}/cs`, concept: [{ code: 'b' }] }] }),
  valueSet('snomed', { include: [{ system: 'http://snomed.info/sct', filter: [{ property: 'concept', op: 'is-a', value: '72506001' }] }] }),
  valueSet('circle', { include: [{ valueSet: [`${BASE}/ValueSet/circle`] }] }),
  {
    resourceType: 'SearchParameter',
    url: `${BASE}/SearchParameter/x`,
    name: 'X',
    status: 'active',
    code: 'x',
    base: ['Patient'],
    type: 'string',
    expression: 'Patient.name',
  },
];

function valueSet(name: string, compose: Json): Json {
  return { resourceType: 'ValueSet', url: `${BASE}/ValueSet/${name}`, name, status: 'active', compose };
}

/** Writes them as an npm-style package below `folder`. */
export function writePackage(folder: string, resources: Json[] = RESOURCES): void {
  const place = join(folder, 'example.package', 'package');
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), JSON.stringify({ name: 'example.package', version: '1.2.3' }));
  resources.forEach((resource, i) => {
    writeFileSync(join(place, `${String(resource.resourceType)}-${i}.json`), JSON.stringify(resource));
  });
}
