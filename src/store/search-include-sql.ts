// _include and _revinclude as SQL, one statement per include and round.
// https://hl7.org/fhir/R4/search.html#include
import type { Include } from '../search/query.js';
import { Bindings, keyLiteral, referenceJoin, referencesOf, type Statement } from './search-bindings.js';
import type { Visibility } from './visibility.js';

/** How often `:iterate` is followed: longer chains than this have no use for a reader, and a cycle must end. */
export const MAX_INCLUDE_ROUNDS = 4;
/** Included resources of one statement; one more row than this means it was too many, and the caller refuses. */
export const MAX_INCLUDED = 5000;

const COLUMNS = 'type, id, version, last_updated, patient_id, content';

/** A row of the page or of an earlier round. */
export interface IncludeSource {
  type: string;
  id: string;
}

/**
 * What `include` follows from these rows: references from those of its source type, or for a revinclude references to any of them.
 * Rows type, id, version, last_updated, patient_id, content, told, each once; at most MAX_INCLUDED + 1. Undefined when no row can lead anywhere.
 */
export function includeSql(include: Include, rows: readonly IncludeSource[], options: { visibility: Visibility }): Statement | undefined {
  return include.kind === 'include' ? forwardSql(include, rows, options.visibility) : reverseSql(include, rows, options.visibility);
}

function forwardSql(include: Include, rows: readonly IncludeSource[], visibility: Visibility): Statement | undefined {
  const ids = rows.filter((row) => row.type === include.sourceType).map((row) => row.id);
  if (ids.length === 0) return undefined;
  const sql = new Bindings(visibility);
  const source = `FROM resource r CROSS JOIN LATERAL ${referencesOf('r', include.code)} JOIN resource c ON ${referenceJoin('c', include.canonical)} ${sql.seen('c')}`;
  const from = `${sql.row('r', include.sourceType)} AND r.id = ANY (${sql.bind(ids)}::text[])`;
  return distinct(`${source} WHERE ${from} AND ${sql.match('c', include.targetType)}`, sql);
}

function reverseSql(include: Include, rows: readonly IncludeSource[], visibility: Visibility): Statement | undefined {
  const targets = rows
    .filter((row) => include.targetType === undefined || row.type === include.targetType)
    .map((row) => `${row.type}/${row.id}`);
  if (targets.length === 0) return undefined;
  const sql = new Bindings(visibility);
  const named = `c.search @> jsonb_build_object(${keyLiteral(include.code)}, jsonb_build_array(t.reference))`;
  return distinct(
    `FROM unnest(${sql.bind(targets)}::text[]) AS t(reference) JOIN resource c ON ${named} ${sql.seen('c')} WHERE ${sql.match('c', include.sourceType)}`,
    sql,
  );
}

function distinct(from: string, sql: Bindings): Statement {
  const columns = COLUMNS.replace(/\w+/g, 'c.$&');
  return {
    text: `SELECT DISTINCT ON (c.type, c.id) ${columns}, v.told ${from} ORDER BY c.type, c.id LIMIT ${MAX_INCLUDED + 1}`,
    values: sql.values,
  };
}
