// Element paths: the few steps into a resource's JSON that a search parameter reads.
// `name.family`, a choice element `performed[x]`, and a condition in parentheses:
// `telecom(system=phone)`, `subject(is Patient)` for references of a type, `deceased[x](true)` for present and not false.
import { isObject } from '../fhir/json.js';

interface Step {
  name: string;
  choice: boolean;
  condition?: { kind: 'equals'; element: string; value: string } | { kind: 'type'; type: string } | { kind: 'truth' };
}

const STEP = /([A-Za-z_][A-Za-z0-9_]*)(\[x\])?(?:\(([^()]*)\))?(?:\.|$)/y;

const parsed = new Map<string, readonly Step[]>();

/** Every value a path finds in a resource, arrays flattened, nulls left out; with a `(true)` step always one boolean. */
export function valuesAt(resource: unknown, path: string): unknown[] {
  let nodes: unknown[] = [resource];
  for (const step of stepsOf(path)) {
    const found: unknown[] = [];
    for (const node of nodes) addChildren(node, step, found);
    nodes = step.condition ? satisfying(found, step.condition) : found;
  }
  return nodes;
}

/** The element names of a path, conditions left out: `subject(is Patient)` is ['subject']. */
export function elementsOf(path: string): string[] {
  return stepsOf(path).map((step) => step.name);
}

function stepsOf(path: string): readonly Step[] {
  const known = parsed.get(path);
  if (known) return known;
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < path.length) {
    const at = STEP.lastIndex;
    const m = STEP.exec(path);
    if (!m) throw new Error(`'${path}' is not an element path (at ${at})`);
    steps.push({ name: m[1] as string, choice: m[2] !== undefined, ...(m[3] !== undefined && { condition: conditionOf(m[3]) }) });
  }
  parsed.set(path, steps);
  return steps;
}

function conditionOf(text: string): NonNullable<Step['condition']> {
  if (text === 'true') return { kind: 'truth' };
  if (text.startsWith('is ')) return { kind: 'type', type: text.slice(3) };
  const equals = text.indexOf('=');
  return { kind: 'equals', element: text.slice(0, equals), value: text.slice(equals + 1) };
}

function addChildren(node: unknown, { name, choice }: Step, found: unknown[]): void {
  if (!isObject(node)) return;
  if (Object.hasOwn(node, name)) addValue(node[name], found);
  if (!choice) return;
  for (const each of Object.keys(node)) {
    if (each.length > name.length && each.startsWith(name) && /[A-Z]/.test(each[name.length] as string)) addValue(node[each], found);
  }
}

function addValue(value: unknown, found: unknown[]): void {
  for (const each of Array.isArray(value) ? value : [value]) if (each !== null && each !== undefined) found.push(each);
}

function satisfying(nodes: unknown[], condition: NonNullable<Step['condition']>): unknown[] {
  if (condition.kind === 'truth') return [nodes.some((node) => node !== false)];
  if (condition.kind === 'type') return nodes.filter((node) => isObject(node) && targetTypeOf(node) === condition.type);
  return nodes.filter((node) => isObject(node) && node[condition.element] === condition.value);
}

/** The resource type a Reference points at, from its text or else from its `type`. */
function targetTypeOf(reference: Record<string, unknown>): string | undefined {
  const text = reference.reference;
  const inText =
    typeof text === 'string' ? /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[^/]+)?$/.exec(text)?.[1] : undefined;
  return inText ?? (typeof reference.type === 'string' ? reference.type : undefined);
}
