// The state of one validation: what is being checked, what was found, and the compiled knowledge it works with.
import { isLosslessNumber } from 'lossless-json';
import { asNumber, isObject } from '../fhir/json.js';
import type { Definitions } from './definitions.js';
import type { Invariant } from './invariants.js';
import { type Detail, type Finding, type Rule, severityOf } from './issues.js';
import type { ProfileRules } from './profile-rules.js';
import type { Shapes } from './shapes.js';
import type { Terminology } from './terminology.js';

export type JsonObject = Record<string, unknown>;

/** What a reference leads to, as far as the caller knows. */
export interface ResolvedReference {
  type: string;
  /** Profiles it claims. */
  profiles?: string[];
  /** The resource itself, where it is at hand (another entry of the bundle): then its conformance is checked. */
  resource?: unknown;
}

export type ResolveReference = (reference: string) => ResolvedReference | undefined;

export interface Knowledge {
  definitions: Definitions;
  shapes: Shapes;
  terminology: Terminology;
  /** The compiled profile; undefined when it is not loaded. */
  rulesOf(profile: string): ProfileRules | undefined;
}

export interface Run {
  know: Knowledge;
  findings: Finding[];
  /** The resource at the top (or the bundle entry's). */
  root: JsonObject;
  /** The resource around the present element: root, or one contained in it. */
  resource: JsonObject;
  /** FHIRPath at which `resource` stands. */
  resourcePath: string;
  /** JSON objects with kept number texts, as FHIRPath can read them; undefined when there are none. */
  plain?: Map<unknown, unknown>;
  resolve: ResolveReference;
  /** Profile checks under way or done on referenced resources: a circle of references counts as conforming. */
  conformance: Map<unknown, Map<string, boolean | undefined>>;
  /** The profile whose rules are being applied. */
  profile?: string;
}

export function report(run: Run, rule: Rule, path: string, detail?: Detail): void {
  run.findings.push({ rule, path, detail, profile: run.profile });
}

/** Runs a check aside: true when it finds no error. Undefined when it finds none but left something unchecked that could decide. */
export function passes(run: Run, check: (aside: Run) => void): boolean {
  const aside: Run = { ...run, findings: [] };
  check(aside);
  return !aside.findings.some((finding) => severityOf(finding) === 'error');
}

export function checkInvariants(invariants: readonly Invariant[], value: unknown, path: string, run: Run): void {
  for (const invariant of invariants) {
    const context = { resource: plainOf(run, run.resource), rootResource: plainOf(run, run.root) };
    const verdict = invariant.holds(plainOf(run, value), context);
    if (verdict === true) continue;
    const detail = { key: invariant.key, human: invariant.human };
    if (verdict === 'failed') report(run, 'invariant-not-checked', path, detail);
    else report(run, invariant.severity === 'error' ? 'invariant' : 'invariant-warning', path, detail);
  }
}

function plainOf(run: Run, value: unknown): unknown {
  return run.plain?.get(value) ?? (isLosslessNumber(value) ? asNumber(value) : value);
}

/** Twins of the objects that hold kept numbers somewhere inside, with JavaScript numbers; undefined when there are none. */
export function plainTwins(value: unknown): Map<unknown, unknown> | undefined {
  const twins = new Map<unknown, unknown>();
  twin(value, twins);
  return twins.size > 0 ? twins : undefined;
}

function twin(value: unknown, twins: Map<unknown, unknown>): unknown {
  if (isLosslessNumber(value)) return asNumber(value);
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined;
    for (let i = 0; i < value.length; i++) {
      const each = twin(value[i], twins);
      if (each !== value[i]) {
        copy ??= [...value];
        copy[i] = each;
      }
    }
    return copy ?? value;
  }
  if (!isObject(value)) return value;
  let copy: JsonObject | undefined;
  for (const key of Object.keys(value)) {
    const each = twin(value[key], twins);
    if (each !== value[key]) {
      copy ??= { ...value };
      copy[key] = each;
    }
  }
  if (copy) twins.set(value, copy);
  return copy ?? value;
}
