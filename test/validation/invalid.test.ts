// Every rule of validation, broken one at a time: the finding, and where it points.
import fc from 'fast-check';
import t from 'tap';
import { parseJson, writeJson } from '../../src/fhir/json.js';
import { RULE_SYSTEM } from '../../src/validation/issues.js';
import { loadPackages } from '../../src/validation/packages.js';
import type { ResolveReference } from '../../src/validation/run.js';
import { createValidator } from '../../src/validation/validator.js';
import { BASE, writePackage } from './example-profiles.js';

type Json = Record<string, any>;

const folder = t.testdir({});
writePackage(folder);
const validator = createValidator({ packages: [await loadPackages(folder)] });

const DIV = (inside: string) => `<div xmlns="http://www.w3.org/1999/xhtml">${inside}</div>`;
const text = { status: 'generated', div: DIV('<p>text</p>') };
const SNOMED = 'http://snomed.info/sct';
const claims = (name: string) => ({ meta: { profile: [`${BASE}/StructureDefinition/${name}`] } });
const letter = (code: string) => ({ coding: [{ system: `${BASE}/cs`, code }] });

/** A valid resource of each kind; the cases break copies of them. */
const valid = {
  patient: {
    resourceType: 'Patient',
    id: 'p1',
    text,
    identifier: [{ system: `${BASE}/number`, value: '1' }],
    name: [{ given: ['Jan', 'Piet'], _given: [null, { id: 'g2' }], family: 'X' }],
    birthDate: '1950-02-28',
    gender: 'male',
    multipleBirthInteger: 2,
    contact: [{ name: { family: 'Y' } }],
    generalPractitioner: [{ reference: 'Practitioner/1' }],
    link: [{ other: { reference: 'Patient/2' }, type: 'seealso' }],
  },
  observation: {
    resourceType: 'Observation',
    text,
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '58332-8' }] },
    subject: { reference: 'Patient/p1' },
    effectiveDateTime: '2026-01-31T12:00:00+01:00',
    _effectiveDateTime: { id: 'e' },
    method: { text: 'm' },
    issued: '2026-01-31T12:00:00.000Z',
    valueQuantity: { value: 5, unit: 'mg' },
  },
  consent: {
    resourceType: 'Consent',
    text,
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'treatment' }] },
    category: [{ coding: [{ system: SNOMED, code: '129125009' }] }],
    patient: { reference: 'Patient/p1' },
    policy: [{ uri: 'https://example.org/' }],
    provision: {
      type: 'deny',
      actor: [{ role: { text: 'r' }, reference: { reference: 'Patient/p1' } }],
      period: { start: '2020-01-01', end: '2021-01-01' },
    },
  },
  condition: {
    resourceType: 'Condition',
    text,
    subject: { reference: 'Patient/p1' },
    clinicalStatus: coded('condition-clinical', 'active'),
  },
  encounter: {
    resourceType: 'Encounter',
    text,
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
  },
  bundle: {
    resourceType: 'Bundle',
    type: 'collection',
    entry: [{ fullUrl: 'urn:uuid:0b8a3a1e-7d1c-4d2c-9d0e-0a6f6f8f3a11', resource: { resourceType: 'Basic', text, code: { text: 'x' } } }],
  },
} satisfies Record<string, Json>;

function coded(system: string, code: string): Json {
  return { coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code }] };
}

const profiled = {
  fixed: { ...valid.observation, ...claims('Fixed') },
  range: { ...without(valid.observation, 'valueQuantity'), valueInteger: 5, ...claims('Range') },
  byValue: {
    ...valid.patient,
    ...claims('SliceByValue'),
    identifier: [
      { use: 'official', system: `${BASE}/number`, value: '1' },
      { system: 'urn:x:y', value: '2' },
    ],
  },
  byPattern: { ...valid.condition, ...claims('SliceByPattern'), category: [letter('a'), letter('b')] },
  ordered: { ...valid.condition, ...claims('SliceOrdered'), category: [letter('a'), letter('b'), letter('c')] },
  byType: { ...valid.observation, ...claims('SliceByType'), valueQuantity: { value: 1, system: 'http://unitsofmeasure.org', code: 'mg' } },
  byExists: {
    ...valid.encounter,
    ...claims('SliceByExists'),
    reasonCode: [{ coding: [{ system: SNOMED, code: '1' }], text: 'x' }, { text: 'y' }],
  },
  byProfile: {
    ...valid.patient,
    ...claims('SliceByProfile'),
    telecom: [
      { system: 'email', value: 'a@example.org' },
      { system: 'phone', value: '1' },
    ],
  },
  byTarget: {
    ...valid.encounter,
    ...claims('SliceByTarget'),
    participant: [
      { individual: { reference: 'RelatedPerson/1' }, period: { start: '2020' } },
      { individual: { reference: 'Practitioner/1' } },
    ],
  },
  byTargetProfile: {
    ...valid.encounter,
    ...claims('SliceByTargetProfile'),
    participant: [{ individual: { reference: 'Practitioner/1' } }],
  },
  byBinding: { ...valid.condition, ...claims('SliceByBinding'), category: [letter('a1'), letter('b')] },
  again: {
    ...valid.patient,
    ...claims('SliceAgain'),
    identifier: [
      { use: 'official', system: `${BASE}/number`, value: '1' },
      { use: 'old', system: `${BASE}/number` },
    ],
  },
  sameKey: { ...valid.patient, ...claims('SameKey'), contact: [{ name: { family: 'Y' }, gender: 'male' }] },
  byParts: { ...valid.condition, ...claims('SliceByParts'), category: [{ ...letter('a'), text: 'x' }, { text: 'other' }] },
  target: {
    ...valid.condition,
    ...claims('Target'),
    bodySite: [letter('a')],
    extension: [{ url: `${BASE}/StructureDefinition/plain`, valueString: 's' }],
  },
} satisfies Record<string, Json>;

