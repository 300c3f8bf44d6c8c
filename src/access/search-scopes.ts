// Which types a search touches beside its own: those it asks by, and those it brings along. A scope for one type opens no other.
// https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html
import type { Filter, SearchQuery } from '../search/query.js';
import { requireScope, scopesAllow } from './scopes.js';

/** Refuses a search by, or for, types that the scopes do not cover. What an include of any type brings is for `inScope` to judge. */
export function requireSearchScopes(scopes: readonly string[], { type, filters, includes, revincludes }: SearchQuery): void {
  requireScope(scopes, type, 's');
  for (const asked of filters.flatMap(askedTypes)) requireScope(scopes, asked, 's');
  for (const { targetType } of includes) if (targetType !== undefined) requireScope(scopes, targetType, 'r');
  for (const { sourceType } of revincludes) requireScope(scopes, sourceType, 'r');
}

/** Included rows of types that the scopes let the caller read. */
export function inScope<Row extends { type: string }>(scopes: readonly string[], rows: Row[]): Row[] {
  return rows.filter(({ type }) => scopesAllow(scopes, type, 'r'));
}

/** Types whose contents decide whether the filter holds. */
function askedTypes(filter: Filter): string[] {
  if (filter.kind === 'has') return [filter.type, ...askedTypes(filter.filter)];
  return filter.kind === 'chain' ? filter.branches.flatMap((branch) => [branch.type, ...askedTypes(branch.filter)]) : [];
}
