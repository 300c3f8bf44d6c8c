// The chain: every settled event under exactly one seal, and every way to change the log behind the service's back is found.
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import t from 'tap';
import { uuidv7 } from 'uuidv7';
import { retainAudit } from '../../src/audit/retain.js';
import { sealAudit, sealHash } from '../../src/audit/seal.js';
import { ensureSealKeys, openSealKeys } from '../../src/audit/seal-keys.js';
import { type AuditVerification, verifyAudit } from '../../src/audit/verify.js';
import { ensureAuditPartitions, insertAuditEvents } from '../../src/store/audit-events.js';
import { lastSeal } from '../../src/store/audit-seals.js';
import { openTestDatabase } from '../harness/versions.js';

const { database, testDatabase } = await openTestDatabase(t);
const folder = await mkdtemp(join(tmpdir(), 'izp-seal-'));
t.teardown(() => rm(folder, { recursive: true }));
const keyFile = join(folder, 'keys', 'audit-seal.json');
const keys = await ensureSealKeys(keyFile);
const NOW = new Date('2026-06-15T12:00:00.000Z');
const MINUTE_MS = 60_000;
const deps = { database, keys, clock: () => NOW.getTime() };

function event(recorded: Date, fields: object = {}) {
  const none = { organizationType: null, userId: null, userRole: null, policy: null, consent: null, reason: null, requestId: null };
  const trace = { correlationId: null, aortaInitialRequestId: null, aortaRequestId: null, details: { count: 1, entities: ['Patient/é'] } };
  const what = { action: 'R', interaction: 'read', outcome: 'success', purpose: 'TREAT', emergency: false, entity: 'Patient/p' } as const;
  return { id: uuidv7(), recorded, patientId: 'p', clientId: 'gp', organizationUra: '1', ...none, ...trace, ...what, ...fields };
}

const write = (n: number, recorded = NOW) =>
  insertAuditEvents(
    database.pool,
    Array.from({ length: n }, () => event(recorded)),
  );

/** What the verifier says after `tamper` by a superuser, which is undone again. */
async function afterwards(tamper: (client: pg.PoolClient) => Promise<unknown>, more: object = {}): Promise<AuditVerification> {
  const client = await testDatabase.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query("SET LOCAL session_replication_role = 'replica'");
    await tamper(client);
    return await verifyAudit(client, { keys, now: NOW, sealedWithin: 15 * MINUTE_MS, ...more });
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}
const verified = (more: object = {}) => afterwards(async () => {}, more);
const found = async (statement: string) => (await afterwards((client) => client.query(statement))).faults.join('; ');

t.test('the key is made once, by whoever is first, and only its owner can read it', async (t) => {
  const path = join(folder, 'several', 'audit-seal.json');
  const several = await Promise.all(Array.from({ length: 5 }, () => ensureSealKeys(path)));
  t.equal(new Set(several.map((one) => one.keyId)).size, 1);
  t.equal((await stat(path)).mode & 0o777, 0o600);
  await writeFile(path, '{"keys":[{"kty":"RSA"}]}');
  await t.rejects(ensureSealKeys(path), { name: 'StartError', message: /not a JWK Set of Ed25519 keys/ });
  await t.rejects(openSealKeys(join(folder, 'none')), { name: 'StartError', message: /ENOENT/ });
});

t.test('an empty log verifies, and needs no seal', async (t) => {
  t.equal(await sealAudit(deps), 0);
  t.strictSame(await verified(), { faults: [], seals: 0, events: 0, unsealed: 0, head: undefined });
});

t.test('every event comes under one seal, whoever seals', async (t) => {
  for (let round = 0; round < 4; round++) {
    await write(3 + round);
    const counts = await Promise.all(Array.from({ length: 3 }, () => sealAudit(deps)));
    t.equal(
      counts.reduce((sum, n) => sum + n),
      3 + round,
    );
  }
  t.match(await verified(), { faults: [], seals: 4, events: 18, unsealed: 0 });
});