const gram = (value: number) => ({ value, unit: 'g', system: 'http://unitsofmeasure.org', code: 'g' });

function without(resource: Json, ...keys: string[]): Json {
  return Object.fromEntries(Object.entries(resource).filter(([key]) => !keys.includes(key)));
}

function errorsOf(resource: unknown, resolve?: ResolveReference): string[] {
  return validator
    .validate(resource, { resolve })
    .filter(({ severity }) => severity === 'error')
    .map((issue) => `${issue.details?.coding?.[0]?.code} ${issue.expression?.join(' ')}`);
}

type Case = [name: string, of: Json, change: (resource: Json) => unknown, finding: string];

const { patient, observation, consent, condition, bundle } = valid;
const containedPerson = { resourceType: 'RelatedPerson', id: 'r', patient: { reference: 'Patient/p1' } };
const withContained = { ...consent, contained: [containedPerson], performer: [{ reference: '#r' }] };
const div = (inside: string) => (r: Json) => {
  r.text = { status: 'generated', div: inside };
};
const extend = (element: Json, url: string, value: Json, name = 'extension') => {
  element[name] = [{ url: `${BASE}/StructureDefinition/${url}`, ...value }];
};

const GROUPS: Record<string, Case[]> = {
  'structure and types': [
    ['no object at all', patient, () => 'Patient', 'not-a-resource Resource'],
    ['no resourceType', patient, (r) => void delete r.resourceType, 'not-a-resource Resource'],
    ['an unknown resource type', patient, (r) => void (r.resourceType = 'Person2'), 'not-a-resource Resource'],
    ['an abstract resource type', patient, () => ({ resourceType: 'DomainResource' }), 'not-a-resource DomainResource'],
    ['an unknown element', patient, (r) => void (r.nickname = 'x'), 'unknown-element Patient.nickname'],
    ['an unknown element deep inside', patient, (r) => void (r.contact[0].name.nick = 'x'), 'unknown-element Patient.contact[0].name.nick'],
    ['an element of R5', consent, (r) => void (r.decision = 'deny'), 'unknown-element Consent.decision'],
    ['an element of another resource', observation, (r) => void (r.birthDate = '1950'), 'unknown-element Observation.birthDate'],
    ['an element that later versions gave Meta', patient, (r) => void (r.meta = { project: 'x' }), 'unknown-element Patient.meta.project'],
    ['an unknown property whose name is content', patient, (r) => void (r['Jan Jansen 999911120'] = 1), 'unknown-element Patient'],
    ['a text where a list belongs', patient, (r) => void (r.name[0].given = 'Jan'), 'not-a-list Patient.name[0].given'],
    ['a list where one value belongs', patient, (r) => void (r.gender = ['male']), 'not-single Patient.gender'],
    ['a text where an object belongs', observation, (r) => void (r.code = 'x'), 'wrong-json-type Observation.code'],
    ['a number where a text belongs', patient, (r) => void (r.name[0].family = 5), 'wrong-json-type Patient.name[0].family'],
    ['a text where a boolean belongs', patient, (r) => void (r.active = 'true'), 'wrong-json-type Patient.active'],
    ['a text where a number belongs', observation, (r) => void (r.valueQuantity.value = '5'), 'wrong-json-type Observation.value.value'],
  ],
  'primitive formats': [
    ['a date in Dutch order', patient, (r) => void (r.birthDate = '28-02-1950'), 'format Patient.birthDate'],
    ['a day that does not exist', patient, (r) => void (r.birthDate = '2026-02-30'), 'no-such-date Patient.birthDate'],
    ['29 February outside a leap year', patient, (r) => void (r.birthDate = '2025-02-29'), 'no-such-date Patient.birthDate'],
    ['a month 13', consent, (r) => void (r.dateTime = '2025-13'), 'no-such-date Consent.dateTime'],
    ['hour 25', observation, (r) => void (r.issued = '2026-01-31T25:00:00Z'), 'no-such-date Observation.issued'],
    ['a time without zone', observation, (r) => void (r.effectiveDateTime = '2026-01-31T12:00:00'), 'format Observation.effective'],
    ['an instant that is a date', observation, (r) => void (r.issued = '2026-01-31'), 'format Observation.issued'],
    ['a code with a space in front', patient, (r) => void (r.language = ' nl'), 'format Patient.language'],
    ['an id with a slash', patient, (r) => void (r.id = 'a/b'), 'format Patient.id'],
    ['an id of 65 characters', patient, (r) => void (r.id = 'a'.repeat(65)), 'format Patient.id'],
    ['a uri with a space', patient, (r) => void (r.identifier[0].system = 'a b'), 'format Patient.identifier[0].system'],
    ['an empty string', patient, (r) => void (r.name[0].family = ''), 'format Patient.name[0].family'],
    ['a control character', patient, (r) => void (r.name[0].family = 'a\u0000b'), 'format Patient.name[0].family'],
    ['a fraction where a whole number belongs', patient, (r) => void (r.multipleBirthInteger = 1.5), 'format Patient.multipleBirth'],
    [
      'a whole number written as 1.0',
      patient,
      () => parseJson(JSON.stringify(patient).replace('"multipleBirthInteger":2', '"multipleBirthInteger":1.0')),
      'format Patient.multipleBirth',
    ],
    ['an integer beyond 32 bits', patient, (r) => void (r.multipleBirthInteger = 2 ** 31), 'format Patient.multipleBirth'],
    ['base64 that is none', patient, (r) => void (r.photo = [{ contentType: 'image/png', data: 'abc' }]), 'format Patient.photo[0].data'],
  ],
  'empties and siblings': [
    ['an empty object', patient, (r) => void (r.maritalStatus = {}), 'empty Patient.maritalStatus'],
    ['an empty array', patient, (r) => void (r.name = []), 'empty Patient.name'],
    ['null', patient, (r) => void (r.gender = null), 'empty Patient.gender'],
    ['null in a list of objects', patient, (r) => void r.name.push(null), 'empty Patient.name[1]'],
    [
      'null on both sides',
      patient,
      (r) => void [(r.name[0]._given = [null, null]), (r.name[0].given = ['Jan', null])],
      'empty Patient.name[0].given[1]',
    ],
    ['lists of different length', patient, (r) => void (r.name[0]._given = [{ id: 'x' }]), 'sibling-mismatch Patient.name[0].given'],
    ['an underscore beside an object', patient, (r) => void (r._name = [{ id: 'x' }]), 'unknown-element Patient._name'],
    ['a value in the sibling', patient, (r) => void (r._gender = { value: 'male' }), 'unknown-element Patient.gender.value'],
    ['a sibling that is a text', patient, (r) => void (r._gender = 'x'), 'wrong-json-type Patient.gender'],
  ],
  'cardinality and choice': [
    ['a required element missing', consent, (r) => void delete r.status, 'required Consent.status'],
    [
      'a required element inside a backbone missing',
      consent,
      (r) => void delete r.provision.actor[0].role,
      'required Consent.provision.actor[0].role',
    ],
    ['a required list missing', consent, (r) => void delete r.category, 'required Consent.category'],
    ['two types of one choice', observation, (r) => void (r.valueString = 'x'), 'two-choices Observation.value'],
    [
      'a type the choice does not have',
      observation,
      (r) => void (r.valueAddress = { city: 'x' }),
      'unknown-element Observation.valueAddress',
    ],
  ],
  bindings: [
    ['a code outside its required set', patient, (r) => void (r.gender = 'man'), 'binding-required Patient.gender'],
    ['a code of another case', consent, (r) => void (r.status = 'Active'), 'binding-required Consent.status'],
    [
      'a concept outside its required set',
      condition,
      (r) => void (r.clinicalStatus.coding[0].code = 'x'),
      'binding-required Condition.clinicalStatus',
    ],
    [
      'a concept of another system',
      condition,
      (r) => void (r.clinicalStatus.coding[0].system = 'urn:x:y'),
      'binding-required Condition.clinicalStatus',
    ],
    [
      'text where a code is required',
      condition,
      (r) => void (r.clinicalStatus = { text: 'active' }),
      'code-missing Condition.clinicalStatus',
    ],
    [
      'a mime type that is none',
      patient,
      (r) => void (r.photo = [{ contentType: 'png' }]),
      'binding-required Patient.photo[0].contentType',
    ],
    ['a language that is none', patient, (r) => void (r.language = 'not_a_language'), 'binding-required Patient.language'],
  ],
  invariants: [
    ['a contact without any detail (pat-1)', patient, (r) => void (r.contact[0] = { gender: 'male' }), 'invariant Patient.contact[0]'],
    [
      'a period that runs backwards (per-1)',
      consent,
      (r) => void (r.provision.period.end = '2019-01-01'),
      'invariant Consent.provision.period',
    ],
    ['an absence reason beside a value (obs-6)', observation, (r) => void (r.dataAbsentReason = { text: 'x' }), 'invariant Observation'],
    ['no policy (ppc-1)', consent, (r) => void delete r.policy, 'invariant Consent'],
    ['a unit code without system (qty-3)', observation, (r) => void (r.valueQuantity.code = 'mg'), 'invariant Observation.value'],
    ['data without content type (att-1)', patient, (r) => void (r.photo = [{ data: 'YWJj' }]), 'invariant Patient.photo[0]'],
    ['a phone number without system (cpt-2)', patient, (r) => void (r.telecom = [{ value: '1' }]), 'invariant Patient.telecom[0]'],
    ['an abated condition that is active (con-4)', condition, (r) => void (r.abatementString = 'x'), 'invariant Condition'],
    [
      'a range upside down (rng-2)',
      observation,
      (r) => void [delete r.valueQuantity, (r.valueRange = { low: gram(9), high: gram(1) })],
      'invariant Observation.value',
    ],
    [
      'a comparator in a simple quantity (sqty-1)',
      observation,
      (r) => void (r.referenceRange = [{ low: { value: 9, comparator: '<' } }]),
      'invariant Observation.referenceRange[0].low, too-many Observation.referenceRange[0].low.comparator',
    ],
  ],
  extensions: [
    ['no url', patient, (r) => void (r.extension = [{ valueString: 'x' }]), 'required Patient.extension[0].url'],
    ['a relative url', patient, (r) => void (r.extension = [{ url: 'x', valueString: 'x' }]), 'extension-url Patient.extension[0].url'],
    [
      'neither value nor extensions',
      patient,
      (r) => void (r.extension = [{ url: 'http://example.org/x' }]),
      'extension-value Patient.extension[0]',
    ],
    [
      'value and extensions',
      patient,
      (r) => void (r.extension = [{ url: 'http://example.org/x', valueString: 'x', extension: [{ url: 'y', valueString: 'z' }] }]),
      'extension-value Patient.extension[0]',
    ],
    [
      'a value of the wrong type',
      condition,
      (r) => extend(r, 'plain', { valueInteger: 1 }),
      'type-not-allowed Condition.extension[0].value',
    ],
    ['outside its context', patient, (r) => extend(r, 'plain', { valueString: 'x' }), 'extension-context Patient.extension[0]'],
    [
      'outside its context, on a primitive',
      patient,
      (r) => void [(r._gender = {}), extend(r._gender, 'plain', { valueString: 'x' })],
      'extension-context Patient.gender.extension[0]',
    ],
    [
      'a complex one with a part it does not have',
      patient,
      (r) =>
        extend(r, 'complex', {
          extension: [
            { url: 'part', valueBoolean: true },
            { url: 'other', valueBoolean: true },
          ],
        }),
      'slice-closed Patient.extension[0].extension[1]',
    ],
    [
      'a part of the wrong type',
      patient,
      (r) => extend(r, 'complex', { extension: [{ url: 'part', valueString: 'x' }] }),
      'type-not-allowed Patient.extension[0].extension[0].value',
    ],
    [
      'a modifier among the plain ones',
      consent,
      (r) => extend(r, 'modifier', { valueCode: 'a' }),
      'extension-is-modifier Consent.extension[0]',
    ],
    [
      'a plain one among the modifiers',
      condition,
      (r) => extend(r, 'plain', { valueString: 'x' }, 'modifierExtension'),
      'extension-not-modifier Condition.modifierExtension[0]',
    ],
    [
      'a code of a known modifier outside its set',
      consent,
      (r) => extend(r, 'modifier', { valueCode: 'b' }, 'modifierExtension'),
      'binding-required Consent.modifierExtension[0].value',
    ],
    [
      'an unknown modifier on a directive contained elsewhere',
      patient,
      (r) =>
        void (r.contained = [
          { ...consent, id: 'c', patient: { reference: '#' }, modifierExtension: [{ url: `${BASE}/x`, valueCode: 'a' }] },
        ]),
      'unknown-modifier Patient.contained[0].modifierExtension[0]',
    ],
    [
      'an unknown modifier',
      patient,
      (r) => extend(r, 'unknown', { valueCode: 'a' }, 'modifierExtension'),
      'unknown-modifier Patient.modifierExtension[0]',
    ],
    [
      'an unknown modifier on a decision',
      consent,
      (r) => extend(r, 'unknown', { valueCode: 'a' }, 'modifierExtension'),
      'unknown-modifier-on-decision Consent.modifierExtension[0]',
    ],
    [
      'an unknown modifier inside a decision',
      consent,
      (r) => extend(r.provision, 'unknown', { valueCode: 'a' }, 'modifierExtension'),
      'unknown-modifier-on-decision Consent.provision.modifierExtension[0]',
    ],
    [
      'an unknown modifier on a permission to share',
      consent,
      (r) => void [(r.scope.coding[0].code = 'patient-privacy'), extend(r, 'unknown', { valueCode: 'a' }, 'modifierExtension')],
      'unknown-modifier Consent.modifierExtension[0]',
    ],
  ],
  'references and contained resources': [
    [
      'another type than allowed',
      consent,
      (r) => void (r.patient.reference = 'Practitioner/1'),
      'reference-type Consent.patient.reference',
    ],
    [
      'another type, absolute',
      consent,
      (r) => void (r.patient.reference = 'https://example.org/fhir/Practitioner/1'),
      'reference-type Consent.patient.reference',
    ],
    [
      'another type, conditional',
      consent,
      (r) => void (r.patient.reference = 'Practitioner?identifier=x'),
      'reference-type Consent.patient.reference',
    ],
    ['a type R4 does not have', consent, (r) => void (r.patient.reference = 'Patiens/1'), 'reference-format Consent.patient.reference'],
    [
      'Reference.type at odds with the reference',
      consent,
      (r) => void (r.patient.type = 'Group'),
      'reference-type-differs Consent.patient.type',
    ],
    [
      'a fragment that leads nowhere',
      consent,
      (r) => void (r.patient.reference = '#x'),
      'reference-not-contained Consent.patient.reference',
    ],
    [
      'a contained resource of the wrong type',
      withContained,
      (r) => void (r.contained[0] = { resourceType: 'Device', id: 'r' }),
      'reference-type Consent.performer[0].reference',
    ],
    ['a contained resource nothing refers to', withContained, (r) => void delete r.performer, 'contained-unused Consent.contained[0]'],
    [
      'a contained resource with a version',
      withContained,
      (r) => void (r.contained[0].meta = { versionId: '1' }),
      'contained-meta Consent.contained[0].meta',
    ],
    [
      'a contained resource with a security label',
      withContained,
      (r) => void (r.contained[0].meta = { security: [{ code: 'R', system: 'urn:x:y' }] }),
      'contained-meta Consent.contained[0].meta.security',
    ],
    [
      'a contained resource in a contained one',
      withContained,
      (r) => void (r.contained[0].contained = [{ resourceType: 'Basic', id: 'b', code: { text: 'x' }, subject: { reference: '#' } }]),
      'contained-nested Consent.contained[0].contained',
    ],
    [
      'a fault inside a contained resource',
      withContained,
      (r) => void (r.contained[0].gender = 'x'),
      'binding-required Consent.contained[0].gender',
    ],
    [
      'a fault inside a bundle entry',
      bundle,
      (r) => void (r.entry[0].resource.code = 'x'),
      'wrong-json-type Bundle.entry[0].resource.code',
    ],
    [
      'a request in a bundle that has none (bdl-3)',
      bundle,
      (r) => void (r.entry[0].request = { method: 'GET', url: 'Patient' }),
      'invariant Bundle',
    ],
  ],
  narrative: [
    ['no div', patient, div('<p xmlns="http://www.w3.org/1999/xhtml">x</p>'), 'narrative Patient.text.div'],
    ['no namespace', patient, div('<div>x</div>'), 'narrative Patient.text.div'],
    ['tags that do not match', patient, div(DIV('<p><b>x</p></b>')), 'narrative Patient.text.div'],
    ['a stray ampersand', patient, div(DIV('a & b')), 'narrative Patient.text.div'],
    ['only white space', patient, div(DIV(' &#160; ')), 'narrative Patient.text.div'],
    ['a script', patient, div(DIV('<script>alert(1)</script>')), 'narrative Patient.text.div'],
    ['an event handler', patient, div(DIV('<p onclick="x()">x</p>')), 'narrative Patient.text.div'],
    ['a javascript link in disguise', patient, div(DIV('<a href="java&#10;script:x()">x</a>')), 'narrative Patient.text.div'],
    ['a form', patient, div(DIV('<form action="https://example.org">x</form>')), 'narrative Patient.text.div'],
    ['a frame', patient, div(DIV('<iframe src="https://example.org">x</iframe>')), 'narrative Patient.text.div'],
    ['a style that loads', patient, div(DIV('<p style="background:url(https://example.org/x)">x</p>')), 'narrative Patient.text.div'],
    ['an image that is a script', patient, div(DIV('<img src="data:image/svg+xml;base64,AAAA" alt="x"/>')), 'narrative Patient.text.div'],
    ['two divs', patient, div(DIV('x') + DIV('y')), 'narrative Patient.text.div'],
  ],
  profiles: [
    ['another fixed value', profiled.fixed, (r) => void (r.status = 'amended'), 'fixed Observation.status'],
    [
      'a target the profile leaves out',
      profiled.fixed,
      (r) => void (r.subject.reference = 'Group/1'),
      'reference-type Observation.subject.reference',
    ],
    ['more than the fixed value', profiled.fixed, (r) => void (r.method.id = 'x'), 'fixed Observation.method'],
    ['another fixed number', profiled.fixed, (r) => void (r.valueQuantity.value = 6), 'fixed Observation.value.value'],
    ['a pattern not met', profiled.fixed, (r) => void (r.code.coding[0].code = '1-1'), 'pattern Observation.code'],
    ['an element the profile requires', profiled.fixed, (r) => void delete r.subject, 'required Observation.subject'],
    ['an element the profile forbids', profiled.fixed, (r) => void (r.bodySite = { text: 'x' }), 'too-many Observation.bodySite'],
    [
      'a type the profile leaves out',
      profiled.fixed,
      (r) => void [delete r.valueQuantity, (r.valueBoolean = true)],
      'type-not-allowed Observation.value',
    ],
    ['a rule inside one type of a choice', profiled.fixed, (r) => void delete r.valueQuantity.unit, 'required Observation.value.unit'],
    [
      'too many',
      profiled.fixed,
      (r) => void [(r.note = ['a', 'b', 'c'].map((each) => ({ text: each }))), (r.performer = [{ reference: 'Patient/p1' }])],
      'too-many Observation.note',
    ],
    [
      'a text too long',
      profiled.fixed,
      (r) => void [(r.note = [{ text: 'a'.repeat(11) }]), (r.performer = [{ reference: 'Patient/p1' }])],
      'too-long Observation.note[0].text',
    ],
    ["the profile's own invariant", profiled.fixed, (r) => void (r.note = [{ text: 'a' }]), 'invariant Observation'],
    [
      "a profile's invariant under a key R4 has too",
      profiled.sameKey,
      (r) => void delete r.contact[0].gender,
      'invariant Patient.contact[0]',
    ],
    ['a value below the minimum', profiled.range, (r) => void (r.valueInteger = 0), 'out-of-range Observation.value'],
    ['a value above the maximum', profiled.range, (r) => void (r.valueInteger = 11), 'out-of-range Observation.value'],
    [
      'a required code outside the profile’s set',
      profiled.target,
      (r) => void (r.bodySite = [letter('b')]),
      'binding-required Condition.bodySite[0]',
    ],
    [
      'an extension the profile requires',
      profiled.target,
      (r) => void (r.extension = [{ url: 'http://example.org/x', valueString: 'x' }]),
      'slice-required Condition.extension',
    ],
  ],
  slicing: [
    ['a required slice missing (value)', profiled.byValue, (r) => void r.identifier.shift(), 'slice-required Patient.identifier'],
    [
      'a slice too often (value)',
      profiled.byValue,
      (r) => void r.identifier.push({ ...r.identifier[0] }),
      'slice-too-many Patient.identifier',
    ],
    [
      'a rule inside a slice (required)',
      profiled.byValue,
      (r) => void delete r.identifier[0].value,
      'required Patient.identifier[0].value',
    ],
    ['a rule inside a slice (fixed)', profiled.byValue, (r) => void (r.identifier[0].use = 'old'), 'fixed Patient.identifier[0].use'],
    ['a required slice missing (pattern)', profiled.byPattern, (r) => void r.category.shift(), 'slice-required Condition.category'],
    [
      'a value of no slice where slicing is closed',
      profiled.byPattern,
      (r) => void r.category.push(letter('a1')),
      'slice-closed Condition.category[2]',
    ],
    [
      'slices out of order',
      profiled.ordered,
      (r) => void r.category.splice(0, 2, letter('b'), letter('a')),
      'slice-order Condition.category[1]',
    ],
    [
      'a slice after the open end',
      profiled.ordered,
      (r) => void r.category.splice(1, 2, letter('c'), letter('b')),
      'slice-order Condition.category[2]',
    ],
    [
      'a type that is no slice (type)',
      profiled.byType,
      (r) => void [delete r.valueQuantity, (r.valueString = 'x')],
      'slice-closed Observation.value',
    ],
    ['a rule inside a slice (type)', profiled.byType, (r) => void delete r.valueQuantity.code, 'required Observation.value.code'],
    ['a required slice missing (exists)', profiled.byExists, (r) => void r.reasonCode.shift(), 'slice-required Encounter.reasonCode'],
    ['a rule inside a slice (exists)', profiled.byExists, (r) => void delete r.reasonCode[0].text, 'required Encounter.reasonCode[0].text'],
    ['a required slice missing (profile)', profiled.byProfile, (r) => void r.telecom.shift(), 'slice-required Patient.telecom'],
    [
      'a rule inside a slice (profile of the target)',
      profiled.byTarget,
      (r) => void delete r.participant[0].period,
      'required Encounter.participant[0].period',
    ],
    [
      'a slice too often (profile of the target)',
      profiled.byTarget,
      (r) => void r.participant.push(r.participant[0]),
      'slice-too-many Encounter.participant',
    ],
    [
      'no target of the required type',
      profiled.byTargetProfile,
      (r) => void (r.participant[0].individual.reference = 'RelatedPerson/1'),
      'slice-required Encounter.participant',
    ],
    [
      'a required slice of a slice missing',
      profiled.again,
      (r) => void (r.identifier[0].use = 'temp'),
      'slice-required Patient.identifier',
    ],
    ['a slice of a slice too often', profiled.again, (r) => void r.identifier.push(r.identifier[0]), 'slice-too-many Patient.identifier'],
    ['a rule inside a slice of a slice', profiled.again, (r) => void delete r.identifier[0].value, 'required Patient.identifier[0].value'],
    ['a required slice missing (parts of a value)', profiled.byParts, (r) => void r.category.shift(), 'slice-required Condition.category'],
    [
      'a rule inside a slice (parts of a value)',
      profiled.byParts,
      (r) => void delete r.category[0].text,
      'required Condition.category[0].text',
    ],
    ['a required slice missing (value set)', profiled.byBinding, (r) => void r.category.shift(), 'slice-required Condition.category'],
  ],
};

