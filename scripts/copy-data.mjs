// Copies what tsc leaves behind (data files beside the code) into dist/.
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

for (const name of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
  if (!/\.data\.json(\.gz)?$/.test(name)) continue;
  mkdirSync(dirname(join('dist', name)), { recursive: true });
  cpSync(join('src', name), join('dist', name));
}
