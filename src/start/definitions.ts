// The definitions the service works by: R4's, its own profiles, and those of the packages it was pointed at.
import { fileURLToPath } from 'node:url';
import type { Resource } from '@medplum/fhirtypes';
import { canonicalKey } from '../fhir/canonical.js';
import { FHIR_ID } from '../fhir/references.js';
import { isServedType } from '../fhir/resource-types.js';
import { operationDefinitions, searchParameterDefinitions } from '../http/definitions.js';
import { registerSearchParameter } from '../search/parameters.js';
import { StartError } from '../store/start-error.js';
import { type LoadedPackages, loadPackages, loadResourceFolder } from '../validation/packages.js';
import type { Terminology } from '../validation/terminology.js';
import { createValidator } from '../validation/validator.js';
import type { JudgeWrite } from '../validation/write-verdict.js';
import { type SearchableValueSets, searchableValueSets, withFieldValueSets } from './terminology.js';
import { builtInExtensions, writeJudge } from './validation.js';

/** At the same depth from src and from dist. */
const OWN_PROFILES = fileURLToPath(new URL('../../fhir-profiles/generated', import.meta.url));

export interface Definitions extends SearchableValueSets {
  validate: JudgeWrite;
  terminology: Terminology;
  /** What the service itself defines, as resources to be read and searched. */
  own: Resource[];
  /** What the packages define, likewise. */
  published: Resource[];
}

/** Reads everything and registers the search parameters. Throws StartError that names a package file that is no good. */
export async function loadDefinitions(packagesDir: string | undefined): Promise<Definitions> {
  const profiles = loadResourceFolder(OWN_PROFILES);
  const packages = packagesDir === undefined ? [] : [await readPackages(packagesDir)];
  const sources = [profiles, ...packages];
  // A parameter that R4 has already, or that this service cannot search by, stays what it was: R4's definition counts.
  for (const { others } of sources) for (const each of others) if (each.resourceType === 'SearchParameter') registerSearchParameter(each);
  const validator = createValidator({ packages: [...sources, builtInExtensions()] });
  const terminology = withFieldValueSets(validator.terminology);
  const published = new Set(packages.flatMap(({ resources }) => resources.flatMap(asStored)));
  const all = eachOnce([...profiles.resources.flatMap(asStored), ...published, ...operationDefinitions(), ...searchParameterDefinitions()]);
  return {
    ...searchableValueSets(terminology, sources),
    terminology,
    validate: writeJudge(validator),
    own: all.filter((one) => !published.has(one)),
    published: all.filter((one) => published.has(one)),
  };
}

/** The first of those that share an id or a canonical URL. */
function eachOnce(definitions: Resource[]): Resource[] {
  const seen = new Set<string>();
  return definitions.filter((definition) => {
    const { resourceType, id, url } = definition as Resource & { url: string };
    const names = [`${resourceType}/${id}`, `${resourceType} ${canonicalKey(url)}`];
    const isNew = !names.some((name) => seen.has(name));
    for (const name of names) seen.add(name);
    return isNew;
  });
}

/** A definition under its own id; none of a type that is not served. */
function asStored(definition: LoadedPackages['resources'][number]): Resource[] {
  const { resourceType, url, id } = definition;
  const named = typeof id === 'string' ? id : url.slice(url.lastIndexOf('/') + 1);
  return isServedType(resourceType) && FHIR_ID.test(named) ? [{ ...definition, id: named } as unknown as Resource] : [];
}

async function readPackages(folder: string): Promise<LoadedPackages> {
  try {
    return await loadPackages(folder);
  } catch (error) {
    throw new StartError(`FHIR_PACKAGES_DIR: ${error instanceof Error ? error.message : 'it cannot be read'}`, error);
  }
}
