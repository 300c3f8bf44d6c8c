// Packages, snapshots, terminology and rule shortcuts: what validation knows before it meets a resource.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import fhirpath from 'fhirpath';
import r4Model from 'fhirpath/fhir-context/r4';
import t from 'tap';
import { create } from 'tar';
import { canonicalKey, sameCanonical } from '../../src/fhir/canonical.js';
import { createDefinitions, type ElementDefinition, r4Definitions, type StructureDefinition } from '../../src/validation/definitions.js';
import { CERTAINLY_HOLDS, plainShortcut } from '../../src/validation/invariant-shortcuts.js';
import { loadPackages, loadResourceFolder } from '../../src/validation/packages.js';
import { createShapes, type Shape } from '../../src/validation/shapes.js';
import { withSnapshot } from '../../src/validation/snapshot.js';
import { createTerminology } from '../../src/validation/terminology.js';
import { createValidator } from '../../src/validation/validator.js';
import { BASE, RESOURCES, writePackage } from './example-profiles.js';

const SHARED = new URL('../../../shared/', import.meta.url).pathname;
const skip = existsSync(SHARED) ? false : 'the published packages (../shared) are not on this machine';
const HOSTS = ['https://fhir.iknl.nl/fhir', 'https://api.iknl.nl/docs/r4/pzp', 'https://api.iknl.nl/docs/pzp/r4'];

t.test('packages', async (t) => {
  const folder = t.testdir({});
  writePackage(folder);

  t.test('load from folders', async (t) => {
    const loaded = await loadPackages(folder);
    t.same(loaded.packages, [{ name: 'example.package', version: '1.2.3' }]);
    t.equal(
      loaded.structureDefinitions.length + loaded.valueSets.length + loaded.codeSystems.length + loaded.others.length,
      RESOURCES.length,
    );
    t.same(
      loaded.others.map(({ resourceType }) => resourceType),
      ['SearchParameter'],
    );
  });

  t.test('load from archives, the same', async (t) => {
    const archives = t.testdir({});
    await create({ gzip: true, cwd: join(folder, 'example.package'), file: join(archives, 'example.tgz') }, ['package']);
    t.same(await loadPackages(archives), await loadPackages(folder));
  });

  t.test('pass over a copy of R4 itself', async (t) => {
    const core = t.testdir({ 'hl7.fhir.r4.core': { package: { 'package.json': '{"name":"hl7.fhir.r4.core"}', 'x.json': 'broken' } } });
    t.same((await loadPackages(core)).packages, []);
  });

  t.test('a plain folder of resources loads as well', async (t) => {
    const place = t.testdir({ 'set.json': JSON.stringify({ resourceType: 'ValueSet', url: `${BASE}/ValueSet/x` }), 'read.me': 'text' });
    t.equal(loadResourceFolder(place).valueSets.length, 1);
  });

  t.test('stop with the name of the file that is broken', async (t) => {
    const bad = async (file: string, content: string, message: RegExp) => {
      const place = t.testdir({});
      writePackage(place);
      writeFileSync(join(place, 'example.package', 'package', file), content);
      await t.rejects(loadPackages(place), { message }, file);
    };
    const definition = (more: object) => JSON.stringify({ ...RESOURCES[0], url: `${BASE}/StructureDefinition/New`, ...more });
    await bad('half.json', '{"resourceType":', /half\.json: not JSON/);
    await bad('list.json', '[]', /list\.json: not a JSON object/);
    await bad('none.json', '{"a":1}', /none\.json: no resourceType/);
    await bad('twice.json', JSON.stringify(RESOURCES[0]), /twice\.json: .*Fixed is already defined by .*StructureDefinition-0\.json/);
    await bad(
      'base.json',
      definition({ baseDefinition: `${BASE}/none` }),
      /base\.json: .*New has no snapshot, and its base .*none is not loaded/,
    );
    await bad('self.json', definition({ baseDefinition: `${BASE}/StructureDefinition/New` }), /self\.json: .*New is its own base/);
    const element = [{ id: 'Observation.nothing', path: 'Observation.nothing', min: 1 }];
    await bad('path.json', definition({ differential: { element } }), /path\.json: .*Observation\.nothing is not an element of its base/);
    const place = t.testdir({ 'broken.tgz': 'no archive' });
    await t.rejects(loadPackages(place), { message: /broken\.tgz/ });
  });

  t.test('cannot redefine R4', async (t) => {
    const place = t.testdir({});
    const patient = {
      ...RESOURCES[2],
      url: 'http://hl7.org/fhir/StructureDefinition/Patient',
      differential: { element: [{ id: 'Patient.nickname', path: 'Patient.name' }] },
    };
    writePackage(place, [{ ...patient, differential: { element: [] } }]);
    const validator = createValidator({ packages: [await loadPackages(place)] });
    t.match(validator.validate({ resourceType: 'Patient', nickname: 'x' }), [{ severity: 'error' }]);
  });
});

