// Two database roles: the owner migrates, the service reads and writes as a role that can neither change what is kept for ever nor the schema.
// https://www.postgresql.org/docs/18/ddl-priv.html
import pg from 'pg';
import type { ConnectionSettings } from './connection-settings.js';

/** What the service's connections may do is what this role may do. One per database server, shared by the databases on it. */
export const SERVICE_ROLE = 'izp_service';

/** Connection option that makes a session the service's role before its first statement; RESET ROLE returns to it. */
const ROLE_OPTION = `-c role=${SERVICE_ROLE}`;

/** The same connection as the service's role: by logging in as a member of it, or as the owner with its rights put off. */
export function asServiceRole(connection: ConnectionSettings): ConnectionSettings & { options: string } {
  const { connectionString } = connection;
  if (connectionString === undefined || !URL.canParse(connectionString)) return { ...connection, options: ROLE_OPTION };
  // What a URL says wins over what stands beside it.
  const url = new URL(connectionString);
  const own = url.searchParams.get('options');
  if (own === null) return { ...connection, options: ROLE_OPTION };
  url.searchParams.set('options', `${own} ${ROLE_OPTION}`);
  return { ...connection, connectionString: url.href, options: ROLE_OPTION };
}

/**
 * Makes the role where there is none and gives it its rights on all tables there are, as the owner. After every migration, and
 * after a restore on another server: roles are not in a dump. Several databases of one server may do so at once.
 */
export async function ensureServiceRole(owner: Pick<pg.ClientBase, 'query'>, afterMigration: boolean): Promise<void> {
  const { rows } = await owner.query<{ found: boolean }>(FOUND, [SERVICE_ROLE]);
  if (rows[0]?.found && !afterMigration) return;
  await owner.query(GIVE_RIGHTS);
}

/** Lets the service log in as its role by itself: on the embedded database, where whoever reaches the socket is in. */
export async function letServiceLogIn(owner: ConnectionSettings): Promise<void> {
  const client = new pg.Client(owner);
  client.on('error', () => {});
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1 AND rolcanlogin', [SERVICE_ROLE]);
    if (!rowCount) await client.query(`ALTER ROLE ${SERVICE_ROLE} LOGIN`);
  } finally {
    await client.end();
  }
}

const FOUND = `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1 AND has_table_privilege(oid, 'resource', 'SELECT')) AS found`;

/**
 * Rights by table. Those not named are the service's to read and write. Partitions get none: their rows are reached through the
 * table they are part of. `seq` of the log is left out of what may be written, so that nobody can choose a place in the chain.
 */
const GIVE_RIGHTS = `DO $rights$
DECLARE
  one     record;
  columns text;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${SERVICE_ROLE}') THEN
    BEGIN
      CREATE ROLE ${SERVICE_ROLE} NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;
    END;
  END IF;
  IF NOT pg_has_role(current_user, '${SERVICE_ROLE}', 'USAGE') THEN
    BEGIN
      EXECUTE format('GRANT ${SERVICE_ROLE} TO %I', current_user);
    EXCEPTION WHEN insufficient_privilege THEN
      -- A service with a login of its own has no need of it; without one the connection tells.
      NULL;
    END;
  END IF;
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO ${SERVICE_ROLE}', current_schema());
  FOR one IN
    SELECT c.relname::text AS name, c.relispartition AS is_partition
    FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
  LOOP
    EXECUTE format('REVOKE ALL ON %I FROM ${SERVICE_ROLE}', one.name);
    CONTINUE WHEN one.is_partition OR one.name LIKE 'kysely\\_%';
    CASE one.name
      WHEN 'audit_event' THEN
        SELECT string_agg(quote_ident(attname), ', ') INTO columns
        FROM pg_attribute WHERE attrelid = 'audit_event'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'seq';
        EXECUTE format('GRANT SELECT, INSERT (%s) ON audit_event TO ${SERVICE_ROLE}', columns);
      WHEN 'audit_seal', 'erasure' THEN
        EXECUTE format('GRANT SELECT, INSERT ON %I TO ${SERVICE_ROLE}', one.name);
      WHEN 'audit_retention', 'audit_seal_remainder' THEN
        EXECUTE format('GRANT SELECT ON %I TO ${SERVICE_ROLE}', one.name);
      WHEN 'resource_history' THEN
        GRANT SELECT, INSERT, DELETE ON resource_history TO ${SERVICE_ROLE};
      ELSE
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO ${SERVICE_ROLE}', one.name);
    END CASE;
  END LOOP;
  -- The sequence gives the log its order. Reading it is how the sealer knows how far that order has come; setting it is not allowed.
  GRANT USAGE, SELECT ON SEQUENCE audit_event_seq TO ${SERVICE_ROLE};
  REVOKE ALL ON FUNCTION ensure_audit_partitions FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION ensure_audit_partitions TO ${SERVICE_ROLE};
END
$rights$`;
