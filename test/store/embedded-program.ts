// A process that runs the embedded database as the service does: prints one JSON line when it is up, stops on SIGINT.
import { type EmbeddedDatabase, startEmbeddedDatabase } from '../../src/store/embedded/embedded-database.js';

let database: EmbeddedDatabase | undefined;
process.once('SIGINT', async () => {
  const aliveAtSignal = database?.pid() !== undefined;
  await database?.stop();
  console.log(JSON.stringify({ stopped: true, aliveAtSignal }));
});
try {
  database = await startEmbeddedDatabase({ dataDir: process.argv[2] as string });
  console.log(JSON.stringify({ connection: database.connection, pid: database.pid() }));
} catch (error) {
  console.log(JSON.stringify({ error: (error as Error).message }));
  process.exitCode = 1;
}
