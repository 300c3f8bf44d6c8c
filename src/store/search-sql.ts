// Searches as SQL over `resource`: a page of matches, their number, the ids of conditional criteria.
// Every value is bound, and the visibility rule stands on every alias of the table.
import { compartmentOf } from '../search/compartment.js';
import type { SearchQuery, SortRule } from '../search/query.js';
import type { Filter } from '../search/query-nodes.js';
import { Bindings, keyLiteral, type Statement } from './search-bindings.js';
import { filterSql, isIndexed } from './search-filter-sql.js';
import type { Visibility } from './visibility.js';

export type { Statement } from './search-bindings.js';
export type { Visibility } from './visibility.js';

/** The sort values of a row in the order of the query's sort rules, and its id last: where the next page begins. */
export type SortKey = string | number | null;

/** Enough to tell none, one and several. */
const MATCH_LIMIT = 2;

export interface SearchSqlOptions {
  visibility: Visibility;
  /** Keys of the last row of the page before. */
  after?: readonly SortKey[];
  /** Counts all matches instead: one row, column `total`. */
  forTotal?: boolean;
}

/**
 * Rows type, id, patient_id, content, told and the sort keys k0, k1 … (text or null), in order, at most
 * count + 1 of them: the extra one says there is a next page, whose `after` is the last row's [k0, k1, …, id].
 */
export function searchSql(query: SearchQuery, options: SearchSqlOptions): Statement {
  const sql = new Bindings(options.visibility);
  if (!options.forTotal) return { text: matchesSql(query, sql, options.after), values: sql.values };
  stayWithinRecord(query, sql);
  const seen = sql.seenMatch('r');
  return { text: `SELECT count(*)::int AS total FROM resource r ${seen} WHERE ${conditions(query, sql)}`, values: sql.values };
}

/** The rows of searchSql, with the index column `search` where `withIndex` asks it. */
export function matchesSql(query: SearchQuery, sql: Bindings, keysBefore?: readonly SortKey[], withIndex = false): string {
  stayWithinRecord(query, sql);
  const seen = sql.seenMatch('r');
  const where = conditions(query, sql);
  const keys = query.sort.map((rule) => ({ rule, column: sortColumn(rule) }));
  const selected = keys.map(({ column }, i) => `, ${column.text} AS k${i}`).join('');
  const after = keysBefore ? ` AND ${afterSql(keys, keysBefore, sql)}` : '';
  const order = [...keys.map(({ rule, column }) => `${column.order} ${direction(rule, column)}`), 'r.id ASC'].join(', ');
  return `SELECT r.type, r.id, r.patient_id, r.content, v.told${withIndex ? ', r.search' : ''}${selected} FROM resource r ${seen} WHERE ${where}${after} ORDER BY ${order} LIMIT ${sql.bind(query.count + 1)}`;
}

/**
 * How many rows the indexes give for a search over several patients, before the rule and all else is asked of them: column `candidates`,
 * at most `limit`. Undefined where the patient is named, by id or by what the index finds: such records are counted whole.
 */
export function candidatesSql(query: SearchQuery, visibility: Visibility, limit: number): Statement | undefined {
  if (compartmentOf(query) !== undefined || query.filters.some(namesPatient)) return undefined;
  const sql = new Bindings(visibility);
  const type = `r.type = ${sql.bind(query.type)}`;
  const found = query.filters.filter(isIndexed).map((filter) => filterSql(filter, 'r', sql));
  // OFFSET 0: by that index alone. For so many rows the planner would sooner walk a type whole that holds few of them.
  const from = found.length > 0 ? `(SELECT r.type FROM resource r WHERE ${found.join(' AND ')} OFFSET 0) AS r` : 'resource r';
  const byKey = found.length > 0 ? [] : query.filters.filter(({ kind }) => kind === 'id' || kind === 'last-updated');
  const where = [type, ...byKey.map((filter) => filterSql(filter, 'r', sql))].join(' AND ');
  const text = `SELECT count(*)::int AS candidates FROM (SELECT FROM ${from} WHERE ${where} LIMIT ${sql.bind(limit)}) AS c`;
  return { text, values: sql.values };
}

function namesPatient(filter: Filter): boolean {
  return filter.kind === 'chain' && filter.namesCompartment && filter.branches.every(({ filter: named }) => isIndexed(named));
}

