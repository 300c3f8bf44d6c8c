// Seals the audit log every few seconds, beside the requests. One process of those on a database does it at a time.
import type { Logger } from 'pino';
import { type SealerDeps, sealAudit } from '../audit/seal.js';

/** How long a change of the log behind the service's back could stay unseen at most, in ms; each seal is a row of some 300 bytes. */
const SEAL_MS = 5_000;

/** Starts it. `stop` waits for a seal that is being made. */
export function startSealing(deps: SealerDeps, logger: Pick<Logger, 'error' | 'info'>): { stop(): Promise<void> } {
  let running: Promise<void> | undefined;
  let isFailing = false;
  const seal = async () => {
    try {
      await sealAudit(deps);
      if (isFailing) logger.info('the audit log is sealed again');
      isFailing = false;
    } catch (error) {
      // Told once, not every few seconds. Messages of the database itself can hold more than belongs here.
      if (!isFailing) logger.error({ code: (error as { code?: unknown }).code }, 'the audit log could not be sealed');
      isFailing = true;
    }
    running = undefined;
  };
  const timer = setInterval(() => {
    running ??= seal();
  }, SEAL_MS);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
