// The service's own signing keys, for tokens and for offline summaries: one private JWK per file, the newest signs, all verify.
// Rotating adds a newer file and removes those whose last signatures have expired. No restart is needed.
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

/** What a set of keys signs, and how they are told from others in the folder. */
export interface KeyKind {
  alg: 'ES384' | 'ES256';
  crv: 'P-384' | 'P-256';
  /** Names sort by age: signing-20260102T030405678Z-<start of the key id>.json. */
  prefix: 'signing' | 'summary';
  /** Characters of the thumbprint that make the key id. */
  kidLength: number;
  /** Milliseconds after which a key that was replaced is removed: processes have seen its successor, and what it signed has expired. */
  keepReplaced: number;
}

/** Folder under DATA_DIR with the signing keys. */
export const KEYS_FOLDER = 'keys';

/** Milliseconds between looks at the folder: a new key signs, and a removed one is out, this soon. */
export const KEYS_RELOAD_MS = 10_000;

/** Milliseconds between looks for a key id not yet known, so that nonsense cannot keep the disk busy. */
const UNKNOWN_KEY_RELOAD_MS = 1_000;

/** A replaced key of tokens stays this long, in ms. */
export const KEEP_REPLACED_MS = 2 * (TOKEN_SECONDS * 1000 + KEYS_RELOAD_MS);

/** A whole SHA-256 thumbprint. */
const WHOLE_KID = 43;

export const TOKEN_KEYS: KeyKind = {
  alg: SIGNING_ALG,
  crv: 'P-384',
  prefix: 'signing',
  kidLength: WHOLE_KID,
  keepReplaced: KEEP_REPLACED_MS,
};

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
export async function createSigningKey(folder: string, clock: () => number, kind = TOKEN_KEYS): Promise<string> {
  const { privateKey } = await generateKeyPair(kind.alg, { extractable: true });
  const jwk = await exportJWK(privateKey);
  const kid = (await calculateJwkThumbprint(jwk)).slice(0, kind.kidLength);
  const created = new Date(clock()).toISOString().replace(/[-:.]/g, '');
  const text = `${JSON.stringify({ ...jwk, kid, alg: kind.alg, use: 'sig' }, null, 2)}\n`;
  await writePrivateFile(join(folder, `${kind.prefix}-${created}-${kid.slice(0, 8)}.json`), text);
  return kid;
}

/** Key id and age of each key of the folder, newest last; the age is that of its file name, where it tells one. */
export async function listSigningKeys(folder: string, kind = TOKEN_KEYS): Promise<{ kid: string; created: Date | undefined }[]> {
  const files = await keyFiles(folder, kind);
  return Promise.all(files.map(async (name) => ({ kid: (await readKey(join(folder, name), kind)).kid, created: createdOf(name) })));
}

/**
 * Writes a new key unless the newest is younger than `minAge` (ms), and removes keys replaced long enough ago that no token of theirs
 * is left. Gives the new key id and the files removed. A key whose file name tells no age counts as old.
 */
export async function rotateSigningKey(
  folder: string,
  clock: () => number,
  minAge: number,
  kind = TOKEN_KEYS,
): Promise<{ created?: string; removed: string[] }> {
  const files = await keyFiles(folder, kind);
  const age = (name: string) => clock() - (createdOf(name)?.getTime() ?? 0);
  const removed = files.filter((_, i) => {
    const successor = files[i + 1];
    return successor !== undefined && createdOf(successor) !== undefined && age(successor) >= kind.keepReplaced;
  });
  const newest = files.at(-1);
  const created = newest === undefined || age(newest) >= minAge ? await createSigningKey(folder, clock, kind) : undefined;
  for (const name of removed) await unlink(join(folder, name));
  return { created, removed };
}

/** The moment in a key's file name; undefined for a name an operator chose. */
function createdOf(name: string): Date | undefined {
  const m = /^[a-z]+-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-/.exec(name);
  return m ? new Date(`${m[1]}-${m[2]}-${m[3]}T${m[4]}:${m[5]}:${m[6]}.${m[7]}Z`) : undefined;
}

/** Writes the first signing key when the folder has none. */
export async function ensureSigningKey(folder: string, clock: () => number, kind = TOKEN_KEYS): Promise<void> {
  if ((await keyFiles(folder, kind)).length === 0) await createSigningKey(folder, clock, kind);
}

/** Opens the keys of the folder. Throws StartError when there is none or one cannot be read. */
export async function openSigningKeys(folder: string, clock: () => number, kind = TOKEN_KEYS): Promise<SigningKeys> {
  let keys = await readKeys(folder, kind);
  let readAt = clock();

  async function current(maxAge: number): Promise<SigningKey[]> {
    if (Math.abs(clock() - readAt) >= maxAge) {
      readAt = clock();
      // A file just being copied in must not stop the service: the keys it had stay until the folder reads well again.
      keys = await readKeys(folder, kind).catch(() => keys);
    }
    return keys;
  }

  return {
    async sign(claims, type) {
      const key = (await current(KEYS_RELOAD_MS)).at(-1) as SigningKey;
      return new SignJWT(claims).setProtectedHeader({ alg: kind.alg, kid: key.kid, typ: type }).sign(key.privateKey);
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

async function keyFiles(folder: string, { prefix }: KeyKind): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new StartError(`The signing keys in ${folder} cannot be read (${error.code}).`, error);
  });
  return names.filter((name) => name.startsWith(`${prefix}-`) && name.endsWith('.json')).sort();
}

async function readKeys(folder: string, kind: KeyKind): Promise<SigningKey[]> {
  const files = await keyFiles(folder, kind);
  if (files.length === 0) throw new StartError(`There is no signing key (${kind.prefix}-*.json) in ${folder}.`);
  return Promise.all(files.map((name) => readKey(join(folder, name), kind)));
}

async function readKey(path: string, { alg, crv, kidLength }: KeyKind): Promise<SigningKey> {
  try {
    const { kid: givenKid, ...jwk } = JSON.parse(await readFile(path, 'utf8')) as JWK;
    if (jwk.kty !== 'EC' || jwk.crv !== crv || jwk.d === undefined) throw new Error('not a private key on this curve');
    const kid = givenKid ?? (await calculateJwkThumbprint(jwk)).slice(0, kidLength);
    const publicJwk: JWK = { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y, kid, alg, use: 'sig' };
    const [privateKey, publicKey] = await Promise.all([importJWK(jwk, alg), importJWK(publicJwk, alg)]);
    return { kid, privateKey: privateKey as CryptoKey, publicKey: publicKey as CryptoKey, publicJwk };
  } catch {
    // The cause stays out: a parser's error may quote the key.
    throw new StartError(`The signing key ${path} is not a readable private ${alg} key (a JWK on curve ${crv}).`);
  }
}
