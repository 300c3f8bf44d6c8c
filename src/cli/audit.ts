// Entry point of `npm run audit:verify` and `npm run audit:retain`: exits with 1 when anything is wrong, each fault a line on standard error.
import { ConfigError, loadConfig } from '../config.js';
import { StartError } from '../store/start-error.js';
import { auditCommand } from './audit-command.js';

try {
  const { output, faults } = await auditCommand(process.argv.slice(2), { config: loadConfig(process.env), now: () => new Date() });
  for (const line of output) process.stdout.write(`${line}\n`);
  for (const line of faults) process.stderr.write(`${line}\n`);
  if (faults.length > 0) process.exitCode = 1;
} catch (error) {
  const isOurs = error instanceof StartError || error instanceof ConfigError;
  process.stderr.write(`${isOurs ? error.message : `The audit log could not be read: ${(error as Error).message}`}\n`);
  process.exitCode = 1;
}
