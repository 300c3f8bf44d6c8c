// A profile compiled to what it adds to R4: a small tree of rules; elements that repeat R4 leave nothing behind.
// https://hl7.org/fhir/R4/profiling.html
import type { ElementType, StructureDefinition } from './definitions.js';
import { compileInvariant, type Invariant, identityOf } from './invariants.js';
import { choiceOf, type TreeNode, treeOf } from './profile-tree.js';
import { type Binding, bindingsOf, type Element, maxOf, type Shape, type Shapes } from './shapes.js';

export interface ProfileRules {
  url: string;
  /** The R4 type the profile narrows. */
  type: string;
  root: Rule;
}

export interface Rule {
  /** FHIRPath name of the element; the type's name at the root. */
  name: string;
  min: number;
  max: number;
  /** Types allowed here, when fewer than in R4 or narrowed by profiles. */
  types?: ElementType[];
  fixed?: unknown;
  pattern?: unknown;
  bindings: Binding[];
  invariants: Invariant[];
  minValue?: unknown;
  maxValue?: unknown;
  maxLength?: number;
  children: Rule[];
  slicing?: Slicing;
}

export interface Slicing {
  rules: 'closed' | 'open' | 'openAtEnd';
  ordered: boolean;
  discriminators: { type: string; path: string }[];
  slices: Slice[];
}

export interface Slice {
  label: string;
  rule: Rule;
  /** The slice's whole definition: discriminators read what pruning dropped. */
  node: TreeNode;
}

const TYPE_BY_THIS = [{ type: 'type', path: '$this' }];

/** Undefined when the profile has no snapshot or is for a type R4 does not know. */
export function compileProfile(definition: StructureDefinition, shapes: Shapes): ProfileRules | undefined {
  const tree = definition.snapshot && treeOf(definition.snapshot.element);
  const shape = shapes.of(definition.type);
  if (!tree || (!shape && definition.kind !== 'primitive-type')) return undefined;
  const known = new Set(shape?.invariants.map(({ identity }) => identity));
  const root = ruleOf(tree, definition.type, undefined, shape, definition.type, known, shapes);
  return { url: definition.url, type: definition.type, root };
}

function ruleOf(
  node: TreeNode,
  name: string,
  base: Element | undefined,
  shape: Shape | undefined,
  type: string,
  known: ReadonlySet<string>,
  shapes: Shapes,
): Rule {
  const { definition } = node;
  const min = definition.min ?? 0;
  const max = maxOf(definition.max);
  const names = (element: string) => shape?.byName.get(element)?.variants.map(({ jsonName }) => jsonName);
  return {
    name,
    min: base && min <= base.min && !definition.sliceName ? 0 : min,
    max: base && max >= base.max && !definition.sliceName ? Number.POSITIVE_INFINITY : max,
    types: base && narrowedTypes(definition.type, base),
    fixed: node.fixed,
    pattern: node.pattern,
    bindings: bindingsOf(definition.binding).filter((one) => !base?.bindings.some((other) => sameBinding(one, other))),
    invariants: (definition.constraint ?? [])
      .filter((constraint) => !known.has(identityOf(constraint)) && !INHERITED.test(constraint.key))
      .flatMap((constraint) => compileInvariant(constraint, type, names) ?? []),
    minValue: choiceOf(definition, 'minValue'),
    maxValue: choiceOf(definition, 'maxValue'),
    maxLength: definition.maxLength,
    children: shape ? node.children.flatMap((child) => childRule(child, shape, shapes)) : [],
    slicing: slicingOf(node, name, base, shape, type, known, shapes),
  };
}

/** Rules every element carries in a snapshot; the base check knows them. */
const INHERITED = /^(ele-1|ext-1|dom-[2-6])$/;

