// Codes against the value sets they are bound to. https://hl7.org/fhir/R4/terminologies.html#strength
import { isObject } from '../fhir/json.js';
import { type Run, report } from './run.js';
import type { Binding } from './shapes.js';
import type { Truth } from './value-sets.js';

/** Whether a value of the type meets the value set; undefined when that cannot be known, 'no-code' when it holds no code at all. */
export function meetsValueSet(value: unknown, type: string, valueSet: string, run: Run): Truth | 'no-code' {
  if (typeof value === 'string') return run.know.terminology.validateCode(valueSet, { code: value });
  if (!isObject(value)) return 'no-code';
  if (type === 'CodeableConcept') {
    const codings = Array.isArray(value.coding) ? value.coding : [];
    const truths = codings.map((coding) => meetsCoding(coding, valueSet, run));
    if (truths.includes(true)) return true;
    if (truths.includes(undefined)) return undefined;
    return truths.includes(false) ? false : 'no-code';
  }
  return meetsCoding(value, valueSet, run);
}

function meetsCoding(coding: unknown, valueSet: string, run: Run): Truth | 'no-code' {
  if (!isObject(coding) || typeof coding.code !== 'string') return 'no-code';
  // A coding without system cannot name a code of any code system.
  if (typeof coding.system !== 'string')
    return run.know.terminology.validateCode(valueSet, { code: coding.code }) === undefined ? undefined : false;
  return run.know.terminology.validateCode(valueSet, { system: coding.system, code: coding.code });
}

export function checkBindings(bindings: readonly Binding[], value: unknown, type: string, path: string, run: Run): void {
  for (const { strength, valueSet } of bindings) {
    const truth = meetsValueSet(value, type, valueSet, run);
    if (truth === true) continue;
    if (truth === undefined) report(run, 'binding-not-checked', path, { valueSet });
    else if (strength === 'extensible') {
      if (truth === false) report(run, 'binding-extensible', path, { valueSet });
    } else if (truth === false) report(run, 'binding-required', path, { valueSet });
    else if (!hasOnlyExtensions(value)) report(run, 'code-missing', path, { valueSet });
  }
}

/** A concept with nothing but extensions says why there is no code (data-absent-reason). */
function hasOnlyExtensions(value: unknown): boolean {
  return isObject(value) && Object.keys(value).every((key) => key === 'extension' || key === 'id');
}
