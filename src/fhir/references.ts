// References: reading them, finding them in a resource, rewriting them on the way in.
// https://hl7.org/fhir/R4/references.html
import { isObject } from './json.js';

export interface LocalReference {
  type: string;
  id: string;
  version?: string;
}

const LOCAL = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?$/;

export const FHIR_ID = /^[A-Za-z0-9\-.]{1,64}$/;

/** Type, id and version of a relative reference; undefined for absolute, contained (#), conditional and urn references. */
export function parseReference(text: string): LocalReference | undefined {
  const m = LOCAL.exec(text);
  if (!m) return undefined;
  const local: LocalReference = { type: m[1] as string, id: m[2] as string };
  if (m[3] !== undefined) local.version = m[3];
  return local;
}

/** `Type/id` of a relative reference without its version; other texts unchanged. */
export function withoutVersion(reference: string): string {
  return reference.includes('/_history/') ? reference.replace(/\/_history\/[A-Za-z0-9\-.]+$/, '') : reference;
}

/**
 * Calls `visit` for every `reference` string anywhere in a resource (contained ones included) and replaces it in place
 * with what `visit` returns; undefined leaves it. `path` is a FHIRPath such as Consent.provision.actor[0].reference.
 */
export function rewriteReferences(resource: unknown, visit: (reference: string, path: string) => string | undefined, path = ''): void {
  if (Array.isArray(resource)) {
    for (let i = 0; i < resource.length; i++) if (typeof resource[i] === 'object') rewriteReferences(resource[i], visit, `${path}[${i}]`);
    return;
  }
  if (!isObject(resource)) return;
  const here = path === '' && typeof resource.resourceType === 'string' ? resource.resourceType : path;
  for (const name of Object.keys(resource)) {
    const value = resource[name];
    if (name === 'reference' && typeof value === 'string') {
      const replacement = visit(value, here);
      if (replacement !== undefined) resource.reference = replacement;
    } else if (typeof value === 'object') rewriteReferences(value, visit, `${here}.${name}`);
  }
}

/** Every relative reference in a resource, versions stripped, each once. */
export function localReferences(resource: unknown): string[] {
  const found = new Set<string>();
  collectReferences(resource, found);
  return [...found];
}

function collectReferences(value: unknown, found: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') collectReferences(item, found);
    return;
  }
  if (!isObject(value)) return;
  for (const name in value) {
    const item = value[name];
    if (name === 'reference' && typeof item === 'string') {
      if (LOCAL.test(item)) found.add(withoutVersion(item));
    } else if (typeof item === 'object') collectReferences(item, found);
  }
}
