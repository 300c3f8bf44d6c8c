// Digests that tell whether resources say the same: independent of the order of properties, of version and of write time.
import { createHash } from 'node:crypto';
import { isObject, writeJson } from '../fhir/json.js';

/** JSON with sorted property names: equal for values that are equal. Properties that are undefined are left out. */
export function canonicalJson(value: unknown): string {
  return writeJson(sorted(value) ?? null);
}

/** The same value with its property names in order. Element names never look like numbers, which JavaScript would put first. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const inOrder: Record<string, unknown> = {};
  for (const name of Object.keys(value).sort()) inOrder[name] = sorted(value[name]);
  return inOrder;
}

/** SHA-256 (hex) of what a resource says, meta.versionId and meta.lastUpdated left out. */
export function contentDigest(resource: object): string {
  return sha256(canonicalJson(withoutVersion(resource)));
}

/** SHA-256 of a text, in hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** True when two resources say the same. */
export function sameContent(a: object, b: object): boolean {
  return canonicalJson(withoutVersion(a)) === canonicalJson(withoutVersion(b));
}

function withoutVersion(resource: object): object {
  const { meta, ...rest } = resource as { meta?: Record<string, unknown> };
  if (!isObject(meta)) return rest;
  const { versionId: _version, lastUpdated: _moment, ...kept } = meta;
  return Object.keys(kept).length > 0 ? { ...rest, meta: kept } : rest;
}
