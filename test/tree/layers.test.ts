// The tree keeps its shape: imports go down only, no cycles, files stay readable, names say what they are.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SRC = join(ROOT, 'src');

/** Top to bottom. Folders on one line are siblings: they may not import each other, but themselves. */
const LAYERS = [
  ['server.ts', 'cli'],
  ['start'],
  ['app.ts'],
  ['http'],
  ['config.ts'],
  ['operations'],
  ['interactions', 'indicators', 'subscriptions', 'exchange'],
  ['izp'],
  ['access'],
  ['auth', 'validation', 'audit'],
  ['store'],
  ['search'],
  ['fhir'],
];

/** Lines a file may have; tables of data are exempt. */
const MAX_LINES = 400;
const FORBIDDEN_NAMES = /(^|[-/])(utils?|helpers?|common|lib|manager|service)([-./]|$)/;

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .sort();

function importsOf(file: string): string[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((m) =>
    relative(SRC, normalize(join(SRC, dirname(file), m[1] as string))).replace(/\.js$/, '.ts'),
  );
}

function layerOf(file: string): number {
  const top = file.split('/')[0] as string;
  return LAYERS.findIndex((names) => names.includes(top));
}

t.test('every file belongs to a layer of the design', async (t) => {
  for (const file of files) t.not(layerOf(file), -1, `${file} is in no layer`);
});

t.test('imports go down only, and siblings do not know each other', async (t) => {
  const upward = files.flatMap((file) =>
    importsOf(file)
      .filter((target) => file.split('/')[0] !== target.split('/')[0] && layerOf(target) <= layerOf(file))
      .map((target) => `${file} imports ${target}`),
  );
  t.strictSame(upward, []);
});

t.test('no import goes in a circle', async (t) => {
  const state = new Map<string, 'open' | 'done'>();
  const circles: string[] = [];
  const walk = (file: string, trail: string[]): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      circles.push([...trail.slice(trail.indexOf(file)), file].join(' > '));
      return;
    }
    state.set(file, 'open');
    for (const target of importsOf(file)) if (files.includes(target)) walk(target, [...trail, file]);
    state.set(file, 'done');
  };
  for (const file of files) walk(file, []);
  t.strictSame(circles, []);
});

t.test('files stay readable and the median is short', async (t) => {
  const lengths = files
    .filter((file) => !/\.data\.ts$|-elements\.ts$/.test(file))
    .map((file) => ({ file, lines: readFileSync(join(SRC, file), 'utf8').split('\n').length }));
  for (const { file, lines } of lengths) t.ok(lines <= MAX_LINES, `${file} has ${lines} lines`);
  const sorted = lengths.map(({ lines }) => lines).sort((a, b) => a - b);
  t.ok((sorted[Math.floor(sorted.length / 2)] as number) <= 130, 'the median file is about 100 lines');
});

t.test('names say what a file is', async (t) => {
  for (const file of files) {
    t.notOk(FORBIDDEN_NAMES.test(file), `${file} has a name that says nothing`);
    t.match(file, /^[a-z0-9./-]+$/, `${file} is in kebab-case`);
  }
});

t.test('Fastify lives in http/ and app.ts only, SQL drivers in store/ only', async (t) => {
  for (const file of files) {
    const text = readFileSync(join(SRC, file), 'utf8');
    if (!file.startsWith('http/') && file !== 'app.ts') t.notMatch(text, /from 'fastify'/, `${file} knows Fastify`);
    if (!file.startsWith('store/')) t.notMatch(text, /from '(pg|kysely)'/, `${file} knows the database driver`);
    if (/^(http|operations|interactions|izp)\//.test(file))
      t.notOk(
        importsOf(file).some((target) => target.startsWith('store/')),
        `${file} goes around the session`,
      );
  }
});

t.test('every file opens with what it is', async (t) => {
  for (const file of files) t.match(readFileSync(join(SRC, file), 'utf8').split('\n')[0], /^(\/\/|#!)/, `${file} opens with a comment`);
});
