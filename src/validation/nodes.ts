// The values of a resource as a profile sees them: by FHIRPath name, with type, place and the extensions of primitives.
import { isObject } from '../fhir/json.js';
import type { JsonObject, Run } from './run.js';
import type { Element, Shape, Variant } from './shapes.js';

export interface Node {
  /** Undefined for a primitive that has only extensions. */
  value: unknown;
  /** The `_element` beside a primitive. */
  extra?: JsonObject;
  path: string;
  type: string;
  /** Undefined for primitives. */
  shape?: Shape;
}

/** The values of one element of a node, in order. Malformed ones are left out: the base check reports them. */
export function childrenOf(node: Node, name: string, run: Run): Node[] {
  const holder = node.shape ? node.value : node.extra;
  const shape = node.shape ?? run.know.shapes.of('Element');
  const element = shape?.byName.get(name);
  if (!element || !isObject(holder)) return [];
  const path = `${node.path}.${name}`;
  const found: Node[] = [];
  const variants = element.variants.length > MANY ? variantsIn(holder, element, shape as Shape) : element.variants;
  for (const variant of variants) {
    const raw = holder[variant.jsonName];
    const sibling = variant.isPrimitive ? holder[`_${variant.jsonName}`] : undefined;
    if (raw === undefined && sibling === undefined) continue;
    if (!element.isArray) add(found, variant, raw, sibling, path, run);
    else {
      const values = Array.isArray(raw) ? raw : [];
      const extras = Array.isArray(sibling) ? sibling : [];
      for (let i = 0; i < Math.max(values.length, extras.length); i++) add(found, variant, values[i], extras[i], `${path}[${i}]`, run);
    }
  }
  return found;
}

/** Extension.value[x] has fifty types: then the few properties there are, are walked instead. */
const MANY = 4;

function variantsIn(holder: JsonObject, element: Element, shape: Shape): Variant[] {
  const found = new Set<Variant>();
  for (const key in holder) {
    const variant = shape.byJsonName.get(key.startsWith('_') ? key.slice(1) : key);
    if (variant?.element === element) found.add(variant);
  }
  return [...found];
}

function add(found: Node[], variant: Variant, value: unknown, sibling: unknown, path: string, run: Run): void {
  const extra = isObject(sibling) ? sibling : undefined;
  const code = variant.type.code;
  if (variant.isPrimitive) {
    if (value !== undefined || extra) found.push({ value: value ?? undefined, extra, path, type: code });
  } else if (isObject(value)) {
    const type = code === 'Resource' && typeof value.resourceType === 'string' ? value.resourceType : code;
    found.push({ value, path, type, shape: code === 'Resource' ? run.know.shapes.of(type) : variant.shape() });
  }
}
