// How a coded value is written in the index, and how a query asks for it: one spelling for both.
// https://hl7.org/fhir/R4/search.html#token
import { canonicalKey } from '../fhir/canonical.js';
import { canonicalSystem } from '../fhir/identity.js';
import { storable } from './fold.js';

export interface Coding {
  system?: string;
  code?: string;
}

/** `system|code`; `|code` without a system; `*|code` in any system; `system|` with any code. */
export function tokenKey(system: string | undefined | '*', code: string | undefined, exactCase: boolean): string {
  const folded = exactCase ? (code ?? '') : (code ?? '').toLowerCase();
  return storable(`${system === undefined ? '' : systemKey(system)}|${folded}`);
}

/** Every key under which a coded value is found. The first one sorts it. */
export function tokenKeys({ system, code }: Coding, exactCase: boolean): string[] {
  const keys: string[] = [];
  if (code !== undefined) keys.push(tokenKey('*', code, exactCase), tokenKey(system, code, exactCase));
  if (system !== undefined) keys.push(tokenKey(system, undefined, exactCase));
  return keys;
}

/** Key of an identifier with its type, for `:of-type`. */
export function ofTypeKey(typeSystem: string | undefined, typeCode: string, value: string): string {
  return storable(`${typeSystem === undefined ? '' : systemKey(typeSystem)}|${typeCode}|${value}`);
}

function systemKey(system: string): string {
  return canonicalKey(canonicalSystem(system));
}

const SCT = 'http://snomed.info/sct';
/** The published form and the published value set code the same goal of care differently; both must be found by either. */
const SYMPTOMS_ONLY: readonly Coding[] = [
  { system: SCT, code: '713148004' },
  { system: SCT, code: '225353007' },
];

/** Other codings of the same meaning under which a parameter's value is also found. */
export function equivalentCodings(type: string, parameter: string, coding: Coding): readonly Coding[] {
  if (type !== 'Goal' || parameter !== 'description' || coding.system !== SCT) return [];
  return SYMPTOMS_ONLY.some((c) => c.code === coding.code) ? SYMPTOMS_ONLY.filter((c) => c.code !== coding.code) : [];
}
