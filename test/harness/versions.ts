// Versions for the store's own tests: plausible, small, and changed field by field where a test needs it.
import { type Database, openDatabase } from '../../src/store/pool.js';
import type { NewVersion } from '../../src/store/stored-resource.js';
import { createDatabase, type Teardown, type TestDatabase } from './database.js';

export const MOMENT = new Date('2026-03-01T09:30:00.123Z');

/** The first version of an Observation of one patient, unless `fields` say otherwise. */
export function newVersion(fields: Partial<NewVersion> & { id: string }): NewVersion {
  const type = fields.type ?? 'Observation';
  const version = fields.version ?? 1;
  return {
    type,
    version,
    patientId: 'p1',
    authorUra: '11111111',
    authorName: 'Huisartsenpraktijk De Linde',
    authorClient: 'gp',
    lastUpdated: MOMENT,
    deleted: false,
    method: version === 1 ? 'POST' : 'PUT',
    content: `{"resourceType":"${type}","id":"${fields.id}","meta":{"versionId":"${version}"}}`,
    search: { _id: [fields.id] },
    identifiers: [],
    ...fields,
  };
}

/** A fresh migrated database, opened as the service opens it, closed and dropped when `t` ends. */
export async function openTestDatabase(
  t: Teardown,
  sizes = { pool: 10, points: 2 },
): Promise<{ database: Database; testDatabase: TestDatabase }> {
  const testDatabase = await createDatabase();
  const database = await openDatabase(testDatabase.connection, sizes);
  t.teardown(async () => {
    await database.close();
    await testDatabase.drop();
  });
  return { database, testDatabase };
}
