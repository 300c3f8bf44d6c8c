// Current resources and their versions: point reads for callers, loading and writing inside transactions.
import { FhirError } from '../fhir/errors.js';
import { VersionConflict } from './database-errors.js';
import { type HeldIdentifier, identifiersHeld, takeIdentifiers } from './identifiers.js';
import type { Database, Queryable } from './pool.js';
import { indexed } from './search-bindings.js';
import { binder, columnsOf, type NewVersion, type ResourceRow, type StoredResource, storedResource } from './stored-resource.js';
import type { Transaction } from './transaction.js';
import { type Bind, type MakeText, statementFor, type Told, toldOf, type Visibility } from './visibility.js';

/** With the ground on which it is shown, or is not. */
export type ToldResource = StoredResource & { told: Told };

type ToldRow = ResourceRow & { told: string | null };

/**
 * The current version, deleted or not, with what the access rule says of it: one named statement on a pipelined connection, or on
 * `tx` when the caller is inside a transaction and must see its own writes. Content comes only with permission; a row without is
 * for the audit alone. Undefined when there is none.
 */
export async function readResource(
  database: Database,
  type: string,
  id: string,
  visibility: Visibility,
  tx?: Transaction,
): Promise<ToldResource | undefined> {
  const { text, values } = statementFor(visibility, 'read', [type, id], readText);
  const row = await readOne<ToldRow>(database, text, values, tx);
  return row && { ...storedResource(row), told: toldOf(row.told) };
}

/** OFFSET 0: the rule is asked once, not at each place that names it. */
const readText: MakeText = (rule, bind) =>
  `SELECT ${SHOWN_COLUMNS} FROM resource r CROSS JOIN LATERAL (SELECT ${rule.told('r', bind)} AS told OFFSET 0) AS v
    WHERE r.type = $1 AND r.id = $2`;

const SHOWN_COLUMNS = `${columnsOf('r').replace('r.content', '')} CASE WHEN v.told LIKE 'permit%' THEN r.content ELSE '' END AS content, v.told`;

/**
 * A version of a resource is seen by who may see the resource now, except versions from when it belonged to another patient.
 * (A Device has no patient until it is used, so versions without one go with the resource.)
 */
export function historySql(visibility: Visibility, bind: Bind): { seen: string; where: string } {
  return {
    seen: `CROSS JOIN LATERAL (SELECT ${visibility.told('r', bind)} AS told OFFSET 0) AS v`,
    where: `v.told LIKE 'permit%' AND (h.patient_id IS NULL OR h.patient_id IS NOT DISTINCT FROM r.patient_id)`,
  };
}

/** One version, deleted or not. Undefined when there is none for this caller. */
export async function readVersion(
  database: Database,
  type: string,
  id: string,
  version: number,
  visibility: Visibility,
  tx?: Transaction,
): Promise<ToldResource | undefined> {
  const values: unknown[] = [type, id, String(version)];
  const { seen, where } = historySql(visibility, binder(values));
  const text = `SELECT ${columnsOf('h')}, v.told FROM resource_history h JOIN resource r USING (type, id) ${seen}
                 WHERE h.type = $1 AND h.id = $2 AND h.version = $3::integer AND ${where}`;
  const row = await readOne<ToldRow>(database, text, values, tx);
  return row && { ...storedResource(row), told: toldOf(row.told) };
}

/** True when a version before this one was made at or after `since`: tells nothing of it, so it asks for no leave. */
export async function wasChangedSince(
  database: Database,
  { type, id, version }: { type: string; id: string; version: number },
  since: Date,
  tx?: Transaction,
): Promise<boolean> {
  const text = `SELECT FROM resource_history
                 WHERE type = $1 AND id = $2 AND version = $3::integer - 1 AND last_updated >= $4::timestamptz`;
  return (await readOne(database, text, [type, id, String(version), since.toISOString()], tx)) !== undefined;
}

/** The version that was current at a moment. Undefined when there was none yet, or none for this caller. */
export async function readVersionAt(
  database: Database,
  type: string,
  id: string,
  at: Date,
  visibility: Visibility,
  tx?: Transaction,
): Promise<ToldResource | undefined> {
  const values: unknown[] = [type, id, at.toISOString()];
  const { seen, where } = historySql(visibility, binder(values));
  const text = `SELECT ${columnsOf('h')}, v.told FROM resource_history h JOIN resource r USING (type, id) ${seen}
                 WHERE h.type = $1 AND h.id = $2 AND h.last_updated <= $3::timestamptz AND ${where}
                 ORDER BY h.version DESC LIMIT 1`;
  const row = await readOne<ToldRow>(database, text, values, tx);
  return row && { ...storedResource(row), told: toldOf(row.told) };
}

