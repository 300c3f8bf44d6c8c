// The definitions validation works from: HL7 R4 from the committed data file, plus those of loaded packages.
// https://hl7.org/fhir/R4/structuredefinition.html
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { canonicalKey } from '../fhir/canonical.js';

/** Written by scripts/trim-definitions.ts. */
const R4_DATA = new URL('./r4-definitions.data.json.gz', import.meta.url);

export const CORE_PREFIX = 'http://hl7.org/fhir/StructureDefinition/';

export interface ElementType {
  code: string;
  profile?: string[];
  targetProfile?: string[];
}

export interface Constraint {
  key: string;
  severity: 'error' | 'warning';
  human: string;
  expression?: string;
}

export interface Discriminator {
  type: string;
  path: string;
}

export interface ElementSlicing {
  discriminator?: Discriminator[];
  ordered?: boolean;
  rules: 'closed' | 'open' | 'openAtEnd';
}

export interface ElementBinding {
  strength: 'required' | 'extensible' | 'preferred' | 'example';
  valueSet?: string;
  extension?: { url: string; valueCanonical?: string; valueUri?: string }[];
}

/** The part of ElementDefinition that validation reads; fixed[x], pattern[x], minValue[x] and maxValue[x] stand under their own names. */
export interface ElementDefinition {
  id?: string;
  path: string;
  sliceName?: string;
  slicing?: ElementSlicing;
  min?: number;
  max?: string;
  base?: { max?: string };
  contentReference?: string;
  type?: ElementType[];
  binding?: ElementBinding;
  constraint?: Constraint[];
  maxLength?: number;
  isModifier?: boolean;
  [choice: `fixed${string}` | `pattern${string}` | `minValue${string}` | `maxValue${string}`]: unknown;
}

export interface StructureDefinition {
  resourceType: 'StructureDefinition';
  url: string;
  version?: string;
  name?: string;
  kind: string;
  abstract?: boolean;
  type: string;
  baseDefinition?: string;
  derivation?: string;
  context?: { type: string; expression: string }[];
  contextInvariant?: string[];
  snapshot?: { element: ElementDefinition[] };
  differential?: { element: ElementDefinition[] };
}

export interface Concept {
  code: string;
  display?: string;
  definition?: string;
  designation?: unknown[];
  property?: { code: string; valueCode?: string; valueBoolean?: boolean; valueString?: string }[];
  concept?: Concept[];
}

export interface CodeSystem {
  resourceType: 'CodeSystem';
  url: string;
  version?: string;
  name?: string;
  content: string;
  caseSensitive?: boolean;
  concept?: Concept[];
}

export interface ConceptSet {
  system?: string;
  concept?: { code: string; display?: string }[];
  filter?: { property: string; op: string; value: string }[];
  valueSet?: string[];
}

export interface ValueSet {
  resourceType: 'ValueSet';
  url: string;
  version?: string;
  name?: string;
  compose?: { include: ConceptSet[]; exclude?: ConceptSet[] };
  expansion?: { contains?: ExpansionContains[] };
}

export interface ExpansionContains {
  system?: string;
  code?: string;
  display?: string;
  contains?: ExpansionContains[];
}

/** Definitions by kind, as a package or the data file holds them. */
export interface DefinitionSource {
  structureDefinitions: StructureDefinition[];
  valueSets: ValueSet[];
  codeSystems: CodeSystem[];
}

/** Look-up by canonical URL; versions and aliases of hosts do not matter. */
export interface Definitions {
  structure(url: string): StructureDefinition | undefined;
  /** The definition of an R4 data type or resource by its name. */
  ofType(name: string): StructureDefinition | undefined;
  valueSet(url: string): ValueSet | undefined;
  codeSystem(url: string): CodeSystem | undefined;
  structures(): Iterable<StructureDefinition>;
}

let r4: DefinitionSource | undefined;

/** HL7's R4 definitions; read once per process (about 0.1 s, 33 MB). */
export function r4Definitions(): DefinitionSource {
  r4 ??= JSON.parse(gunzipSync(readFileSync(R4_DATA)).toString('utf8')) as DefinitionSource;
  return r4;
}

/** One view on several sources. Where two define the same URL the earlier one counts, so no package can redefine R4. */
export function createDefinitions(sources: DefinitionSource[]): Definitions {
  const structures = new Map<string, StructureDefinition>();
  const valueSets = new Map<string, ValueSet>();
  const codeSystems = new Map<string, CodeSystem>();
  for (const source of sources) {
    addAll(structures, source.structureDefinitions);
    addAll(valueSets, source.valueSets);
    addAll(codeSystems, source.codeSystems);
  }
  return {
    structure: (url) => structures.get(canonicalKey(url)),
    ofType: (name) => structures.get(CORE_PREFIX + name),
    valueSet: (url) => valueSets.get(canonicalKey(url)),
    codeSystem: (url) => codeSystems.get(canonicalKey(url)),
    structures: () => structures.values(),
  };
}

function addAll<T extends { url: string }>(map: Map<string, T>, list: T[]): void {
  for (const each of list) {
    const key = canonicalKey(each.url);
    if (!map.has(key)) map.set(key, each);
  }
}
