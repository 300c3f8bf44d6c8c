// The product as a person runs it: built in a fresh copy, started, interrupted, killed, and set up wrongly.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createSilentServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { createDatabase, startOwnServer } from '../harness/database.js';
import { dataFolder, freshCopy, giveTo, NOBODY, npm, processesOf, type Running, remove, start } from './fresh-copy.js';

/** Processor time a start may take, in ms: it takes 2,000 on idle cores, and more on busy or slower ones. Wall time here is that of the other tests. */
const START_CPU_MS = 7_000;
/** A wrong start ends by itself and soon, in ms: the longest wait inside is 5 s for a silent database. */
const REFUSAL_MS = 30_000;
/** Wrong starts are mostly waiting for what does not answer. */
const STARTS_AT_A_TIME = 4;
/** Resident memory of the service after its first requests, in MB: 165 when idle; on busy cores the garbage of the start is collected later. */
const MAX_RSS_MB = 280;

const linux = existsSync('/proc/self/cwd');

/** Processor time a process has used, in ms; 0 where there is no /proc. */
async function cpuOf(pid: number): Promise<number> {
  const text = linux ? await readFile(`/proc/${pid}/stat`, 'utf8') : ') 0';
  // Fields 14 and 15 of proc_pid_stat(5), in ticks of 10 ms, counted from behind the command's closing bracket.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10;
}

const folder = await freshCopy();
const running: Running[] = [];
t.teardown(async () => {
  // Whatever a failed test left: only processes this file started, by their group.
  for (const one of running) {
    if (one.child.exitCode === null && one.child.signalCode === null) process.kill(-one.pid, 'SIGTERM');
    await one.exited;
  }
  await remove(folder);
});

function started(...args: Parameters<typeof start>): Running {
  const one = start(...args);
  running.push(one);
  return one;
}

const shell = promisify(execFile);

