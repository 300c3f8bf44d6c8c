// Versions of a resource or of a type, newest first, in pages.
// https://hl7.org/fhir/R4/http.html#history
import { countBound } from './count-bound.js';
import type { Database } from './pool.js';
import { historySql } from './resources.js';
import {
  binder,
  columnsOf,
  type ResourceRow,
  type StoredResource,
  type StoredVersion,
  storedResource,
  type WriteMethod,
} from './stored-resource.js';
import type { Transaction } from './transaction.js';
import { type Told, toldOf, type Visibility } from './visibility.js';

export interface HistoryQuery {
  type: string;
  /** One resource; otherwise all of the type. */
  id?: string;
  /** Only resources of this patient. */
  patientId?: string;
  /** Only versions made at or after this moment. */
  since?: Date;
  /** Only versions that were current at some time in this period, both ends included. */
  at?: { start: Date; end: Date };
  count: number;
  /** `next` of the page before. */
  after?: (string | number | null)[];
}

export interface HistoryPage {
  /** Newest first; deletions are among them. */
  versions: (StoredVersion & { told: Told })[];
  /** All versions of the query. Counted for the first page only, and not where a whole type has too many. */
  total?: number;
  /** Where the next page goes on; absent on the last one. */
  next?: (string | number)[];
}

/** One page of the versions the caller may see. Every version comes once, also while others are written: new ones sort first. */
export async function readHistory(database: Database, query: HistoryQuery, visibility: Visibility, tx?: Transaction): Promise<HistoryPage> {
  const values: unknown[] = [];
  const bind = binder(values);
  const { seen, where } = historySql(visibility, bind);
  const from = `FROM ${versions(query, bind)} ${seen} WHERE ${conditions(query, bind)} AND ${where}`;
  const run = async <R extends object>(text: string, bound: unknown[]) =>
    tx ? (await tx.query<R>(text, bound)).rows : await database.read<R>({ text, values: bound });
  const bound = [...values];
  const position = query.after ? `AND (h.last_updated, h.id, h.version) < (${query.after.map(bind).join(', ')})` : '';
  const rows = await run<ResourceRow & { method: WriteMethod; continued: boolean; told: string | null }>(
    `SELECT ${columnsOf('h')}, v.told, h.method, EXISTS (SELECT FROM resource_history p
            WHERE p.type = h.type AND p.id = h.id AND p.version = h.version - 1 AND NOT p.deleted) AS continued ${from} ${position}
      ORDER BY h.last_updated DESC, h.id DESC, h.version DESC LIMIT ${bind(query.count + 1)}`,
    values,
  );
  const page = rows.slice(0, query.count).map((row) => ({
    ...storedResource(row),
    method: row.method,
    created: !row.deleted && !row.continued,
    told: toldOf(row.told),
  }));
  const last = page.at(-1);
  const next = rows.length > query.count && last ? [last.lastUpdated.toISOString(), last.id, last.version] : undefined;
  if (query.after) return { versions: page, next };
  if (!next) return { versions: page, total: page.length };
  if (await isTooMany(run, query)) return { versions: page, next };
  const [counted] = await run<{ total: number }>(`SELECT count(*)::integer AS total ${from}`, bound);
  return { versions: page, total: counted?.total, next };
}

type Run = <R extends object>(text: string, values: unknown[]) => Promise<R[]>;

/** Whether so many versions of several patients would have to be asked of the rule one by one that they are not counted. */
async function isTooMany(run: Run, { type, id, patientId, since, at }: HistoryQuery): Promise<boolean> {
  if (id !== undefined || patientId !== undefined) return false;
  const most = countBound([type, since, at]);
  const values: unknown[] = [];
  const bind = binder(values);
  const where = conditions({ type, since, count: 0 }, bind) + (at ? ` AND h.last_updated <= ${bind(at.end)}` : '');
  const [row] = await run<{ candidates: number }>(
    `SELECT count(*)::integer AS candidates FROM (SELECT FROM resource_history h WHERE ${where} LIMIT ${bind(most + 1)}) AS c`,
    values,
  );
  return row === undefined || row.candidates > most;
}

/**
 * Versions `h` with their resource `r`. A patient's resources are found first, by their own index, and then the versions of each: left
 * to choose (OFFSET 0 leaves nothing), the planner walks all versions of the type in order of time for them.
 */
function versions({ type, patientId }: HistoryQuery, bind: (value: unknown) => string): string {
  if (patientId === undefined) return 'resource_history h JOIN resource r USING (type, id)';
  return `(SELECT type, id, patient_id, author_ura FROM resource WHERE type = ${bind(type)} AND patient_id = ${bind(patientId)} OFFSET 0) AS r
    CROSS JOIN LATERAL (SELECT * FROM resource_history v WHERE v.type = r.type AND v.id = r.id OFFSET 0) AS h`;
}

function conditions({ type, id, since, at }: HistoryQuery, bind: (value: unknown) => string): string {
  const all = [`h.type = ${bind(type)}`];
  if (id !== undefined) all.push(`h.id = ${bind(id)}`);
  if (since) all.push(`h.last_updated >= ${bind(since)}`);
  if (at) {
    all.push(`h.last_updated <= ${bind(at.end)}`);
    all.push(
      `NOT EXISTS (SELECT FROM resource_history n WHERE n.type = h.type AND n.id = h.id AND n.version = h.version + 1 AND n.last_updated <= ${bind(at.start)})`,
    );
  }
  return all.join(' AND ');
}

/** Resources (`Type/id`) as they were at a moment; those that were not there then are left out. Not restricted: what refers to them was. */
export async function loadResourcesAt(database: Database, references: string[], at: Date): Promise<StoredResource[]> {
  if (references.length === 0) return [];
  const pairs = references.map((reference) => reference.split('/'));
  const rows = await database.read<ResourceRow>({
    name: 'load_resources_at',
    text: `SELECT ${columnsOf('v')} FROM unnest($1::text[], $2::text[]) AS w(type, id)
            CROSS JOIN LATERAL (SELECT * FROM resource_history h WHERE h.type = w.type AND h.id = w.id AND h.last_updated <= $3
                                 ORDER BY h.version DESC LIMIT 1) AS v
            WHERE NOT v.deleted ORDER BY v.type, v.id`,
    values: [pairs.map(([type]) => type), pairs.map(([, id]) => id), at],
  });
  return rows.map(storedResource);
}
