// A process that runs the embedded database as the service does: prints one JSON line when it is up, stops on SIGINT.
import { startEmbeddedDatabase } from '../../src/store/embedded/embedded-database.js';

try {
  const database = await startEmbeddedDatabase({
    dataDir: process.argv[2] as string,
    onCrash: (message) => console.log(JSON.stringify({ crash: message })),
  });
  console.log(JSON.stringify({ connection: database.connection, pid: database.pid() }));
  process.once('SIGINT', async () => {
    const aliveAtSignal = database.pid() !== undefined;
    await database.stop();
    console.log(JSON.stringify({ stopped: true, aliveAtSignal }));
  });
} catch (error) {
  console.log(JSON.stringify({ error: (error as Error).message, name: (error as Error).name }));
  process.exitCode = 1;
}
