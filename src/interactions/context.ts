// What every interaction is given besides the session and the request.
import type { CapabilityStatement } from '@medplum/fhirtypes';
import type { AuditLog } from '../access/audit-log.js';
import type { PageTokens } from '../access/page-token.js';
import type { Session } from '../access/session.js';
import type { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import type { Process } from '../izp/process/read-process.js';
import type { Terminology } from '../validation/terminology.js';
import type { JudgeWrite } from '../validation/write-verdict.js';

/** One coding of a value set, as `:in` needs it. */
export interface ValueSetCoding {
  system: string;
  code: string;
}

export interface InteractionContext {
  /** Public base without a trailing slash: https://host/fhir/R4. */
  baseUrl: string;
  pageTokens: PageTokens;
  /** Codings of a loaded value set, by canonical url in any of its names; undefined when it is not loaded. */
  valueSet(url: string): ValueSetCoding[] | undefined;
  /** Canonical urls of the loaded value sets. */
  valueSets(): string[];
  /** Everything wrong with a resource that is to be written. Issues of severity error refuse it. */
  validate: JudgeWrite;
  /** Code systems and value sets as far as they are loaded. */
  terminology: Terminology;
  /** The CapabilityStatement, made from the registries at start. */
  capabilities: CapabilityStatement;
  /** Handles any request again: for entries of a batch or transaction. */
  dispatch(session: Session, request: FhirRequest): Promise<FhirResponse>;
  /** The process of the plan, from marking to aftercare, as this service works by it. */
  process: Process;
  /** The log, for whoever may read it. */
  auditLog: AuditLog;
  /** Whether readers of the log see the users behind the organisations. */
  showUsers: boolean;
  /** Logs a failure of the service (5xx) that is answered inside a Bundle. */
  report(error: FhirError): void;
}

export type Interaction = (context: InteractionContext, session: Session, request: FhirRequest) => Promise<FhirResponse>;
