// The outside issuers an operator configured, from a JSON file that is checked to its last member: a slip here opens or locks doors.
// Members are described in docs/runbook.md.
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type CryptoKey, importJWK, type JWK } from 'jose';
import { StartError } from '../store/start-error.js';
import { isKeyUrl } from './client-registry.js';
import { type FieldReader, readFields, Wrong } from './file-fields.js';
import { createIntrospection, type IntrospectionDeps } from './introspection.js';
import { type ClaimNames, type Grants, INTROSPECTION_CLAIM_NAMES, type Issuer, type OpaqueIssuer, OWN_CLAIM_NAMES } from './issuer.js';
import { keysAt, keysInFile } from './key-sets.js';
import { isPolicy, POLICIES } from './policies.js';
import { isPurpose, PURPOSES } from './purposes.js';

/** Signature algorithms an issuer may use: asymmetric ones only, so that no published key can pass for a shared secret. */
const ISSUER_ALGS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];

/** Seconds an issuer's clock may differ where its entry says nothing, and at most. */
const DEFAULT_SKEW_SECONDS = 10;
const MAX_SKEW_SECONDS = 300;

/** Seconds in a day: no access token is of use for longer. */
const MAX_AGE_SECONDS = 86_400;

export interface OutsideIssuers {
  issuers: Issuer[];
  opaque: OpaqueIssuer | undefined;
  /** Where clients get tokens, for discovery: of the first issuer that names it. */
  discovery: { issuer: string; tokenEndpoint: string; jwksUri?: string } | undefined;
}

/** Reads the file. Throws StartError with one line that names the entry and member that are wrong, and never a key. */
export async function readIssuersFile(path: string, deps: IntrospectionDeps): Promise<OutsideIssuers> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new StartError(`ISSUERS_FILE ${path} cannot be read (${error.code}).`);
  });
  try {
    return await issuersOf(text, dirname(path), deps);
  } catch (error) {
    if (error instanceof Wrong) throw new StartError(`ISSUERS_FILE ${path}: ${error.message}`);
    throw error;
  }
}

async function issuersOf(text: string, folder: string, deps: IntrospectionDeps): Promise<OutsideIssuers> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Wrong('it is not JSON.');
  }
  const entries = readFields(json, 'the file', (fields) => fields.objects('issuers'));
  const found: OutsideIssuers = { issuers: [], opaque: undefined, discovery: undefined };
  for (const [index, entry] of entries.entries()) {
    await readFields(entry, `issuers[${index}]`, async (fields) => {
      const terms = termsOf(fields);
      const { issuer } = terms;
      if ([...found.issuers, ...(found.opaque ? [found.opaque] : [])].some((other) => other.issuer === issuer))
        throw fields.wrong('issuer', 'is configured twice');
      const tokenEndpoint = fields.optional('tokenEndpoint', fields.url);
      const jwks = fields.optional('jwks', fields.text);
      if (tokenEndpoint !== undefined)
        found.discovery ??= { issuer, tokenEndpoint, jwksUri: jwks !== undefined && isKeyUrl(jwks) ? jwks : undefined };
      const introspection = fields.optional('introspection', fields.object);
      if ((jwks === undefined) === (introspection === undefined)) throw fields.wrong('jwks', 'or introspection is needed, and not both');
      if (introspection !== undefined) {
        if (found.opaque) throw fields.wrong('introspection', 'is configured twice: an opaque token does not tell whom to ask');
        found.opaque = await opaqueIssuer(terms, introspection, `issuers[${index}].introspection`, folder, deps);
      } else if (jwks !== undefined) found.issuers.push(jwtIssuer(terms, fields, jwks, folder, deps));
    });
  }
  if (entries.length === 0) throw new Wrong('it names no issuer.');
  return found;
}

type Terms = Omit<Issuer, 'algorithms' | 'keys'> & { claims: ClaimNames };

