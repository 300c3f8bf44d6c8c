// Two care plans of one patient become one without losing anything that either says.
import type { Annotation, CarePlan, Reference, Resource } from '@medplum/fhirtypes';
import { rewriteReferences } from '../fhir/references.js';
import { copyJson } from './copy.js';
import { canonicalJson } from './digest.js';
import { mergeExtensions } from './merge-extensions.js';

/** Elements that say which resource it is rather than what is planned: always the root's. */
const OF_THE_ROOT: ReadonlySet<string> = new Set(['resourceType', 'id', 'status', 'intent', 'subject', 'contained', 'text']);

/**
 * The root with all that `posted` says: lists united, single values taken where the root has none. Where both differ the
 * posted text is used and the root's is kept as a note; a second author becomes a contributor. Neither input is changed.
 */
export function mergeCarePlan(root: CarePlan, posted: CarePlan): CarePlan {
  const merged = copyJson(root) as CarePlan & Record<string, unknown>;
  const added = copyJson(posted) as CarePlan & Record<string, unknown>;
  takeContained(merged, added);
  if (merged.text === undefined && added.text !== undefined) merged.text = added.text;
  for (const [name, value] of Object.entries(added)) {
    if (OF_THE_ROOT.has(name) || value === undefined) continue;
    const own = merged[name];
    if (name === 'meta') merged.meta = { ...added.meta, ...merged.meta, ...unitedLists(merged.meta, added.meta) };
    else if (own === undefined) (merged as Record<string, unknown>)[name] = value;
    else if (name === 'extension') merged.extension = mergeExtensions(merged.extension ?? [], added.extension ?? []);
    else if (Array.isArray(own) && Array.isArray(value)) (merged as Record<string, unknown>)[name] = united(own, value);
    else if (canonicalJson(own) !== canonicalJson(value)) settle(merged, added, name);
  }
  return merged;
}

function settle(merged: CarePlan, added: CarePlan, name: string): void {
  switch (name) {
    case 'title':
    case 'description': {
      const note: Annotation = { text: merged[name] as string };
      merged.note = united(merged.note ?? [], [note]);
      merged[name] = added[name];
      return;
    }
    case 'author':
      merged.contributor = united(merged.contributor ?? [], [merged.author, added.author] as NonNullable<CarePlan['contributor']>);
      return;
    case 'encounter':
      merged.supportingInfo = united(merged.supportingInfo ?? [], [added.encounter as Reference<Resource>]);
      return;
    case 'period':
      merged.period = { ...added.period, ...merged.period, ...earliest(merged.period?.start, added.period?.start) };
      return;
    case 'created':
      merged.created = earliest(merged.created, added.created).start;
      return;
    default:
      return;
  }
}

function earliest(a: string | undefined, b: string | undefined): { start?: string } {
  const start = [a, b].filter((text) => text !== undefined).sort()[0];
  return start === undefined ? {} : { start };
}

function unitedLists(a: CarePlan['meta'], b: CarePlan['meta']): CarePlan['meta'] {
  const lists: Record<string, unknown[]> = {};
  for (const name of ['profile', 'tag', 'security'] as const) {
    const list = united<unknown>(a?.[name] ?? [], b?.[name] ?? []);
    if (list.length > 0) lists[name] = list;
  }
  return lists;
}

/** The first list, then what only the second holds. References to the same resource are one, whatever their display. */
function united<T>(a: readonly T[], b: readonly T[]): T[] {
  const known = new Set(a.map(keyOf));
  return [...a, ...b.filter((item) => !known.has(keyOf(item)))];
}

function keyOf(item: unknown): string {
  const reference = (item as { reference?: unknown } | null)?.reference;
  return typeof reference === 'string' ? `→${reference}` : canonicalJson(item);
}

/** Takes over contained resources; one whose local id means something else here gets another id, references with it. */
function takeContained(merged: CarePlan, added: CarePlan): void {
  if (!added.contained?.length) return;
  const taken = new Map((merged.contained ?? []).map((resource) => [resource.id, canonicalJson(resource)]));
  const renamed = new Map<string, string>();
  for (const resource of added.contained) {
    const there = taken.get(resource.id);
    if (there === undefined || there === canonicalJson(resource)) continue;
    let n = 2;
    while (taken.has(`${resource.id}-${n}`)) n++;
    renamed.set(`#${resource.id}`, `#${resource.id}-${n}`);
    resource.id = `${resource.id}-${n}`;
  }
  rewriteReferences(added, (reference) => renamed.get(reference));
  merged.contained = united(merged.contained ?? [], added.contained);
}