/** The three requests of the welcome, each with what follows it up to the next comment, as a person would paste them. */
function pasted(out: string): string[] {
  return out
    .split(/^ {2}# \d\. .*$/m)
    .slice(1)
    .map((part) => (part.split('\n\n')[0] as string).trim());
}

// One build and a dozen starts, while other tests keep the processors busy.
t.setTimeout(900_000);

t.test('npm start in a fresh copy builds, gets ready, answers what it says can be pasted, and stops on Ctrl-C', async (t) => {
  if (NOBODY) await giveTo(folder, NOBODY);
  const dataDir = await dataFolder(folder, 'data', NOBODY);
  const service = started(folder, { env: { PORT: '0', DATA_DIR: dataDir }, account: NOBODY, throughNpm: true });
  const { base } = await service.ready();
  t.match(base, /^http:\/\/127\.0\.0\.1:\d+$/, 'it listens on loopback only unless told otherwise');
  t.equal((await fetch(`${base}/health/ready`)).status, 200);
  t.equal((await fetch(`${base}/fhir/R4/metadata`)).status, 200);

  const requests = pasted(service.out);
  t.equal(requests.length, 3, 'three requests to paste');
  const env = { PATH: process.env.PATH, HOME: folder, DATA_DIR: dataDir };
  const answers: { stdout: string }[] = [];
  for (const request of requests) answers.push(await shell('sh', ['-c', request], { cwd: folder, env, ...NOBODY }));
  const [posted, directives, card] = answers.map(({ stdout }) => JSON.parse(stdout));
  t.equal(posted.type, 'transaction-response');
  t.match(posted.entry[0].response.status, /^20/);
  t.equal(directives.resourceType, 'Bundle');
  t.ok(directives.entry?.length > 0, 'the hospital finds directives');
  t.equal(card.status, 'found');
  t.ok(card.decisions.length >= 6, 'the card tells the six core treatments');
  // The thread that sets documents runs compiled code: here, and not in tests of the source.
  const patient = posted.entry
    .map((e: { response: { location: string } }) => /Patient\/[^/]+/.exec(e.response.location)?.[0])
    .find(Boolean);
  const { stdout: token } = await shell('npm', ['run', '-s', 'token', '--', 'gp'], { cwd: folder, env, ...NOBODY });
  const headers = { authorization: `Bearer ${token.trim()}`, accept: 'application/pdf' };
  const paper = await fetch(`${base}/fhir/R4/${patient}/$acp-summary`, { headers });
  t.equal(paper.status, 200);
  t.match(Buffer.from(await paper.arrayBuffer()).toString('latin1'), /^%PDF-1\.7/);

  service.interrupt();
  const end = await service.exited;
  t.equal(end.code, 0, 'npm start itself ends with 0');
  t.strictSame(await processesOf(folder), [], 'neither service nor database is left');
});

t.test('the service keeps what it was told over a stop, a kill -9 and a start', async (t) => {
  const dataDir = await dataFolder(folder, 'kept');
  const env = { PORT: '0', DATA_DIR: dataDir };
  const first = started(folder, { env });
  const { ms } = await first.ready();
  const cpu = await cpuOf(first.pid);
  t.ok(cpu < START_CPU_MS, `ready on an empty directory, after ${ms} ms and ${cpu} ms of processor time`);
  t.equal((await stat(join(dataDir, 'keys'))).mode & 0o077, 0, 'keys are for the owner only');
  const token = (await npm(folder, ['run', '-s', 'token', '--', 'gp', '--purpose', 'ETREAT'], { DATA_DIR: dataDir })).trim();
  t.equal(JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString()).purpose_of_use, 'ETREAT');
  const refusal = await npm(folder, ['run', '-s', 'token', '--', 'stranger'], { DATA_DIR: dataDir }).catch((error) => error);
  t.match(refusal.stderr, /^There is no demo client of that name\. Known: admin, .*\n/);

  const { base } = await first.ready();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' };
  const goal = { resourceType: 'Organization', id: 'kept', name: 'Praktijk' };
  t.equal((await fetch(`${base}/fhir/R4/Organization/kept`, { method: 'PUT', headers, body: JSON.stringify(goal) })).status, 201);
  if (linux) {
    const status = await readFile(`/proc/${first.pid}/status`, 'utf8');
    const mb = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
    t.ok(mb < MAX_RSS_MB, `memory stays small: ${Math.round(mb)} MB`);
  }

  first.kill('SIGKILL');
  await first.exited;
  const second = started(folder, { env });
  const again = await second.ready();
  const cpuAgain = await cpuOf(second.pid);
  t.ok(cpuAgain < START_CPU_MS, `ready after kill -9, after ${again.ms} ms and ${cpuAgain} ms of processor time`);
  const fresh = (await npm(folder, ['run', '-s', 'token', '--', 'gp'], { DATA_DIR: dataDir })).trim();
  const kept = await fetch(`${again.base}/fhir/R4/Organization/kept`, { headers: { authorization: `Bearer ${fresh}` } });
  t.equal(kept.status, 200, 'what was acknowledged before the kill is there');

  const beside = started(folder, { env });
  const refused = await beside.exited;
  t.equal(refused.code, 1, 'a second service on the same directory does not start');
  t.match(beside.err, /^Another instance .*process \d+.*\n$/);
  t.equal((await fetch(`${again.base}/health/ready`)).status, 200, 'and leaves the first alone');

  second.kill('SIGTERM');
  t.equal((await second.exited).code, 0, 'SIGTERM, as containers send it, stops cleanly too');
  if (linux) t.strictSame(await processesOf(dataDir), [], 'no orphan');
});

t.test('a request under way is answered before the service stops', async (t) => {
  const dataDir = await dataFolder(folder, 'graceful');
  const service = started(folder, { env: { PORT: '0', DATA_DIR: dataDir } });
  const { base } = await service.ready();
  const token = (await npm(folder, ['run', '-s', 'token', '--', 'gp'], { DATA_DIR: dataDir })).trim();
  const body = await readFile(join(folder, 'examples/conversation.transaction.json'), 'utf8');
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' };
  const post = fetch(`${base}/fhir/R4`, { method: 'POST', headers, body });
  // The request is on its way to the service before the signal is.
  await fetch(`${base}/health/live`);
  service.interrupt();
  t.equal((await post).status, 200);
  t.equal((await service.exited).code, 0);
});

t.test('with DATABASE_URL it uses that database, without demo data, and stops cleanly', async (t) => {
  const database = await createDatabase(t, { empty: true });
  const { host, user } = database.connection;
  const url = `postgres://${user}@localhost/${database.name}?host=${encodeURIComponent(host as string)}`;
  const dataDir = await dataFolder(folder, 'external');
  const env = { PORT: '0', DATA_DIR: dataDir, DATABASE_URL: url, HOST: '0.0.0.0', BASE_URL: 'https://zorgplan.example.org/fhir/R4' };
  const service = started(folder, { env });
  t.equal((await service.ready()).base, 'https://zorgplan.example.org', 'clients are told the public address');
  t.notMatch(service.out, /npm run -s token/, 'nothing to paste: there are no demo clients');
  const clients = await database.pool.query('SELECT count(*)::integer AS n FROM client');
  t.equal(clients.rows[0].n, 0);
  t.notOk(existsSync(join(dataDir, 'postgres')), 'no embedded database');
  service.interrupt();
  t.equal((await service.exited).code, 0);
});

