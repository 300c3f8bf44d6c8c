// Gives the floor what it sends: the service's own answers to query 2, stored as they are, and an empty table to insert into.
import type pg from 'pg';
import type { Keys } from './patients.js';
import { queryPath } from './scenarios.js';
import type { ServiceProcess } from './service-process.js';

export async function prepareFloor(database: pg.Client, service: ServiceProcess, { patients }: Keys): Promise<void> {
  await database.query(`CREATE TABLE bench_answer (key text COLLATE "C" PRIMARY KEY, content text NOT NULL);
    CREATE TABLE bench_resource (type text COLLATE "C", id text COLLATE "C", content text NOT NULL, PRIMARY KEY (type, id))`);
  const headers = { authorization: `Bearer ${await service.token('hospital')}` };
  for (const { id } of patients) {
    const response = await fetch(`http://127.0.0.1:${service.port}${queryPath(id)}`, { headers });
    if (!response.ok) throw new Error(`Query 2 was answered ${response.status}.`);
    await database.query('INSERT INTO bench_answer VALUES ($1, $2)', [id, await response.text()]);
  }
}