t.test('a canonical names one artefact on each of its hosts, whatever its version', async (t) => {
  for (const host of HOSTS) t.equal(canonicalKey(`${host}/Questionnaire/ACP-zib2020|0.1`), `${HOSTS[0]}/Questionnaire/ACP-zib2020`);
  t.ok(sameCanonical(`${HOSTS[1]}/ValueSet/x`, `${HOSTS[2]}/ValueSet/x|2`));
  t.notOk(sameCanonical(`${HOSTS[1]}/ValueSet/x`, `${HOSTS[1]}/ValueSet/y`));
  t.notOk(sameCanonical(`${HOSTS[0]}/ValueSet/x`, 'https://fhir.iknl.nl/fhirx/ValueSet/x'));
});

t.test('snapshots made from the published differentials say what the published snapshots say', { skip }, async (t) => {
  const read = (name: string) => {
    const folder = `${SHARED}fhir-packages/${name}/package`;
    return readdirSync(folder)
      .filter((file) => file.startsWith('StructureDefinition'))
      .map((file) => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as StructureDefinition);
  };
  const published = readdirSync(`${SHARED}fhir-packages`).flatMap(read);
  const definitions = createDefinitions([r4Definitions(), { structureDefinitions: published, valueSets: [], codeSystems: [] }]);
  const differences: string[] = [];
  let compared = 0;
  for (const definition of published) {
    const made = withSnapshot({ ...definition, snapshot: undefined }, definitions.structure);
    const wanted = new Map(definition.snapshot?.element.map((each) => [each.id, each]));
    for (const element of made.snapshot?.element ?? []) {
      const other = wanted.get(element.id);
      if (!other) continue;
      compared++;
      const difference = differing(element, other);
      if (difference) differences.push(`${definition.url} ${element.id} ${difference}`);
    }
    const ids = new Set(made.snapshot?.element.map(({ id }) => id));
    for (const { id } of definition.differential?.element ?? []) if (!ids.has(id)) differences.push(`${definition.url} lacks ${id}`);
  }
  t.ok(compared > 1500, `${compared} elements compared`);
  t.same(differences, []);
});

function differing(a: ElementDefinition, b: ElementDefinition): string | undefined {
  const view = (element: ElementDefinition) => ({
    min: element.min,
    max: element.max,
    // FHIRPath's own types stand for ids, urls and values of primitives.
    types: /\.(id|url|value)$/.test(element.path)
      ? ''
      : element.type?.map(({ code, profile, targetProfile }) => [code, profile, targetProfile]),
    set: Object.entries(element).filter(([key]) => /^(fixed|pattern)/.test(key)),
    binding: element.binding?.valueSet && [element.binding.strength, element.binding.valueSet],
    slicing: element.slicing?.discriminator?.map(({ type, path }) => `${type} ${path}`),
  });
  const [x, y] = [view(a), view(b)] as [Record<string, unknown>, Record<string, unknown>];
  return Object.keys(x).find((key) => JSON.stringify(x[key]) !== JSON.stringify(y[key]));
}

t.test('terminology', async (t) => {
  const folder = t.testdir({});
  writePackage(folder);
  const terminology = createTerminology(createDefinitions([r4Definitions(), await loadPackages(folder)]));
  const codes = (name: string) => terminology.expand(`${BASE}/ValueSet/${name}`)?.contains.map(({ code }) => code);
  const holds = (name: string, code: string, system: string | undefined = `${BASE}/cs`) =>
    terminology.validateCode(`${BASE}/ValueSet/${name}`, { system, code });

  t.same(codes('all'), ['a', 'a1', 'a11', 'a2', 'b'], 'a whole code system');
  t.same(codes('branch'), ['a', 'a1', 'a11'], 'is-a, less what is excluded');
  t.same(codes('below'), ['a1', 'a11', 'a2'], 'descendent-of');
  t.same(codes('not-below'), ['b'], 'is-not-a');
  t.same(codes('retired'), ['a2'], 'a property');
  t.same(codes('both'), ['a1', 'a11', 'a2'], 'two sets at once are what they share');
  t.equal(codes('elsewhere'), undefined, 'a set that draws on a system not loaded cannot be listed');
  t.equal(codes('snomed'), undefined);
  t.equal(codes('circle'), undefined, 'a set that includes itself');
  t.equal(codes('none'), undefined);

  t.same([holds('branch', 'a11'), holds('branch', 'a2'), holds('branch', 'b'), holds('branch', 'A')], [true, false, false, false]);
  t.equal(holds('branch', 'a', 'urn:other'), false, 'the code of another system');
  t.equal(holds('branch', 'a', ''), false);
  t.equal(terminology.validateCode(`${BASE}/ValueSet/branch`, { code: 'a' }), true, 'no system: any');
  t.same(
    [holds('elsewhere', 'b'), holds('elsewhere', 'a'), holds('elsewhere', 'q', `${BASE}/elsewhere`)],
    [true, false, undefined],
    'unknown only where it is',
  );
  t.same([holds('snomed', '1', 'http://snomed.info/sct'), holds('snomed', '1', 'http://loinc.org')], [undefined, false]);
  t.equal(holds('none', 'a'), undefined, 'a set that is not loaded');
  t.equal(terminology.isLoaded(`${BASE}/ValueSet/none`), false);

  const found = terminology.lookup(`${BASE}/cs`, 'a');
  t.match(found, { system: `${BASE}/cs`, name: 'Letters', concept: { code: 'a', display: 'A' } });
  t.equal(terminology.lookup(`${BASE}/cs`, 'x'), 'no-such-code');
  t.equal(terminology.lookup(`${BASE}/elsewhere`, 'x'), undefined);
  t.equal(terminology.lookup('http://snomed.info/sct', '395091006'), undefined);

  t.same(
    terminology.expand('http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1')?.contains.map(({ code }) => code),
    ['male', 'female', 'other', 'unknown'],
  );
  t.equal(terminology.validateCode('http://hl7.org/fhir/ValueSet/all-languages', { code: 'nl-NL' }), true);
  t.equal(terminology.validateCode('http://hl7.org/fhir/ValueSet/all-languages', { code: 'Nederlands!' }), false);
  const v3 = terminology.expand('http://terminology.hl7.org/ValueSet/v3-ActEncounterCode')?.contains.map(({ code }) => code);
  t.ok(v3?.includes('IMP') && !v3.includes('ORD'), 'a filter on a code system of HL7');
});

