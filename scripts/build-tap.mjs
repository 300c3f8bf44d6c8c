// Builds tap's test class with the plugins of .taprc where it is not built so yet: on a fresh install tap still carries its own
// TypeScript plugin, and would transpile every test a second time, slowly.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const BUILT = 'node_modules/@tapjs/test/test-built/dist/esm/index.js';

if (!existsSync(BUILT) || readFileSync(BUILT, 'utf8').includes('@tapjs/typescript')) {
  const { status } = spawnSync('npx', ['--no-install', 'tap', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] });
  process.exit(status ?? 1);
}
