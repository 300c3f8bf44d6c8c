// `npm run soak [-- options]`: runs bench/soak.ts as the tests run, through tsx. Types are checked by `npm run types`.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('soak.ts', import.meta.url));
const child = spawn(process.execPath, ['--import=tsx', program, ...process.argv.slice(2)], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
