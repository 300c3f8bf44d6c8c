// Programs of this repository that tests run beside themselves: compiled where the tests were compiled, through tsx otherwise.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
/** Where scripts/run-tests.mjs puts what it compiles. */
const COMPILED = join(REPOSITORY, '.test-build');

/** What node is given to run `program`, such as `src/cli/token.ts`. The bookkeeping tap gives its tests is left out. */
export function runs(program: string): string[] {
  if (process.argv[1]?.startsWith(COMPILED)) return [...process.execArgv, join(COMPILED, program.replace(/\.ts$/, '.js'))];
  return ['--import=tsx', join(REPOSITORY, program)];
}
