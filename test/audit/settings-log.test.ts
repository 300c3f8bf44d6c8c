// Who switched the emergency door on, opened another issuer or changed the key: a change of settings stands in the log, once.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { KEYS_FOLDER, rotateSigningKey } from '../../src/auth/signing-keys.js';
import { startService, type TestService } from '../harness/service.js';

const dataDir = await mkdtemp(join(tmpdir(), 'izp-settings-'));
t.teardown(() => rm(dataDir, { recursive: true, force: true }));

async function told(service: TestService): Promise<{ action: string; what: string; which: string }[]> {
  const { rows } = await service.database.pool.query(
    `SELECT action, details ->> 'configuration' AS what, details ->> 'which' AS which FROM audit_event WHERE interaction = 'configuration' ORDER BY seq`,
  );
  return rows;
}

t.test('a change of what decides who may see what is in the log, once', async (t) => {
  let service = await startService(t, { dataDir });
  const { database } = service;
  t.strictSame(await told(service), [], 'a start with nothing set tells nothing');
  const again = async (env: Record<string, string> = {}) => {
    await service.close();
    service = await startService(t, { dataDir, database, env });
    return told(service);
  };
  const on = { action: 'U', what: 'setting', which: 'BREAK_GLASS=on' };
  t.strictSame(await again({ BREAK_GLASS: 'on' }), [on]);
  t.strictSame(await again({ BREAK_GLASS: 'on' }), [on], 'the same again is no change');
  const off = { ...on, which: 'BREAK_GLASS=off' };
  const types = { ...on, which: 'EMERGENCY_TYPES=AMB' };
  t.strictSame(await again({ EMERGENCY_TYPES: 'AMB' }), [on, off, types]);

  const env = { EMERGENCY_TYPES: 'AMB', REGISTER_URL: 'https://register.example/vraag' };
  const register = { ...on, which: 'REGISTER_URL' };
  const then = await again(env);
  t.strictSame(then, [on, off, types, register], 'where it leads is not told');

  await rotateSigningKey(join(dataDir, KEYS_FOLDER), () => Date.now() + 1_000, 0);
  const [, , , , key] = await again(env);
  t.match(key, { action: 'C', what: 'signing-key', which: /^[\w-]{43}$/ });
  const officer = await service.get('AuditEvent?date=ge2026-01-01', { as: 'officer' });
  t.match(officer.text, 'BREAK_GLASS=on', 'and for the officer to read');
});