async function readOne<R extends object>(database: Database, text: string, values: unknown[], tx?: Transaction): Promise<R | undefined> {
  return (tx ? (await tx.query<R>(text, values)).rows : await database.points.read<R>(text, values))[0];
}

/** Current versions of `Type/id` references, deleted ones included, in one order for everybody; unknown ones are left out. */
export async function loadResources(tx: Queryable, references: string[], lock?: 'update'): Promise<StoredResource[]> {
  if (references.length === 0) return [];
  const pairs = references.map((reference) => reference.split('/'));
  const { rows } = await tx.query<ResourceRow>({
    name: `load_resources_${lock ?? 'plain'}`,
    text: `SELECT ${columnsOf('r')} FROM unnest($1::text[], $2::text[]) AS w(type, id) JOIN resource r USING (type, id)
            ORDER BY r.type, r.id ${lock ? 'FOR UPDATE OF r' : ''}`,
    values: [pairs.map(([type]) => type), pairs.map(([, id]) => id)],
  });
  return rows.map(storedResource);
}

/** Everything current in one patient's compartment, the Patient included, without deleted resources. */
export async function loadCompartment(tx: Queryable, patientId: string): Promise<StoredResource[]> {
  const { rows } = await tx.query<ResourceRow>({
    name: 'load_compartment',
    text: `SELECT ${columnsOf('r')} FROM resource r WHERE r.patient_id = $1 AND NOT r.deleted ORDER BY r.type, r.id`,
    values: [patientId],
  });
  return rows.map(storedResource);
}

/** The compartment as it was at a moment, without what was deleted then; empty when the caller may not see the patient now. */
export async function loadCompartmentAt(
  database: Database,
  patientId: string,
  at: Date,
  visibility: Visibility,
): Promise<StoredResource[]> {
  const values: unknown[] = [patientId, at];
  const text = `SELECT ${columnsOf('v')}
      FROM (SELECT DISTINCT type, id FROM resource_history WHERE patient_id = $1 AND last_updated <= $2
            UNION SELECT type, id FROM resource WHERE patient_id = $1) AS w
     CROSS JOIN LATERAL (SELECT * FROM resource_history h WHERE h.type = w.type AND h.id = w.id AND h.last_updated <= $2
                          ORDER BY h.version DESC LIMIT 1) AS v
     WHERE NOT v.deleted AND (v.patient_id = $1 OR v.patient_id IS NULL)
       AND EXISTS (SELECT FROM resource r WHERE r.type = 'Patient' AND r.id = $1 AND (${visibility.answer('r.id', binder(values))}) LIKE 'permit%')
     ORDER BY v.type, v.id`;
  const rows = await database.read<ResourceRow>({ text, values });
  return rows.map((row) => ({ ...storedResource(row), patientId }));
}

/** Makes an organisation's own Devices that belong to nobody yet part of a patient's record; those of others stay theirs. */
export async function adoptDevices(tx: Transaction, ids: string[], patientId: string, authorUra: string): Promise<void> {
  await tx.query(
    `UPDATE resource SET patient_id = $2 WHERE type = 'Device' AND id = ANY ($1) AND patient_id IS NULL AND author_ura IS NOT DISTINCT FROM $3`,
    [ids, patientId, authorUra],
  );
}

/** Patients whose emergency card shows one of these `Type/id` references, sorted; any `most` of them where there are more. */
export async function patientsShowing(tx: Queryable, references: string[], most?: number): Promise<string[]> {
  const { rows } = await tx.query<{ patient_id: string }>({
    name: 'patients_showing',
    // Sorted behind the limit: asked for the first of them all, the planner walks the cards in order of patients.
    text: 'SELECT patient_id FROM (SELECT patient_id FROM emergency_card WHERE shown && $1 LIMIT $2) AS c ORDER BY patient_id',
    values: [references, most ?? null],
  });
  return rows.map((row) => row.patient_id);
}

