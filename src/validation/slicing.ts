// Slicing: which slice a value belongs to, and the counts, order and closure of slices.
// https://hl7.org/fhir/R4/profiling.html#slicing
import { isObject } from '../fhir/json.js';
import { meetsValueSet } from './bindings.js';
import { holdsPattern, sameValue } from './comparison.js';
import { CORE_PREFIX } from './definitions.js';
import { childrenOf, type Node } from './nodes.js';
import type { Rule, Slice, Slicing } from './profile-rules.js';
import { type TreeNode, treeOf } from './profile-tree.js';
import { targetOf } from './reference-targets.js';
import { type Run, report } from './run.js';
import { bindingsOf } from './shapes.js';
import type { Truth } from './value-sets.js';

type CheckNode = (node: Node, rule: Rule, run: Run) => void;
type ConformsTo = (value: unknown, type: string, profile: string, run: Run) => boolean | undefined;

/** Sorts the values into slices and checks each by its slice. A value whose slice cannot be known satisfies and breaks none. */
export function checkSlices(
  nodes: Node[],
  slicing: Slicing,
  path: string,
  name: string,
  run: Run,
  checkNode: CheckNode,
  conformsTo: ConformsTo,
): void {
  const counts = slicing.slices.map(() => ({ sure: 0, possible: 0 }));
  const members: Node[][] = slicing.slices.map(() => []);
  let furthest = -1;
  let sawUnmatched = false;
  for (const node of nodes) {
    const truths = slicing.slices.map((slice) => belongs(node, slice, slicing, run, conformsTo));
    const index = truths.indexOf(true);
    truths.forEach((truth, i) => {
      if (truth === undefined && index < 0) (counts[i] as { possible: number }).possible++;
    });
    const slice = slicing.slices[index];
    if (slice) {
      (counts[index] as { sure: number }).sure++;
      if ((slicing.ordered && index < furthest) || (slicing.rules === 'openAtEnd' && sawUnmatched))
        report(run, 'slice-order', node.path, { element: name });
      furthest = Math.max(furthest, index);
      checkNode(node, slice.rule, run);
      members[index]?.push(node);
    } else if (truths.includes(undefined)) {
      const profile = slicing.slices.flatMap((each, i) => (truths[i] === undefined ? [each.label] : [])).join(', ');
      report(run, 'not-checked', node.path, { profile });
    } else {
      sawUnmatched = true;
      if (slicing.rules === 'closed') report(run, 'slice-closed', node.path, { element: name });
    }
  }
  slicing.slices.forEach((slice, i) => {
    const { label, rule } = slice;
    const { sure, possible } = counts[i] as { sure: number; possible: number };
    const detail = { element: name, slice: label, min: rule.min, max: rule.max, count: sure };
    if (sure + possible < rule.min) report(run, 'slice-required', path, detail);
    if (sure > rule.max) report(run, 'slice-too-many', path, detail);
    // A slice may be sliced again; its members alone are counted there.
    const again = rule.slicing && { ...rule.slicing, discriminators: innerDiscriminators(slice, slicing) };
    if (again) checkSlices(members[i] ?? [], again, path, name, run, checkNode, conformsTo);
  });
}

function innerDiscriminators(slice: Slice, outer: Slicing): Slicing['discriminators'] {
  const own = slice.node.definition.slicing?.discriminator;
  return own && own.length > 0 ? own : outer.discriminators;
}

/** True when all discriminators agree, false when one disagrees, undefined when it cannot be known. */
function belongs(node: Node, slice: Slice, slicing: Slicing, run: Run, conformsTo: ConformsTo): Truth {
  if (slicing.discriminators.length === 0) return undefined;
  let truth: Truth = true;
  for (const { type, path } of slicing.discriminators) {
    const one = agrees(node, slice.node, type, path, run, conformsTo);
    if (one === false) return false;
    if (one === undefined) truth = undefined;
  }
  return truth;
}

function agrees(node: Node, slice: TreeNode, type: string, path: string, run: Run, conformsTo: ConformsTo): Truth {
  const steps = path === '$this' ? [] : path.split(/\.(?![^(]*\))/).filter((step) => step !== '$this');
  const resolves = steps.at(-1) === 'resolve()';
  if (resolves) steps.pop();
  const values = select(node, steps, run);
  const definition = follow(slice, steps, run);
  if (!definition) return undefined;
  switch (type) {
    case 'exists': {
      const min = definition.definition.min ?? 0;
      if (definition.definition.max === '0') return values.length === 0;
      return min > 0 ? values.length > 0 : undefined;
    }
    case 'type':
      return resolves ? targetAgrees(values, definition, run, conformsTo) : typeAgrees(values, definition);
    case 'profile':
      return resolves ? targetAgrees(values, definition, run, conformsTo) : profileAgrees(values, definition, run, conformsTo);
    case 'value':
    case 'pattern':
      return values.length === 0 ? false : any(values.map((value) => valueAgrees(value, definition, run)));
    default:
      return undefined;
  }
}

