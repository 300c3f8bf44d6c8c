// JSON Patch (RFC 6902) on a resource: strict, on a copy, never touching type or id. Written out here because the libraries copy
// values through JSON, and would turn a kept number such as 1.10 into something else.
// https://hl7.org/fhir/R4/http.html#patch, https://www.rfc-editor.org/rfc/rfc6902
import type { Resource } from '@medplum/fhirtypes';
import { FhirError } from '../fhir/errors.js';
import { asNumber, isObject } from '../fhir/json.js';
import { copyOf } from './copy-of.js';

/** Operations one patch may hold: more is a new version, not a patch. */
const MAX_OPERATIONS = 500;

const OPS = ['add', 'remove', 'replace', 'move', 'copy', 'test'] as const;

export interface PatchOperation {
  op: (typeof OPS)[number];
  /** JSON pointers, as their decoded tokens. */
  path: string[];
  from?: string[];
  value?: unknown;
}

/** The patch document of a body; 'bad-syntax' with the operation that is none. */
export function parsePatch(body: unknown): PatchOperation[] {
  if (!Array.isArray(body) || body.length > MAX_OPERATIONS)
    throw new FhirError('bad-syntax', `A JSON Patch is an array of at most ${MAX_OPERATIONS} operations, each with op and path.`);
  return body.map((each, i) => {
    const wrong = (what: string) => new FhirError('bad-syntax', `Patch operation ${i} ${what}.`, { expression: `[${i}]` });
    if (!isObject(each)) throw wrong('is not an object');
    const op = OPS.find((known) => known === each.op);
    if (!op) throw wrong(`has no op of ${OPS.join(', ')}`);
    const path = pointerOf(each.path);
    if (!path) throw wrong('has no JSON pointer as its path');
    const from = op === 'move' || op === 'copy' ? pointerOf(each.from) : [];
    if (!from) throw wrong('has no JSON pointer as its from');
    if ((op === 'add' || op === 'replace' || op === 'test') && each.value === undefined) throw wrong('has no value');
    return { op, path, from, value: each.value };
  });
}

function pointerOf(text: unknown): string[] | undefined {
  if (typeof text !== 'string' || !/^(\/([^~]|~[01])*)?$/.test(text)) return undefined;
  return text
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The resource after the patch; the given one is left as it is. A failed test or a missing path is 422. */
export function patched(resource: Resource, operations: PatchOperation[]): Resource {
  // A holder makes the root replaceable like any member.
  const holder = { root: copyOf(resource) as unknown };
  for (const [i, operation] of operations.entries()) {
    const problem = apply(holder, operation);
    if (problem !== undefined)
      throw new FhirError('unprocessable-content', `Patch operation ${i} cannot be applied: ${problem}.`, { expression: `[${i}]` });
  }
  const { root } = holder;
  if (!isObject(root) || root.resourceType !== resource.resourceType || root.id !== resource.id)
    throw new FhirError('unprocessable-content', 'A patch may not change resourceType or id.');
  return root as unknown as Resource;
}

type Place = { of: unknown[]; at: number; isNew: boolean } | { of: Record<string, unknown>; at: string; isNew: boolean };

const NO_PATH = 'its path does not exist';

/** What prevents the operation; undefined when it was done. */
function apply(holder: { root: unknown }, { op, path, from = [], value }: PatchOperation): string | undefined {
  if (op === 'move' && path.length > from.length && from.every((token, i) => token === path[i])) return 'it moves a value into itself';
  const source = op === 'move' || op === 'copy' ? placeOf(holder, from) : undefined;
  if ((op === 'move' || op === 'copy') && (!source || source.isNew)) return NO_PATH;
  const added = source ? copyOf(valueAt(source)) : copyOf(value);
  if (op === 'move' && source) removeAt(source);
  const target = placeOf(holder, path);
  if (!target) return NO_PATH;
  if (op === 'add' || op === 'move' || op === 'copy') {
    addAt(target, added);
    return undefined;
  }
  if (target.isNew) return NO_PATH;
  if (op === 'test') return same(valueAt(target), value) ? undefined : 'its test does not hold';
  if (op === 'remove') removeAt(target);
  else setAt(target, added);
  return undefined;
}

/** Where a pointer leads; undefined when there is nothing to hold it. */
function placeOf(holder: { root: unknown }, path: string[]): Place | undefined {
  let place: Place = { of: holder as Record<string, unknown>, at: 'root', isNew: false };
  for (const token of path) {
    if (place.isNew) return undefined;
    const inside = valueAt(place);
    if (Array.isArray(inside)) {
      const at = token === '-' ? inside.length : /^(0|[1-9]\d{0,8})$/.test(token) ? Number(token) : Number.NaN;
      if (!(at <= inside.length)) return undefined;
      place = { of: inside, at, isNew: at === inside.length };
    } else if (isObject(inside) && token !== '__proto__') place = { of: inside, at: token, isNew: !Object.hasOwn(inside, token) };
    else return undefined;
  }
  return place;
}

function valueAt(place: Place): unknown {
  return Array.isArray(place.of) ? place.of[place.at as number] : place.of[place.at as string];
}

function setAt(place: Place, value: unknown): void {
  if (Array.isArray(place.of)) place.of[place.at as number] = value;
  else place.of[place.at as string] = value;
}

function addAt(place: Place, value: unknown): void {
  if (Array.isArray(place.of)) place.of.splice(place.at as number, 0, value);
  else place.of[place.at as string] = value;
}

function removeAt(place: Place): void {
  if (Array.isArray(place.of)) place.of.splice(place.at as number, 1);
  else delete place.of[place.at as string];
}

/** Equal as RFC 6902 says: numbers by value, objects whatever the order of their members. */
function same(a: unknown, b: unknown): boolean {
  const [x, y] = [asNumber(a), asNumber(b)];
  if (x !== undefined || y !== undefined) return x === y;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => same(item, b[i]));
  if (isObject(a) && isObject(b)) {
    const names = Object.keys(a);
    return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && same(a[name], b[name]));
  }
  return a === b;
}
