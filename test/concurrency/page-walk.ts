// Thousands of rows of one moment, walked page by page over all processes: at rest, and while others insert, change and delete.
import pg from 'pg';
import type { ConnectionSettings } from '../../src/store/connection-settings.js';
import { BASE, type Cluster } from './cluster.js';

const SYSTEM = 'https://storm.example/walks';
const MOMENT = '2026-01-01T00:00:00Z';
/** Entries of one transaction at most. */
const ENTRIES = 500;
/** Of the same moment as the rows that stay, deleted one by one during a walk. */
const DOOMED = 60;
/** Ids before and after all others that come and go; few, so that no walk runs after ever new ones. */
const PASSING = ['0-first', '00-first', 'z-last', 'zz-last'];

export interface WalkFigures {
  /** Pages asked. */
  pages: number;
  /** Rows that came twice or more in one walk. */
  duplicates: number;
  /** Rows that were there all along and did not come. */
  lost: number;
  /** Changes that others made during the walks. */
  changes: number;
  wrong: string[];
}

/** Walks `rows` Organizations of one moment by each of `counts`: once at rest, and in two orders while others write. */
export async function walkPages(
  cluster: Cluster,
  connection: ConnectionSettings,
  { rows, counts }: { rows: number; counts: readonly number[] },
): Promise<WalkFigures> {
  const figures: WalkFigures = { pages: 0, duplicates: 0, lost: 0, changes: 0, wrong: [] };
  const run = `walk-${Date.now().toString(36)}`;
  const stay = await createRows(cluster, connection, run, rows);
  for (const count of counts) {
    for (const [sort, busy] of [
      ['_lastUpdated', false],
      ['_id', true],
      ['-_lastUpdated', true],
    ] as const) {
      const doomed = busy ? await createRows(cluster, connection, run, DOOMED) : [];
      const walking = { over: false };
      const writing = busy ? churn(cluster, run, doomed, walking) : Promise.resolve({ changes: 0, refused: [] });
      const walked = await walk(cluster, `Organization?type=${SYSTEM}|${run}&_count=${count}&_sort=${sort}&_elements=id&_total=accurate`);
      walking.over = true;
      const { changes, refused } = await writing;
      const seen = new Set(walked.ids);
      figures.pages += walked.pages;
      figures.changes += changes;
      figures.duplicates += walked.ids.length - seen.size;
      figures.lost += stay.filter((id) => !seen.has(id)).length;
      figures.wrong.push(...refused, ...walked.refused);
      if (busy && changes === 0) figures.wrong.push(`Nothing was written during the walk by ${count} in order of ${sort}.`);
      if (!busy && (walked.ids.length !== rows || walked.totals.some((total) => total !== rows)))
        figures.wrong.push(`By ${count}: ${walked.ids.length} of ${rows} rows, totals ${[...new Set(walked.totals)].join()}.`);
      await clear(cluster, [...doomed, ...PASSING]);
    }
  }
  return figures;
}

const organization = (run: string, name: string, id?: string) => ({
  resourceType: 'Organization',
  ...(id && { id }),
  active: true,
  name,
  type: [{ coding: [{ system: SYSTEM, code: run }] }],
});

/** Stored through the service; one moment for all afterwards, which no client could arrange. Gives the ids. */
async function createRows(cluster: Cluster, connection: ConnectionSettings, run: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const entry = Array.from({ length: Math.min(ENTRIES, count - ids.length) }, () => ({
      resource: organization(run, 'Row'),
      request: { method: 'POST', url: 'Organization' },
    }));
    const { status, text, json } = await cluster.ask('POST', '', { body: { resourceType: 'Bundle', type: 'transaction', entry } });
    if (status !== 200) throw new Error(`no rows: ${status} ${text}`);
    ids.push(...json.entry.map(({ response }: any) => response.location.split('/').at(-3)));
  }
  const client = new pg.Client(connection);
  await client.connect();
  try {
    await client.query("UPDATE resource SET last_updated = $1 WHERE type = 'Organization' AND id = ANY ($2)", [MOMENT, ids]);
  } finally {
    await client.end();
  }
  return ids;
}

/** All ids in the order they came, each page from the next process. */
async function walk(
  cluster: Cluster,
  first: string,
): Promise<{ ids: string[]; totals: (number | undefined)[]; pages: number; refused: string[] }> {
  const walked = { ids: [] as string[], totals: [] as (number | undefined)[], pages: 0, refused: [] as string[] };
  for (let url: string | undefined = first; url !== undefined; ) {
    const { status, text, json } = await cluster.ask('GET', url);
    walked.pages++;
    if (status !== 200) {
      walked.refused.push(`${status} ${text}`);
      return walked;
    }
    walked.ids.push(...(json.entry ?? []).map(({ resource }: any) => resource.id));
    walked.totals.push(json.total);
    const next: string | undefined = json.link.find(({ relation }: any) => relation === 'next')?.url;
    url = next?.slice(BASE.length + 1);
  }
  return walked;
}

/** Inserts, changes and deletes for as long as somebody walks. */
async function churn(
  cluster: Cluster,
  run: string,
  doomed: readonly string[],
  walking: { over: boolean },
): Promise<{ changes: number; refused: string[] }> {
  const refused: string[] = [];
  let changes = 0;
  const write = async (method: string, id: string, body?: object) => {
    const { status, text } = await cluster.ask(method, `Organization/${id}`, { body });
    if (status > 204) refused.push(`${status} ${text}`);
    else changes++;
  };
  for (let round = 0; !walking.over; round++) {
    const passing = PASSING[round % PASSING.length] as string;
    await write('PUT', passing, organization(run, `Passing ${round}`, passing));
    const gone = doomed[round];
    if (gone) await write('DELETE', gone);
    const before = PASSING[(round + 1) % PASSING.length] as string;
    if (round >= PASSING.length) await write('DELETE', before);
  }
  return { changes, refused };
}

async function clear(cluster: Cluster, ids: readonly string[]): Promise<void> {
  for (const id of ids) await cluster.ask('DELETE', `Organization/${id}`);
}
