// The base check: a resource against R4 alone. Names, JSON types, formats, cardinality, choices, bindings, invariants, extensions,
// references, contained resources and narrative. https://hl7.org/fhir/R4/json.html
import { isLosslessNumber } from 'lossless-json';
import { isObject } from '../fhir/json.js';
import { checkBindings } from './bindings.js';
import { checkContained } from './contained.js';
import { checkExtension } from './extensions.js';
import { narrativeFault } from './narrative.js';
import { PRIMITIVE_CHECKS } from './primitives.js';
import { checkProfiles } from './profile-check.js';
import { checkReference } from './reference-targets.js';
import { checkInvariants, type JsonObject, type Run, report } from './run.js';
import type { Element, Shape, Variant } from './shapes.js';

/** A name worth repeating in an expression; anything else a sender may have put there stays out of our answers. */
const ELEMENT_NAME = /^_?[A-Za-z][A-Za-z_]{0,63}\d?$/;

const DUTCH_JSON_TYPES: Record<string, string> = {
  'a JSON object': 'een JSON-object',
  'a JSON string': 'een JSON-tekst',
  'a JSON number': 'een JSON-getal',
  'true or false': 'true of false',
};
const NUMERIC = new Set(['decimal', 'integer', 'unsignedInt', 'positiveInt']);
const NARRATIVE_DUTCH = { malformed: 'niet welgevormd', unsafe: 'niet veilig', empty: 'leeg' };

/** Checks `value` as a resource; the caller sets run.root and run.resource. */
export function checkResource(value: unknown, path: string, run: Run): void {
  const shape = isObject(value) && typeof value.resourceType === 'string' ? run.know.shapes.of(value.resourceType) : undefined;
  if (!isObject(value) || !shape?.isResource || run.know.definitions.ofType(shape.name)?.abstract) {
    report(run, 'not-a-resource', path);
    return;
  }
  checkObject(value, shape, shape.contexts, path, run);
  if (value.contained !== undefined) checkContained(value, path, run);
}

function checkObject(value: JsonObject, shape: Shape, contexts: ReadonlySet<string>, path: string, run: Run): void {
  let seen = 0;
  let choices: Element[] | undefined;
  for (const key in value) {
    seen++;
    if (key === 'resourceType' && shape.isResource) continue;
    const isExtra = key.startsWith('_');
    const name = isExtra ? key.slice(1) : key;
    const variant = shape.byJsonName.get(name);
    if (!variant || (isExtra && !variant.isPrimitive)) {
      report(run, 'unknown-element', ELEMENT_NAME.test(key) ? `${path}.${key}` : path, { type: shape.name });
      continue;
    }
    // Beside its value, the sibling is checked with it.
    if (isExtra && value[name] !== undefined) continue;
    const { element } = variant;
    if (element.variants.length > 1) {
      if (choices?.includes(element)) report(run, 'two-choices', `${path}.${element.name}`, { element: `${element.name}[x]` });
      choices = choices ? [...choices, element] : [element];
    }
    checkElement(variant, value[name], value[`_${name}`], contexts, value, path, run);
  }
  if (seen === 0) report(run, 'empty', path);
  for (const element of shape.required) checkPresence(element, value, path, run);
  // Narrative (dom-6) is for the resource around a contained one.
  const isContained = shape.isResource && run.resource !== run.root;
  checkInvariants(isContained ? shape.invariants.filter(({ key }) => key !== 'dom-6') : shape.invariants, value, path, run);
}

/** Cardinality below. Upper limits of base R4 are one or many: the JSON array says it. */
function checkPresence({ min, name, variants }: Element, value: JsonObject, path: string, run: Run): void {
  for (const { jsonName } of variants) if (value[jsonName] !== undefined || value[`_${jsonName}`] !== undefined) return;
  report(run, 'required', `${path}.${name}`, { element: name, min, count: 0 });
}

