// The definitions the service works by: R4's, its own profiles, and those of the packages it was pointed at.
import { fileURLToPath } from 'node:url';
import type { OperationOutcomeIssue, Resource } from '@medplum/fhirtypes';
import { operationDefinitions, searchParameterDefinitions } from '../http/definitions.js';
import { registerSearchParameter } from '../search/parameters.js';
import { StartError } from '../store/start-error.js';
import { type LoadedPackages, loadPackages, loadResourceFolder } from '../validation/packages.js';
import { createValidator } from '../validation/validator.js';
import { type SearchableValueSets, searchableValueSets } from './terminology.js';

/** At the same depth from src and from dist. */
const OWN_PROFILES = fileURLToPath(new URL('../../fhir-profiles/generated', import.meta.url));

export interface Definitions extends SearchableValueSets {
  validate(resource: Resource): OperationOutcomeIssue[];
  /** What the service itself defines, as resources to be read and searched. */
  own: Resource[];
}

/** Reads everything and registers the search parameters. Throws StartError that names a package file that is no good. */
export async function loadDefinitions(packagesDir: string | undefined): Promise<Definitions> {
  const profiles = loadResourceFolder(OWN_PROFILES);
  const packages = packagesDir === undefined ? [] : [await readPackages(packagesDir)];
  const sources = [profiles, ...packages];
  // A parameter that R4 has already, or that this service cannot search by, stays what it was: R4's definition counts.
  for (const { others } of sources) for (const each of others) if (each.resourceType === 'SearchParameter') registerSearchParameter(each);
  const validator = createValidator({ packages: sources });
  const own = [...profiles.structureDefinitions, ...profiles.valueSets, ...profiles.codeSystems, ...profiles.others].map(
    (definition) => ({ ...definition, id: definition.url.slice(definition.url.lastIndexOf('/') + 1) }) as unknown as Resource,
  );
  const published = new Set(profiles.others.map(({ url }) => url));
  return {
    ...searchableValueSets(validator.terminology, sources),
    validate: (resource) => validator.validate(resource).map(tolerated),
    own: [...own, ...operationDefinitions(), ...searchParameterDefinitions().filter(({ url }) => !published.has(url))],
  };
}

/**
 * A directive with a modifier extension nobody here knows is stored, and shown as "cannot be interpreted": a wish that is refused
 * is a wish that is lost.
 */
const TOLERATED = 'unknown-modifier-on-decision';

function tolerated(issue: OperationOutcomeIssue): OperationOutcomeIssue {
  return issue.details?.coding?.some(({ code }) => code === TOLERATED) ? { ...issue, severity: 'warning' } : issue;
}

async function readPackages(folder: string): Promise<LoadedPackages> {
  try {
    return await loadPackages(folder);
  } catch (error) {
    throw new StartError(`FHIR_PACKAGES_DIR: ${error instanceof Error ? error.message : 'it cannot be read'}`, error);
  }
}
