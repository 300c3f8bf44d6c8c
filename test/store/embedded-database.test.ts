// The embedded PostgreSQL as a service process runs it: started, interrupted, killed, started twice, and in awkward places.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, cp, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import t from 'tap';
import ts from 'typescript';
import { findBinaryPackage, prepareBinaries } from '../../src/store/embedded/binaries.js';
import { serversOn } from '../../src/store/embedded/orphan.js';
import type { Teardown } from '../harness/database.js';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
/** What the program needs, as JavaScript: the tests start it some thirty times, and compiling takes longer than all else. */
const SOURCES = ['test/store/embedded-program.ts', 'src/store/start-error.ts'];
const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? {} : { skip: 'only root switches to another user' };
/** Debian's and macOS's user without rights. */
const NOBODY = { uid: 65_534, gid: 65_534 };

interface Message {
  connection?: { host: string; port: number; user: string; database: string };
  pid?: number;
  error?: string;
  stopped?: boolean;
  aliveAtSignal?: boolean;
}

interface Run {
  child: ChildProcess;
  next(): Promise<Message>;
}

const built = t.testdir({});
SOURCES.push(...(await readdir(join(REPOSITORY, 'src/store/embedded'))).map((name) => `src/store/embedded/${name}`));
for (const source of SOURCES) {
  const text = await readFile(join(REPOSITORY, source), 'utf8');
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  const target = join(built, source.replace(/ts$/, 'js'));
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, ts.transpileModule(text, { compilerOptions }).outputText);
}

async function temporaryDirectory(test: Teardown, name = 'izp-embedded-'): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), name));
  test.teardown(async () => {
    for (const pid of await serversOn(join(directory, 'data', 'postgres'))) process.kill(pid, 'SIGKILL');
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  });
  return directory;
}

