// Resources as the store keeps them: JSON text and what must be known without reading it.

export interface StoredResource {
  type: string;
  id: string;
  version: number;
  /** The patient compartment it is in; null for directory and definitional resources. */
  patientId: string | null;
  /** Who wrote this version; null for what the service itself keeps. */
  authorUra: string | null;
  authorName: string | null;
  /** Millisecond precision. */
  lastUpdated: Date;
  deleted: boolean;
  /** The JSON text that is served, never parsed here; of no meaning when deleted. */
  content: string;
}

export type WriteMethod = 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One version to write. */
export interface NewVersion extends StoredResource {
  authorClient: string;
  method: WriteMethod;
  /** Values of its search parameters. */
  search: unknown;
  /** Business identifiers it holds from now on; none when deleted. `scope` as in `scopeOf` unless given. */
  identifiers: { system: string; value: string; scope?: string }[];
}

/** A version in the history. */
export interface StoredVersion extends StoredResource {
  method: WriteMethod;
  /** There was none before it, or it was deleted. */
  created: boolean;
}

/** Columns of one row, to be put after the alias of `resource` or `resource_history`. */
export function columnsOf(alias: string): string {
  const names = ['type', 'id', 'version', 'patient_id', 'author_ura', 'author_name', 'last_updated', 'deleted', 'content'];
  return names.map((name) => `${alias}.${name}`).join(', ');
}

/** Collects values behind placeholders. */
export function binder(values: unknown[]): (value: unknown) => string {
  return (value) => `$${values.push(value)}`;
}

export interface ResourceRow {
  type: string;
  id: string;
  version: number;
  patient_id: string | null;
  author_ura: string | null;
  author_name: string | null;
  last_updated: Date;
  deleted: boolean;
  content: string;
}

export function storedResource(row: ResourceRow): StoredResource {
  return {
    type: row.type,
    id: row.id,
    version: row.version,
    patientId: row.patient_id,
    authorUra: row.author_ura,
    authorName: row.author_name,
    lastUpdated: row.last_updated,
    deleted: row.deleted,
    content: row.content,
  };
}
