// Destruction: everything the database holds of a record, or of some of its resources, in the caller's transaction.
import { columnsOf, type ResourceRow, type StoredResource, storedResource } from './stored-resource.js';
import type { Transaction } from './transaction.js';

/** What stays: that something was destroyed, for whom, when and why. */
export interface Erasure {
  id: string;
  patientId: string;
  erased: Date;
  /** A day: 2026-03-01. */
  requestedOn: string;
  requestedBy: string;
  reason: string;
  clientId: string;
  organizationUra: string | null;
  userId: string | null;
}

/** Everything that belongs to the patient, deleted resources included, held until the transaction ends. */
export async function recordToErase(tx: Transaction, patientId: string): Promise<StoredResource[]> {
  const { rows } = await tx.query<ResourceRow>(
    `SELECT ${columnsOf('r')} FROM resource r WHERE r.patient_id = $1 ORDER BY r.type, r.id FOR UPDATE`,
    [patientId],
  );
  return rows.map(storedResource);
}

/** A Device that another patient's record uses stays, as one of nobody; its own reference to the patient would make it the patient's. */
const LET_GO = `
UPDATE resource d SET patient_id = NULL
 WHERE d.type = 'Device' AND d.patient_id = $1 AND d.content::jsonb #>> '{patient,reference}' IS NULL AND NOT d.deleted
   AND EXISTS (SELECT FROM resource u WHERE u.search @> jsonb_build_object('device', jsonb_build_array('Device/' || d.id))
                  AND u.type = 'DeviceUseStatement' AND u.patient_id <> $1 AND NOT u.deleted)
RETURNING 'Device/' || d.id AS reference`;

/** Takes Devices out of the patient's record that others use. Their references. */
export async function letGoOfSharedDevices(tx: Transaction, patientId: string): Promise<string[]> {
  const { rows } = await tx.query<{ reference: string }>(LET_GO, [patientId]);
  return rows.map(({ reference }) => reference);
}

/** What every statement below joins: the resources that go. $1 types, $2 ids. */
const GOING = 'unnest($1::text[], $2::text[]) AS g(type, id)';

const RESOURCES = [
  `INSERT INTO change_event (recorded, patient_id, type, id, version, method)
   SELECT $3::timestamptz, r.patient_id, r.type, r.id, r.version + 1, 'ERASE' FROM ${GOING} JOIN resource r USING (type, id) ORDER BY r.type, r.id`,
  `DELETE FROM identifier i USING ${GOING} WHERE i.type = g.type AND i.id = g.id`,
  `DELETE FROM validation_report v USING ${GOING} WHERE v.type = g.type AND v.id = g.id`,
  `DELETE FROM resource_history h USING ${GOING} WHERE h.type = g.type AND h.id = g.id`,
  `DELETE FROM resource r USING ${GOING} WHERE r.type = g.type AND r.id = g.id`,
];

/** Kept answers that name what goes; an id that only begins alike is another's. */
const ANSWERS = `
DELETE FROM idempotency k USING unnest($1::text[]) AS g(reference)
 WHERE strpos(concat(k.body, k.headers), g.reference) > 0
   AND concat(k.body, k.headers) ~ (replace(g.reference, '.', '\\.') || '(?![A-Za-z0-9.-])')`;

/** All that is about the patient as such, and versions of resources that others have now. */
const PATIENT = [
  'DELETE FROM emergency_card WHERE patient_id = $1',
  'DELETE FROM patient_access WHERE patient_id = $1',
  'DELETE FROM break_glass WHERE patient_id = $1',
  'DELETE FROM validation_report WHERE patient_id = $1',
  `DELETE FROM resource_history h WHERE h.patient_id = $1 AND NOT h.type || '/' || h.id = ANY ($2)`,
];

/**
 * Destroys these resources (`Type/id`) with every version, index row and kept answer; with `whole` also all that stands about the
 * patient beside them, but for the resources in `staying`. Leaves the events that they are gone, and the erasure itself.
 */
export async function erase(
  tx: Transaction,
  erasure: Erasure,
  { references, whole, staying = [] }: { references: string[]; whole: boolean; staying?: string[] },
): Promise<void> {
  const pairs = references.map((reference) => reference.split('/'));
  const [types, ids] = [pairs.map(([type]) => type), pairs.map(([, id]) => id)];
  for (const text of RESOURCES) await tx.query(text, text.includes('$3') ? [types, ids, erasure.erased] : [types, ids]);
  await tx.query(ANSWERS, [whole ? [`Patient/${erasure.patientId}`, ...references] : references]);
  if (whole) for (const text of PATIENT) await tx.query(text, text.includes('$2') ? [erasure.patientId, staying] : [erasure.patientId]);
  await tx.query(
    `INSERT INTO erasure (id, patient_id, erased, requested_on, requested_by, reason, client_id, organization_ura, user_id, whole, resources)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      erasure.id,
      erasure.patientId,
      erasure.erased,
      erasure.requestedOn,
      erasure.requestedBy,
      erasure.reason,
      erasure.clientId,
      erasure.organizationUra,
      erasure.userId,
      whole,
      whole ? [] : references,
    ],
  );
}
