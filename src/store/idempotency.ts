// First responses to requests with an Idempotency-Key, kept in the transaction of what they tell.
import type { Queryable } from './pool.js';
import type { Transaction } from './transaction.js';

export interface KeptResponse {
  clientId: string;
  key: string;
  /** Hash of the request: another request under the same key is refused. */
  requestHash: string;
  status: number;
  headers: Record<string, string>;
  body: string | null;
  created: Date;
}

/** The response kept for this client and key since `notBefore`. */
export async function recallResponse(db: Queryable, clientId: string, key: string, notBefore: Date): Promise<KeptResponse | undefined> {
  const { rows } = await db.query<KeptResponse>({
    name: 'recall_response',
    text: `SELECT client_id AS "clientId", key, request_hash AS "requestHash", status, headers, body, created
             FROM idempotency WHERE client_id = $1 AND key = $2 AND created >= $3`,
    values: [clientId, key, notBefore],
  });
  return rows[0];
}

/** Keeps a response in place of an expired one. Take a lock on client and key first: of two at once the later would win. */
export async function rememberResponse(tx: Transaction, kept: KeptResponse): Promise<void> {
  await tx.query({
    name: 'remember_response',
    text: `INSERT INTO idempotency (client_id, key, request_hash, status, headers, body, created) VALUES ($1, $2, $3, $4, $5, $6, $7)
           ON CONFLICT (client_id, key) DO UPDATE SET request_hash = excluded.request_hash, status = excluded.status,
             headers = excluded.headers, body = excluded.body, created = excluded.created`,
    values: [kept.clientId, kept.key, kept.requestHash, kept.status, JSON.stringify(kept.headers), kept.body, kept.created],
  });
}

/** Deletes what was kept before this moment: the bodies hold content. Returns how many. */
export async function forgetResponses(db: Queryable, before: Date): Promise<number> {
  const { rowCount } = await db.query('DELETE FROM idempotency WHERE created < $1', [before]);
  return rowCount ?? 0;
}