t.test('a slower transaction that has an earlier number is waited for; one that comes later is not', async (t) => {
  const slow = await testDatabase.pool.connect();
  await slow.query('BEGIN');
  await insertAuditEvents(slow, [event(NOW)]);
  await write(2);
  const before = await verified();
  const sealing = sealAudit(deps);
  await delay(200);
  const late = await testDatabase.pool.connect();
  await late.query('BEGIN');
  await insertAuditEvents(late, [event(NOW)]);
  t.equal((await verified()).seals, before.seals, 'nothing is sealed over the head of a writer');
  await slow.query('COMMIT');
  t.equal(await sealing, 3, 'the slow one and those after it');
  await late.query('ROLLBACK');
  slow.release();
  late.release();
  await write(1);
  t.equal(await sealAudit(deps), 1);
  t.match(await verified(), { faults: [], unsealed: 0 });
});

t.test('under load from many sides nothing is missed and nothing is sealed twice', async (t) => {
  let isOver = false;
  const sealing = (async () => {
    while (!isOver) await sealAudit(deps);
  })();
  await Promise.all(
    Array.from({ length: 8 }, async (_, n) => {
      for (let i = 0; i < 25; i++) {
        const client = await database.pool.connect();
        await client.query('BEGIN');
        await insertAuditEvents(client, [event(NOW), event(NOW)]);
        if (i % 3 === 0) await delay((n + i) % 5);
        await client.query(i % 7 === 0 ? 'ROLLBACK' : 'COMMIT');
        client.release();
      }
    }),
  );
  isOver = true;
  await sealing;
  await sealAudit(deps);
  const { rows } = await testDatabase.pool.query('SELECT count(*)::int AS n FROM audit_event');
  t.match(await verified(), { faults: [], unsealed: 0, events: rows[0].n });
});

t.test('the hash does not depend on the session', async (t) => {
  const { faults } = await afterwards((client) =>
    client.query("SET LOCAL timezone = 'Asia/Kathmandu'; SET LOCAL extra_float_digits = 0; SET LOCAL bytea_output = 'escape'"),
  );
  t.strictSame(faults, []);
});

t.test('nor on columns that come later', async (t) => {
  t.equal(await found("ALTER TABLE audit_event ADD COLUMN later text DEFAULT 'x'"), '');
});

