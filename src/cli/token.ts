// Entry point of `npm run token`: prints an access token, or one line of what is wrong and exits with 1.
import { randomUUID } from 'node:crypto';
import { tokenCommand } from './token-command.js';

const deps = { fetch: globalThis.fetch, clock: Date.now, newId: randomUUID };
const result = await tokenCommand(process.argv.slice(2), process.env.DATA_DIR || './data', deps);
if (result.ok) process.stdout.write(`${result.output}\n`);
else {
  process.stderr.write(`${result.message}\n`);
  process.exitCode = 1;
}
