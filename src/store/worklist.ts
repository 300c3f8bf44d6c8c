// What an organisation has to do: its marked patients, and those whose sources contradict each other. Read as it stands, kept nowhere.
import type { Database } from './pool.js';
import { binder } from './stored-resource.js';
import { type Bind, type Told, toldOf, type Visibility } from './visibility.js';

/** Whose list, at which moment. */
export interface Asking {
  ura: string;
  /** Epoch milliseconds. */
  now: number;
  visibility: Visibility;
}

/** Keys of the search index that say what a resource is; see search/tokens.ts. */
export interface WorklistKeys {
  /** Flag.code of a marking. */
  marking: string;
  /** Flag.urgency, the most urgent first. */
  colours: readonly string[];
  /** Procedure.code of a conversation. */
  conversation: string;
  /** CarePlan.category of the one plan of a patient. */
  plan: string;
  /** Task.status of a task that is still to be done. */
  openTask: readonly string[];
  /** Observation.code of a place of death. */
  placeOfDeath: string;
  /** Observation.status of one that counts. */
  observed: readonly string[];
}

export type MarkedFilter = 'no-conversation' | 'review-due' | 'overdue';

export interface MarkedQuery {
  filter?: MarkedFilter;
  /** Place in `colours`; their number for markings without one of them. */
  colour?: number;
  /** `position` of the row before. */
  after?: MarkedPosition;
  count: number;
}

/** Deceased or not, place of the colour, since when (epoch milliseconds), id of the patient. */
export type MarkedPosition = [number, number, number, string];

/** Texts as they are served. */
export interface MarkedRow {
  patientId: string;
  told: Told;
  position: MarkedPosition;
  patient: string;
  flag: string;
  /** The newest one completed. */
  conversation: string | null;
  /** End of the day of review, epoch milliseconds. */
  reviewDue: number | null;
  /** Those still to be done whose time has passed, the longest overdue first. */
  overdueTasks: string[];
  /** The newest place of death, by which alone a death may be known. */
  placeOfDeath: string | null;
}

/** Markings without a beginning come after all others of their colour. */
const NO_BEGINNING = 8.64e15;

