// Page links: opaque, encrypted (a query may hold a BSN), bound to one caller, short-lived, and re-authorised on every page
// because they carry a question and a position, never rows.
import { EncryptJWT, jwtDecrypt } from 'jose';
import type { Principal } from '../auth/principal.js';
import { FhirError } from '../fhir/errors.js';

/** Seconds a page link works: long enough to walk on, short enough not to be kept. */
export const PAGE_LINK_SECONDS = 600;

export interface PagePosition {
  /** What is walked: `Observation`, `Patient/x/_history` … */
  scope: string;
  /** The question's own parameters, page parameters left out. */
  query: [string, string][];
  /** Keyset position: values of the sort keys of the last row, its id last. */
  after: (string | number | null)[];
  /** Total, when it was asked for, so that every page tells the same one. */
  total?: number;
}

export interface PageTokens {
  seal(position: PagePosition, principal: Principal): Promise<string>;
  /** Throws 'bad-parameter' for a link that is no good, or another's. */
  open(token: string, scope: string, principal: Principal): Promise<PagePosition>;
}

/** Page links under one secret of 32 bytes, shared by all processes on the database. `now` in epoch milliseconds. */
export function createPageTokens(secret: Uint8Array, now: () => number): PageTokens {
  return {
    async seal(position, principal) {
      const issued = Math.floor(now() / 1000);
      return new EncryptJWT({ p: position })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setAudience(holderOf(principal))
        .setExpirationTime(issued + PAGE_LINK_SECONDS)
        .encrypt(secret);
    },
    async open(token, scope, principal) {
      const claims = await jwtDecrypt(token, secret, {
        audience: holderOf(principal),
        currentDate: new Date(now()),
        keyManagementAlgorithms: ['dir'],
      }).catch(() => undefined);
      const position = claims?.payload.p as PagePosition | undefined;
      if (!position || position.scope !== scope) {
        throw new FhirError('bad-parameter', 'This page link is not valid, not yours or has expired: ask the first page again.', {
          expression: '_page',
        });
      }
      return position;
    },
  };
}

/** Callers who see the same. One client may speak for many patients or organisations: what a link tells, its total, is one's own. */
function holderOf({ clientId, organizationUra, purpose, patientId, fhirUser }: Principal): string {
  return JSON.stringify([clientId, organizationUra, purpose, patientId, fhirUser]);
}