t.test('the resources the cases start from are valid', async (t) => {
  for (const [name, resource] of [...Object.entries(valid), ...Object.entries(profiled), ['withContained', withContained] as const]) {
    t.same(errorsOf(resource), [], name);
  }
});

for (const [group, cases] of Object.entries(GROUPS)) {
  t.test(`finds what is wrong: ${group}`, async (t) => {
    for (const [name, of, change, finding] of cases) {
      const resource = structuredClone(of);
      t.equal(errorsOf(change(resource) ?? resource).join(', '), finding, name);
    }
  });
}

t.test('at least sixty cases, each in a group of its rule', async (t) => {
  t.ok(Object.values(GROUPS).flat().length >= 60);
});

t.test('an issue says what, where and in both languages, and never repeats content', async (t) => {
  const secret = 'Jansen999911120';
  const [issue] = validator.validate({ ...valid.patient, gender: secret });
  t.match(issue, {
    severity: 'error',
    code: 'code-invalid',
    expression: ['Patient.gender'],
    details: {
      coding: [{ system: RULE_SYSTEM, code: 'binding-required' }],
      text: 'The code is not one of the required value set http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1.',
      _text: {
        extension: [
          {
            url: 'http://hl7.org/fhir/StructureDefinition/translation',
            extension: [{ valueCode: 'nl' }, { valueString: /verplichte waardelijst/ }],
          },
        ],
      },
    },
  });
  for (const [, cases] of Object.entries(GROUPS)) {
    for (const [name, of, change] of cases) {
      const resource = structuredClone(of);
      const broken = change(resource) ?? resource;
      const marked = JSON.parse(JSON.stringify(broken).replaceAll('"x"', `"${secret}"`));
      t.notMatch(JSON.stringify(validator.validate(marked)), secret, name);
    }
  }
});