t.test('a start that cannot succeed says why in one line and ends with 1, leaving nothing behind', async (t) => {
  const busy = createServer();
  await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve));
  const taken = String((busy.address() as AddressInfo).port);
  t.teardown(() => busy.close());
  // Takes connections and says nothing, like a machine behind a broken firewall.
  const silent = createSilentServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const silentPort = (silent.address() as AddressInfo).port;
  t.teardown(() => silent.close());
  const hba = join(folder, 'pg_hba.conf');
  await writeFile(hba, 'local all all scram-sha-256\n', { mode: 0o644 });
  const strict = await startOwnServer(t, { durable: false, settings: { hba_file: hba } });
  const strictHost = encodeURIComponent(strict.connection.host);
  const cases: { name: string; env: Record<string, string>; says: RegExp }[] = [
    { name: 'a taken port', env: { PORT: taken }, says: new RegExp(`^Port ${taken} on 127\\.0\\.0\\.1 is taken: .*set PORT\\.\\n$`) },
    { name: 'a port that is no port', env: { PORT: '80a' }, says: /^PORT must be a whole number from 0 to 65535, not "80a"\.\n$/ },
    { name: 'a host of another machine', env: { HOST: '192.0.2.1' }, says: /^HOST=192\.0\.2\.1 is not an address of this machine\.\n$/ },
    { name: 'a log level nobody knows', env: { LOG_LEVEL: 'loud' }, says: /^LOG_LEVEL must be one of .*, not "loud"\.\n$/ },
    { name: 'a base without the FHIR path', env: { BASE_URL: 'https://example.org' }, says: /^BASE_URL must be .*\/fhir\/R4.*\n$/ },
    {
      name: 'a database address that is none',
      env: { DATABASE_URL: 'mysql://u:geheim@x/y' },
      says: /^DATABASE_URL must be a URL that begins with postgres:\/\/.*\n$/,
    },
    {
      name: 'a database nobody serves',
      env: { DATABASE_URL: 'postgres://izp:geheim@127.0.0.1:9/izp' },
      says: /^The database cannot be reached: connect ECONNREFUSED 127\.0\.0\.1:9\.\n$/,
    },
    {
      name: 'a database that says nothing',
      env: { DATABASE_URL: `postgres://izp:geheim@127.0.0.1:${silentPort}/izp` },
      says: /^The database cannot be reached: .*timeout.*\n$/,
    },
    {
      name: 'a wrong password',
      env: { DATABASE_URL: `postgres://izp:geheim@localhost/postgres?host=${strictHost}` },
      says: /^The database cannot be reached: password authentication failed for user "izp"\.\n$/,
    },
    {
      name: 'a database host nobody knows',
      env: { DATABASE_URL: 'postgres://izp:geheim@database.invalid/izp' },
      says: /^The database cannot be reached: .*\n$/,
    },
    {
      name: 'a data directory that is a file',
      env: { DATA_DIR: join(folder, 'package.json') },
      says: /^DATA_DIR .*package\.json cannot be made or read \(.*\)\.\n$/,
    },
  ];
  const refuse = async ({ name, env, says }: (typeof cases)[number]) => {
    const dataDir = join(folder, `wrong-${name.replaceAll(' ', '-')}`);
    const service = started(folder, { env: { PORT: '0', DATA_DIR: dataDir, ...env } });
    const end = await service.exited;
    t.equal(end.code, 1, `${name}: exit code`);
    t.match(service.err, says, `${name}: one clear line`);
    t.notMatch(service.err, /geheim/, `${name}: no password`);
    t.ok(end.ms < REFUSAL_MS, `${name}: ended in ${Math.round(end.ms)} ms`);
    if (linux) t.strictSame(await processesOf(dataDir), [], `${name}: nothing left running`);
  };
  while (cases.length > 0) await Promise.all(cases.splice(0, STARTS_AT_A_TIME).map(refuse));
});
