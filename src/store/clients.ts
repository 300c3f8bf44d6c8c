// The client registry and the memory of used assertions.
// https://www.rfc-editor.org/rfc/rfc7523#section-3
import type { JSONWebKeySet } from 'jose';
import type { ClientBase, Pool } from 'pg';

/** A pool, or a client inside the caller's transaction. */
export type Queryable = Pool | ClientBase;

/** A system that may ask for tokens. Keys are public and come by value or by URL, never both. */
export interface Client {
  clientId: string;
  name: string;
  organizationUra?: string;
  organizationName?: string;
  /** Code of http://nictiz.nl/fhir/NamingSystem/organization-type. */
  organizationType?: string;
  jwks?: JSONWebKeySet;
  jwksUrl?: string;
  /** SMART v2 scopes; a token holds these or fewer. */
  scopes: string[];
  /** Names of the access policies that apply. */
  policies: string[];
  /** v3-ActReason codes a token may carry; the first is taken when none is asked. */
  purposes: string[];
  /** What errors of published profiles do to its writes. */
  onProfileErrors: 'refuse' | 'accept-and-report';
  /** True when it may bring patients and representatives, who logged in there. */
  vouchesForPatients: boolean;
  revoked: boolean;
  /** Rises with every change. */
  version: number;
}

/** Errors of published profiles refuse a write, and nobody vouches for patients, unless something else is said. */
export type NewClient = Omit<Client, 'revoked' | 'version' | 'onProfileErrors' | 'vouchesForPatients'> &
  Partial<Pick<Client, 'onProfileErrors' | 'vouchesForPatients'>>;

interface ClientRow {
  client_id: string;
  name: string;
  organization_ura: string | null;
  organization_name: string | null;
  organization_type: string | null;
  jwks: string | null;
  jwks_url: string | null;
  scopes: string[];
  policies: string[];
  purposes: string[];
  on_profile_errors: Client['onProfileErrors'];
  vouches_for_patients: boolean;
  revoked: boolean;
  version: string;
}

const COLUMNS = `client_id, name, organization_ura, organization_name, organization_type, jwks::text AS jwks, jwks_url,
                  scopes, policies, purposes, on_profile_errors, vouches_for_patients, revoked_at IS NOT NULL AS revoked, version`;

/** Every registered client by id, revoked ones included. There are as many as systems of a region, not more. */
export async function listClients(db: Queryable): Promise<Client[]> {
  const { rows } = await db.query<ClientRow>(`SELECT ${COLUMNS} FROM client ORDER BY client_id`);
  return rows.map(clientOf);
}

/** The registered client, revoked ones included; undefined when there is none. */
export async function findClient(db: Queryable, clientId: string): Promise<Client | undefined> {
  const { rows } = await db.query<ClientRow>({
    name: 'client_by_id',
    text: `SELECT ${COLUMNS} FROM client WHERE client_id = $1`,
    values: [clientId],
  });
  return rows[0] && clientOf(rows[0]);
}

/** False when a client of that id is registered already; nothing changes then. */
export async function insertClient(db: Queryable, client: NewClient, created: Date): Promise<boolean> {
  const result = await db.query(
    `INSERT INTO client (client_id, name, organization_ura, organization_name, organization_type, jwks, jwks_url,
                         scopes, policies, purposes, on_profile_errors, vouches_for_patients, created, changed)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)
     ON CONFLICT (client_id) DO NOTHING`,
    [...valuesOf(client), created],
  );
  return result.rowCount === 1;
}

/** Replaces all of the client but its revocation. False when it is not at that version any more; nothing changes then. */
export async function replaceClient(db: Queryable, client: NewClient, version: number, changed: Date): Promise<boolean> {
  const result = await db.query(
    `UPDATE client SET name = $2, organization_ura = $3, organization_name = $4, organization_type = $5, jwks = $6, jwks_url = $7,
                       scopes = $8, policies = $9, purposes = $10, on_profile_errors = $11, vouches_for_patients = $12,
                       changed = $13, version = version + 1
      WHERE client_id = $1 AND version = $14`,
    [...valuesOf(client), changed, version],
  );
  return result.rowCount === 1;
}

function valuesOf(client: NewClient): unknown[] {
  return [
    client.clientId,
    client.name,
    client.organizationUra,
    client.organizationName,
    client.organizationType,
    client.jwks && JSON.stringify(client.jwks),
    client.jwksUrl,
    client.scopes,
    client.policies,
    client.purposes,
    client.onProfileErrors ?? 'refuse',
    client.vouchesForPatients ?? false,
  ];
}

/** Replaces the client's keys by these, by value. False when there is no such client. */
export async function replaceClientKeys(db: Queryable, clientId: string, jwks: JSONWebKeySet): Promise<boolean> {
  const result = await db.query(
    'UPDATE client SET jwks = $2, jwks_url = NULL, version = version + 1, changed = now() WHERE client_id = $1',
    [clientId, JSON.stringify(jwks)],
  );
  return result.rowCount === 1;
}

/** Shuts the client out; the first moment of revocation stays. False when there is no such client. */
export async function revokeClient(db: Queryable, clientId: string, at: Date): Promise<boolean> {
  const result = await db.query(
    `UPDATE client SET revoked_at = coalesce(revoked_at, $2), changed = $2, version = version + (revoked_at IS NULL)::int
      WHERE client_id = $1`,
    [clientId, at],
  );
  return result.rowCount === 1;
}

/** Forgotten per remembered assertion: more than one, so that the table shrinks again after a burst. */
const FORGET_AT_ONCE = 20;

/**
 * Remembers that the assertion was used. False when it was used before, in whichever process.
 * Forgets some whose time `expires` lies before `forgetBefore`.
 */
export async function rememberAssertion(db: Queryable, clientId: string, jti: string, expires: Date, forgetBefore: Date): Promise<boolean> {
  // SKIP LOCKED: two processes that forget at the same time must not wait for, or deadlock with, each other.
  const result = await db.query(
    `WITH forgotten AS (
       DELETE FROM client_assertion WHERE (client_id, jti) IN (
         SELECT client_id, jti FROM client_assertion WHERE expires < $4 ORDER BY expires LIMIT ${FORGET_AT_ONCE} FOR UPDATE SKIP LOCKED))
     INSERT INTO client_assertion (client_id, jti, expires) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
    [clientId, jti, expires, forgetBefore],
  );
  return result.rowCount === 1;
}

function clientOf(row: ClientRow): Client {
  return {
    clientId: row.client_id,
    name: row.name,
    organizationUra: row.organization_ura ?? undefined,
    organizationName: row.organization_name ?? undefined,
    organizationType: row.organization_type ?? undefined,
    jwks: row.jwks === null ? undefined : (JSON.parse(row.jwks) as JSONWebKeySet),
    jwksUrl: row.jwks_url ?? undefined,
    scopes: row.scopes,
    policies: row.policies,
    purposes: row.purposes,
    onProfileErrors: row.on_profile_errors,
    vouchesForPatients: row.vouches_for_patients,
    revoked: row.revoked,
    version: Number(row.version),
  };
}
