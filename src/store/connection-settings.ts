// How PostgreSQL is reached: a URL, or the embedded database's socket.
import type { ClientConfig } from 'pg';

/** `connectionString` as libpq knows it (postgres://…), or the parts; `host` may be a socket's directory. */
export type ConnectionSettings = Pick<
  ClientConfig,
  'connectionString' | 'host' | 'port' | 'user' | 'database' | 'password' | 'ssl' | 'options'
>;