/** In order of `position`: the living first, red first, then who has been marked longest. One marking of each patient. */
export async function markedPatients(
  database: Database,
  { ura, now, visibility }: Asking,
  keys: WorklistKeys,
  { filter, colour, after, count }: MarkedQuery,
): Promise<MarkedRow[]> {
  const values: unknown[] = [];
  const bind = binder(values);
  const millis = `${bind(now)}::float8`;
  const wanted: Record<MarkedFilter, () => string> = {
    'no-conversation': () => `d.died = 0 AND NOT EXISTS (SELECT FROM resource c WHERE ${conversationOf('c', 'm.patient_id', keys, bind)})`,
    'review-due': () => `d.died = 0 AND ${reviewDue('m.patient_id', keys, bind)} < ${millis}`,
    overdue: () => `EXISTS (SELECT FROM resource t WHERE ${overdueTask('t', 'm.patient_id', keys, millis, bind)})`,
  };
  const conditions = [
    `v.told LIKE 'permit%'`,
    // Who has died is on the list for what is still to be done: the kit, the relatives, looking back.
    `(d.died = 0 OR EXISTS (SELECT FROM resource t WHERE ${openTask('t', 'm.patient_id', keys, bind)}))`,
    ...(filter === undefined ? [] : [wanted[filter]()]),
    ...(colour === undefined ? [] : [`m.rank = ${bind(colour)}`]),
    ...(after === undefined ? [] : [`(d.died, m.rank, m.since, m.patient_id) > (${after.map(bind).join(', ')})`]),
  ];
  const text = `
WITH mine AS MATERIALIZED (${ownPatients(ura, now, bind)}), marked AS MATERIALIZED (
  SELECT m.patient_id, f.* FROM mine m CROSS JOIN LATERAL (
    SELECT x.content AS flag, ${rankOf('x', keys, bind)} AS rank, ${sinceOf('x')} AS since FROM resource x
     WHERE x.patient_id = m.patient_id AND x.type = 'Flag' AND NOT x.deleted AND x.search @> ${activeMarking(keys)}
     ORDER BY rank, since, x.id LIMIT 1) AS f
), page AS MATERIALIZED (
  SELECT m.*, v.told, d.died, p.content AS patient FROM marked m
    JOIN resource p ON p.type = 'Patient' AND p.id = m.patient_id AND NOT p.deleted
    CROSS JOIN LATERAL (SELECT ${hasDied('p', keys, millis, bind)}::int AS died OFFSET 0) AS d
    CROSS JOIN LATERAL (SELECT ${visibility.told('p', bind)} AS told OFFSET 0) AS v
   WHERE ${conditions.join('\n     AND ')}
   ORDER BY d.died, m.rank, m.since, m.patient_id LIMIT ${bind(count)})
SELECT m.*, ${reviewDue('m.patient_id', keys, bind)} AS review_due,
       (SELECT c.content FROM resource c WHERE ${conversationOf('c', 'm.patient_id', keys, bind)}
         ORDER BY (c.search -> 'date' -> 0 ->> 0)::float8 DESC NULLS LAST, c.id LIMIT 1) AS conversation,
       ARRAY(SELECT t.content FROM resource t WHERE ${overdueTask('t', 'm.patient_id', keys, millis, bind)}
              ORDER BY (t.search -> 'due' -> 0 ->> 1)::float8, t.id) AS overdue_tasks,
       (SELECT x.content FROM resource x WHERE m.died = 1 AND ${placeOfDeath('x', 'm.patient_id', keys, millis, bind)}
         ORDER BY (x.search -> 'date' -> 0 ->> 0)::float8 DESC NULLS LAST, x.id LIMIT 1) AS place_of_death
  FROM page m ORDER BY m.died, m.rank, m.since, m.patient_id`;
  const rows = await database.read<MarkedRecord>({ text, values });
  return rows.map((row) => ({
    patientId: row.patient_id,
    told: toldOf(row.told),
    position: [row.died, row.rank, row.since, row.patient_id],
    patient: row.patient,
    flag: row.flag,
    conversation: row.conversation,
    reviewDue: row.review_due,
    overdueTasks: row.overdue_tasks,
    placeOfDeath: row.place_of_death,
  }));
}

interface MarkedRecord {
  patient_id: string;
  told: string;
  died: number;
  rank: number;
  since: number;
  patient: string;
  flag: string;
  conversation: string | null;
  review_due: number | null;
  overdue_tasks: string[];
  place_of_death: string | null;
}

export interface ConflictRow {
  patientId: string;
  told: Told;
  /** JSON of the emergency card. */
  card: string;
  /** False: from what is stored there may be a conflict, or none any more; it must be computed anew. */
  isCurrent: boolean;
}

/** Living patients whose card tells a conflict, or may do so once it is computed anew; by id, after `after`. */
export async function conflictingPatients(
  database: Database,
  { ura, now, visibility }: Asking,
  { after, count }: { after: string | undefined; count: number },
): Promise<ConflictRow[]> {
  const values: unknown[] = [];
  const bind = binder(values);
  const moment = `${bind(new Date(now))}::timestamptz`;
  const text = `
WITH mine AS MATERIALIZED (${ownPatients(ura, now, bind)})
SELECT m.patient_id, v.told, c.content AS card, c.expires_at IS NULL OR c.expires_at > ${moment} AS is_current
  FROM mine m
  JOIN emergency_card c ON c.patient_id = m.patient_id AND (c.conflict OR c.changes_at <= ${moment})
  JOIN resource p ON p.type = 'Patient' AND p.id = m.patient_id AND NOT p.deleted
  CROSS JOIN LATERAL (SELECT ${visibility.told('p', bind)} AS told OFFSET 0) AS v
 WHERE v.told LIKE 'permit%' AND strpos(c.content, '{"code":"deceased"') = 0 ${after === undefined ? '' : `AND m.patient_id > ${bind(after)}`}
 ORDER BY m.patient_id LIMIT ${bind(count)}`;
  const rows = await database.read<{ patient_id: string; told: string; card: string; is_current: boolean }>({ text, values });
  return rows.map(({ patient_id: patientId, told, card, is_current: isCurrent }) => ({ patientId, told: toldOf(told), card, isCurrent }));
}

