// The public keys of a client: which are fit to register, and where to find them for an assertion.
// https://www.rfc-editor.org/rfc/rfc7517
import { createLocalJWKSet, type JSONWebKeySet, type JWK, type JWTVerifyGetKey } from 'jose';
import type { Client } from '../store/clients.js';
import { keysAt } from './key-sets.js';

/** Algorithms a client may sign its assertion with; SMART requires the first two. */
export const ASSERTION_ALGS = ['RS384', 'ES384', 'EdDSA'];

/** Bits of an RSA modulus below which a signature is no longer worth its name (NIST SP 800-131A). */
const RSA_MIN_BITS = 2048;

/** Key URLs remembered; far more than there are clients. */
const MAX_KEY_URLS = 1_000;

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** What is wrong with a key set that somebody wants to register; undefined when it is fit. */
export function faultOfJwks(jwks: JSONWebKeySet): string | undefined {
  if (!Array.isArray(jwks.keys) || jwks.keys.length === 0) return 'the key set holds no key';
  const kids = jwks.keys.map((key) => key.kid);
  if (kids.length > 1 && (kids.includes(undefined) || new Set(kids).size < kids.length))
    return 'each of several keys needs a kid of its own';
  for (const key of jwks.keys) {
    const fault = faultOfKey(key);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultOfKey(key: JWK): string | undefined {
  if (PRIVATE_MEMBERS.some((member) => member in key)) return 'a key is private or symmetric; register the public half alone';
  if (key.alg !== undefined && !ASSERTION_ALGS.includes(key.alg)) return `a key is for another algorithm than ${ASSERTION_ALGS.join(', ')}`;
  if (key.kty === 'RSA') return bitsOf(key.n) >= RSA_MIN_BITS ? undefined : `an RSA key is shorter than ${RSA_MIN_BITS} bits`;
  if ((key.kty === 'EC' && key.crv === 'P-384') || (key.kty === 'OKP' && key.crv === 'Ed25519')) return undefined;
  return 'a key is neither RSA, nor EC on P-384, nor Ed25519';
}

function bitsOf(base64url: string | undefined): number {
  return Buffer.from(base64url ?? '', 'base64url').length * 8;
}

export type ClientKeys = (client: Client) => JWTVerifyGetKey;

/** Finds a client's keys: those registered by value, or those at its URL, fetched with `fetch` and kept for a while. `clock` in epoch ms. */
export function createClientKeys(fetch: typeof globalThis.fetch, clock: () => number): ClientKeys {
  const remote = new Map<string, JWTVerifyGetKey>();
  return (client) => {
    if (client.jwksUrl === undefined) return createLocalJWKSet(client.jwks ?? { keys: [] });
    let keys = remote.get(client.jwksUrl);
    if (!keys) {
      keys = keysAt(client.jwksUrl, fetch, clock);
      if (remote.size >= MAX_KEY_URLS) remote.clear();
      remote.set(client.jwksUrl, keys);
    }
    return keys;
  };
}
