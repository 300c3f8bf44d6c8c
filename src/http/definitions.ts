// What the registries define, as resources: operations, and the search parameters that R4 does not have.
// https://hl7.org/fhir/R4/operationdefinition.html, https://hl7.org/fhir/R4/searchparameter.html
import type { OperationDefinition, OperationDefinitionParameter, SearchParameter as SearchParameterResource } from '@medplum/fhirtypes';
import { SERVED_TYPES } from '../fhir/resource-types.js';
import { IZP_BASE } from '../izp/izp-codes.js';
import { OPERATIONS } from '../operations/index.js';
import type { Operation } from '../operations/operation.js';
import { type SearchParameter, searchParametersOf } from '../search/parameters.js';

const R4_PARAMETERS = 'http://hl7.org/fhir/SearchParameter/';

/** The canonical url of an operation: the same wherever the service runs. */
export function operationUrl(name: string): string {
  return `${IZP_BASE}/OperationDefinition/${name}`;
}

/** The canonical url of a parameter's definition: as published, or the service's own. */
export function searchParameterUrl(type: string, { code, url }: SearchParameter): string {
  return url ?? `${IZP_BASE}/SearchParameter/${type}-${code}`;
}

export function operationDefinitions(): OperationDefinition[] {
  return OPERATIONS.map(operationDefinition);
}

function operationDefinition(operation: Operation): OperationDefinition {
  const at = (level: Operation['levels'][number]) => operation.levels.includes(level);
  return {
    resourceType: 'OperationDefinition',
    id: operation.name,
    url: operationUrl(operation.name),
    name: operation.name
      .split('-')
      .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
      .join(''),
    title: operation.title,
    status: 'active',
    kind: 'operation',
    affectsState: operation.affectsState,
    code: operation.name,
    ...(operation.types.length > 0 ? { resource: operation.types as OperationDefinition['resource'] } : {}),
    system: at('system'),
    type: at('type'),
    instance: at('instance'),
    ...(operation.parameters.length > 0 ? { parameter: operation.parameters as OperationDefinitionParameter[] } : {}),
  };
}

/** One for each parameter of a type that is not among R4's. */
export function searchParameterDefinitions(): SearchParameterResource[] {
  return SERVED_TYPES.flatMap((type) =>
    searchParametersOf(type)
      .filter(({ url }) => !url?.startsWith(R4_PARAMETERS))
      .map((parameter) => searchParameterDefinition(type, parameter)),
  );
}

function searchParameterDefinition(type: (typeof SERVED_TYPES)[number], parameter: SearchParameter): SearchParameterResource {
  return {
    resourceType: 'SearchParameter',
    id: `${type}-${parameter.code}`,
    url: searchParameterUrl(type, parameter),
    name: parameter.code,
    status: 'active',
    description: `Searches ${type} by ${parameter.code}.`,
    code: parameter.code,
    base: [type],
    type: parameter.type,
    expression: parameter.paths.map((path) => `${type}.${fhirPath(path)}`).join(' | '),
    ...(parameter.targets ? { target: parameter.targets as SearchParameterResource['target'] } : {}),
  };
}

/** An element path of the registry as FHIRPath. */
function fhirPath(path: string): string {
  return path
    .replace(/_(?=[a-z])/g, '')
    .replace(/extension\(url=([^()]*)\)/g, "extension('$1')")
    .replace(/\(is ([A-Za-z]+)\)/g, '.where(resolve() is $1)')
    .replace(/\(([A-Za-z]+)=([^()]*)\)/g, ".where($1='$2')")
    .replace(/(^|\.)value[A-Z]\w*$/, '$1value')
    .replace(/\[x\]/g, '')
    .replace(/\(true\)$/, '.exists()');
}