/** A service process on this data directory; in its own process group, as a shell would start it. */
function run(test: Teardown, dataDir: string, user: { uid?: number; gid?: number } = {}): Run {
  // Without the bookkeeping that tap adds to every child's NODE_OPTIONS: another user could not write it.
  const child = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, join(built, 'test/store/embedded-program.js'), dataDir], {
    ...user,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  test.teardown(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  return { child, next: async () => JSON.parse((await lines.next()).value ?? '{"error":"ended without a word"}') as Message };
}

async function started(test: Teardown, dataDir: string, user = {}): Promise<Run & Required<Pick<Message, 'connection' | 'pid'>>> {
  const one = run(test, dataDir, user);
  const message = await one.next();
  if (!message.connection || message.pid === undefined) throw new Error(message.error);
  return { ...one, connection: message.connection, pid: message.pid };
}

async function stop({ child, next }: Run): Promise<Message> {
  child.kill('SIGINT');
  const message = await next();
  if (child.exitCode === null) await once(child, 'exit');
  return message;
}

/** Kill -9 of the service alone. */
async function kill({ child }: Run): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

async function query(connection: Message['connection'], text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** A killed process whose parent has not asked for it yet is a zombie, which a signal still reaches. */
async function isAlive(pid: number): Promise<boolean> {
  if (process.platform === 'linux') return !/^$|\) [ZX] /.test(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

t.test('keeps its data from run to run, sorts by code point, and listens on no network', async (t) => {
  const dataDir = join(await temporaryDirectory(t), 'data');
  const first = await started(t, dataDir);
  await query(first.connection, "CREATE TABLE word (w text); INSERT INTO word VALUES ('b'), ('É'), ('a'), ('B')");
  t.strictSame(
    (await query(first.connection, 'SELECT w, lower(w) AS l FROM word ORDER BY w')).map((row) => `${row.w}${row.l}`),
    ['Bb', 'aa', 'bb', 'Éé'],
  );
  const settings = await query(
    first.connection,
    "SELECT name, setting FROM pg_settings WHERE name IN ('listen_addresses', 'fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums', 'server_encoding') ORDER BY 1",
  );
  t.strictSame(Object.fromEntries(settings.map((row) => [row.name, row.setting])), {
    data_checksums: 'on',
    fsync: 'on',
    full_page_writes: 'on',
    listen_addresses: '',
    server_encoding: 'UTF8',
    synchronous_commit: 'on',
  });
  t.equal((await lstat(dataDir)).mode & 0o777, 0o700);
  t.equal((await lstat(first.connection.host)).mode & 0o077, 0, 'only its owner reaches the socket');
  await query(first.connection, "SELECT 'secret-content'::integer").catch(() => undefined);
  t.strictSame(await stop(first), { stopped: true, aliveAtSignal: true });
  t.notOk(await isAlive(first.pid));
  t.notMatch(await readFile(join(dataDir, 'postgres.log'), 'utf8'), /secret-content/, "the server's log never holds statements");

  const second = await started(t, dataDir);
  t.equal((await query(second.connection, 'SELECT * FROM word')).length, 4);
  await stop(second);
  t.strictSame((await readdir(dataDir)).sort(), ['postgres', 'postgres.log']);
});

t.test('Ctrl-C reaches the service alone; the database runs until the service stops it', async (t) => {
  const one = await started(t, join(await temporaryDirectory(t), 'data'));
  // A terminal signals the whole foreground process group.
  process.kill(-(one.child.pid as number), 'SIGINT');
  t.strictSame(await one.next(), { stopped: true, aliveAtSignal: true });
  t.notOk(await isAlive(one.pid));
});

t.test('after kill -9 the next start stops the orphan and has every acknowledged row', async (t) => {
  const dataDir = join(await temporaryDirectory(t), 'data');
  const first = await started(t, dataDir);
  await query(first.connection, 'CREATE TABLE kept (n integer); INSERT INTO kept SELECT generate_series(1, 1000)');
  await kill(first);
  t.ok(await isAlive(first.pid), 'the orphan runs on, or this tests nothing');
  const second = await started(t, dataDir);
  t.notOk(await isAlive(first.pid));
  t.not(second.pid, first.pid);
  t.strictSame(await query(second.connection, 'SELECT count(*)::integer AS n FROM kept'), [{ n: 1000 }]);
  await stop(second);
});

t.test('after kill -9 of service and database together the next start recovers', async (t) => {
  const dataDir = join(await temporaryDirectory(t), 'data');
  const first = await started(t, dataDir);
  await query(first.connection, 'CREATE TABLE kept (n integer); INSERT INTO kept SELECT generate_series(1, 1000)');
  const servers = await serversOn(join(dataDir, 'postgres'));
  t.ok(servers.includes(first.pid));
  await kill(first);
  for (const pid of servers) if (await isAlive(pid)) process.kill(pid, 'SIGKILL');
  const second = await started(t, dataDir);
  t.strictSame(await query(second.connection, 'SELECT count(*)::integer AS n FROM kept'), [{ n: 1000 }]);
  await stop(second);
});

t.test('a second service on the same data is refused with one line, and the first goes on', async (t) => {
  const dataDir = join(await temporaryDirectory(t), 'data');
  const first = await started(t, dataDir);
  const second = run(t, dataDir);
  const { error } = await second.next();
  t.equal(
    error,
    `Another instance of this service (process ${first.child.pid}) is using this data directory. Stop it first, or set another DATA_DIR.`,
  );
  if (second.child.exitCode === null) await once(second.child, 'exit');
  t.equal(second.child.exitCode, 1);
  t.strictSame(await query(first.connection, 'SELECT 1 AS n'), [{ n: 1 }]);
  await stop(first);
});

t.test('of several started at once on fresh data exactly one runs', async (t) => {
  const dataDir = join(await temporaryDirectory(t), 'data');
  const runs = Array.from({ length: 4 }, () => run(t, dataDir));
  const messages = await Promise.all(runs.map((one) => one.next()));
  t.equal(messages.filter((message) => message.connection).length, 1);
  t.equal(messages.filter((message) => message.error?.startsWith('Another instance')).length, 3);
  await stop(runs[messages.findIndex((message) => message.connection)] as Run);
});

t.test('process numbers that were given away are not taken for the service or its database', async (t) => {
  const dataDir = join(await temporaryDirectory(t), 'data');
  await stop(await started(t, dataDir));
  const owner = await lstat(join(dataDir, 'postgres'));
  // Of the user PostgreSQL runs as: it can tell such a process from its own only by looking closer.
  const bystander = spawn('sleep', ['60'], { stdio: 'ignore', ...(isRoot ? { uid: owner.uid, gid: owner.gid } : {}) });
  t.teardown(() => bystander.kill());
  await writeFile(join(dataDir, 'instance.lock'), JSON.stringify({ pid: bystander.pid, started: '1' }));
  const stale = `${bystander.pid}\n${join(dataDir, 'postgres')}\n1\n5432\n.\n\n  1 1\nready   \n`;
  for (const file of ['postmaster.pid', '.s.PGSQL.5432.lock']) {
    await writeFile(join(dataDir, 'postgres', file), stale, { mode: 0o600 });
    if (isRoot) await chown(join(dataDir, 'postgres', file), owner.uid, owner.gid);
  }
  const one = await started(t, dataDir);
  t.ok(await isAlive(bystander.pid as number));
  await stop(one);
});

t.test('a first start that was killed halfway does not hinder the next', async (t) => {
  const dataDir = join(await temporaryDirectory(t), 'data');
  await mkdir(join(dataDir, 'postgres.new-abc', 'base'), { recursive: true });
  await writeFile(join(dataDir, 'instance.lock'), '');
  const one = await started(t, dataDir);
  await stop(one);
  t.strictSame((await readdir(dataDir)).sort(), ['postgres', 'postgres.log']);
});

t.test('where the path is too long for a socket it listens in a short private place, and leaves nothing there', async (t) => {
  const dataDir = join(await temporaryDirectory(t), 'd'.repeat(90), 'data');
  const first = await started(t, dataDir);
  const host = first.connection.host;
  t.ok(host.length < 100);
  t.equal((await lstat(host)).mode & 0o777, 0o700);
  t.strictSame(await query(first.connection, 'SELECT 1 AS n'), [{ n: 1 }]);
  await kill(first);
  const second = await started(t, dataDir);
  await t.rejects(lstat(host), { code: 'ENOENT' }, 'what the killed run left is removed');
  await stop(second);
  await t.rejects(lstat(second.connection.host), { code: 'ENOENT' });
  for (const pid of await serversOn(join(dataDir, 'postgres'))) t.fail(`process ${pid} is left`);
});

t.test('an ordinary user runs it as himself, and is told when the data belongs to another', asRoot, async (t) => {
  const directory = await temporaryDirectory(t);
  await chmod(directory, 0o755);
  await mkdir(join(directory, 'own'), { mode: 0o700 });
  await chown(join(directory, 'own'), NOBODY.uid, NOBODY.gid);
  const own = await started(t, join(directory, 'own', 'data'), NOBODY);
  t.strictSame(await query(own.connection, 'SELECT 1 AS n'), [{ n: 1 }]);
  await stop(own);
  t.equal((await lstat(join(directory, 'own', 'data', 'postgres'))).uid, NOBODY.uid);

  const byRoot = await started(t, join(directory, 'own', 'data'));
  t.strictSame(await query(byRoot.connection, 'SELECT 1 AS n'), [{ n: 1 }], 'root runs it as the owner of the data');
  await stop(byRoot);
  t.equal((await lstat(join(directory, 'own', 'data', 'postgres'))).uid, NOBODY.uid);

  await mkdir(join(directory, 'data', 'postgres'), { recursive: true });
  await chmod(join(directory, 'data'), 0o777);
  const refused = run(t, join(directory, 'data'), NOBODY);
  t.match((await refused.next()).error, /belongs to another user \(uid 0\)/);
});

t.test('as root it runs where the unprivileged user could not walk to, and opens nothing up for it', asRoot, async (t) => {
  const directory = await temporaryDirectory(t);
  t.equal((await lstat(directory)).mode & 0o777, 0o700);
  const dataDir = join(directory, 'data');
  const one = await started(t, dataDir);
  t.strictSame(await query(one.connection, 'SELECT 1 AS n'), [{ n: 1 }]);
  t.not((await lstat(join(dataDir, 'postgres'))).uid, 0);
  t.equal((await lstat(dataDir)).uid, 0);
  await kill(one);
  const again = await started(t, dataDir);
  t.notOk(await isAlive(one.pid), 'the orphan is found there too');
  await stop(again);
  t.equal((await lstat(directory)).mode & 0o777, 0o700);
});

t.test('links that a blocked install script did not make are made', async (t) => {
  const directory = await temporaryDirectory(t);
  const source = await findBinaryPackage();
  await cp(source.native, join(directory, 'native'), { recursive: true, verbatimSymlinks: true });
  const lib = join(directory, 'native', 'lib');
  const links = [];
  for (const name of await readdir(lib)) if ((await lstat(join(lib, name))).isSymbolicLink()) links.push(name);
  const targets = await Promise.all(links.map((name) => readlink(join(lib, name))));
  t.ok(links.length > 5);
  await Promise.all(links.map((name) => unlink(join(lib, name))));
  const binaries = await prepareBinaries({ ...source, native: join(directory, 'native') }, undefined, directory);
  t.equal(binaries.root, join(directory, 'native'));
  t.strictSame(await Promise.all(links.map((name) => readlink(join(lib, name)))), targets);
});

t.test('binaries the unprivileged user cannot reach are copied once, where only root can write', asRoot, async (t) => {
  const directory = await temporaryDirectory(t);
  const cache = await temporaryDirectory(t);
  await chmod(cache, 0o755);
  const source = await findBinaryPackage();
  await cp(source.native, join(directory, 'native'), { recursive: true, verbatimSymlinks: true });
  const hidden = { ...source, native: join(directory, 'native') };
  const prepared = await Promise.all([1, 2].map(() => prepareBinaries(hidden, NOBODY, directory, join(cache, 'izp'))));
  const copy = join(cache, 'izp', `postgresql-${source.version}`);
  t.strictSame(
    prepared.map((binaries) => binaries.root),
    [copy, copy],
    'also when two start at once',
  );
  t.strictSame(await readdir(join(cache, 'izp')), [`postgresql-${source.version}`]);
  const { uid, mode, ino } = await lstat(copy);
  t.strictSame([uid, mode & 0o777], [0, 0o755]);
  await prepareBinaries(hidden, NOBODY, directory, join(cache, 'izp'));
  t.equal((await lstat(copy)).ino, ino, 'the copy is used again');

  await rm(join(copy, 'lib', 'libicudata.so.60.2'));
  await prepareBinaries(hidden, NOBODY, directory, join(cache, 'izp'));
  t.ok((await lstat(join(copy, 'lib', 'libicudata.so.60.2'))).isFile(), 'a damaged copy is made anew');

  await chown(copy, NOBODY.uid, NOBODY.gid);
  await prepareBinaries(hidden, NOBODY, directory, join(cache, 'izp'));
  t.equal((await lstat(copy)).uid, 0, 'one that somebody else could have prepared is not used');

  await chmod(join(cache, 'izp'), 0o777);
  await chown(join(cache, 'izp'), NOBODY.uid, NOBODY.gid);
  await t.rejects(prepareBinaries(hidden, NOBODY, directory, join(cache, 'izp')), /can be written by others/);
});
