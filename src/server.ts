// The process: configuration, listening, a graceful stop. Everything else is put together in start/service.ts.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Config, ConfigError, loadConfig, publicBaseUrl } from './config.js';
import { openService, type RunningService } from './start/service.js';
import { welcome } from './start/welcome.js';
import { StartError } from './store/start-error.js';

/** A request under way gets this long to end before the process goes, in ms. */
const STOP_PATIENCE_MS = 20_000;

async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const destination = pino.destination({ dest: 2, sync: false, minLength: 4096 });
  const logger = pino({ level: config.logLevel, base: undefined, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  const flushing = setInterval(() => destination.flush(), 1000);
  flushing.unref();
  let stopped = false;
  let service: RunningService | undefined;
  const stop = async (code: number) => {
    if (stopped) return;
    stopped = true;
    setTimeout(() => process.exit(1), STOP_PATIENCE_MS).unref();
    await service?.close().catch(() => undefined);
    destination.flushSync();
    process.exit(code);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0));
  service = await openService(config, logger);
  if (stopped) {
    await service.close();
    return;
  }
  await listen(service, config).catch(async (error) => {
    await service?.close();
    throw error;
  });
  await writeFile(join(config.dataDir, 'address'), `${service.address.base}\n`).catch(() =>
    logger.warn('the address file could not be written'),
  );
  process.stdout.write(welcome(service.address.base, service.demo));
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