t.test('a shortcut never says that a broken rule holds', async (t) => {
  const shapes = createShapes(createDefinitions([r4Definitions()]));
  const rules = r4Definitions()
    .structureDefinitions.filter(({ derivation }) => derivation !== 'constraint')
    .flatMap(({ snapshot }) => snapshot?.element ?? [])
    .flatMap(({ path, constraint }) => (constraint ?? []).map(({ key, expression }) => ({ path, key, expression: expression ?? '' })))
    .flatMap((rule) => {
      const shape = shapes.of(rule.path);
      const names = (element: string) => shape?.byName.get(element)?.variants.map(({ jsonName }) => jsonName);
      const shortcut = shape && (CERTAINLY_HOLDS[rule.expression] ?? plainShortcut(rule.expression, names));
      return shape && shortcut && !rule.expression.includes('resolve()') ? [{ ...rule, shape, shortcut }] : [];
    });
  t.ok(rules.length > 100, `${rules.length} rules have one`);
  for (const { path, key, expression, shape, shortcut } of rules) {
    const evaluate = fhirpath.compile({ base: path, expression }, r4Model, { async: false as const, traceFn: () => undefined });
    const property = fc.property(arbitraryOf(shape, expression), (value) => {
      if (!shortcut(value)) return true;
      const result = evaluate(value, { resource: value, rootResource: value, context: value }) as unknown[];
      return !(result.length === 1 && result[0] === false);
    });
    t.doesNotThrow(() => fc.assert(property, { numRuns: 40, seed: 4 }), `${key} ${path}`);
  }
});

t.test('only alternatives of a whole rule give a shortcut', async (t) => {
  const shortcut = (expression: string) => plainShortcut(expression, (name) => (name === 'unknown' ? undefined : [name]));
  const holds = (expression: string, value: Record<string, unknown>) => shortcut(expression)?.(value);
  t.equal(holds('a.exists() or b > 1', { a: 1 }), true);
  t.equal(holds('b > 1 or a.empty()', {}), true);
  t.equal(holds('a.exists() implies b', {}), true);
  t.equal(holds('a.exists() implies b', { _a: {} }), false);
  t.equal(holds("(b = ' or ' or c) or a.exists()", { a: 1 }), true);
  for (const none of [
    'a.exists() or b implies c',
    'a.exists() or b xor c',
    'a.exists() and b',
    'unknown.empty() or b',
    "x = ' or a.exists() or '",
  ]) {
    t.equal(shortcut(none), undefined, none);
  }
});

/** Values with and without each element the expression names. */
function arbitraryOf(shape: Shape, expression: string): fc.Arbitrary<Record<string, unknown>> {
  const fields: Record<string, fc.Arbitrary<unknown>> = { id: fc.constant('x') };
  for (const element of shape.elements.filter(({ name }) => new RegExp(`\\b${name}\\b`).test(expression))) {
    for (const { jsonName, type, isPrimitive } of element.variants.slice(0, 2)) {
      const one = isPrimitive ? primitive(type.code) : fc.constantFrom<unknown>({ id: 'x' }, { text: 'x' });
      fields[jsonName] = element.isArray ? fc.array(one, { minLength: 1, maxLength: 2 }) : one;
      if (isPrimitive && !element.isArray) fields[`_${jsonName}`] = fc.constant({ id: 'x' });
    }
  }
  return fc.record(fields, { requiredKeys: [] });
}

function primitive(type: string): fc.Arbitrary<unknown> {
  if (type === 'boolean') return fc.boolean();
  if (/decimal|integer|Int/.test(type)) return fc.integer({ min: 0, max: 3 });
  if (/date|instant/.test(type)) return fc.constantFrom('2020', '2020-05', '2020-05-01', '2021-05-01', '2020-05-01T10:00:00Z');
  return fc.constantFrom('x', 'Xy', 'display', 'group', 'http://example.org/x');
}
