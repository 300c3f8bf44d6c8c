// The lists of what was stored with errors of published profiles: what a transaction adds, and what an organisation may read.
import type { Principal } from '../auth/principal.js';
import { FhirError } from '../fhir/errors.js';
import { SERVED_TYPES } from '../fhir/resource-types.js';
import { lockAll } from '../store/locks.js';
import type { Database } from '../store/pool.js';
import type { Transaction } from '../store/transaction.js';
import {
  insertReports,
  type ReportedVersion,
  type ReportQuery,
  readReports,
  reportsLock,
  type ValidationReport,
} from '../store/validation-reports.js';
import { isPilot, refuseBeyondPilot } from './pilot.js';
import { scopesAllow } from './scopes.js';

/** What one transaction reports. */
export class ProfileReports {
  private readonly reports: ReportedVersion[] = [];

  add(report: ReportedVersion): void {
    this.reports.push(report);
  }

  /** Last of all in the transaction, so that the lock of the list is held shortly and taken after every other. */
  async write(tx: Transaction, { organizationUra: ura = '', clientId: client }: Principal, recorded: Date): Promise<void> {
    if (this.reports.length === 0) return;
    await lockAll(tx, [reportsLock(ura)]);
    await insertReports(tx, { ura, client }, recorded, this.reports);
  }
}

/** What the caller's organisation stored with such errors, of the types its scope covers. Refused to who has neither. */
export async function ownReports(
  database: Database,
  principal: Principal,
  query: Pick<ReportQuery, 'since' | 'after' | 'count'>,
): Promise<ValidationReport[]> {
  const { organizationUra: ura, scopes } = principal;
  if (isPilot(principal)) refuseBeyondPilot();
  const types = SERVED_TYPES.filter((type) => scopesAllow(scopes, type, 'r'));
  if (ura === undefined || types.length === 0)
    throw new FhirError('forbidden', 'This list is for organisations, with a scope such as system/*.r for the types it is about.');
  return readReports(database, { ...query, ura, types });
}
