// Filters of a search as SQL conditions on an alias of `resource` and its index column `search`.
// https://hl7.org/fhir/R4/search.html
import type { ChainFilter, DateValue, Filter, HasFilter, MembersFilter, NumberValue } from '../search/query-nodes.js';
import { type Bindings, keyLiteral, referenceJoin, referencesOf, UNINDEXED_KEYS } from './search-bindings.js';

/** Up to so many values are asked one by one, so that the GIN index can answer; longer lists compare the row's own values. */
const MAX_CONTAINMENTS = 16;

/** Whether the index over all patients finds the rows of this condition. */
export function isIndexed(filter: Filter): boolean {
  return filter.kind === 'members' && !filter.negated && filter.anyOf.length <= MAX_CONTAINMENTS && !UNINDEXED_KEYS.includes(filter.key);
}

/** One condition, in parentheses where it needs them. Only values are bound; keys are the registry's. */
export function filterSql(filter: Filter, alias: string, sql: Bindings): string {
  switch (filter.kind) {
    case 'members':
      return membersSql(filter, alias, sql);
    case 'text': {
      const patterns = filter.anyOf.map((text) => `${filter.mode === 'contains' ? '%' : ''}${escapeLike(text)}%`);
      return `EXISTS (SELECT 1 FROM jsonb_array_elements_text(${alias}.search -> ${keyLiteral(filter.key)}) AS s(value) WHERE s.value LIKE ANY (${sql.bind(patterns)}::text[]))`;
    }
    case 'date':
      return rangesSql(alias, filter.key, filter.anyOf, (value) => dateSql(value, sql));
    case 'number':
      return rangesSql(alias, filter.key, filter.anyOf, (value) => numberSql(value, sql));
    case 'missing':
      return `${filter.missing ? 'NOT ' : ''}(${alias}.search ? ${keyLiteral(filter.key)})`;
    case 'id':
      return `${filter.negated ? 'NOT ' : ''}(${alias}.id = ANY (${sql.bind(filter.anyOf)}::text[]))`;
    case 'last-updated':
      return any(filter.anyOf.map((value) => momentSql(value, `${alias}.last_updated`, sql)));
    case 'chain':
      return chainSql(filter, alias, sql);
    case 'has':
      return hasSql(filter, alias, sql);
  }
}

function membersSql({ key, anyOf, negated }: MembersFilter, alias: string, sql: Bindings): string {
  const found =
    anyOf.length > MAX_CONTAINMENTS
      ? `COALESCE(${alias}.search -> ${keyLiteral(key)} ?| ${sql.bind(anyOf)}::text[], FALSE)`
      : any(anyOf.map((value) => `${sql.searchOf(alias, key)} @> ${sql.bind(JSON.stringify({ [key]: [value] }))}::jsonb`));
  return negated ? `NOT ${found}` : found;
}

