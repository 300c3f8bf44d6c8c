// One wanted write, as a single interaction or a transaction entry asks it.
import type { OperationOutcomeIssue, Resource } from '@medplum/fhirtypes';
import type { PatchOperation } from './json-patch.js';

export interface WriteEntry {
  verb: 'create' | 'update' | 'patch' | 'delete';
  type: string;
  /** Logical id from the url; absent for creates and conditional writes. */
  id?: string;
  /** Query of a conditional write (`If-None-Exist`, `PUT Type?…`), without '?'. */
  criteria?: string;
  resource?: Resource;
  patch?: PatchOperation[];
  ifMatch?: string;
  ifNoneMatch?: string;
  fullUrl?: string;
  /** Where it stands, for OperationOutcome.expression: `Bundle.entry[3]`; empty for a single interaction. */
  at: string;
}

export interface WriteResult {
  /** 200, 201 or 204. */
  status: number;
  type: string;
  id: string;
  version: number;
  lastUpdated: Date;
  patientId: string | null;
  /** Text of the resource as stored; empty when it was deleted. */
  content: string;
  /** Set when the resource that answers is not simply the one sent: why. */
  remark?: string;
  /** What was found in the resource that did not refuse it; absent when nothing was judged. */
  issues?: OperationOutcomeIssue[];
}
