// Entry point of `npm run verify-summary`: prints what a signed code on paper says, or why it is not to be used and exits with 1.
import { verifySummaryCommand } from './verify-summary-command.js';

const result = await verifySummaryCommand(process.argv.slice(2), Date.now());
if (result.ok) process.stdout.write(`${result.output}\n`);
else {
  process.stderr.write(`${result.message}\n`);
  process.exitCode = 1;
}