function any(conditions: string[]): string {
  return conditions.length === 0 ? 'FALSE' : `(${conditions.join(' OR ')})`;
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

function rangesSql<T>(alias: string, key: string, values: readonly T[], condition: (value: T) => string): string {
  return `EXISTS (SELECT 1 FROM jsonb_array_elements(${alias}.search -> ${keyLiteral(key)}) AS d(value) WHERE ${any(values.map(condition))})`;
}

/** The meaning of each prefix for the range [low, high] of the resource and [start, end] of the query, all inclusive. */
function dateSql({ comparison, start, end }: DateValue, sql: Bindings): string {
  const [low, high] = ['(d.value ->> 0)::bigint', '(d.value ->> 1)::bigint'];
  const from = () => `${sql.bind(start)}::bigint`;
  const to = () => `${sql.bind(end)}::bigint`;
  const within = () => `(${low} >= ${from()} AND ${high} <= ${to()})`;
  switch (comparison) {
    case 'eq':
      return within();
    case 'ne':
      return `NOT ${within()}`;
    case 'gt':
      return `${high} > ${to()}`;
    case 'lt':
      return `${low} < ${from()}`;
    case 'ge':
      return `(${high} > ${to()} OR ${within()})`;
    case 'le':
      return `(${low} < ${from()} OR ${within()})`;
    case 'sa':
      return `${low} > ${to()}`;
    case 'eb':
      return `${high} < ${from()}`;
    case 'ap':
      return `(${low} <= ${to()} AND ${high} >= ${from()})`;
  }
}

/** The same for a column that holds one moment; bounds are whole milliseconds, the column may hold more digits. */
function momentSql({ comparison, start, end }: DateValue, column: string, sql: Bindings): string {
  const from = () => `${sql.bind(moment(start))}::timestamptz`;
  const after = () => `${sql.bind(moment(end + 1))}::timestamptz`;
  const within = () => `(${column} >= ${from()} AND ${column} < ${after()})`;
  switch (comparison) {
    case 'eq':
    case 'ap':
      return within();
    case 'ne':
      return `NOT ${within()}`;
    case 'gt':
    case 'sa':
      return `${column} >= ${after()}`;
    case 'lt':
    case 'eb':
      return `${column} < ${from()}`;
    case 'ge':
      return `${column} >= ${from()}`;
    case 'le':
      return `${column} < ${after()}`;
  }
}

/** ISO text of epoch milliseconds as PostgreSQL reads it; years outside its four digits become its own infinities. */
function moment(epochMillis: number): string {
  const year = new Date(epochMillis).getUTCFullYear();
  if (!(year >= 1)) return '-infinity';
  return year > 9999 ? 'infinity' : new Date(epochMillis).toISOString();
}

/** Without prefix the value's precision counts (5.4 is 5.35 up to 5.45); with one the value is exact. */
function numberSql({ comparison, value, low, high, unit }: NumberValue, sql: Bindings): string {
  const [least, most] = ['(d.value ->> 0)::numeric', '(d.value ->> 1)::numeric'];
  const bound = (text: string) => `${sql.bind(text)}::numeric`;
  const within = () => `(${least} >= ${bound(low)} AND ${most} < ${bound(high)})`;
  const compared = (): string => {
    switch (comparison) {
      case 'eq':
        return within();
      case 'ne':
        return `NOT ${within()}`;
      case 'gt':
        return `${most} > ${bound(value)}`;
      case 'lt':
        return `${least} < ${bound(value)}`;
      case 'ge':
        return `${most} >= ${bound(value)}`;
      case 'le':
        return `${least} <= ${bound(value)}`;
      case 'sa':
        return `${least} > ${bound(value)}`;
      case 'eb':
        return `${most} < ${bound(value)}`;
      case 'ap':
        return `(${least} <= ${bound(high)} AND ${most} >= ${bound(low)})`;
    }
  };
  if (!unit) return compared();
  if ('coded' in unit) return `(${compared()} AND d.value ->> 2 = ${sql.bind(unit.coded)}::text)`;
  const code = `${sql.bind(unit.any)}::text`;
  return `(${compared()} AND (d.value ->> 3 = ${code} OR d.value ->> 4 = ${code}))`;
}

function chainSql({ key, canonical, namesCompartment, branches }: ChainFilter, alias: string, sql: Bindings): string {
  return any(
    branches.map(({ type, filter }) => {
      const target = sql.alias();
      const named = `EXISTS (SELECT 1 FROM ${referencesOf(alias, key)} JOIN resource ${target} ON ${referenceJoin(target, canonical)} WHERE ${sql.row(target, type)} AND ${filterSql(filter, target, sql)})`;
      if (!namesCompartment || type !== 'Patient') return named;
      // The same rows, found from the patient's side: the few patients first, then their part of the table.
      const patient = sql.alias();
      return `(${alias}.patient_id IN (SELECT ${patient}.id FROM resource ${patient} WHERE ${sql.row(patient, type)} AND ${filterSql(filter, patient, sql)}) AND ${named})`;
    }),
  );
}

function hasSql({ type, key, namesCompartment, filter }: HasFilter, alias: string, sql: Bindings): string {
  const source = sql.alias();
  const named = `${sql.searchOf(source, key)} @> jsonb_build_object(${keyLiteral(key)}, jsonb_build_array(${alias}.type || '/' || ${alias}.id))`;
  const near = namesCompartment ? ` AND ${source}.patient_id = ${alias}.id` : '';
  return `EXISTS (SELECT 1 FROM resource ${source} WHERE ${sql.row(source, type)}${near} AND ${named} AND ${filterSql(filter, source, sql)})`;
}
