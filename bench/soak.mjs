// `npm run soak [-- options]`: runs bench/soak.ts with the loader of the tests, in this process' place.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const loader = join(dirname(createRequire(import.meta.url).resolve('@tapjs/typescript/package.json')), 'dist/esm/import.mjs');
const program = fileURLToPath(new URL('soak.ts', import.meta.url));
const child = spawn(process.execPath, [`--import=${pathToFileURL(loader)}`, program, ...process.argv.slice(2)], {
  stdio: 'inherit',
  // Types are checked by `npm run types`.
  env: { ...process.env, TS_NODE_TRANSPILE_ONLY: '1' },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
