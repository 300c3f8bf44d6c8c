// The Ed25519 keys that seal the audit log, kept outside the database: whoever can change the log there cannot sign what he made of it.
// A JWK Set (https://www.rfc-editor.org/rfc/rfc8037): the last key with a private half signs, all of them verify.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomUUID, sign, verify } from 'node:crypto';
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StartError, systemCode } from '../store/start-error.js';

export interface SealKeys {
  /** RFC 7638 thumbprint of the key that signs. Undefined when all are public halves: then only verifying is possible. */
  keyId: string | undefined;
  /** Of every key there is. */
  keyIds: string[];
  sign(data: Buffer): Buffer;
  /** Undefined when the key is not known. */
  verify(keyId: string, data: Buffer, signature: Buffer): boolean | undefined;
}

interface Jwk {
  kty: string;
  crv: string;
  x: string;
  d?: string;
}

/** Where the key lies unless a setting says otherwise. */
export function sealKeyFile(config: { auditSealKeyFile?: string; dataDir: string }): string {
  return config.auditSealKeyFile ?? join(config.dataDir, 'keys', 'audit-seal.json');
}

/** Opens the key file; made, readable by its owner only, when it is missing. Throws StartError when it cannot be read or used. */
export async function ensureSealKeys(path: string): Promise<SealKeys> {
  try {
    return await openSealKeys(path);
  } catch (error) {
    if (!(error instanceof StartError) || (error.cause as { code?: unknown } | undefined)?.code !== 'ENOENT') throw error;
  }
  const { privateKey } = generateKeyPairSync('ed25519');
  try {
    await writeNew(path, `${JSON.stringify({ keys: [privateKey.export({ format: 'jwk' })] }, null, 2)}\n`);
  } catch (error) {
    throw new StartError(`The key that seals the audit log cannot be written to ${path} (${systemCode(error)}).`, error);
  }
  return openSealKeys(path);
}

/** As ensureSealKeys, without making one. */
export async function openSealKeys(path: string): Promise<SealKeys> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new StartError(`The key that seals the audit log cannot be read from ${path} (${systemCode(error)}).`, error);
  }
  try {
    return sealKeysOf((JSON.parse(text) as { keys: Jwk[] }).keys);
  } catch (error) {
    throw new StartError(`${path} is not a JWK Set of Ed25519 keys.`, error);
  }
}

function sealKeysOf(jwks: Jwk[]): SealKeys {
  const publicKeys = new Map<string, KeyObject>();
  let signer: { keyId: string; key: KeyObject } | undefined;
  for (const { kty, crv, x, d } of jwks) {
    if (kty !== 'OKP' || crv !== 'Ed25519') throw new Error('not an Ed25519 key');
    const keyId = createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url');
    publicKeys.set(keyId, createPublicKey({ key: { kty, crv, x }, format: 'jwk' }));
    if (d !== undefined) signer = { keyId, key: createPrivateKey({ key: { kty, crv, x, d }, format: 'jwk' }) };
  }
  if (publicKeys.size === 0) throw new Error('no key');
  return {
    keyId: signer?.keyId,
    keyIds: [...publicKeys.keys()],
    sign(data) {
      if (!signer) throw new Error('there is no private key to seal the audit log with');
      return sign(null, data, signer.key);
    },
    verify(keyId, data, signature) {
      const key = publicKeys.get(keyId);
      return key && verify(null, data, key, signature);
    },
  };
}

/** Whole or not at all, and never over one that another process wrote meanwhile. */
async function writeNew(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}.new`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await link(draft, path).catch((error) => {
    if (systemCode(error) !== 'EEXIST') throw error;
  });
  await unlink(draft);
}