/** The patients whose record the organisation holds, or in whose team it is now. Whether they may be seen is asked besides. */
function ownPatients(ura: string, now: number, bind: Bind): string {
  const moment = `${bind(new Date(now))}::timestamptz`;
  return `SELECT DISTINCT a.patient_id FROM patient_access a
    WHERE a.party = ${bind(`ura:${ura}`)} AND a.ground IN ('holder', 'team') AND a.effect = 'permit'
      AND a.valid_from <= ${moment} AND a.valid_until > ${moment}`;
}

/** As a literal: the index resource_marking answers this text alone. */
function activeMarking({ marking }: WorklistKeys): string {
  return `'${JSON.stringify({ code: [marking], status: ['|active'] }).replaceAll("'", "''")}'`;
}

function rankOf(flag: string, { colours }: WorklistKeys, bind: Bind): string {
  const cases = colours.map((key, rank) => `WHEN ${flag}.search @> ${bind({ urgency: [key] })} THEN ${rank}`);
  return `CASE ${cases.join(' ')} ELSE ${colours.length} END`;
}

function sinceOf(flag: string): string {
  const start = `(${flag}.search -> 'date' -> 0 ->> 0)::float8`;
  return `CASE WHEN ${start} > ${-NO_BEGINNING} THEN ${start} ELSE ${NO_BEGINNING} END`;
}

function conversationOf(alias: string, patient: string, { conversation }: WorklistKeys, bind: Bind): string {
  return `${alias}.patient_id = ${patient} AND ${alias}.type = 'Procedure' AND NOT ${alias}.deleted
    AND ${alias}.search @> ${bind({ code: [conversation], status: ['|completed'] })}`;
}

function reviewDue(patient: string, { plan }: WorklistKeys, bind: Bind): string {
  return `(SELECT max((l.search -> 'review-date' -> 0 ->> 1)::float8) FROM resource l
    WHERE l.patient_id = ${patient} AND l.type = 'CarePlan' AND NOT l.deleted AND l.search @> ${bind({ category: [plan], status: ['|active'] })})`;
}

/** As izp/death.ts has it: by Patient.deceased, or by where it took place. */
function hasDied(patient: string, keys: WorklistKeys, millis: string, bind: Bind): string {
  return `(${patient}.search @> '{"deceased":["|true"]}'
    OR EXISTS (SELECT FROM resource x WHERE ${placeOfDeath('x', `${patient}.id`, keys, millis, bind)}))`;
}

function placeOfDeath(alias: string, patient: string, keys: WorklistKeys, millis: string, bind: Bind): string {
  return `${alias}.patient_id = ${patient} AND ${alias}.type = 'Observation' AND NOT ${alias}.deleted
    AND ${alias}.search @> ${bind({ code: [keys.placeOfDeath] })} AND ${alias}.search -> 'status' ?| ${bind(keys.observed)}::text[]
    AND ((${alias}.search -> 'date' -> 0 ->> 0)::float8 <= ${millis} OR ${alias}.search -> 'date' IS NULL)`;
}

function openTask(alias: string, patient: string, keys: WorklistKeys, bind: Bind): string {
  return `${alias}.patient_id = ${patient} AND ${alias}.type = 'Task' AND NOT ${alias}.deleted
    AND ${alias}.search -> 'status' ?| ${bind(keys.openTask)}::text[]`;
}

function overdueTask(alias: string, patient: string, keys: WorklistKeys, millis: string, bind: Bind): string {
  return `${openTask(alias, patient, keys, bind)} AND (${alias}.search -> 'due' -> 0 ->> 1)::float8 < ${millis}`;
}
