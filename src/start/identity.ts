// Who may call: the service's own issuer with its token endpoint, the outside issuers it was given, or both.
import { join } from 'node:path';
import { uuidv7 } from 'uuidv7';
import { tokenEndpointOf } from '../auth/access-token.js';
import { createClientKeys } from '../auth/client-keys.js';
import { type ClientStatusLookup, createClientStatusLookup } from '../auth/client-status.js';
import { ensureDemoClients } from '../auth/demo-clients.js';
import type { DemoIssuer } from '../auth/demo-issuer.js';
import { ownIssuer } from '../auth/issuer.js';
import { type OutsideIssuers, readIssuersFile } from '../auth/issuers-file.js';
import { ensureSigningKey, KEYS_FOLDER, openSigningKeys } from '../auth/signing-keys.js';
import { outsideConfiguration, smartConfiguration } from '../auth/smart-configuration.js';
import type { TokenEndpointDeps } from '../auth/token-endpoint.js';
import { createTokenVerifier, type TokenVerifier } from '../auth/verify-token.js';
import type { Config } from '../config.js';
import type { Queryable } from '../store/pool.js';
import { StartError } from '../store/start-error.js';

export interface IdentityOptions {
  db: Queryable;
  /** Epoch milliseconds. */
  clock: () => number;
  /** The service's own address without a slash at the end, known once it listens. */
  baseUrl: () => string;
  /** Registers the demo clients, when the service is its own issuer. */
  demo: boolean;
  /** Who may have people signed in by choosing who to be; absent where people sign in elsewhere, or not at all. */
  demoSignIn?: DemoIssuer['client'];
  record: TokenEndpointDeps['record'];
}

export interface Identity {
  verifier: TokenVerifier;
  /** The token endpoint; absent when outside issuers alone give tokens. */
  issuer?: TokenEndpointDeps;
  /** The SMART discovery document. */
  discovery: () => Record<string, unknown>;
  /** Whether a client is still welcome. */
  clientStatus: ClientStatusLookup;
  /** Where clients get a token. */
  tokenUrl: () => string;
  /** True when there are demo clients. */
  demo: boolean;
}

/** Who gives the tokens, as the configuration says. */
export interface Issuers {
  outside?: OutsideIssuers;
  isOwn: boolean;
}

/** Reads it, before anything is opened. Throws StartError with one line for the operator. */
export async function readIssuers(config: Config, clock: () => number): Promise<Issuers> {
  const net = { fetch, clock, newId: uuidv7 };
  const outside = config.issuersFile === undefined ? undefined : await readIssuersFile(config.issuersFile, net);
  const isOwn = isOwnIssuer(config, outside);
  if (!isOwn && !outside?.discovery)
    throw new StartError('ISSUERS_FILE: at least one issuer needs tokenEndpoint, so that clients find where tokens are given.');
  return { outside, isOwn };
}

/** Opens what callers are known by. Throws StartError with one line for the operator. */
export async function openIdentity(config: Config, { outside, isOwn }: Issuers, options: IdentityOptions): Promise<Identity> {
  const { db, clock, baseUrl, demo } = options;
  const own = isOwn ? await openOwn(config, options) : undefined;
  const clientStatus = createClientStatusLookup(db, clock);
  const verifier = createTokenVerifier({
    issuers: [...(own ? [ownIssuer(baseUrl, own.keys)] : []), ...(outside?.issuers ?? [])],
    opaque: outside?.opaque,
    clock,
    clientStatus,
    possession: { db, clock, baseUrl },
  });
  const elsewhere = outside?.discovery;
  if (!own && elsewhere)
    return {
      verifier,
      clientStatus,
      discovery: () => outsideConfiguration(elsewhere),
      tokenUrl: () => elsewhere.tokenEndpoint,
      demo: false,
    };
  const discovery = () => smartConfiguration(baseUrl());
  return { verifier, clientStatus, issuer: own, discovery, tokenUrl: () => tokenEndpointOf(baseUrl()), demo };
}

/** A service in use that has outside issuers gives no tokens of its own unless it is told to: two doors are harder to guard than one. */
function isOwnIssuer({ ownIssuer: setting, databaseUrl }: Config, outside: OutsideIssuers | undefined): boolean {
  if (setting === 'off' && !outside) throw new StartError('OWN_ISSUER=off needs ISSUERS_FILE: nobody could get in.');
  if (setting !== undefined) return setting === 'on';
  return !outside || databaseUrl === undefined;
}

async function openOwn(config: Config, { db, clock, baseUrl, demo, demoSignIn, record }: IdentityOptions): Promise<TokenEndpointDeps> {
  const folder = join(config.dataDir, KEYS_FOLDER);
  await ensureSigningKey(folder, clock);
  const keys = await openSigningKeys(folder, clock);
  if (demo) await ensureDemoClients(db, config.dataDir, clock);
  const signIn = demo && demoSignIn ? { demo: { db, keys, clock, baseUrl, client: demoSignIn } } : {};
  return { db, clientKeys: createClientKeys(fetch, clock), clock, keys, newId: uuidv7, baseUrl, record, ...signIn };
}
