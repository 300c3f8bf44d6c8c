// Whether a client is still welcome, read from the registry and remembered for seconds, so that a revoked client is out within a minute.
import { findClient, type Queryable } from '../store/clients.js';

export interface ClientStatus {
  revoked: boolean;
  /** Names of the access policies that apply. */
  policies: string[];
  /** SMART v2 scopes and purposes of use that it holds. */
  scopes: string[];
  purposes: string[];
  onProfileErrors: 'refuse' | 'accept-and-report';
}

/** Undefined for a client the registry does not know. Throws when the registry cannot be asked and nothing recent is known. */
export type ClientStatusLookup = (clientId: string) => Promise<ClientStatus | undefined>;

/** Milliseconds after which a known status is read again, behind the answer. */
const REFRESH_AFTER_MS = 20_000;

/** Milliseconds after which a known status is no longer used: under the promised 60 seconds by the time one request may take. */
const USABLE_MS = 50_000;

interface Known {
  status: ClientStatus;
  readAt: number;
  refresh?: Promise<ClientStatus | undefined>;
}

/** Looks clients up in the registry. `clock` in epoch milliseconds. */
export function createClientStatusLookup(db: Queryable, clock: () => number): ClientStatusLookup {
  const known = new Map<string, Known>();

  async function read(clientId: string): Promise<ClientStatus | undefined> {
    // The moment before the question: a revocation during it must not count as seen.
    const readAt = clock();
    const client = await findClient(db, clientId);
    if (!client) {
      known.delete(clientId);
      return undefined;
    }
    const { revoked, policies, scopes, purposes, onProfileErrors } = client;
    const status = { revoked, policies, scopes, purposes, onProfileErrors };
    known.set(clientId, { status, readAt });
    return status;
  }

  return async (clientId) => {
    const entry = known.get(clientId);
    if (!entry) return read(clientId);
    const age = clock() - entry.readAt;
    if (age < REFRESH_AFTER_MS) return entry.status;
    entry.refresh ??= read(clientId).finally(() => {
      entry.refresh = undefined;
    });
    if (age >= USABLE_MS) return entry.refresh;
    // A registry out of reach for a moment does not lock anybody out: the next request asks again.
    entry.refresh.catch(() => undefined);
    return entry.status;
  };
}
