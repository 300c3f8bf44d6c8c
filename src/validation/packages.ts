// FHIR packages from a folder: npm-style folders or .tgz, read once at start. https://hl7.org/fhir/packages.html
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { canonicalKey } from '../fhir/canonical.js';
import { isObject } from '../fhir/json.js';
import type { CodeSystem, DefinitionSource, StructureDefinition, ValueSet } from './definitions.js';
import { createDefinitions, r4Definitions } from './definitions.js';
import { withSnapshot } from './snapshot.js';

export interface LoadedPackages extends DefinitionSource {
  packages: { name: string; version: string }[];
  /** Every resource with a canonical URL as its file has it: the definitions above are trimmed to what validation reads. */
  resources: { resourceType: string; url: string; [element: string]: unknown }[];
  /** Everything with a canonical URL that is no structure, value set or code system: search parameters, questionnaires … */
  others: { resourceType: string; url: string; [element: string]: unknown }[];
}

/** R4 itself is built in; a copy in the folder is passed over. */
const BUILT_IN = /^hl7\.fhir\.r4\.(core|expansions)$/;

interface SourceFile {
  /** As shown in errors. */
  name: string;
  text: string;
}

/**
 * Loads every package in a folder. Snapshots are made where missing. Throws an Error that names the file when one is no JSON, no
 * resource, defines what another file defines, or cannot be given a snapshot.
 */
export async function loadPackages(folder: string): Promise<LoadedPackages> {
  const packages: LoadedPackages['packages'] = [];
  const files: SourceFile[] = [];
  for (const entry of readdirSync(folder).sort()) {
    const path = join(folder, entry);
    const content = entry.endsWith('.tgz') ? await readArchive(path) : statSync(path).isDirectory() ? readFolder(path) : undefined;
    if (!content) continue;
    const manifest = content.find(({ name }) => basename(name) === 'package.json');
    const about = manifest ? parseFile(manifest) : undefined;
    const name = typeof about?.name === 'string' ? about.name : entry;
    if (BUILT_IN.test(name)) continue;
    packages.push({ name, version: typeof about?.version === 'string' ? about.version : '' });
    files.push(...content.filter((file) => file !== manifest));
  }
  return { packages, ...loadDefinitions(files) };
}

/** The same for a plain folder of JSON resources, such as profiles of our own. */
export function loadResourceFolder(folder: string): Omit<LoadedPackages, 'packages'> {
  return loadDefinitions(readJsonFiles(folder));
}

function loadDefinitions(files: SourceFile[]): Omit<LoadedPackages, 'packages'> {
  const loaded: Omit<LoadedPackages, 'packages'> = { structureDefinitions: [], valueSets: [], codeSystems: [], others: [], resources: [] };
  const fileOf = new Map<string, string>();
  for (const file of files) {
    const resource = parseFile(file);
    if (typeof resource.resourceType !== 'string') throw new Error(`FHIR package file ${file.name}: no resourceType`);
    if (typeof resource.url !== 'string') continue;
    const key = `${resource.resourceType} ${canonicalKey(resource.url)}`;
    const other = fileOf.get(key);
    if (other !== undefined) throw new Error(`FHIR package file ${file.name}: ${resource.url} is already defined by ${other}`);
    fileOf.set(key, file.name);
    loaded.resources.push(resource as LoadedPackages['resources'][number]);
    if (resource.resourceType === 'StructureDefinition') loaded.structureDefinitions.push(resource as unknown as StructureDefinition);
    else if (resource.resourceType === 'ValueSet') loaded.valueSets.push(resource as unknown as ValueSet);
    else if (resource.resourceType === 'CodeSystem') loaded.codeSystems.push(resource as unknown as CodeSystem);
    else loaded.others.push(resource as LoadedPackages['others'][number]);
  }
  const definitions = createDefinitions([r4Definitions(), loaded]);
  loaded.structureDefinitions = loaded.structureDefinitions.map((definition) => {
    const name = fileOf.get(`StructureDefinition ${canonicalKey(definition.url)}`) as string;
    try {
      return slim(withSnapshot(definition, definitions.structure));
    } catch (error) {
      throw new Error(`FHIR package file ${name}: ${error instanceof Error ? error.message : 'cannot be read'}`);
    }
  });
  return loaded;
}

function readFolder(path: string): SourceFile[] | undefined {
  const content = join(path, 'package');
  return existsSync(content) ? readJsonFiles(content) : undefined;
}

function readJsonFiles(folder: string): SourceFile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
    .sort()
    .map((name) => ({ name: join(folder, name), text: readFileSync(join(folder, name), 'utf8') }));
}

async function readArchive(path: string): Promise<SourceFile[]> {
  const { list } = await import('tar');
  const files: SourceFile[] = [];
  try {
    list({
      file: path,
      sync: true,
      strict: true,
      filter: (name) => /^package\/[^./][^/]*\.json$/.test(name),
      onReadEntry: (entry) => {
        const chunks: Buffer[] = [];
        entry.on('data', (chunk: Buffer) => chunks.push(chunk));
        entry.on('end', () => files.push({ name: `${path}: ${entry.path}`, text: Buffer.concat(chunks).toString('utf8') }));
      },
    });
  } catch {
    throw new Error(`FHIR package file ${path}: not a readable .tgz archive`);
  }
  if (files.length === 0) throw new Error(`FHIR package file ${path}: holds no package`);
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function parseFile({ name, text }: SourceFile): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw new Error(`FHIR package file ${name}: not JSON`);
  }
  if (!isObject(value)) throw new Error(`FHIR package file ${name}: not a JSON object`);
  return value;
}

/** Without the texts for people, which are most of a definition's weight. */
function slim(definition: StructureDefinition): StructureDefinition {
  const { resourceType, url, version, name, kind, abstract, type, baseDefinition, derivation, context, contextInvariant, snapshot } =
    definition;
  const element = snapshot?.element.map((each) => {
    const kept = { ...each } as Record<string, unknown>;
    for (const key of [
      'short',
      'definition',
      'comment',
      'requirements',
      'alias',
      'mapping',
      'example',
      'isSummary',
      'mustSupport',
      'isModifierReason',
      'meaningWhenMissing',
      'orderMeaning',
      'condition',
      'representation',
      'code',
      'label',
      'extension',
    ]) {
      delete kept[key];
    }
    return kept as unknown as typeof each;
  });
  return {
    resourceType,
    url,
    version,
    name,
    kind,
    abstract,
    type,
    baseDefinition,
    derivation,
    context,
    contextInvariant,
    snapshot: element && { element },
  };
}
