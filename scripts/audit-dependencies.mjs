// Asks the registry for known weaknesses of what runs in production. Ends with 1 only when there are some; a registry that cannot
// be asked is said, and fails nothing.
import { spawnSync } from 'node:child_process';

/** A registry that says nothing is one that cannot be asked, in ms. */
const PATIENCE_MS = 60_000;

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--audit-level=high', '--json'], { encoding: 'utf8', timeout: PATIENCE_MS });
const report = parsed(stdout ?? '');
const counts = report?.metadata?.vulnerabilities;
if (!counts) {
  console.log('npm audit: the registry could not be asked; dependencies were not checked.');
} else {
  const serious = Object.values(report.vulnerabilities ?? {}).filter(({ severity }) => severity === 'high' || severity === 'critical');
  for (const { name, severity, range } of serious) console.log(`npm audit: ${name} ${range}: ${severity}`);
  console.log(`npm audit: ${serious.length} dependencies with weaknesses of severity high or critical.`);
  process.exitCode = serious.length > 0 ? 1 : 0;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
