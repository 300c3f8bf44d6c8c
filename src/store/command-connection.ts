// The database of the service for a command: DATABASE_URL, the embedded one of a running service, or that one started for the moment.
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { ConnectionSettings } from './connection-settings.js';
import { DATABASE_USER } from './embedded/database-directory.js';
import { startEmbeddedDatabase } from './embedded/embedded-database.js';
import { recordedSocketDirectory, SOCKET_PORT } from './embedded/socket-directory.js';
import { asServiceRole } from './roles.js';
import { StartError } from './start-error.js';

export interface DatabasePlace {
  /** Undefined for the embedded database under dataDir. */
  databaseUrl: string | undefined;
  dataDir: string;
}

/** The service's rights, or those of the owner of the tables. */
export type CommandRole = 'service' | 'owner';

/** Hands `action` a connection with the service's rights unless the owner's are asked. Throws StartError where there is no database yet, and the errors of pg when it cannot be reached. */
export async function withDatabase<T>(
  config: DatabasePlace,
  action: (client: pg.Client) => Promise<T>,
  role: CommandRole = 'service',
): Promise<T> {
  if (config.databaseUrl !== undefined) return withClient({ connectionString: config.databaseUrl }, role, action);
  const directory = await realpath(join(config.dataDir, 'postgres')).catch(() => {
    throw new StartError(`There is no database in ${config.dataDir}: start the service once, or set DATA_DIR or DATABASE_URL.`);
  });
  const host = (await recordedSocketDirectory(config.dataDir)) ?? directory;
  const running = { host, port: SOCKET_PORT, user: DATABASE_USER, database: 'postgres' };
  if (await withClient(running, 'owner', async () => true).catch(() => false)) return withClient(running, role, action);
  const embedded = await startEmbeddedDatabase({ dataDir: config.dataDir });
  try {
    return await withClient(embedded.connection, role, action);
  } finally {
    await embedded.stop();
  }
}

async function withClient<T>(connection: ConnectionSettings, role: CommandRole, action: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...(role === 'owner' ? connection : asServiceRole(connection)), application_name: 'izp-command' });
  // A connection that breaks shows in the statement under way.
  client.on('error', () => {});
  await client.connect();
  try {
    return await action(client);
  } finally {
    await client.end();
  }
}
