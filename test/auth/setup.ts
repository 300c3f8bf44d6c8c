// What the tests of identity share: a clock that stands still, clients with keys, a service with the identity routes only.
import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import pg, { type Pool } from 'pg';
import type { Test } from 'tap';
import { ASSERTION_TYPE } from '../../src/auth/client-assertion.js';
import { createClientKeys } from '../../src/auth/client-keys.js';
import { registerClient } from '../../src/auth/client-registry.js';
import { ensureSigningKey, openSigningKeys, type SigningKeys } from '../../src/auth/signing-keys.js';
import { smartConfiguration } from '../../src/auth/smart-configuration.js';
import type { TokenEndpointDeps, TokenEvent } from '../../src/auth/token-endpoint.js';
import { registerDiscovery, registerOauthRoutes } from '../../src/http/oauth-routes.js';
import type { NewClient } from '../../src/store/clients.js';
import { createDatabase } from '../harness/database.js';

export const BASE = 'http://127.0.0.1:8080';
export const TOKEN_URL = `${BASE}/oauth/token`;
export const START = Date.parse('2026-01-05T09:00:00Z');

export interface TestClock {
  (): number;
  now: number;
}

export function frozenClock(): TestClock {
  const clock = (() => clock.now) as TestClock;
  clock.now = START;
  return clock;
}

/** A pool on a fresh migrated database; both are gone when the test ends. */
export async function openPool(t: Test): Promise<Pool> {
  const pool = new pg.Pool({ ...(await createDatabase(t)).connection, max: 4 });
  pool.on('error', () => undefined);
  t.teardown(() => pool.end());
  return pool;
}

export interface TestClient {
  clientId: string;
  alg: string;
  kid: string;
  privateKey: CryptoKey;
  registration: NewClient;
}

/** A client with a fresh key, not registered yet. */
export async function newClient(clientId: string, alg = 'ES384', given: Partial<NewClient> = {}): Promise<TestClient> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const kid = `${clientId}-key`;
  const registration: NewClient = {
    clientId,
    name: clientId,
    organizationUra: '99900099',
    organizationName: 'Zorg Lindedorp',
    organizationType: 'V4',
    jwks: { keys: [{ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }] },
    scopes: ['system/Consent.rs', 'system/Consent.c', 'system/Patient.r'],
    policies: ['own-team'],
    purposes: ['TREAT', 'ETREAT'],
    ...given,
  };
  return { clientId, alg, kid, privateKey, registration };
}

export async function register(pool: Pool, client: TestClient, clock: () => number): Promise<TestClient> {
  const fault = await registerClient(pool, client.registration, clock);
  if (fault !== undefined) throw new Error(fault);
  return client;
}

/** An assertion as it should be, with what the test changes. A claim set to undefined is left out. */
export async function assertion(client: TestClient, claims: JWTPayload = {}, header: Record<string, unknown> = {}): Promise<string> {
  const now = START / 1000;
  const all = { iss: client.clientId, sub: client.clientId, aud: TOKEN_URL, iat: now, exp: now + 60, jti: randomUUID(), ...claims };
  const protectedHeader = { alg: client.alg, kid: client.kid, typ: 'JWT', ...header };
  return new SignJWT(JSON.parse(JSON.stringify(all)) as JWTPayload).setProtectedHeader(protectedHeader).sign(client.privateKey);
}

export function tokenForm(clientAssertion: string, more: Record<string, string> = {}): URLSearchParams {
  return new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: clientAssertion,
    ...more,
  });
}

export interface TestService {
  app: FastifyInstance;
  keys: SigningKeys;
  events: TokenEvent[];
  ask(form: URLSearchParams | string, headers?: Record<string, string>): Promise<LightMyRequestResponse>;
}

/** One process of the service: a Fastify instance of its own over the given database and key folder. */
export async function startService(
  pool: Pool,
  keyFolder: string,
  clock: () => number,
  given: Partial<TokenEndpointDeps> = {},
): Promise<TestService> {
  await ensureSigningKey(keyFolder, clock);
  const keys = await openSigningKeys(keyFolder, clock);
  const events: TokenEvent[] = [];
  const app = Fastify();
  registerOauthRoutes(app, {
    db: pool,
    keys,
    clientKeys: createClientKeys(globalThis.fetch, clock),
    clock,
    newId: randomUUID,
    baseUrl: () => BASE,
    record: async (event) => {
      events.push(event);
    },
    ...given,
  });
  registerDiscovery(app, () => smartConfiguration(BASE));
  const ask = (form: URLSearchParams | string, headers: Record<string, string> = {}) =>
    app.inject({
      method: 'POST',
      url: '/oauth/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      payload: form.toString(),
    });
  return { app, keys, events, ask };
}
