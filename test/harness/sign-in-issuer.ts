// An OpenID Connect issuer for the tests, which signs in whoever it is told to, and gets wrong what it is told to get wrong.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from 'jose';
import type { Teardown } from './database.js';

interface Fault {
  nonce?: string | null;
  aud?: string;
  iss?: string;
  /** Epoch seconds. */
  exp?: number;
  signer?: 'stranger' | 'nobody';
  /** Sent back instead of a code. */
  error?: string;
  /** Refuses every code. */
  refuses?: boolean;
  /** Answers 503. */
  down?: boolean;
}

export interface TestIssuer {
  url: string;
  /** Claims of the next person. */
  person: Record<string, string>;
  fault: Fault;
  /** The key that the client proves itself with. */
  clientKey: JWK;
  /** The last authorization request. */
  asked: URL;
  /** How the client proved itself. */
  proof: Record<string, string>;
  /** A message that somebody was signed out here, with what the test changes; a claim set to null is left out. */
  logoutToken(claims?: Record<string, unknown>, by?: 'stranger'): Promise<string>;
}

/** Closed when the test `t` ends. */
export async function openIssuer(t: Teardown): Promise<TestIssuer> {
  const [own, stranger, client] = await Promise.all([
    generateKeyPair('ES256', { extractable: true }),
    generateKeyPair('ES256', { extractable: true }),
    generateKeyPair('ES256', { extractable: true }),
  ]);
  const clientKey = { ...(await exportJWK(client.privateKey)), alg: 'ES256', kid: 'pages' };
  const jwks = { keys: [{ ...(await exportJWK(own.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }] };
  const logoutToken: TestIssuer['logoutToken'] = async (change = {}, by) => {
    const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
    const claims = { iss: issuer.url, aud: 'zorgplan', iat: now(), exp: now() + 60, jti: crypto.randomUUID(), events, ...change };
    const kept = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== null));
    const key = by === 'stranger' ? stranger.privateKey : own.privateKey;
    return new SignJWT(kept).setProtectedHeader({ alg: 'ES256', kid: 'one', typ: 'logout+jwt' }).sign(key);
  };
  const issuer: TestIssuer = { url: '', person: {}, fault: {}, clientKey, asked: new URL('http://none.invalid'), proof: {}, logoutToken };
  const server = createServer((request, response) => {
    answer(request, response, issuer, { own: own.privateKey, stranger: stranger.privateKey, jwks }).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  issuer.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return issuer;
}

interface Keys {
  own: CryptoKey;
  stranger: CryptoKey;
  jwks: object;
}

async function answer(request: IncomingMessage, response: ServerResponse, issuer: TestIssuer, keys: Keys): Promise<void> {
  const url = new URL(request.url ?? '', issuer.url);
  const json = (body: object, status = 200) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  if (url.pathname === '/.well-known/openid-configuration')
    return void json({
      issuer: issuer.url,
      authorization_endpoint: `${issuer.url}/authorize`,
      token_endpoint: `${issuer.url}/token`,
      jwks_uri: `${issuer.url}/jwks`,
      end_session_endpoint: `${issuer.url}/end`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    });
  if (url.pathname === '/jwks') return void json(keys.jwks);
  if (url.pathname === '/authorize') {
    issuer.asked = url;
    const back = new URL(url.searchParams.get('redirect_uri') as string);
    back.searchParams.set('state', url.searchParams.get('state') as string);
    const { error } = issuer.fault;
    back.searchParams.set(error === undefined ? 'code' : 'error', error ?? 'the-code');
    return void response.writeHead(303, { location: back.href }).end();
  }
  let body = '';
  for await (const chunk of request) body += chunk;
  const { authorization } = request.headers;
  issuer.proof = { ...Object.fromEntries(new URLSearchParams(body)), ...(authorization !== undefined && { authorization }) };
  if (issuer.fault.down) return void json({ error: 'temporarily_unavailable' }, 503);
  if (issuer.fault.refuses) return void json({ error: 'invalid_grant' }, 400);
  json({ access_token: 'x', token_type: 'Bearer', expires_in: 60, id_token: await idToken(issuer, keys) });
}

async function idToken({ url, person, fault, asked }: TestIssuer, { own, stranger }: Keys): Promise<string> {
  const nonce = fault.nonce === undefined ? (asked.searchParams.get('nonce') ?? '') : fault.nonce;
  const claims = {
    iss: fault.iss ?? url,
    aud: fault.aud ?? (asked.searchParams.get('client_id') as string),
    iat: now(),
    exp: fault.exp ?? now() + 60,
    ...(nonce !== null && { nonce }),
    ...person,
  };
  if (fault.signer === 'nobody') return new UnsecuredJWT(claims).encode();
  return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'one' }).sign(fault.signer === 'stranger' ? stranger : own);
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
