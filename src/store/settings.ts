// What all processes on one database must agree on, such as the key that signs page tokens.
import type { Database } from './pool.js';

/** The setting's value; made by `make` and stored when there is none yet. All processes get the same one, whoever was first. */
export async function ensureSetting<T>(database: Database, name: string, make: () => T): Promise<T> {
  const found = await readSetting<T>(database, name);
  if (found !== undefined) return found;
  await database.read({
    text: 'INSERT INTO service_setting (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING',
    values: [name, JSON.stringify(make())],
  });
  return (await readSetting<T>(database, name)) as T;
}

/** Undefined when it was never stored. */
export async function readSetting<T>(database: Database, name: string): Promise<T | undefined> {
  const rows = await database.read<{ value: T }>({ text: 'SELECT value FROM service_setting WHERE name = $1', values: [name] });
  return rows[0]?.value;
}

export async function writeSetting(database: Database, name: string, value: unknown): Promise<void> {
  await database.read({
    text: 'INSERT INTO service_setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    values: [name, JSON.stringify(value)],
  });
}
