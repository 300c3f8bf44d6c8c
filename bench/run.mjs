// `npm run bench [-- options]`: compiles the suite and runs it against the service just built. `-- --help` lists the options.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('./tsconfig.json', import.meta.url));
execFileSync(process.execPath, [createRequire(import.meta.url).resolve('typescript/bin/tsc'), '-p', project], { stdio: 'inherit' });
await import('../dist/bench/main.js');
