// Digests that tell whether resources say the same: independent of the order of properties, of version and of write time.
import { createHash } from 'node:crypto';
import { isLosslessNumber } from 'lossless-json';
import { isObject } from '../fhir/json.js';

/** JSON with sorted property names: equal for values that are equal. Properties that are undefined are left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (isLosslessNumber(value)) return value.value;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const names = Object.keys(value)
    .filter((name) => value[name] !== undefined)
    .sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name])}`).join(',')}}`;
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
