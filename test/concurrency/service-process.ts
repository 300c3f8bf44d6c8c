// One process of the service, as its server runs it, on the database it is told: for tests of several processes side by side.
// Arguments: JSON of { connection, dataDir, base, env }. Says its port on standard output; ends when its standard input does.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { loadConfig } from '../../src/config.js';
import { assemble } from '../../src/start/assemble.js';

const { connection, dataDir, base, env } = JSON.parse(process.argv[2] as string);
const config = loadConfig({ PORT: '0', DATA_DIR: dataDir, BASE_URL: base, LOG_LEVEL: 'error', RATE_LIMIT: '0', ...env });
const service = await assemble(config, pino({ level: config.logLevel }, pino.destination(2)), { connection, demo: true });
await service.app.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`${(service.app.server.address() as AddressInfo).port}\n`);
process.stdin.resume();
await once(process.stdin, 'close');
await service.close();
process.exit(0);