t.test('every change behind its back is found', async (t) => {
  const head = (await verified()).head as string;
  const seal = '(SELECT first_seq FROM audit_seal WHERE number = 3)';
  const columns = (
    await testDatabase.pool.query(
      "SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = 'audit_event'::regclass AND attnum > 0 AND NOT attisdropped",
    )
  ).rows;
  const other: Record<string, string> = {
    uuid: 'gen_random_uuid()',
    'timestamp(3) with time zone': "recorded + interval '1 ms'",
    boolean: 'NOT emergency',
    jsonb: "'{}'",
    bigint: '1000000000',
  };
  for (const { name, type } of columns) {
    const value = name === 'outcome' ? "'denied'" : (other[type] ?? "'other'");
    t.match(await found(`UPDATE audit_event SET ${name} = ${value} WHERE seq = ${seal}`), /^seal 3 .*(changed|missing)/, name);
    if (!/^(id|recorded|seq|action|interaction|outcome|emergency)$/.test(name))
      t.match(
        await found(
          `UPDATE audit_event SET ${name} = ${name === 'reason' ? "''" : 'NULL'} WHERE seq = ${seal} AND ${name} IS DISTINCT FROM ${name === 'reason' ? "''" : 'NULL'}`,
        ),
        /changed|^$/,
        `${name} taken away`,
      );
  }
  t.match(
    await found(`UPDATE audit_event SET organization_ura = '', client_id = 'gp1' WHERE seq = ${seal}`),
    /changed/,
    'characters moved over',
  );
  t.match(await found(`DELETE FROM audit_event WHERE seq = ${seal}`), /^seal 3 .*1 of 5 events are missing$/);
  t.match(await found('DELETE FROM audit_event'), /missing/);
  const insert = (seq: string) =>
    `INSERT INTO audit_event (id, recorded, action, interaction, outcome, seq) VALUES (gen_random_uuid(), now(), 'R', 'read', 'success', ${seq})`;
  t.match(await found(insert(seal)), /^seal 3 .*1 events were added$/);
  t.match(await found(insert('0')), /numbers below the first/);
  t.match(await found(insert('9000000')), /never given out/);
  t.match(await found(`DELETE FROM audit_event WHERE seq = ${seal}; ${insert(seal)}`), /^seal 3 .*events were changed$/, 'replaced');
  t.match(
    await found(`UPDATE audit_event SET seq = 2 * ${seal} + 1 - seq WHERE seq IN (${seal}, ${seal} + 1)`),
    /^seal 3 .*events were changed$/,
    'in another order',
  );
  t.match(await found('DELETE FROM audit_seal WHERE number = 2'), /^seal 3 .*the 1 seals before it are missing$/);
  t.match(await found('DELETE FROM audit_seal WHERE number = 1'), /^seal 2 .*the 1 seals before it are missing$/);
  t.match(
    await found("UPDATE audit_seal SET sealed = sealed - interval '1 hour' WHERE number = 2"),
    /^seal 2 .*the seal itself was changed$/,
  );
  t.match(await found("UPDATE audit_seal SET events_hash = sha256('x') WHERE number = 2"), /^seal 2 .*the seal itself was changed$/);
  t.match(
    await found("UPDATE audit_seal SET signature = substring(signature FROM 2) || '\\x00'::bytea WHERE number = 2"),
    /^seal 2 .*signature is wrong$/,
  );
  t.match(await found("UPDATE audit_seal SET key_id = 'mine' WHERE number = 2"), /^seal 2 .*changed/);
  t.match(await found('UPDATE audit_seal SET last_seq = last_seq - 1 WHERE number = 2'), /seal 2 .*changed.*seal 3 .*does not begin/);

  const cut =
    'DELETE FROM audit_event WHERE seq > (SELECT last_seq FROM audit_seal WHERE number = 3); DELETE FROM audit_seal WHERE number > 3';
  t.equal(await found(cut), '', 'a tail cut off with its seals shows only against a head kept elsewhere');
  t.match((await afterwards((client) => client.query(cut), { expected: [head] })).faults, [/the head .* is not in the chain/]);
  t.strictSame((await verified({ expected: [head.toUpperCase()] })).faults, []);
  const earlier = (await testDatabase.pool.query("SELECT encode(hash, 'hex') AS hash FROM audit_seal WHERE number = 2")).rows[0].hash;
  t.strictSame((await verified({ expected: [earlier] })).faults, [], 'an earlier head is still in the chain');
});

t.test('a chain made anew with another key is not ours', async (t) => {
  const other = await ensureSealKeys(join(folder, 'other.json'));
  const reseal = async (client: pg.PoolClient, keyId: string) => {
    const last = await lastSeal(client);
    if (!last) throw new Error('no seal');
    const changed = { ...last, events: last.events, sealed: new Date(0), keyId };
    const hash = sealHash(changed);
    await client.query('UPDATE audit_seal SET sealed = $1, key_id = $2, hash = $3, signature = $4 WHERE number = $5', [
      ...[changed.sealed, keyId, hash, other.sign(hash), last.number],
    ]);
  };
  t.match((await afterwards((client) => reseal(client, other.keyId as string))).faults, [/signed with the key .* not known here/]);
  t.match((await afterwards((client) => reseal(client, keys.keyId as string))).faults, [/signature is wrong/]);
  await t.rejects(sealAudit({ ...deps, keys: other }), /sealed with the key/);
});