function childRule(node: TreeNode, parent: Shape, shapes: Shapes): Rule[] {
  const isChoice = node.step.endsWith('[x]');
  const name = isChoice ? node.step.slice(0, -3) : node.step;
  const base = parent.byName.get(name);
  if (base) return kept(elementRule(node, base, shapes));
  // `valueQuantity` in a path is short for a slice of value[x] by type.
  const variant = parent.byJsonName.get(node.step);
  if (!variant) return [];
  const typed: TreeNode = {
    ...node,
    definition: { ...node.definition, sliceName: node.step, type: node.definition.type ?? [variant.type] },
  };
  const whole: TreeNode = {
    definition: { path: variant.element.path, slicing: { discriminator: TYPE_BY_THIS, rules: 'open' } },
    step: `${variant.element.name}[x]`,
    children: [],
    slices: [typed],
  };
  return kept(elementRule(whole, variant.element, shapes));
}

function elementRule(node: TreeNode, base: Element, shapes: Shapes): Rule {
  const types = node.definition.type ?? base.types;
  const only = types.length === 1 ? (types[0] as ElementType).code : undefined;
  const variant = base.variants.find(({ type }) => type.code === only) ?? (base.variants.length === 1 ? base.variants[0] : undefined);
  const shape = variant?.shape() ?? shapes.of('Element');
  const type = shape?.name.includes('.') ? shape.name : (only ?? 'Element');
  const known = new Set([...base.invariantIdentities, ...(shape?.invariants ?? []).map(({ identity }) => identity)]);
  return ruleOf(node, base.name, base, shape, type, known, shapes);
}

function slicingOf(
  node: TreeNode,
  name: string,
  base: Element | undefined,
  shape: Shape | undefined,
  type: string,
  known: ReadonlySet<string>,
  shapes: Shapes,
): Slicing | undefined {
  if (node.slices.length === 0 && node.definition.slicing?.rules !== 'closed') return undefined;
  const slices = node.slices.map((slice) => ({
    label: slice.definition.sliceName ?? name,
    rule: base ? elementRule(slice, base, shapes) : ruleOf(slice, name, base, shape, type, known, shapes),
    node: slice,
  }));
  const { rules = 'open', ordered = false, discriminator = [] } = node.definition.slicing ?? {};
  const isChoice = node.step.endsWith('[x]');
  const discriminators = discriminator.length > 0 ? discriminator : isChoice ? TYPE_BY_THIS : name.endsWith('xtension') ? BY_URL : [];
  const idle = rules === 'open' && !ordered && slices.every(({ rule }) => rule.min === 0 && rule.max >= (base?.max ?? 0) && isEmpty(rule));
  return idle ? undefined : { rules, ordered, discriminators, slices };
}

const BY_URL = [{ type: 'value', path: 'url' }];

function kept(rule: Rule): Rule[] {
  return rule.min === 0 && rule.max === Number.POSITIVE_INFINITY && isEmpty(rule) ? [] : [rule];
}

/** Nothing to check on a value of the element itself or below it. */
function isEmpty(rule: Rule): boolean {
  return (
    !rule.types &&
    rule.fixed === undefined &&
    rule.pattern === undefined &&
    rule.bindings.length === 0 &&
    rule.invariants.length === 0 &&
    rule.minValue === undefined &&
    rule.maxValue === undefined &&
    rule.maxLength === undefined &&
    rule.children.length === 0 &&
    !rule.slicing
  );
}

function sameBinding(a: Binding, b: Binding): boolean {
  return a.strength === b.strength && a.valueSet.split('|')[0] === b.valueSet.split('|')[0];
}

/** The types when they say less than R4 does; extensions are checked by their url, so their profiles say nothing new. */
function narrowedTypes(types: ElementType[] | undefined, base: Element): ElementType[] | undefined {
  if (!types) return undefined;
  const narrowed = types.length < base.types.length || types.some((type) => adds(type, base));
  return narrowed && types[0]?.code !== 'Extension' ? types : undefined;
}

function adds(type: ElementType, base: Element): boolean {
  const same = base.variants.find((variant) => variant.type.code === type.code)?.type;
  const more = (mine: string[] = [], theirs: string[] = []) => mine.length > 0 && mine.some((url) => !theirs.includes(url));
  const fewer = (mine: string[] = [], theirs: string[] = []) => mine.length > 0 && mine.length < theirs.length;
  return (
    more(type.profile, same?.profile) || more(type.targetProfile, same?.targetProfile) || fewer(type.targetProfile, same?.targetProfile)
  );
}