/** Ids of at most two matches, in column `id`: for conditional create, update, patch and delete. */
export function matchIdsSql(query: SearchQuery, options: { visibility: Visibility }): Statement {
  const sql = new Bindings(options.visibility);
  stayWithinRecord(query, sql);
  const seen = sql.seenMatch('r');
  return {
    text: `SELECT r.id FROM resource r ${seen} WHERE ${conditions(query, sql)} ORDER BY r.id LIMIT ${MATCH_LIMIT}`,
    values: sql.values,
  };
}

/** The keys of a row of searchSql, for the token of the next page. */
export function sortKeysOf(query: SearchQuery, row: Record<string, unknown>): SortKey[] {
  return [...query.sort.map((_, i) => (row[`k${i}`] ?? null) as SortKey), row.id as string];
}

/** Patients are found by their own id; all else by the compartment's index, before any parameter is looked at. */
function stayWithinRecord(query: SearchQuery, sql: Bindings): void {
  const patient = compartmentOf(query);
  if (patient !== undefined && query.type !== 'Patient') sql.record = `${sql.bind(patient)}::text`;
}

function conditions(query: SearchQuery, sql: Bindings): string {
  const parts = [sql.match('r', query.type)];
  if (sql.record !== undefined) parts.push(`r.patient_id = ${sql.record}`);
  if (query.leftOut && query.leftOut.length > 0) parts.push(`NOT (r.id = ANY (${sql.bind(query.leftOut)}::text[]))`);
  return [...parts, ...query.filters.map((filter) => filterSql(filter, 'r', sql))].join(' AND ');
}

interface SortColumn {
  order: string;
  /** The same value as text that reads back without loss. */
  text: string;
  /** A bound text as a value of `order`'s type. */
  cast: string;
  /** Columns of the table always have a value, and an index that a NULLS clause would rule out. */
  nullable: boolean;
}

function direction(rule: SortRule, column: SortColumn): string {
  return `${rule.descending ? 'DESC' : 'ASC'}${column.nullable ? ' NULLS LAST' : ''}`;
}

function sortColumn({ code, by, descending }: SortRule): SortColumn {
  if (by === 'id') return { order: 'r.id', text: 'r.id', cast: '::text', nullable: false };
  if (by === 'last-updated') {
    return {
      order: 'r.last_updated',
      text: `to_char(r.last_updated AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
      cast: '::timestamptz',
      nullable: false,
    };
  }
  if (by === 'date') {
    const value = `r.search -> ${keyLiteral(`${code}:sort`)} -> 0 ->> ${descending ? 1 : 0}`;
    return { order: `(${value})::bigint`, text: `(${value})`, cast: '::bigint', nullable: true };
  }
  if (by === 'number') {
    const value = `r.search -> ${keyLiteral(code)} -> 0 ->> 0`;
    return { order: `(${value})::numeric`, text: `(${value})`, cast: '::numeric', nullable: true };
  }
  const value = `(r.search -> ${keyLiteral(code)} ->> 0)`;
  return { order: `${value} COLLATE "C"`, text: value, cast: '::text', nullable: true };
}

/** Rows after the given keys in the order of the keys, nulls last whichever way a key runs. */
function afterSql(keys: readonly { rule: SortRule; column: SortColumn }[], after: readonly SortKey[], sql: Bindings): string {
  const [first] = keys;
  const value = after[0];
  // One comparison of rows, so that an index begins at the very row also where thousands share a key.
  if (first && keys.length === 1 && !first.column.nullable && !first.rule.descending && typeof value === 'string')
    return `(${first.column.order}, r.id) > (${sql.bind(value)}${first.column.cast}, ${sql.bind(String(after[1] ?? ''))})`;
  const ties: string[] = [];
  const alternatives: string[] = [];
  let range = '';
  for (const [i, { rule, column }] of keys.entries()) {
    const value = after[i] ?? null;
    if (value === null) {
      ties.push(`${column.order} IS NULL`);
      continue;
    }
    const bound = `${sql.bind(String(value))}${column.cast}`;
    const beyond = `${column.order} ${rule.descending ? '<' : '>'} ${bound}`;
    alternatives.push([...ties, column.nullable ? `(${beyond} OR ${column.order} IS NULL)` : beyond].join(' AND '));
    ties.push(`${column.order} = ${bound}`);
    // Says nothing new, but lets an index begin where the page does.
    if (i === 0 && !column.nullable) range = `${column.order} ${rule.descending ? '<=' : '>='} ${bound} AND `;
  }
  alternatives.push([...ties, `r.id > ${sql.bind(String(after[keys.length] ?? ''))}`].join(' AND '));
  return `${range}(${alternatives.map((each) => `(${each})`).join(' OR ')})`;
}