t.test('an issue about an issue: what validation answers is itself valid', async (t) => {
  const issue = validator.validate({ ...valid.patient, gender: 'x', nickname: 'y' });
  t.same(errorsOf({ resourceType: 'OperationOutcome', text, issue }), []);
});

t.test('a profile', async (t) => {
  const other = `${BASE}/StructureDefinition/Fixed`;
  const validate = (resource: Json, options: Json = {}) =>
    validator.validate(resource, options).map(({ severity, code }) => `${severity} ${code}`);
  t.same(validate(valid.observation, { profiles: [`${BASE}/none`] }), ['error not-found'], 'asked for and not loaded is an error');
  t.same(
    validate({ ...valid.observation, meta: { profile: [`${BASE}/none`] } }),
    ['warning not-found'],
    'claimed and not loaded is a warning',
  );
  t.same(validate({ ...valid.patient, meta: { profile: [other] } }), ['error structure'], 'for another type is an error');
  t.same(validate({ ...profiled.fixed, status: 'amended' }, { honourMetaProfile: false }), [], 'is passed over when the caller says so');
  t.same(validate({ ...valid.observation, status: 'amended' }, { profiles: [other] }), ['error value'], 'asked for is checked');
  t.same(
    validate({ ...valid.observation, status: 'amended' }, { profiles: [`${other}|9`] }),
    ['error value'],
    'is found whatever version is asked for',
  );
  t.same(
    validate(valid.observation, { profiles: ['http://hl7.org/fhir/StructureDefinition/Observation'] }),
    [],
    'may be the base definition',
  );
});

