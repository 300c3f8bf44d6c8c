// The runbook tells what the code does: its settings are the table in config.ts, its log lines and addresses those in the code.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { loadConfig, SETTINGS } from '../../src/config.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const runbook = readFileSync(join(ROOT, 'docs/runbook.md'), 'utf8');

/** Cells of the table rows below a heading, without its header rows. */
function rowsBelow(heading: string): string[][] {
  const section = runbook.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

t.test('the settings in the runbook are those of the code, in its order', (t) => {
  const told = rowsBelow('Settings');
  const known = Object.values(SETTINGS).map((setting) => [`\`${setting.name}\``, setting.default, setting.what]);
  t.strictSame(told, known);
  t.end();
});

t.test('no setting is read anywhere else', (t) => {
  const src = join(ROOT, 'src');
  const readers = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && /process\.env\.[A-Z]|process\.env\[/.test(readFileSync(join(src, name), 'utf8')))
    .sort();
  // The command line reads DATA_DIR by the same name, and initdb is given the PATH it would have had.
  t.strictSame(readers, ['cli/token.ts', 'store/embedded/database-directory.ts']);
  t.end();
});

t.test('the addresses of health and the log lines in the runbook exist', (t) => {
  const src = join(ROOT, 'src');
  const code = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(src, name), 'utf8'))
    .join('\n');
  for (const [address] of rowsBelow('Health')) t.ok(code.includes(`'${address?.replaceAll('`', '')}'`), `${address} is served`);
  // Fastify's own line.
  const ours = rowsBelow('Log').filter(([line]) => !line?.startsWith('`Server listening'));
  t.ok(ours.length > 4);
  for (const [line] of ours) t.ok(code.includes(`'${line?.replace(/^`|( …)?`$/g, '')}`), `${line} is logged`);
  t.end();
});

t.test('compose sets nothing the service would refuse', (t) => {
  const compose = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
  const service = compose.split(/^ {2}service:/m)[1] ?? '';
  const environment = /environment:\n((?: {6}.*\n)+)/.exec(service)?.[1] ?? '';
  const env: Record<string, string> = {};
  for (const line of environment.trim().split('\n')) {
    const [, name, value] = /^\s*([A-Z_]+): (.*)$/.exec(line) ?? [];
    // Compose's own defaults: ${NAME:-default}; a variable without one stands for any value.
    if (name && value) env[name] = value.replace(/\$\{\w+:-([^}]*)\}/g, '$1').replace(/\$\{\w+\}/g, 'x');
  }
  t.ok(Object.keys(env).length >= 2, 'the environment was found');
  t.doesNotThrow(() => loadConfig(env));
  for (const name of Object.keys(env))
    t.ok(
      Object.values(SETTINGS).some((setting) => setting.name === name),
      `${name} is a setting`,
    );
  t.end();
});
