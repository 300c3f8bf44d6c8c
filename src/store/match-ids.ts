// Ids that the criteria of conditional interactions match. Criteria that are one business identifier, as nearly all are, come
// many at a time (a posted conversation has thirty): what a transaction asks in one turn is one statement, answered by the index.
import type { SearchQuery } from '../search/query.js';
import type { Database } from './pool.js';
import { Bindings, indexed, type Statement } from './search-bindings.js';
import { matchIdsSql } from './search-sql.js';
import { statementName } from './statement-name.js';
import type { Transaction } from './transaction.js';
import type { Visibility } from './visibility.js';

interface Question {
  type: string;
  /** Key and value of the index that the resource must have. */
  wanted: Record<string, readonly string[]>;
  resolve(ids: string[]): void;
  reject(error: unknown): void;
}

/** Questions of the present turn, by transaction. */
const gathered = new WeakMap<Transaction, { visibility: Visibility; questions: Question[] }>();

/** At most two ids: none, one or several. Inside a transaction it sees what that wrote. */
export async function searchMatchIds(
  database: Database,
  query: SearchQuery,
  { visibility }: { visibility: Visibility },
  tx?: Transaction,
): Promise<string[]> {
  const wanted = identifierOf(query);
  if (tx && wanted) return ask(tx, visibility, query.type, wanted);
  const { text, values } = matchIdsSql(query, { visibility });
  const rows = tx ? (await tx.query<{ id: string }>(text, values)).rows : await database.read<{ id: string }>({ text, values });
  return rows.map(({ id }) => id);
}

/** The one filter of a query that asks for a single identifier. */
function identifierOf({ filters }: SearchQuery): Question['wanted'] | undefined {
  const [filter] = filters;
  if (filters.length !== 1 || filter?.kind !== 'members' || filter.key !== 'identifier') return undefined;
  return !filter.negated && filter.anyOf.length === 1 ? { identifier: filter.anyOf } : undefined;
}

function ask(tx: Transaction, visibility: Visibility, type: string, wanted: Question['wanted']): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const known = gathered.get(tx);
    const question = { type, wanted, resolve, reject };
    if (known?.visibility === visibility) known.questions.push(question);
    else {
      const questions = [question];
      gathered.set(tx, { visibility, questions });
      queueMicrotask(() => {
        if (gathered.get(tx)?.questions === questions) gathered.delete(tx);
        void answer(tx, visibility, questions);
      });
    }
  });
}

async function answer(tx: Transaction, visibility: Visibility, questions: Question[]): Promise<void> {
  try {
    const { text, values } = identifiedSql(questions, visibility);
    const { rows } = await tx.query<{ place: string; id: string }>({ name: statementName(text), text, values });
    const ids = questions.map((): string[] => []);
    for (const { place, id } of rows) ids[Number(place) - 1]?.push(id);
    for (const [i, { resolve }] of questions.entries()) resolve((ids[i] as string[]).slice(0, 2));
  } catch (error) {
    for (const { reject } of questions) reject(error);
  }
}

/**
 * Rows place (from 1) and id. OFFSET 0 leaves the planner the index of identifiers alone, for it might walk all resources of the
 * type instead; who holds one identifier are few.
 */
export function identifiedSql(asked: readonly Pick<Question, 'type' | 'wanted'>[], visibility: Visibility): Statement {
  const sql = new Bindings(visibility);
  const types = sql.bind(asked.map(({ type }) => type));
  const wanted = sql.bind(asked.map((one) => JSON.stringify(one.wanted)));
  const text = `SELECT w.place, r.id FROM unnest(${types}::text[], ${wanted}::jsonb[]) WITH ORDINALITY AS w(type, wanted, place)
    CROSS JOIN LATERAL (SELECT * FROM resource h WHERE ${indexed('h')} @> w.wanted OFFSET 0) AS r ${sql.seen('r')}
    WHERE r.type = w.type AND ${sql.match('r')} ORDER BY w.place, r.id`;
  return { text, values: sql.values };
}
