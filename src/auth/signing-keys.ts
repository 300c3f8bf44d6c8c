// The service's own signing keys: one private JWK per file, the newest signs, all of them verify.
// Rotating adds a newer file and removes those whose last tokens have expired. No restart is needed.
// https://www.rfc-editor.org/rfc/rfc7517
import { readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  errors,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  type JWTPayload,
  type JWTVerifyGetKey,
  SignJWT,
} from 'jose';
import { StartError } from '../store/start-error.js';
import { TOKEN_SECONDS } from './access-token.js';
import { writePrivateFile } from './private-file.js';

export const SIGNING_ALG = 'ES384';

/** Folder under DATA_DIR with the signing keys. */
export const KEYS_FOLDER = 'keys';

/** Milliseconds between looks at the folder: a new key signs, and a removed one is out, this soon. */
export const KEYS_RELOAD_MS = 10_000;

/** Milliseconds between looks for a key id not yet known, so that nonsense cannot keep the disk busy. */
const UNKNOWN_KEY_RELOAD_MS = 1_000;

/** Names sort by age: signing-20260102T030405678Z-<start of the key id>.json. */
const KEY_FILE = /^signing-.+\.json$/;

export interface SigningKeys {
  /** Signs the claims with the newest key; `type` is the header's typ. */
  sign(claims: JWTPayload, type: string): Promise<string>;
  /** The public halves, newest last. */
  publicJwks(): Promise<JSONWebKeySet>;
  /** Finds the public key a token names, for jose's jwtVerify; throws its JWKSNoMatchingKey. */
  resolve: JWTVerifyGetKey;
}

interface SigningKey {
  kid: string;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  publicJwk: JWK;
}

/** Writes a new signing key into the folder, newer than all there; gives its key id. */
export async function createSigningKey(folder: string, clock: () => number): Promise<string> {
  const { privateKey } = await generateKeyPair(SIGNING_ALG, { extractable: true });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  const created = new Date(clock()).toISOString().replace(/[-:.]/g, '');
  const text = `${JSON.stringify({ ...jwk, kid, alg: SIGNING_ALG, use: 'sig' }, null, 2)}\n`;
  await writePrivateFile(join(folder, `signing-${created}-${kid.slice(0, 8)}.json`), text);
  return kid;
}

/** Milliseconds after which a key that was replaced is removed: processes have seen its successor, and its tokens have expired. */
export const KEEP_REPLACED_MS = 2 * (TOKEN_SECONDS * 1000 + KEYS_RELOAD_MS);

/** Key id and age of each key of the folder, newest last; the age is that of its file name, where it tells one. */
export async function listSigningKeys(folder: string): Promise<{ kid: string; created: Date | undefined }[]> {
  const files = await keyFiles(folder);
  return Promise.all(files.map(async (name) => ({ kid: (await readKey(join(folder, name))).kid, created: createdOf(name) })));
}

/**
 * Writes a new key unless the newest is younger than `minAge` (ms), and removes keys replaced long enough ago that no token of theirs
 * is left. Gives the new key id and the files removed. A key whose file name tells no age counts as old.
 */
export async function rotateSigningKey(
  folder: string,
  clock: () => number,
  minAge: number,
): Promise<{ created?: string; removed: string[] }> {
  const files = await keyFiles(folder);
  const age = (name: string) => clock() - (createdOf(name)?.getTime() ?? 0);
  const removed = files.filter((_, i) => {
    const successor = files[i + 1];
    return successor !== undefined && createdOf(successor) !== undefined && age(successor) >= KEEP_REPLACED_MS;
  });
  const newest = files.at(-1);
  const created = newest === undefined || age(newest) >= minAge ? await createSigningKey(folder, clock) : undefined;
  for (const name of removed) await unlink(join(folder, name));
  return { created, removed };
}

/** The moment in a key's file name; undefined for a name an operator chose. */
function createdOf(name: string): Date | undefined {
  const m = /^signing-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-/.exec(name);
  return m ? new Date(`${m[1]}-${m[2]}-${m[3]}T${m[4]}:${m[5]}:${m[6]}.${m[7]}Z`) : undefined;
}

/** Writes the first signing key when the folder has none. */
export async function ensureSigningKey(folder: string, clock: () => number): Promise<void> {
  if ((await keyFiles(folder)).length === 0) await createSigningKey(folder, clock);
}

/** Opens the keys of the folder. Throws StartError when there is none or one cannot be read. */
export async function openSigningKeys(folder: string, clock: () => number): Promise<SigningKeys> {
  let keys = await readKeys(folder);
  let readAt = clock();

  async function current(maxAge: number): Promise<SigningKey[]> {
    if (Math.abs(clock() - readAt) >= maxAge) {
      readAt = clock();
      // A file just being copied in must not stop the service: the keys it had stay until the folder reads well again.
      keys = await readKeys(folder).catch(() => keys);
    }
    return keys;
  }

  return {
    async sign(claims, type) {
      const key = (await current(KEYS_RELOAD_MS)).at(-1) as SigningKey;
      return new SignJWT(claims).setProtectedHeader({ alg: SIGNING_ALG, kid: key.kid, typ: type }).sign(key.privateKey);
    },
    async publicJwks() {
      return { keys: (await current(KEYS_RELOAD_MS)).map((key) => key.publicJwk) };
    },
    async resolve({ kid }) {
      const named = (key: SigningKey) => key.kid === kid;
      const key = (await current(KEYS_RELOAD_MS)).find(named) ?? (await current(UNKNOWN_KEY_RELOAD_MS)).find(named);
      if (!key) throw new errors.JWKSNoMatchingKey();
      return key.publicKey;
    },
  };
}

async function keyFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new StartError(`The signing keys in ${folder} cannot be read (${error.code}).`, error);
  });
  return names.filter((name) => KEY_FILE.test(name)).sort();
}

async function readKeys(folder: string): Promise<SigningKey[]> {
  const files = await keyFiles(folder);
  if (files.length === 0) throw new StartError(`There is no signing key (signing-*.json) in ${folder}.`);
  return Promise.all(files.map((name) => readKey(join(folder, name))));
}

async function readKey(path: string): Promise<SigningKey> {
  try {
    const { kid: givenKid, ...jwk } = JSON.parse(await readFile(path, 'utf8')) as JWK;
    if (jwk.kty !== 'EC' || jwk.crv !== 'P-384' || jwk.d === undefined) throw new Error('not a private key on P-384');
    const kid = givenKid ?? (await calculateJwkThumbprint(jwk));
    const publicJwk: JWK = { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y, kid, alg: SIGNING_ALG, use: 'sig' };
    const [privateKey, publicKey] = await Promise.all([importJWK(jwk, SIGNING_ALG), importJWK(publicJwk, SIGNING_ALG)]);
    return { kid, privateKey: privateKey as CryptoKey, publicKey: publicKey as CryptoKey, publicJwk };
  } catch {
    // The cause stays out: a parser's error may quote the key.
    throw new StartError(`The signing key ${path} is not a readable private ES384 key (a JWK on curve P-384).`);
  }
}
