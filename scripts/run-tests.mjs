// `npm test`, and `npm test -- test/area/name.test.ts` for some: compiles the tests at once, types aside, and runs each file as a
// process of its own, as many at a time and for as long as .taprc says. Loading a file through tsx takes twice the processor time.
import { readdirSync, readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import t from 'tap';
import { parse } from 'yaml';

const OUTPUT = '.test-build';
/** `timeout`, in s, is for a file and for each test in it; a test that is given longer says so. */
const { jobs, timeout } = parse(readFileSync('.taprc', 'utf8'));
/** Programs that tests start, see test/harness/programs.ts. */
const PROGRAMS = ['test/harness/database-server.ts', 'test/concurrency/service-process.ts', 'src/cli/token.ts'];

const found = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'));
const wanted = process.argv.slice(2).map((name) => relative('.', name));
const tests = wanted.length > 0 ? wanted : found.map((name) => `test/${name}`).sort();

/** Modules are joined into few files, and each still finds what lies beside its source. Scripts are what they are. */
const ownAddress = {
  name: 'own-address',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^\..*\.mjs$/ }, ({ path, resolveDir }) => ({ path: resolve(resolveDir, path), external: true }));
    onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
      loader: 'ts',
    }));
  },
};

await rm(OUTPUT, { recursive: true, force: true });
await build({
  entryPoints: [...tests, ...PROGRAMS].map((name) => resolve(name)),
  outdir: OUTPUT,
  outbase: '.',
  bundle: true,
  splitting: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  keepNames: true,
  plugins: [ownAddress],
  logLevel: 'warning',
});

t.jobs = jobs;
t.setTimeout(0);
const env = { ...process.env, TAP_TIMEOUT: String(timeout) };
for (const name of tests) {
  const compiled = resolve(OUTPUT, name.replace(/\.ts$/, '.js'));
  t.spawn(process.execPath, ['--enable-source-maps', compiled], { buffered: true, env, timeout: timeout * 1000 }, name);
}
