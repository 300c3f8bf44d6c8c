// Page links: opaque, encrypted (a query may hold a BSN), bound to one client, short-lived, and re-authorised on every page
// because they carry a question and a position, never rows.
import { EncryptJWT, jwtDecrypt } from 'jose';
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
  seal(position: PagePosition, clientId: string): Promise<string>;
  open(token: string, scope: string, clientId: string): Promise<PagePosition>;
}

/** Page links under one secret of 32 bytes, shared by all processes on the database. `now` in epoch milliseconds. */
export function createPageTokens(secret: Uint8Array, now: () => number): PageTokens {
  return {
    async seal(position, clientId) {
      const issued = Math.floor(now() / 1000);
      return new EncryptJWT({ p: position })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setAudience(clientId)
        .setExpirationTime(issued + PAGE_LINK_SECONDS)
        .encrypt(secret);
    },
    async open(token, scope, clientId) {
      const claims = await jwtDecrypt(token, secret, {
        audience: clientId,
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
