// The flat element list of a snapshot as a tree of elements and slices. https://hl7.org/fhir/R4/elementdefinition.html#id
import type { ElementDefinition } from './definitions.js';

export interface TreeNode {
  definition: ElementDefinition;
  /** Last step of the path: `value[x]`, `name`. */
  step: string;
  fixed?: unknown;
  pattern?: unknown;
  children: TreeNode[];
  slices: TreeNode[];
}

const trees = new WeakMap<readonly ElementDefinition[], TreeNode | undefined>();

/** The tree of a snapshot, built once. */
export function treeOf(elements: readonly ElementDefinition[]): TreeNode | undefined {
  if (!trees.has(elements)) trees.set(elements, buildTree(elements));
  return trees.get(elements);
}

/** Ids give the nesting; where a snapshot has none they are made from paths and slice names, in order. */
function buildTree(elements: readonly ElementDefinition[]): TreeNode | undefined {
  const nodes = new Map<string, TreeNode>();
  const currentSlice = new Map<string, string>();
  let root: TreeNode | undefined;
  for (const definition of elements) {
    const id = definition.id ?? madeId(definition, currentSlice);
    const step = definition.path.slice(definition.path.lastIndexOf('.') + 1);
    const node: TreeNode = {
      definition,
      step,
      fixed: choiceOf(definition, 'fixed'),
      pattern: choiceOf(definition, 'pattern'),
      children: [],
      slices: [],
    };
    nodes.set(id, node);
    if (!id.includes('.')) {
      root ??= node;
      continue;
    }
    const last = id.slice(id.lastIndexOf('.') + 1);
    const colon = last.indexOf(':');
    const slash = last.lastIndexOf('/');
    if (slash > colon && colon >= 0 && nodes.has(id.slice(0, id.lastIndexOf('/'))))
      nodes.get(id.slice(0, id.lastIndexOf('/')))?.slices.push(node);
    else if (colon >= 0) nodes.get(id.slice(0, id.lastIndexOf(':')))?.slices.push(node);
    else nodes.get(id.slice(0, id.lastIndexOf('.')))?.children.push(node);
  }
  return root;
}

function madeId({ path, sliceName }: ElementDefinition, currentSlice: Map<string, string>): string {
  const steps = path.split('.');
  let prefix = '';
  const id = steps
    .map((step, i) => {
      prefix = i === 0 ? step : `${prefix}.${step}`;
      const isLast = i === steps.length - 1;
      if (isLast) {
        if (sliceName) currentSlice.set(path, sliceName);
        else currentSlice.delete(path);
      }
      const slice = currentSlice.get(prefix);
      return slice ? `${step}:${slice}` : step;
    })
    .join('.');
  return id;
}

/** The value of fixed[x], pattern[x], minValue[x] or maxValue[x], whatever its type. */
export function choiceOf(definition: ElementDefinition, prefix: 'fixed' | 'pattern' | 'minValue' | 'maxValue'): unknown {
  for (const key in definition) if (key.startsWith(prefix)) return (definition as unknown as Record<string, unknown>)[key];
  return undefined;
}
