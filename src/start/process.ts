// The process the service works by: its own, or a region's from a file. A wrong file stops the start with one line.
import { readFileSync } from 'node:fs';
import type { PlanDefinition, Resource } from '@medplum/fhirtypes';
import { isObject, parseJson } from '../fhir/json.js';
import { FHIR_ID } from '../fhir/references.js';
import { IZP_PROCESS_ID } from '../izp/process/process-codes.js';
import { type Process, readProcess } from '../izp/process/read-process.js';
import { StartError } from '../store/start-error.js';
import { isError, type JudgeWrite } from '../validation/write-verdict.js';

/** `own` holds the service's definitions. Throws StartError that names what is wrong with the file. */
export function loadProcess(file: string | undefined, own: readonly Resource[], validate: JudgeWrite): Process {
  const base = own.find(({ resourceType, id }) => resourceType === 'PlanDefinition' && id === IZP_PROCESS_ID) as PlanDefinition;
  if (file === undefined) return readProcess(base);
  try {
    return readProcess(definitionIn(file, validate), base);
  } catch (error) {
    throw new StartError(`PROCESS_FILE: ${error instanceof Error ? error.message : 'it cannot be read'}.`, error);
  }
}

function definitionIn(file: string, validate: JudgeWrite): PlanDefinition {
  const definition = parseJson(textOf(file));
  if (!isObject(definition) || definition.resourceType !== 'PlanDefinition') throw new Error('it holds no PlanDefinition');
  if (typeof definition.id !== 'string' || !FHIR_ID.test(definition.id)) throw new Error('the PlanDefinition needs an id');
  const wrong = validate(definition).issues.find(isError);
  if (wrong) throw new Error(`${wrong.expression?.[0] ?? 'PlanDefinition'}: ${(wrong.diagnostics ?? 'is not valid').replace(/\.$/, '')}`);
  return definition as unknown as PlanDefinition;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new Error('the file cannot be read');
  }
}