t.test('what a reference leads to', async (t) => {
  const profileOf = `${BASE}/StructureDefinition/SliceByValue`;
  const resource = profiled.target;
  t.same(
    errorsOf(resource, () => ({ type: 'Group' })),
    ['reference-type Condition.subject.reference'],
    'is of the type the caller says',
  );
  t.same(
    errorsOf(resource, () => ({ type: 'Patient', resource: profiled.byValue })),
    [],
    'conforms',
  );
  t.same(
    errorsOf(resource, () => ({ type: 'Patient', resource: { ...valid.patient, identifier: [] } })),
    ['reference-profile Condition.subject.reference'],
    'does not conform',
  );
  const claim = (profiles: string[]) =>
    validator.validate(resource, { resolve: () => ({ type: 'Patient', profiles }) }).map(({ severity }) => severity);
  t.same([claim([profileOf]), claim([])], [[], ['warning']], 'claims the profile, or does not');
  const entry = (each: Json) => ({ fullUrl: `https://example.org/fhir/${each.resourceType}/${each.id}`, resource: each });
  const both = (p: Json) => ({ resourceType: 'Bundle', type: 'collection', entry: [entry({ ...resource, id: 'c1' }), entry(p)] });
  t.same(errorsOf(both(profiled.byValue)), [], 'is found in the same bundle');
  const encounter = { ...profiled.byTarget, id: 'e1', contained: [{ ...containedPerson, patient: { reference: 'Patient/p1' } }] };
  const kin = { ...encounter, participant: [{ individual: { reference: '#r' } }] };
  t.same(errorsOf(both(kin)), ['required Bundle.entry[1].resource.participant[0].period'], 'contained in an entry, it is found there');
  t.same(errorsOf(both(valid.patient)), ['reference-profile Bundle.entry[0].resource.subject.reference'], 'and held to its profile there');
});

