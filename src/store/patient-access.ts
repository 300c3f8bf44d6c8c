// The rules of who may see a patient, as rows: written with the change they follow from, probed inside every query.
import type { Database, Queryable } from './pool.js';
import { indexed } from './search-bindings.js';
import { binder } from './stored-resource.js';
import type { Transaction } from './transaction.js';
import { type Told, toldOf, type Visibility } from './visibility.js';

/** A rule as stored. Times in epoch milliseconds, infinite where there is no bound. */
export interface StoredRule {
  ground: 'holder' | 'team' | 'permission' | 'representative';
  effect: 'permit' | 'deny';
  party: string;
  purposes: string[] | null;
  from: number;
  until: number;
  source: string;
}

const REPLACE = `
WITH wanted AS (
  SELECT * FROM json_to_recordset($2) AS w(ground text, effect text, party text, purposes text[], valid_from timestamptz, valid_until timestamptz, source text)
), gone AS (
  DELETE FROM patient_access a WHERE a.patient_id = $1 AND a.ground <> 'holder' AND NOT EXISTS (SELECT FROM wanted w WHERE ${same('a', 'w')})
)
INSERT INTO patient_access (patient_id, ground, effect, party, purposes, valid_from, valid_until, source)
SELECT DISTINCT $1, w.* FROM wanted w WHERE NOT EXISTS (SELECT FROM patient_access a WHERE a.patient_id = $1 AND ${same('a', 'w')})`;

function same(a: string, w: string): string {
  const plain = ['ground', 'effect', 'party', 'valid_from', 'valid_until', 'source'].map((name) => `${a}.${name} = ${w}.${name}`);
  return [...plain, `${a}.purposes IS NOT DISTINCT FROM ${w}.purposes`].join(' AND ');
}

/** Makes these the patient's rules, beside who holds the record. Under the patient's lock. */
export async function replaceRules(tx: Transaction, patientId: string, rules: readonly StoredRule[]): Promise<void> {
  await tx.query({ name: 'replace_rules', text: REPLACE, values: [patientId, JSON.stringify(rules.map(rowOf))] });
}

/** The organisation that opened the record holds it. */
export async function addHolder(tx: Transaction, patientId: string, ura: string): Promise<void> {
  await tx.query({
    name: 'add_holder',
    text: `INSERT INTO patient_access (patient_id, ground, effect, party, purposes, valid_from, valid_until, source)
           SELECT $1::text, 'holder', 'permit', 'ura:' || $2, NULL, '-infinity', 'infinity', 'Patient/' || $1
            WHERE NOT EXISTS (SELECT FROM patient_access WHERE patient_id = $1 AND ground = 'holder')`,
    values: [patientId, ura],
  });
}

/** All rules of these patients, and which of them have or had a record. */
export async function loadRules(db: Queryable, patientIds: string[]): Promise<Map<string, StoredRule[]>> {
  const { rows } = await db.query<RuleRow>({
    name: 'load_rules',
    text: `SELECT r.id AS patient_id, a.ground, a.effect, a.party, a.purposes,
                  extract(epoch FROM a.valid_from) * 1000 AS valid_from, extract(epoch FROM a.valid_until) * 1000 AS valid_until, a.source
             FROM resource r LEFT JOIN patient_access a ON a.patient_id = r.id WHERE r.type = 'Patient' AND r.id = ANY ($1)`,
    values: [patientIds],
  });
  const byPatient = new Map<string, StoredRule[]>();
  for (const row of rows) {
    const known = byPatient.get(row.patient_id) ?? [];
    byPatient.set(row.patient_id, known);
    if (row.ground !== null) known.push(ruleOf(row as Required<RuleRow>));
  }
  return byPatient;
}

/**
 * Patients with a care team of which one of these is a member, or a role in one of these organisations (`Type/id`); or in whose
 * team an organisation with one of these URAs is.
 */
export async function patientsOfTeams(tx: Transaction, references: string[], uras: string[]): Promise<string[]> {
  const named = (alias: string, key: string, value: string) =>
    `${indexed(alias)} @> jsonb_build_object('${key}', jsonb_build_array(${value}))`;
  const { rows } = await tx.query<{ patient_id: string }>({
    name: 'patients_of_teams',
    text: `WITH members AS MATERIALIZED (
             SELECT reference FROM unnest($1::text[]) AS t(reference)
             UNION SELECT 'PractitionerRole/' || p.id FROM unnest($1::text[]) AS t(reference)
               JOIN resource p ON ${named('p', 'organization', 't.reference')} AND p.type = 'PractitionerRole'
           )
           SELECT c.patient_id FROM members m JOIN resource c ON ${named('c', 'participant', 'm.reference')} AND c.type = 'CareTeam'
            WHERE c.patient_id IS NOT NULL AND NOT c.deleted
           UNION SELECT a.patient_id FROM patient_access a WHERE a.ground = 'team' AND a.party = ANY ($2)
            ORDER BY patient_id`,
    values: [references, uras.map((ura) => `ura:${ura}`)],
  });
  return rows.map((row) => row.patient_id);
}

/** Some of the patients, after `last` in order, whose records say who may see them; none when there are no more. */
export async function patientsWithRules(database: Database, last: string): Promise<string[]> {
  const rows = await database.read<{ patient_id: string }>({
    text: `SELECT DISTINCT patient_id FROM resource
            WHERE type IN ('CareTeam', 'Consent', 'RelatedPerson') AND patient_id > $1 AND NOT deleted ORDER BY patient_id LIMIT 200`,
    values: [last],
  });
  return rows.map((row) => row.patient_id);
}

/** On what ground the caller may or may not see these patients' records; those who are unknown are left out. */
export async function toldOfPatients(
  database: Database,
  patientIds: readonly string[],
  visibility: Visibility,
  tx?: Transaction,
): Promise<Map<string, Told>> {
  if (patientIds.length === 0) return new Map();
  const values: unknown[] = [patientIds];
  const text = `SELECT r.id, ${visibility.told('r', binder(values))} AS told FROM resource r WHERE r.type = 'Patient' AND r.id = ANY ($1)`;
  const rows = tx
    ? (await tx.query<{ id: string; told: string | null }>(text, values)).rows
    : await database.read<{ id: string; told: string | null }>({ text, values });
  return new Map(rows.map((row) => [row.id, toldOf(row.told)]));
}

interface RuleRow {
  patient_id: string;
  ground: StoredRule['ground'] | null;
  effect: StoredRule['effect'];
  party: string;
  purposes: string[] | null;
  valid_from: string;
  valid_until: string;
  source: string;
}

function ruleOf(row: RuleRow): StoredRule {
  const { ground, effect, party, purposes, source } = row;
  return {
    ground: ground as StoredRule['ground'],
    effect,
    party,
    purposes,
    from: Number(row.valid_from),
    until: Number(row.valid_until),
    source,
  };
}

function rowOf({ ground, effect, party, purposes, from, until, source }: StoredRule): object {
  return { ground, effect, party, purposes, valid_from: moment(from), valid_until: moment(until), source };
}

function moment(epochMillis: number): string {
  if (Number.isFinite(epochMillis)) return new Date(epochMillis).toISOString();
  return epochMillis < 0 ? '-infinity' : 'infinity';
}
