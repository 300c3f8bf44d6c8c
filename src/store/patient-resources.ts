// Everything current of one type in some patients' records, as far as the caller may see it.
import type { Database } from './pool.js';
import { binder, columnsOf, type ResourceRow, type StoredResource, storedResource } from './stored-resource.js';
import type { Transaction } from './transaction.js';
import type { Visibility } from './visibility.js';

interface Asked {
  type: string;
  patientIds: readonly string[];
  visibility: Visibility;
}

/** By patient and id; on a connection for searches within a record, or on `tx` when the caller must see its own writes. */
export async function readOfPatients(
  database: Database,
  { type, patientIds, visibility }: Asked,
  tx?: Transaction,
): Promise<StoredResource[]> {
  const values: unknown[] = [type, [...patientIds]];
  const text = `SELECT ${columnsOf('r')} FROM resource r CROSS JOIN LATERAL (SELECT ${visibility.told('r', binder(values))} AS told OFFSET 0) AS v
    WHERE r.patient_id = ANY ($2::text[]) AND r.type = $1 AND NOT r.deleted AND v.told LIKE 'permit%' ORDER BY r.patient_id, r.id`;
  const rows = tx ? (await tx.query<ResourceRow>(text, values)).rows : await database.nearReads.read<ResourceRow>(text, values);
  return rows.map(storedResource);
}