t.test('a key is followed by another, and a public half verifies', async (t) => {
  const jwks = JSON.parse(await readFile(keyFile, 'utf8'));
  const next = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const path = join(folder, 'rotated.json');
  await writeFile(path, JSON.stringify({ keys: [{ ...jwks.keys[0], d: undefined }, next] }));
  const rotated = await openSealKeys(path);
  await write(1);
  t.equal(await sealAudit({ ...deps, keys: rotated }), 1);
  t.strictSame((await verified({ keys: rotated })).faults, []);
  t.match((await verified()).faults, [/not known here/]);
  Object.assign(keys, rotated);
});

t.test('events that wait too long for a seal are told', async (t) => {
  await write(2, new Date(NOW.getTime() - 20 * MINUTE_MS));
  t.strictSame((await verified()).faults, [], 'the sealer was there a moment ago: they have come late');
  const late = { now: new Date(NOW.getTime() + 16 * MINUTE_MS) };
  t.match(await verified(late), { faults: ['2 events are not sealed, the oldest since 2026-06-15T11:40:00.000Z'], unsealed: 2 });
  await sealAudit(deps);
  t.strictSame((await verified(late)).faults, []);
});

t.test('months whose time has passed are dropped, and nothing else can hide as such', async (t) => {
  const at = (text: string) => new Date(text);
  for (const month of ['2027-01-10', '2027-02-10', '2027-03-10']) await ensureAuditPartitions(database.pool, at(month));
  await write(3, at('2027-01-20'));
  await sealAudit(deps);
  await write(2, at('2027-01-31T23:59:59.999Z'));
  await write(2, at('2027-02-01T00:00:00.000Z'));
  await sealAudit(deps);
  await write(1, at('2027-01-31'));
  await write(1, at('2027-03-31'));
  await sealAudit(deps);
  const now = at('2032-02-10');
  const owner = testDatabase.pool;
  const retain = async (years: number, moment = now) => {
    const client = await owner.connect();
    try {
      await client.query('BEGIN');
      const result = await retainAudit(client, { keys, years, now: moment });
      await client.query('COMMIT');
      return result;
    } finally {
      client.release();
    }
  };
  await t.rejects(retain(4), /5 years at least/);
  t.strictSame(await retain(5, at('2031-12-31')), { dropped: [] });
  t.strictSame(await retain(5), { dropped: [{ month: '2027-01', events: 6 }] });
  t.strictSame(await retain(5), { dropped: [] });
  t.strictSame((await verified({ now })).faults, []);
  t.match(
    await found("DELETE FROM audit_event WHERE recorded = '2027-02-01'"),
    /2 of 2 events are missing/,
    'the rest of a seal over the edge',
  );
  t.match(await found("UPDATE audit_event SET reason = 'x' WHERE recorded = '2027-02-01'"), /events were changed/);
  t.match(await found('DELETE FROM audit_retention'), /events are missing/, 'a drop nobody noted is a loss');
  t.match(await found("UPDATE audit_retention SET until = '2027-03-01'"), /not signed by us.*events are missing/);
  t.match(await found('UPDATE audit_seal_remainder SET events = 0'), /not signed by us/);
  t.match(
    await found(
      "INSERT INTO audit_event (id, recorded, action, interaction, outcome, seq) SELECT gen_random_uuid(), '2027-01-05', 'R', 'read', 'success', first_seq FROM audit_seal WHERE first_recorded = '2027-01-20'",
    ),
    /1 events were added/,
    'put back',
  );
  await write(1, at('2027-02-05'));
  t.strictSame(await retain(5, at('2032-03-02')), { dropped: [], waiting: '2027-02' }, 'nothing is dropped before it is sealed');
  await sealAudit(deps);
  t.strictSame(await retain(5, at('2032-03-02')), { dropped: [{ month: '2027-02', events: 3 }] });
  t.strictSame(await retain(5, at('2032-04-02')), { dropped: [{ month: '2027-03', events: 1 }] });
  t.strictSame((await verified({ now })).faults, []);
});
