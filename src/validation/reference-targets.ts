// References: what they may lead to. https://hl7.org/fhir/R4/references.html
import { isObject } from '../fhir/json.js';
import { CORE_PREFIX } from './definitions.js';
import { type JsonObject, type ResolvedReference, type Run, report } from './run.js';

const LITERAL = /^(?:https?:\/\/.+\/)?([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;
const CONDITIONAL = /^([A-Z][A-Za-z]+)\?/;

/** What a Reference leads to: contained, known to the caller, or at least its type by its text. Undefined when nothing is known. */
export function targetOf(reference: JsonObject, run: Run): ResolvedReference | undefined {
  const text = reference.reference;
  if (typeof text !== 'string') return typeof reference.type === 'string' ? { type: reference.type } : undefined;
  if (text.startsWith('#')) {
    const resource = text === '#' ? run.root : containedOf(run.root).find(({ id }) => id === text.slice(1));
    return typeof resource?.resourceType === 'string' ? { type: resource.resourceType, resource } : undefined;
  }
  const resolved = run.resolve(text);
  if (resolved) return resolved;
  const type = LITERAL.exec(text)?.[1] ?? CONDITIONAL.exec(text)?.[1] ?? reference.type;
  return typeof type === 'string' && run.know.shapes.of(type)?.isResource ? { type } : undefined;
}

export function containedOf(resource: JsonObject): JsonObject[] {
  return Array.isArray(resource.contained) ? resource.contained.filter(isObject) : [];
}

/** Rules of every Reference: ref-1, a type that exists, Reference.type in agreement, and base R4's target types. */
export function checkReference(reference: JsonObject, targets: readonly string[] | undefined, path: string, run: Run): void {
  const text = reference.reference;
  const target = targetOf(reference, run);
  if (typeof text === 'string') {
    if (text.startsWith('#') && !target) {
      report(run, 'reference-not-contained', `${path}.reference`);
      return;
    }
    const named = (LITERAL.exec(text) ?? CONDITIONAL.exec(text))?.[1];
    if (named !== undefined && !text.startsWith('http') && !run.know.shapes.of(named)?.isResource) {
      report(run, 'reference-format', `${path}.reference`);
      return;
    }
  }
  if (!target) return;
  if (typeof reference.type === 'string' && reference.type !== target.type && run.know.shapes.of(reference.type)?.isResource) {
    report(run, 'reference-type-differs', `${path}.type`);
  }
  const types = targets?.map((target) => (target.startsWith(CORE_PREFIX) ? target.slice(CORE_PREFIX.length) : undefined));
  if (!types || types.includes(undefined) || types.includes('Resource') || types.includes(target.type)) return;
  if (types.includes('DomainResource') && run.know.shapes.lineage(target.type).includes('DomainResource')) return;
  report(run, 'reference-type', expressionOf(reference, path), { types: types.join(', '), type: target.type });
}

/** Points at the text of the reference where there is one. */
export function expressionOf(reference: JsonObject, path: string): string {
  return typeof reference.reference === 'string' ? `${path}.reference` : path;
}
