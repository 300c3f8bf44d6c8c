// Whether what is stored for each patient is what the stored resources say: plan, paired resources, card and summary computed afresh.
import pg from 'pg';
import { draft } from '../../src/access/draft.js';
import { loadRecord } from '../../src/access/loaded-record.js';
import { izpRecordKeeper } from '../../src/izp/record-keeper.js';
import type { ConnectionSettings } from '../../src/store/connection-settings.js';
import { BASE } from './cluster.js';

export interface Recomputed {
  patients: number;
  cards: number;
  /** What differs, one line each; at rest there are none. */
  wrong: string[];
}

/** Compares every patient's stored answer with a fresh one. A card that waits to be computed by its next reader is counted as none. */
export async function recompute(connection: ConnectionSettings): Promise<Recomputed> {
  const client = new pg.Client(connection);
  await client.connect();
  const keeper = izpRecordKeeper(BASE);
  const result: Recomputed = { patients: 0, cards: 0, wrong: [] };
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    const { rows: patients } = await client.query<{ id: string }>(
      'SELECT DISTINCT patient_id AS id FROM resource WHERE patient_id IS NOT NULL ORDER BY 1',
    );
    for (const { id } of patients) {
      result.patients++;
      const now = Date.now();
      const { rows } = await client.query('SELECT version, content, summary, expires_at, shown FROM emergency_card WHERE patient_id = $1', [
        id,
      ]);
      const [card] = rows;
      if (card?.expires_at && card.expires_at.getTime() <= now) continue;
      const record = await loadRecord(client, id, { written: new Set(), now, newId: () => 'new' });
      for (const resource of keeper.keep(record)) {
        const known = record.stored.get(`${resource.resourceType}/${resource.id}`);
        const change = { method: 'PUT' as const, type: resource.resourceType, id: resource.id as string, build: () => resource };
        if (draft(change, known, new Date(now)).changed) result.wrong.push(`${id}: ${resource.resourceType} is not as it would be kept`);
      }
      const answer = keeper.answer(record);
      if (!answer !== !card) result.wrong.push(`${id}: ${card ? 'a card of nothing' : 'no card'}`);
      if (!answer || !card) continue;
      result.cards++;
      if (card.version !== answer.version) result.wrong.push(`${id}: version ${card.version}, not ${answer.version}`);
      if (card.content !== answer.card) result.wrong.push(`${id}: another card`);
      if (card.summary !== answer.summary) result.wrong.push(`${id}: another summary`);
      if (card.shown.join() !== [...record.directoryReferences].sort().join()) result.wrong.push(`${id}: other people shown`);
    }
    await client.query('ROLLBACK');
  } finally {
    await client.end();
  }
  const strays = await strayRows(connection);
  return { ...result, wrong: [...result.wrong, ...strays] };
}

/** Every current version is in the history, versions have no gaps, and every version has its event. */
async function strayRows(connection: ConnectionSettings): Promise<string[]> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    const { rows } = await client.query<{ what: string; n: number }>(`
      WITH ends AS (SELECT type, id, max(version) AS last, count(*) AS versions FROM resource_history GROUP BY type, id),
           told AS (SELECT type, id, version, count(*) AS events FROM change_event GROUP BY type, id, version)
      SELECT 'resources that are not the last of their history' AS what, count(*)::integer AS n
        FROM resource r LEFT JOIN ends USING (type, id) LEFT JOIN resource_history h USING (type, id, version)
       WHERE ends.last IS DISTINCT FROM r.version OR ends.versions IS DISTINCT FROM r.version
          OR (h.content, h.deleted) IS DISTINCT FROM (r.content, r.deleted)
      UNION ALL SELECT 'versions without their one event', count(*) FROM resource_history h LEFT JOIN told USING (type, id, version)
       WHERE told.events IS DISTINCT FROM 1
      UNION ALL SELECT 'patients with several active plans', count(*) FROM (
        SELECT patient_id FROM resource WHERE type = 'CarePlan' AND NOT deleted AND content::jsonb ->> 'status' = 'active'
         GROUP BY patient_id HAVING count(*) > 1) AS several
      UNION ALL SELECT 'identifiers of resources that are gone', count(*) FROM identifier i
       WHERE NOT EXISTS (SELECT FROM resource r WHERE (r.type, r.id) = (i.type, i.id) AND NOT r.deleted)`);
    return rows.filter(({ n }) => n > 0).map(({ what, n }) => `${n} ${what}`);
  } finally {
    await client.end();
  }
}
