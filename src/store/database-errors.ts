// What PostgreSQL's and the network's failures mean to the service.
// https://www.postgresql.org/docs/18/errcodes-appendix.html
import { FhirError } from '../fhir/errors.js';

/**
 * `conflict`: nothing was changed, the transaction may run again at once (serialization failure, deadlock, a lock that took
 * too long). `broken`: the connection or the server went away. `overload`: the server cannot do this now.
 */
export type Trouble = 'conflict' | 'broken' | 'overload';

/** The store's own conflict: somebody else wrote the version this transaction meant to write. */
export class VersionConflict extends Error {}

const CONFLICTS: ReadonlySet<string> = new Set(['40001', '40P01', '55P03']);

/** 57P0x shutting down or starting, 25006 a primary that became a standby, 25P03 and 57P05 a session ended for idling. */
const BROKEN: ReadonlySet<string> = new Set(['57P01', '57P02', '57P03', '57P04', '57P05', '25006', '25P03']);

const NETWORK: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** pg reports a lost connection by message only. */
const LOST_CONNECTION =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout e|Query read timeout|Cannot use a pool)/;

/** Undefined for an error of the statement itself. */
export function troubleOf(error: unknown): Trouble | undefined {
  if (error instanceof VersionConflict) return 'conflict';
  const first = error instanceof AggregateError ? error.errors[0] : error;
  if (!(first instanceof Error)) return undefined;
  const code = (first as { code?: unknown }).code;
  if (typeof code === 'string') {
    if (CONFLICTS.has(code)) return 'conflict';
    if (BROKEN.has(code) || NETWORK.has(code) || code.startsWith('08')) return 'broken';
    // 28 and 3D: no login, no such database. It is not for the caller to know which.
    if (code === '57014' || /^(53|58|28|3D)/.test(code)) return 'overload';
  }
  return LOST_CONNECTION.test(first.message) ? 'broken' : undefined;
}

/** An error of the values themselves (class 22 and 23), which the same values will get again. */
export function isRefusedData(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^2[23]/.test(code);
}

/** A statement prepared before the schema changed, or lost by a connection pooler: a new connection has neither. */
export function isStaleStatement(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return code === '0A000' || code === '26000';
}

/** Whatever was thrown, with the database's own troubles as FhirError 'unavailable'. */
export function asUnavailable(error: unknown): unknown {
  return troubleOf(error) === undefined ? error : new FhirError('unavailable', '', { cause: error });
}
