// `npm run generate -- --patients N --seed S`: fills a fresh database with made-up plans. `-- --help` lists the options.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('generate/main.ts', import.meta.url));
const child = spawn(process.execPath, ['--import=tsx', program, ...process.argv.slice(2)], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
