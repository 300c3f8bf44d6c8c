// Entry point of `npm run keys`: prints what became of the signing keys, or one line of what is wrong and exits with 1.
import { join } from 'node:path';
import { KEYS_FOLDER } from '../auth/signing-keys.js';
import { ConfigError, loadConfig } from '../config.js';
import { StartError } from '../store/start-error.js';
import { keysCommand } from './keys-command.js';

try {
  const result = await keysCommand(process.argv.slice(2), join(loadConfig(process.env).dataDir, KEYS_FOLDER), Date.now);
  if (result.ok) process.stdout.write(`${result.output}\n`);
  else {
    process.stderr.write(`${result.message}\n`);
    process.exitCode = 1;
  }
} catch (error) {
  const isOurs = error instanceof StartError || error instanceof ConfigError;
  process.stderr.write(`${isOurs ? error.message : 'The signing keys cannot be read or written.'}\n`);
  process.exitCode = 1;
}
