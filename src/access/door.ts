// What the door to the data stands on: database, audit, domain, clock, policies.
import type { Resource } from '@medplum/fhirtypes';
import type { AuditWriter } from '../audit/audit-writer.js';
import type { Principal } from '../auth/principal.js';
import type { Database } from '../store/pool.js';
import type { PermissionRegister } from './permission-register.js';
import type { RecordKeeper } from './record.js';
import type { AccessSettings } from './standing.js';

export interface DoorDeps {
  database: Database;
  audit: AuditWriter;
  keeper: RecordKeeper;
  /** Epoch milliseconds. */
  now(): number;
  newId(): string;
  /** The policies' own settings. */
  access: AccessSettings;
  /** The national register of permissions, where one is configured. */
  register?: PermissionRegister;
  /** The task that tells the keeper of a record that its glass was broken. */
  glassTask(glass: { patientId: string; opened: Date; by: Principal; id: string }): Resource & { id: string };
}
