// The process: configuration, listening, a graceful stop. Everything else is put together in start/assemble.ts.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { pino } from 'pino';
import { type Config, ConfigError, loadConfig, publicBaseUrl } from './config.js';
import type { RunningService } from './start/assemble.js';
import { welcome } from './start/welcome.js';
import { StartError } from './store/start-error.js';

/** A request under way gets this long to end before the process goes, in ms. */
const STOP_PATIENCE_MS = 20_000;
/** The log is written in pieces of this many bytes (the writer takes less than 16,384), and at the latest after so many ms: a request does not wait for its line. */
const LOG_BUFFER_BYTES = 16_000;
const LOG_FLUSH_MS = 1_000;
/**
 * The heap is collected when it has grown by so much over what was left of it, in per cent. By itself V8 waits for three to four
 * times that where there is memory to spare: under load 65 MB that are used became 240, and the process 330 to 360 MB.
 */
const HEAP_GROWTH_PERCENT = 100;

async function main(): Promise<void> {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`);
  const config = loadConfig(process.env);
  const destination = pino.destination({ dest: 2, sync: false, minLength: LOG_BUFFER_BYTES });
  const logger = pino({ level: config.logLevel, base: undefined, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  const flushing = setInterval(() => destination.flush(), LOG_FLUSH_MS);
  flushing.unref();
  // Loaded after the settings are checked: a wrong one is told at once.
  const opening = import('./start/assemble.js').then(({ assemble }) => assemble(config, logger));
  let stopping = false;
  const stop = async () => {
    // A terminal and npm both pass a Ctrl-C on, so it comes twice.
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), STOP_PATIENCE_MS).unref();
    const code = await closeWhenOpen(opening);
    destination.flushSync();
    process.exit(code);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());
  const service = await opening;
  if (stopping) return;
  try {
    await listen(service, config);
  } catch (error) {
    if (stopping) return;
    await service.close();
    throw error;
  }
  await writeFile(join(config.dataDir, 'address'), `${service.address.base}\n`).catch(() =>
    logger.warn('the address file could not be written'),
  );
  process.stdout.write(welcome(service.address.base, service.demo));
}

/** The exit code of a stop: a database that did not close cleanly is no success. */
async function closeWhenOpen(opening: Promise<RunningService>): Promise<0 | 1> {
  try {
    await (await opening).close();
    return 0;
  } catch {
    return 1;
  }
}

async function listen(service: RunningService, config: Config): Promise<void> {
  try {
    await service.app.listen({ port: config.port, host: config.host });
  } catch (error) {
    const code = (error as { code?: string }).code;
    if (code === 'EADDRINUSE') throw new StartError(`Port ${config.port} on ${config.host} is taken: stop what uses it, or set PORT.`);
    if (code === 'EACCES') throw new StartError(`Port ${config.port} needs rights this user does not have: set PORT to one above 1023.`);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') throw new StartError(`HOST=${config.host} is not an address of this machine.`);
    throw error;
  }
  const bound = service.app.server.address();
  // PORT=0 lets the system choose: then the address is known only now.
  if (bound && typeof bound !== 'string') service.address.base = publicBaseUrl(config, bound.port);
}

main().catch((error: unknown) => {
  const line =
    error instanceof Error && (error instanceof StartError || error instanceof ConfigError)
      ? error.message
      : `The service could not start: ${error instanceof Error ? error.name : 'unknown error'}.`;
  process.stderr.write(`${line}\n`);
  process.exit(1);
});
