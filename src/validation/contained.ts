// Rules dom-2 to dom-5 on contained resources. https://hl7.org/fhir/R4/references.html#contained
import { isObject } from '../fhir/json.js';
import { type JsonObject, type Run, report } from './run.js';

export function checkContained(resource: JsonObject, path: string, run: Run): void {
  if (!Array.isArray(resource.contained)) return;
  const used = new Set<string>();
  collectReferences(resource, used);
  resource.contained.forEach((each: unknown, i) => {
    if (!isObject(each)) return;
    const here = `${path}.contained[${i}]`;
    if (each.contained !== undefined) report(run, 'contained-nested', `${here}.contained`);
    if (isObject(each.meta)) {
      if (each.meta.versionId !== undefined || each.meta.lastUpdated !== undefined)
        report(run, 'contained-meta', `${here}.meta`, { key: 'dom-4' });
      if (each.meta.security !== undefined) report(run, 'contained-meta', `${here}.meta.security`, { key: 'dom-5' });
    }
    const own = new Set<string>();
    collectReferences(each, own);
    const isUsed = typeof each.id === 'string' && used.has(`#${each.id}`);
    if (!isUsed && !own.has('#')) report(run, 'contained-unused', here);
  });
}

/** Every string that starts with '#': references, and the canonicals and uris that may name a contained resource too. */
function collectReferences(value: unknown, found: Set<string>): void {
  if (typeof value === 'string') {
    if (value.startsWith('#')) found.add(value);
  } else if (Array.isArray(value)) {
    for (const each of value) collectReferences(each, found);
  } else if (isObject(value)) {
    for (const key in value) collectReferences(value[key], found);
  }
}
