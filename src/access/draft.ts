// One wanted change worked out against the current version: what will be stored, or that nothing changes.
import type { Resource } from '@medplum/fhirtypes';
import { isObject, parseJson, writeJson } from '../fhir/json.js';
import { patientOf } from '../fhir/resource-types.js';
import type { StoredResource } from '../store/stored-resource.js';
import type { Act } from './person-writes.js';

export type WriteMethod = 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One wanted change of one resource. */
export interface Change {
  method: WriteMethod;
  type: string;
  id: string;
  /** What an operation does by it, where that is no plain write. */
  act?: Act;
  /** True where it stays the record of whoever recorded it, as with a withdrawal: others' words do not become the caller's. */
  keepsAuthor?: true;
  /**
   * The resource as it should be, made from the current version (undefined when there is none, `deleted` when deleted);
   * throws FhirError when a precondition fails; 'delete' deletes. May be called again when the transaction is retried.
   */
  build(current: StoredResource | undefined): Resource | 'delete';
}

/** What a change came to. */
export interface Applied {
  type: string;
  id: string;
  version: number;
  lastUpdated: Date;
  patientId: string | null;
  deleted: boolean;
  created: boolean;
  /** False when the resource already was exactly so: no version, no event. */
  changed: boolean;
  content: string;
}

/** A change worked out against the current version. */
export interface Draft extends Applied {
  method: WriteMethod;
  act?: Act;
  resource?: Resource;
  previousPatientId: string | null;
  /** Who stays the author; absent where it is the caller. */
  author?: Pick<StoredResource, 'authorUra' | 'authorName'>;
}

/** Builds the wanted resource from the current version and gives it the next version, unless nothing changes. */
export function draft(change: Change, current: StoredResource | undefined, now: Date): Draft {
  const wanted = change.build(current);
  const version = (current?.version ?? 0) + 1;
  // The clock of this process may be behind the one that wrote the current version.
  const lastUpdated = current && current.lastUpdated > now ? current.lastUpdated : now;
  const shared = {
    method: change.method,
    type: change.type,
    id: change.id,
    previousPatientId: current?.patientId ?? null,
    ...(change.act && { act: change.act }),
    ...(change.keepsAuthor && current && { author: { authorUra: current.authorUra, authorName: current.authorName } }),
  };
  const unchanged = (content: string, deleted: boolean): Draft => {
    const known = current as StoredResource;
    return {
      ...shared,
      version: known.version,
      lastUpdated: known.lastUpdated,
      patientId: known.patientId,
      deleted,
      created: false,
      changed: false,
      content,
    };
  };
  if (wanted === 'delete') {
    if (!current || current.deleted)
      return current
        ? unchanged('', true)
        : { ...shared, version: 0, lastUpdated: now, patientId: null, deleted: true, created: false, changed: false, content: '' };
    return { ...shared, version, lastUpdated, patientId: current.patientId, deleted: true, created: false, changed: true, content: '' };
  }
  if (current && !current.deleted && sameButMeta(wanted, current.content)) return unchanged(current.content, false);
  const resource = stamped(wanted, change.id, version, lastUpdated);
  const patientId = patientOf({ ...resource, id: change.id }) ?? current?.patientId ?? null;
  return {
    ...shared,
    version,
    lastUpdated,
    patientId,
    deleted: false,
    created: !current || current.deleted,
    changed: true,
    content: writeJson(resource),
    resource,
  };
}

/** The resource with the server's id, version and time; every other element and their order as sent. */
function stamped(resource: Resource, id: string, version: number, lastUpdated: Date): Resource {
  const { resourceType, id: _sent, meta, ...rest } = resource as Resource & Record<string, unknown>;
  return { resourceType, id, meta: { ...meta, versionId: String(version), lastUpdated: lastUpdated.toISOString() }, ...rest } as Resource;
}

/** True when two resources differ in nothing but the version and time the server gives. */
export function sameButMeta(wanted: Resource, storedContent: string): boolean {
  const plain = (resource: Resource) => {
    const { id: _id, meta, ...rest } = resource as Resource & Record<string, unknown>;
    const { versionId: _v, lastUpdated: _l, ...keptMeta } = meta ?? {};
    return writeJson(sorted({ ...rest, meta: keptMeta }));
  };
  return plain(wanted) === plain(parseJson(storedContent) as Resource);
}

/** Same content with object keys in one order, so that two spellings of one resource compare equal. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, item]) => [name, sorted(item)]),
  );
}