function checkElement(
  variant: Variant,
  raw: unknown,
  sibling: unknown,
  contexts: ReadonlySet<string>,
  parent: JsonObject,
  parentPath: string,
  run: Run,
): void {
  const path = `${parentPath}.${variant.element.name}`;
  if (!variant.element.isArray) {
    if (Array.isArray(raw) || Array.isArray(sibling)) report(run, 'not-single', path);
    else checkValue(variant, raw, sibling, contexts, parent, path, run);
    return;
  }
  if (!isListOrAbsent(raw) || !isListOrAbsent(sibling)) {
    report(run, 'not-a-list', path);
    return;
  }
  if (raw?.length === 0 || sibling?.length === 0) {
    report(run, 'empty', path);
    return;
  }
  if (raw && sibling && raw.length !== sibling.length) report(run, 'sibling-mismatch', path);
  const length = Math.max(raw?.length ?? 0, sibling?.length ?? 0);
  for (let i = 0; i < length; i++) {
    // In lists of primitives null keeps the place of what only the other list has.
    const value = raw?.[i] === null && variant.isPrimitive && sibling?.[i] != null ? undefined : raw?.[i];
    const extra = sibling?.[i] === null && value !== undefined ? undefined : sibling?.[i];
    checkValue(variant, value, extra, contexts, parent, `${path}[${i}]`, run);
  }
}

function isListOrAbsent(value: unknown): value is unknown[] | undefined {
  return value === undefined || Array.isArray(value);
}

function checkValue(
  variant: Variant,
  value: unknown,
  extra: unknown,
  contexts: ReadonlySet<string>,
  parent: JsonObject,
  path: string,
  run: Run,
): void {
  if (value === null || extra === null || (value === undefined && extra === undefined)) {
    report(run, 'empty', path);
    return;
  }
  const { element, type } = variant;
  if (variant.isPrimitive) {
    if (extra !== undefined) checkExtra(extra, variant, path, run);
    if (value !== undefined && !checkPrimitive(value, type.code, path, run)) return;
  } else {
    if (!isObject(value)) {
      report(run, 'wrong-json-type', path, jsonType('a JSON object', type.code));
      return;
    }
    if (type.code === 'Resource') {
      checkInner(value, element, path, run);
      return;
    }
    const shape = variant.shape();
    if (!shape) return;
    checkObject(value, shape, variant.contexts, path, run);
    if (type.code === 'Extension') {
      const isModifier = element.name === 'modifierExtension';
      checkExtension(
        value,
        { isModifier, contexts, parentUrl: typeof parent.url === 'string' && contexts.has('Extension') ? parent.url : undefined },
        path,
        run,
      );
    } else if (type.code === 'Reference') checkReference(value, type.targetProfile, path, run);
    if (type.profile) checkProfiles({ value, path, type: type.code, shape }, type.profile, run);
  }
  if (value === undefined) return;
  if (element.bindings.length > 0) checkBindings(element.bindings, value, type.code, path, run);
  if (element.invariants.length > 0) checkInvariants(element.invariants, value, path, run);
}

/** False when the value is none of its type, so that no further rule can be asked of it. */
function checkPrimitive(value: unknown, type: string, path: string, run: Run): boolean {
  const fault = PRIMITIVE_CHECKS[type]?.(value);
  if (fault === 'type') {
    const wanted = NUMERIC.has(type) ? 'a JSON number' : type === 'boolean' ? 'true or false' : 'a JSON string';
    report(run, 'wrong-json-type', path, jsonType(wanted, type));
  } else if (fault === 'format') report(run, 'format', path, { type });
  else if (fault === 'no-such-date') report(run, 'no-such-date', path);
  else if (type === 'xhtml') {
    const narrative = narrativeFault(value as string);
    if (narrative) report(run, 'narrative', path, { fault: narrative, faultNl: NARRATIVE_DUTCH[narrative] });
  }
  return fault === undefined;
}

function jsonType(wanted: string, type: string): Record<string, string> {
  return { wanted, wantedNl: DUTCH_JSON_TYPES[wanted] as string, type };
}

/** The `_element` beside a primitive: id and extensions, nothing else. */
function checkExtra(extra: unknown, variant: Variant, path: string, run: Run): void {
  const shape = run.know.shapes.of('Element');
  if (!isObject(extra) || isLosslessNumber(extra)) {
    report(run, 'wrong-json-type', path, jsonType('a JSON object', 'Element'));
    return;
  }
  if (shape) checkObject(extra, shape, variant.contexts, path, run);
}

/** A resource inside another: contained ones know the outer one as their root, those of bundles and parameters stand on their own. */
function checkInner(value: JsonObject, element: Element, path: string, run: Run): void {
  const inner: Run = { ...run, resource: value, resourcePath: path, root: element.name === 'contained' ? run.root : value };
  checkResource(value, path, inner);
}