function termsOf(fields: FieldReader): Terms {
  const defaultPurpose = fields.optional('defaultPurpose', fields.text);
  if (defaultPurpose !== undefined && !isPurpose(defaultPurpose))
    throw fields.wrong('defaultPurpose', `is not one of ${PURPOSES.join(', ')}`);
  return {
    issuer: fields.text('issuer'),
    audience: fields.text('audience'),
    claims: claimNamesOf(fields, fields.has('introspection') ? INTROSPECTION_CLAIM_NAMES : OWN_CLAIM_NAMES),
    clockSkewSeconds: clockSkewOf(fields),
    defaultPurpose,
    grants: grantsOf(fields),
  };
}

/** The member claims: names that differ from the usual ones. Throws Wrong. */
export function claimNamesOf(fields: FieldReader, usual: ClaimNames): ClaimNames {
  const names = fields.optional('claims', fields.texts) ?? {};
  const unknown = Object.keys(names).find((name) => !(name in usual));
  if (unknown !== undefined) throw fields.wrong('claims', `has the unknown member ${unknown}; known are ${Object.keys(usual).join(', ')}`);
  return { ...usual, ...names };
}

/** The member clockSkewSeconds. Throws Wrong. */
export function clockSkewOf(fields: FieldReader): number {
  return fields.optional('clockSkewSeconds', (name) => fields.wholeNumber(name, MAX_SKEW_SECONDS)) ?? DEFAULT_SKEW_SECONDS;
}

/** The members about policies; undefined when there are none. Throws Wrong. */
export function grantsOf(fields: FieldReader): Grants | undefined {
  const members = ['policies', 'policiesByClient', 'policiesByScope'];
  if (!members.some((name) => fields.has(name))) return undefined;
  const check = (name: string, policies: string[]) => {
    if (!policies.every(isPolicy)) throw fields.wrong(name, `has a policy that is not one of ${POLICIES.join(', ')}`);
    return policies;
  };
  const byName = (name: string) => {
    const lists = fields.optional(name, fields.lists) ?? {};
    for (const policies of Object.values(lists)) check(name, policies);
    return lists;
  };
  return {
    policies: check('policies', fields.optional('policies', fields.list) ?? []),
    byClient: byName('policiesByClient'),
    byScope: byName('policiesByScope'),
  };
}

function jwtIssuer(terms: Terms, fields: FieldReader, jwks: string, folder: string, { fetch, clock }: IntrospectionDeps): Issuer {
  const algorithms = fields.list('algorithms');
  if (algorithms.length === 0 || !algorithms.every((alg) => ISSUER_ALGS.includes(alg)))
    throw fields.wrong('algorithms', `is not a list out of ${ISSUER_ALGS.join(', ')}`);
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(jwks);
  if (isUrl && !isKeyUrl(jwks)) throw fields.wrong('jwks', 'is not an https URL');
  return {
    ...terms,
    algorithms,
    keys: isUrl ? keysAt(jwks, fetch, clock) : keysInFile(resolve(folder, jwks), clock),
    tokenType: fields.optional('tokenType', fields.text),
    maxAgeSeconds: fields.optional('maxAgeSeconds', (name) => fields.wholeNumber(name, MAX_AGE_SECONDS)),
  };
}

async function opaqueIssuer(terms: Terms, entry: unknown, place: string, folder: string, deps: IntrospectionDeps): Promise<OpaqueIssuer> {
  const client = await readFields(entry, place, async (fields) => ({
    endpoint: fields.url('endpoint'),
    audience: fields.optional('audience', fields.text) ?? terms.issuer,
    clientId: fields.text('clientId'),
    key: await privateKey(fields, folder),
  }));
  return { ...terms, introspect: createIntrospection(client, deps) };
}

/** The key in the file that the member keyFile names. Throws Wrong. */
export async function privateKey(fields: FieldReader, folder: string): Promise<{ privateKey: CryptoKey; alg: string; kid?: string }> {
  const path = fields.text('keyFile');
  try {
    const jwk = JSON.parse(await readFile(resolve(folder, path), 'utf8')) as JWK;
    if (jwk.d === undefined || jwk.alg === undefined) throw new Error('not a private JWK with alg');
    return { privateKey: (await importJWK(jwk, jwk.alg)) as CryptoKey, alg: jwk.alg, kid: jwk.kid };
  } catch {
    // The cause stays out: a parser's error may quote the key.
    throw fields.wrong('keyFile', 'is not a readable private JWK with alg');
  }
}
