// Conditional references and conditional writes: their criteria, parsed once and resolved inside the database transaction.
// https://hl7.org/fhir/R4/http.html#cond-update
import type { Session } from '../access/session.js';
import { FhirError } from '../fhir/errors.js';
import { parseSearch, type SearchQuery } from '../search/query.js';
import type { InteractionContext } from './context.js';
import { parseQuery } from './query-text.js';

export interface Criteria {
  query: SearchQuery;
  /** Same text for the same question: what is locked. */
  lockName: string;
  pairs: [string, string][];
}

/** Parses `identifier=…&…`; 'bad-parameter' when it is empty or holds result parameters. */
export function parseCriteria(
  { context, now }: { context: InteractionContext; now: number },
  type: string,
  text: string,
  at: string,
): Criteria {
  const pairs = parseQuery(text, at || undefined);
  if (pairs.length === 0) {
    throw new FhirError('bad-parameter', 'A conditional request needs criteria such as identifier=system|value.', {
      expression: at || undefined,
    });
  }
  const result = pairs.find(([name]) => /^_(?!id$|id:|tag|profile|security|lastUpdated)/.test(name));
  if (result)
    throw new FhirError('bad-parameter', 'Conditional criteria take search parameters only, no result parameters.', {
      expression: at || undefined,
    });
  const query = parseSearch(type, pairs, { baseUrl: context.baseUrl, valueSet: context.valueSet, now });
  // Of what was understood, not of its spelling: `patient=x` and `patient=Patient/x` ask the same.
  const lockName = `criteria:${type}?${query.filters
    .map((filter) => JSON.stringify(filter))
    .sort()
    .join('&')}`;
  return { query, lockName, pairs };
}

/** The one matching id, undefined for none; several are 412 'multiple-matches'. Inside a transaction, under the criteria's lock. */
export async function resolveCriteria(session: Session, criteria: Criteria, at: string): Promise<string | undefined> {
  return theMatch(await session.matchIds(criteria.query), criteria, at);
}

/** What all these criteria match, by lock name: asked in one turn, so that the store can answer them together. */
export async function matchesOf(session: Session, criteria: (Criteria | undefined)[]): Promise<Map<string, string[]>> {
  const distinct = new Map(criteria.flatMap((one) => (one ? [[one.lockName, one.query]] : [])));
  const names = [...distinct.keys()];
  const ids = await Promise.all([...distinct.values()].map((query) => session.matchIds(query)));
  return new Map(names.map((name, i) => [name, ids[i] as string[]]));
}

/** The one id among those that match, undefined for none; several are 412 'multiple-matches'. */
export function theMatch(ids: readonly string[], criteria: Criteria, at: string): string | undefined {
  if (ids.length > 1) {
    throw new FhirError('multiple-matches', `The criteria match more than one ${criteria.query.type}: make them name exactly one.`, {
      expression: at || undefined,
    });
  }
  return ids[0];
}
