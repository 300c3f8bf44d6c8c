// Runs searches: a page of matches with what it includes, their number, the ids of conditional criteria.
import { FhirError } from '../fhir/errors.js';
import { compartmentOf } from '../search/compartment.js';
import type { Include, SearchQuery } from '../search/query.js';
import { countBound } from './count-bound.js';
import type { Database } from './pool.js';
import type { Statement } from './search-bindings.js';
import { includeSql, MAX_INCLUDE_ROUNDS, MAX_INCLUDED, pageSql } from './search-include-sql.js';
import { candidatesSql, type SortKey, searchSql, sortKeysOf } from './search-sql.js';
import type { Transaction } from './transaction.js';
import { type Told, toldOf, type Visibility } from './visibility.js';

export { searchMatchIds } from './match-ids.js';

export interface FoundResource {
  type: string;
  id: string;
  patientId: string | null;
  content: string;
  /** On what ground it is shown. */
  told: Told;
}

export interface SearchPage {
  matches: FoundResource[];
  /** Each once, none of them a match. */
  included: FoundResource[];
  /** Where the next page begins; absent on the last one. */
  next?: SortKey[];
}

export interface SearchOptions {
  visibility: Visibility;
  after?: readonly SortKey[];
}

/** One page. Throws 'too-large' when includes would bring in more than one answer can hold. */
export async function searchPage(database: Database, query: SearchQuery, options: SearchOptions, tx?: Transaction): Promise<SearchPage> {
  const includes = [...query.includes, ...query.revincludes];
  const isOne = includes.length > 0 && !includes.some(({ iterate }) => iterate);
  const run = runner(database, tx);
  const statement = isOne ? pageSql(query, options) : searchSql(query, options);
  const isNear = tx === undefined && compartmentOf(query) !== undefined && query.revincludes.length === 0;
  const rows = isNear ? await database.nearReads.read(statement.text, statement.values) : await run(statement);
  const matching = isOne ? rows.filter((row) => row.part === 0) : rows;
  const page = matching.slice(0, query.count);
  const matches = page.map(found);
  const included = isOne ? includedIn(rows, matches) : await includedWith(run, query, matches, options.visibility);
  const last = page.at(-1);
  return matching.length > query.count && last ? { matches, included, next: sortKeysOf(query, last) } : { matches, included };
}

/** What one statement brought beside the matches, each once. */
function includedIn(rows: Record<string, unknown>[], matches: FoundResource[]): FoundResource[] {
  const seen = new Set(matches.map(referenceOf));
  const included: FoundResource[] = [];
  for (const row of rows) {
    if (row.part === 0) continue;
    const resource = found(row);
    if (seen.has(referenceOf(resource))) continue;
    seen.add(referenceOf(resource));
    included.push(resource);
  }
  if (included.length > MAX_INCLUDED) throw tooMany();
  return included;
}

function tooMany(): FhirError {
  return new FhirError('too-large', `This search includes more than ${MAX_INCLUDED} resources: ask smaller pages with _count.`, {
    expression: '_include',
  });
}

/**
 * All matches of all pages. Undefined where there is too much to count: more rows of several patients than the question's bound, and
 * the client insists neither on the exact total nor on the number alone.
 */
export async function countMatches(
  database: Database,
  query: SearchQuery,
  { visibility }: SearchOptions,
  tx?: Transaction,
): Promise<number | undefined> {
  const run = runner(database, tx);
  const bound = countBound([query.type, query.filters]);
  const isInsisted = query.total === 'accurate' || query.summary === 'count';
  const candidates = isInsisted ? undefined : candidatesSql(query, visibility, bound + 1);
  if (candidates && ((await run(candidates))[0]?.candidates as number) > bound) return undefined;
  const [row] = await run(searchSql(query, { visibility, forTotal: true }));
  return row?.total as number;
}

/** Follows every include from the matches, and the iterated ones from what they bring, a bounded number of rounds. */
async function includedWith(run: Run, query: SearchQuery, matches: FoundResource[], visibility: Visibility): Promise<FoundResource[]> {
  const seen = new Set(matches.map(referenceOf));
  const included: FoundResource[] = [];
  const all: Include[] = [...query.includes, ...query.revincludes];
  let sources = matches;
  for (let round = 0; round < MAX_INCLUDE_ROUNDS && sources.length > 0; round++) {
    const fresh: FoundResource[] = [];
    for (const include of round === 0 ? all : all.filter(({ iterate }) => iterate)) {
      // Within the first round too: an iterated include follows what an earlier include just brought.
      const statement = includeSql(include, include.iterate ? [...sources, ...fresh] : sources, { visibility });
      if (!statement) continue;
      for (const row of (await run(statement)).map(found)) {
        if (seen.has(referenceOf(row))) continue;
        seen.add(referenceOf(row));
        fresh.push(row);
      }
      if (included.length + fresh.length > MAX_INCLUDED) throw tooMany();
    }
    included.push(...fresh);
    sources = fresh;
  }
  return included;
}

type Run = (statement: Statement) => Promise<Record<string, unknown>[]>;

/** Inside the transaction when there is one, so that it sees what it wrote. */
function runner(database: Database, tx: Transaction | undefined): Run {
  return async ({ text, values }) =>
    tx ? (await tx.query(text, values as unknown[])).rows : database.read({ text, values: values as unknown[] });
}

function found(row: Record<string, unknown>): FoundResource {
  return {
    type: row.type as string,
    id: row.id as string,
    patientId: row.patient_id as string | null,
    content: row.content as string,
    told: toldOf(row.told as string),
  };
}

function referenceOf(row: FoundResource): string {
  return `${row.type}/${row.id}`;
}
