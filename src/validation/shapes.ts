// R4's types and resources as trees ready for a walk over JSON: which names, how often, of which type, under which rules.
// https://hl7.org/fhir/R4/elementdefinition.html
import type { Definitions, ElementBinding, ElementDefinition, ElementType, StructureDefinition } from './definitions.js';
import { compileInvariant, type Invariant, identityOf } from './invariants.js';
import { PRIMITIVE_CHECKS } from './primitives.js';

const MAX_VALUE_SET = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet';

export interface Binding {
  strength: 'required' | 'extensible';
  valueSet: string;
}

/** One element of a definition; a choice (value[x]) has several variants. */
export interface Element {
  /** FHIRPath name: `value` for value[x]. */
  name: string;
  /** Path in the definition: Observation.value[x]. */
  path: string;
  min: number;
  max: number;
  /** True when JSON writes it as an array. */
  isArray: boolean;
  bindings: Binding[];
  invariants: Invariant[];
  invariantIdentities: Set<string>;
  types: ElementType[];
  variants: Variant[];
}

/** An element under one JSON name, so of one type. */
export interface Variant {
  element: Element;
  jsonName: string;
  type: ElementType;
  isPrimitive: boolean;
  /** The shape of its content; undefined for primitives and for whole resources, whose shape their resourceType names. */
  shape(): Shape | undefined;
  /** The names an extension's context may use for this place. */
  contexts: ReadonlySet<string>;
}

export interface Shape {
  /** Patient, HumanName, or the path of a backbone: Patient.contact. */
  name: string;
  isResource: boolean;
  elements: Element[];
  required: Element[];
  byJsonName: Map<string, Variant>;
  byName: Map<string, Element>;
  invariants: Invariant[];
  contexts: ReadonlySet<string>;
}

export interface Shapes {
  /** The shape of a type, of a resource, or of a backbone by its path. */
  of(name: string): Shape | undefined;
  /** The type and what it specialises: Age, Quantity, Element. */
  lineage(type: string): readonly string[];
}

/** Shapes are made at first use and kept. */
export function createShapes(definitions: Definitions): Shapes {
  const shapes = new Map<string, Shape>();
  const lineages = new Map<string, readonly string[]>();

  const lineage = (type: string): readonly string[] => {
    let known = lineages.get(type);
    if (!known) {
      const base = definitions.ofType(type)?.baseDefinition?.split('/').pop();
      known = [type, ...(base && base !== type ? lineage(base) : [])];
      lineages.set(type, known);
    }
    return known;
  };

  const of = (name: string): Shape | undefined => {
    const known = shapes.get(name);
    if (known) return known;
    const type = name.split('.')[0] as string;
    const definition = definitions.ofType(type);
    if (!definition?.snapshot || definition.derivation === 'constraint') return undefined;
    const root = definition.snapshot.element.find(({ path }) => path === name);
    return root && addShape(definition, root);
  };

  const addShape = (definition: StructureDefinition, root: ElementDefinition): Shape => {
    const all = definition.snapshot?.element ?? [];
    const depth = root.path.split('.').length;
    const isRoot = depth === 1;
    const shape: Shape = {
      name: root.path,
      isResource: isRoot && definition.kind === 'resource',
      elements: [],
      required: [],
      byJsonName: new Map(),
      byName: new Map(),
      invariants: [],
      contexts: new Set(isRoot ? [...lineage(root.path), 'Element'] : [root.path, 'BackboneElement', 'Element']),
    };
    shapes.set(shape.name, shape);
    for (const each of all) {
      if (!each.path.startsWith(`${root.path}.`) || each.path.split('.').length !== depth + 1 || each.sliceName) continue;
      addElement(shape, each, all);
    }
    const names = (element: string) => shape.byName.get(element)?.variants.map(({ jsonName }) => jsonName);
    shape.invariants = invariantsOf(root, root.path, names);
    return shape;
  };

  const addElement = (shape: Shape, definition: ElementDefinition, all: ElementDefinition[]): void => {
    const last = definition.path.slice(definition.path.lastIndexOf('.') + 1);
    const isChoice = last.endsWith('[x]');
    const name = isChoice ? last.slice(0, -3) : last;
    const hasChildren = all.some(({ path }) => path.startsWith(`${definition.path}.`));
    const types = definition.type ?? [{ code: 'BackboneElement' }];
    const element: Element = {
      name,
      path: definition.path,
      min: definition.min ?? 0,
      max: maxOf(definition.max),
      isArray: maxOf(definition.max) > 1,
      bindings: bindingsOf(definition.binding),
      // A backbone's rules are those of its shape; here are the rules set on an element of a data type.
      invariants: hasChildren || definition.contentReference ? [] : invariantsOf(definition, types[0]?.code ?? 'Element', () => undefined),
      invariantIdentities: new Set((definition.constraint ?? []).map(identityOf)),
      types,
      variants: [],
    };
    for (const type of types) {
      const backbone = definition.contentReference?.split('#')[1] ?? (hasChildren ? definition.path : undefined);
      const code = shape.isResource && name === 'id' ? 'id' : type.code;
      const isPrimitive = !backbone && PRIMITIVE_CHECKS[code] !== undefined;
      const variant: Variant = {
        element,
        jsonName: isChoice ? name + capitalized(code) : name,
        type: { ...type, code },
        isPrimitive,
        shape: () => (isPrimitive || code === 'Resource' ? undefined : of(backbone ?? code)),
        contexts: new Set([definition.path.replace('[x]', ''), ...(backbone ? [backbone] : []), ...lineage(code), 'Element']),
      };
      element.variants.push(variant);
      shape.byJsonName.set(variant.jsonName, variant);
    }
    shape.elements.push(element);
    if (element.min > 0) shape.required.push(element);
    shape.byName.set(name, element);
  };

  return { of, lineage };
}

export function maxOf(max: string | undefined): number {
  return max === undefined || max === '*' ? Number.POSITIVE_INFINITY : Number(max);
}

export function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** The bindings that can be broken: required, extensible, and the outer limit a preferred or extensible one may set. */
export function bindingsOf(binding: ElementBinding | undefined): Binding[] {
  const found: Binding[] = [];
  if (binding?.valueSet && (binding.strength === 'required' || binding.strength === 'extensible')) {
    found.push({ strength: binding.strength, valueSet: binding.valueSet });
  }
  const limit = binding?.extension?.find(({ url }) => url === MAX_VALUE_SET);
  const valueSet = limit?.valueCanonical ?? limit?.valueUri;
  if (valueSet !== undefined) found.push({ strength: 'required', valueSet });
  return found;
}

export function invariantsOf(definition: ElementDefinition, base: string, names: Parameters<typeof compileInvariant>[2]): Invariant[] {
  return (definition.constraint ?? []).flatMap((constraint) => compileInvariant(constraint, base, names) ?? []);
}