/** The patients whose records use these Devices, by device id: the first who recorded it, where several do. */
export async function patientsUsingDevices(tx: Queryable, ids: string[]): Promise<Map<string, string>> {
  const { rows } = await tx.query<{ id: string; patient_id: string }>({
    name: 'patients_using_devices',
    text: `SELECT w.id, u.patient_id FROM unnest($1::text[]) AS w(id)
            CROSS JOIN LATERAL (SELECT r.patient_id FROM resource r
                                 WHERE ${indexed('r')} @> jsonb_build_object('device', jsonb_build_array('Device/' || w.id))
                                   AND r.type = 'DeviceUseStatement' AND r.patient_id IS NOT NULL AND NOT r.deleted
                                 ORDER BY r.last_updated, r.id LIMIT 1) AS u`,
    values: [ids],
  });
  return new Map(rows.map((row) => [row.id, row.patient_id]));
}

const VERSION_COLUMNS = 'type, id, version, patient_id, author_ura, author_name, author_client, last_updated, deleted';

const STORE_VERSIONS = `
WITH incoming AS MATERIALIZED (
  SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::boolean[],
                       $10::text[], $11::text[], $12::text[])
    WITH ORDINALITY AS v(${VERSION_COLUMNS}, method, content, search, place)
), current AS (
  INSERT INTO resource AS r (${VERSION_COLUMNS}, content, search)
  SELECT ${VERSION_COLUMNS}, content, search::jsonb FROM incoming ORDER BY type, id
  ON CONFLICT (type, id) DO UPDATE SET
    version = excluded.version, patient_id = excluded.patient_id, author_ura = excluded.author_ura, author_name = excluded.author_name,
    author_client = excluded.author_client, last_updated = excluded.last_updated, deleted = excluded.deleted, content = excluded.content,
    search = excluded.search
  WHERE r.version = excluded.version - 1
  RETURNING 1
), past AS (
  INSERT INTO resource_history (${VERSION_COLUMNS}, method, content) SELECT ${VERSION_COLUMNS}, method, content FROM incoming
), events AS (
  INSERT INTO change_event (recorded, patient_id, type, id, version, method)
  SELECT last_updated, patient_id, type, id, version, method FROM incoming ORDER BY place
), freed AS (
  DELETE FROM identifier i USING incoming v
   WHERE i.type = v.type AND i.id = v.id
     AND NOT EXISTS (SELECT FROM unnest($13::text[], $14::text[], $15::text[], $16::text[]) AS kept(type, id, system, value)
                      WHERE kept.type = i.type AND kept.id = i.id AND kept.system = i.system AND kept.value = i.value)
)
SELECT count(*)::integer AS written FROM current`;

/**
 * Writes versions, each resource at most once: current rows, history, numbered events and identifiers, in two statements however
 * many there are. A version must be the next of its resource, or the whole transaction starts again.
 * Throws FhirError 'duplicate' when another resource holds an identifier.
 */
export async function storeVersions(tx: Transaction, versions: NewVersion[]): Promise<void> {
  if (versions.length === 0) return;
  const identifiers = identifiersHeld(versions);
  const { rows } = await writeRows(tx, versions, identifiers);
  if (rows[0]?.written !== versions.length) throw new VersionConflict('a version was written by another transaction');
  await takeIdentifiers(tx, identifiers);
}

async function writeRows(tx: Transaction, versions: NewVersion[], identifiers: HeldIdentifier[]): Promise<{ rows: { written: number }[] }> {
  const column = <K extends keyof NewVersion>(name: K) => versions.map((version) => version[name]);
  const held = (name: keyof HeldIdentifier) => identifiers.map((identifier) => identifier[name]);
  try {
    return await tx.query<{ written: number }>({
      name: 'store_versions',
      text: STORE_VERSIONS,
      values: [
        column('type'),
        column('id'),
        column('version'),
        column('patientId'),
        column('authorUra'),
        column('authorName'),
        column('authorClient'),
        versions.map((version) => version.lastUpdated.toISOString()),
        column('deleted'),
        column('method'),
        column('content'),
        versions.map((version) => JSON.stringify(version.search)),
        held('type'),
        held('id'),
        held('system'),
        held('value'),
      ],
    });
  } catch (error) {
    const { code, constraint } = error as { code?: string; constraint?: string };
    // Two transactions that both saw no resource wrote its first version.
    if (code === '23505' && constraint === 'resource_history_pkey')
      throw new VersionConflict('a version was written by another transaction');
    // Text PostgreSQL cannot keep: a zero character, or half of a surrogate pair.
    if (code === '22P05' || code === '22021' || code === '22P02') {
      throw new FhirError('invalid-resource', 'The resource holds a character that cannot be kept (U+0000 or half of a surrogate pair).', {
        cause: error,
      });
    }
    throw error;
  }
}
