// Reading the audit log: the patient's own, or by the data protection officer. Every reading is itself an access that the log tells.
import type { Principal } from '../auth/principal.js';
import { FhirError } from '../fhir/errors.js';
import { URA_SYSTEM } from '../fhir/identity.js';
import {
  countLog,
  type LogFilter,
  type LoggedEvent,
  type LogPosition,
  organizationNames,
  readLog,
  readLogged,
} from '../store/audit-log.js';
import { toldOfPatients } from '../store/patient-access.js';
import type { Database } from '../store/pool.js';
import type { Note } from './access-notes.js';
import { restrict } from './restrict.js';
import type { AccessSettings } from './standing.js';

export type { LogFilter, LoggedEvent, LogPosition } from '../store/audit-log.js';

/** The part of a Session that is needed here. */
interface Reader {
  readonly principal: Principal;
  note(note: Note): void;
}

export interface LogPage {
  events: LoggedEvent[];
  /** Where the next page begins; absent when this is the last. */
  next?: LogPosition;
  /** Names of the organisations in it, by URA, of those that are known. */
  names: ReadonlyMap<string, string>;
}

export interface AuditLog {
  /** The filter with what the caller's token adds to it. Throws 'forbidden' for whoever may not read it. */
  allowed(reader: Reader, filter: LogFilter): Promise<LogFilter>;
  /** Newest first. `filter` comes from `allowed`. */
  page(reader: Reader, filter: LogFilter, after: LogPosition | undefined, count: number): Promise<LogPage>;
  total(filter: LogFilter): Promise<number>;
  /** One event. Throws 'not-found' also when it is another patient's. */
  read(reader: Reader, id: string, seq: string): Promise<LoggedEvent>;
}

/** Told in the log as what was read, when no single event was. */
export const WHOLE_LOG = 'AuditEvent';

export function createAuditLog({ database, access, now }: { database: Database; access: AccessSettings; now(): number }): AuditLog {
  /** Whose log, and by which policy. A representative may have ceased to be one since the token was given. */
  async function reading({ principal }: Reader, asked: string | undefined): Promise<{ patientId?: string; policy: string }> {
    const own = principal.patientId;
    if (own !== undefined && principal.policies.includes('patient')) {
      if (asked !== undefined && asked !== own) throw new FhirError('forbidden', 'This token reads the log of its own patient only.');
      const told = (await toldOfPatients(database, [own], restrict({ principal, settings: access, now }))).get(own);
      if (!told?.permitted) throw new FhirError('forbidden', 'This token may not read the record of this patient, nor its log.');
      return { patientId: own, policy: told.ground ?? 'patient' };
    }
    if (own === undefined && principal.policies.includes('auditor')) return { patientId: asked, policy: 'auditor' };
    throw new FhirError('forbidden', 'The log is for the patient, and for callers with the access policy auditor.');
  }

  function note(reader: Reader, patientId: string | undefined, pointer: string, found: boolean): void {
    const policy = reader.principal.patientId === undefined ? 'auditor' : isRepresentative(reader.principal) ? 'representative' : 'patient';
    reader.note({ patientId, action: 'R', outcome: found ? 'success' : 'empty', pointer, policy });
  }

  return {
    async allowed(reader, filter) {
      try {
        return { ...filter, patientId: (await reading(reader, filter.patientId)).patientId };
      } catch (error) {
        // Whose log somebody wanted to see is for that patient to know.
        if (filter.patientId !== undefined && error instanceof FhirError && error.kind === 'forbidden')
          reader.note({ patientId: filter.patientId, action: 'R', outcome: 'denied', pointer: WHOLE_LOG, reason: 'no-permission' });
        throw error;
      }
    },
    async page(reader, filter, after, count) {
      const rows = await readLog(database, filter, after, count + 1);
      const events = rows.slice(0, count);
      const last = events.at(-1);
      const patients = new Set(filter.patientId === undefined ? events.flatMap(({ patientId }) => patientId ?? []) : [filter.patientId]);
      for (const patientId of patients) note(reader, patientId, WHOLE_LOG, events.length > 0);
      if (patients.size === 0) note(reader, undefined, WHOLE_LOG, events.length > 0);
      const uras = [...new Set(events.flatMap(({ organizationUra }) => organizationUra ?? []))];
      const names = uras.length === 0 ? new Map<string, string>() : await organizationNames(database, URA_SYSTEM, uras);
      return { events, names, ...(rows.length > count && last ? { next: { recorded: last.recorded, seq: last.seq } } : {}) };
    },
    total: (filter) => countLog(database, filter),
    async read(reader, id, seq) {
      const { patientId } = await reading(reader, undefined);
      const event = await readLogged(database, id, seq);
      const shown = event && (patientId === undefined || event.patientId === patientId) ? event : undefined;
      note(reader, shown?.patientId ?? patientId, `${WHOLE_LOG}/${id}-${seq}`, shown !== undefined);
      if (!shown) throw new FhirError('not-found', 'There is no such AuditEvent here, or it is not available to you.');
      return shown;
    },
  };
}

function isRepresentative({ fhirUser }: Principal): boolean {
  return fhirUser?.startsWith('RelatedPerson/') === true;
}
