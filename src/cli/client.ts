// Entry point of `npm run client`: prints what became of the client, or one line of what is wrong and exits with 1.
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { uuidv7 } from 'uuidv7';
import { ConfigError, loadConfig } from '../config.js';
import { withDatabase } from '../store/command-connection.js';
import { StartError } from '../store/start-error.js';
import { clientCommand } from './client-command.js';

try {
  const config = loadConfig(process.env);
  const result = await clientCommand(process.argv.slice(2), {
    withDatabase: (action) => withDatabase(config, action),
    read: (path) => (path === '-' ? text(process.stdin) : readFile(path, 'utf8')),
    clock: Date.now,
    newId: uuidv7,
  });
  if (result.ok) process.stdout.write(`${result.output}\n`);
  else {
    process.stderr.write(`${result.message}\n`);
    process.exitCode = 1;
  }
} catch (error) {
  const isOurs = error instanceof StartError || error instanceof ConfigError;
  process.stderr.write(`${isOurs ? error.message : 'The database cannot be reached.'}\n`);
  process.exitCode = 1;
}