t.test('numbers with kept texts are numbers, for formats, invariants and profiles alike', async (t) => {
  const kept = (json: string) => errorsOf(parseJson(JSON.stringify(valid.observation).replace('"value":5,', json)));
  t.same(kept('"value":1.10,'), []);
  t.same(errorsOf(parseJson(JSON.stringify(profiled.fixed).replace('"value":5,', '"value":5.0,'))), [], 'a fixed value');
  t.same(kept('"value":1.10,"code":"mg",'), ['invariant Observation.value']);
  const upsideDown = JSON.stringify({ ...without(valid.observation, 'valueQuantity'), valueRange: { low: gram(9), high: gram(1) } });
  t.same(errorsOf(parseJson(upsideDown.replace('"value":9', '"value":9.0').replace('"value":1', '"value":1.0'))), [
    'invariant Observation.value',
  ]);
  const range = JSON.stringify(profiled.range).replace('"valueInteger":5', '"valueInteger":11.0');
  t.same(errorsOf(parseJson(range)), ['format Observation.value', 'out-of-range Observation.value']);
});

t.test('what cannot be checked is said, and is no error', async (t) => {
  const bound = {
    ...valid.patient,
    communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'nl' }] } }],
    maritalStatus: { text: 'x' },
  };
  t.same(errorsOf(bound), []);
  const oneUnknown = {
    coding: [
      { system: 'urn:x:y', code: 'a' },
      { system: `${BASE}/elsewhere`, code: 'q' },
    ],
  };
  const severity = validator.validate({ ...profiled.target, severity: oneUnknown });
  t.match(severity, [{ severity: 'information', expression: ['Condition.severity'] }], 'one coding that cannot be checked is enough');
  t.same(errorsOf({ ...profiled.target, severity: { coding: [oneUnknown.coding[0]] } }), ['binding-required Condition.severity']);
  const age = {
    ...valid.condition,
    onsetAge: { value: 5, system: 'http://unitsofmeasure.org', code: 'a' },
    extension: [{ url: 'http://example.org/unknown', valueString: 'x' }],
  };
  t.match(
    validator.validate(age).map(({ severity, code }) => `${severity} ${code}`),
    ['information not-found'],
  );
});

t.test('whatever stands anywhere in a resource, validation answers, in places that exist, and changes nothing', async (t) => {
  const starts: Json[] = [...Object.values(valid), ...Object.values(profiled), withContained];
  const junk = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom<unknown>([null], [[]], {}, { url: 1 }, { reference: {} }, { coding: 'x' }, { toString: 0 }, parseJson('1.0')),
  );
  const property = fc.property(fc.constantFrom(...starts), fc.nat(), junk, (start, seed, value) => {
    const resource = structuredClone(start);
    const places = placesIn(resource);
    const [holder, key] = places[seed % places.length] as [Json, string];
    holder[key] = value;
    const before = writeJson(resource);
    const issues = validator.validate(resource);
    const roots = issues.every(({ expression }) => /^[A-Z]\w*/.test(expression?.[0] ?? ''));
    return roots && writeJson(resource) === before;
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 1500, seed: 11 }));
});

function placesIn(value: unknown): [Json, string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((key) => [[value as Json, key] as [Json, string], ...placesIn((value as Json)[key])]);
}
