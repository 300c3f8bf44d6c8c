// The OpenID Connect issuer where people sign in for the pages, from a JSON file that is checked to its last member.
// Members are described in docs/runbook.md.
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { CryptoKey } from 'jose';
import { StartError } from '../store/start-error.js';
import { type FieldReader, readFields, Wrong } from './file-fields.js';
import { type ClaimNames, type Grants, OWN_CLAIM_NAMES } from './issuer.js';
import { claimNamesOf, clockSkewOf, grantsOf, privateKey } from './issuers-file.js';
import { isPurpose, PURPOSES } from './purposes.js';
import { parseScope } from './scopes.js';

/** How the service proves to the issuer that it is itself. */
export type SignInProof = { key: CryptoKey; alg: string; kid?: string } | { secret: string } | undefined;

export interface SignInConfiguration {
  issuer: string;
  clientId: string;
  proof: SignInProof;
  /** What is asked of the issuer, openid first. */
  scope: string;
  /** Levels of assurance taken; any where the list is empty. */
  acr: readonly string[];
  claims: ClaimNames;
  clockSkewSeconds: number;
  /** What people may whose organisation is not in our registry. */
  grants?: Grants & { scopes: readonly string[]; purposes: readonly string[] };
}

/** Reads the file. Throws StartError with one line that names the member that is wrong, and never a key or secret. */
export async function readSignInFile(path: string): Promise<SignInConfiguration> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new StartError(`SIGN_IN_FILE ${path} cannot be read (${error.code}).`);
  });
  try {
    return await readFields(parsed(text), 'the file', (fields) => configurationOf(fields, dirname(path)));
  } catch (error) {
    if (error instanceof Wrong) throw new StartError(`SIGN_IN_FILE ${path}: ${error.message}`);
    throw error;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Wrong('it is not JSON.');
  }
}

async function configurationOf(fields: FieldReader, folder: string): Promise<SignInConfiguration> {
  const scope = fields.optional('scope', fields.text) ?? 'openid profile';
  if (!scope.split(' ').includes('openid')) throw fields.wrong('scope', 'does not hold openid');
  return {
    issuer: fields.url('issuer'),
    clientId: fields.text('clientId'),
    scope,
    acr: fields.optional('acr', fields.list) ?? [],
    claims: claimNamesOf(fields, OWN_CLAIM_NAMES),
    clockSkewSeconds: clockSkewOf(fields),
    grants: grantedOf(fields),
    proof: await proofOf(fields, folder),
  };
}

async function proofOf(fields: FieldReader, folder: string): Promise<SignInProof> {
  if (fields.has('keyFile')) {
    const { privateKey: key, alg, kid } = await privateKey(fields, folder);
    return { key, alg, kid };
  }
  const secretFile = fields.optional('secretFile', fields.text);
  if (secretFile === undefined) return undefined;
  const secret = await readFile(resolve(folder, secretFile), 'utf8').catch(() => '');
  if (secret.trim() === '') throw fields.wrong('secretFile', 'is not a readable file with a secret');
  return { secret: secret.trim() };
}

function grantedOf(fields: FieldReader): SignInConfiguration['grants'] {
  const grants = grantsOf(fields);
  const scopes = fields.optional('scopes', fields.list);
  const purposes = fields.optional('purposes', fields.list);
  if (!grants) {
    if (scopes ?? purposes)
      throw fields.wrong(scopes ? 'scopes' : 'purposes', 'is for issuers with policies; otherwise the registry tells');
    return undefined;
  }
  if (!scopes?.length || !scopes.every(parseScope)) throw fields.wrong('scopes', 'is not a list of scopes of the form system/Consent.rs');
  if (!purposes?.length || !purposes.every(isPurpose)) throw fields.wrong('purposes', `is not a list out of ${PURPOSES.join(', ')}`);
  return { ...grants, scopes, purposes };
}
