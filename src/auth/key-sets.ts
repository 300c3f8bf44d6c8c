// Public key sets of others: at a URL or in a file; got when needed, kept for a while, and looked for anew when a key is not known.
// https://www.rfc-editor.org/rfc/rfc7517#section-5
import { readFile } from 'node:fs/promises';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

/** Milliseconds to wait for a key URL: a request must not hang on another system. */
const FETCH_TIMEOUT_MS = 3_000;

/** Milliseconds a key set is kept: a rotated or withdrawn key is seen this soon. */
export const KEYS_KEPT_MS = 300_000;

/** Milliseconds between two looks for keys, however many unknown key ids are tried. */
export const KEYS_COOLDOWN_MS = 10_000;

/** Milliseconds until a look that failed is repeated: short, because nobody gets in meanwhile. */
export const KEYS_RETRY_MS = 2_000;

/** Milliseconds after the last look that the keys still serve when no look succeeds: care goes on while an issuer's web server is down. */
export const KEYS_STALE_MS = 3_600_000;

/** The keys at a URL, fetched with `fetch`. `clock` in epoch milliseconds. */
export function keysAt(url: string, fetch: typeof globalThis.fetch, clock: () => number): JWTVerifyGetKey {
  const headers = { accept: 'application/json, application/jwk-set+json' };
  return keptKeys(async () => {
    // A redirect could lead anywhere: the address registered is the one that counts.
    const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    if (response.status !== 200) throw new Error(`the key URL answers ${response.status}`);
    return (await response.json()) as JSONWebKeySet;
  }, clock);
}

/** The keys in a JWK Set file, read again after a while and when a key is not known. `clock` in epoch milliseconds. */
export function keysInFile(path: string, clock: () => number): JWTVerifyGetKey {
  return keptKeys(async () => JSON.parse(await readFile(path, 'utf8')) as JSONWebKeySet, clock);
}

/** Throws jose's JWKSNoMatchingKey and its kin when the token names no key of the set, a plain Error when the set cannot be had. */
function keptKeys(load: () => Promise<JSONWebKeySet>, clock: () => number): JWTVerifyGetKey {
  let kept: { find: JWTVerifyGetKey; at: number } | undefined;
  let nextLook = Number.NEGATIVE_INFINITY;
  let hasFailed = false;
  let looking: Promise<void> | undefined;

  async function look(): Promise<void> {
    const at = clock();
    nextLook = at + KEYS_RETRY_MS;
    hasFailed = true;
    try {
      kept = { find: createLocalJWKSet(await load()), at };
      nextLook = at + KEYS_COOLDOWN_MS;
      hasFailed = false;
    } catch (cause) {
      // One plain class: a broken key set must not look like a broken token.
      throw new Error('the keys cannot be had', { cause });
    }
  }

  /** Undefined while the last look is too recent for another. */
  function lookAgain(): Promise<void> | undefined {
    if (!looking && clock() < nextLook) return undefined;
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  return async (header, token) => {
    if (!kept || clock() - kept.at >= KEYS_STALE_MS) {
      kept = undefined;
      await lookAgain();
    } else if (clock() - kept.at >= KEYS_KEPT_MS) {
      await lookAgain()?.catch(() => undefined);
    }
    if (!kept) throw new Error('the keys cannot be had');
    try {
      return await kept.find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      const again = lookAgain();
      // Whether a key is new or nobody's cannot be told from keys that are out of date.
      if (!again) throw hasFailed ? new Error('the keys cannot be had') : error;
      await again;
      return kept.find(header, token);
    }
  };
}

/** True when the token or its key is to blame; false when the keys cannot be had. */
export function isTokenFault(error: unknown): error is errors.JOSEError {
  return error instanceof errors.JOSEError;
}
