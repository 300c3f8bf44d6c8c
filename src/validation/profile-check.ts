// The profile check: a value that passed the base check against what a profile adds. https://hl7.org/fhir/R4/profiling.html
import { isObject } from '../fhir/json.js';
import { checkBindings } from './bindings.js';
import { holdsPattern, isBelow, sameValue } from './comparison.js';
import { CORE_PREFIX, type ElementType } from './definitions.js';
import { childrenOf, type Node } from './nodes.js';
import type { ProfileRules, Rule } from './profile-rules.js';
import { expressionOf, targetOf } from './reference-targets.js';
import { checkInvariants, passes, type Run, report } from './run.js';
import { checkSlices } from './slicing.js';

/** Applies a profile's rules to one value, findings named after the profile. */
export function checkRoot(node: Node, rules: ProfileRules, run: Run): void {
  checkNode(node, rules.root, { ...run, profile: rules.url });
}

/** A value must conform to one of the profiles: with one, its findings are reported; with several, that none fits. */
export function checkProfiles(node: Node, profiles: readonly string[], run: Run): void {
  const known = profiles.map((url) => run.know.rulesOf(url));
  if (known.includes(undefined)) {
    if (!profiles.some((url) => url.startsWith(CORE_PREFIX) && run.know.shapes.of(url.slice(CORE_PREFIX.length)))) {
      report(run, 'not-checked', node.path, { profile: profiles.join(', ') });
    }
    return;
  }
  if (known.length === 1) {
    checkRoot(node, known[0] as ProfileRules, run);
    return;
  }
  if (!known.some((rules) => passes(run, (aside) => checkRoot(node, rules as ProfileRules, aside)))) {
    report(run, 'profile-not-matched', node.path, { types: profiles.join(', ') });
  }
}

export function checkNode(node: Node, rule: Rule, run: Run): void {
  if (rule.types) checkTypes(node, rule.types, run);
  const { value, path } = node;
  if (value !== undefined) {
    if (rule.fixed !== undefined && !sameValue(value, rule.fixed)) report(run, 'fixed', path);
    if (rule.pattern !== undefined && !holdsPattern(value, rule.pattern)) report(run, 'pattern', path);
    if (rule.bindings.length > 0) checkBindings(rule.bindings, value, node.type, path, run);
    if (rule.maxLength !== undefined && typeof value === 'string' && value.length > rule.maxLength)
      report(run, 'too-long', path, { max: rule.maxLength });
    if (rule.minValue !== undefined && isBelow(value, rule.minValue)) report(run, 'out-of-range', path);
    if (rule.maxValue !== undefined && isBelow(rule.maxValue, value)) report(run, 'out-of-range', path);
    checkInvariants(rule.invariants, value, path, run);
  } else if (rule.fixed !== undefined || rule.pattern !== undefined) report(run, rule.fixed === undefined ? 'pattern' : 'fixed', path);
  for (const child of rule.children) checkChild(node, child, run);
}

function checkChild(parent: Node, rule: Rule, run: Run): void {
  const nodes = childrenOf(parent, rule.name, run);
  const path = `${parent.path}.${rule.name}`;
  const detail = { element: rule.name, min: rule.min, max: rule.max, count: nodes.length };
  if (nodes.length < rule.min) report(run, 'required', path, detail);
  if (nodes.length > rule.max) report(run, 'too-many', path, detail);
  for (const node of nodes) checkNode(node, rule, run);
  if (rule.slicing) checkSlices(nodes, rule.slicing, path, rule.name, run, checkNode, conformsTo);
}

function checkTypes(node: Node, types: readonly ElementType[], run: Run): void {
  const mine = types.filter(
    ({ code }) => code === node.type || (code === 'Resource' && isObject(node.value) && 'resourceType' in node.value),
  );
  if (mine.length === 0) {
    // A backbone has one type by nature.
    if (node.type !== 'BackboneElement' && node.type !== 'Element') {
      report(run, 'type-not-allowed', node.path, { types: types.map(({ code }) => code).join(', '), type: node.type });
    }
    return;
  }
  if (node.value === undefined) return;
  const profiles = mine.flatMap(({ profile }) => profile ?? []);
  if (profiles.length > 0 && mine.every(({ profile }) => profile)) checkProfiles(node, profiles, run);
  const targets = mine.flatMap(({ targetProfile }) => targetProfile ?? []);
  if (targets.length > 0 && node.type === 'Reference') checkTarget(node, targets, run);
}

/** What a Reference leads to must be of a type, and where it can be seen of a profile, that is named. */
function checkTarget(node: Node, targets: readonly string[], run: Run): void {
  if (!isObject(node.value)) return;
  const target = targetOf(node.value, run);
  if (!target) return;
  const path = expressionOf(node.value, node.path);
  const types = targets.map((url) => typeOfProfile(url, run));
  const fitting = targets.filter((_, i) => types[i] === target.type || types[i] === 'Resource');
  const unknown = targets.filter((_, i) => types[i] === undefined);
  const names = targets.join(', ');
  if (fitting.length === 0) {
    if (unknown.length > 0) report(run, 'not-checked', path, { profile: unknown.join(', ') });
    else report(run, 'reference-type', path, { types: names, type: target.type });
    return;
  }
  if (fitting.some((url) => url.startsWith(CORE_PREFIX) && run.know.shapes.of(url.slice(CORE_PREFIX.length)))) return;
  if (target.resource !== undefined) {
    const verdicts = fitting.map((url) => conformsTo(target.resource, target.type, url, run));
    if (!verdicts.includes(true) && !verdicts.includes(undefined) && unknown.length === 0)
      report(run, 'reference-profile', path, { types: fitting.join(', ') });
  } else if (target.profiles && !fitting.some((url) => target.profiles?.some((claimed) => isA(claimed, url, run)))) {
    report(run, 'reference-profile-unclaimed', path, { types: fitting.join(', ') });
  }
}

/** The R4 type a profile narrows; undefined when it is not loaded. */
function typeOfProfile(url: string, run: Run): string | undefined {
  return run.know.definitions.structure(url)?.type;
}

/** True when a claimed profile is the one asked for or derives from it. */
function isA(claimed: string, wanted: string, run: Run): boolean {
  const goal = run.know.definitions.structure(wanted);
  for (
    let each = run.know.definitions.structure(claimed);
    each;
    each = each.baseDefinition ? run.know.definitions.structure(each.baseDefinition) : undefined
  ) {
    if (each === goal) return true;
  }
  return false;
}

/** Whether a value conforms to a profile, tried aside; undefined when the profile is not loaded. */
export function conformsTo(value: unknown, type: string, profile: string, run: Run): boolean | undefined {
  const done = run.conformance.get(value);
  if (done?.has(profile)) return done.get(profile);
  const core = profile.startsWith(CORE_PREFIX) ? profile.slice(CORE_PREFIX.length) : undefined;
  if (core !== undefined && run.know.shapes.of(core)) return run.know.shapes.lineage(type).includes(core);
  const rules = run.know.rulesOf(profile);
  if (!rules) return undefined;
  if (rules.type !== type) return false;
  const verdicts = done ?? new Map<string, boolean | undefined>();
  run.conformance.set(value, verdicts.set(profile, true));
  const inner: Run = isObject(value) && typeof value.resourceType === 'string' ? { ...run, resource: value, root: value } : run;
  const verdict = passes(inner, (aside) => checkRoot({ value, path: type, type, shape: run.know.shapes.of(type) }, rules, aside));
  verdicts.set(profile, verdict);
  return verdict;
}
