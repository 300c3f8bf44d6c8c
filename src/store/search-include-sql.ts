// _include and _revinclude as SQL: with the page itself in one statement, or, when they are iterated, one per include and round.
// https://hl7.org/fhir/R4/search.html#include
import type { Include, SearchQuery } from '../search/query.js';
import { Bindings, indexed, keyLiteral, referenceJoin, referencesOf, type Statement } from './search-bindings.js';
import { matchesSql, type SortKey } from './search-sql.js';
import type { Visibility } from './visibility.js';

/** How often `:iterate` is followed: longer chains than this have no use for a reader, and a cycle must end. */
export const MAX_INCLUDE_ROUNDS = 4;
/** Included resources of one statement; one more row than this means it was too many, and the caller refuses. */
export const MAX_INCLUDED = 5000;

const COLUMNS = 'type, id, patient_id, content';

/** A row of the page or of an earlier round. */
export interface IncludeSource {
  type: string;
  id: string;
}

/**
 * What `include` follows from these rows: references from those of its source type, or for a revinclude references to any of them.
 * Rows type, id, patient_id, content, told, each once; at most MAX_INCLUDED + 1. Undefined when no row can lead anywhere.
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
  const named = `${indexed('c')} @> jsonb_build_object(${keyLiteral(include.code)}, jsonb_build_array(t.reference))`;
  return distinct(
    `FROM unnest(${sql.bind(targets)}::text[]) AS t(reference) JOIN resource c ON ${named} ${sql.seen('c')} WHERE ${sql.match('c', include.sourceType)}`,
    sql,
  );
}

function distinct(from: string, sql: Bindings): Statement {
  return { text: distinctSql(from), values: sql.values };
}

function distinctSql(from: string): string {
  const columns = COLUMNS.replace(/\w+/g, 'c.$&');
  return `SELECT DISTINCT ON (c.type, c.id) ${columns}, v.told ${from} ORDER BY c.type, c.id LIMIT ${MAX_INCLUDED + 1}`;
}

/**
 * A page and all it includes in one statement, for includes that are not iterated: rows `part` (0 for matches, from 1 on the
 * includes in their order), `place` (of a match), and the columns of searchSql and includeSql. The match beyond the page, which
 * says that there is a next one, includes nothing.
 */
export function pageSql(query: SearchQuery, options: { visibility: Visibility; after?: readonly SortKey[] }): Statement {
  const sql = new Bindings(options.visibility);
  const page = matchesSql(query, sql, options.after, true);
  const last = sql.bind(query.count);
  const keys = query.sort.map((_, i) => `k${i}`);
  const parts = [`SELECT 0 AS part, place, ${[COLUMNS, 'told', ...keys].join(', ')} FROM page`];
  const noKeys = keys.map(() => ', NULL').join('');
  for (const [i, include] of [...query.includes, ...query.revincludes].entries()) {
    const from = include.kind === 'include' ? forwardFrom(include, query.type, last, sql) : reverseFrom(include, query.type, last, sql);
    if (from) parts.push(`SELECT ${i + 1}, NULL, ${COLUMNS}, told${noKeys} FROM (${distinctSql(from)}) AS i${i + 1}`);
  }
  const text = `WITH page AS MATERIALIZED (SELECT q.*, row_number() OVER () AS place FROM (${page}) AS q) ${parts.join(' UNION ALL ')} ORDER BY part, place, type, id`;
  return { text, values: sql.values };
}

function forwardFrom(include: Include, type: string, last: string, sql: Bindings): string | undefined {
  if (include.sourceType !== type) return undefined;
  const named = `SELECT DISTINCT ref.value FROM page CROSS JOIN LATERAL ${referencesOf('page', include.code)} WHERE page.place <= ${last}`;
  return `FROM (${named}) AS ref JOIN resource c ON ${referenceJoin('c', include.canonical)} ${sql.seen('c')} WHERE ${sql.match('c', include.targetType)}`;
}

function reverseFrom(include: Include, type: string, last: string, sql: Bindings): string | undefined {
  if (include.targetType !== undefined && include.targetType !== type) return undefined;
  const named = `${indexed('c')} @> jsonb_build_object(${keyLiteral(include.code)}, jsonb_build_array(page.type || '/' || page.id))`;
  return `FROM page JOIN resource c ON ${named} ${sql.seen('c')} WHERE page.place <= ${last} AND ${sql.match('c', include.sourceType)}`;
}
