// What every interaction is given besides the session and the request.
import type { CapabilityStatement } from '@medplum/fhirtypes';
import type { AuditLog } from '../access/audit-log.js';
import type { PageTokens } from '../access/page-token.js';
import type { Session } from '../access/session.js';
import type { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import type { EmergencyCard } from '../izp/card.js';
import type { PlanContent } from '../izp/document.js';
import type { Process } from '../izp/process/read-process.js';
import type { Terminology } from '../validation/terminology.js';
import type { JudgeWrite } from '../validation/write-verdict.js';

/** A summary of the six core decisions that can be checked without network. */
export interface SignedSummary {
  /** Compact JWS. */
  jws: string;
  /** Epoch milliseconds after which it is not to be relied on. */
  expires: number;
}

/** Documents on paper: PDF/A, in Dutch, as they are read at `now` (epoch milliseconds). */
export interface Paper {
  /** The emergency summary. */
  summary(card: EmergencyCard, code: SignedSummary | undefined, now: number): Promise<Uint8Array>;
  /** The whole plan. */
  plan(content: PlanContent, code: SignedSummary | undefined, now: number): Promise<Uint8Array>;
}

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
  paper: Paper;
  /** The offline summary of a card, signed now. */
  signSummary(card: EmergencyCard): Promise<SignedSummary>;
  /** Where the public keys of offline summaries are. */
  summaryKeysUrl: string;
  /** Whether readers of the log see the users behind the organisations. */
  showUsers: boolean;
  /** Logs a failure of the service (5xx) that is answered inside a Bundle. */
  report(error: FhirError): void;
}

export type Interaction = (context: InteractionContext, session: Session, request: FhirRequest) => Promise<FhirResponse>;