/** The values a discriminator's path leads to. */
function select(node: Node, steps: string[], run: Run): Node[] {
  let nodes = [node];
  for (const step of steps) {
    const url = /^extension\('([^']+)'\)$/.exec(step)?.[1];
    const type = /^ofType\((\w+)\)$/.exec(step)?.[1];
    if (type !== undefined) nodes = nodes.filter((each) => each.type === type);
    else if (url !== undefined)
      nodes = nodes.flatMap((each) => childrenOf(each, 'extension', run)).filter(({ value }) => isObject(value) && value.url === url);
    else nodes = nodes.flatMap((each) => childrenOf(each, step, run));
  }
  return nodes;
}

/** The definition at a discriminator's path, looked for in the slice and then in the profile of its type. */
function follow(slice: TreeNode, steps: string[], run: Run): TreeNode | undefined {
  let here: TreeNode | undefined = slice;
  for (const step of steps) {
    if (step.startsWith('ofType(')) continue;
    const url = /^extension\('([^']+)'\)$/.exec(step)?.[1];
    here = here && (childOf(here, step, url) ?? inTypeProfile(here, step, url, run));
  }
  return here;
}

function childOf(node: TreeNode, step: string, url: string | undefined): TreeNode | undefined {
  if (url === undefined) return node.children.find((child) => child.step === step || child.step === `${step}[x]`);
  const extensions = node.children.find((child) => child.step === 'extension');
  return extensions?.slices.find((slice) => slice.definition.type?.some(({ profile }) => profile?.includes(url)));
}

function inTypeProfile(node: TreeNode, step: string, url: string | undefined, run: Run): TreeNode | undefined {
  for (const { profile } of node.definition.type ?? []) {
    for (const each of profile ?? []) {
      const elements = run.know.definitions.structure(each)?.snapshot?.element;
      const found = elements && childOf(treeOf(elements) ?? node, step, url);
      if (found) return found;
    }
  }
  return undefined;
}

function typeAgrees(values: Node[], { definition }: TreeNode): Truth {
  return values.length > 0 && values.every(({ type }) => definition.type?.some(({ code }) => code === type));
}

function profileAgrees(values: Node[], { definition }: TreeNode, run: Run, conformsTo: ConformsTo): Truth {
  const profiles = (definition.type ?? []).flatMap(({ profile }) => profile ?? []);
  if (profiles.length === 0) return undefined;
  return values.length === 0 ? false : any(values.flatMap(({ value, type }) => profiles.map((url) => conformsTo(value, type, url, run))));
}

/** By what a reference leads to: its type by the text alone, its profile where the target can be seen. */
function targetAgrees(values: Node[], { definition }: TreeNode, run: Run, conformsTo: ConformsTo): Truth {
  const targets = (definition.type ?? []).flatMap(({ targetProfile }) => targetProfile ?? []);
  if (targets.length === 0) return undefined;
  if (values.length === 0) return false;
  return any(
    values.flatMap(({ value }) => {
      const target = isObject(value) ? targetOf(value, run) : undefined;
      if (!target) return [undefined];
      return targets.map((url) => {
        if (url.startsWith(CORE_PREFIX) && run.know.shapes.of(url.slice(CORE_PREFIX.length))) return url === CORE_PREFIX + target.type;
        const wanted = run.know.definitions.structure(url);
        if (!wanted) return undefined;
        if (wanted.type !== target.type) return false;
        return target.resource === undefined
          ? target.profiles?.includes(url) || undefined
          : conformsTo(target.resource, target.type, url, run);
      });
    }),
  );
}

/** Fixed value, pattern, required value set, or those of the elements below. */
function valueAgrees(node: Node, tree: TreeNode, run: Run): Truth {
  const { definition } = tree;
  if (tree.fixed !== undefined) return sameValue(node.value, tree.fixed);
  if (tree.pattern !== undefined) return holdsPattern(node.value, tree.pattern);
  const below = tree.children.flatMap((child) => {
    const name = child.step.replace('[x]', '');
    if (!decides(child)) return [];
    const values = childrenOf(node, name, run);
    return [
      values.length === 0 ? (child.definition.min ?? 0) === 0 && undefined : any(values.map((value) => valueAgrees(value, child, run))),
    ];
  });
  if (below.length > 0) return below.includes(false) ? false : below.includes(undefined) ? undefined : true;
  const binding = bindingsOf(definition.binding).find(({ strength }) => strength === 'required');
  if (!binding) return undefined;
  const truth = meetsValueSet(node.value, node.type, binding.valueSet, run);
  return truth === 'no-code' ? false : truth;
}

function decides(tree: TreeNode): boolean {
  return tree.fixed !== undefined || tree.pattern !== undefined || tree.children.some(decides);
}

function any(truths: Truth[]): Truth {
  return truths.includes(true) ? true : truths.includes(undefined) ? undefined : false;
}
