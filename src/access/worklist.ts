// An organisation's own worklists through the door: patients whose record it holds or in whose team it is, as far as the access rule
// opens them. Everybody on a list is an access that the patient's log tells.
import type { Principal } from '../auth/principal.js';
import { FhirError } from '../fhir/errors.js';
import type { Database } from '../store/pool.js';
import type { Told } from '../store/visibility.js';
import {
  type Asking,
  type ConflictRow,
  conflictingPatients,
  type MarkedPosition,
  type MarkedQuery,
  type MarkedRow,
  markedPatients,
  type WorklistKeys,
} from '../store/worklist.js';
import type { Note } from './access-notes.js';
import { groundOf } from './grounds.js';
import { restrict } from './restrict.js';
import type { ScopeAction } from './scopes.js';
import type { AccessSettings } from './standing.js';

export type { MarkedFilter, MarkedPosition, MarkedRow, WorklistKeys } from '../store/worklist.js';

/** The part of a Session that is needed here. */
interface Reader {
  readonly principal: Principal;
  require(type: string, action: ScopeAction): void;
  note(note: Note): void;
  refresh(patientId: string): Promise<void>;
}

interface Deps {
  database: Database;
  access: AccessSettings;
  now(): number;
}

/** What the lists tell of, and so what a token must be allowed to search. */
const MARKED_TYPES = ['Patient', 'Flag', 'Procedure', 'CarePlan', 'Task', 'Observation'];
const CONFLICT_TYPES = ['Patient', 'Consent', 'Goal'];

/** Times that one request has answers computed anew, each time at most a page of them. */
const REFRESH_ROUNDS = 10;

export interface MarkedPage {
  rows: MarkedRow[];
  /** Where the next page begins; absent when this is the last. */
  next?: MarkedPosition;
}

/** Marked patients, red first, then those who wait longest. Throws 'forbidden' for callers without a treatment relation of their own. */
export async function readMarked(
  { database, access, now }: Deps,
  reader: Reader,
  keys: WorklistKeys,
  query: MarkedQuery,
): Promise<MarkedPage> {
  const ura = requireOwnPatients(reader, MARKED_TYPES);
  const asking: Asking = { ura, now: now(), visibility: restrict({ principal: reader.principal, settings: access, now }) };
  const found = await markedPatients(database, asking, keys, { ...query, count: query.count + 1 });
  const rows = found.slice(0, query.count);
  noteAll(reader, rows, access);
  const last = rows.at(-1);
  return { rows, ...(found.length > query.count && last ? { next: last.position } : {}) };
}

/** Refuses callers to whom no conflicts are listed. */
export function requireConflictList(reader: Reader): void {
  requireOwnPatients(reader, CONFLICT_TYPES);
}

export interface ConflictPage {
  rows: ConflictRow[];
  /** Id of the last patient, where there are more. */
  next?: string;
}

/**
 * Patients with agreements of different sources that contradict each other, by id. What a period that began or ended may have
 * changed is computed anew first. Throws 'forbidden' as above, 'unavailable' when too much is waiting to be computed.
 */
export async function readConflicts(
  { database, access, now }: Deps,
  reader: Reader,
  { after, count }: { after: string | undefined; count: number },
): Promise<ConflictPage> {
  const ura = requireOwnPatients(reader, CONFLICT_TYPES);
  const visibility = restrict({ principal: reader.principal, settings: access, now });
  for (let round = 0; round < REFRESH_ROUNDS; round++) {
    const found = await conflictingPatients(database, { ura, now: now(), visibility }, { after, count: count + 1 });
    const stale = found.filter(({ isCurrent }) => !isCurrent);
    for (const { patientId } of stale) await reader.refresh(patientId);
    if (stale.length > 0) continue;
    const rows = found.slice(0, count);
    noteAll(reader, rows, access);
    const last = rows.at(-1);
    return { rows, ...(found.length > count && last ? { next: last.patientId } : {}) };
  }
  throw new FhirError('unavailable', '', { headers: { 'retry-after': '1' } });
}

/** URA of the organisation whose lists these are. Throws 'forbidden' for callers without patients of their own, or the scopes. */
function requireOwnPatients(reader: Reader, types: readonly string[]): string {
  const { organizationUra, patientId, policies } = reader.principal;
  if (organizationUra === undefined || patientId !== undefined || !policies.includes('own-team'))
    throw new FhirError('forbidden', 'This is for organisations with the access policy own-team: it lists their own patients.');
  for (const type of types) reader.require(type, 's');
  return organizationUra;
}

function noteAll(reader: Reader, rows: readonly { patientId: string; told: Told }[], access: AccessSettings): void {
  for (const { patientId, told } of rows) {
    const ground = groundOf(told, reader.principal, 'rows', access);
    reader.note({ patientId, action: 'E', outcome: 'success', pointer: `Patient/${patientId}`, ...ground });
  }
  if (rows.length === 0) reader.note({ action: 'E', outcome: 'empty' });
}
